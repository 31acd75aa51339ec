// command: words of each line, quotes taken away. A shell script that is named is read
// in the same way. "defaults.sh" is what suites begin with; where it is not there, what it is
// known to set is set.
#include "command.h"

#include "code.h"
#include "sockstat.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMMAND_WORDS 64
#define COMMAND_BYTES 512
#define COMMAND_FILE  (64 << 10) // bytes of the longest script that is read
#define COMMAND_DEPTH 4          // of scripts that name scripts
#define COMMAND_OUT   8192       // bytes that commands give to the next

struct command {
	struct target *target;
	const char *script; // whose folder paths are relative to
	uint64_t *sleep_us;
	struct why *why;
	unsigned depth;
	// What the command before has written for this one; NULL: it is not known. `out` has room
	// for that of this one.
	const char *in;
	char *out;
	bool pipes, failed; // "|" is behind it; its status is not 0
	unsigned len;
	char *word[COMMAND_WORDS];
};

// Whether the last part of a path is the name.
static bool command_is(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');

	return strcmp(slash ? slash + 1 : path, name) == 0;
}

static int command_set(const struct command *command, const char *name, char *value)
{
	return command->target->ops->setting(command->target->ctx, name, value, command->why);
}

// NAME=VALUE, NAME with dots, or with slashes below /proc/sys.
static int command_assign(const struct command *command, char *text)
{
	static const char proc[] = "/proc/sys/";
	char *equals = strchr(text, '=');

	if (!equals)
		return why_fail(command->why, -ENOSYS, "no setting: %s", text);
	*equals = '\0';
	if (strncmp(text, proc, sizeof(proc) - 1) == 0)
		text += sizeof(proc) - 1;
	for (char *c = text; *c; c++)
		if (*c == '/')
			*c = '.';
	return command_set(command, text, equals + 1);
}

static int command_assignments(const struct command *command)
{
	for (unsigned i = 1; i < command->len; i++) {
		int err;

		if (command->word[i][0] == '-')
			continue;
		if (command->word[i][0] == '>' || strchr(command->word[i], '>'))
			break; // where its output goes
		err = command_assign(command, command->word[i]);
		if (err)
			return err;
	}
	return 0;
}

// echo VALUE > /proc/sys/...
static int command_echo(const struct command *command)
{
	char text[COMMAND_BYTES] = "";

	if (command->len != 4 || strcmp(command->word[2], ">") != 0)
		return why_fail(command->why, -ENOSYS, "only echo VALUE > FILE is known");
	if (strlen(command->word[1]) + strlen(command->word[3]) + 2 > sizeof(text))
		return why_fail(command->why, -ENOSYS, "the command is too long");
	strcat(text, command->word[3]);
	strcat(text, "=");
	strcat(text, command->word[1]);
	return command_assign(command, text);
}

static int command_sleep(const struct command *command)
{
	char *end;
	double seconds = command->len == 2 ? strtod(command->word[1], &end) : -1;

	if (!(seconds >= 0 && seconds < 1e6))
		return why_fail(command->why, -ENOSYS, "sleep needs a number of seconds");
	*command->sleep_us += (uint64_t)(seconds * 1e6);
	return 0;
}

// The text of a shell script beside the one that is played, or at its path; NULL: there is none.
static char *command_read(const struct command *command, const char *path)
{
	const char *slash = strrchr(command->script, '/');
	size_t folder = path[0] != '/' && slash ? (size_t)(slash - command->script) + 1 : 0;
	char full[4 * COMMAND_BYTES], *text = calloc(1, COMMAND_FILE + 1);
	FILE *file;

	snprintf(full, sizeof(full), "%.*s%s", (int)folder, command->script, path);
	file = fopen(full, "r");
	if (file && text && fread(text, 1, COMMAND_FILE, file) > 0 && feof(file)) {
		fclose(file);
		return text;
	}
	if (file)
		fclose(file);
	free(text);
	return NULL;
}

static int command_text(struct command *command, const char *text);

// What the suites of Linux's TCP set that is not so anyway: no ECN, and Fast Open for each listener
// with a key that they know the cookies of.
static int command_defaults(const struct command *command)
{
	static const char *const settings[][2] = {
	        {"net.ipv4.tcp_ecn", "0"},
	        {"net.ipv4.tcp_fastopen", "0x70403"},
	        {"net.ipv4.tcp_fastopen_key", "a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4"},
	};

	for (unsigned i = 0; i < ARRAY_LEN(settings); i++) {
		const struct target *target = command->target;
		int err = target->ops->setting(target->ctx, settings[i][0], settings[i][1],
		                               command->why);

		if (err)
			return err;
	}
	return 0;
}

// A shell script: its lines, or what it is known to do.
static int command_file(const struct command *command, const char *path)
{
	struct command inner = *command;
	char *text;
	int err;

	if (strstr(path, "sysctl_restore_"))
		return 0; // each script has a target of its own
	if (++inner.depth > COMMAND_DEPTH)
		return why_fail(command->why, -ENOSYS, "%.60s names scripts that name scripts",
		                path);
	text = command_read(command, path);
	if (!text && command_is(path, "defaults.sh"))
		return command_defaults(command);
	if (!text)
		return why_fail(command->why, -ENOSYS, "the script %.200s is not there", path);
	err = command_text(&inner, text);
	free(text);
	return err;
}

// Of ip only what has no meaning here: an address, a route or a link would be another network.
static int command_ip(const struct command *command)
{
	if (command->len > 1 && strcmp(command->word[1], "tcp_metrics") == 0)
		return 0;
	return why_fail(command->why, -ENOSYS, "ip %.60s is not supported",
	                command->len > 1 ? command->word[1] : "");
}

// Of tc only which queue a device has: here is none. One that drops or delays is refused.
static int command_tc(const struct command *command)
{
	static const char *const impairs[] = {"netem", "limit", "tbf", "filter", "police"};

	for (unsigned i = 1; i < command->len; i++)
		for (unsigned k = 0; k < ARRAY_LEN(impairs); k++)
			if (strcmp(command->word[i], impairs[k]) == 0)
				return why_fail(command->why, -ENOSYS,
				                "tc with %s is not supported", impairs[k]);
	return 0;
}

static bool command_is_script(const char *path)
{
	size_t len = strlen(path);

	return len > 3 && strcmp(path + len - 3, ".sh") == 0;
}

// Commands whose output counts; -ENOENT: it is none of these.
static int command_piped(struct command *command)
{
	const char *in = command->in;
	bool found = true;
	int err = -ENOENT;

	command->in = NULL;
	command->failed = false;
	if (command->len > 0 && command_is(command->word[0], "sockstat"))
		err = sockstat_list(command->target, command->word, command->len, command->out,
		                    COMMAND_OUT, command->why);
	else if (command->len > 0 && in && command_is(command->word[0], "grep"))
		err = sockstat_grep(command->word, command->len, command->out, COMMAND_OUT, &found,
		                    command->why);
	command->failed = !found;
	if (err == 0 && command->pipes)
		command->in = command->out;
	return err;
}

// One command of the line.
static int command_line(const struct command *command)
{
	static const char *const nothing[] = {"true", "sync", ":",   "ethtool", "nstat",     "rm",
	                                      "cat",  "ss",   "set", "kldload", "kldunload", "dd"};
	const char *name = command->word[0];

	if (command->len == 0)
		return 0;
	if (command_is_script(name))
		return command_file(command, name);
	if (command_is(name, "ip"))
		return command_ip(command);
	if (command_is(name, "tc"))
		return command_tc(command);
	if (command_is(name, "sysctl") || command_is(name, "set_sysctls.py"))
		return command_assignments(command);
	if (strcmp(name, "echo") == 0)
		return command_echo(command);
	if (strcmp(name, "sleep") == 0)
		return command_sleep(command);
	for (unsigned i = 0; i < ARRAY_LEN(nothing); i++)
		if (command_is(name, nothing[i]))
			return 0;
	return why_fail(command->why, -ENOSYS,
	                "the command %.60s is not known, and no shell is run", name);
}

// "2>&1" is one word, and "#" within one begins no comment.
static bool command_ends_word(const char *text, const char *at)
{
	if (*at == '&' && at > text && at[-1] == '>')
		return false;
	if (*at == '#')
		return at == text || strchr(" \t\r\n;&|", at[-1]) != NULL || at[-1] == '\0';
	return strchr(" \t\r\n;&|", *at) != NULL;
}

// Cuts the text in place up to the end of a command; returns what is behind, or NULL.
static char *command_words(struct command *command, char *text)
{
	char quote = 0, *to = text, *from = text;
	bool in_word = false;

	for (command->len = 0;; from++) {
		char c = *from;

		if (quote && c == quote) {
			quote = 0;
			continue;
		}
		if (c == '\0' || (!quote && command_ends_word(text, from))) {
			if (c == '#') {
				from += strcspn(from, "\n");
				c = *from;
			}
			*to++ = '\0';
			in_word = false;
			command->pipes = c == '|' && command->len > 0 && from[1] != '|';
			if (c == '\0')
				return NULL;
			if (strchr("\n;&|", c))
				return from + 1;
			continue;
		}
		if (!in_word && command->len < COMMAND_WORDS)
			command->word[command->len++] = to;
		in_word = true;
		if (!quote && (c == '"' || c == '\''))
			quote = c;
		else
			*to++ = c;
	}
}

// No name has a value in a shell's arithmetic.
static bool command_no_name(void *ctx, const char *name, long double *value)
{
	(void)ctx;
	(void)name;
	(void)value;
	return false;
}

// Replaces "$((15*1024*1024))" by its number, and joins lines that end with a backslash.
static int command_expand(const struct command *command, char *text)
{
	char *at, *end;

	while ((at = strstr(text, "\\\n")))
		at[0] = at[1] = ' ';
	while ((at = strstr(text, "$(("))) {
		char code[COMMAND_BYTES], number[32];
		struct code_vars vars = {0};
		size_t len;
		int line = 1;

		end = strstr(at, "))");
		if (!end || (size_t)(end - at) > sizeof(code) - 8)
			return why_fail(command->why, -ENOSYS, "%.60s does not end", at);
		snprintf(code, sizeof(code), "x = (%.*s)", (int)(end - at - 3), at + 3);
		if (code_run(code, &line, &vars, command_no_name, NULL, command->why) !=
		    CODE_PASSED)
			return -ENOSYS;
		// Never longer than the expression with what is around it.
		len = (size_t)snprintf(number, sizeof(number), "%.0Lf", vars.var[0].value);
		if (len > (size_t)(end + 2 - at))
			return why_fail(command->why, -ENOSYS, "%.60s is too large", at);
		memcpy(at, number, len);
		memmove(at + len, end + 2, strlen(end + 2) + 1);
	}
	return 0;
}

static int command_text(struct command *command, const char *text)
{
	size_t size = strlen(text) + 2;
	char *copy = calloc(1, size), *next;
	int err;

	if (!copy)
		return why_no_memory(command->why, "a command");
	memcpy(copy, text, size - 2);
	err = command_expand(command, copy);
	for (char *at = copy; at && err == 0; at = next) {
		next = command_words(command, at);
		err = command_piped(command);
		if (err == -ENOENT)
			err = command_line(command);
	}
	free(copy);
	return err;
}

int command_run(const char *text, const char *script, struct target *target, uint64_t *sleep_us,
                struct why *why)
{
	char out[COMMAND_OUT];
	struct command command = {
	        .target = target, .script = script, .sleep_us = sleep_us, .why = why, .out = out};
	int err = command_text(&command, text);

	if (err == 0 && command.failed)
		return why_fail(why, -EINVAL, "the command fails: %.200s", text);
	return err;
}

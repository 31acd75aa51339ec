// command: words of each line, quotes taken away. "defaults.sh" is what suites begin with:
// the settings of a kernel as it comes, which is how a target begins anyway.
#include "command.h"

#include <stdlib.h>
#include <string.h>

#define COMMAND_WORDS 64
#define COMMAND_BYTES 512

struct command {
	struct target *target;
	uint64_t *sleep_us;
	struct why *why;
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

// One command of the line.
static int command_line(const struct command *command)
{
	static const char *const nothing[] = {"defaults.sh", "ip",    "tc", "true", "sync", ":",
	                                      "ethtool",     "nstat", "rm", "cat",  "ss",   "set"};
	const char *name = command->word[0];

	if (command->len == 0)
		return 0;
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

// "2>&1" is one word.
static bool command_ends_word(const char *text, const char *at)
{
	if (*at == '&' && at > text && at[-1] == '>')
		return false;
	return strchr(" \t\r\n;&|#", *at) != NULL;
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
			*to++ = '\0';
			in_word = false;
			if (c == '#') {
				from += strcspn(from, "\n");
				c = *from;
			}
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

int command_run(const char *text, struct target *target, uint64_t *sleep_us, struct why *why)
{
	struct command command = {.target = target, .sleep_us = sleep_us, .why = why};
	size_t size = strlen(text) + 2;
	char *copy = calloc(1, size), *next;
	int err = 0;

	if (!copy)
		return why_no_memory(why, "a command");
	memcpy(copy, text, size - 2);
	for (char *at = copy; at && err == 0; at = next) {
		next = command_words(&command, at);
		err = command_line(&command);
	}
	free(copy);
	return err;
}

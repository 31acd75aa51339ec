// tcp_script: plays scripts in packetdrill's language against wadi's TCP, in process, without
// root and on virtual time. For each file one line: that it passed, or where and why not.
#include "match.h"
#include "run.h"
#include "target_wadi.h"

#include "proto/tcpip/tcp_wire.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPTIONS_MAX       64
#define OPTION_WSCALE     3 // of TCP
#define OPTION_WSCALE_MAX 14

enum {
	EXIT_FAILED = 1,
	EXIT_REFUSED = 2, // and no script failed
	EXIT_USAGE = 3,
};

static const char usage[] =
        "usage: tcp_script [OPTION...] FILE...\n"
        "\n"
        "Plays scripts in packetdrill's language against wadi's TCP on virtual time; of a\n"
        "FILE that is a folder, each *.pkt below it. For each script one of these goes to standard "
        "output:\n"
        "  ok FILE\n"
        "  FAIL FILE:LINE: REASON       the stack did something else\n"
        "  REFUSED FILE:LINE: REASON    the script is malformed, or uses what wadi does not have\n"
        "and when there were several, in the end:\n"
        "  N scripts: N ok, N failed, N refused\n"
        "\n"
        "  -v, --verbose            print each packet\n"
        "  -n, --dry_run            parse only\n"
        "  -D NAME=VALUE            replace a word in the script\n"
        "  --ip_version=VERSION     ipv4, ipv6 or ipv4-mapped-ipv6\n"
        "  --OPTION[=VALUE]         any other option that a script may begin with; those in\n"
        "                           the script count less\n"
        "  -h, --help               print this\n"
        "\n"
        "Exit status: 0 when all passed, 1 when a script failed, 2 when none failed and one was\n"
        "refused, 3 when the command is wrong.\n";

struct options {
	unsigned len;
	struct script_option option[OPTIONS_MAX];
};

// The whole file, with its length; NULL with the reason.
static char *read_file(const char *path, size_t *len, struct why *why)
{
	FILE *file = fopen(path, "rb");
	size_t size = 0;
	char *text = NULL;

	*len = 0;
	while (file && !feof(file) && !ferror(file)) {
		char *more;

		if (*len == size) {
			size = size ? 2 * size : 1 << 14;
			more = realloc(text, size);
			if (!more)
				break;
			text = more;
		}
		*len += fread(text + *len, 1, size - *len, file);
	}
	if (!file || ferror(file) || !feof(file)) {
		why_set(why, "%s:0: cannot be read: %s", path, strerror(errno));
		free(text);
		text = NULL;
	}
	if (file)
		fclose(file);
	return text;
}

// The window scale that the first SYN of the stack should have. It follows from the buffers of
// the machine for which the script was written, about which most scripts say no more.
static bool expected_wscale(const struct script *script, uint8_t *shift)
{
	for (const struct script_event *event = script->events; event; event = event->next) {
		struct packet packet;
		unsigned at = 0, len;
		uint8_t *value;
		int kind;

		if (event->kind != EVENT_PACKET || !event->packet.out ||
		    event->packet.kind != PACKET_TCP || !(event->packet.flags & TCP_SYN))
			continue;
		packet = match_spec(&script->conf, &event->packet);
		while ((kind = packet_option(&packet, &at, &value, &len)) >= 0)
			if (kind == OPTION_WSCALE && len == 1 && value[0] <= OPTION_WSCALE_MAX) {
				*shift = value[0];
				return true;
			}
	}
	return false;
}

static enum run_result play(const struct script *script, struct why *why)
{
	struct target target;
	enum run_result result;
	uint8_t shift;

	if (script->conf.dry_run)
		return RUN_PASSED;
	if (target_wadi_open(&target, &script->conf, why))
		return RUN_REFUSED;
	if (expected_wscale(script, &shift))
		target_wadi_wscale(&target, shift);
	result = run_script(script, &target, why);
	target.ops->close(target.ctx);
	return result;
}

static enum run_result play_file(const char *path, const struct options *options, struct why *why)
{
	enum run_result result = RUN_REFUSED;
	struct script script;
	size_t len;
	char *text = read_file(path, &len, why);

	if (!text)
		return RUN_REFUSED;
	if (script_parse(&script, path, text, len, options->option, options->len, why) == 0)
		result = play(&script, why);
	script_parse_fini(&script);
	free(text);
	return result;
}

// Scripts by enum run_result.
struct counts {
	unsigned n[RUN_RESULTS];
};

// Counts and prints the result of a file; returns the exit status that it asks for.
static int report(const char *path, enum run_result result, const struct why *why,
                  struct counts *counts)
{
	counts->n[result]++;
	switch (result) {
	case RUN_PASSED:
		printf("ok %s\n", path);
		return EXIT_SUCCESS;
	case RUN_FAILED:
		printf("FAIL %s\n", why->text);
		return EXIT_FAILED;
	default:
		printf("REFUSED %s\n", why->text);
		return EXIT_REFUSED;
	}
}

// The more telling of two exit statuses.
static int worse(int a, int b)
{
	if (a == EXIT_FAILED || b == EXIT_FAILED)
		return EXIT_FAILED;
	return a > b ? a : b;
}

static int is_shown(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	if (entry->d_name[0] == '.')
		return 0;
	return entry->d_type == DT_DIR || (len > 4 && !strcmp(entry->d_name + len - 4, ".pkt"));
}

// Plays a script, or those of a folder in the order of their names.
static int play_all(const char *path, const struct options *options, struct counts *counts)
{
	struct dirent **entries;
	int n = scandir(path, &entries, is_shown, alphasort), status = EXIT_SUCCESS;

	if (n < 0) {
		struct why why = {""};

		return report(path, play_file(path, options, &why), &why, counts);
	}
	for (int i = 0; i < n; i++) {
		char below[4096];

		snprintf(below, sizeof(below), "%s%s%s", path,
		         path[strlen(path) - 1] == '/' ? "" : "/", entries[i]->d_name);
		status = worse(status, play_all(below, options, counts));
		free(entries[i]);
	}
	free(entries);
	return status;
}

// One argument that is an option, with the next argument; how many of them were used, or 0.
static int take_option(char *arg, char *next, struct options *options)
{
	struct script_option *option = &options->option[options->len];
	char *equals = strchr(arg, '=');

	if (options->len == OPTIONS_MAX)
		return 0;
	options->len++;
	if (strcmp(arg, "-D") == 0) {
		*option = (struct script_option){"define", next};
		return next ? 2 : 0;
	}
	if (strcmp(arg, "-v") == 0) {
		*option = (struct script_option){"verbose", NULL};
		return 1;
	}
	if (strcmp(arg, "-n") == 0) {
		*option = (struct script_option){"dry_run", NULL};
		return 1;
	}
	if (strncmp(arg, "--", 2) != 0 || arg[2] == '\0')
		return 0;
	*option = (struct script_option){arg + 2, equals ? equals + 1 : NULL};
	if (equals)
		*equals = '\0';
	return 1;
}

static int command_wrong(const char *arg)
{
	fprintf(stderr, "tcp_script: what is %s? See tcp_script --help\n", arg ? arg : "(nothing)");
	return EXIT_USAGE;
}

static void summarize(const struct counts *counts)
{
	unsigned ok = counts->n[RUN_PASSED], failed = counts->n[RUN_FAILED],
	         refused = counts->n[RUN_REFUSED];

	if (ok + failed + refused != 1)
		printf("%u scripts: %u ok, %u failed, %u refused\n", ok + failed + refused, ok,
		       failed, refused);
}

int main(int argc, char **argv)
{
	struct options options = {0};
	struct counts counts = {0};
	int at = 1, status = EXIT_SUCCESS;

	while (at < argc && argv[at][0] == '-') {
		int used;

		if (strcmp(argv[at], "-h") == 0 || strcmp(argv[at], "--help") == 0) {
			fputs(usage, stdout);
			return EXIT_SUCCESS;
		}
		used = take_option(argv[at], at + 1 < argc ? argv[at + 1] : NULL, &options);
		if (used == 0)
			return command_wrong(argv[at]);
		at += used;
	}
	if (at == argc)
		return command_wrong(NULL);
	for (; at < argc; at++)
		status = worse(status, play_all(argv[at], &options, &counts));
	summarize(&counts);
	return status;
}

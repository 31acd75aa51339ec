// ctl: wadi-ctl, which asks a running appliance one thing over its control
// socket and prints the reply. How replies look is table.c's.
#include "apps/boot/table.h"
#include "core/manual.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { EXIT_DONE, EXIT_FAILED, EXIT_USAGE };

// A reload of large zones takes its time.
#define REPLY_SECONDS   300
#define REPLY_BYTES_MAX ((size_t)16 << 20)

static const char *const synopsis[] = {"SOCKET COMMAND [--json] [--all]",
                                       "--help | --man | --version", NULL};

static const struct manual_item commands[] = {
        {"status", "What is running, since when, and what it serves."},
        {"stats", "Counters of workers, stages and the appliance."},
        {"drops", "Reasons for which packets were dropped, and how many; with --all those that "
                  "never happened, too."},
        {"ports", "Network ports with their addresses and counters."},
        {"reload", "Reads the configuration and its files again. When something in them is "
                   "wrong, all stays as it was."},
        {"log-level [error|warning|info|debug]", "Tells or sets what is logged."},
        {0},
};

static const struct manual_item options[] = {
        {"--json", "Prints the reply as it came, one JSON object."},
        {"--all", "Also what is zero, among drops."},
        {"--man", "Prints the man page."},
        {"--help", "Prints this."},
        {"--version", "Prints the version."},
        {0},
};

static const struct manual manual = {
        .name = "wadi-ctl",
        .summary = "asks a running wadi appliance",
        .synopsis = synopsis,
        .text = "SOCKET is the path under control.socket in the appliance's configuration.",
        .commands = commands,
        .options = options,
};

struct args {
	const char *words[3]; // socket, command, argument
	unsigned words_len;
	bool json, all;
};

static int usage_error(const char *sentence, const char *word)
{
	fprintf(stderr, "wadi-ctl: %s%s; wadi-ctl --help tells more\n", sentence, word);
	return EXIT_USAGE;
}

// -1, or the exit status when there is nothing to ask.
static int parse(struct args *args, int argc, char **argv)
{
	*args = (struct args){.words_len = 0};
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0) {
			args->json = true;
		} else if (strcmp(argv[i], "--all") == 0) {
			args->all = true;
		} else if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
			manual_help(&manual, stdout);
			return EXIT_DONE;
		} else if (strcmp(argv[i], "--man") == 0) {
			manual_man(&manual, stdout);
			return EXIT_DONE;
		} else if (strcmp(argv[i], "--version") == 0) {
			printf("wadi-ctl %s\n", WADI_VERSION);
			return EXIT_DONE;
		} else if (argv[i][0] == '-') {
			return usage_error("there is no option ", argv[i]);
		} else if (args->words_len == ARRAY_LEN(args->words)) {
			return usage_error("one word too many: ", argv[i]);
		} else {
			args->words[args->words_len++] = argv[i];
		}
	}
	if (args->words_len < 2)
		return usage_error("a socket and a command are needed", "");
	if (args->words_len == 3 && strcmp(args->words[1], "log-level") != 0)
		return usage_error("one word too many: ", args->words[2]);
	return -1;
}

static int dial(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	struct timeval limit = {.tv_sec = REPLY_SECONDS};
	int fd;

	if (strlen(path) >= sizeof(addr.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(addr.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0)
		return fd;
	close(fd);
	return -1;
}

static bool send_request(int fd, const struct args *args)
{
	json_t *request = json_pack("{s:s, s:s*}", "command", args->words[1], "level",
	                            args->words_len == 3 ? args->words[2] : NULL);
	char *text = request ? json_dumps(request, JSON_COMPACT) : NULL;
	bool sent = text && dprintf(fd, "%s\n", text) > 0;

	free(text);
	json_decref(request);
	return sent;
}

// One line without its end, to be freed; NULL when none comes.
static char *read_line(int fd)
{
	size_t len = 0, size = 4096;
	char *line = malloc(size), *more;
	ssize_t n = 1;

	while (line && n > 0 && !(len && line[len - 1] == '\n') && len < REPLY_BYTES_MAX) {
		if (len + 1 == size) {
			more = realloc(line, size * 2);
			if (!more)
				break;
			line = more;
			size *= 2;
		}
		n = read(fd, line + len, size - len - 1);
		len += n > 0 ? (size_t)n : 0;
	}
	if (!line || len == 0 || line[len - 1] != '\n') {
		free(line);
		return NULL;
	}
	line[len - 1] = '\0';
	return line;
}

static int print_reply(const struct args *args, const char *line)
{
	json_t *reply = json_loads(line, 0, NULL);
	const char *error = json_string_value(json_object_get(reply, "error"));

	if (!json_is_object(reply))
		fprintf(stderr, "wadi-ctl: %s does not speak wadi's control protocol\n",
		        args->words[0]);
	else if (args->json)
		puts(line);
	else if (error)
		fprintf(stderr, "wadi-ctl: %s\n", error);
	if (!json_is_object(reply) || error) {
		json_decref(reply);
		return EXIT_FAILED;
	}
	if (!args->all)
		table_hide_zeros(reply);
	if (!args->json)
		table_print(reply, stdout);
	json_decref(reply);
	return EXIT_DONE;
}

int main(int argc, char **argv)
{
	struct args args;
	char *line = NULL;
	int status = parse(&args, argc, argv), fd;

	if (status >= 0)
		return status;
	fd = dial(args.words[0]);
	if (fd < 0) {
		fprintf(stderr, "wadi-ctl: %s: %s: is the appliance running?\n", args.words[0],
		        strerror(errno));
		return EXIT_FAILED;
	}
	if (send_request(fd, &args))
		line = read_line(fd);
	close(fd);
	if (!line) {
		fprintf(stderr, "wadi-ctl: %s gave no reply\n", args.words[0]);
		return EXIT_FAILED;
	}
	status = print_reply(&args, line);
	free(line);
	return status;
}

// ctl: wadi-ctl, which sends commands to a running appliance and prints the replies: one command,
// or those that are typed (shell.c). reach.c finds the appliance, peer.c talks to it;
// core/host/json_table.c lays out replies, top.c shows them live.
#include "apps/boot/command_list.h"
#include "apps/ctl/colour.h"
#include "apps/ctl/peer.h"
#include "apps/ctl/shell.h"
#include "apps/ctl/show.h"
#include "apps/ctl/top.h"
#include "core/host/completion.h"
#include "core/host/json_table.h"
#include "core/host/trace_report.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EXIT_DONE, EXIT_FAILED, EXIT_USAGE, EXIT_UNKNOWN, EXIT_FILES = EXIT_UNKNOWN };

static const char *const synopsis[] = {
        "[SOCKET|CONSOLE|xen:GUEST] COMMAND [ARGUMENT]... [OPTION]...",
        "[SOCKET|CONSOLE|xen:GUEST]", "trace FILE [COUNT] [--json] [--all]",
        "--help | --man | --version", NULL};

struct args {
	bool json, all, strict, packets, complete, help, man, version;
	struct cmdline_number timeout_s, seconds, count, snap;
	const char *by;
	const char *color; // NULL: not given
	enum colour_when colour;
	const char *where; // NULL: not given
	int len;           // of arg: the command and its arguments
	char **arg;
};

#define AT(member)   offsetof(struct args, member)
#define COMMANDS_MAX 64

static const struct cmdline_option options[] = {
        {"json", 0, CMDLINE_FLAG, AT(json), .help = "Prints the reply as one JSON object."},
        {"all", 0, CMDLINE_FLAG, AT(all),
         .help = "Includes counters that are zero; of a reload, unchanged files; of a trace, all "
                 "records."},
        {"strict", 0, CMDLINE_FLAG, AT(strict),
         .help = "Has health take a warning for a failure, in its exit status."},
        {"timeout", 0, CMDLINE_NUMBER, AT(timeout_s), "SECONDS", 1, 86400,
         "How long to wait for a sign of life: 10 seconds by default, 20 of a console. A reload "
         "may take longer, as the appliance gives signs of life meanwhile."},
        {"seconds", 0, CMDLINE_NUMBER, AT(seconds), "SECONDS", 1, 86400,
         "Has top-talkers count for so long, 5 unless given, and then print; ends trace packets "
         "and capture."},
        {"by", 0, CMDLINE_TEXT, AT(by), "client|prefix|name|zone",
         .help = "What top-talkers counts by: client unless given."},
        {"packets", 0, CMDLINE_FLAG, AT(packets),
         .help = "Has top-talkers count packets, not what a service is asked."},
        {"color", 0, CMDLINE_TEXT, AT(color), "always|never|auto",
         .help = "Whether to print in colour; auto, the default, does on a terminal."},
        {"complete", 0, CMDLINE_FLAG, AT(complete),
         .help = "Prints what may stand in place of the last of the words that follow --, for a "
                 "shell. Exits with 3 when that may be the path of a file."},
        {"count", 0, CMDLINE_NUMBER, AT(count), "PACKETS", 1, UINT64_MAX,
         "Ends trace packets and capture after as many."},
        {"snap", 0, CMDLINE_NUMBER, AT(snap), "BYTES", 64, 65535,
         "Has trace packets and capture keep only the first bytes of each packet, so that more "
         "find room."},
        {"man", 0, CMDLINE_FLAG, AT(man), .help = "Prints the man page."},
        {"help", 'h', CMDLINE_FLAG, AT(help), .help = "Prints this."},
        {"version", 'V', CMDLINE_FLAG, AT(version), .help = "Prints the version."},
        {0},
};

// What wadi-ctl does itself, by commands of the appliance; then those, from the next place on.
static struct manual_item commands[COMMANDS_MAX + 1] = {
        {"top",
         "Shows live what the appliance does: rates with their histories, drops, stages with "
         "their cycles, pages, latency, connections, what services count. q ends it, p "
         "pauses. Where the output is no terminal, prints one picture, of a second."},
        {"completion " COMPLETION_SYNOPSIS, COMPLETION_HELP},
};

static const struct manual_item examples[] = {
        {"wadi-ctl drops", "Counts of dropped packets by reason, of the only appliance."},
        {"wadi-ctl top", "What it does at the moment."},
        {"wadi-ctl /run/wadi/dns.sock health --timeout 5",
         "Whether it can answer, as a check of a container or of keepalived."},
        {"wadi-ctl /run/wadi/dns.sock help", "The commands of one of several."},
        {"wadi-ctl top-talkers --seconds 5 --by prefix",
         "Counts for five seconds, and prints the prefixes that asked most."},
        {"wadi-ctl xen:ns1 status", "The state of the guest ns1."},
        {"wadi-ctl xen:ns1 reload", "Reads again what was written to the guest's vm-data/wadi."},
        {"wadi-ctl trace packets host 192.0.2.7 port 53",
         "What comes from a client and goes to it, as it happens, and what becomes of it."},
        {"wadi-ctl capture /tmp/drops.pcapng drop any --seconds 60",
         "The packets that are dropped within a minute, for Wireshark: each has the reason as "
         "its comment."},
        {"wadi-ctl trace /run/wadi/dns.trace.last",
         "The last events of an appliance that crashed; its configuration has trace.file."},
        {0},
};

static const struct manual_item environment[] = {
        {"WADI_CTL", "The SOCKET, CONSOLE or xen:GUEST when none is given; of a folder, the one "
                     "socket in it."},
        {"COLUMNS", "How wide the terminal is, if not as it says itself."},
        {"NO_COLOR", "If it is set and not empty, nothing is in colour unless --color says so."},
        {0},
};

static const struct manual_item files[] = {
        {"~/.local/state/wadi/ctl_history", "What was typed at the prompt; $XDG_STATE_HOME, if "
                                            "set, takes the place of ~/.local/state."},
        {PLACE_FOLDER, "The control sockets of the example configurations. When no SOCKET is given "
                       "and one appliance runs, it is found here."},
        {0},
};

static const struct manual manual = {
        .name = "wadi-ctl",
        .summary = "controls a running wadi appliance",
        .synopsis = synopsis,
        .text = "SOCKET is the path under control.socket in the appliance's configuration; it may "
                "be left out when one appliance has its socket in " PLACE_FOLDER ".\n"
                "An appliance that is a whole Xen guest is reached over its console, from dom0: "
                "xen:GUEST finds it by the guest's name or number, CONSOLE is the terminal's "
                "path, which xenstore has as /local/domain/NUMBER/console/tty. No other process "
                "may read the console meanwhile: leave xl console first.\n"
                "The same commands can be typed in xl console.\n"
                "\"trace packets\" and \"capture\" show packets until Ctrl-C, --count or "
                "--seconds. A FILTER is of the conditions host ADDRESS, host PREFIX, port "
                "NUMBER, name NAME (of a DNS question, or below it), drop REASON, drop STAGE "
                "and drop any; those with the same word are alternatives, different words "
                "have to hold together.\n"
                "\"trace FILE\" decodes the file that an appliance with trace.file left when it "
                "crashed; \"trace\" alone, or with a COUNT, asks a running one.\n"
                "On a terminal, tables fit its width; elsewhere each row is one line.\n"
                "Without a command, on a terminal, commands are typed at a prompt, one after the "
                "other; Tab completes words, exit or Ctrl-D ends it. Keys are those of "
                "~/.editrc, see editrc(5).",
        .commands = commands,
        .options = (const struct manual_options[]){{"Options", options}, {0}},
        .examples = examples,
        .environment = environment,
        .files = files,
        .see_also = "wadi-dns(8), wadi-echo(8), wadi-bench(8)",
};

static int usage_error(const char *sentence)
{
	fprintf(stderr, "wadi-ctl: %s; wadi-ctl --help explains\n", sentence);
	return EXIT_USAGE;
}

// The first word says where the appliance is, when it is no command. On a terminal, commands may
// follow later.
static int take_place(struct args *args)
{
	if (args->complete)
		return -1;
	if (args->len && place_is_named(args->arg[0])) {
		args->where = *args->arg++;
		args->len--;
	}
	if (args->len || (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)))
		return -1;
	return usage_error(args->where ? "a command is missing, such as status or help"
	                               : "a command is needed, such as status or help");
}

// Adds the appliance's commands to wadi-ctl's own.
static void commands_fill(void)
{
	size_t len = 0;

	while (commands[len].term)
		len++;
	for (const struct manual_item *item = command_list; item->term && len < COMMANDS_MAX;
	     item++)
		commands[len++] = *item;
}

// -1, or the exit status when there is nothing to ask.
static int parse(struct args *args, int argc, char **argv)
{
	struct cmdline_part part = {options, args};
	struct why why;

	*args = (struct args){.len = 0};
	args->len = cmdline_parse(&part, 1, argc, argv, &args->arg, &why);
	if (args->len < 0)
		return usage_error(why.text);
	if (!colour_parse(args->color, &args->colour))
		return usage_error("--color takes always, never or auto");
	if (args->help)
		manual_help(&manual, stdout);
	else if (args->man)
		manual_man(&manual, stdout);
	else if (args->version)
		printf("wadi-ctl %s\n", WADI_VERSION);
	else
		return take_place(args);
	return EXIT_DONE;
}

// The width of the terminal; 0 when the output is none.
static unsigned output_columns(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	unsigned long number = columns ? strtoul(columns, NULL, 10) : 0;

	if (!isatty(STDOUT_FILENO))
		return 0;
	if (number >= 1 && number <= UINT16_MAX)
		return (unsigned)number;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col)
		return size.ws_col;
	return 80;
}

static void print_reply(const struct args *args, json_t *reply)
{
	const bool colour = colour_is_used(args->colour, isatty(STDOUT_FILENO));

	if (args->json) {
		json_dumpf(reply, stdout, JSON_COMPACT);
		putchar('\n');
		return;
	}
	if (!args->all)
		json_table_hide_zeros(reply);
	json_table_print(reply, (struct json_table_look){output_columns(), colour}, stdout);
}

// NULL when an argument is not UTF-8.
static json_t *request_of(const struct args *args)
{
	json_t *words = json_array();
	bool text = true;

	for (int i = 1; i < args->len; i++)
		text &= json_array_append_new(words, json_string(args->arg[i])) == 0;
	if (text)
		return json_pack("{s:s, s:o, s:b}", "command", args->arg[0], "words", words, "all",
		                 args->all);
	json_decref(words);
	return NULL;
}

// Adds a part, consumed, to the parts before it: lists go on, all else is the last part's.
static json_t *join_parts(json_t *whole, json_t *part)
{
	const char *key;
	json_t *value, *before;

	if (!whole)
		return part;
	json_object_foreach (part, key, value) {
		before = json_object_get(whole, key);
		if (json_is_array(before) && json_is_array(value))
			json_array_extend(before, value);
		else
			json_object_set(whole, key, value);
	}
	json_decref(part);
	return whole;
}

// Asks for all parts of a long reply: "next" in a part holds the arguments that ask for
// the next one. NULL with a sentence in why; in a reply that broke off it is "error".
static json_t *ask_all(struct peer *peer, json_t *request, struct why *why)
{
	json_t *whole = NULL, *part, *next;

	do {
		part = peer_ask(peer, request, why);
		if (!part) {
			if (whole)
				json_object_set_new(whole, "error", json_text(why->text));
			return whole;
		}
		next = json_incref(json_object_get(part, "next"));
		json_object_del(part, "next");
		whole = join_parts(whole, part);
		if (next)
			json_object_set_new(request, "words", next);
	} while (next);
	return whole;
}

static bool is_health(const struct args *args)
{
	return strcmp(args->arg[0], "health") == 0;
}

// The exit status of a command that failed: of health, that the state is not known.
static int exit_failed(const struct args *args)
{
	return is_health(args) ? EXIT_UNKNOWN : EXIT_FAILED;
}

// The exit status of a command that has its reply.
static int exit_done(const struct args *args, const json_t *reply)
{
	const char *state = json_string_value(json_object_get(reply, "state"));

	if (!is_health(args))
		return EXIT_DONE;
	if (!state)
		return EXIT_UNKNOWN;
	if (strcmp(state, "ok") == 0 || (strcmp(state, "warning") == 0 && !args->strict))
		return EXIT_DONE;
	return EXIT_FAILED;
}

// Whether the appliance is to be asked to count first.
static bool is_count(const struct args *args)
{
	return strcmp(args->arg[0], "top-talkers") == 0 && args->len == 1 &&
	       (args->seconds.given || args->by || args->packets);
}

// Has the appliance count, and waits until it has. False with a sentence in why.
static bool count_first(const struct args *args, struct peer *peer, struct why *why)
{
	unsigned seconds = args->seconds.given ? (unsigned)args->seconds.value : 5;
	json_t *words = json_pack("[s, s, o]", "on", args->by ? args->by : "client",
	                          json_sprintf("%u", seconds));
	const char *error;
	json_t *request, *reply;

	if (args->packets)
		json_array_append_new(words, json_string("packets"));
	request = json_pack("{s:s, s:o}", "command", args->arg[0], "words", words);
	if (!request) {
		why_set(why, "--by is not UTF-8 text");
		return false;
	}
	reply = peer_ask(peer, request, why);
	error = json_string_value(json_object_get(reply, "error"));
	if (error)
		why_set(why, "%s", error);
	else if (reply)
		sleep(seconds);
	json_decref(request);
	json_decref(reply);
	return reply && *why->text == '\0';
}

// What wadi-ctl adds to a list of the appliance's commands: its own.
static void add_own_help(const struct args *args, json_t *reply)
{
	json_t *rows = json_object_get(reply, "commands");

	for (const struct manual_item *own = commands; own->term != command_list[0].term; own++)
		if (strcmp(args->arg[0], "help") == 0 && json_is_array(rows))
			json_array_append_new(rows, json_pack("{s:s, s:s}", "command", own->term,
			                                      "help", own->help));
}

// Sends the request and prints the reply, and why part of it is missing.
static int ctl_run(const struct args *args, struct peer *peer, struct why *why)
{
	json_t *request = request_of(args), *reply;
	const char *error;
	int status;

	if (!request) {
		why_set(why, "the command is not UTF-8 text");
		return exit_failed(args);
	}
	if (is_count(args) && !count_first(args, peer, why)) {
		json_decref(request);
		return exit_failed(args);
	}
	reply = ask_all(peer, request, why);
	error = json_string_value(json_object_get(reply, "error"));
	json_decref(request);
	if (!reply)
		return exit_failed(args);
	status = error ? exit_failed(args) : exit_done(args, reply);
	if (error && !args->json) {
		why_set(why, "%s", error);
		json_object_del(reply, "error");
	}
	add_own_help(args, reply);
	if (json_object_size(reply))
		print_reply(args, reply);
	json_decref(reply);
	return status;
}

// Decodes the file of an appliance that no longer runs.
static int run_trace(const struct args *args, struct why *why)
{
	json_t *reply = json_object();
	uint64_t lines;
	int err;

	if (args->len > 3 || !trace_report_lines(args->len == 3 ? args->arg[2] : NULL, &lines))
		err = why_fail(why, -EINVAL, TRACE_REPORT_USAGE);
	else
		err = trace_report_file(args->arg[1], args->all ? UINT64_MAX : lines, reply, why);
	if (!err)
		print_reply(args, reply);
	json_decref(reply);
	return err ? EXIT_FAILED : EXIT_DONE;
}

static bool is_trace_packets(const struct args *args)
{
	return strcmp(args->arg[0], "trace") == 0 && args->len > 1 &&
	       strcmp(args->arg[1], "packets") == 0;
}

static bool is_capture(const struct args *args)
{
	return strcmp(args->arg[0], "capture") == 0;
}

// Whether the arguments of trace name a file: a count asks a running appliance.
static bool is_trace_file(const struct args *args)
{
	return !args->where && strcmp(args->arg[0], "trace") == 0 && args->len > 1 &&
	       !is_trace_packets(args) && args->arg[1][strspn(args->arg[1], "0123456789")] != '\0';
}

static bool is_completion(const struct args *args)
{
	return strcmp(args->arg[0], "completion") == 0;
}

static int run_completion(const struct args *args, struct why *why)
{
	if (!completion_check(args->arg + 1, args->len - 1, why))
		return EXIT_USAGE;
	completion_print_asking(manual.name, stdout);
	return EXIT_DONE;
}

// Has a running appliance show packets.
static int run_show(const struct args *args, struct peer *peer, struct why *why)
{
	const struct show show = {.file = is_capture(args) ? args->arg[1] : NULL,
	                          .json = args->json,
	                          .words = args->arg + 2,
	                          .words_len = args->len - 2,
	                          .count = args->count.value,
	                          .seconds = args->seconds.value,
	                          .snap = args->snap.value};

	if (args->len < 2) {
		why_set(why,
		        "capture takes a file to write, or - for the output, and then a filter");
		return EXIT_USAGE;
	}
	return show_run(&show, peer, why) ? EXIT_FAILED : EXIT_DONE;
}

// The peer is at the path.
static int run_top(const struct args *args, struct peer *peer, const char *path, struct why *why)
{
	const bool terminal = isatty(STDOUT_FILENO);
	const unsigned columns = output_columns();
	const struct top_conf conf = {
	        .path = path,
	        .wait_ms = args->timeout_s.given ? (int)args->timeout_s.value * 1000 : TOP_WAIT_MS,
	        .live = terminal && !colour_term_is_dumb(),
	        .colour = colour_is_used(args->colour, terminal),
	        .columns = columns ? columns : 80};

	if (args->json || args->len > 1) {
		why_set(why, args->json ? "top is for people; stats and drops have --json"
		                        : "top takes no arguments");
		return EXIT_USAGE;
	}
	return top_run(peer, &conf, why) ? EXIT_FAILED : EXIT_DONE;
}

static bool is_top(const struct args *args)
{
	return strcmp(args->arg[0], "top") == 0;
}

// Asks a running appliance.
static int run_at(const struct args *args, const struct reach *reach, struct why *why)
{
	int status = exit_failed(args), wait_ms = (int)args->timeout_s.value * 1000;
	struct peer peer;

	if (peer_open(&peer, reach->path, wait_ms, why))
		return status;
	peer.name = reach->name;
	if (is_top(args))
		status = run_top(args, &peer, reach->path, why);
	else if (is_trace_packets(args) || is_capture(args))
		status = run_show(args, &peer, why);
	else
		status = ctl_run(args, &peer, why);
	peer_close(&peer);
	return status;
}

static int run(const struct args *args, const struct reach *reach, struct why *why)
{
	struct reach found;

	if (is_completion(args))
		return run_completion(args, why);
	if (is_trace_file(args))
		return run_trace(args, why);
	if (reach && !args->where)
		return run_at(args, reach, why);
	if (reach_find(&found, args->where, args->arg[0], why))
		return exit_failed(args);
	return run_at(args, &found, why);
}

// A line of the prompt, as another call of wadi-ctl with the same appliance.
static void run_line(const struct shell *shell, int argc, char **argv)
{
	struct why why = {""};
	struct args args;

	if (parse(&args, argc, argv) >= 0 || args.len == 0 || args.complete)
		return;
	run(&args, shell->reach, &why);
	fflush(stdout);
	if (*why.text)
		fprintf(stderr, "%s\n", why.text);
}

// Without a command.
static int run_shell(const struct args *args, struct why *why)
{
	struct reach reach;
	const struct shell shell = {commands, options, &reach, run_line};

	if (args->complete)
		return shell_complete(&shell, args->arg, args->len) ? EXIT_FILES : EXIT_DONE;
	if (reach_find(&reach, args->where, "", why))
		return EXIT_FAILED;
	return shell_run(&shell, why) ? EXIT_FAILED : EXIT_DONE;
}

// The status of what printed: a table that was cut by a full disk is a failure. One whose
// reader has had enough, such as head, is none.
static int check_output(int status)
{
	struct stat to;

	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	if (fstat(STDOUT_FILENO, &to) == 0 && S_ISFIFO(to.st_mode))
		return status;
	fprintf(stderr, "wadi-ctl: the output cannot be written: %s\n",
	        strerror(errno ? errno : EIO));
	return status == EXIT_DONE ? EXIT_FAILED : status;
}

int main(int argc, char **argv)
{
	struct why why = {""};
	struct args args;
	int status;

	commands_fill();
	status = parse(&args, argc, argv);
	if (status >= 0)
		return check_output(status);
	signal(SIGPIPE, SIG_IGN);
	if (args.complete || args.len == 0)
		status = run_shell(&args, &why);
	else
		status = run(&args, NULL, &why);
	if (*why.text)
		fprintf(stderr, "wadi-ctl: %s\n", why.text);
	return check_output(status);
}

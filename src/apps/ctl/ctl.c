// ctl: wadi-ctl, which sends one command to a running appliance and prints the reply.
// peer.c reaches the appliance; core/host/json_table.c lays out replies.
#include "apps/boot/command_list.h"
#include "apps/ctl/guest.h"
#include "apps/ctl/peer.h"
#include "core/host/feature.h"
#include "core/host/json_table.h"
#include "core/host/trace_report.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_DONE, EXIT_FAILED, EXIT_USAGE };

static const char *const synopsis[] = {
        "SOCKET|CONSOLE|xen:GUEST COMMAND [ARGUMENT]... [--json] [--all]",
        "trace FILE [COUNT] [--json] [--all]", "--help | --man | --version", NULL};

struct args {
	bool json, all, help, man, version;
	int len; // of arg: where, command, its arguments
	char **arg;
};

#define AT(member) offsetof(struct args, member)

static const struct cmdline_option options[] = {
        {"json", 0, CMDLINE_FLAG, AT(json), .help = "Prints the reply as one JSON object."},
        {"all", 0, CMDLINE_FLAG, AT(all),
         .help = "Includes counters that are zero; of a reload, unchanged files; of a trace, all "
                 "records."},
        {"man", 0, CMDLINE_FLAG, AT(man), .help = "Prints the man page."},
        {"help", 'h', CMDLINE_FLAG, AT(help), .help = "Prints this."},
        {"version", 'V', CMDLINE_FLAG, AT(version), .help = "Prints the version."},
        {0},
};

static const struct manual_item examples[] = {
        {"wadi-ctl /run/wadi/dns.sock drops", "Counts of dropped packets by reason."},
        {"wadi-ctl /run/wadi/dns.sock help", "The commands of this appliance."},
        {"wadi-ctl xen:ns1 status", "The state of the guest ns1."},
        {"wadi-ctl xen:ns1 reload", "Reads again what was written to the guest's vm-data/wadi."},
        {"wadi-ctl trace /run/wadi/dns.trace.last",
         "The last events of an appliance that crashed; its configuration has trace.file."},
        {0},
};

static const struct manual_item files[] = {
        {"/run/wadi", "The control sockets of the example configurations."},
        {0},
};

static const struct manual manual = {
        .name = "wadi-ctl",
        .summary = "controls a running wadi appliance",
        .synopsis = synopsis,
        .text = "SOCKET is the path under control.socket in the appliance's configuration.\n"
                "An appliance that is a whole Xen guest is reached over its console, from dom0: "
                "xen:GUEST finds it by the guest's name or number, CONSOLE is the terminal's "
                "path, which xenstore has as /local/domain/NUMBER/console/tty. No other process "
                "may read the console meanwhile: leave xl console first.\n"
                "The same commands can be typed in xl console.\n"
                "\"trace\" in place of a socket decodes the file that an appliance with trace.file "
                "left when it crashed (of a running appliance: SOCKET trace).",
        .commands = command_list,
        .files = files,
        .see_also = "wadi-dns(8), wadi-echo(8)",
        .examples = examples,
        .options = (const struct manual_options[]){{"Options", options}, {0}},
};

static int usage_error(const char *sentence)
{
	fprintf(stderr, "wadi-ctl: %s; wadi-ctl --help explains\n", sentence);
	return EXIT_USAGE;
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
	if (args->help)
		manual_help(&manual, stdout);
	else if (args->man)
		manual_man(&manual, stdout);
	else if (args->version)
		printf("wadi-ctl %s\n", WADI_VERSION);
	else if (args->len < 2)
		return usage_error("the appliance's socket or console, and a command, are needed");
	else
		return -1;
	return EXIT_DONE;
}

static void print_reply(const struct args *args, json_t *reply)
{
	if (args->json) {
		json_dumpf(reply, stdout, JSON_COMPACT);
		putchar('\n');
		return;
	}
	if (!args->all)
		json_table_hide_zeros(reply);
	json_table_print(reply, stdout);
}

// NULL when an argument is not UTF-8.
static json_t *request_of(const struct args *args)
{
	json_t *words = json_array();
	bool text = true;

	for (int i = 2; i < args->len; i++)
		text &= json_array_append_new(words, json_string(args->arg[i])) == 0;
	if (text)
		return json_pack("{s:s, s:o, s:b}", "command", args->arg[1], "words", words, "all",
		                 args->all);
	json_decref(words);
	return NULL;
}

// Sends the request and prints the reply, and why part of it is missing. Long replies
// come in parts; "next" in a part holds the arguments that ask for the next one.
static int ctl_run(const struct args *args, struct peer *peer, struct why *why)
{
	json_t *request = request_of(args), *next = NULL;
	int status = EXIT_DONE;

	do {
		json_t *reply = request ? peer_ask(peer, request, why) : NULL;
		const char *error = json_string_value(json_object_get(reply, "error"));

		if (!request)
			why_set(why, "the command is not UTF-8 text");
		if (!reply || error)
			status = EXIT_FAILED;
		if (error && !args->json) {
			why_set(why, "%s", error);
			json_object_del(reply, "error");
		}
		next = json_incref(json_object_get(reply, "next"));
		json_object_del(reply, "next");
		if (json_object_size(reply))
			print_reply(args, reply);
		json_decref(reply);
		if (next)
			json_object_set_new(request, "words", next);
	} while (next);
	json_decref(request);
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

// Asks a running appliance.
static int run_peer(const struct args *args, struct why *why)
{
	const char *where = args->arg[0];
	char tty[GUEST_TTY_BYTES];
	int status = EXIT_FAILED, err = 0;
	struct peer peer;

	if (strncmp(where, "xen:", 4) == 0) {
		if (FEATURE_XEN)
			err = guest_console(where + 4, tty, why);
		else
			err = why_fail(why, -ENOTSUP,
			               "%s needs the Xen backend, which this build does not have: "
			               "build with -Dxen=true",
			               where);
		where = tty;
	}
	if (!err)
		err = peer_open(&peer, where, why);
	if (!err) {
		peer.name = args->arg[0];
		status = ctl_run(args, &peer, why);
		peer_close(&peer);
	}
	return status;
}

int main(int argc, char **argv)
{
	struct why why = {""};
	struct args args;
	int status = parse(&args, argc, argv);

	if (status >= 0)
		return status;
	signal(SIGPIPE, SIG_IGN);
	if (strcmp(args.arg[0], "trace") == 0)
		status = run_trace(&args, &why);
	else
		status = run_peer(&args, &why);
	if (*why.text)
		fprintf(stderr, "wadi-ctl: %s\n", why.text);
	return status;
}

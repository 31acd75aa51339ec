// ofp: wadi-ofp, which prints OpenFlow messages as text: out of a dump in hex, or of the TCP
// connections in a capture. proto/openflow decodes them; hex.c and streams.c find them.
#include "apps/ofp/hex.h"
#include "apps/ofp/streams.h"
#include "core/host/completion.h"
#include "proto/openflow/of_print.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_DONE, EXIT_FAILED, EXIT_USAGE };

#define INPUT_MAX_BYTES (1 << 30)

struct args {
	bool help, man, version;
	struct cmdline_number port;
	int len; // of arg: the command and its arguments
	char **arg;
};

#define AT(member) offsetof(struct args, member)

static const char *const synopsis[] = {"print [FILE]... [--port PORT]",
                                       "completion " COMPLETION_SYNOPSIS,
                                       "--help | --man | --version", NULL};

static const struct manual_item commands[] = {
        {"print", "Prints the messages of the FILEs, or of standard input."},
        {"completion", COMPLETION_HELP},
        {0},
};

static const struct cmdline_option options[] = {
        {"port", 'p', CMDLINE_NUMBER, AT(port), "PORT", 1, 65535,
         "The TCP port of the controller in a capture; 6653 and 6633 by default."},
        {"man", 0, CMDLINE_FLAG, AT(man), .help = "Prints the man page."},
        {"help", 'h', CMDLINE_FLAG, AT(help), .help = "Prints this."},
        {"version", 'V', CMDLINE_FLAG, AT(version), .help = "Prints the version."},
        {0},
};

static const struct manual_item examples[] = {
        {"tcpdump -w switch.pcap port 6653; wadi-ofp print switch.pcap",
         "What a switch and its controller have said."},
        {"echo 0400000800000001 | wadi-ofp print", "A message in hex."},
        {0},
};

static const struct manual manual = {
        .name = "wadi-ofp",
        .summary = "prints OpenFlow messages as text",
        .synopsis = synopsis,
        .text = "Reads OpenFlow 1.0, 1.3, 1.4 and 1.5 from the FILEs, or from standard input where "
                "none "
                "is given or one is \"-\".\n"
                "A FILE is a capture in the format of pcap or pcapng, of whose TCP connections the "
                "messages are "
                "printed with the time, the sender and the receiver; or text in hex: plain digits, "
                "or a dump such as ovs-ofctl, tcpdump -x, xxd and tshark -x print.\n"
                "Each message is a line; the items of a multipart follow on lines of their own. A "
                "message that is malformed is printed with what is wrong and where, and the exit "
                "status is then 1.",
        .commands = commands,
        .options = (const struct manual_options[]){{"Options", options}, {0}},
        .examples = examples,
        .see_also = "wadi-ctl(8), ovs-ofctl(8)",
};

struct printer {
	char *text;
	bool refused;
};

static void print_message(struct printer *printer, const void *bytes, size_t len)
{
	struct fill out = fill_of(printer->text, OF_PRINT_BYTES);
	struct of_msg msg;

	of_print(&out, bytes, len);
	fwrite(printer->text, 1, fill_len(&out), stdout);
	printer->refused |= of_decode(&msg, bytes, len, NULL) != OF_FAULT_NONE;
}

// "1700000000.000001 192.0.2.1:6653 > 192.0.2.2:40000: "
static void print_place(const struct streams_message *m)
{
	char from[ADDR_TEXT_BYTES], to[ADDR_TEXT_BYTES];

	addr_text(m->from, from);
	addr_text(m->to, to);
	printf(addr_is_ipv4(m->from) ? "%lu.%06lu %s:%u > %s:%u: "
	                             : "%lu.%06lu [%s]:%u > [%s]:%u: ",
	       m->at_us / 1000000, m->at_us % 1000000, from, m->from_port, to, m->to_port);
}

static void captured_message(void *ctx, const struct streams_message *m)
{
	print_place(m);
	print_message(ctx, m->bytes, m->len);
}

static void captured_remark(void *ctx, const struct streams_message *m, const char *sentence)
{
	struct printer *printer = ctx;

	print_place(m);
	printf("*** %s\n", sentence);
	printer->refused = true;
}

static int hex_print(struct printer *printer, const char *text, size_t len, struct why *why)
{
	uint8_t *room = malloc(len / 2 + 1);
	struct fill bytes = fill_of(room, len / 2 + 1);
	int err = room ? hex_read(text, len, &bytes, why) : why_no_memory(why, "the bytes");
	struct span rest = span_of(room, err ? 0 : fill_len(&bytes));

	while (!err && span_left(&rest)) {
		unsigned n = of_hdr_message_len(rest.p, span_left(&rest));

		if (n < sizeof(struct of_hdr) || n > span_left(&rest)) {
			print_message(printer, rest.p, span_left(&rest));
			break;
		}
		print_message(printer, span_take(&rest, n), n);
	}
	free(room);
	return err;
}

// The whole file in memory that the caller frees; NULL with a sentence.
static char *file_read(FILE *file, size_t *len, struct why *why)
{
	size_t size = 1 << 16, n;
	char *text = malloc(size), *more;

	for (*len = 0; text; size *= 2) {
		n = fread(text + *len, 1, size - *len, file);
		*len += n;
		if (*len < size)
			break;
		more = size < INPUT_MAX_BYTES ? realloc(text, size * 2) : NULL;
		if (!more)
			free(text);
		text = more;
	}
	if (!text)
		why_set(why, "has more than 1 GiB, or more than there is memory");
	if (!text || !ferror(file))
		return text;
	why_set(why, "cannot be read: %s", strerror(errno));
	free(text);
	return NULL;
}

static int input_print(struct printer *printer, FILE *file, uint16_t port, struct why *why)
{
	const struct streams_calls calls = {captured_message, captured_remark, printer};
	size_t len;
	char *text = file_read(file, &len, why);
	int err;

	if (!text)
		return -EIO;
	if (capture_is(text, len))
		err = streams_read(text, len, port, &calls, why);
	else
		err = hex_print(printer, text, len, why);
	free(text);
	return err;
}

// The exit status.
static int file_print(struct printer *printer, const char *path, uint16_t port)
{
	bool standard = !strcmp(path, "-");
	FILE *file = standard ? stdin : fopen(path, "re");
	struct why why;
	int err;

	if (!file) {
		fprintf(stderr, "wadi-ofp: %s: %s\n", path, strerror(errno));
		return EXIT_FAILED;
	}
	err = input_print(printer, file, port, &why);
	if (!standard)
		fclose(file);
	fflush(stdout);
	if (!err)
		return EXIT_DONE;
	fprintf(stderr, "wadi-ofp: %s %s\n", standard ? "standard input" : path, why.text);
	return EXIT_FAILED;
}

static int print(const struct args *args)
{
	struct printer printer = {.text = malloc(OF_PRINT_BYTES)};
	int status = printer.text ? EXIT_DONE : EXIT_FAILED;

	if (!printer.text)
		fprintf(stderr, "wadi-ofp: not enough memory for the text of a message\n");
	else if (args->len == 1)
		status = file_print(&printer, "-", (uint16_t)args->port.value);
	for (int i = 1; i < args->len && status == EXIT_DONE; i++)
		status = file_print(&printer, args->arg[i], (uint16_t)args->port.value);
	free(printer.text);
	return status == EXIT_DONE && printer.refused ? EXIT_FAILED : status;
}

static int usage_error(const char *sentence)
{
	fprintf(stderr, "wadi-ofp: %s; wadi-ofp --help explains\n", sentence);
	return EXIT_USAGE;
}

static int complete(const struct args *args)
{
	struct why why;

	if (!completion_check(args->arg + 1, args->len - 1, &why))
		return usage_error(why.text);
	completion_print(&manual, stdout);
	return EXIT_DONE;
}

int main(int argc, char **argv)
{
	struct args args = {0};
	struct cmdline_part part = {options, &args};
	struct why why;

	args.len = cmdline_parse(&part, 1, argc, argv, &args.arg, &why);
	if (args.len < 0)
		return usage_error(why.text);
	if (args.help)
		manual_help(&manual, stdout);
	else if (args.man)
		manual_man(&manual, stdout);
	else if (args.version)
		printf("wadi-ofp %s\n", WADI_VERSION);
	else if (args.len && !strcmp(args.arg[0], "print"))
		return print(&args);
	else if (args.len && !strcmp(args.arg[0], "completion"))
		return complete(&args);
	else
		return usage_error("a command is needed: print");
	return EXIT_DONE;
}

// ask_command: see the header. The keys are in ask.c.
#include "apps/bench/ask_command.h"

#include "apps/bench/ask.h"
#include "apps/bench/settings.h"

#include <stdio.h>

struct ask_options {
	const char *to, *device, *queries, *order;
	struct cmdline_list from, gateways;
	struct cmdline_number rate, window, duration, warm_up, timeout, workers, sources, edns;
	bool dnssec, recursion, json;
};

#define AT(member) offsetof(struct ask_options, member)

static const struct cmdline_option options[] = {
        {"to", 0, CMDLINE_TEXT, AT(to), "ADDRESS[:PORT]",
         .help = "The server; an IPv6 address with a port is written [2001:db8::1]:53. The port is "
                 "53 unless given."},
        {"device", 0, CMDLINE_TEXT, AT(device), "DEVICE",
         .help = "What is sent and received on, see Devices."},
        {"from", 0, CMDLINE_LIST, AT(from), "ADDRESS/LEN",
         .help = "An address of this end, with the prefix length of its network. May be given up "
                 "to 16 times: then queries come from all of them."},
        {"gateway", 0, CMDLINE_LIST, AT(gateways), "ADDRESS",
         .help = "The router on the way to a server in another network."},
        {"queries", 0, CMDLINE_TEXT, AT(queries), "FILE",
         .help = "Queries in dnsperf's form, a line \"NAME TYPE\", and behind it the response code "
                 "that is wanted, if one is; \"-\" is standard input."},
        {"order", 0, CMDLINE_TEXT, AT(order), "ORDER",
         .help = "listed: one query after the other; uniform: at random."},
        {"rate", 0, CMDLINE_NUMBER, AT(rate), "N", 1, 1000000000,
         .help = "Queries a second, however fast the server answers: a query is due at its time, "
                 "and its latency counts from then, so that waiting is not hidden."},
        {"window", 0, CMDLINE_NUMBER, AT(window), "N", 1, ASKER_SLOTS_MAX / 2,
         .help = "Without --rate: queries in flight, 100 unless given; an answer makes room for "
                 "the next query."},
        {"duration", 0, CMDLINE_NUMBER, AT(duration), "SECONDS", 1, 86400,
         .help = "How long is measured; 10 unless given."},
        {"warm-up", 0, CMDLINE_NUMBER, AT(warm_up), "MS", 0, 600000,
         .help = "How long queries are sent before, which do not count; 1000 unless given."},
        {"timeout", 0, CMDLINE_NUMBER, AT(timeout), "MS", 1, 60000,
         .help = "When a query counts as lost; 1000 unless given."},
        {"workers", 0, CMDLINE_NUMBER, AT(workers), "N", 1, BOOT_WORKERS_MAX,
         .help = "Threads that send and receive, each on a core and a queue of its own; 1 unless "
                 "given."},
        {"sources", 0, CMDLINE_NUMBER, AT(sources), "N", 1, ASK_SOURCES_MAX,
         .help = "Ports that each worker asks from; 16 unless given."},
        {"edns", 0, CMDLINE_NUMBER, AT(edns), "BYTES", 0, UINT16_MAX,
         .help = "Bytes of an answer that queries allow by EDNS, 1232 unless given; 0: queries "
                 "without EDNS."},
        {"dnssec", 0, CMDLINE_FLAG, AT(dnssec), .help = "Queries have the bit DO."},
        {"recursion", 0, CMDLINE_FLAG, AT(recursion), .help = "Queries have the bit RD."},
        {"json", 0, CMDLINE_FLAG, AT(json), .help = "Prints the result as JSON, on one line."},
        {0},
};
static const struct cmdline_table table = {sizeof(struct ask_options), options};

static bool needs_no_conf(const struct tool_call *call)
{
	return false;
}

static int fill_in(struct settings *settings, const struct ask_options *o, struct why *why)
{
	const struct settings_port port = {o->device, &o->from, &o->gateways, &o->workers};
	const struct {
		const char *key;
		const struct cmdline_number *value;
	} numbers[] = {{"dns.rate", &o->rate},         {"dns.window", &o->window},
	               {"dns.duration", &o->duration}, {"dns.warm_up", &o->warm_up},
	               {"dns.timeout", &o->timeout},   {"dns.sources", &o->sources},
	               {"dns.edns", &o->edns}};

	settings_add_text(settings, "dns.to", o->to);
	settings_add_text(settings, "dns.queries", o->queries);
	settings_add_text(settings, "dns.order", o->order);
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		settings_add_number(settings, numbers[i].key, numbers[i].value);
	settings_add_text(settings, "dns.dnssec", o->dnssec ? "true" : NULL);
	settings_add_text(settings, "dns.recursion", o->recursion ? "true" : NULL);
	settings_add_text(settings, "dns.json", o->json ? "true" : NULL);
	for (size_t i = 0; o->from.len > 1 && i < o->from.len; i++)
		settings_add(settings, "dns.from[%zu]=%.*s", i, (int)strcspn(o->from.items[i], "/"),
		             o->from.items[i]);
	return settings_add_port(settings, &port, why);
}

static int run(const struct tool_call *call)
{
	const struct ask_options *o = call->values;
	struct settings settings;
	struct why why;
	int status;

	if (call->args_len || (!call->source->file && (!o->to || !o->device))) {
		fprintf(stderr, "wadi-bench: --to and --device are needed, and nothing without an "
		                "option; wadi-bench dns --help explains\n");
		return TOOL_EXIT_USAGE;
	}
	settings_init(&settings, call);
	if (fill_in(&settings, o, &why)) {
		fprintf(stderr, "wadi-bench: %s\n", why.text);
		status = TOOL_EXIT_USAGE;
	} else {
		status = settings_serve(&settings, call);
	}
	settings_close(&settings);
	return status;
}

const struct service_tool ask_command_tools[] = {
        {"dns",
         {"--to ADDRESS[:PORT] --device DEVICE --from ADDRESS/LEN --queries FILE [option...]"},
         "Asks a DNS server over UDP, at a rate or with a window, and prints how many answers came "
         "and how long they took. Ctrl-C ends it with what has been measured. The exit status is "
         "1 when nothing was answered.",
         .options = &table,
         .needs_conf = needs_no_conf,
         .run = run},
        {0},
};

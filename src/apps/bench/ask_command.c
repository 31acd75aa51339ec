// ask_command: see the header. The keys are in ask.c.
#include "apps/bench/ask_command.h"

#include "apps/bench/ask.h"
#include "apps/bench/ask_sockets.h"
#include "apps/bench/bench.h"
#include "apps/bench/settings.h"

#include <stdio.h>

#define AT(member) offsetof(struct ask_options, member)

static const struct cmdline_option options[] = {
        {"to", 0, CMDLINE_TEXT, AT(to), "ADDRESS[:PORT]",
         .help = "The server; an IPv6 address with a port is written [2001:db8::1]:53. The port is "
                 "53 unless given."},
        {"to-ipv6", 0, CMDLINE_TEXT, AT(to_ipv6), "ADDRESS[:PORT]",
         .help = "The server's IPv6 address, to which --ipv6-share of the queries go; --to is then "
                 "an IPv4 address, and --from has one of each family."},
        {"ipv6-share", 0, CMDLINE_NUMBER, AT(ipv6_share), "PERCENT", 1, 100,
         .help = "How many of the queries go to --to-ipv6, by sources: with 16 in steps of 6.25 "
                 "%, with --sources 128 of less than 1 %."},
        ASK_RUN_OPTIONS(AT, "queries"),
        {"queries", 0, CMDLINE_TEXT, AT(queries), "FILE",
         .help = "Queries in dnsperf's form, a line \"NAME TYPE\", and behind it, as far as it is "
                 "wanted of the answer, \"RCODE RECORDS ADDRESS\"; or a packet capture in the "
                 "format of pcap or pcapng. \"-\" is standard input."},
        {"timing", 0, CMDLINE_FLAG, AT(timing),
         .help = "Asks the queries of a capture at their times, once."},
        {"zone", 0, CMDLINE_TEXT, AT(zone), "NAME",
         .help = "Instead of a file: synthetic names n0, n1 and so on below this zone."},
        {"names", 0, CMDLINE_NUMBER, AT(names), "N", 1, 50000000,
         .help = "How many synthetic names there are; 1000 unless given."},
        {"label", 0, CMDLINE_TEXT, AT(label), "TEXT",
         .help = "What is before the number of a synthetic name; n unless given."},
        {"types", 0, CMDLINE_TEXT, AT(types), "TYPE[:WEIGHT],...",
         .help = "Types of synthetic queries, such as A:70,AAAA:20,MX:10; A unless given."},
        {"do-share", 0, CMDLINE_NUMBER, AT(do_share), "PERCENT", 0, 100,
         .help = "How many of the synthetic queries have the bit DO."},
        {"random-labels", 0, CMDLINE_FLAG, AT(random_labels),
         .help = "Puts a random label before the name of each query, as random-subdomain attacks "
                 "do."},
        {"order", 0, CMDLINE_TEXT, AT(order), "ORDER",
         .help = "listed: one query after the other; uniform: at random; zipf: at random by Zipf's "
                 "law, the first most often."},
        {"tcp", 0, CMDLINE_FLAG, AT(tcp),
         .help = "Asks over TCP, on connections that stay open, as many as --sources of each "
                 "worker, without waiting for one answer before the next query."},
        {"tcp-each", 0, CMDLINE_FLAG, AT(tcp_each),
         .help = "Asks over TCP, with a connection for each query."},
        {"edns", 0, CMDLINE_NUMBER, AT(edns), "BYTES", 0, UINT16_MAX,
         .help = "Bytes of an answer that queries allow by EDNS, 1232 unless given; 0: queries "
                 "without EDNS."},
        {"dnssec", 0, CMDLINE_FLAG, AT(dnssec), .help = "Queries have the bit DO."},
        {"recursion", 0, CMDLINE_FLAG, AT(recursion), .help = "Queries have the bit RD."},
        {0},
};
static const struct cmdline_table table = {sizeof(struct ask_options), options};

static bool needs_no_conf(const struct tool_call *call)
{
	return false;
}

// The section's keys, each behind `prefix`.
static void fill_in(struct settings *settings, const char *prefix, const struct ask_options *o)
{
	const struct settings_text texts[] = {{"to", o->to},
	                                      {"to_ipv6", o->to_ipv6},
	                                      {"queries", o->queries},
	                                      {"order", o->order},
	                                      {"dnssec", o->dnssec ? "true" : NULL},
	                                      {"recursion", o->recursion ? "true" : NULL},
	                                      {"find_max", o->find_max ? "true" : NULL},
	                                      {"zone", o->zone},
	                                      {"label", o->label},
	                                      {"types", o->types},
	                                      {"timing", o->timing ? "true" : NULL},
	                                      {"transport", o->tcp_each ? "tcp-each"
	                                                    : o->tcp    ? "tcp"
	                                                                : NULL},
	                                      {"random_labels", o->random_labels ? "true" : NULL},
	                                      {"json", o->json ? "true" : NULL}};
	const struct settings_number numbers[] = {
	        {"rate", &o->rate},         {"window", &o->window},
	        {"duration", &o->duration}, {"warm_up", &o->warm_up},
	        {"timeout", &o->timeout},   {"sources", &o->sources},
	        {"edns", &o->edns},         {"loss_ppm", &o->loss_ppm},
	        {"searches", &o->searches}, {"names", &o->names},
	        {"do_share", &o->do_share}, {"ipv6_share", &o->ipv6_share}};

	settings_add_texts(settings, prefix, texts, ARRAY_LEN(texts));
	if (o->echo)
		settings_add(settings, "%secho=%ju", prefix, (uintmax_t)o->echo);
	settings_add_numbers(settings, prefix, numbers, ARRAY_LEN(numbers));
}

// Without boot: there is no port, and the section is all of the configuration.
static int run_sockets(const struct ask_options *o, struct why *why)
{
	struct settings settings = {.len = 0};
	struct conf_source source = {.sets = settings.items};
	unsigned workers = o->workers.given ? (unsigned)o->workers.value : 1;
	struct conf conf;
	int status = TOOL_EXIT_USAGE;

	fill_in(&settings, "", o);
	settings_add_from(&settings, "", &o->from);
	source.sets_len = settings.len;
	if (conf_open(&conf, &ask_conf_section, &source, why) == 0) {
		status = ask_sockets_run(conf.values, workers);
		*why->text = '\0';
		conf_close(&conf);
	}
	settings_close(&settings);
	return status;
}

static int run_ports(const struct ask_options *o, const struct tool_call *call, struct why *why)
{
	const struct settings_port port = {o->device, &o->from, &o->gateways, &o->workers};
	struct settings settings;
	int status = TOOL_EXIT_USAGE;

	settings_init(&settings);
	fill_in(&settings, "dns.", o);
	if (o->from.len > 1)
		settings_add_from(&settings, "dns.", &o->from);
	if (settings_add_port(&settings, &port, why) == 0) {
		status = settings_serve(&settings, call, &bench_appliance);
		*why->text = '\0';
	}
	settings_close(&settings);
	return status;
}

int ask_command_run(const struct ask_options *o, const struct tool_call *call, struct why *why)
{
	if (o->device && strcmp(o->device, ASK_SOCKETS_DEVICE) == 0)
		return run_sockets(o, why);
	return run_ports(o, call, why);
}

static int run(const struct tool_call *call)
{
	const struct ask_options *o = call->values;
	struct why why = {""};
	int status = TOOL_EXIT_USAGE;

	if (call->args_len)
		why_set(&why, "dns takes options only, not %s", call->args[0]);
	else if (!call->source->file && (!o->to || !o->device))
		why_set(&why, "--to and --device are needed; wadi-bench dns --help explains");
	else
		status = ask_command_run(o, call, &why);
	if (*why.text)
		fprintf(stderr, "wadi-bench: %s\n", why.text);
	return status;
}

const struct service_tool ask_command_tools[] = {
        {"dns",
         {"--to ADDRESS[:PORT] --device DEVICE --from ADDRESS/LEN --queries FILE [option...]",
          "--to ADDRESS[:PORT] --device DEVICE --from ADDRESS/LEN --zone NAME [option...]"},
         "Asks a DNS server over UDP or TCP, at a rate or with a window, and prints how many "
         "answers came "
         "and how long they took. Ctrl-C ends it with what has been measured. The exit status is "
         "1 when nothing was answered.",
         .options = &table,
         .needs_conf = needs_no_conf,
         .run = run},
        {0},
};

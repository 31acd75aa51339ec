// of_command: see the header. The keys are in of_load.c.
#include "apps/bench/of_command.h"

#include "apps/bench/of_load.h"
#include "apps/bench/of_ports.h"
#include "apps/bench/settings.h"
#include "apps/manage/manage.h"

#include <stdio.h>

#define TABLE_LEN 32768

#define PAGES_MIN         2048
#define PAGES_MAX         65536
#define SWITCH_PAGES      16
#define PACKETINS_OF_PAGE 4

struct of_options {
	const char *to, *device, *version;
	struct cmdline_list from, gateways;
	struct cmdline_number switches, hosts, ports, window, rate, timeout, echo, seed, duration,
	        warm_up, workers;
	bool unbuffered, json;
};

#define AT(member) offsetof(struct of_options, member)

static const struct cmdline_option options[] = {
        {"to", 0, CMDLINE_TEXT, AT(to), "ADDRESS[:PORT]",
         .help = "The controller; an IPv6 address is written [2001:db8::1]:6653."},
        SETTINGS_TCP_OPTIONS(AT, "a controller", "2000"),
        {"openflow", 0, CMDLINE_TEXT, AT(version), "VERSION",
         .help = "1.0, 1.3, 1.4 or 1.5: what the switches speak; 1.3 unless given."},
        {"switches", 0, CMDLINE_NUMBER, AT(switches), "N", 1, OF_LOAD_SWITCHES_MAX,
         .help = "Emulated switches, each with a connection of its own; 16 unless given."},
        {"hosts", 0, CMDLINE_NUMBER, AT(hosts), "N", 2, 1000000,
         .help = "Hosts of each switch, which announce themselves first; 100 unless given."},
        {"ports", 0, CMDLINE_NUMBER, AT(ports), "N", 2, OF_HOSTS_PORTS_MAX,
         .help = "Ports of each switch; 4 unless given."},
        {"window", 0, CMDLINE_NUMBER, AT(window), "N", 1, OF_SWITCH_WINDOW_MAX,
         .help = "Packet-ins outstanding at each switch, at most; 32 unless given. With 1, and no "
                 "rate, the next one follows the answer: how long one takes alone."},
        {"rate", 0, CMDLINE_NUMBER, AT(rate), "N", 1, 1000000000,
         .help = "Packet-ins a second, of all switches together, whether answers come or not; "
                 "latencies then count from when a packet-in was due. Without it one follows each "
                 "answer."},
        {"timeout", 0, CMDLINE_NUMBER, AT(timeout), "MS", 1, 60000,
         .help = "When a packet-in without an answer is lost; 1000 unless given."},
        {"unbuffered", 0, CMDLINE_FLAG, AT(unbuffered),
         .help = "The switches have no buffers: packet-ins have the whole packet, and packet-outs "
                 "have to bring it back."},
        {"echo", 0, CMDLINE_NUMBER, AT(echo), "SECONDS", 0, 3600,
         .help = "Between echo requests of a switch, 0: none; 5 unless given."},
        {"seed", 0, CMDLINE_NUMBER, AT(seed), "N", 0, INT64_MAX,
         .help = "Chooses which hosts send to which; 1 unless given."},
        {0},
};
static const struct cmdline_table table = {sizeof(struct of_options), options};

// The command runs its own service alone.
static const struct appliance appliance = {
        .name = "wadi-bench",
        .summary = "measures OpenFlow controllers",
        .services = (const struct service *const[]){&of_ports_service, &manage_service, NULL},
};

static bool needs_no_conf(const struct tool_call *call)
{
	return false;
}

static void add_texts(struct settings *settings, const struct of_options *o)
{
	const struct settings_text texts[] = {{"to", o->to},
	                                      {"version", o->version},
	                                      {"unbuffered", o->unbuffered ? "true" : NULL},
	                                      {"json", o->json ? "true" : NULL}};

	settings_add_texts(settings, "of.", texts, ARRAY_LEN(texts));
	if (o->from.len > 1)
		settings_add_from(settings, "of.", &o->from);
}

// Each connection may hold pages, of which a device has 512 by itself: with fewer than what is
// outstanding fills, answers are dropped, and TCP's recovery is measured. At a rate, few packet-ins
// share a segment, and a segment holds a page until it is acknowledged.
static void add_pages(struct settings *settings, const struct of_options *o)
{
	uint64_t switches = o->switches.given ? o->switches.value : 16;
	uint64_t pages = SWITCH_PAGES;

	if (o->window.given && o->window.value / PACKETINS_OF_PAGE > pages)
		pages = o->window.value / PACKETINS_OF_PAGE;
	settings_add(settings, "ports[0].pages=%ju",
	             (uintmax_t)u64_min(PAGES_MIN + switches * pages, PAGES_MAX));
}

static int fill_in(struct settings *settings, const void *values, struct why *why)
{
	const struct of_options *o = values;
	const struct settings_port port = {o->device, &o->from, &o->gateways, &o->workers};
	const struct settings_number numbers[] = {
	        {"switches", &o->switches}, {"hosts", &o->hosts}, {"ports", &o->ports},
	        {"window", &o->window},     {"rate", &o->rate},   {"timeout", &o->timeout},
	        {"echo", &o->echo},         {"seed", &o->seed},   {"duration", &o->duration},
	        {"warm_up", &o->warm_up}};

	add_texts(settings, o);
	add_pages(settings, o);
	settings_add_numbers(settings, "of.", numbers, ARRAY_LEN(numbers));
	settings_add(settings, "tcp_connections=%u", TABLE_LEN);
	return settings_add_port(settings, &port, why);
}

static int run(const struct tool_call *call)
{
	const struct of_options *o = call->values;

	if (call->args_len || !o->device || !o->to) {
		fprintf(stderr, "wadi-bench: --device and --to are needed; wadi-bench of --help "
		                "explains\n");
		return TOOL_EXIT_USAGE;
	}
	return settings_run(call, fill_in, &appliance);
}

const struct service_tool of_command_tools[] = {
        {"of",
         {"--to ADDRESS[:PORT] --device DEVICE --from ADDRESS/LEN [option...]"},
         "Is many switches of an OpenFlow controller, and prints how many of the packets about "
         "which they asked it sent where they belong, how long that took, and how evenly it "
         "served them. Ctrl-C ends it with what has been measured.",
         .options = &table,
         .needs_conf = needs_no_conf,
         .run = run},
        {0},
};

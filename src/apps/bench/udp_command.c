// udp_command: see the header. The client is the service "dns" with datagrams instead of queries,
// the server the service "reflect".
#include "apps/bench/udp_command.h"

#include "apps/bench/ask.h"
#include "apps/bench/ask_command.h"
#include "apps/bench/settings.h"

#include <stdio.h>

struct udp_options {
	struct ask_options ask;
	struct cmdline_number size, serve;
};

#define AT(member)  offsetof(struct udp_options, member)
#define ASK(member) offsetof(struct udp_options, ask.member)

static const struct cmdline_option options[] = {
        {"to", 0, CMDLINE_TEXT, ASK(to), "ADDRESS:PORT",
         .help = "The client: sends datagrams there, and expects them back."},
        {"listen", 0, CMDLINE_NUMBER, AT(serve), "PORT", 1, UINT16_MAX,
         .help = "The server: sends the datagrams of this port back, until Ctrl-C."},
        {"device", 0, CMDLINE_TEXT, ASK(device), "DEVICE",
         .help = "What is sent and received on, see Devices; for the client also \"socket\"."},
        {"from", 0, CMDLINE_LIST, ASK(from), "ADDRESS/LEN",
         .help = "An address of this end, with the prefix length of its network."},
        {"gateway", 0, CMDLINE_LIST, ASK(gateways), "ADDRESS",
         .help = "The router on the way to another network."},
        {"size", 0, CMDLINE_NUMBER, AT(size), "BYTES", QUERY_ECHO_MIN, QUERY_ECHO_MAX,
         .help = "Payload of a datagram; 18 unless given, the shortest frame of Ethernet."},
        {"rate", 0, CMDLINE_NUMBER, ASK(rate), "N", 1, 1000000000,
         .help = "Datagrams a second; latency counts from when one was due."},
        {"window", 0, CMDLINE_NUMBER, ASK(window), "N", 1, ASKER_SLOTS_MAX / 2,
         .help = "Without --rate: datagrams in flight, 100 unless given."},
        {"find-max", 0, CMDLINE_FLAG, ASK(find_max),
         .help = "Searches for the highest rate at which at most 0.1 % are lost."},
        {"loss-ppm", 0, CMDLINE_NUMBER, ASK(loss_ppm), "N", 0, 999999,
         .help = "Millionths that may be lost at that rate; 1000 unless given."},
        {"searches", 0, CMDLINE_NUMBER, ASK(searches), "N", 1, RATE_SEARCH_REPEATS_MAX,
         .help = "How often --find-max searches; 5 unless given."},
        {"duration", 0, CMDLINE_NUMBER, ASK(duration), "SECONDS", 1, 86400,
         .help = "How long is measured; 10 unless given."},
        {"warm-up", 0, CMDLINE_NUMBER, ASK(warm_up), "MS", 0, 600000,
         .help = "How long datagrams are sent before, which do not count; 1000 unless given."},
        {"timeout", 0, CMDLINE_NUMBER, ASK(timeout), "MS", 1, 60000,
         .help = "When a datagram counts as lost; 1000 unless given."},
        {"workers", 0, CMDLINE_NUMBER, ASK(workers), "N", 1, BOOT_WORKERS_MAX,
         .help = "Threads that send and receive; 1 unless given."},
        {"sources", 0, CMDLINE_NUMBER, ASK(sources), "N", 1, ASK_SOURCES_MAX,
         .help = "Ports that each worker sends from; 16 unless given."},
        {"json", 0, CMDLINE_FLAG, ASK(json), .help = "Prints the result as JSON, on one line."},
        {0},
};
static const struct cmdline_table table = {sizeof(struct udp_options), options};

static bool needs_no_conf(const struct tool_call *call)
{
	return false;
}

static int serve(const struct udp_options *o, const struct tool_call *call, struct why *why)
{
	const struct settings_port port = {o->ask.device, &o->ask.from, &o->ask.gateways,
	                                   &o->ask.workers};
	struct settings settings;
	int status = TOOL_EXIT_USAGE;

	settings_init(&settings, call);
	settings_add(&settings, "reflect.port=%ju", (uintmax_t)o->serve.value);
	settings_add(&settings, "reflect.json=%s", o->ask.json ? "true" : "false");
	if (settings_add_port(&settings, &port, why) == 0) {
		status = settings_serve(&settings, call);
		*why->text = '\0';
	}
	settings_close(&settings);
	return status;
}

static int run(const struct tool_call *call)
{
	const struct udp_options *o = call->values;
	struct ask_options ask = o->ask;
	struct why why = {""};
	int status = TOOL_EXIT_USAGE;

	ask.echo = o->size.given ? o->size.value : 18;
	if (call->args_len)
		why_set(&why, "udp takes options only, not %s", call->args[0]);
	else if (!o->ask.device || o->serve.given == (o->ask.to != NULL))
		why_set(&why,
		        "--device is needed, and either --to or --listen; wadi-bench udp --help "
		        "explains");
	else if (o->serve.given)
		status = serve(o, call, &why);
	else
		status = ask_command_run(&ask, call, &why);
	if (*why.text)
		fprintf(stderr, "wadi-bench: %s\n", why.text);
	return status;
}

const struct service_tool udp_command_tools[] = {
        {"udp",
         {"--to ADDRESS:PORT --device DEVICE --from ADDRESS/LEN [option...]",
          "--listen PORT --device DEVICE --from ADDRESS/LEN [option...]"},
         "Sends datagrams to another end, which sends them back, and prints how many came a second "
         "and how long they took; or is that other end. So a device or a network is measured "
         "apart from any server. Echo servers (RFC 862) and wadi-echo are other ends, too.",
         .options = &table,
         .needs_conf = needs_no_conf,
         .run = run},
        {0},
};

// udp_command: see the header. The client is the service "dns" with datagrams instead of queries,
// the server the service "reflect".
#include "apps/bench/udp_command.h"

#include "apps/bench/ask.h"
#include "apps/bench/ask_command.h"
#include "apps/bench/bench.h"
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
        ASK_RUN_OPTIONS(ASK, "datagrams"),
        {"listen", 0, CMDLINE_NUMBER, AT(serve), "PORT", 1, UINT16_MAX,
         .help = "The server: sends the datagrams of this port back, until Ctrl-C."},
        {"size", 0, CMDLINE_NUMBER, AT(size), "BYTES", QUERY_ECHO_MIN, QUERY_ECHO_MAX,
         .help = "Payload of a datagram; 18 unless given, the shortest frame of Ethernet."},
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

	settings_init(&settings);
	settings_add(&settings, "reflect.port=%ju", (uintmax_t)o->serve.value);
	settings_add(&settings, "reflect.json=%s", o->ask.json ? "true" : "false");
	if (settings_add_port(&settings, &port, why) == 0) {
		status = settings_serve(&settings, call, &bench_appliance);
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

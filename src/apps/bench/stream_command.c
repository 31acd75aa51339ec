// stream_command: see the header. The keys are in stream.c.
#include "apps/bench/stream_command.h"

#include "apps/bench/settings.h"
#include "apps/bench/stream.h"
#include "apps/bench/stream_ports.h"
#include "apps/manage/manage.h"

#include <stdio.h>

// Connections in TIME-WAIT give way to new ones when the table is full: as many as this leave each
// its number for a while.
#define TABLE_LEN 131072

struct stream_options {
	const char *to, *device, *mode, *request;
	struct cmdline_list from, gateways;
	struct cmdline_number listen, connections, request_bytes, answer_bytes, duration, warm_up,
	        workers;
	bool json;
};

#define AT(member) offsetof(struct stream_options, member)

static const struct cmdline_option options[] = {
        {"to", 0, CMDLINE_TEXT, AT(to), "ADDRESS:PORT",
         .help = "The server; an IPv6 address is written [2001:db8::1]:7."},
        {"listen", 0, CMDLINE_NUMBER, AT(listen), "PORT", 1, UINT16_MAX,
         .help = "Is the server, at this port, until Ctrl-C."},
        SETTINGS_TCP_OPTIONS(AT, "a peer", "1000"),
        {"mode", 0, CMDLINE_TEXT, AT(mode), "MODE",
         .help = "kept: requests and answers on connections that stay open; each: a connection for "
                 "each request, which the client closes; send: as many bytes to the peer as it "
                 "takes; receive: bytes from the peer. kept unless given."},
        {"connections", 0, CMDLINE_NUMBER, AT(connections), "N", 1, 65536,
         .help = "Connections at a time, 64 unless given; of a server as many for each worker."},
        {"request", 0, CMDLINE_TEXT, AT(request), "FILE",
         .help = "The bytes of a request; without a file they are zeros."},
        {"request-bytes", 0, CMDLINE_NUMBER, AT(request_bytes), "N", 1, STREAM_REQUEST_MAX,
         .help = "How many there are without a file, and how many a server answers; 64 unless "
                 "given."},
        {"answer-bytes", 0, CMDLINE_NUMBER, AT(answer_bytes), "N", 0, STREAM_REQUEST_MAX,
         .help = "Bytes of an answer, 64 unless given; 0: for a client all until the server "
                 "closes, for a server no answer."},
        {0},
};
static const struct cmdline_table table = {sizeof(struct stream_options), options};

// The command runs its own service alone: nothing is asked of a DNS server.
static const struct appliance appliance = {
        .name = "wadi-bench",
        .summary = "measures TCP",
        .services = (const struct service *const[]){&stream_ports_service, &manage_service, NULL},
};

static bool needs_no_conf(const struct tool_call *call)
{
	return false;
}

static int fill_in(struct settings *settings, const void *values, struct why *why)
{
	const struct stream_options *o = values;
	const struct settings_port port = {o->device, &o->from, &o->gateways, &o->workers};
	const struct settings_text texts[] = {{"to", o->to},
	                                      {"mode", o->mode},
	                                      {"request", o->request},
	                                      {"json", o->json ? "true" : NULL}};
	const struct settings_number numbers[] = {{"listen", &o->listen},
	                                          {"connections", &o->connections},
	                                          {"request_bytes", &o->request_bytes},
	                                          {"answer_bytes", &o->answer_bytes},
	                                          {"duration", &o->duration},
	                                          {"warm_up", &o->warm_up}};

	settings_add_texts(settings, "tcp.", texts, ARRAY_LEN(texts));
	settings_add_numbers(settings, "tcp.", numbers, ARRAY_LEN(numbers));
	settings_add(settings, "tcp_connections=%u", TABLE_LEN);
	if (o->to && o->from.len > 1)
		settings_add_from(settings, "tcp.", &o->from);
	return settings_add_port(settings, &port, why);
}

static int run(const struct tool_call *call)
{
	const struct stream_options *o = call->values;

	if (call->args_len || !o->device || !!o->to == o->listen.given) {
		fprintf(stderr, "wadi-bench: --device and either --to or --listen are needed; "
		                "wadi-bench tcp --help explains\n");
		return TOOL_EXIT_USAGE;
	}
	return settings_run(call, fill_in, &appliance);
}

const struct service_tool stream_command_tools[] = {
        {"tcp",
         {"--to ADDRESS:PORT --device DEVICE --from ADDRESS/LEN [option...]",
          "--listen PORT --device DEVICE --from ADDRESS/LEN [option...]"},
         "Is a client of TCP, and prints how many requests were answered and how long that took, "
         "or "
         "how much was sent or received; or a server for it. Any server will do: wadi-echo, a DNS "
         "or HTTP server with --request. Ctrl-C ends it with what has been measured.",
         .options = &table,
         .needs_conf = needs_no_conf,
         .run = run},
        {0},
};

// http_command: see the header. The keys are in http_load.c.
#include "apps/bench/http_command.h"

#include "apps/bench/http_load.h"
#include "apps/bench/http_ports.h"
#include "apps/bench/settings.h"
#include "apps/manage/manage.h"

#include <stdio.h>

// Connections in TIME-WAIT give way to new ones when the table is full.
#define TABLE_LEN 131072

struct http_options {
	const char *to, *device, *mode, *target, *host, *tls;
	struct cmdline_list from, gateways, fields;
	struct cmdline_number connections, pipeline, rate, status, length, duration, warm_up,
	        workers;
	bool json;
};

#define AT(member) offsetof(struct http_options, member)

static const struct cmdline_option options[] = {
        {"to", 0, CMDLINE_TEXT, AT(to), "ADDRESS[:PORT]",
         .help = "The server; an IPv6 address is written [2001:db8::1]:80."},
        SETTINGS_TCP_OPTIONS(AT, "a server", "1000"),
        {"target", 0, CMDLINE_TEXT, AT(target), "PATH",
         .help = "What is requested; / unless given."},
        {"host", 0, CMDLINE_TEXT, AT(host), "HOST",
         .help = "The value of Host; that of --to unless given."},
        {"field", 0, CMDLINE_LIST, AT(fields), "NAME: VALUE",
         .help = "Another field of the request. May be given up to 16 times."},
        {"mode", 0, CMDLINE_TEXT, AT(mode), "MODE",
         .help = "kept: requests on connections that stay open; each: a connection for each "
                 "request, which the server closes. kept unless given."},
        {"tls", 0, CMDLINE_TEXT, AT(tls), "HOW",
         .help = "full: over TLS, with a whole handshake for each connection; resumed: over TLS, "
                 "where "
                 "connections resume a session. The certificate is not verified; port 443 unless "
                 "given. off unless given."},
        {"connections", 0, CMDLINE_NUMBER, AT(connections), "N", 1, 65536,
         .help = "Connections at a time, 64 unless given."},
        {"pipeline", 0, CMDLINE_NUMBER, AT(pipeline), "N", 1, HTTP_PIPELINE_MAX,
         .help = "Requests outstanding on a connection, 1 unless given."},
        {"rate", 0, CMDLINE_NUMBER, AT(rate), "N", 1, 1000000000,
         .help = "Requests a second, whether answers come or not; latencies then count from when a "
                 "request was due. Without it a request follows each answer."},
        {"status", 0, CMDLINE_NUMBER, AT(status), "N", 100, 599,
         .help = "The status of an answer that counts; 200 unless given."},
        {"length", 0, CMDLINE_NUMBER, AT(length), "N", 1, INT64_MAX,
         .help = "The bytes of content of an answer that counts; any number unless given."},
        {0},
};
static const struct cmdline_table table = {sizeof(struct http_options), options};

// The command runs its own service alone.
static const struct appliance appliance = {
        .name = "wadi-bench",
        .summary = "measures HTTP servers",
        .services = (const struct service *const[]){&http_ports_service, &manage_service, NULL},
};

static bool needs_no_conf(const struct tool_call *call)
{
	return false;
}

static void add_texts(struct settings *settings, const struct http_options *o)
{
	const struct settings_text texts[] = {
	        {"to", o->to},     {"mode", o->mode}, {"target", o->target},
	        {"host", o->host}, {"tls", o->tls},   {"json", o->json ? "true" : NULL}};

	settings_add_texts(settings, "http.", texts, ARRAY_LEN(texts));
	for (size_t i = 0; i < o->fields.len; i++)
		settings_add(settings, "http.fields[%zu]=%s", i, o->fields.items[i]);
	if (o->from.len > 1)
		settings_add_from(settings, "http.", &o->from);
}

static int fill_in(struct settings *settings, const void *values, struct why *why)
{
	const struct http_options *o = values;
	const struct settings_port port = {o->device, &o->from, &o->gateways, &o->workers};
	const struct settings_number numbers[] = {{"connections", &o->connections},
	                                          {"pipeline", &o->pipeline},
	                                          {"rate", &o->rate},
	                                          {"status", &o->status},
	                                          {"length", &o->length},
	                                          {"duration", &o->duration},
	                                          {"warm_up", &o->warm_up}};

	add_texts(settings, o);
	settings_add_numbers(settings, "http.", numbers, ARRAY_LEN(numbers));
	settings_add(settings, "tcp_connections=%u", TABLE_LEN);
	return settings_add_port(settings, &port, why);
}

static int run(const struct tool_call *call)
{
	const struct http_options *o = call->values;

	if (call->args_len || !o->device || !o->to) {
		fprintf(stderr, "wadi-bench: --device and --to are needed; wadi-bench http --help "
		                "explains\n");
		return TOOL_EXIT_USAGE;
	}
	return settings_run(call, fill_in, &appliance);
}

const struct service_tool http_command_tools[] = {
        {"http",
         {"--to ADDRESS[:PORT] --device DEVICE --from ADDRESS/LEN [option...]"},
         "Is a client of an HTTP/1.1 server, and prints how many requests were answered as they "
         "should be and how long that took. Ctrl-C ends it with what has been measured.",
         .options = &table,
         .needs_conf = needs_no_conf,
         .run = run},
        {0},
};

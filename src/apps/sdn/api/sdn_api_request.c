// sdn_api_request: the worker's side of the interface: who is let in, what is asked for, and where
// the answer comes from.
#include "apps/sdn/api/sdn_api_internal.h"

#include "core/host/option.h"
#include "proto/http/http_route.h"
#include "proto/http/http_status.h"
#include "proto/write/write_json.h"

#include <strings.h>

#define GET (1u << HTTP_GET)
#define PUT (1u << HTTP_PUT)

static const struct http_route routes[] = {
        {"/api/v1/openapi.json", GET, SDN_API_DOCUMENT},
        {"/api/v1/status", GET, SDN_API_STATUS},
        {"/api/v1/switches", GET, SDN_API_SWITCHES},
        {"/api/v1/switches/{text}", GET, SDN_API_SWITCH},
        {"/api/v1/switches/{text}/flows", GET, SDN_API_FLOWS},
        {"/api/v1/switches/{text}/groups", GET, SDN_API_GROUPS},
        {"/api/v1/switches/{text}/meters", GET, SDN_API_METERS},
        {"/api/v1/links", GET, SDN_API_LINKS},
        {"/api/v1/hosts", GET, SDN_API_HOSTS},
        {"/api/v1/paths", GET, SDN_API_PATH},
        {"/api/v1/intents", GET, SDN_API_INTENTS},
        {"/api/v1/intents", PUT, SDN_API_PUT_INTENTS},
        {"/api/v1/events", GET, SDN_API_EVENTS},
        {"/api/v1/events/stream", GET, SDN_API_STREAM},
        {"/{rest}", GET, SDN_API_PAGE},
        {0},
};

static struct sdn_api *api_of(const struct http_exchange *exchange)
{
	return exchange->ctx;
}

size_t sdn_api_problem(unsigned status, const char *detail, char *text, size_t size)
{
	struct write_out out = {.fill = fill_of(text, size)};
	struct write_json json;

	write_json_init(&json, &out);
	write_json_object(&json);
	write_json_key(&json, "type");
	write_json_text(&json, "about:blank");
	write_json_key(&json, "title");
	write_json_text(&json, http_status_phrase(status));
	write_json_key(&json, "status");
	write_json_uint(&json, status);
	write_json_key(&json, "detail");
	write_json_text(&json, detail);
	return write_json_end(&json) ? fill_len(&out.fill) : 0;
}

static void reply_begin(struct http_reply *reply, unsigned status)
{
	http_reply_init(reply, status);
	http_endpoint_fields(reply);
	http_reply_text(reply, "Cache-Control", "no-store");
}

static void refuse_with(struct http_exchange *exchange, unsigned status, const char *detail,
                        const char *allow, mono_t now)
{
	char text[SDN_API_PROBLEM_BYTES];
	size_t len = sdn_api_problem(status, detail, text, sizeof(text));
	struct http_reply reply;

	reply_begin(&reply, status);
	http_endpoint_challenge(&reply);
	if (status == 503)
		http_reply_text(&reply, "Retry-After", "1");
	if (allow)
		http_reply_text(&reply, "Allow", allow);
	http_reply_bytes(&reply, SDN_API_PROBLEM_TYPE, text, len);
	http_exchange_answer(exchange, &reply, now);
}

static void refuse(struct http_exchange *exchange, unsigned status, const char *detail, mono_t now)
{
	refuse_with(exchange, status, detail, NULL, now);
}

static void busy(struct http_exchange *exchange, const char *detail, mono_t now)
{
	counter_add(&api_of(exchange)->counts.busy, 1);
	refuse(exchange, 503, detail, now);
}

// HTTP_RIGHT_NONE, and answered, if the client is not let in.
static enum http_right let_in(struct http_exchange *exchange, mono_t now)
{
	struct sdn_api *api = api_of(exchange);
	struct http_caller caller =
	        http_endpoint_caller(&api->endpoint, &api->guard, exchange, now);

	if (caller.right != HTTP_RIGHT_NONE)
		return caller.right;
	if (caller.wrong)
		counter_add(&api->counts.wrong_tokens, 1);
	if (caller.status == 429)
		counter_add(&api->counts.limited, 1);
	refuse(exchange, caller.status, caller.text, now);
	return HTTP_RIGHT_NONE;
}

// Files: without a token, as there is nothing in them of this network.
static void answer_file(struct http_exchange *exchange, mono_t now)
{
	const struct http_embed *file = http_embed_find(sdn_api_embedded, exchange->path);
	struct http_reply reply;

	if (!file) {
		refuse(exchange, 404, "There is nothing here; /api/v1/openapi.json lists what is.",
		       now);
		return;
	}
	http_reply_init(&reply, 200);
	http_endpoint_fields(&reply);
	http_embed_answer(exchange, file, &reply, now);
}

// To the control thread, which makes the answer.
static void call_send(struct sdn_api_call *call, mono_t now)
{
	struct http_exchange *exchange = call->handover.exchange;

	if (http_handover_send(&call->handover))
		return;
	if (call->dump)
		sdn_dump_release(call->dump);
	if (call->api->writer == call)
		call->api->writer = NULL;
	http_handover_drop(&call->handover);
	busy(exchange, "The controller is busy; try again.", now);
}

// The switch has answered, or will not.
static void on_dump(struct sdn_dump *dump, mono_t now)
{
	call_send(dump->ctx, now);
}

static void call_dump(struct sdn_api_call *call, mono_t now)
{
	struct http_exchange *exchange = call->handover.exchange;
	struct sdn_switch *sw = sdn_switches_find(call->api->of, call->datapath_id);
	const char *fault = NULL;
	unsigned status = 404;

	if (!sw) {
		fault = "No switch with this datapath id is connected.";
	} else if (call->kind != SDN_API_FLOWS && sw->conn.version == OF10) {
		fault = "The switch speaks OpenFlow 1.0, which has no groups and no meters.";
	} else {
		call->dump = sdn_dump_begin(&call->api->of->dumps, sw,
		                            (enum sdn_dump_kind)(call->kind - SDN_API_FLOWS),
		                            call->query.table, on_dump, call, now);
		fault = call->dump ? NULL : "Too many requests ask switches; try again.";
		status = 503;
	}
	if (!fault)
		return;
	http_handover_drop(&call->handover);
	if (status == 503)
		busy(exchange, fault, now);
	else
		refuse(exchange, status, fault, now);
}

// "02:00:00:00:00:01", an IP address, or a name of the intents.
static bool place_resolve(const struct sdn_api *api, const char *text, struct sdn_view_place *place)
{
	const struct intent_set *set = swap_read(api->owner.intents);

	place->by_address = addr_parse(text, &place->address);
	if (place->by_address || option_mac(text, place->mac))
		return true;
	for (uint32_t i = 0; set && i < set->intent.hosts_len; i++)
		if (strcmp(set->intent.hosts[i].name, text) == 0) {
			memcpy(place->mac, set->intent.hosts[i].mac, sizeof(place->mac));
			return true;
		}
	return false;
}

static bool path_prepare(struct sdn_api_call *call)
{
	struct sdn_view_path *path = &call->view.path;

	path->vlan = call->query.vlan ? call->query.vlan | OXM_VLAN_PRESENT : SDN_LEARN_UNTAGGED;
	path->protocol = call->query.protocol;
	path->to_port = call->query.to_port;
	return place_resolve(call->api, call->query.from, &path->from) &&
	       place_resolve(call->api, call->query.to, &path->to);
}

// Copies what is asked for, now, in the worker.
static void call_view(struct sdn_api_call *call, enum sdn_view_kind kind, unsigned rows, mono_t now)
{
	struct http_exchange *exchange = call->handover.exchange;
	struct sdn_view *view = &call->view;

	sdn_view_init(view, call->api->of, kind, rows);
	view->from = call->query.cursor;
	view->datapath_id = call->datapath_id;
	if (kind == SDN_VIEW_PATH && !path_prepare(call)) {
		http_handover_drop(&call->handover);
		refuse(exchange, 404,
		       "from and to are each a MAC address, an IP address, or the name of a host "
		       "in "
		       "the intents.",
		       now);
		return;
	}
	sdn_view_copy(view, now);
	call_send(call, now);
}

static void call_begin(struct sdn_api_call *call, mono_t now)
{
	switch (call->kind) {
	case SDN_API_STATUS:
		call_view(call, SDN_VIEW_HOSTS, 0, now);
		break;
	case SDN_API_SWITCHES:
		call_view(call, SDN_VIEW_SWITCHES, call->query.limit, now);
		break;
	case SDN_API_SWITCH:
		call_view(call, SDN_VIEW_SWITCH, 1, now);
		break;
	case SDN_API_HOSTS:
		call_view(call, SDN_VIEW_HOSTS, call->query.limit, now);
		break;
	case SDN_API_LINKS:
		call_view(call, SDN_VIEW_LINKS, call->query.limit, now);
		break;
	case SDN_API_PATH:
		call_view(call, SDN_VIEW_PATH, 1, now);
		break;
	case SDN_API_FLOWS:
	case SDN_API_GROUPS:
	case SDN_API_METERS:
		call_dump(call, now);
		break;
	default:
		call_send(call, now);
	}
}

static struct sdn_api_call *call_find(struct sdn_api *api)
{
	for (unsigned i = 0; i < SDN_API_CALLS; i++)
		if (http_handover_is_free(&api->call[i].handover))
			return &api->call[i];
	return NULL;
}

static void stream_answer(struct http_exchange *exchange, mono_t now)
{
	struct http_reply reply;

	reply_begin(&reply, 200);
	http_reply_text(&reply, "Content-Type", "text/event-stream");
	http_reply_stream(&reply, HTTP_REPLY_UNKNOWN);
	http_exchange_answer(exchange, &reply, now);
}

// The field of a client that comes back to a stream (HTML section 9.2.4). False: malformed.
static bool last_event_read(const struct http_request *request, struct sdn_api_query *query)
{
	static const char name[] = "last-event-id";

	for (unsigned i = 0; i < request->fields_len; i++) {
		struct span field = http_request_name(request, i);
		struct span value = http_request_value(request, i);
		char text[32] = "after=";

		if (span_left(&field) != sizeof(name) - 1 ||
		    strncasecmp((const char *)field.p, name, sizeof(name) - 1) != 0)
			continue;
		if (span_left(&value) == 0 || span_left(&value) > 19)
			return false;
		memcpy(text + 6, value.p, span_left(&value));
		return sdn_api_query_parse(SDN_API_EVENTS, span_of(text, 6 + span_left(&value)),
		                           query, &(struct why){0});
	}
	return true;
}

static void stream_request(struct sdn_api_call *call, mono_t now)
{
	struct http_exchange *exchange = call->handover.exchange;
	struct sdn_api *api = call->api;

	if (!last_event_read(exchange->request, &call->query)) {
		http_handover_drop(&call->handover);
		refuse(exchange, 400, "Last-Event-ID is the id of an event.", now);
		return;
	}
	if (exchange->request->method == HTTP_HEAD) {
		http_handover_drop(&call->handover);
		stream_answer(exchange, now);
		http_exchange_end(exchange, now);
		return;
	}
	if (api->streams == SDN_API_STREAMS || !http_handover_send(&call->handover)) {
		http_handover_drop(&call->handover);
		busy(exchange, "There are too many streams; try again.", now);
		return;
	}
	api->streams++;
	counter_add(&api->counts.streams_come, 1);
	stream_answer(exchange, now);
}

static bool is_json(const struct http_request *request)
{
	static const char type[] = "application/json";
	struct span value;

	return http_request_only(request, HTTP_FIELD_CONTENT_TYPE, &value) &&
	       span_left(&value) >= sizeof(type) - 1 &&
	       strncasecmp((const char *)value.p, type, sizeof(type) - 1) == 0 &&
	       (span_left(&value) == sizeof(type) - 1 || strchr("; \t", value.p[sizeof(type) - 1]));
}

static const char too_large[] = "Intents are at most 1 MiB.";

// The content follows; the control thread gets it when it is whole.
static void put_request(struct sdn_api_call *call, mono_t now)
{
	struct http_exchange *exchange = call->handover.exchange;
	struct sdn_api *api = call->api;
	const char *fault = NULL;
	unsigned status = 0;

	if (call->right != HTTP_RIGHT_ALL) {
		status = 403;
		fault = "This token may only read; bring that of token_file.";
	} else if (!is_json(exchange->request)) {
		status = 415;
		fault = "Content-Type is application/json.";
	} else if (exchange->request->framing == HTTP_LENGTH &&
	           exchange->request->length > SDN_API_BODY_BYTES) {
		status = 413;
		fault = too_large;
	} else if (api->writer) {
		status = 503;
		fault = "Another request sets the intents; try again.";
	}
	if (!fault) {
		api->writer = call;
		api->body_len = 0;
		return;
	}
	http_handover_drop(&call->handover);
	refuse(exchange, status, fault, now);
}

static struct sdn_api_call *call_of(const struct http_exchange *exchange)
{
	struct http_handover *handover = exchange->state;

	return handover ? CONTAINER_OF(handover, struct sdn_api_call, handover) : NULL;
}

static bool api_content(struct http_exchange *exchange, struct span piece, mono_t now)
{
	struct sdn_api_call *call = call_of(exchange);
	struct sdn_api *api = api_of(exchange);

	if (!call || api->writer != call)
		return true;
	if (span_left(&piece) > SDN_API_BODY_BYTES - api->body_len) {
		api->writer = NULL;
		http_handover_drop(&call->handover);
		refuse(exchange, 413, too_large, now);
		return true;
	}
	memcpy(api->body + api->body_len, piece.p, span_left(&piece));
	api->body_len += (uint32_t)span_left(&piece);
	return true;
}

static void api_ended(struct http_exchange *exchange, mono_t now)
{
	struct sdn_api_call *call = call_of(exchange);

	if (call && call->kind == SDN_API_PUT_INTENTS)
		call_view(call, SDN_VIEW_CLUSTER, 1, now); // the answer names the master
}

static void call_start(struct http_exchange *exchange, struct sdn_api_call *call, mono_t now)
{
	http_handover_begin(&call->handover, exchange, call->kind == SDN_API_STREAM);
	call->dump = NULL;
	if (call->kind == SDN_API_STREAM)
		stream_request(call, now);
	else if (call->kind == SDN_API_PUT_INTENTS)
		put_request(call, now);
	else
		call_begin(call, now);
}

// A request that was let in.
static void call_make(struct http_exchange *exchange, const struct http_route_match *match,
                      enum http_right right, mono_t now)
{
	struct sdn_api *api = api_of(exchange);
	struct sdn_api_call *call = call_find(api);
	struct why why;

	if (!call) {
		busy(exchange, "The controller has too many requests; try again.", now);
		return;
	}
	call->kind = (enum sdn_api_kind)match->id;
	call->right = right;
	if (match->params_len > 0 &&
	    !sdn_api_datapath_parse(match->params[0].text, &call->datapath_id)) {
		refuse(exchange, 404, "A datapath id is 16 hexadecimal digits.", now);
		return;
	}
	if (!sdn_api_query_parse(call->kind, exchange->request->target.query, &call->query, &why)) {
		refuse(exchange, 400, why.text, now);
		return;
	}
	call_start(exchange, call, now);
}

static bool is_open(enum http_route_result found, unsigned id)
{
	return found == HTTP_ROUTE_FOUND && (id == SDN_API_DOCUMENT || id == SDN_API_PAGE);
}

static void api_request(struct http_exchange *exchange, mono_t now)
{
	struct sdn_api *api = api_of(exchange);
	struct http_route_match match;
	enum http_route_result found =
	        http_route_find(routes, exchange->path, exchange->request->method, &match);
	enum http_right right = HTTP_RIGHT_NONE;

	counter_add(&api->counts.requests, 1);
	if (is_open(found, match.id)) {
		answer_file(exchange, now);
		return;
	}
	right = let_in(exchange, now);
	if (right == HTTP_RIGHT_NONE)
		return;
	if (found == HTTP_ROUTE_FOUND)
		call_make(exchange, &match, right, now);
	else if (found == HTTP_ROUTE_NO_METHOD)
		refuse_with(exchange, 405, "This can be read, and only intents can be put.",
		            match.allowed & PUT ? "GET, HEAD, PUT" : "GET, HEAD", now);
	else
		refuse(exchange, 404, "There is nothing here; /api/v1/openapi.json lists what is.",
		       now);
}

static void api_closed(struct http_exchange *exchange, bool whole, mono_t now)
{
	struct sdn_api_call *call = call_of(exchange);
	struct sdn_api *api = api_of(exchange);

	if (call && call->handover.stream) {
		api->streams--;
		counter_add(&api->counts.streams_gone, 1);
	}
	if (call && http_handover_is_worker(&call->handover)) {
		// A dump that is not done is the worker's still.
		if (call->dump && call->dump->sw)
			sdn_dump_abandon(call->dump);
		if (api->writer == call)
			api->writer = NULL;
	}
	http_handover_closed(exchange, whole, now);
}

const struct http_handler sdn_api_handler = {.request = api_request,
                                             .content = api_content,
                                             .ended = api_ended,
                                             .writable = http_handover_writable,
                                             .leave = http_handover_leave,
                                             .closed = api_closed};

static void api_back(struct http_handover *handover)
{
	struct sdn_api_call *call = CONTAINER_OF(handover, struct sdn_api_call, handover);

	if (handover->stream)
		counter_add(&call->api->counts.pieces, 1);
	if (call->api->writer == call)
		call->api->writer = NULL;
}

const struct http_handover_ops sdn_api_handover_ops = {
        .take = sdn_api_job_take, .begin = reply_begin, .back = api_back};

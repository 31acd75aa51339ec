// manage_answer: the worker's side of the management endpoint: who is let in, which answer is asked
// for, and the sending of it. It makes no text itself but the page's, which is in the executable.
#include "apps/manage/manage_internal.h"

#include "proto/http/http_route.h"

#include <stdio.h>

enum { ROUTE_PAGE = MANAGE_EVENTS + 1 };

static const struct http_route routes[] = {
        {"/metrics", 1 << HTTP_GET, MANAGE_METRICS},    {"/status", 1 << HTTP_GET, MANAGE_STATUS},
        {"/status/{text}", 1 << HTTP_GET, MANAGE_PART}, {"/healthz", 1 << HTTP_GET, MANAGE_HEALTHZ},
        {"/readyz", 1 << HTTP_GET, MANAGE_READYZ},      {"/events", 1 << HTTP_GET, MANAGE_EVENTS},
        {"/{rest}", 1 << HTTP_GET, ROUTE_PAGE},         {0},
};

static struct manage_worker *worker_of(const struct http_exchange *exchange)
{
	return exchange->ctx;
}

static void reply_begin(struct http_reply *reply, unsigned status)
{
	http_reply_init(reply, status);
	http_endpoint_fields(reply);
}

static void answer_text(struct http_exchange *exchange, unsigned status, const char *text,
                        mono_t now)
{
	struct http_reply reply;

	reply_begin(&reply, status);
	http_reply_text(&reply, "Cache-Control", "no-store");
	http_endpoint_challenge(&reply);
	if (status == 405)
		http_reply_text(&reply, "Allow", "GET, HEAD");
	if (status == 503)
		http_reply_text(&reply, "Retry-After", "1");
	http_reply_bytes(&reply, "text/plain; charset=utf-8", text, strlen(text));
	http_exchange_answer(exchange, &reply, now);
}

// False, and answered, if the client is not let in.
static bool let_in(struct http_exchange *exchange, mono_t now)
{
	struct manage_worker *worker = worker_of(exchange);
	struct http_caller caller =
	        http_endpoint_caller(&worker->manage->endpoint, &worker->guard, exchange, now);
	char text[128];

	if (caller.right != HTTP_RIGHT_NONE)
		return true;
	if (caller.wrong)
		counter_add(&worker->counts.wrong_tokens, 1);
	if (caller.status == 429)
		counter_add(&worker->counts.limited, 1);
	snprintf(text, sizeof(text), "%s\n", caller.text);
	answer_text(exchange, caller.status, text, now);
	return false;
}

static void answer_page(struct http_exchange *exchange, mono_t now)
{
	const struct http_embed *file = http_embed_find(manage_page, exchange->path);
	struct http_reply reply;

	if (!file) {
		answer_text(exchange, 404,
		            "There are /, /metrics, /status, /status/PART, /healthz, /readyz and "
		            "/events.\n",
		            now);
		return;
	}
	reply_begin(&reply, 200);
	http_embed_answer(exchange, file, &reply, now);
}

static bool begins_with(struct span text, const char *with)
{
	return span_left(&text) >= strlen(with) && memcmp(text.p, with, strlen(with)) == 0;
}

// Prometheus lists what it reads, best first; a weight of 0 excludes.
static bool takes_openmetrics(const struct http_request *request)
{
	for (unsigned i = http_request_find(request, HTTP_FIELD_ACCEPT, 0); i < request->fields_len;
	     i = http_request_find(request, HTTP_FIELD_ACCEPT, i + 1)) {
		struct span list = http_request_value(request, i), element;

		while (http_field_element(&list, &element))
			if (begins_with(element, "application/openmetrics-text") &&
			    !memmem(element.p, span_left(&element), ";q=0;", 5) &&
			    !(span_left(&element) > 4 && memcmp(element.end - 4, ";q=0", 4) == 0))
				return true;
	}
	return false;
}

static struct manage_slot *slot_take(struct manage_worker *worker)
{
	for (unsigned i = 0; i < MANAGE_SLOTS; i++)
		if (http_handover_is_free(&worker->slot[i].handover))
			return &worker->slot[i];
	return NULL;
}

static void begin_events(struct http_exchange *exchange, mono_t now)
{
	struct http_reply reply;

	counter_add(&worker_of(exchange)->counts.viewers_come, 1);
	reply_begin(&reply, 200);
	http_reply_text(&reply, "Cache-Control", "no-store");
	http_reply_text(&reply, "Content-Type", "text/event-stream");
	http_reply_stream(&reply, HTTP_REPLY_UNKNOWN);
	http_exchange_answer(exchange, &reply, now);
}

static void hand_over(struct http_exchange *exchange, enum manage_kind kind, struct span part,
                      mono_t now)
{
	struct manage_worker *worker = worker_of(exchange);
	struct manage_slot *slot = slot_take(worker);

	if (span_left(&part) >= MANAGE_PART_BYTES) {
		answer_text(exchange, 404, "The status has no such part.\n", now);
		return;
	}
	if (slot) {
		slot->kind = kind;
		slot->fresh = true;
		memset(slot->part, 0, sizeof(slot->part));
		if (span_left(&part) > 0)
			memcpy(slot->part, part.p, span_left(&part));
		http_handover_begin(&slot->handover, exchange, kind == MANAGE_EVENTS);
	}
	if (!slot || !http_handover_send(&slot->handover)) {
		if (slot)
			http_handover_drop(&slot->handover);
		counter_add(&worker->counts.busy, 1);
		answer_text(exchange, 503, "The appliance is busy; try again.\n", now);
		return;
	}
	if (kind == MANAGE_EVENTS)
		begin_events(exchange, now);
}

static bool needs_token(const struct manage *manage, const struct http_route_match *match)
{
	return !manage->conf.open_health ||
	       (match->id != MANAGE_HEALTHZ && match->id != MANAGE_READYZ);
}

static void manage_request(struct http_exchange *exchange, mono_t now)
{
	struct manage_worker *worker = worker_of(exchange);
	struct http_route_match match;
	struct span part = {0};
	enum http_route_result found =
	        http_route_find(routes, exchange->path, exchange->request->method, &match);

	counter_add(&worker->counts.requests, 1);
	if ((found != HTTP_ROUTE_FOUND || needs_token(worker->manage, &match)) &&
	    !let_in(exchange, now))
		return;
	if (found != HTTP_ROUTE_FOUND) {
		answer_text(exchange, found == HTTP_ROUTE_NO_METHOD ? 405 : 404,
		            found == HTTP_ROUTE_NO_METHOD ? "Only GET and HEAD.\n"
		                                          : "There is nothing here.\n",
		            now);
		return;
	}
	if (match.id == ROUTE_PAGE) {
		answer_page(exchange, now);
		return;
	}
	if (match.id == MANAGE_PART)
		part = match.params[0].text;
	if (match.id == MANAGE_METRICS && takes_openmetrics(exchange->request))
		match.id = MANAGE_OPENMETRICS;
	hand_over(exchange, (enum manage_kind)match.id, part, now);
}

static void manage_begin(struct http_reply *reply, unsigned status)
{
	reply_begin(reply, status);
	http_reply_text(reply, "Cache-Control", "no-store");
	http_reply_text(reply, "Vary", "Accept");
}

static void manage_back(struct http_handover *handover)
{
	struct manage_slot *slot = CONTAINER_OF(handover, struct manage_slot, handover);

	if (handover->stream)
		counter_add(&slot->worker->counts.events, 1);
}

const struct http_handover_ops manage_handover_ops = {
        .take = manage_job_take, .begin = manage_begin, .back = manage_back};

static void manage_closed(struct http_exchange *exchange, bool whole, mono_t now)
{
	const struct http_handover *handover = exchange->state;

	if (handover && handover->stream)
		counter_add(&worker_of(exchange)->counts.viewers_gone, 1);
	http_handover_closed(exchange, whole, now);
}

const struct http_handler manage_handler = {.request = manage_request,
                                            .writable = http_handover_writable,
                                            .leave = http_handover_leave,
                                            .closed = manage_closed};

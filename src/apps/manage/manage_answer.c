// manage_answer: the worker's side of the management endpoint: who is let in, which answer is asked
// for, and the sending of it. It makes no text itself but the page's, which is in the executable.
#include "apps/manage/manage_internal.h"
#include "apps/manage/manage_page.h"

#include "proto/http/http_route.h"

// No file, code or connection but this endpoint's own.
#define POLICY                                                                                     \
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "                \
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

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
	http_reply_text(reply, "Content-Security-Policy", POLICY);
	http_reply_text(reply, "X-Content-Type-Options", "nosniff");
	http_reply_text(reply, "Referrer-Policy", "no-referrer");
	http_reply_text(reply, "Cache-Control", "no-store");
}

static void answer_text(struct http_exchange *exchange, unsigned status, const char *text,
                        mono_t now)
{
	struct http_reply reply;

	reply_begin(&reply, status);
	if (status == 401) {
		http_reply_text(&reply, "WWW-Authenticate", "Bearer realm=\"wadi\"");
		http_reply_text(
		        &reply, "WWW-Authenticate",
		        "Basic realm=\"wadi: the token is the password\", charset=\"UTF-8\"");
	}
	if (status == 405)
		http_reply_text(&reply, "Allow", "GET, HEAD");
	if (status == 429 || status == 503)
		http_reply_text(&reply, "Retry-After", status == 429 ? "60" : "1");
	http_reply_bytes(&reply, "text/plain; charset=utf-8", text, strlen(text));
	http_exchange_answer(exchange, &reply, now);
}

// False, and answered, if the client is not let in.
static bool let_in(struct http_exchange *exchange, mono_t now)
{
	struct manage_worker *worker = worker_of(exchange);
	const struct manage_token *token = swap_read(&worker->manage->token);
	struct addr source = http_exchange_peers(exchange).remote;
	struct span value;

	if (!token)
		return true;
	if (!manage_guard_allows(&worker->guard, source, now)) {
		counter_add(&worker->counts.limited, 1);
		answer_text(exchange, 429, "Too many wrong tokens came from this network.\n", now);
		return false;
	}
	if (!http_request_only(exchange->request, HTTP_FIELD_AUTHORIZATION, &value)) {
		answer_text(
		        exchange, 401,
		        "Send the token: \"Authorization: Bearer TOKEN\", or as the password of "
		        "any user.\n",
		        now);
		return false;
	}
	if (manage_guard_has_token(token, value))
		return true;
	counter_add(&worker->counts.wrong_tokens, 1);
	manage_guard_add(&worker->guard, source, now);
	answer_text(exchange, 401, "This is not the token.\n", now);
	return false;
}

static void answer_page(struct http_exchange *exchange, mono_t now)
{
	size_t len = span_left(&exchange->path);
	struct http_reply reply;

	for (const struct manage_page *page = manage_pages; page->path; page++)
		if (strlen(page->path) == len && memcmp(page->path, exchange->path.p, len) == 0) {
			reply_begin(&reply, 200);
			http_reply_text(&reply, "Content-Type", page->type);
			http_reply_held(&reply, page->bytes, page->len);
			http_exchange_answer(exchange, &reply, now);
			return;
		}
	answer_text(
	        exchange, 404,
	        "There are /, /metrics, /status, /status/PART, /healthz, /readyz and /events.\n",
	        now);
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
		if (atomic_load_explicit(&worker->slot[i].owner, memory_order_acquire) ==
		    MANAGE_FREE)
			return &worker->slot[i];
	return NULL;
}

static void slot_pass(struct manage_slot *slot, enum manage_owner to)
{
	atomic_store_explicit(&slot->owner, to, memory_order_release);
}

static void begin_events(struct http_exchange *exchange, mono_t now)
{
	struct http_reply reply;

	counter_add(&worker_of(exchange)->counts.viewers_come, 1);
	reply_begin(&reply, 200);
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
		slot->exchange = exchange;
		slot->fresh = true;
		atomic_store_explicit(&slot->gone, false, memory_order_relaxed);
		memset(slot->part, 0, sizeof(slot->part));
		if (span_left(&part) > 0)
			memcpy(slot->part, part.p, span_left(&part));
		slot_pass(slot, MANAGE_CONTROL);
	}
	if (!slot || !mailbox_post(&worker->manage->env->loop->mailbox, manage_job_take, slot)) {
		if (slot)
			slot_pass(slot, MANAGE_FREE);
		counter_add(&worker->counts.busy, 1);
		answer_text(exchange, 503, "The appliance is busy; try again.\n", now);
		return;
	}
	exchange->state = slot;
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

// As much of an event as there is room for; the slot goes back with its end.
static void send_event(struct manage_slot *slot, mono_t now)
{
	size_t left = slot->len - slot->sent;

	slot->sent += http_exchange_write(slot->exchange, slot->text + slot->sent,
	                                  (uint32_t)size_min(left, UINT32_MAX), now);
	if (slot->sent == slot->len)
		slot_pass(slot, MANAGE_CONTROL);
}

static void send_answer(struct manage_slot *slot, mono_t now)
{
	struct http_reply reply;

	reply_begin(&reply, slot->status);
	http_reply_text(&reply, "Content-Type", slot->type);
	http_reply_text(&reply, "Vary", "Accept");
	http_reply_held(&reply, slot->text, slot->len);
	http_exchange_answer(slot->exchange, &reply, now);
}

void manage_answer_take(void *ctx, mono_t now)
{
	struct manage_slot *slot = ctx;

	if (slot->kind == MANAGE_EVENTS) {
		counter_add(&slot->worker->counts.events, 1);
		slot->sent = 0;
		if (slot->exchange)
			send_event(slot, now);
		else
			slot_pass(slot, MANAGE_CONTROL);
	} else if (slot->exchange) {
		send_answer(slot, now);
	} else {
		slot_pass(slot, MANAGE_FREE);
	}
}

static bool is_ours(const struct manage_slot *slot)
{
	return atomic_load_explicit(&slot->owner, memory_order_acquire) == MANAGE_WORKER;
}

static void manage_writable(struct http_exchange *exchange, mono_t now)
{
	struct manage_slot *slot = exchange->state;

	if (slot && slot->kind == MANAGE_EVENTS && is_ours(slot))
		send_event(slot, now);
}

// What the control thread has comes back, or is seen by it at its next tick.
static void manage_closed(struct http_exchange *exchange, bool whole, mono_t now)
{
	struct manage_slot *slot = exchange->state;

	if (!slot)
		return;
	slot->exchange = NULL;
	if (slot->kind == MANAGE_EVENTS) {
		counter_add(&slot->worker->counts.viewers_gone, 1);
		atomic_store_explicit(&slot->gone, true, memory_order_release);
		if (is_ours(slot))
			slot_pass(slot, MANAGE_CONTROL);
	} else if (is_ours(slot)) {
		slot_pass(slot, MANAGE_FREE);
	}
}

const struct http_handler manage_handler = {
        .request = manage_request, .writable = manage_writable, .closed = manage_closed};

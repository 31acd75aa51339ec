// http_handover: see the header.
#include "apps/http/http_handover.h"

#include <stdlib.h>

#define RETRY_US (5 * MS_US) // when a mailbox was full

static void retry_fire(struct wheel_timer *timer, mono_t now)
{
	http_handover_return(CONTAINER_OF(timer, struct http_handover, retry), now);
}

void http_handover_init(struct http_handover *handover, const struct http_handovers *of)
{
	*handover = (struct http_handover){.of = of};
	wheel_timer_init(&handover->retry, retry_fire);
}

void http_handover_fini(struct http_handover *handover)
{
	if (!handover->of)
		return;
	wheel_del(&handover->of->loop->wheel, &handover->retry);
	free(handover->text);
}

static void pass(struct http_handover *handover, enum http_handover_owner to)
{
	atomic_store_explicit(&handover->owner, to, memory_order_release);
}

static enum http_handover_owner owner_of(const struct http_handover *handover)
{
	return (enum http_handover_owner)atomic_load_explicit(&handover->owner,
	                                                      memory_order_acquire);
}

// In the worker.

bool http_handover_is_free(const struct http_handover *handover)
{
	return owner_of(handover) == HTTP_HANDOVER_FREE;
}

bool http_handover_is_worker(const struct http_handover *handover)
{
	return owner_of(handover) == HTTP_HANDOVER_WORKER;
}

void http_handover_begin(struct http_handover *handover, struct http_exchange *exchange,
                         bool stream)
{
	handover->exchange = exchange;
	handover->stream = stream;
	handover->sent = 0;
	atomic_store_explicit(&handover->gone, false, memory_order_relaxed);
	pass(handover, HTTP_HANDOVER_WORKER);
	exchange->state = handover;
}

// A mailbox function: in the control thread.
static void arrive(void *ctx, mono_t now)
{
	struct http_handover *handover = ctx;

	handover->of->ops->take(handover, now);
}

bool http_handover_send(struct http_handover *handover)
{
	pass(handover, HTTP_HANDOVER_CONTROL);
	if (mailbox_post(&handover->of->loop->mailbox, arrive, handover))
		return true;
	pass(handover, HTTP_HANDOVER_WORKER);
	return false;
}

void http_handover_drop(struct http_handover *handover)
{
	if (handover->exchange)
		handover->exchange->state = NULL;
	handover->exchange = NULL;
	pass(handover, HTTP_HANDOVER_FREE);
}

// As much of a piece as there is room for; the handover goes back with its end.
static void piece_send(struct http_handover *handover, mono_t now)
{
	size_t left = handover->len - handover->sent;

	handover->sent += http_exchange_write(handover->exchange, handover->text + handover->sent,
	                                      (uint32_t)size_min(left, UINT32_MAX), now);
	if (handover->sent == handover->len)
		pass(handover, HTTP_HANDOVER_CONTROL);
}

static void answer_send(struct http_handover *handover, mono_t now)
{
	struct http_reply reply;

	handover->of->ops->begin(&reply, handover->status);
	http_reply_text(&reply, "Content-Type", handover->type);
	http_reply_held(&reply, handover->text, handover->len);
	http_exchange_answer(handover->exchange, &reply, now);
}

// A mailbox function: in the worker.
static void come_back(void *ctx, mono_t now)
{
	struct http_handover *handover = ctx;

	pass(handover, HTTP_HANDOVER_WORKER);
	if (handover->of->ops->back)
		handover->of->ops->back(handover);
	if (!handover->exchange) {
		pass(handover, handover->stream ? HTTP_HANDOVER_CONTROL : HTTP_HANDOVER_FREE);
	} else if (handover->stream) {
		handover->sent = 0;
		piece_send(handover, now);
	} else {
		answer_send(handover, now);
	}
}

void http_handover_writable(struct http_exchange *exchange, mono_t now)
{
	struct http_handover *handover = exchange->state;

	if (handover && handover->stream && http_handover_is_worker(handover))
		piece_send(handover, now);
}

void http_handover_leave(struct http_exchange *exchange, mono_t now)
{
	const struct http_handover *handover = exchange->state;

	if (handover && handover->stream && !http_handover_is_worker(handover))
		http_exchange_end(exchange, now);
}

// What the control thread has comes back, or is seen by it when it looks after streams.
void http_handover_closed(struct http_exchange *exchange, bool whole, mono_t now)
{
	struct http_handover *handover = exchange->state;

	if (!handover)
		return;
	handover->exchange = NULL;
	if (handover->stream)
		atomic_store_explicit(&handover->gone, true, memory_order_release);
	if (http_handover_is_worker(handover))
		pass(handover, handover->stream ? HTTP_HANDOVER_CONTROL : HTTP_HANDOVER_FREE);
}

// In the control thread.

void http_handover_put(struct http_handover *handover, unsigned status, const char *type,
                       char *text)
{
	free(handover->text);
	handover->status = text ? (uint16_t)status : 500;
	handover->type = type;
	handover->text = text;
	handover->len = text ? strlen(text) : 0;
}

// A client that leaves before the worker has run its mailbox finds that the handover is not the
// worker's yet: another request must not take it while it is in there.
void http_handover_return(struct http_handover *handover, mono_t now)
{
	pass(handover, HTTP_HANDOVER_RETURNS);
	if (mailbox_post(handover->of->mailbox, come_back, handover))
		return;
	pass(handover, HTTP_HANDOVER_CONTROL);
	wheel_add(&handover->of->loop->wheel, &handover->retry, mono_add(now, RETRY_US));
}

bool http_handover_is_here(const struct http_handover *handover)
{
	return owner_of(handover) == HTTP_HANDOVER_CONTROL && !wheel_timer_armed(&handover->retry);
}

bool http_handover_has_left(const struct http_handover *handover)
{
	return http_handover_is_here(handover) &&
	       atomic_load_explicit(&handover->gone, memory_order_acquire);
}

void http_handover_release(struct http_handover *handover)
{
	pass(handover, HTTP_HANDOVER_FREE);
}

// http_two: see the header. The engine's events come out of two_run; whatever else is called by a
// handler, at any time, ends with two_settle, which sends and handles what that has brought about.
#include "apps/http/http_two.h"

#include "apps/http/http_links_internal.h"

#define TWO_ROOM_BYTES 512 // least room that frames are written into

// Of one stream: the engine's memory.
struct two_stream {
	struct http_exchange exchange;
	struct http2_stream *stream;
	bool live;       // between `request` and `closed`
	bool sized;      // the answer's length was announced
	bool wants_room; // the handler wrote more than there was room for
};

static struct two_stream *stream_of(const struct http_exchange *exchange)
{
	return CONTAINER_OF(exchange, struct two_stream, exchange);
}

static struct http_two *two_of(const struct two_stream *of)
{
	return http_link_state(of->exchange.link);
}

static bool two_opened(struct http_link *link, mono_t now)
{
	struct http_two *two = &link->all->two[http_link_number(link)];

	*two = (struct http_two){.link = link};
	two->conn = http2_open(link->all->limits, &http2_limits_default, sizeof(struct two_stream),
	                       now);
	http_link_set_state(link, two);
	if (!two->conn)
		return false;
	http_link_deadline(link, http2_deadline(two->conn));
	return true;
}

// Writes frames as far as there is room; returns whether there were any.
static bool two_flush(struct http_two *two, mono_t now)
{
	bool done = false, some = false;

	while (!done) {
		struct fill out = http_link_room(two->link, TWO_ROOM_BYTES);
		const uint8_t *begin = out.p;

		if (out.bad)
			break;
		done = http2_send(two->conn, &out, now);
		some = some || out.p > begin;
		http_link_wrote(two->link, &out);
	}
	return some;
}

// The stream's handler takes no content any more, so it does not resume the connection either.
static void two_lift(struct http_two *two, const struct two_stream *of)
{
	if (two->paused != of)
		return;
	two->paused = NULL;
	two->lifted = true;
}

// The handler's last call.
static void two_close(struct two_stream *of, bool whole, mono_t now)
{
	struct http_exchange *exchange;
	struct http_links_metric *metric;

	assert(of);
	if (!of->live)
		return;
	exchange = &of->exchange;
	metric = &exchange->link->all->metric;
	of->live = false;
	two_lift(two_of(of), of);
	counter_add(&metric->sent_bytes, exchange->content);
	if (!whole)
		counter_add(&metric->aborted, 1);
	if (exchange->handler->closed)
		exchange->handler->closed(exchange, whole, now);
}

static void close_all(struct http_two *two, mono_t now)
{
	for (struct http2_stream *stream = http2_stream_next(two->conn, NULL); stream;
	     stream = http2_stream_next(two->conn, stream))
		two_close(http2_stream_ctx(stream), false, now);
}

static void two_settle(struct http_two *two, mono_t now);

static uint64_t content_len(const struct http_reply *reply)
{
	switch (reply->content) {
	case HTTP_CONTENT_NONE:
		return 0;
	case HTTP_CONTENT_STREAM:
		return reply->length == HTTP_REPLY_UNKNOWN ? HTTP2_LENGTH_UNKNOWN : reply->length;
	default:
		return span_left(&reply->bytes);
	}
}

static enum http2_answer_end write_head(struct two_stream *of, const struct http_reply *reply,
                                        mono_t now)
{
	struct http2_answer answer;

	http2_answer_begin(&answer, of->stream, reply->status,
	                   http_links_date(of->exchange.link->all, now));
	for (unsigned i = 0; i < reply->fields_len; i++)
		http2_answer_field(&answer, reply->field[i].name, reply->field[i].value);
	return http2_answer_end(&answer, content_len(reply));
}

static void two_answer(struct http_exchange *exchange, const struct http_reply *reply, mono_t now)
{
	struct two_stream *of = stream_of(exchange);
	struct http_two *two = two_of(of);

	if (write_head(of, reply, now) == HTTP2_ANSWER_MALFORMED) {
		exchange->status = 0;
		http_exchange_answer_text(exchange, 500, "The answer cannot be sent.\n", now);
		return;
	}
	http_exchange_count(exchange, reply->status);
	of->sized = content_len(reply) != HTTP2_LENGTH_UNKNOWN;
	if (http2_has_content(of->stream) && reply->content != HTTP_CONTENT_STREAM) {
		exchange->content = span_left(&reply->bytes);
		http2_offer(of->stream, reply->bytes.p, span_left(&reply->bytes));
		(void)two_flush(two, now);
		// Without memory the connection ends by itself.
		if (reply->content == HTTP_CONTENT_BYTES)
			(void)!http2_keep(of->stream);
	}
	two_settle(two, now);
}

static uint32_t two_write(struct http_exchange *exchange, const void *bytes, uint32_t len,
                          mono_t now)
{
	struct two_stream *of = stream_of(exchange);
	uint32_t taken;

	if (!http2_has_content(of->stream))
		return len;
	http2_offer(of->stream, bytes, len);
	(void)two_flush(two_of(of), now);
	taken = len - (uint32_t)http2_offered(of->stream);
	http2_offer(of->stream, NULL, 0);
	exchange->content += taken;
	of->wants_room = taken < len && http2_has_content(of->stream);
	return taken;
}

static void two_end(struct http_exchange *exchange, mono_t now)
{
	struct two_stream *of = stream_of(exchange);

	if (http2_has_content(of->stream) && of->sized) // less than was announced
		http2_reset(of->stream);
	else
		http2_last(of->stream);
	two_settle(two_of(of), now);
}

static void two_resume(struct http_exchange *exchange, mono_t now)
{
	struct two_stream *of = stream_of(exchange);
	struct http_two *two = two_of(of);

	if (two->paused != of)
		return;
	two->paused = NULL;
	http2_hold(two->conn, now);
	http_link_resume(two->link, now);
}

static void two_abort(struct http_exchange *exchange)
{
	http2_reset(stream_of(exchange)->stream);
	// It is sent, and `closed` called, when the connection is looked at next.
	http_link_deadline(exchange->link, (mono_t){0});
}

static const struct http_exchange_ops two_ops = {.answer = two_answer,
                                                 .write = two_write,
                                                 .end = two_end,
                                                 .resume = two_resume,
                                                 .abort = two_abort};

static void two_request(struct http_two *two, struct http2_stream *stream, mono_t now)
{
	struct two_stream *of = http2_stream_ctx(stream);
	const struct http_listener *listener = two->link->listener;
	const struct http_request *request = &two->link->all->request;

	two->asked = true;
	of->stream = stream;
	of->live = true;
	http_exchange_init(&of->exchange, &two_ops, two->link, request);
	if (!http_exchange_path(&of->exchange, now))
		return;
	of->exchange.handler = listener->handler;
	listener->handler->request(&of->exchange, now);
	if (of->live && request->expects && of->exchange.status == 0 && listener->handler->content)
		http2_continue(stream);
}

static void two_body(struct http_two *two, const struct http2_taken *taken, mono_t now)
{
	struct two_stream *of = http2_stream_ctx(taken->stream);
	const struct http_handler *handler = of->exchange.handler;

	if (of->live && handler->content && !handler->content(&of->exchange, taken->data, now))
		two->paused = of;
}

// The connection is over: by its client's end, or by a fault.
static void two_finish(struct http_two *two, mono_t now)
{
	enum http2_fault fault = http2_fault(two->conn);

	close_all(two, now);
	(void)two_flush(two, now);
	if (fault != HTTP2_FAULT_NONE)
		counter_add(&two->link->all->metric.two_ended[fault], 1);
	http_link_shutdown(two->link, now);
}

// Handles one event; false: no more for now.
static bool two_event(struct http_two *two, enum http2_event event, const struct http2_taken *taken,
                      mono_t now)
{
	struct two_stream *of = taken->stream ? http2_stream_ctx(taken->stream) : NULL;

	switch (event) {
	case HTTP2_REQUEST:
		two_request(two, taken->stream, now);
		return true;
	case HTTP2_BODY:
		two_body(two, taken, now);
		return true;
	case HTTP2_END:
		assert(of);
		if (of->live && of->exchange.handler->ended &&
		    !http2_stream_is_whole(taken->stream))
			of->exchange.handler->ended(&of->exchange, now);
		return true;
	case HTTP2_REFUSED:
		counter_add(&two->link->all->metric.refused[http2_refused(two->conn)], 1);
		return true;
	case HTTP2_GONE:
		two_close(of, http2_stream_is_whole(taken->stream), now);
		return true;
	case HTTP2_CLOSE:
		two_finish(two, now);
		return false;
	case HTTP2_WAIT:
	default: // HTTP2_MORE: sending may bring about more
		return two_flush(two, now);
	}
}

// A stream whose handler waits for room, and that has some now.
static struct two_stream *find_writable(struct http_two *two)
{
	for (struct http2_stream *stream = http2_stream_next(two->conn, NULL); stream;
	     stream = http2_stream_next(two->conn, stream)) {
		struct two_stream *of = http2_stream_ctx(stream);

		if (of->live && of->wants_room && http2_window(stream) > 0)
			return of;
	}
	return NULL;
}

static void call_writable(struct http_two *two, mono_t now)
{
	struct two_stream *of;

	for (unsigned i = 0; i < http2_limits_default.streams_max; i++) {
		of = http_link_is_blocked(two->link) ? NULL : find_writable(two);
		if (!of)
			return;
		of->wants_room = false;
		if (of->exchange.handler->writable)
			of->exchange.handler->writable(&of->exchange, now);
	}
}

// Handles all events of the part; false: what is left of it is given again.
static bool two_run(struct http_two *two, struct span *part, mono_t now)
{
	struct http_link *link = two->link;
	struct http2_taken taken;
	enum http2_event event;
	bool goes_on;

	two->running = true;
	do {
		if ((two->paused || http_link_is_blocked(link)) && span_left(part) > 0) {
			link->flags |= HTTP_LINK_WANTING;
			two->running = false;
			return false;
		}
		event = http2_next(two->conn, part, &link->all->request, &taken, now);
		goes_on = two_event(two, event, &taken, now);
		if (event == HTTP2_MORE && !goes_on)
			call_writable(two, now);
	} while (goes_on);
	two->running = false;
	if (!(link->flags & HTTP_LINK_CLOSING))
		http_link_deadline(link, http2_deadline(two->conn));
	return event != HTTP2_WAIT || span_left(part) == 0;
}

static void two_settle(struct http_two *two, mono_t now)
{
	struct span none = {0};

	if (two->running || (two->link->flags & HTTP_LINK_CLOSING))
		return;
	(void)!two_run(two, &none, now);
	// The engine drops content behind a whole answer.
	if (two->paused && http2_stream_is_whole(two->paused->stream))
		two_lift(two, two->paused);
	if (two->lifted) {
		two->lifted = false;
		http_link_resume(two->link, now);
	}
}

static bool two_data(struct http_link *link, struct span *part, mono_t now)
{
	return two_run(http_link_state(link), part, now);
}

static void two_ended(struct http_link *link, mono_t now)
{
	struct http_two *two = http_link_state(link);

	two->ended = true;
	http2_shutdown(two->conn);
	two_settle(two, now);
}

static void two_writable(struct http_link *link, mono_t now)
{
	struct http_two *two = http_link_state(link);

	two_settle(two, now);
	http_link_resume(link, now);
}

static void two_expired(struct http_link *link, mono_t now)
{
	struct http_two *two = http_link_state(link);

	if (two->paused)
		http2_hold(two->conn, now);
	if (http2_expire(two->conn, now) == HTTP2_CLOSE &&
	    http2_fault(two->conn) == HTTP2_FAULT_SLOW_READER) {
		counter_add(&link->all->metric.two_ended[HTTP2_FAULT_SLOW_READER], 1);
		http_link_reset(link);
		return;
	}
	two_settle(two, now);
}

// Has handlers end what has no end of its own. Their streams are not freed within.
static void leave_all(struct http_two *two, mono_t now)
{
	two->running = true;
	for (struct http2_stream *stream = http2_stream_next(two->conn, NULL); stream;
	     stream = http2_stream_next(two->conn, stream)) {
		struct two_stream *of = http2_stream_ctx(stream);

		if (of->live && of->exchange.handler->leave)
			of->exchange.handler->leave(&of->exchange, now);
	}
	two->running = false;
}

// RFC 9113 section 6.8: the client is warned, and when its end has acknowledged that, all has come
// that it asked before.
static void two_say_goaway(struct http_two *two, bool at_last, mono_t now)
{
	uint64_t unsent, progress = http_link_progress(two->link, &unsent);

	if (!two->refuses && (at_last || (two->warned && progress >= two->warned_at))) {
		http2_shutdown(two->conn);
		two->refuses = true;
	}
	if (!two->warned && !two->refuses)
		http2_warn(two->conn);
	two_settle(two, now);
	if (!two->warned)
		two->warned_at = http_link_progress(two->link, &unsent) + unsent;
	two->warned = true;
}

// A client that has not asked yet has its connection open to do so.
static bool two_leave(struct http_link *link, enum tcp_leave how, mono_t now)
{
	struct http_two *two = http_link_state(link);
	bool at_last = how == TCP_LEAVE_END;

	if (how == TCP_LEAVE_BUSY || (!two->asked && !at_last))
		return http2_stream_next(two->conn, NULL);
	leave_all(two, now);
	two_say_goaway(two, at_last, now);
	return !(link->flags & HTTP_LINK_CLOSING) && http2_stream_next(two->conn, NULL);
}

static void two_closed(struct http_link *link, mono_t now)
{
	struct http_two *two = http_link_state(link);
	struct span none = {0};
	struct http2_taken taken;

	if (!two || !two->conn)
		return;
	two->running = true;
	while (http2_next(two->conn, &none, &link->all->request, &taken, now) == HTTP2_GONE)
		two_close(http2_stream_ctx(taken.stream), http2_stream_is_whole(taken.stream), now);
	close_all(two, now);
	http2_close(two->conn);
	two->conn = NULL;
}

const struct http_link_ops http_two_link_ops = {.opened = two_opened,
                                                .data = two_data,
                                                .ended = two_ended,
                                                .writable = two_writable,
                                                .expired = two_expired,
                                                .leave = two_leave,
                                                .closed = two_closed};

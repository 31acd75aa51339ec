// http_one: see the header.
#include "apps/http/http_one.h"

#include "apps/http/http_links_internal.h"
#include "proto/http/http_answer.h"
#include "proto/http/http_status.h"

#define ONE_HEAD_BYTES  512 // status line, Date and the fields of framing
#define ONE_CHUNK_BYTES 128 // least room for a chunk and its frame

static struct http_one *one_of(const struct http_exchange *exchange)
{
	return CONTAINER_OF(exchange, struct http_one, exchange);
}

// A client that still takes its answer is not idle; when it has, it was idle since the answer.
static void one_arm(struct http_one *one)
{
	mono_t due = http_conn_deadline(&one->conn);

	if (one->conn.sending && !one->live)
		due = mono_earlier(due, mono_add(one->answered, one->conn.limits->idle_us));
	http_link_deadline(one->exchange.link, due);
}

static bool one_opened(struct http_link *link, mono_t now)
{
	struct http_one *one = &link->all->one[http_link_number(link)];

	*one = (struct http_one){.exchange.link = link};
	http_conn_init(&one->conn, link->all->limits, now);
	if (link->flags & HTTP_LINK_LEAVING)
		(void)!http_conn_leave(&one->conn);
	http_link_set_state(link, one);
	one_arm(one);
	return true;
}

// The handler's last call.
static void one_close(struct http_one *one, bool whole, mono_t now)
{
	struct http_exchange *exchange = &one->exchange;
	struct http_links_metric *metric = &exchange->link->all->metric;

	one->live = false;
	counter_add(&metric->sent_bytes, exchange->content);
	if (!whole)
		counter_add(&metric->aborted, 1);
	if (exchange->handler->closed)
		exchange->handler->closed(exchange, whole, now);
}

// The answer is complete: the next request may come.
static void one_done(struct http_one *one, mono_t now)
{
	struct http_link *link = one->exchange.link;

	one->answered = now;
	one->paused = false;
	one_close(one, true, now);
	one_arm(one);
	// An answer that comes after the last of the request's bytes finds no caller that reads.
	if (one->ended || http_conn_is_over(&one->conn))
		http_link_shutdown(link, now);
	else
		http_link_resume(link, now);
}

// Sends what there is room for of content that is held.
static void one_push(struct http_one *one, mono_t now)
{
	struct http_exchange *exchange = &one->exchange;
	size_t left = span_left(&one->held);
	uint32_t sent =
	        http_link_send(exchange->link, one->held.p, (uint32_t)size_min(left, UINT32_MAX));

	(void)span_take(&one->held, sent);
	exchange->content += sent;
	http_answer_sends(&one->conn, sent);
	if (sent == left)
		one_done(one, now);
	else
		one_arm(one);
}

static uint64_t reply_len(const struct http_reply *reply)
{
	switch (reply->content) {
	case HTTP_CONTENT_NONE:
		return 0;
	case HTTP_CONTENT_STREAM:
		return reply->length;
	default:
		return span_left(&reply->bytes);
	}
}

static enum http_answer_end write_head(struct http_one *one, const struct http_reply *reply,
                                       struct fill *out, mono_t now)
{
	struct http_answer answer;
	uint64_t len = reply_len(reply);

	http_answer_begin(&answer, &one->conn, out, reply->status,
	                  http_links_date(one->exchange.link->all, now));
	for (unsigned i = 0; i < reply->fields_len; i++)
		http_answer_field(&answer, reply->field[i].name, reply->field[i].value);
	return len == HTTP_REPLY_UNKNOWN ? http_answer_end_stream(&answer)
	                                 : http_answer_end(&answer, len);
}

// How much room head and content need that are written in one piece.
static size_t room_for(const struct http_reply *reply)
{
	size_t len = ONE_HEAD_BYTES;

	for (unsigned i = 0; i < reply->fields_len; i++)
		len += strlen(reply->field[i].name) + span_left(&reply->field[i].value) + 4;
	if (reply->content == HTTP_CONTENT_BYTES)
		len += span_left(&reply->bytes);
	return len;
}

// The reply cannot be written: an answer of our own instead.
static void answer_broken(struct http_exchange *exchange, mono_t now)
{
	exchange->status = 0;
	http_exchange_answer_text(exchange, 500, "The answer cannot be sent.\n", now);
}

// Content behind the head that `out` holds: as much as fits beside it, or as TCP takes.
static void answer_content(struct http_one *one, const struct http_reply *reply, struct fill *out,
                           mono_t now)
{
	struct http_link *link = one->exchange.link;
	bool has_content = http_answer_has_content(&one->conn);

	http_conn_sent(&one->conn, 0, 1, now);
	if (reply->content != HTTP_CONTENT_STREAM && has_content &&
	    span_left(&reply->bytes) > fill_left(out)) {
		http_link_wrote(link, out);
		one->held = reply->bytes;
		one_push(one, now);
		return;
	}
	if (reply->content != HTTP_CONTENT_STREAM && has_content)
		one->exchange.content =
		        http_answer_put(&one->conn, out, reply->bytes.p, span_left(&reply->bytes));
	http_link_wrote(link, out);
	if (reply->content == HTTP_CONTENT_STREAM)
		one_arm(one);
	else
		one_done(one, now);
}

static void one_answer(struct http_exchange *exchange, const struct http_reply *reply, mono_t now)
{
	struct http_one *one = one_of(exchange);
	size_t least = room_for(reply);
	struct fill out;

	if (least > HTTP_LINK_WRITE_BYTES) {
		answer_broken(exchange, now);
		return;
	}
	out = http_link_room_anyway(exchange->link, (uint32_t)least);
	if (out.bad) // the link is being closed; `closed` follows
		return;
	if (write_head(one, reply, &out, now) != HTTP_ANSWER_WRITTEN) {
		answer_broken(exchange, now);
		return;
	}
	http_exchange_count(exchange, reply->status);
	one->sized = reply_len(reply) != HTTP_REPLY_UNKNOWN;
	answer_content(one, reply, &out, now);
}

static uint32_t one_write(struct http_exchange *exchange, const void *bytes, uint32_t len,
                          mono_t now)
{
	struct http_one *one = one_of(exchange);
	uint32_t done = 0;

	if (!http_answer_has_content(&one->conn))
		return len;
	while (done < len) {
		struct fill out = http_link_room(exchange->link, ONE_CHUNK_BYTES);

		if (out.bad) {
			one->wants_room = true;
			break;
		}
		done += (uint32_t)http_answer_put(&one->conn, &out, (const uint8_t *)bytes + done,
		                                  len - done);
		http_link_wrote(exchange->link, &out);
		if (!http_answer_has_content(&one->conn)) // all of its length
			done = len;
	}
	exchange->content += done;
	http_conn_sent(&one->conn, 0, 1, now);
	one_arm(one);
	return done;
}

static void one_end(struct http_exchange *exchange, mono_t now)
{
	struct http_one *one = one_of(exchange);
	struct fill out;

	if (http_answer_has_content(&one->conn)) {
		if (one->sized) { // less than was announced
			http_link_reset(exchange->link);
			return;
		}
		out = http_link_room(exchange->link, ONE_CHUNK_BYTES);
		one->ending = out.bad || !http_answer_last(&one->conn, &out);
		if (one->ending)
			return;
		http_link_wrote(exchange->link, &out);
	}
	one_done(one, now);
}

static void one_resume(struct http_exchange *exchange, mono_t now)
{
	struct http_one *one = one_of(exchange);

	if (!one->paused)
		return;
	one->paused = false;
	http_conn_hold(&one->conn, now);
	http_link_resume(exchange->link, now);
}

static void one_abort(struct http_exchange *exchange)
{
	http_link_reset(exchange->link);
}

static struct http_link *one_upgrade(struct http_exchange *exchange, const struct http_reply *reply,
                                     const struct http_link_ops *ops, mono_t now)
{
	struct http_one *one = one_of(exchange);
	struct http_link *link = exchange->link;
	struct http_answer answer;
	struct fill out;

	if (exchange->request->framing != HTTP_NO_BODY || exchange->request->minor == 0 ||
	    room_for(reply) > HTTP_LINK_WRITE_BYTES)
		return NULL;
	out = http_link_room_anyway(link, (uint32_t)room_for(reply));
	if (out.bad)
		return NULL;
	http_answer_begin(&answer, &one->conn, &out, 101, http_links_date(link->all, now));
	for (unsigned i = 0; i < reply->fields_len; i++)
		http_answer_field(&answer, reply->field[i].name, reply->field[i].value);
	if (http_answer_end_upgrade(&answer) != HTTP_ANSWER_WRITTEN)
		return NULL;
	http_link_wrote(link, &out);
	http_exchange_count(exchange, 101);
	one_close(one, true, now);
	http_link_speak(link, ops, now);
	return link;
}

static const struct http_exchange_ops one_ops = {.answer = one_answer,
                                                 .write = one_write,
                                                 .end = one_end,
                                                 .resume = one_resume,
                                                 .abort = one_abort,
                                                 .upgrade = one_upgrade};

// The client waits for leave to send its content, and the handler takes it.
static void one_continue(struct http_one *one)
{
	struct fill out = http_link_room(one->exchange.link, ONE_CHUNK_BYTES);

	if (!out.bad && http_answer_continue(&one->conn, &out))
		http_link_wrote(one->exchange.link, &out);
}

static void one_request(struct http_one *one, const struct http_request *request, mono_t now)
{
	struct http_link *link = one->exchange.link;
	const struct http_listener *listener = link->listener;

	http_exchange_init(&one->exchange, &one_ops, link, request);
	one->live = true;
	one->whole = one->wants_room = one->ending = false;
	if (!http_exchange_path(&one->exchange, now))
		return;
	one->exchange.handler = listener->handler;
	listener->handler->request(&one->exchange, now);
	if (one->live && one->conn.expects && one->exchange.status == 0 &&
	    one->exchange.handler->content)
		one_continue(one);
}

// The buffer of a head that came in parts is not needed any more.
static void one_unbuffer(struct http_one *one)
{
	if (!one->conn.buffer)
		return;
	one->conn.buffer = NULL;
	http_link_buffer_put(one->exchange.link);
}

static void one_refuse(struct http_one *one, mono_t now)
{
	struct http_link *link = one->exchange.link;
	struct fill out = http_link_room(link, HTTP_ANSWER_FAULT_BYTES);

	counter_add(&link->all->metric.refused[one->conn.fault], 1);
	if (one->live)
		one_close(one, false, now);
	if (out.bad || !http_answer_fault(&one->conn, &out, http_links_date(link->all, now))) {
		http_link_reset(link);
		return;
	}
	counter_add(&link->all->metric.answers[http_faults[one->conn.fault].number / 100], 1);
	http_link_wrote(link, &out);
}

// Handles one event; false: no more for now.
static bool one_event(struct http_one *one, enum http_event event, struct span piece, mono_t now)
{
	const struct http_handler *handler = one->exchange.handler;
	struct http_link *link = one->exchange.link;

	switch (event) {
	case HTTP_BUFFER:
		one->conn.buffer = http_link_buffer(link);
		return true;
	case HTTP_REQUEST:
		one_request(one, &link->all->request, now);
		one_unbuffer(one);
		return true;
	case HTTP_BODY:
		if (one->live && handler->content)
			one->paused = !handler->content(&one->exchange, piece, now);
		return true;
	case HTTP_END:
		one->whole = true;
		if (one->live && handler->ended)
			handler->ended(&one->exchange, now);
		return true;
	case HTTP_REFUSED:
		one_refuse(one, now);
		return true;
	case HTTP_CLOSE:
		http_link_shutdown(link, now);
		return false;
	case HTTP_RESET:
		http_link_reset(link);
		return false;
	default: // HTTP_WAIT
		return false;
	}
}

static bool one_data(struct http_link *link, struct span *part, mono_t now)
{
	struct http_one *one = http_link_state(link);
	enum http_event event;
	struct span piece;

	do {
		if (link->ops != &http_one_link_ops) // it was upgraded
			return true;
		if (one->paused || http_link_is_blocked(link)) {
			link->flags |= HTTP_LINK_WANTING;
			return false;
		}
		event = http_conn_next(&one->conn, part, &link->all->request, &piece, now);
		if (event == HTTP_MORE) {
			one_arm(one);
			return true;
		}
	} while (one_event(one, event, piece, now));
	one_arm(one);
	return false;
}

// The client sends no more: what it has asked is answered, then the link ends.
static void one_ended(struct http_link *link, mono_t now)
{
	struct http_one *one = http_link_state(link);

	one->ended = true;
	if (one->live && !one->whole)
		http_link_reset(link);
	else if (!one->live)
		http_link_shutdown(link, now);
}

static void one_writable(struct http_link *link, mono_t now)
{
	struct http_one *one = http_link_state(link);
	const struct http_handler *handler = one->exchange.handler;

	if (one->live && span_left(&one->held)) {
		one_push(one, now);
	} else if (one->live && one->ending) {
		one_end(&one->exchange, now);
	} else if (one->live && one->wants_room) {
		one->wants_room = false;
		if (handler->writable)
			handler->writable(&one->exchange, now);
	} else {
		http_link_resume(link, now);
	}
}

// What http_conn_expire or http_conn_cut says.
static void one_late(struct http_one *one, enum http_event event, mono_t now)
{
	struct http_link *link = one->exchange.link;

	if (event == HTTP_REFUSED)
		(void)one_event(one, event, (struct span){0}, now);
	else if (event != HTTP_MORE)
		counter_add(&link->all->metric.refused[one->conn.fault], 1);
	if (event == HTTP_RESET)
		http_link_reset(link);
	else if (event != HTTP_MORE)
		http_link_shutdown(link, now);
	else
		one_arm(one);
}

static void one_expired(struct http_link *link, mono_t now)
{
	struct http_one *one = http_link_state(link);
	uint64_t unsent, progress = http_link_progress(link, &unsent);

	http_conn_sent(&one->conn, progress - one->progress, unsent, unsent ? now : one->answered);
	one->progress = progress;
	if (one->paused)
		http_conn_hold(&one->conn, now);
	one_late(one, http_conn_expire(&one->conn, now), now);
}

// A request of which a part has come is in progress; if the rest does not come in time, its answer
// says so.
static bool one_leave(struct http_link *link, enum tcp_leave how, mono_t now)
{
	struct http_one *one = http_link_state(link);

	if (how == TCP_LEAVE_BUSY)
		return one->live || http_conn_is_amid(&one->conn);
	if (one->live && one->exchange.handler->leave)
		one->exchange.handler->leave(&one->exchange, now);
	if (http_conn_leave(&one->conn))
		http_link_shutdown(link, now);
	if (how == TCP_LEAVE_END && http_conn_is_amid(&one->conn))
		one_late(one, http_conn_cut(&one->conn), now);
	return one->live || http_conn_is_amid(&one->conn);
}

static void one_closed(struct http_link *link, mono_t now)
{
	struct http_one *one = http_link_state(link);

	if (one->live)
		one_close(one, false, now);
}

const struct http_link_ops http_one_link_ops = {.opened = one_opened,
                                                .data = one_data,
                                                .ended = one_ended,
                                                .writable = one_writable,
                                                .expired = one_expired,
                                                .leave = one_leave,
                                                .closed = one_closed};

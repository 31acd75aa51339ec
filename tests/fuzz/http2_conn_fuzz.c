// The server's side of HTTP/2: any bytes behind a preface, cut in any way, lead to requests that
// lie within their heads, to one end of each, and to no more memory than the limit.
#include "proto/http2/http2.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct http_limits *const shared = &http_limits_default;

struct trial {
	struct http2_conn *conn;
	struct http_request request;
	unsigned open; // requests that have not ended
	mono_t now;
};

static void check_within(const struct http_request *request, struct span text)
{
	if (span_left(&text) &&
	    (text.p < request->head || text.end > request->head + request->head_len))
		abort();
}

static void on_request(struct trial *trial)
{
	const struct http_request *request = &trial->request;

	check_within(request, request->method_text);
	check_within(request, request->target_text);
	check_within(request, request->host);
	for (unsigned i = 0; i < request->fields_len; i++) {
		check_within(request, http_request_name(request, i));
		check_within(request, http_request_value(request, i));
	}
	if (request->host.p == request->host.end)
		abort();
	trial->open++;
}

static void answer(struct http2_stream *stream)
{
	struct http2_answer answer;

	http2_answer_begin(&answer, stream, 200, NULL);
	if (http2_answer_end(&answer, 2) == HTTP2_ANSWER_MALFORMED)
		abort();
	if (http2_has_content(stream))
		http2_offer(stream, "ok", 2);
}

static void flush(struct trial *trial)
{
	uint8_t room[1000];
	struct fill out;

	do
		out = fill_of(room, sizeof(room));
	while (!http2_send(trial->conn, &out, trial->now));
}

// False when the connection has ended.
static bool give(struct trial *trial, const uint8_t *bytes, size_t len)
{
	uint8_t *block = malloc(len ? len : 1);
	struct http2_taken taken = {0};
	enum http2_event event;
	struct span part;

	memcpy(block, bytes, len);
	part = span_of(block, len);
	do {
		event = http2_next(trial->conn, &part, &trial->request, &taken, trial->now);
		if (event == HTTP2_REQUEST)
			on_request(trial);
		else if (event == HTTP2_END)
			answer(taken.stream);
		else if (event == HTTP2_GONE)
			trial->open--;
		else if (event == HTTP2_MORE || event == HTTP2_WAIT)
			flush(trial);
		if (trial->open > http2_limits_default.streams_max ||
		    http2_memory_used(trial->conn) > http2_limits_default.memory_bytes)
			abort();
	} while (event != HTTP2_CLOSE && (event != HTTP2_MORE || span_left(&part) > 0));
	free(block);
	return event != HTTP2_CLOSE;
}

// The first byte says how long the parts are, and how much time passes between them.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct trial trial = {.now = {1}};
	size_t step = size ? 1 + data[0] % 64 : 1;
	bool goes_on;

	trial.conn = http2_open(shared, &http2_limits_default, 0, trial.now);
	if (!trial.conn)
		abort();
	goes_on = give(&trial, (const uint8_t *)"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24);
	for (size_t at = 1; at < size && goes_on; at += step) {
		goes_on = give(&trial, data + at, size_min(step, size - at));
		trial.now = mono_add(trial.now, 1000 * (uint64_t)(data[0] >> 6));
		goes_on = goes_on && http2_expire(trial.conn, trial.now) == HTTP2_MORE;
	}
	http2_close(trial.conn);
	return 0;
}

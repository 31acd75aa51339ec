// The server's side of HTTP/1.1: however the client's bytes are cut, the same requests, the same
// content and the same fault come out, and all answers together are framed as they say.
#include "proto/http/http_answer.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LOG_BYTES 131072

// What came out: the parts of requests with a separator behind each.
struct trial {
	struct http_conn conn;
	struct http_request request;
	uint8_t log[LOG_BYTES];
	size_t len;
	bool ended;
};

static struct http_limits limits;

static void note(struct trial *trial, const void *bytes, size_t len)
{
	len = size_min(len, LOG_BYTES - trial->len);
	if (len)
		memcpy(trial->log + trial->len, bytes, len);
	trial->len += len;
}

static void note_char(struct trial *trial, char c)
{
	note(trial, &c, 1);
}

static void note_span(struct trial *trial, struct span text)
{
	note(trial, text.p, span_left(&text));
	note_char(trial, '\n');
}

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
	check_within(request, request->host);
	check_within(request, request->target.path);
	check_within(request, request->target.query);
	note_span(trial, request->method_text);
	note_span(trial, request->target_text);
	note_span(trial, request->host);
	for (unsigned i = 0; i < request->fields_len; i++) {
		check_within(request, http_request_value(request, i));
		note_span(trial, http_request_name(request, i));
		note_span(trial, http_request_value(request, i));
	}
}

static void answer(struct trial *trial)
{
	uint8_t room[256];
	struct fill out = fill_of(room, sizeof(room));
	struct http_answer head;

	http_answer_begin(&head, &trial->conn, &out, 200, NULL);
	if (http_answer_end(&head, 2) != HTTP_ANSWER_WRITTEN)
		abort();
	if (http_answer_has_content(&trial->conn))
		http_answer_sends(&trial->conn, 2);
}

static void on_refused(struct trial *trial)
{
	uint8_t room[HTTP_ANSWER_FAULT_BYTES];
	struct fill out = fill_of(room, sizeof(room));

	note_char(trial, (char)trial->conn.fault);
	if (!http_answer_fault(&trial->conn, &out, NULL) || !trial->conn.close)
		abort();
}

static void on_event(struct trial *trial, enum http_event event, struct span data)
{
	switch (event) {
	case HTTP_BUFFER:
		trial->conn.buffer = malloc(limits.head_bytes);
		break;
	case HTTP_REQUEST:
		on_request(trial);
		free(trial->conn.buffer);
		trial->conn.buffer = NULL;
		break;
	case HTTP_BODY:
		note(trial, data.p, span_left(&data));
		break;
	case HTTP_END:
		note_char(trial, 0);
		answer(trial);
		break;
	case HTTP_REFUSED:
		on_refused(trial);
		break;
	case HTTP_CLOSE:
		trial->ended = true;
		break;
	default:
		abort(); // no answer is left open
	}
}

static void give(struct trial *trial, const uint8_t *bytes, size_t len)
{
	uint8_t *block = malloc(len ? len : 1);
	struct span part, data = {0};
	enum http_event event;

	memcpy(block, bytes, len);
	part = span_of(block, len);
	while (!trial->ended && (event = http_conn_next(&trial->conn, &part, &trial->request, &data,
	                                                (mono_t){0})) != HTTP_MORE)
		on_event(trial, event, data);
	if (part.bad || (!trial->ended && span_left(&part)))
		abort();
	free(block);
}

// Gives the bytes in parts of the lengths, in turn.
static void run(struct trial *trial, const uint8_t *lens, size_t lens_len, struct span bytes)
{
	http_conn_init(&trial->conn, &limits, (mono_t){0});
	trial->len = 0;
	trial->ended = false;
	for (size_t i = 0; span_left(&bytes) && !trial->ended; i++) {
		size_t len = lens_len ? lens[i % lens_len] : span_left(&bytes);
		struct span part = span_sub(&bytes, size_min(len, span_left(&bytes)));

		give(trial, part.p, span_left(&part));
	}
	free(trial->conn.buffer);
	trial->conn.buffer = NULL;
}

// The first bytes say how long parts are, one after the other; LF ends them, so that a corpus is
// legible.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct trial whole, cut;
	size_t lens_len = 0;
	struct span bytes;

	limits = http_limits_default;
	limits.line_bytes = 256;
	limits.head_bytes = 512;
	limits.fields_max = 8;
	limits.body_bytes = 256;
	limits.extension_bytes = 32;
	while (lens_len < size && data[lens_len] != '\n')
		lens_len++;
	if (lens_len == 0 || lens_len == size)
		return 0;
	bytes = span_of(data + lens_len + 1, size - lens_len - 1);
	for (size_t i = 0; i < lens_len; i++)
		if (data[i] == 0)
			return 0;
	run(&whole, NULL, 0, bytes);
	run(&cut, data, lens_len, bytes);
	if (whole.len != cut.len || memcmp(whole.log, cut.log, whole.len) != 0 ||
	    whole.ended != cut.ended)
		abort();
	return 0;
}

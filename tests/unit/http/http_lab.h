// http_lab: a server on the engine, without a network: bytes are given cut in any way, what comes
// out is written down as text, and each request is answered with its own content.
#ifndef HTTP_LAB_H
#define HTTP_LAB_H

#include "harness.h"

#include "proto/http/http_answer.h"
#include "proto/http/http_status.h"

#include <stdio.h>
#include <stdlib.h>

#define LAB_DATE "Sun, 06 Nov 1994 08:49:37 GMT"

struct lab {
	struct http_limits limits;
	struct http_conn conn;
	struct http_request request;
	mono_t now;
	char log[16384]; // of what came: "GET /a host=b 5=hello|" for each request
	size_t log_len;
	char body[8192]; // of the request that is being read
	size_t body_len;
	uint8_t sent[65536]; // the answers
	struct fill out;
	enum http_event last; // of the events
	bool by_hand;         // the test answers
	bool closed;          // nothing is read any more
	unsigned buffers;     // that were asked for
};

static inline void lab_close(struct lab *lab)
{
	free(lab->conn.buffer);
	lab->conn.buffer = NULL;
}

// A lab is static, or was opened before.
static inline void lab_open(struct lab *lab)
{
	lab_close(lab);
	lab->limits = http_limits_default;
	lab->now = (mono_t){1000 * SEC_US};
	lab->log_len = lab->body_len = 0;
	lab->log[0] = 0;
	lab->out = fill_of(lab->sent, sizeof(lab->sent));
	lab->by_hand = lab->closed = false;
	lab->buffers = 0;
	http_conn_init(&lab->conn, &lab->limits, lab->now);
}

static inline bool lab_is(struct span text, const char *want)
{
	return span_left(&text) == strlen(want) && memcmp(text.p, want, strlen(want)) == 0;
}

static inline void lab_note(struct lab *lab, const void *bytes, size_t len)
{
	assert_true(lab->log_len + len < sizeof(lab->log));
	memcpy(lab->log + lab->log_len, bytes, len);
	lab->log[lab->log_len += len] = 0;
}

static inline void lab_note_text(struct lab *lab, const char *text)
{
	lab_note(lab, text, strlen(text));
}

static inline void lab_note_span(struct lab *lab, struct span text)
{
	lab_note(lab, text.p, span_left(&text));
}

// Answers with the status and the text.
static inline void lab_answer(struct lab *lab, unsigned status, const char *text)
{
	struct http_answer answer;

	http_answer_begin(&answer, &lab->conn, &lab->out, status, LAB_DATE);
	assert_int_equal(http_answer_end(&answer, strlen(text)), HTTP_ANSWER_WRITTEN);
	if (http_answer_has_content(&lab->conn))
		assert_int_equal(http_answer_put(&lab->conn, &lab->out, text, strlen(text)),
		                 strlen(text));
}

static inline void lab_on_request(struct lab *lab)
{
	const struct http_request *request = &lab->request;

	lab_note_span(lab, request->method_text);
	lab_note_text(lab, " ");
	lab_note_span(lab, request->target_text);
	lab_note_text(lab, " ");
	lab_note_span(lab, request->host);
	lab->body_len = 0;
	if (!lab->by_hand)
		assert_true(http_answer_continue(&lab->conn, &lab->out));
}

static inline void lab_on_end(struct lab *lab)
{
	char text[32];

	if (lab->body_len) {
		snprintf(text, sizeof(text), " %zu=", lab->body_len);
		lab_note_text(lab, text);
		lab_note(lab, lab->body, lab->body_len);
	}
	lab_note_text(lab, "|");
	if (!lab->by_hand)
		lab_answer(lab, 200, "ok");
}

static inline void lab_on_refused(struct lab *lab)
{
	char text[64];

	snprintf(text, sizeof(text), "%u %s", http_faults[lab->conn.fault].number,
	         http_faults[lab->conn.fault].name);
	lab_note_text(lab, text);
	assert_true(http_answer_fault(&lab->conn, &lab->out, LAB_DATE));
	assert_true(lab->conn.close);
}

static inline void lab_on_event(struct lab *lab, struct span data)
{
	switch (lab->last) {
	case HTTP_BUFFER:
		assert_null(lab->conn.buffer);
		lab->conn.buffer = malloc(lab->limits.head_bytes);
		lab->buffers++;
		break;
	case HTTP_REQUEST:
		lab_on_request(lab);
		lab_close(lab); // the buffer is free to be taken away
		break;
	case HTTP_BODY:
		assert_true(span_left(&data) > 0);
		assert_true(lab->body_len + span_left(&data) <= sizeof(lab->body));
		memcpy(lab->body + lab->body_len, data.p, span_left(&data));
		lab->body_len += span_left(&data);
		break;
	case HTTP_END:
		lab_on_end(lab);
		break;
	case HTTP_REFUSED:
		lab_on_refused(lab);
		break;
	case HTTP_CLOSE:
	case HTTP_RESET:
		lab->closed = true;
		break;
	default:
		break;
	}
}

// Gives bytes in a block of their own, so that a read beyond them is seen; returns how many
// were not taken, because an answer is due or nothing is read any more.
static inline size_t lab_give(struct lab *lab, const void *bytes, size_t len)
{
	uint8_t *block = malloc(len ? len : 1);
	struct span part, data = {0};

	memcpy(block, bytes, len);
	part = span_of(block, len);
	do {
		lab->last = http_conn_next(&lab->conn, &part, &lab->request, &data, lab->now);
		lab_on_event(lab, data);
	} while (!lab->closed && lab->last != HTTP_MORE && lab->last != HTTP_WAIT);
	assert_false(part.bad);
	free(block);
	return span_left(&part);
}

static inline size_t lab_text(struct lab *lab, const char *text)
{
	return lab_give(lab, text, strlen(text));
}

// What was sent since the last call, as text.
static inline const char *lab_sent(struct lab *lab)
{
	fill_u8(&lab->out, 0);
	assert_false(lab->out.bad);
	lab->out = fill_of(lab->sent, sizeof(lab->sent));
	return (const char *)lab->sent;
}

#endif

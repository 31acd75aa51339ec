// http_client_lab: a client on the engine, without a network: requests are written, bytes of a
// server are given cut in any way, what comes of them is written down as text.
#ifndef HTTP_CLIENT_LAB_H
#define HTTP_CLIENT_LAB_H

#include "harness.h"

#include "proto/http/http_call.h"

#include <stdio.h>
#include <stdlib.h>

struct client_lab {
	struct http_limits limits;
	struct http_client client;
	struct http_response response;
	mono_t now;
	char log[16384]; // "200 3=abc|" for each response, "(100)" for each of 1xx
	size_t log_len;
	char body[8192]; // of the response that is being read
	size_t body_len;
	uint8_t sent[65536]; // the requests
	struct fill out;
	enum http_client_event last;
	bool over; // nothing is read any more
};

static inline void client_lab_close(struct client_lab *lab)
{
	free(lab->client.buffer);
	lab->client.buffer = NULL;
}

// A lab is static, or was opened before.
static inline void client_lab_open(struct client_lab *lab)
{
	client_lab_close(lab);
	lab->limits = http_limits_default;
	lab->now = (mono_t){1000 * SEC_US};
	lab->log_len = lab->body_len = 0;
	lab->log[0] = 0;
	lab->out = fill_of(lab->sent, sizeof(lab->sent));
	lab->over = false;
	http_client_init(&lab->client, &lab->limits, lab->now);
}

static inline void client_lab_note(struct client_lab *lab, const void *bytes, size_t len)
{
	assert_true(lab->log_len + len < sizeof(lab->log));
	memcpy(lab->log + lab->log_len, bytes, len);
	lab->log[lab->log_len += len] = 0;
}

static inline void client_lab_note_text(struct client_lab *lab, const char *text)
{
	client_lab_note(lab, text, strlen(text));
}

// What was sent since the last call, as text.
static inline const char *client_lab_sent(struct client_lab *lab)
{
	fill_u8(&lab->out, 0);
	assert_false(lab->out.bad);
	lab->out = fill_of(lab->sent, sizeof(lab->sent));
	return (const char *)lab->sent;
}

static inline struct http_call client_lab_begin(struct client_lab *lab, const char *method,
                                                const char *target)
{
	struct http_call call;

	http_call_begin(&call, &lab->client, &lab->out, method, span_of(target, strlen(target)),
	                span_of("a", 1));
	return call;
}

// Sends a request for each letter: G is GET, H is HEAD, U asks for another protocol, C is CONNECT,
// L is GET and the last.
static inline void client_lab_ask(struct client_lab *lab, const char *letters)
{
	for (; *letters; letters++) {
		struct http_call call;

		lab->client.pipeline_max = HTTP_PIPELINE_MAX;
		assert_true(http_client_is_ready(&lab->client));
		http_call_begin(&call, &lab->client, &lab->out,
		                *letters == 'H'   ? "HEAD"
		                : *letters == 'C' ? "CONNECT"
		                                  : "GET",
		                *letters == 'C' ? span_of("a:1", 3) : span_of("/", 1),
		                *letters == 'C' ? span_of("a:1", 3) : span_of("a", 1));
		if (*letters == 'U')
			http_call_upgrade(&call, "other");
		if (*letters == 'L')
			http_call_close(&call);
		assert_int_equal(http_call_end(&call), HTTP_CALL_WRITTEN);
	}
}

static inline void client_lab_on_end(struct client_lab *lab)
{
	char text[32];

	if (lab->body_len) {
		snprintf(text, sizeof(text), " %zu=", lab->body_len);
		client_lab_note_text(lab, text);
		client_lab_note(lab, lab->body, lab->body_len);
	}
	client_lab_note_text(lab, "|");
	lab->body_len = 0;
}

static inline void client_lab_on_response(struct client_lab *lab, const char *before,
                                          const char *behind)
{
	char text[32];

	snprintf(text, sizeof(text), "%s%u%s", before, lab->response.status, behind);
	client_lab_note_text(lab, text);
	client_lab_close(lab); // the buffer is free to be taken away
}

static inline void client_lab_on_over(struct client_lab *lab, const char *text)
{
	client_lab_note_text(lab, text);
	lab->over = true;
}

static inline void client_lab_on_event(struct client_lab *lab, struct span data)
{
	switch (lab->last) {
	case HTTP_CLIENT_BUFFER:
		assert_null(lab->client.buffer);
		lab->client.buffer = malloc(lab->limits.head_bytes);
		break;
	case HTTP_CLIENT_INTERIM:
		client_lab_on_response(lab, "(", ")");
		break;
	case HTTP_CLIENT_RESPONSE:
		client_lab_on_response(lab, "", "");
		break;
	case HTTP_CLIENT_BODY:
		assert_true(span_left(&data) > 0);
		assert_true(lab->body_len + span_left(&data) <= sizeof(lab->body));
		memcpy(lab->body + lab->body_len, data.p, span_left(&data));
		lab->body_len += span_left(&data);
		break;
	case HTTP_CLIENT_END:
		client_lab_on_end(lab);
		break;
	case HTTP_CLIENT_SWITCHED:
		client_lab_on_response(lab, "", " ");
		client_lab_on_over(lab, "switched");
		break;
	case HTTP_CLIENT_CLOSE:
		client_lab_on_over(lab, "close");
		break;
	case HTTP_CLIENT_REFUSED:
		client_lab_on_over(lab, http_faults[lab->client.fault].name);
		break;
	default:
		break;
	}
}

// Gives bytes in a block of their own, so that a read beyond them is seen; returns how many
// were not taken, because nothing is read any more.
static inline size_t client_lab_give(struct client_lab *lab, const void *bytes, size_t len)
{
	uint8_t *block = malloc(len ? len : 1);
	struct span part, data = {0};

	memcpy(block, bytes, len);
	part = span_of(block, len);
	do {
		lab->last = http_client_next(&lab->client, &part, &lab->response, &data, lab->now);
		client_lab_on_event(lab, data);
	} while (!lab->over && lab->last != HTTP_CLIENT_MORE);
	assert_false(part.bad);
	free(block);
	return span_left(&part);
}

static inline size_t client_lab_text(struct client_lab *lab, const char *text)
{
	return client_lab_give(lab, text, strlen(text));
}

// The server ends the connection.
static inline void client_lab_end(struct client_lab *lab)
{
	while (!lab->over) {
		lab->last = http_client_ended(&lab->client);
		client_lab_on_event(lab, span_of(NULL, 0));
	}
}

#endif

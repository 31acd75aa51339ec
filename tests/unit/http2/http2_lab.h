// http2_lab: a client that writes frames by hand, and a server on the engine that notes what comes
// and answers; what the server sends is written down as text.
#ifndef HTTP2_LAB_H
#define HTTP2_LAB_H

#include "harness.h"

#include "proto/http2/http2.h"

#include <nghttp2/nghttp2.h>
#include <stdio.h>
#include <stdlib.h>

#define LAB_DATE "Sun, 06 Nov 1994 08:49:37 GMT"

enum {
	DATA,
	HEADERS,
	PRIORITY,
	RST_STREAM,
	SETTINGS,
	PUSH_PROMISE,
	PING,
	GOAWAY,
	WINDOW_UPDATE,
	CONTINUATION
};
enum { END_STREAM = 1, ACK = 1, END_HEADERS = 4, PADDED = 8 };

struct lab {
	struct http_limits shared;
	struct http2_limits limits;
	struct http2_conn *conn;
	struct http_request request;
	nghttp2_hd_inflater *inflater;
	mono_t now;
	bool by_hand; // the test answers
	bool closed;
	enum http2_event last;
	unsigned requests, gone, whole, refused;
	struct http2_stream *stream; // of the last request
	char log[65536];             // what came: "GET /a host 5=hello|"
	size_t log_len;
	char sent[1 << 20]; // what was sent, as text
	size_t sent_len;
	uint8_t wire[1 << 18]; // bytes of the server, before they are whole frames
	size_t wire_len;
	bool quiet; // what is sent is dropped
};

static inline void lab_note(char *log, size_t *len, size_t size, const void *bytes, size_t n)
{
	assert_true(*len + n < size);
	memcpy(log + *len, bytes, n);
	log[ *len += n] = 0;
}

static inline void lab_log(struct lab *lab, const void *bytes, size_t len)
{
	lab_note(lab->log, &lab->log_len, sizeof(lab->log), bytes, len);
}

static inline void lab_log_text(struct lab *lab, const char *text)
{
	lab_log(lab, text, strlen(text));
}

static inline void lab_sent(struct lab *lab, const void *bytes, size_t len)
{
	lab_note(lab->sent, &lab->sent_len, sizeof(lab->sent), bytes, len);
}

static inline void lab_sent_text(struct lab *lab, const char *text)
{
	lab_sent(lab, text, strlen(text));
}

static inline void lab_fields(struct lab *lab, const uint8_t *bytes, size_t len)
{
	nghttp2_nv field;
	int flags = 0;

	for (;;) {
		ssize_t n = nghttp2_hd_inflate_hd2(lab->inflater, &field, &flags, bytes, len, 1);

		assert_true(n >= 0);
		bytes += n;
		len -= (size_t)n;
		if (flags & NGHTTP2_HD_INFLATE_FINAL)
			break;
		if (!(flags & NGHTTP2_HD_INFLATE_EMIT))
			continue;
		lab_sent_text(lab, " ");
		lab_sent(lab, field.name, field.namelen);
		lab_sent_text(lab, "=");
		lab_sent(lab, field.value, field.valuelen);
	}
	assert_int_equal(nghttp2_hd_inflate_end_headers(lab->inflater), 0);
}

static inline uint32_t lab_u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

// A frame of the server's. SETTINGS and WINDOW_UPDATE are not written down.
static inline void lab_frame_text(struct lab *lab, const uint8_t *head, const uint8_t *payload,
                                  uint32_t len)
{
	char text[64];
	uint32_t id = lab_u32(head + 5);

	switch (head[3]) {
	case HEADERS:
		snprintf(text, sizeof(text), "%u", id);
		lab_sent_text(lab, text);
		assert_true(head[4] & END_HEADERS);
		lab_fields(lab, payload, len);
		break;
	case DATA:
		snprintf(text, sizeof(text), "%u:", id);
		lab_sent_text(lab, text);
		lab_sent(lab, payload, len);
		break;
	case RST_STREAM:
		snprintf(text, sizeof(text), "%u!%u", id, lab_u32(payload));
		lab_sent_text(lab, text);
		break;
	case GOAWAY:
		snprintf(text, sizeof(text), "GOAWAY %u", lab_u32(payload + 4));
		lab_sent_text(lab, text);
		break;
	case PING:
		lab_sent_text(lab, "PONG");
		break;
	default:
		return;
	}
	lab_sent_text(lab, head[3] <= HEADERS && (head[4] & END_STREAM) ? ".|" : "|");
}

// Has the server send up to `room` bytes; false when more is left.
static inline bool lab_take(struct lab *lab, size_t room)
{
	struct fill out = fill_of(lab->wire + lab->wire_len,
	                          size_min(room, sizeof(lab->wire) - lab->wire_len));
	bool done = http2_send(lab->conn, &out, lab->now);
	uint8_t *p = lab->wire;

	assert_false(out.bad);
	lab->wire_len += fill_len(&out);
	while (lab->wire_len >= 9) {
		uint32_t len = lab_u32(p) >> 8;

		if (lab->wire_len < 9 + len)
			break;
		if (!lab->quiet)
			lab_frame_text(lab, p, p + 9, len);
		p += 9 + len;
		lab->wire_len -= 9 + len;
	}
	memmove(lab->wire, p, lab->wire_len);
	return done;
}

// All that the server wants to send.
static inline void lab_flush(struct lab *lab)
{
	while (!lab_take(lab, 65536)) {
	}
}

static inline void lab_answer(struct lab *lab, struct http2_stream *stream, unsigned status,
                              const char *text)
{
	struct http2_answer answer;

	http2_answer_begin(&answer, stream, status, NULL);
	assert_int_equal(http2_answer_end(&answer, strlen(text)), HTTP2_ANSWER_WRITTEN);
	if (http2_has_content(stream))
		http2_offer(stream, text, strlen(text));
}

static inline void lab_log_span(struct lab *lab, struct span text)
{
	lab_log(lab, text.p, span_left(&text));
}

static inline void lab_on_request(struct lab *lab, struct http2_stream *stream)
{
	lab->requests++;
	lab->stream = stream;
	lab_log_span(lab, lab->request.method_text);
	lab_log_text(lab, " ");
	lab_log_span(lab, lab->request.target_text);
	lab_log_text(lab, " ");
	lab_log_span(lab, lab->request.host);
}

static inline void lab_on_event(struct lab *lab, const struct http2_taken *taken)
{
	switch (lab->last) {
	case HTTP2_REQUEST:
		lab_on_request(lab, taken->stream);
		break;
	case HTTP2_BODY:
		lab_log_text(lab, " ");
		lab_log_span(lab, taken->data);
		break;
	case HTTP2_END:
		lab_log_text(lab, "|");
		if (!lab->by_hand)
			lab_answer(lab, taken->stream, 200, "ok");
		break;
	case HTTP2_REFUSED:
		lab->refused++;
		lab_log_text(lab, http_faults[http2_refused(lab->conn)].name);
		lab_log_text(lab, "|");
		break;
	case HTTP2_GONE:
		lab->gone++;
		lab->whole += http2_stream_is_whole(taken->stream);
		if (lab->stream == taken->stream)
			lab->stream = NULL;
		break;
	case HTTP2_CLOSE:
		lab->closed = true;
		break;
	default:
		break;
	}
}

// Gives bytes in a block of their own, and sends what it leads to.
static inline void lab_give(struct lab *lab, const void *bytes, size_t len)
{
	uint8_t *block = malloc(len ? len : 1);
	struct http2_taken taken;
	struct span part;

	if (len)
		memcpy(block, bytes, len);
	part = span_of(block, len);
	do {
		lab->last = http2_next(lab->conn, &part, &lab->request, &taken, lab->now);
		lab_on_event(lab, &taken);
		if (lab->last == HTTP2_WAIT || lab->last == HTTP2_MORE)
			lab_flush(lab);
	} while (!lab->closed && (span_left(&part) > 0 || lab->last != HTTP2_MORE));
	free(block);
}

// What sending has brought about.
static inline void lab_turn(struct lab *lab)
{
	lab_flush(lab);
	lab_give(lab, NULL, 0);
	lab_flush(lab);
}

static inline void lab_frame(struct lab *lab, unsigned type, unsigned flags, uint32_t id,
                             const void *payload, size_t len)
{
	uint8_t bytes[9 + 20000] = {(uint8_t)(len >> 16), (uint8_t)(len >> 8), (uint8_t)len,
	                            (uint8_t)type,        (uint8_t)flags,      (uint8_t)(id >> 24),
	                            (uint8_t)(id >> 16),  (uint8_t)(id >> 8),  (uint8_t)id};

	assert_true(len <= 20000);
	if (len)
		memcpy(bytes + 9, payload, len);
	lab_give(lab, bytes, 9 + len);
}

static inline void lab_number(struct lab *lab, unsigned type, uint32_t id, uint32_t number)
{
	const uint8_t payload[4] = {(uint8_t)(number >> 24), (uint8_t)(number >> 16),
	                            (uint8_t)(number >> 8), (uint8_t)number};

	lab_frame(lab, type, 0, id, payload, 4);
}

static inline void put_length(struct fill *out, size_t len)
{
	fill_u8(out, (uint8_t)(len < 127 ? len : 127));
	if (len < 127)
		return;
	for (len -= 127; len >= 128; len >>= 7)
		fill_u8(out, (uint8_t)(len | 128));
	fill_u8(out, (uint8_t)len);
}

// "name: value\n" lines as literals of HPACK that no table keeps; returns their bytes.
static inline size_t lab_pack(const char *lines, uint8_t *to, size_t size)
{
	struct fill out = fill_of(to, size);

	while (*lines) {
		const char *colon = strstr(lines + 1, ": "), *end = strchr(lines, '\n');

		assert_true(colon && end && colon < end);
		fill_u8(&out, 0);
		put_length(&out, (size_t)(colon - lines));
		fill_bytes(&out, lines, (size_t)(colon - lines));
		put_length(&out, (size_t)(end - colon - 2));
		fill_bytes(&out, colon + 2, (size_t)(end - colon - 2));
		lines = end + 1;
	}
	assert_false(out.bad);
	return fill_len(&out);
}

static inline void lab_headers(struct lab *lab, uint32_t id, unsigned flags, const char *lines)
{
	uint8_t block[20000];

	lab_frame(lab, HEADERS, END_HEADERS | flags, id, block,
	          lab_pack(lines, block, sizeof(block)));
}

#define LAB_BEGIN(method, path)                                                                    \
	":method: " method "\n:scheme: https\n:path: " path "\n:authority: a\n"

static inline void lab_get(struct lab *lab, uint32_t id)
{
	lab_headers(lab, id, END_STREAM, LAB_BEGIN("GET", "/"));
}

static inline void lab_close(struct lab *lab)
{
	if (lab->conn)
		http2_close(lab->conn);
	if (lab->inflater)
		nghttp2_hd_inflate_del(lab->inflater);
	lab->conn = NULL;
	lab->inflater = NULL;
}

// A lab is static, or was opened before.
static inline void lab_open_limits(struct lab *lab)
{
	lab_close(lab);
	lab->now = (mono_t){1000 * SEC_US};
	lab->by_hand = lab->closed = lab->quiet = false;
	lab->requests = lab->gone = lab->whole = lab->refused = 0;
	lab->stream = NULL;
	lab->log_len = lab->sent_len = lab->wire_len = 0;
	lab->log[0] = lab->sent[0] = 0;
	lab->conn = http2_open(&lab->shared, &lab->limits, 8, lab->now);
	assert_non_null(lab->conn);
	assert_int_equal(nghttp2_hd_inflate_new(&lab->inflater), 0);
}

static inline void lab_open(struct lab *lab)
{
	lab->shared = http_limits_default;
	lab->limits = http2_limits_default;
	lab_open_limits(lab);
}

#define LAB_PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

// A client that has greeted.
static inline void lab_greet(struct lab *lab)
{
	lab_give(lab, LAB_PREFACE, 24);
	lab_frame(lab, SETTINGS, 0, 0, NULL, 0);
}

static inline int lab_setup(struct lab *lab)
{
	lab_open(lab);
	lab_greet(lab);
	return 0;
}

#endif

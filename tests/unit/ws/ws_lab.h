// ws_lab: one end of a WebSocket connection, without a network: frames are written as text, given
// cut in any way, and what comes of them is written down.
#ifndef WS_LAB_H
#define WS_LAB_H

#include "harness.h"

#include "proto/ws/ws_conn.h"

#include <stdio.h>
#include <stdlib.h>

#define LAB_BYTES 70000

struct ws_lab {
	struct ws_limits limits;
	struct ws_conn conn;
	mono_t now;
	uint8_t bytes[LAB_BYTES]; // of ws_lab_frames
	char log[4096]; // "text 5=Hello|", "[8a 00]" of a frame sent, "utf8 1007" of a fault
	size_t log_len;
	char body[LAB_BYTES]; // of the message that is being read
	size_t body_len;
	bool over;
};

static inline void ws_lab_open(struct ws_lab *lab, bool client)
{
	lab->limits = ws_limits_default;
	lab->now = (mono_t){1000 * SEC_US};
	lab->log_len = lab->body_len = 0;
	lab->log[0] = 0;
	lab->over = false;
	ws_conn_init(&lab->conn, &lab->limits, client, lab->now);
}

static inline void ws_lab_note(struct ws_lab *lab, const void *bytes, size_t len)
{
	assert_true(lab->log_len + len < sizeof(lab->log));
	memcpy(lab->log + lab->log_len, bytes, len);
	lab->log[lab->log_len += len] = 0;
}

static inline void ws_lab_note_text(struct ws_lab *lab, const char *text)
{
	ws_lab_note(lab, text, strlen(text));
}

// One part of a frame's text: bytes in hex, 'text', or x and a number in hex of bytes "x". Returns
// what follows.
static inline const char *ws_lab_part(struct fill *out, const char *text)
{
	char *end;

	if (*text == '\'') {
		for (text++; *text != '\''; text++)
			fill_u8(out, (uint8_t)*text);
		return text + 1;
	}
	if (*text == 'x') {
		for (unsigned long n = strtoul(text + 1, &end, 16); n > 0; n--)
			fill_u8(out, 'x');
		return end;
	}
	for (; *text && *text != ' '; text += 2) {
		char digits[3] = {text[0], text[1], 0};

		fill_u8(out, (uint8_t)strtoul(digits, NULL, 16));
	}
	return text;
}

static inline size_t ws_lab_bare(uint8_t *bytes, size_t size, const char *text)
{
	struct fill out = fill_of(bytes, size);

	while (*text)
		text = *text == ' ' ? text + 1 : ws_lab_part(&out, text);
	assert_false(out.bad);
	return fill_len(&out);
}

// Copies one frame with a mask. Its payload may be cut short.
static inline void ws_lab_mask(struct fill *out, struct span *rest)
{
	static const uint8_t mask[] = {0x12, 0x34, 0x56, 0x78};
	unsigned header = ws_frame_header_bytes(rest->p[1]);
	uint64_t length;
	size_t n;

	(void)!ws_frame_length(rest->p, &length);
	fill_u8(out, rest->p[0]);
	fill_u8(out, rest->p[1] | WS_MASKED);
	fill_bytes(out, rest->p + 2, header - 2);
	fill_bytes(out, mask, sizeof(mask));
	rest->p += header;
	n = (size_t)u64_min(length, span_left(rest));
	fill_bytes(out, rest->p, n);
	ws_frame_mask(out->p - n, n, mask, 0);
	rest->p += n;
}

// Writes the frames of the text into lab->bytes, masked if they are a client's; returns how many
// bytes they are.
static inline size_t ws_lab_frames(struct ws_lab *lab, const char *text)
{
	static uint8_t bare[LAB_BYTES];
	struct fill out = fill_of(lab->bytes, sizeof(lab->bytes));
	struct span rest = span_of(bare, ws_lab_bare(bare, sizeof(bare), text));

	if (lab->conn.client)
		fill_bytes(&out, rest.p, span_left(&rest));
	else
		while (span_left(&rest) > 1)
			ws_lab_mask(&out, &rest);
	assert_false(out.bad);
	return fill_len(&out);
}

// "abc", or "x*500" of a long run.
static inline void ws_lab_note_body(struct ws_lab *lab, const char *bytes, size_t len)
{
	char text[32];

	if (len < 100) {
		ws_lab_note(lab, bytes, len);
		return;
	}
	for (size_t i = 1; i < len; i++)
		assert_int_equal(bytes[i], bytes[0]);
	snprintf(text, sizeof(text), "%c*%zu", bytes[0], len);
	ws_lab_note_text(lab, text);
}

static inline void ws_lab_on_end(struct ws_lab *lab)
{
	char text[32];

	snprintf(text, sizeof(text), "%s %zu=", lab->conn.kind == WS_TEXT ? "text" : "binary",
	         lab->body_len);
	ws_lab_note_text(lab, text);
	ws_lab_note_body(lab, lab->body, lab->body_len);
	ws_lab_note_text(lab, "|");
	lab->body_len = 0;
}

static inline void ws_lab_on_close(struct ws_lab *lab)
{
	char text[64];

	if (lab->over)
		return;
	lab->over = true;
	if (lab->conn.fault)
		snprintf(text, sizeof(text), "%s %u", ws_faults[lab->conn.fault].name,
		         ws_faults[lab->conn.fault].number);
	else
		snprintf(text, sizeof(text), "closed %u ", lab->conn.peer_code);
	ws_lab_note_text(lab, text);
}

// Gives bytes in a block of their own, so that an access beyond them is seen.
static inline void ws_lab_give(struct ws_lab *lab, const void *bytes, size_t len)
{
	uint8_t *block = malloc(len ? len : 1);
	struct span part, data = {0};
	enum ws_event event;

	memcpy(block, bytes, len);
	part = span_of(block, len);
	do {
		event = ws_conn_next(&lab->conn, &part, &data, lab->now);
		if (event == WS_DATA) {
			assert_true(span_left(&data) > 0);
			assert_true(lab->body_len + span_left(&data) <= sizeof(lab->body));
			memcpy(lab->body + lab->body_len, data.p, span_left(&data));
			lab->body_len += span_left(&data);
		} else if (event == WS_END) {
			ws_lab_on_end(lab);
		} else if (event == WS_CLOSE) {
			ws_lab_on_close(lab);
		}
	} while (event != WS_MORE && event != WS_CLOSE);
	assert_false(part.bad);
	free(block);
}

// Notes the next frame that was sent, its mask taken off: "[8a 02 6162]".
static inline void ws_lab_note_frame(struct ws_lab *lab, struct span *sent)
{
	unsigned header = ws_frame_header_bytes(sent->p[1]), len = sent->p[1] & 0x7f;
	uint8_t payload[WS_CONTROL_MAX_BYTES];
	char text[64];

	assert_int_equal(!(sent->p[1] & WS_MASKED), !lab->conn.client);
	memcpy(payload, sent->p + header, len);
	if (lab->conn.client)
		ws_frame_mask(payload, len, sent->p + header - WS_MASK_BYTES, 0);
	snprintf(text, sizeof(text), "[%02x %02x%s", sent->p[0], len, len ? " " : "");
	ws_lab_note_text(lab, text);
	if (len > 100)
		ws_lab_note_body(lab, (const char *)payload, len);
	for (unsigned i = 0; i < len && len <= 100; i++) {
		snprintf(text, sizeof(text), "%02x", payload[i]);
		ws_lab_note_text(lab, text);
	}
	ws_lab_note_text(lab, "]");
	sent->p += header + len;
}

// Writes what is due and notes it, but for the close frame of a fault, whose code is noted already.
static inline void ws_lab_note_due(struct ws_lab *lab)
{
	static const uint8_t mask[] = {1, 2, 3, 4};
	uint8_t room[WS_DUE_BYTES];
	struct fill out = fill_of(room, sizeof(room));
	struct span sent;

	assert_true(ws_conn_put_due(&lab->conn, &out, lab->conn.client ? mask : NULL, lab->now));
	sent = span_of(room, fill_len(&out));
	if (lab->conn.fault && span_left(&sent)) {
		assert_int_equal(sent.p[0], 0x88);
		return;
	}
	while (span_left(&sent))
		ws_lab_note_frame(lab, &sent);
}

#endif

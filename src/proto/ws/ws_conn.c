// ws_conn: see the header.
#include "proto/ws/ws_conn.h"

enum ws_conn_state { HEADER, PAYLOAD, OVER };

const struct ws_limits ws_limits_default = {
        .message_bytes = UINT64_C(1) << 20,
        .ping_us = 30 * SEC_US,
        .pong_us = 30 * SEC_US,
        .close_us = 5 * SEC_US,
};

void ws_conn_init(struct ws_conn *conn, const struct ws_limits *limits, bool client, mono_t now)
{
	*conn = (struct ws_conn){.limits = limits, .client = client, .since = now};
}

bool ws_conn_is_code(unsigned code)
{
	return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
	       (code >= 3000 && code <= 4999);
}

static void make_close_due(struct ws_conn *conn, unsigned code, const char *reason)
{
	struct fill out = fill_of(conn->close, sizeof(conn->close));

	if (conn->close_sent || conn->close_due)
		return;
	fill_u16(&out, (uint16_t)code);
	fill_bytes(&out, reason, size_min(strlen(reason), fill_left(&out)));
	conn->close_len = (uint8_t)fill_len(&out);
	conn->close_due = true;
}

void ws_conn_close(struct ws_conn *conn, unsigned code, const char *reason)
{
	assert(ws_conn_is_code(code) && strlen(reason) <= WS_CONTROL_MAX_BYTES - 2);
	if (conn->state != OVER)
		make_close_due(conn, code, reason);
}

static enum ws_event refuse(struct ws_conn *conn, enum ws_fault fault)
{
	unsigned code = ws_faults[fault].number;

	conn->fault = (uint8_t)fault;
	conn->state = OVER;
	conn->pong_due = conn->ping_due = false;
	if (code)
		make_close_due(conn, code, ws_faults[fault].help);
	return WS_CLOSE;
}

// What the first two bytes of a frame say (section 5.2).
static enum ws_fault check_start(const struct ws_conn *conn, uint8_t first, uint8_t second)
{
	unsigned opcode = first & 0x0f;

	if (first & WS_RESERVED)
		return WS_FAULT_RESERVED;
	if (opcode > WS_PONG || (opcode > WS_BINARY && opcode < WS_CLOSE_FRAME))
		return WS_FAULT_OPCODE;
	if (!(second & WS_MASKED) != conn->client)
		return WS_FAULT_MASK;
	if (ws_frame_is_control(opcode))
		return first & WS_FIN && (second & 0x7f) <= WS_CONTROL_MAX_BYTES ? WS_FAULT_NONE
		                                                                 : WS_FAULT_CONTROL;
	if (opcode == WS_CONTINUATION)
		return conn->within ? WS_FAULT_NONE : WS_FAULT_CONTINUATION;
	return conn->within ? WS_FAULT_INTERLEAVED : WS_FAULT_NONE;
}

// A whole header has come.
static enum ws_fault begin_frame(struct ws_conn *conn)
{
	const uint8_t *header = conn->header;
	uint64_t length;

	if (!ws_frame_length(header, &length))
		return WS_FAULT_LENGTH;
	conn->opcode = header[0] & 0x0f;
	conn->fin = header[0] & WS_FIN;
	if (header[1] & WS_MASKED)
		memcpy(conn->mask, header + conn->header_len - WS_MASK_BYTES, WS_MASK_BYTES);
	conn->left = length;
	conn->at = 0;
	conn->header_len = conn->control_len = 0;
	conn->state = PAYLOAD;
	if (ws_frame_is_control(conn->opcode))
		return WS_FAULT_NONE;
	if (conn->opcode != WS_CONTINUATION) {
		conn->kind = conn->opcode;
		conn->within = true;
		conn->message = 0;
		conn->utf8 = (struct ws_utf8){0};
	}
	if (length > conn->limits->message_bytes - conn->message)
		return WS_FAULT_LONG;
	conn->message += length;
	return WS_FAULT_NONE;
}

static enum ws_event read_header(struct ws_conn *conn, struct span *part)
{
	enum ws_fault fault = WS_FAULT_NONE;

	conn->header[conn->header_len++] = span_u8(part);
	if (conn->header_len == 2)
		fault = check_start(conn, conn->header[0], conn->header[1]);
	if (fault == WS_FAULT_NONE && conn->header_len >= 2 &&
	    conn->header_len == ws_frame_header_bytes(conn->header[1]))
		fault = begin_frame(conn);
	return fault == WS_FAULT_NONE ? WS_MORE : refuse(conn, fault);
}

// Sections 5.5.1 and 7.1.5. The code goes back as it came.
static enum ws_event take_close(struct ws_conn *conn)
{
	struct span payload = span_of(conn->control, conn->control_len);
	struct ws_utf8 utf8 = {0};

	conn->peer_code = WS_CODE_NONE;
	if (conn->control_len > 0) {
		conn->peer_code = span_u16(&payload);
		if (payload.bad || !ws_conn_is_code(conn->peer_code))
			return refuse(conn, WS_FAULT_CLOSE);
		if (!ws_utf8_add(&utf8, payload) || !ws_utf8_is_whole(&utf8))
			return refuse(conn, WS_FAULT_UTF8);
		make_close_due(conn, conn->peer_code, "");
	} else if (!conn->close_sent && !conn->close_due) {
		conn->close_due = true;
	}
	conn->close_came = true;
	conn->pong_due = conn->ping_due = false;
	conn->state = OVER;
	return WS_CLOSE;
}

static enum ws_event end_control(struct ws_conn *conn)
{
	if (conn->opcode == WS_CLOSE_FRAME)
		return take_close(conn);
	if (conn->opcode == WS_PING) {
		memcpy(conn->pong, conn->control, conn->control_len);
		conn->pong_len = conn->control_len;
		conn->pong_due = true;
	}
	return WS_MORE;
}

static bool is_closing(const struct ws_conn *conn)
{
	return conn->close_due || conn->close_sent;
}

static enum ws_event end_frame(struct ws_conn *conn)
{
	conn->state = HEADER;
	if (ws_frame_is_control(conn->opcode))
		return end_control(conn);
	if (!conn->fin)
		return WS_MORE;
	if (conn->kind == WS_TEXT && !ws_utf8_is_whole(&conn->utf8))
		return refuse(conn, WS_FAULT_UTF8);
	conn->within = false;
	return is_closing(conn) ? WS_MORE : WS_END;
}

static enum ws_event read_payload(struct ws_conn *conn, struct span *part, struct span *data)
{
	*data = span_sub(part, (size_t)u64_min(conn->left, span_left(part)));
	if (!conn->client) // the part may be written, says the contract
		ws_frame_mask((uint8_t *)(uintptr_t)data->p, span_left(data), conn->mask, conn->at);
	conn->at += span_left(data);
	conn->left -= span_left(data);
	if (ws_frame_is_control(conn->opcode)) {
		memcpy(conn->control + conn->control_len, data->p, span_left(data));
		conn->control_len += (uint8_t)span_left(data);
		return WS_MORE;
	}
	if (conn->kind == WS_TEXT && !ws_utf8_add(&conn->utf8, *data))
		return refuse(conn, WS_FAULT_UTF8);
	return is_closing(conn) ? WS_MORE : WS_DATA;
}

enum ws_event ws_conn_next(struct ws_conn *conn, struct span *part, struct span *data, mono_t now)
{
	enum ws_event event = WS_MORE;

	if (span_left(part) > 0 && !conn->close_sent) {
		conn->since = now;
		conn->pinged = conn->ping_due = false;
	}
	while (event == WS_MORE) {
		if (conn->state == OVER)
			return WS_CLOSE;
		if (conn->state == PAYLOAD && conn->left == 0)
			event = end_frame(conn);
		else if (span_left(part) == 0)
			break;
		else
			event = conn->state == HEADER ? read_header(conn, part)
			                              : read_payload(conn, part, data);
	}
	return event;
}

static bool put_control(struct fill *out, unsigned opcode, const uint8_t *payload, uint8_t len,
                        const uint8_t *mask)
{
	uint8_t *start;

	if (fill_left(out) < (size_t)len + 2 + (mask ? WS_MASK_BYTES : 0))
		return false;
	ws_frame_put(out, opcode, true, len, mask);
	start = out->p;
	fill_bytes(out, payload, len);
	if (mask)
		ws_frame_mask(start, len, mask, 0);
	return true;
}

// The close frame is the last.
bool ws_conn_put_due(struct ws_conn *conn, struct fill *out, const uint8_t *mask, mono_t now)
{
	if (conn->pong_due && put_control(out, WS_PONG, conn->pong, conn->pong_len, mask))
		conn->pong_due = false;
	if (conn->ping_due && put_control(out, WS_PING, NULL, 0, mask))
		conn->ping_due = false;
	if (conn->close_due && !conn->pong_due &&
	    put_control(out, WS_CLOSE_FRAME, conn->close, conn->close_len, mask)) {
		conn->close_due = false;
		conn->close_sent = true;
		conn->since = now;
	}
	return !ws_conn_is_due(conn);
}

size_t ws_conn_put(struct ws_conn *conn, struct fill *out, enum ws_opcode kind, const void *bytes,
                   size_t len, bool last, const uint8_t *mask, bool *whole)
{
	size_t n = size_min(len, fill_left(out) - size_min(fill_left(out), WS_HEADER_MAX_BYTES));
	bool fin = last && n == len;
	uint8_t *start;

	assert(kind == WS_TEXT || kind == WS_BINARY);
	*whole = false;
	if (is_closing(conn) || fill_left(out) < WS_HEADER_MAX_BYTES || (n == 0 && !fin))
		return 0;
	ws_frame_put(out, conn->sent_kind ? WS_CONTINUATION : (unsigned)kind, fin, n, mask);
	start = out->p;
	fill_bytes(out, bytes, n);
	if (mask)
		ws_frame_mask(start, n, mask, 0);
	conn->sent_kind = fin ? 0 : (uint8_t)kind;
	*whole = n == len;
	return n;
}

mono_t ws_conn_deadline(const struct ws_conn *conn)
{
	const struct ws_limits *limits = conn->limits;

	if (conn->state == OVER)
		return MONO_NEVER;
	if (conn->close_sent)
		return mono_add(conn->since, limits->close_us);
	return mono_add(conn->since, limits->ping_us + (conn->pinged ? limits->pong_us : 0));
}

enum ws_event ws_conn_expire(struct ws_conn *conn, mono_t now)
{
	if (conn->state == OVER)
		return WS_CLOSE;
	if (!mono_due(ws_conn_deadline(conn), now))
		return WS_MORE;
	if (conn->close_sent)
		return refuse(conn, WS_FAULT_LINGERS);
	if (conn->pinged)
		return refuse(conn, WS_FAULT_SILENT);
	conn->pinged = conn->ping_due = true;
	return WS_MORE;
}

// http_answer: see the header.
#include "proto/http/http_answer.h"

#include "proto/http/http_char.h"
#include "proto/http/http_conn_internal.h"
#include "proto/http/http_status.h"
#include "proto/http/http_text.h"

static void put_field(struct fill *out, const char *name, const char *value)
{
	http_text_field(out, span_of(name, strlen(name)), span_of(value, strlen(value)));
}

static void put_status(struct fill *out, unsigned status)
{
	const char *phrase = http_status_phrase(status);
	size_t len = strlen(phrase);
	uint8_t *p = fill_take(out, 13 + len + 2);

	if (!p)
		return;
	p = mempcpy(p, "HTTP/1.1 ", 9);
	*p++ = (uint8_t)('0' + status / 100);
	*p++ = (uint8_t)('0' + status / 10 % 10);
	*p++ = (uint8_t)('0' + status % 10);
	*p++ = ' ';
	p = mempcpy(p, phrase, len);
	mempcpy(p, "\r\n", 2);
}

void http_answer_begin(struct http_answer *answer, struct http_conn *conn, struct fill *out,
                       unsigned status, const char *date)
{
	assert(conn->answer == HTTP_CONN_DUE && status >= 101 && status < 1000);
	*answer = (struct http_answer){conn, out, (uint16_t)status, false};
	put_status(out, status);
	if (date)
		http_text_field(out, span_of("Date", 4), span_of(date, HTTP_DATE_BYTES));
}

static bool is_framing(struct span name)
{
	switch (span_left(&name)) {
	case sizeof("connection") - 1:
		return http_char_equal(name, "connection");
	case sizeof("content-length") - 1:
		return http_char_equal(name, "content-length");
	case sizeof("transfer-encoding") - 1:
		return http_char_equal(name, "transfer-encoding");
	default:
		return false;
	}
}

void http_answer_field(struct http_answer *answer, const char *name, struct span value)
{
	struct span name_text = span_of(name, strlen(name));

	if (!*name || !http_char_all(name_text, HTTP_CHAR_TOKEN) || is_framing(name_text) ||
	    !http_char_value(value))
		answer->malformed = true;
	else
		http_text_field(answer->out, name_text, value);
}

void http_answer_text(struct http_answer *answer, const char *name, const char *value)
{
	http_answer_field(answer, name, span_of(value, strlen(value)));
}

// RFC 9112 section 9.3: HTTP/1.1 goes on unless it says otherwise, HTTP/1.0 ends unless it does.
static void put_connection(struct http_answer *answer, bool close)
{
	if (close)
		put_field(answer->out, "Connection", "close");
	else if (!answer->conn->minor)
		put_field(answer->out, "Connection", "keep-alive");
}

static enum http_answer_end end_head(struct http_answer *answer, bool close,
                                     enum http_conn_answer next)
{
	struct http_conn *conn = answer->conn;

	put_connection(answer, close);
	fill_bytes(answer->out, "\r\n", 2);
	if (answer->malformed)
		return HTTP_ANSWER_MALFORMED;
	if (answer->out->bad)
		return HTTP_ANSWER_NO_ROOM;
	conn->close = close;
	conn->answer = (uint8_t)next;
	return HTTP_ANSWER_WRITTEN;
}

enum http_answer_end http_answer_end(struct http_answer *answer, uint64_t length)
{
	struct http_conn *conn = answer->conn;
	bool bare = http_status_is_bare(answer->status);
	bool none = bare || length == 0 || conn->head_only;

	if (!bare) {
		http_text_put(answer->out, "Content-Length: ");
		http_text_number(answer->out, length);
		fill_bytes(answer->out, "\r\n", 2);
	}
	conn->answer_left = length;
	return end_head(answer, !http_conn_may_persist(conn),
	                none ? HTTP_CONN_ANSWERED : HTTP_CONN_SIZED);
}

enum http_answer_end http_answer_end_stream(struct http_answer *answer)
{
	struct http_conn *conn = answer->conn;
	bool none = http_status_is_bare(answer->status) || conn->head_only;

	if (none)
		return end_head(answer, !http_conn_may_persist(conn), HTTP_CONN_ANSWERED);
	if (!conn->minor)
		return end_head(answer, true, HTTP_CONN_UNTIL_END);
	put_field(answer->out, "Transfer-Encoding", "chunked");
	return end_head(answer, !http_conn_may_persist(conn), HTTP_CONN_CODED);
}

enum http_answer_end http_answer_end_upgrade(struct http_answer *answer)
{
	assert(answer->status == 101);
	put_field(answer->out, "Connection", "Upgrade");
	fill_bytes(answer->out, "\r\n", 2);
	if (answer->malformed)
		return HTTP_ANSWER_MALFORMED;
	if (answer->out->bad)
		return HTTP_ANSWER_NO_ROOM;
	http_conn_answered(answer->conn);
	return HTTP_ANSWER_WRITTEN;
}

bool http_answer_has_content(const struct http_conn *conn)
{
	return conn->answer > HTTP_CONN_DUE && conn->answer < HTTP_CONN_ANSWERED;
}

size_t http_answer_put(struct http_conn *conn, struct fill *out, const void *bytes, size_t len)
{
	assert(http_answer_has_content(conn));
	if (conn->answer == HTTP_CONN_CODED)
		return http_chunk_put(out, bytes, len);
	len = size_min(len, fill_left(out));
	fill_bytes(out, bytes, len);
	if (conn->answer == HTTP_CONN_SIZED)
		http_answer_sends(conn, len);
	return len;
}

void http_answer_sends(struct http_conn *conn, uint64_t n)
{
	assert(conn->answer == HTTP_CONN_SIZED && n <= conn->answer_left);
	conn->answer_left -= n;
	if (conn->answer_left == 0)
		http_conn_answered(conn);
}

bool http_answer_last(struct http_conn *conn, struct fill *out)
{
	assert(conn->answer == HTTP_CONN_CODED || conn->answer == HTTP_CONN_UNTIL_END);
	if (conn->answer == HTTP_CONN_CODED)
		http_text_put(out, HTTP_CHUNK_LAST);
	if (out->bad)
		return false;
	http_conn_answered(conn);
	return true;
}

bool http_answer_continue(struct http_conn *conn, struct fill *out)
{
	if (!conn->expects || conn->answer != HTTP_CONN_DUE)
		return true;
	http_text_put(out, "HTTP/1.1 100 Continue\r\n\r\n");
	conn->expects = out->bad;
	return !out->bad;
}

bool http_answer_fault(struct http_conn *conn, struct fill *out, const char *date)
{
	const char *help = http_faults[conn->fault].help;
	struct http_answer answer;

	if (fill_left(out) < HTTP_ANSWER_FAULT_BYTES)
		return false;
	http_answer_begin(&answer, conn, out, http_faults[conn->fault].number, date);
	http_answer_text(&answer, "Content-Type", "text/plain");
	if (http_answer_end(&answer, strlen(help) + 1) != HTTP_ANSWER_WRITTEN)
		return false;
	if (!http_answer_has_content(conn))
		return true;
	http_text_put(out, help);
	fill_u8(out, '\n');
	http_answer_sends(conn, strlen(help) + 1);
	return !out->bad;
}

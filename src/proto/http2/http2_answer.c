// http2_answer: see http2.h: the head of an answer, and its content.
#include "proto/http2/http2_internal.h"

#include "proto/http/http_char.h"
#include "proto/http/http_date.h"
#include "proto/http/http_status.h"
#include "proto/http/http_text.h"

// Copies a field, its name in lower case.
static void put_field(struct http2_answer *answer, const char *name, const void *value, size_t len)
{
	struct http2_answer_field *field = &answer->field[answer->fields_len];
	size_t name_len = strlen(name);
	uint8_t *to = fill_take(&answer->text, name_len + len);

	if (!to || answer->fields_len == HTTP2_ANSWER_FIELDS_MAX) {
		answer->malformed = true;
		return;
	}
	*field = (struct http2_answer_field){to, to + name_len, name_len, len};
	for (size_t i = 0; i < name_len; i++)
		to[i] = (uint8_t)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] | 0x20 : name[i]);
	if (len)
		memcpy(to + name_len, value, len);
	answer->fields_len++;
}

static void put_number(struct http2_answer *answer, const char *name, uint64_t value)
{
	uint8_t digits[20];
	struct fill out = fill_of(digits, sizeof(digits));

	http_text_number(&out, value);
	put_field(answer, name, digits, fill_len(&out));
}

void http2_answer_begin(struct http2_answer *answer, struct http2_stream *stream, unsigned status,
                        const char *date)
{
	assert(!stream->answered && status >= 200 && status < 1000);
	answer->stream = stream;
	answer->text = fill_of(answer->bytes, sizeof(answer->bytes));
	answer->status = (uint16_t)status;
	answer->malformed = false;
	answer->fields_len = 0;
	put_number(answer, ":status", status);
	if (date)
		put_field(answer, "date", date, HTTP_DATE_BYTES);
}

// RFC 9113 section 8.2.2, and the length, which http2_answer_end writes.
static bool is_framing(struct span name)
{
	static const char *const names[] = {"connection", "content-length",   "transfer-encoding",
	                                    "keep-alive", "proxy-connection", "upgrade"};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (http_char_equal(name, names[i]))
			return true;
	return false;
}

void http2_answer_field(struct http2_answer *answer, const char *name, struct span value)
{
	struct span name_text = span_of(name, strlen(name));

	value = http_char_trim(value);
	if (!*name || !http_char_all(name_text, HTTP_CHAR_TOKEN) || is_framing(name_text) ||
	    !http_char_value(value))
		answer->malformed = true;
	else
		put_field(answer, name, value.p, span_left(&value));
}

void http2_answer_text(struct http2_answer *answer, const char *name, const char *value)
{
	http2_answer_field(answer, name, span_of(value, strlen(value)));
}

enum http2_answer_end http2_answer_end(struct http2_answer *answer, uint64_t length)
{
	struct http2_stream *stream = answer->stream;
	bool bare = http_status_is_bare(answer->status);
	bool content = !bare && length != 0 && !stream->head_only;

	if (!bare && length != HTTP2_LENGTH_UNKNOWN)
		put_number(answer, "content-length", length);
	if (answer->malformed)
		return HTTP2_ANSWER_MALFORMED;
	stream->answered = true;
	stream->left = length;
	if (stream->gone || !http2_session_answer(stream, answer, content)) {
		http2_session_reset(stream, HTTP2_INTERNAL_ERROR);
		return HTTP2_ANSWER_GONE;
	}
	stream->content = content;
	return HTTP2_ANSWER_WRITTEN;
}

bool http2_has_content(const struct http2_stream *stream)
{
	return stream->content && !stream->whole && !stream->gone;
}

void http2_offer(struct http2_stream *stream, const void *bytes, size_t len)
{
	stream->offer = span_of(bytes, len);
	if (len && http2_has_content(stream))
		http2_session_resume(stream);
}

bool http2_keep(struct http2_stream *stream)
{
	size_t len = span_left(&stream->offer);
	void *kept;

	if (len == 0)
		return true;
	kept = http2_memory_alloc(len, &stream->conn->memory);
	if (!kept) {
		(void)http2_fail(stream->conn, HTTP2_FAULT_MEMORY);
		return false;
	}
	memcpy(kept, stream->offer.p, len);
	http2_memory_free(stream->kept, &stream->conn->memory);
	stream->kept = kept;
	stream->offer = span_of(kept, len);
	return true;
}

size_t http2_offered(const struct http2_stream *stream)
{
	return span_left(&stream->offer);
}

void http2_last(struct http2_stream *stream)
{
	stream->last = true;
	if (http2_has_content(stream))
		http2_session_resume(stream);
}

void http2_reset(struct http2_stream *stream)
{
	http2_session_reset(stream, HTTP2_INTERNAL_ERROR);
}

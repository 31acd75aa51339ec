// http_reply: what a handler answers to a request, as data: status, fields, and what the content
// is. Knows no version of HTTP and no connection; http_exchange_answer sends it.
#ifndef APPS_HTTP_HTTP_REPLY_H
#define APPS_HTTP_HTTP_REPLY_H

#include "core/span.h"

#define HTTP_REPLY_FIELDS_MAX 16
#define HTTP_REPLY_COPY_BYTES 8192 // of HTTP_CONTENT_BYTES at most

#define HTTP_REPLY_UNKNOWN                                                                         \
	UINT64_MAX // the length of a stream that ends when http_exchange_end says so

enum http_content {
	HTTP_CONTENT_NONE,
	HTTP_CONTENT_BYTES,  // reply.bytes, which are copied within the call
	HTTP_CONTENT_HELD,   // reply.bytes, which stay as they are until the handler's `closed`
	HTTP_CONTENT_STREAM, // written by http_exchange_write: reply.length bytes
};

struct http_reply_field {
	const char *name; // a token; not one of the framing's (Content-Length, Connection, ...)
	struct span value;
};

// Memory that the spans point to is borrowed for the call of http_exchange_answer.
struct http_reply {
	uint16_t status; // one of proto/http/http_status.h
	uint8_t fields_len;
	uint8_t content; // enum http_content
	struct span bytes;
	uint64_t length;
	struct http_reply_field field[HTTP_REPLY_FIELDS_MAX];
};

// A reply without fields and content. Date is added when it is sent.
static inline void http_reply_init(struct http_reply *reply, unsigned status)
{
	reply->status = (uint16_t)status;
	reply->fields_len = 0;
	reply->content = HTTP_CONTENT_NONE;
	reply->length = 0;
}

// Adds a field. A name or value that would break the message makes the answer a 500 later.
static inline void http_reply_field(struct http_reply *reply, const char *name, struct span value)
{
	assert(reply->fields_len < HTTP_REPLY_FIELDS_MAX);
	reply->field[reply->fields_len++] = (struct http_reply_field){name, value};
}

static inline void http_reply_text(struct http_reply *reply, const char *name, const char *value)
{
	http_reply_field(reply, name, span_of(value, strlen(value)));
}

// The content, with its type: all of it, to be copied (up to HTTP_REPLY_COPY_BYTES) or held.
static inline void http_reply_bytes(struct http_reply *reply, const char *type, const void *bytes,
                                    size_t len)
{
	assert(len <= HTTP_REPLY_COPY_BYTES);
	http_reply_text(reply, "Content-Type", type);
	reply->content = HTTP_CONTENT_BYTES;
	reply->bytes = span_of(bytes, len);
}

static inline void http_reply_held(struct http_reply *reply, const void *bytes, size_t len)
{
	reply->content = HTTP_CONTENT_HELD;
	reply->bytes = span_of(bytes, len);
}

// Content that follows by http_exchange_write: length bytes, or HTTP_REPLY_UNKNOWN.
static inline void http_reply_stream(struct http_reply *reply, uint64_t length)
{
	reply->content = HTTP_CONTENT_STREAM;
	reply->length = length;
}

#endif

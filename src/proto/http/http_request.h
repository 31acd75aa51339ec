// http_request: a request's head as its parts, which lie in the bytes that were received
// (RFC 9112 sections 2 to 6). Whatever two servers could understand in different ways is refused.
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include "proto/http/http_fault.h"
#include "proto/http/http_field.h"
#include "proto/http/http_limits.h"
#include "proto/http/http_target.h"

enum http_framing {
	HTTP_NO_BODY,
	HTTP_LENGTH,  // `length` bytes follow the head, at least one
	HTTP_CHUNKED, // chunks follow the head
};

// Spans point into the head.
struct http_request {
	const uint8_t *head; // borrowed
	uint32_t head_len;
	enum http_method method;
	struct span method_text;
	struct span target_text;
	struct http_target target;
	struct span host; // with its port; of the target if it has one, otherwise of Host
	uint8_t minor;    // of the version, 1 for all above
	bool keep_alive;  // the client does not ask for the connection to be closed
	bool expects;     // the client waits for 100 (Continue) before it sends the content
	enum http_framing framing;
	uint64_t length; // of HTTP_LENGTH
	uint16_t fields_len;
	struct http_field fields[HTTP_FIELDS_MAX];
};

// Of a head of which nothing was understood.
void http_request_init(struct http_request *request, const uint8_t *head, uint32_t len);

// Parses a head, which http_head_scan found: len bytes that end with a blank line. Returns
// HTTP_FAULT_NONE, or why it is refused; `request` is then valid up to where the fault is, which
// is enough to log method_text and target_text, empty if they were not reached.
enum http_fault http_request_parse(struct http_request *request, const uint8_t *head, uint32_t len,
                                   const struct http_limits *limits) MUST_CHECK;

static inline struct span http_request_name(const struct http_request *request, unsigned field)
{
	const struct http_field *f = &request->fields[field];

	return span_of(request->head + f->name_at, f->name_len);
}

static inline struct span http_request_value(const struct http_request *request, unsigned field)
{
	const struct http_field *f = &request->fields[field];

	return span_of(request->head + f->value_at, f->value_len);
}

// Iterates over the fields of one name, in their order: the index of the first one from `from`
// on, fields_len if there is none.
unsigned http_request_find(const struct http_request *request, enum http_field_id id,
                           unsigned from) PURE;

// The value of the only field of that name. False if there is none, or there are several, which
// together are a list.
bool http_request_only(const struct http_request *request, enum http_field_id id,
                       struct span *value);

#endif

// http_request: a request's head as its parts, which lie in the bytes that were received
// (RFC 9112 sections 2 to 6). Whatever two servers could understand in different ways is refused.
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include "proto/http/http_framing.h"
#include "proto/http/http_limits.h"
#include "proto/http/http_target.h"

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

static inline struct http_fields http_request_fields(const struct http_request *request)
{
	return (struct http_fields){request->head, request->fields, request->fields_len};
}

static inline struct span http_request_name(const struct http_request *request, unsigned field)
{
	return http_fields_name(http_request_fields(request), field);
}

static inline struct span http_request_value(const struct http_request *request, unsigned field)
{
	return http_fields_value(http_request_fields(request), field);
}

// As http_fields_find and http_fields_only.
unsigned http_request_find(const struct http_request *request, enum http_field_id id,
                           unsigned from) PURE;
bool http_request_only(const struct http_request *request, enum http_field_id id,
                       struct span *value);

#endif

// http_response: a response's head as its parts, which lie in the bytes that were received
// (RFC 9112 sections 4 to 6). http_request.h has the other direction; fields and framing are parsed
// by the same functions.
#ifndef HTTP_RESPONSE_H
#define HTTP_RESPONSE_H

#include "proto/http/http_framing.h"
#include "proto/http/http_limits.h"

// What of a request decides how its response ends.
enum http_expected {
	HTTP_EXPECT_CONTENT,
	HTTP_EXPECT_HEAD,    // the request's method is HEAD
	HTTP_EXPECT_UPGRADE, // the request has Upgrade: 101 leaves HTTP
	HTTP_EXPECT_TUNNEL,  // CONNECT: a status of 200 to 299 leaves HTTP
};

// Spans point into the head.
struct http_response {
	const uint8_t *head; // borrowed
	uint32_t head_len;
	uint16_t status; // 100 to 599
	uint8_t minor;   // of the version, 1 for all above
	bool keep_alive; // the connection can be used again when the content has ended
	bool switches;   // what follows the head is no HTTP
	struct span phrase;
	enum http_framing framing;
	uint64_t length; // of HTTP_LENGTH
	uint16_t fields_len;
	struct http_field fields[HTTP_FIELDS_MAX];
};

// Parses a head, which http_head_scan found: len bytes that end with a blank line. Returns
// HTTP_FAULT_NONE, or why it is refused; `response` is then valid up to where the fault is.
enum http_fault http_response_parse(struct http_response *response, const uint8_t *head,
                                    uint32_t len, enum http_expected expected,
                                    const struct http_limits *limits) MUST_CHECK;

static inline struct http_fields http_response_fields(const struct http_response *response)
{
	return (struct http_fields){response->head, response->fields, response->fields_len};
}

// As http_fields_only.
bool http_response_only(const struct http_response *response, enum http_field_id id,
                        struct span *value);

#endif

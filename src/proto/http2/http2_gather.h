// http2_gather: the fields of a head while it is decompressed, one after another, within limits.
// What they say as a whole is http2_request.h's.
#ifndef HTTP2_GATHER_H
#define HTTP2_GATHER_H

#include "core/span.h"
#include "proto/http/http_fault.h"
#include "proto/http/http_limits.h"
#include "proto/http2/http2_memory.h"

// Fields in the order in which they came: two lengths of 16 bits, name, value. All zeros: none.
struct http2_gather {
	uint8_t *bytes; // of `memory`
	uint32_t size, len;
	uint32_t list_bytes; // as SETTINGS_MAX_HEADER_LIST_SIZE counts: 32 for each field
	uint32_t fields;
	enum http_fault fault; // the fields are too many or too long
};

#define HTTP2_GATHER_FIELD_BYTES 32 // RFC 9113 section 6.5.2

// Adds a field, or remembers that there was no room for it in the limits. False without memory.
bool http2_gather_add(struct http2_gather *gather, struct http2_memory *memory,
                      const struct http_limits *limits, struct span name,
                      struct span value) MUST_CHECK;
// Begins again; a large buffer is given back.
void http2_gather_clear(struct http2_gather *gather, struct http2_memory *memory);
void http2_gather_free(struct http2_gather *gather, struct http2_memory *memory);

#endif

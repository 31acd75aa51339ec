// http_query: the parameters of a target's query, in the form that HTML's forms and most programs
// send: "name=value&name=value", with "+" for a blank and "%XX" (WHATWG URL, section 5.1).
#ifndef HTTP_QUERY_H
#define HTTP_QUERY_H

#include "core/span.h"

#define HTTP_QUERY_NAME_BYTES  32 // with the NUL
#define HTTP_QUERY_VALUE_BYTES 256

// Decoded. A pair without "=" has an empty value.
struct http_query_pair {
	char name[HTTP_QUERY_NAME_BYTES], value[HTTP_QUERY_VALUE_BYTES];
};

enum http_query_result {
	HTTP_QUERY_PAIR,
	HTTP_QUERY_END,
	HTTP_QUERY_BAD, // too long, a NUL, or "%" without two hex digits
};

// Takes the next pair off the query; empty ones are passed over.
enum http_query_result http_query_next(struct span *query, struct http_query_pair *pair) MUST_CHECK;

#endif

// http_method: the methods of RFC 9110 section 9.3, and PATCH (RFC 5789).
#ifndef HTTP_METHOD_H
#define HTTP_METHOD_H

#include "core/span.h"

#define HTTP_METHOD_LIST(M)                                                                        \
	M(GET) M(HEAD) M(POST) M(PUT) M(DELETE) M(CONNECT) M(OPTIONS) M(TRACE) M(PATCH)

enum http_method {
	HTTP_OTHER, // a token that is none of them
#define HTTP_METHOD_ENUM(name) HTTP_##name,
	HTTP_METHOD_LIST(HTTP_METHOD_ENUM)
#undef HTTP_METHOD_ENUM
	        HTTP_METHODS
};

#define HTTP_METHOD_MAX_BYTES 32 // of one that is answered by other than 501

// Case counts (RFC 9110 section 9.1).
enum http_method http_method_of(struct span text) PURE;

// "GET"; "" of HTTP_OTHER.
const char *http_method_text(enum http_method method) PURE;

#endif

// http_coding: which of the stored forms of a file a client gets (RFC 9110 section 12.5.3): plain,
// or compressed beforehand by one of the codings that browsers know.
#ifndef HTTP_CODING_H
#define HTTP_CODING_H

#include "proto/http/http_request.h"

// In the order of preference when a client likes several equally: the smallest first, about.
enum http_coding {
	HTTP_CODING_BR,
	HTTP_CODING_ZSTD,
	HTTP_CODING_GZIP,
	HTTP_CODING_IDENTITY,
	HTTP_CODINGS
};

// "br", as in Content-Encoding; "identity" is not sent.
const char *http_coding_name(enum http_coding coding) PURE;

// ".br", behind the name of the plain file; "" of identity.
const char *http_coding_suffix(enum http_coding coding) PURE;

// The stored form with the highest weight, by the order above among equals. `stored` has the bit
// 1 << coding of each form. A request without Accept-Encoding gets identity, and so does one that
// excludes all that is stored, as the RFC advises. What is chosen varies by Accept-Encoding, which
// the answer's Vary says when more than one form is stored.
enum http_coding http_coding_choose(const struct http_request *request, unsigned stored) PURE;

#endif

// http_precondition: whether a request is carried out, by what the client knows of the
// representation (RFC 9110 section 13).
#ifndef HTTP_PRECONDITION_H
#define HTTP_PRECONDITION_H

#include "proto/http/http_request.h"

// What is known of the representation that would be sent.
struct http_validator {
	struct span etag;    // "\"abc\"", or with W/ before it; empty: none
	uint64_t modified_s; // Last-Modified, since 1970
	bool has_modified;
	bool missing; // there is no representation
};

enum http_precondition {
	HTTP_PROCEED,
	HTTP_NOT_MODIFIED, // 304, of GET and HEAD
	HTTP_FAILED,       // 412
};

// Evaluates If-Match, If-Unmodified-Since, If-None-Match and If-Modified-Since in the order of
// section 13.2.2. To be asked when the answer without them would be 2xx. now_s is for years of two
// digits.
enum http_precondition http_precondition_check(const struct http_request *request,
                                               const struct http_validator *validator,
                                               uint64_t now_s) MUST_CHECK;

// Whether a Range counts, by If-Range (section 13.1.5): there is none, or it matches strongly.
bool http_precondition_range(const struct http_request *request,
                             const struct http_validator *validator, uint64_t now_s) MUST_CHECK;

#endif

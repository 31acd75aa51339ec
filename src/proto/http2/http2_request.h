// http2_request: a request's field section (RFC 9113 section 8.3) as the same struct http_request
// that a head of HTTP/1.1 becomes: the fields that were gathered are checked as a whole. Knows
// nothing of frames or of the library: what that lets pass is refused here.
#ifndef HTTP2_REQUEST_H
#define HTTP2_REQUEST_H

#include "proto/http/http_request.h"
#include "proto/http2/http2_gather.h"

// Reads what was gathered. `ended`: no content follows. Returns HTTP_FAULT_NONE, or why the request
// is refused; spans of `request` point into the gathered bytes. A request's target is that of the
// origin form, or "*", or, of CONNECT, its authority; its host is the authority.
enum http_fault http2_request_parse(struct http_request *request, const struct http2_gather *gather,
                                    bool ended, const struct http_limits *limits) MUST_CHECK;

#endif

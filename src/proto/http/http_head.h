// http_head: finds the end of a request's head in bytes that come in parts, and applies the
// limits of its lines on the way. Does not look into the lines: http_request.h does.
#ifndef HTTP_HEAD_H
#define HTTP_HEAD_H

#include "core/span.h"
#include "proto/http/http_fault.h"
#include "proto/http/http_limits.h"

// How far a head has been scanned; all zeros: not at all.
struct http_head {
	uint32_t len;      // of what was scanned
	uint32_t line_len; // of the line that has not ended, within that
	uint32_t lines;    // that have ended
	bool cr;           // the last byte was CR
};

enum http_head_next { HTTP_HEAD_MORE, HTTP_HEAD_END, HTTP_HEAD_REFUSED };

// Scans bytes that follow those before. HTTP_HEAD_END: the head ends with the byte before part->p,
// and has head->len bytes with its blank line. HTTP_HEAD_MORE: the part is used up. The outcome
// does not depend on where the parts are cut.
enum http_head_next http_head_scan(struct http_head *head, const struct http_limits *limits,
                                   struct span *part, enum http_fault *fault) MUST_CHECK;

#endif

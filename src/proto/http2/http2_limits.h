// http2_limits: what a client may ask of a connection of HTTP/2, beside the limits of a request
// that both versions share (proto/http/http_limits.h: head_bytes, fields_max, body_bytes,
// requests_max, and the times).
#ifndef HTTP2_LIMITS_H
#define HTTP2_LIMITS_H

#include "proto/http/http_limits.h"

// Frames that do no work of a request's own (resets, PING, SETTINGS, WINDOW_UPDATE, tiny DATA, ...)
// are paid for from a credit, which grows with time and with what the client is really served. A
// client without credit is disconnected (http2_watch.h says what each frame costs).
struct http2_limits {
	uint32_t streams_max;      // requests at a time (SETTINGS_MAX_CONCURRENT_STREAMS)
	uint32_t window_bytes;     // of content that a client may send ahead, 65535 or more
	uint32_t memory_bytes;     // of a connection, for the library and for streams
	uint32_t continuation_max; // frames that carry one head, behind its first
	uint32_t credit_max;       // also what a connection begins with
	uint32_t credit_per_s;     // by which it grows
};

// 100 requests at a time, 64 KiB ahead, 256 KiB of memory; 2000 frames and 200 a second.
extern const struct http2_limits http2_limits_default;

#endif

// http_limits: what a client may ask of a connection, in each dimension. The bytes are the
// client's, with line ends.
#ifndef HTTP_LIMITS_H
#define HTTP_LIMITS_H

#include "core/mono.h"

#define HTTP_HEAD_MAX_BYTES 65535 // offsets into a head have 16 bits
#define HTTP_FIELDS_MAX     100

struct http_limits {
	uint32_t line_bytes;      // of the request line, and of each field; at most head_bytes
	uint32_t head_bytes;      // at most HTTP_HEAD_MAX_BYTES; also of a trailer
	uint32_t fields_max;      // at most HTTP_FIELDS_MAX
	uint32_t extension_bytes; // of all extensions of a content's chunks
	uint64_t body_bytes;      // of content
	uint64_t drain_bytes;     // of content that is read although the answer has been given
	uint32_t requests_max;    // of a connection

	uint64_t idle_us; // until the first byte of a request
	uint64_t head_us; // from that until the end of its head
	uint64_t body_us; // within which progress_bytes of content come, or all that is left
	uint64_t send_us; // within which the client takes as many of the answers
	uint32_t progress_bytes;
};

// 8 KiB a line, 16 KiB a head, 1 MiB of content, 10 to 60 seconds.
extern const struct http_limits http_limits_default;

#endif

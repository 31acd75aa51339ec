// http_range: parts of a representation (RFC 9110 section 14): what a client asks for, and the
// frames of an answer of several parts.
#ifndef HTTP_RANGE_H
#define HTTP_RANGE_H

#include "proto/http/http_request.h"

#define HTTP_RANGES_MAX 16

// Bytes from `first` to `last`, both within.
struct http_range {
	uint64_t first, last;
};

struct http_ranges {
	unsigned len;
	struct http_range range[HTTP_RANGES_MAX];
};

enum http_range_kind {
	HTTP_RANGE_NONE,    // there is no Range that counts: send all with 200
	HTTP_RANGE_PARTS,   // 206: at least one, each within the representation, in the client's
	                    // order
	HTTP_RANGE_OUTSIDE, // 416: none of them is within
};

// Reads the Range of a GET for `length` bytes. It does not count (section 14.2) when it is
// malformed, of another unit, has more than HTTP_RANGES_MAX ranges, or when ranges overlap: each of
// those could make an answer of many times the file.
enum http_range_kind http_range_read(const struct http_request *request, uint64_t length,
                                     struct http_ranges *ranges) MUST_CHECK;

// "bytes 0-4/10", the value of Content-Range; of a 416 with range NULL: "bytes */10".
#define HTTP_RANGE_TEXT_BYTES 70
void http_range_text(struct fill *out, const struct http_range *range, uint64_t length);

// Content of multipart/byteranges: a frame before each part, and one at the end. The boundary is
// `boundary`, a token that does not occur in the file but by a chance that random text of 128 bits
// leaves.
void http_range_frame(struct fill *out, const char *boundary, const char *type,
                      const struct http_range *range, uint64_t length);
void http_range_frame_last(struct fill *out, const char *boundary);

// The length of that content, frames and all.
uint64_t http_range_content_len(const struct http_ranges *ranges, const char *boundary,
                                const char *type, uint64_t length) PURE;

#endif

// http_chunk: content in chunks (RFC 9112 section 7.1): takes the frames off as the bytes come,
// cut anywhere, without a copy. Extensions and trailers are checked and dropped: a trailer taken
// for a header could change what the head has said.
#ifndef HTTP_CHUNK_H
#define HTTP_CHUNK_H

#include "core/span.h"
#include "proto/http/http_fault.h"
#include "proto/http/http_limits.h"

// All zeros: before the first chunk.
struct http_chunk {
	uint64_t left;       // of the chunk's data
	uint64_t body;       // sum of the sizes of chunks so far
	uint32_t extensions; // bytes of them so far
	uint32_t trailer;    // bytes of it so far
	uint16_t trailer_fields;
	uint8_t state;  // enum chunk_state of http_chunk.c
	uint8_t digits; // of the chunk's size
};

enum http_chunk_next {
	HTTP_CHUNK_MORE,    // the part is used up
	HTTP_CHUNK_DATA,    // some bytes of data, at least one
	HTTP_CHUNK_END,     // the last chunk and the trailer have ended
	HTTP_CHUNK_REFUSED, // see *fault
};

// Takes what comes next from bytes that follow those before. Neither the
// sum of the data nor the fault depends on where the parts are cut.
enum http_chunk_next http_chunk_next(struct http_chunk *chunk, const struct http_limits *limits,
                                     struct span *part, struct span *data,
                                     enum http_fault *fault) MUST_CHECK;

#define HTTP_CHUNK_SIZE_BYTES 18 // at most, of what http_chunk_put_size writes

// Writes what goes before `len` bytes of data, at least one: their number and CR LF. CR LF
// follows the data.
void http_chunk_put_size(struct fill *out, uint64_t len);

// Writes a chunk with as many of the bytes as there is room for; returns how many. None of no
// bytes, which would be the last chunk.
size_t http_chunk_put(struct fill *out, const void *bytes, size_t len) MUST_CHECK;

#define HTTP_CHUNK_CRLF "\r\n"
#define HTTP_CHUNK_LAST "0\r\n\r\n" // ends the content

#endif

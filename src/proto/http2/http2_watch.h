// http2_watch: follows the frames of a client (RFC 9113 section 4.1) before the library reads them:
// cuts what came at the ends of frames, and says what each frame costs. Reads heads of frames only.
#ifndef HTTP2_WATCH_H
#define HTTP2_WATCH_H

#include "core/span.h"
#include "proto/http2/http2_fault.h"
#include "proto/http2/http2_limits.h"

#define HTTP2_WATCH_PREFACE_BYTES 24
#define HTTP2_FRAME_HEAD_BYTES    9

// Whether a connection of which these bytes have come first is one of HTTP/2 (section 3.4).
// No request of HTTP/1 begins so: "PRI" is no method.
enum http2_watch_preface { HTTP2_WATCH_NO, HTTP2_WATCH_MAYBE, HTTP2_WATCH_YES };
enum http2_watch_preface http2_watch_preface(struct span begin) PURE;

// What a frame takes of a client's credit.
#define HTTP2_COST_RESET    10 // a request that the client gives up, or that we have to reset
#define HTTP2_COST_SETTINGS 4
#define HTTP2_COST_FRAME    1 // of others but HEADERS, CONTINUATION, and DATA with content in it

#define HTTP2_TINY_DATA_BYTES 64 // DATA of fewer bytes, that is not the last of a request, costs

// All zeros: before the preface.
struct http2_watch {
	uint8_t head[HTTP2_FRAME_HEAD_BYTES];
	uint8_t head_len;    // bytes of it that have come
	uint8_t preface_len; // likewise
	bool in_block;       // a head (field block) goes on in the next frame
	uint32_t left;       // bytes of the frame's payload that have not come
	uint32_t block_bytes;
	uint32_t block_frames;
};

struct http2_watched {
	struct span slice;      // up to the end of a frame, or of the part; maybe nothing
	unsigned cost;          // of the frame whose head ended in the slice
	enum http2_fault fault; // why the slice is not to be read
};

// Splits the next slice off the part, which is not empty. The head of a frame comes in one slice,
// which points into `watch` when it came in several parts: libnghttp2 takes each piece of the head
// of a CONTINUATION for another one, and refuses a client whose bytes were cut there.
struct http2_watched http2_watch_next(struct http2_watch *watch, const struct http_limits *shared,
                                      const struct http2_limits *limits,
                                      struct span *part) MUST_CHECK;

// Whether something has begun that has not ended: the preface, a frame, or a head.
bool http2_watch_within(const struct http2_watch *watch) PURE;

#endif

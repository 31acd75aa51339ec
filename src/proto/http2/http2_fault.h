// http2_fault: why a connection of HTTP/2 is ended. A request that is refused by itself has an
// enum http_fault, as one of HTTP/1.1 has, and the connection goes on.
#ifndef HTTP2_FAULT_H
#define HTTP2_FAULT_H

#include "core/base.h"

#define HTTP2_FAULT_LIST(F)                                                                        \
	F(PROTOCOL, "protocol", "a frame, or the order of frames, breaks RFC 9113 or RFC 7541")    \
	F(PREFACE, "preface", "the connection does not begin with the preface of HTTP/2")          \
	F(HEAD_LONG, "head_long", "a head is longer than head_bytes, before it is decompressed")   \
	F(CONTINUATIONS, "continuations", "a head comes in more frames than continuation_max")     \
	F(FLOOD, "flood", "more frames that serve no request than the client had credit for")      \
	F(MEMORY, "memory", "the connection needed more memory than memory_bytes")                 \
	F(SLOW_HEAD, "slow_head", "the preface, a head or a frame did not come within head_us")    \
	F(SLOW_READER, "slow_reader", "the client took no bytes of its answers within send_us")    \
	F(REQUESTS, "requests", "the client sent requests_max requests")                           \
	F(IDLE, "idle", "no request came within idle_us")

enum http2_fault {
	HTTP2_FAULT_NONE,
#define HTTP2_FAULT_ENUM(id, name, help) HTTP2_FAULT_##id,
	HTTP2_FAULT_LIST(HTTP2_FAULT_ENUM)
#undef HTTP2_FAULT_ENUM
	        HTTP2_FAULTS
};

#endif

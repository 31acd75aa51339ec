// http_fault: why the peer's bytes are refused, or its connection is ended: the only error of the
// engine. Each has the status of a server's answer (0: none is sent), a name, and a help text.
#ifndef HTTP_FAULT_H
#define HTTP_FAULT_H

#include "core/fault.h"

#define HTTP_FAULT_LIST(F)                                                                         \
	F(BLANK, 400, "blank", "more than one blank line before a request")                        \
	F(LINE_END, 400, "line_end", "a line does not end with CR LF")                             \
	F(LINE_LONG, 414, "line_long", "the request line is longer than line_bytes")               \
	F(FIELD_LONG, 431, "field_long", "a field is longer than line_bytes")                      \
	F(FIELDS_MANY, 431, "fields_many", "more fields than fields_max")                          \
	F(HEAD_LONG, 431, "head_long", "the head is longer than head_bytes")                       \
	F(REQUEST_LINE, 400, "request_line",                                                       \
	  "the request line is not a method, a target and a version with one space between")       \
	F(METHOD_LONG, 501, "method_long", "the method is longer than any that is known")          \
	F(VERSION, 505, "version", "the version is not HTTP/1")                                    \
	F(TARGET, 400, "target",                                                                   \
	  "the target has none of its four forms, or an octet that is not "                        \
	  "allowed in it")                                                                         \
	F(FOLD, 400, "fold", "a line of the head begins with white space")                         \
	F(FIELD_NAME, 400, "field_name", "a field has no name, or a name that is not a token")     \
	F(FIELD_VALUE, 400, "field_value", "a field's value has a control character")              \
	F(HOST_MISSING, 400, "host_missing", "there is no Host")                                   \
	F(HOST_TWICE, 400, "host_twice", "there are two Hosts")                                    \
	F(HOST, 400, "host", "the host is not a name or an address, with or without a port")       \
	F(LENGTH, 400, "length", "the Content-Length is not a number")                             \
	F(LENGTH_TWICE, 400, "length_twice", "there are two Content-Lengths")                      \
	F(LENGTH_CODED, 400, "length_coded",                                                       \
	  "Content-Length and Transfer-Encoding are both there")                                   \
	F(CODING, 501, "coding", "a transfer coding is not known")                                 \
	F(CODING_LAST, 400, "coding_last",                                                         \
	  "chunked is not the last transfer coding, or has parameters")                            \
	F(CODING_OLD, 400, "coding_old", "HTTP/1.0 has no Transfer-Encoding")                      \
	F(BODY_LONG, 413, "body_long", "the content is longer than body_bytes")                    \
	F(EXPECT, 417, "expect", "the expectation is not 100-continue")                            \
	F(CHUNK, 400, "chunk", "a chunk does not begin with its size, of at most 16 digits")       \
	F(CHUNK_EXTENSION, 400, "chunk_extension", "an extension of a chunk is malformed")         \
	F(CHUNK_END, 400, "chunk_end", "a chunk's data is longer than its size")                   \
	F(CHUNK_LONG, 400, "chunk_long",                                                           \
	  "the extensions of chunks are longer than extension_bytes")                              \
	F(TRAILER_LONG, 431, "trailer_long", "the trailer is longer than head_bytes")              \
	F(PSEUDO, 400, "pseudo",                                                                   \
	  "a pseudo-header field of HTTP/2 is missing, comes twice, or is not known")              \
	F(MALFORMED, 400, "malformed", "a request of HTTP/2 breaks RFC 9113, and was reset")       \
	F(FIELD_CONNECTION, 400, "field_connection", "a field of HTTP/2 is about the connection")  \
	F(SLOW_HEAD, 408, "slow_head", "the head did not come within head_us")                     \
	F(SLOW_BODY, 408, "slow_body", "fewer than progress_bytes of content came within body_us") \
	F(IDLE, 0, "idle", "no request came within idle_us")                                       \
	F(SLOW_READER, 0, "slow_reader", "the peer took fewer than progress_bytes within send_us") \
	F(STATUS_LINE, 0, "status_line",                                                           \
	  "the status line is not a version, a status of 100 to 599 and a phrase")                 \
	F(SWITCHED, 0, "switched", "the server changes to another protocol without a request to")  \
	F(INTERIM_MANY, 0, "interim_many", "more than 16 responses of status 1xx before another")  \
	F(UNASKED, 0, "unasked", "the server sends without a request")                             \
	F(CUT, 0, "cut", "the connection ended within a response")

enum http_fault {
	HTTP_FAULT_NONE,
#define HTTP_FAULT_ENUM(id, status, name, help) HTTP_FAULT_##id,
	HTTP_FAULT_LIST(HTTP_FAULT_ENUM)
#undef HTTP_FAULT_ENUM
	        HTTP_FAULTS
};

extern const struct fault http_faults[HTTP_FAULTS];

#endif

// http_field: a field of a head as offsets into it, the names that are known, and lists within
// values (RFC 9110 sections 5 and 5.6.1).
#ifndef HTTP_FIELD_H
#define HTTP_FIELD_H

#include "core/span.h"

#define HTTP_FIELD_LIST(F)                                                                         \
	F(ACCEPT, "accept")                                                                        \
	F(ACCEPT_ENCODING, "accept-encoding")                                                      \
	F(AUTHORIZATION, "authorization")                                                          \
	F(CONNECTION, "connection")                                                                \
	F(CONTENT_LENGTH, "content-length")                                                        \
	F(CONTENT_TYPE, "content-type")                                                            \
	F(EXPECT, "expect")                                                                        \
	F(HOST, "host")                                                                            \
	F(IF_MATCH, "if-match")                                                                    \
	F(IF_MODIFIED_SINCE, "if-modified-since")                                                  \
	F(IF_NONE_MATCH, "if-none-match")                                                          \
	F(IF_RANGE, "if-range")                                                                    \
	F(IF_UNMODIFIED_SINCE, "if-unmodified-since")                                              \
	F(ORIGIN, "origin")                                                                        \
	F(RANGE, "range")                                                                          \
	F(REFERER, "referer")                                                                      \
	F(SEC_WEBSOCKET_ACCEPT, "sec-websocket-accept")                                            \
	F(SEC_WEBSOCKET_EXTENSIONS, "sec-websocket-extensions")                                    \
	F(SEC_WEBSOCKET_KEY, "sec-websocket-key")                                                  \
	F(SEC_WEBSOCKET_PROTOCOL, "sec-websocket-protocol")                                        \
	F(SEC_WEBSOCKET_VERSION, "sec-websocket-version")                                          \
	F(TRANSFER_ENCODING, "transfer-encoding")                                                  \
	F(UPGRADE, "upgrade")                                                                      \
	F(USER_AGENT, "user-agent")

enum http_field_id {
	HTTP_FIELD_OTHER,
#define HTTP_FIELD_ENUM(id, name) HTTP_FIELD_##id,
	HTTP_FIELD_LIST(HTTP_FIELD_ENUM)
#undef HTTP_FIELD_ENUM
	        HTTP_FIELDS
};

// Of the head that the field is in. The value has no white space around it.
struct http_field {
	uint16_t id, name_len, name_at, value_at, value_len;
};

// Without regard to case.
enum http_field_id http_field_find(struct span name) PURE;

// "host", in lower case; "" of HTTP_FIELD_OTHER.
const char *http_field_name(enum http_field_id id) PURE;

// Splits the next element off a list that is separated by commas, without white space around it.
// Commas within quoted strings do not count; empty elements are passed over. False at the end.
bool http_field_element(struct span *list, struct span *element);

#endif

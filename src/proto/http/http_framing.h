// http_framing: how a message says where its content ends and whether the connection goes on
// (RFC 9112 sections 6, 7 and 9.3); the same rules for requests and responses. What two readers
// could understand in different ways is a fault.
#ifndef HTTP_FRAMING_H
#define HTTP_FRAMING_H

#include "proto/http/http_fields.h"

enum http_framing {
	HTTP_NO_BODY,
	HTTP_LENGTH,    // `length` bytes follow the head, at least one
	HTTP_CHUNKED,   // chunks follow the head
	HTTP_UNTIL_END, // all that follows; of responses only
};

// What the fields of a message of HTTP/1.`minor` say, with at most max_bytes of content.
// HTTP_NO_BODY, and `stated` not set, if they say nothing. *length is 0 but of HTTP_LENGTH.
enum http_fault http_framing_read(struct http_fields fields, unsigned minor, uint64_t max_bytes,
                                  enum http_framing *framing, uint64_t *length,
                                  bool *stated) MUST_CHECK;

// Whether the sender does not ask for the end of the connection.
bool http_framing_persists(struct http_fields fields, unsigned minor);

#endif

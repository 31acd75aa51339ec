// http_client_internal: the states that http_client.c reads and http_call.c writes.
#ifndef HTTP_CLIENT_INTERNAL_H
#define HTTP_CLIENT_INTERNAL_H

#include "proto/http/http_client.h"

enum http_client_state {
	HTTP_CLIENT_WAITS,     // before a response, or between two
	HTTP_CLIENT_IN_HEAD,   // within a head
	HTTP_CLIENT_IN_LENGTH, // within content of a length
	HTTP_CLIENT_IN_CHUNKS, // within content of chunks
	HTTP_CLIENT_UNTIL_END, // within content that ends with the connection
	HTTP_CLIENT_WHOLE,     // HTTP_CLIENT_END is due
	HTTP_CLIENT_LEFT,      // HTTP was left for another protocol
	HTTP_CLIENT_OVER,      // nothing is read any more
};

enum http_client_call {
	HTTP_CLIENT_CALLED, // no request is being written
	HTTP_CLIENT_SIZED,  // content of call_left bytes is to be sent
	HTTP_CLIENT_CODED,  // chunks are to be sent
};

// A request was written, with or without content to follow.
void http_client_called(struct http_client *client, enum http_expected expected,
                        enum http_client_call call);

#endif

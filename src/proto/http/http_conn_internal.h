// http_conn_internal: the states that http_conn.c reads and http_answer.c writes.
#ifndef HTTP_CONN_INTERNAL_H
#define HTTP_CONN_INTERNAL_H

#include "proto/http/http_conn.h"

enum http_conn_state {
	HTTP_CONN_IDLE,    // before a request
	HTTP_CONN_BLANK,   // behind CR, before a request
	HTTP_CONN_HEAD,    // within a head
	HTTP_CONN_LENGTH,  // within content of a length
	HTTP_CONN_CHUNKS,  // within content of chunks
	HTTP_CONN_WHOLE,   // HTTP_END is due
	HTTP_CONN_READ,    // behind HTTP_END
	HTTP_CONN_REFUSED, // nothing is read any more
};

enum http_conn_answer {
	HTTP_CONN_NOT_DUE,   // there is no request
	HTTP_CONN_DUE,       // not begun
	HTTP_CONN_SIZED,     // content of answer_left bytes is to be sent
	HTTP_CONN_CODED,     // chunks are to be sent
	HTTP_CONN_UNTIL_END, // content is to be sent that ends with the connection
	HTTP_CONN_ANSWERED,
};

// The answer is complete.
void http_conn_answered(struct http_conn *conn);

// Whether the connection may go on behind the answer that is begun now.
bool http_conn_may_persist(const struct http_conn *conn) PURE;

#endif

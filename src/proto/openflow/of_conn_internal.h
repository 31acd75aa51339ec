// of_conn_internal: what the parts of a connection share: of_conn.c (messages and states),
// of_conn_queue.c (what waits to be sent), of_conn_time.c (deadlines).
#ifndef OPENFLOW_OF_CONN_INTERNAL_H
#define OPENFLOW_OF_CONN_INTERNAL_H

#include "proto/openflow/of_conn.h"

enum of_conn_state {
	OF_CONN_STATE_HELLO,    // the peer's hello has not come
	OF_CONN_STATE_FEATURES, // nor the features that we asked for
	OF_CONN_STATE_READY,
	OF_CONN_STATE_CLOSED,
};

// Ends the connection; what waits may still be sent.
enum of_conn_event of_conn_close(struct of_conn *conn, enum of_conn_fault fault);

// The memory of the queues; returns what follows it.
uint8_t *of_conn_queue_init(struct of_conn *conn, uint8_t *memory);
bool of_conn_queue_is_empty(const struct of_conn *conn) PURE;

// Takes the request of a reply out of the list unless more replies follow, and sets answered_tag
// and answered_last. False: there is no request with the xid.
bool of_conn_request_take(struct of_conn *conn, uint32_t xid, bool more, mono_t now);

#endif

// serve_tls: TLS between a client's connection and the queries in it (RFC 7858), for serve_tcp.c,
// which serves both. A turn of the worker does a few steps of handshakes (tls_line.h); others that
// have one to do wait in line, their bytes in TCP's pages.
#ifndef APPS_DNS_SERVE_TLS_H
#define APPS_DNS_SERVE_TLS_H

#include "apps/dns/serve.h"
#include "apps/tls/tls_line.h"
#include "apps/tls/tls_swap.h"

#define SERVE_TLS_PORT       853
#define SERVE_TLS_PADDING    468 // RFC 8467 section 4.1
#define SERVE_TLS_RECORDS    64  // of one connection in a call: a peer may make them tiny
#define SERVE_TLS_PAGE_BYTES 4096

struct serve_tcp_call;

struct serve_tls_metric {
	counter_t handshakes, resumed;
	counter_t failed[TLS_FAIL_LEN];
};

// Of one connection.
struct serve_tls_place {
	struct tls_conn *tls;
	struct dns_conn *conn;
	struct tls_line_place in_line;
	bool blocked; // what TLS itself has to send waits for room
};

// Of one worker.
struct serve_tls {
	struct dns_conns conns;
	struct wheel_timer idle;
	struct dns_worker *worker;
	const struct swap *shared;
	struct serve_tls_place *place; // by the connection's number
	struct tls_line line;
	struct serve_tls_metric metric;
	uint8_t plain[TLS_RECORD_BYTES];
	uint8_t page[SERVE_TLS_PAGE_BYTES];
};

// Makes one ready, for serve_tcp_open_tls; mailbox is the worker's. 0 or -ENOMEM.
int serve_tls_open(struct serve_tls *all, struct dns_worker *worker, struct mailbox *mailbox,
                   const struct swap *shared, uint32_t max) MUST_CHECK;
// Ends all that is left of connections; the worker's wheel still exists.
void serve_tls_close(struct serve_tls *all);

// Begins TLS on a connection that was accepted; false without memory.
bool serve_tls_begin(struct dns_conn *conn) MUST_CHECK;
// The connection is gone, or is forgotten.
void serve_tls_end(struct dns_conn *conn);

// Goes on with the handshake, and has what the part holds answered; as serve_tcp_answer.
bool serve_tls_read(struct serve_tcp_call *call, struct span *part) MUST_CHECK;

// As tcp_send, for plaintext.
uint32_t serve_tls_send(struct dns_conn *conn, const void *bytes, uint32_t len) MUST_CHECK;
// Sends close_notify, as far as there is room.
void serve_tls_shutdown(struct dns_conn *conn);
// Counters of handshakes of len workers, borrowed.
void serve_tls_metrics(struct serve_tls *all, unsigned len, struct metric_source *source);

// Whether TLS waits for room for what it has to send of its own: a flight, or a key update.
bool serve_tls_is_blocked(const struct dns_conn *conn);

#endif

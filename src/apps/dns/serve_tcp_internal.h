// serve_tcp_internal: one call of a connection's, as serve_tcp.c and serve_tls.c share it: the
// former answers what the latter has decrypted.
#ifndef APPS_DNS_SERVE_TCP_INTERNAL_H
#define APPS_DNS_SERVE_TCP_INTERNAL_H

#include "apps/dns/serve_tcp.h"

#include "proto/tcpip/tcp/tcp.h"

struct serve_tcp_call {
	struct dns_worker *worker;
	struct dns_conn *conn;
	const struct dns_settings *settings;
	struct dns_server server;
	struct tcp_peers peers;
	struct tcp_data page; // replies that are not sent yet; bytes NULL: there are none
	unsigned len;         // of requests
	struct dns_request requests[PIPELINE_BURST];
	unsigned messages;
	uint64_t begin;
	mono_t now;
};

// Answers what is in a part of the stream of plaintext; false: the caller stops
// reading the connection until it is resumed, with the rest in `part`.
bool serve_tcp_answer(struct serve_tcp_call *call, struct span *part) MUST_CHECK;

// Goes on with what TLS holds of the connection: it is not in TCP's pages, and is not given again.
void serve_tcp_goes_on(struct dns_conn *conn, mono_t now);

// Resets the connection. Its last call follows, and until then nothing more is read.
void serve_tcp_reset(struct dns_conn *conn, counter_t *reason);
// Sends no more after what is queued, and reads no more.
void serve_tcp_shutdown(struct dns_conn *conn);

#endif

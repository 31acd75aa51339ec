// http_tls: what a connection of the load has of TLS: how it is opened, and the session that others
// resume. The engine is proto/tls/tls.h; http_worker.c moves the bytes.
#ifndef APPS_BENCH_HTTP_TLS_H
#define APPS_BENCH_HTTP_TLS_H

#include "apps/bench/http_load.h"
#include "proto/tcpip/tcp/tcp.h"

// The first session that a worker got. It is taken by many connections: the servers of a benchmark
// keep none of their own, and a client with something to hide would not (RFC 8446 appendix C.4).
struct http_tls_session {
	size_t len; // 0: there is none yet
	uint8_t bytes[8192];
};

// A client's end, which resumes the session if there is one; NULL without memory.
struct tls_conn *http_tls_open(const struct http_load *load,
                               const struct http_tls_session *session) MUST_CHECK;

// Keeps the connection's session, if it is the first; called when a response has come.
void http_tls_keep(const struct tls_conn *tls, struct http_tls_session *session);

// What calls of the engine need: bytes that have come, and the connection that the others leave by.
struct tls_io http_tls_io(struct tcp_conn *tcp, struct span in);

// Sends bytes in records; returns how many were taken. The rest has to be given again.
uint32_t http_tls_send(struct tls_conn *tls, struct tcp_conn *tcp, const void *bytes, uint32_t len);

#endif

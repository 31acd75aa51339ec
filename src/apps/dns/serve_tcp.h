// serve_tcp: answers the DNS queries of a worker that come over TCP (RFC 7766): in the order in
// which they came, as soon as each is whole. Part of the data path of wadi-dns, as serve.h.
//
// A client that does not take its replies is not read from: what is left of them waits in one
// buffer, which is bounded (dns_conns.h). A client that is idle, slow, or sends what is no query is
// closed. Replies are rendered at once, so that nothing that waits refers to a zone.
#ifndef APPS_DNS_SERVE_TCP_H
#define APPS_DNS_SERVE_TCP_H

#include "apps/dns/client_limits.h"
#include "apps/dns/serve.h"

#include "core/why.h"

struct serve_tls;
struct service_worker;

// Attaches the worker to its stack's port 53, and opens its table of connections. 0, or negative
// errno with a sentence in why.
int serve_tcp_open(struct dns_worker *serving, const struct dns_tcp_conf *conf,
                   struct service_worker *worker, struct why *why) MUST_CHECK;
// As serve_tcp_open, for queries over TLS at another port. *tls is in worker->tls afterwards;
// shared is to a struct tls_shared. Both are borrowed until serve_tcp_close_tls, and
// serve_tcp_open was called or the worker's wheel is set.
int serve_tcp_open_tls(struct dns_worker *serving, struct serve_tls *tls, const struct swap *shared,
                       const struct dns_tcp_conf *conf, uint16_t port,
                       struct service_worker *worker, struct why *why) MUST_CHECK;
void serve_tcp_close_tls(struct dns_worker *serving);
// Disarms its timer, before the stack is closed; no effect when it is not open.
void serve_tcp_close(struct dns_worker *serving);

#endif

// serve_https: answers the DNS queries of a worker that come over HTTP (RFC 8484), any version of
// it, with TLS or behind a proxy: handlers of apps/http above the same engine as serve.h and
// serve_tcp.h.
#ifndef APPS_DNS_SERVE_HTTPS_H
#define APPS_DNS_SERVE_HTTPS_H

#include "apps/dns/dns_https_conf.h"
#include "apps/dns/serve.h"
#include "apps/http/http_links.h"
#include "proto/dns/wire/dns_wire.h"

#define SERVE_HTTPS_PADDING 468 // RFC 8467 section 4.1
#define SERVE_HTTPS_SLOTS   256 // of a worker

// A message that has not come whole, or a long response that is being sent.
struct serve_https_slot {
	struct serve_https_slot *next_free;
	struct http_exchange *exchange; // of a message that has not come whole; NULL: of none
	struct serve_https_slot *older, *newer; // those that have one, by when they began
	uint32_t len;
	uint8_t bytes[DNS_MSG_MAX_BYTES];
};

struct serve_https_metric {
	counter_t get, post, refused, no_slot, given_up;
};

// Of one worker.
struct serve_https {
	struct dns_worker *worker;
	struct http_links *links;
	struct http_limits limits;
	const char *path;
	struct serve_https_slot *slots, *free_slot;
	struct serve_https_slot *oldest, *newest; // of messages that have not come whole
	struct serve_https_metric metric;
	uint8_t query[DNS_MSG_MAX_BYTES], reply[DNS_MSG_MAX_BYTES];
};

// Opens the worker's table of connections, and listens; `tls` is to a struct tls_shared. All are
// borrowed until serve_https_close. NULL, with a sentence in why.
struct serve_https *serve_https_open(struct dns_worker *serving, const struct dns_https_conf *conf,
                                     const struct swap *tls, struct service_worker *worker,
                                     struct why *why) MUST_CHECK;
// NULL has no effect.
void serve_https_close(struct serve_https *all);

// Sources of metrics of len workers, borrowed; returns how many, at most SERVE_HTTPS_SOURCES.
#define SERVE_HTTPS_SOURCES (1 + HTTP_LINKS_SOURCES)
unsigned serve_https_metrics(struct serve_https *const *all, unsigned len,
                             struct metric_source *sources);

#endif

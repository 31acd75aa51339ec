// http_links: a worker's HTTP connections: listeners, plain and over TLS, the table of links, their
// buffers, and limits. An appliance opens it in worker_open, listens, and closes it in
// worker_close.
#ifndef APPS_HTTP_HTTP_LINKS_H
#define APPS_HTTP_HTTP_LINKS_H

#include "apps/boot/boot.h"
#include "apps/http/http_exchange.h"
#include "core/client_table.h"
#include "core/host/swap.h"
#include "proto/http/http_limits.h"

#define HTTP_LINKS_MAX       (1u << 20)
#define HTTP_LINKS_LISTENERS 8

struct http_links_conf {
	uint32_t connections; // most at a time; beyond it the one idle for longest ends
	uint32_t per_client;  // of one prefix of addresses, another one is reset; 0: any
	struct client_prefix prefix;
	uint32_t sockets;                 // WebSockets at a time (http_socket.h); 0: there are none
	uint32_t buffers;                 // of HTTP_LINK_BUFFER_BYTES, 1 to 65534
	const struct http_limits *limits; // borrowed until http_links_close; may change in between
};

// NULL with a sentence in why.
struct http_links *http_links_open(const struct http_links_conf *conf,
                                   struct service_worker *worker, struct why *why) MUST_CHECK;
// The worker's thread has ended, its wheel exists: `closed` is called for all that is left.
void http_links_close(struct http_links *all);

struct http_listener_conf {
	struct addr addr; // as of tcp_listener_conf
	uint16_t port;
	const struct swap *tls; // to a struct tls_shared (tls_swap.h); NULL: without TLS
	const struct http_handler *handler; // borrowed until http_links_close
	void *ctx;                          // of its exchanges
};

// 0, or negative errno with a sentence in why.
int http_links_listen(struct http_links *all, const struct http_listener_conf *conf,
                      struct why *why) MUST_CHECK;

// The text of the Date of answers that are given now (29 bytes, not terminated), and the time since
// 1970.
const char *http_links_date(struct http_links *all, mono_t now);
uint64_t http_links_unix_s(const struct http_links *all, mono_t now);
uint64_t http_links_unix_ms(const struct http_links *all, mono_t now);
// CLOCK_REALTIME was set. From the control thread, at any time.
void http_links_clock_set(struct http_links *all);

// Sources of the metrics of len workers' tables, borrowed; returns how many (at most
// HTTP_LINKS_SOURCES).
#define HTTP_LINKS_SOURCES 6
unsigned http_links_metrics(struct http_links *const *all, unsigned len,
                            struct metric_source *sources);

#endif

// serve: answers the DNS queries of a worker that come in datagrams. This is the data path of
// wadi-dns; queries over TCP are serve_tcp.h's.
#ifndef APPS_DNS_SERVE_H
#define APPS_DNS_SERVE_H

#include "apps/dns/counts.h"
#include "apps/dns/dns_conns.h"
#include "apps/dns/query_watch.h"
#include "apps/dns/settings.h"
#include "core/host/swap.h"
#include "core/wheel.h"

// The state of one worker.
struct dns_worker {
	struct dns_counts counts;
	struct worker_metric *stages; // times of the worker's stages
	unsigned number;
	const struct swap *served; // to the struct dns_served in use
	struct query_watch *watch; // what `watching` holds; NULL: nothing
	struct query_watch watching;
	// Clients over TCP; all zeros when there is none.
	struct dns_conns conns;
	struct wheel *wheel;
	struct wheel_timer idle; // of the connection that has been idle for longest
	struct serve_tls *tls;   // clients over TLS; NULL: there is none
};

// What workers answer from. A reload publishes a new one.
struct dns_served {
	struct zone_set *set;
	struct dns_settings *settings;
};

// Answers a burst of datagrams in place. A udp_burst_fn; ctx is a struct dns_worker.
void dns_serve(void *ctx, struct udp_dgram *dgrams, unsigned n, mono_t now);

#endif

// serve: answers the datagrams of a worker. This is the data path of wadi-dns.
#ifndef APPS_DNS_SERVE_H
#define APPS_DNS_SERVE_H

#include "apps/dns/count.h"
#include "apps/dns/query_log_worker.h"
#include "apps/dns/settings.h"
#include "core/host/swap.h"

struct dns_worker {
	struct dns_counts counts;
	struct worker_metric *stages; // the worker's own
	unsigned number;
	const struct swap *served;          // of struct dns_served
	struct query_log_worker *query_log; // NULL: there is none
};

// What workers answer from, replaced whole.
struct dns_served {
	struct zone_set *set;
	struct dns_settings *settings;
};

// Answers a burst of datagrams in place. A udp_burst_fn; ctx is a struct dns_worker.
void dns_serve(void *ctx, struct udp_dgram *dgrams, unsigned n, mono_t now);

#endif

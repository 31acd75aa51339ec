// dns: the parts of wadi-dns: which zones there are (zones.c), how datagrams
// become requests (serve.c), the command `check` (check.c), and all of them as
// an appliance (dns.c). The engine is proto/dns.
#ifndef APPS_DNS_DNS_H
#define APPS_DNS_DNS_H

#include "apps/boot/boot.h"
#include "core/swap.h"
#include "proto/dns/answer.h"

#define DNS_PORT 53

struct dns_zone_conf {
	const char *origin, *file;
};

struct dns_conf {
	struct conf_list zones; // of struct dns_zone_conf
};

extern const struct conf_section dns_section;
extern const struct app dns_app;

// What loading came to.
struct dns_loaded {
	struct zone_set *set; // the caller's, when nothing went wrong
	uint64_t zones, records, bytes;
	unsigned errors, warnings;
};

// Loads all zones of the configuration; each error and warning goes to
// on_report (NULL: nobody asks). 0, or negative errno, then a sentence with the
// first error is in why.
int dns_load(const struct dns_conf *conf, struct dns_loaded *loaded, zone_report_fn *on_report,
             void *ctx, char *why, size_t why_size) MUST_CHECK;

// "FILE:LINE:COLUMN: sentence" with the places that are known, cut at size.
void dns_report_text(const struct zone_report *report, char *text, size_t size);

#define DNS_RCODES 16

// What a worker counts, as the control thread reads it.
struct dns_metric {
	CACHE_ALIGNED counter_t queries;
	counter_t replies[DNS_RCODES]; // by the rcode of the header
	counter_t truncated;
};

struct dns_worker {
	struct dns_metric metric;
	struct worker_metric *stages; // the worker's own
	const struct swap *zones;     // of struct zone_set
};

// A udp_burst_fn with ctx a struct dns_worker.
void dns_serve(void *ctx, struct udp_dgram *dgrams, unsigned n, mono_t now);

// The command `check`; see struct app.
int dns_check(const void *conf, int words_len, char *const *words);

#endif

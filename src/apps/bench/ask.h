// ask: what is asked, of whom and how fast: the keys of the section "dns", which options of
// the same names set, and what they are made into.
#ifndef APPS_BENCH_ASK_H
#define APPS_BENCH_ASK_H

#include "apps/bench/target.h"
#include "core/host/conf.h"
#include "proto/bench/asker.h"
#include "proto/bench/rate_search.h"
#include "proto/bench/source_finder.h"

#define ASK_FROM_MAX    16
#define ASK_SOURCES_MAX ASKER_SOURCES_MAX

enum ask_transport {
	ASK_UDP,
	ASK_TCP,      // on connections that stay open
	ASK_TCP_EACH, // on a connection for each query
};

// The section.
struct ask_conf {
	const char *to, *to_ipv6, *queries;
	uint64_t ipv6_share;   // percent of the sources, which ask to_ipv6
	struct conf_list from; // of addresses
	uint64_t rate, window, duration_s, warm_up_ms, timeout_ms;
	uint64_t sources;                 // ports of each worker; with ASK_TCP its connections
	unsigned transport;               // enum ask_transport
	unsigned order;                   // enum picker_order
	uint64_t edns;                    // bytes; 0: without
	const char *zone, *label, *types; // of synthetic queries; zone "": there are none
	uint64_t names, do_share;
	bool random_labels, timing;
	uint64_t echo; // bytes of datagrams that come back, instead of DNS; 0: DNS
	bool dnssec, recursion, json;
	bool find_max;
	uint64_t loss_ppm, precision_ppm, searches;
};

extern const struct conf_section ask_conf_section;

// A way to the server: by one family.
struct ask_way {
	struct target target;
	struct addr from[ASK_FROM_MAX];
	unsigned from_len; // 0: any
};

// What is asked, ready for workers.
struct ask {
	const struct ask_conf *conf; // borrowed
	struct ask_way way[2];       // the second is IPv6's beside IPv4
	unsigned ways_len, workers_len;
	uint8_t way_of[SOURCE_CANDIDATES]; // of each source, so that ipv6_share is kept
	struct query_set set;
	struct zipf zipf;
};

// Reads the queries. conf has been checked key by key. 0, or negative errno with a sentence in
// why; ask_close in any case.
int ask_open(struct ask *ask, const struct ask_conf *conf, unsigned workers_len,
             struct why *why) MUST_CHECK;
void ask_close(struct ask *ask);

// "udp", "tcp", "tcp-each".
const char *ask_transport_name(const struct ask_conf *conf) PURE;

// Queries in flight that a worker needs room for. When the rate is not known, that is as many as
// a fast server answers in a quarter of a second, all workers together.
#define ASK_FIND_MAX_SLOTS (1U << 21)
uint32_t ask_slots(const struct ask_conf *conf, unsigned workers_len) PURE;

#endif

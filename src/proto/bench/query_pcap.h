// query_pcap: the DNS queries of a packet capture (core/capture.h). What frames are read is in
// query_packet.h.
#ifndef BENCH_QUERY_PCAP_H
#define BENCH_QUERY_PCAP_H

#include "proto/bench/query_packet.h"

// Adds the queries to the set, as they were but for their identifiers, each with the time at
// which it was captured after the first one. 0, or negative errno with a sentence in why;
// queries before it may have been added.
int query_pcap_add(struct query_set *set, const void *bytes, size_t len,
                   struct query_pcap_counts *counts, struct why *why) MUST_CHECK;

#endif

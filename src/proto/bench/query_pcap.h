// query_pcap: the DNS queries of a packet capture, in the classic format of pcap: microseconds or
// nanoseconds, either byte order; Ethernet with or without tags, Linux's "cooked" frames, and
// bare IP. Captures come from anywhere: nothing in them is believed before it is checked.
#ifndef BENCH_QUERY_PCAP_H
#define BENCH_QUERY_PCAP_H

#include "proto/bench/query.h"

// Whether bytes begin as a capture does, be it one that query_pcap_add reads or pcapng.
bool query_pcap_is(const void *bytes, size_t len) PURE;

struct query_pcap_counts {
	uint64_t packets; // of the capture
	uint64_t others;  // that are no UDP query to port 53 with one question
	bool cut;         // the file ends within a packet
};

// Adds the queries to the set, as they were but for their identifiers, each with the time at
// which it was captured after the first one. 0, or negative errno with a sentence in why;
// queries before it may have been added.
int query_pcap_add(struct query_set *set, const void *bytes, size_t len,
                   struct query_pcap_counts *counts, struct why *why) MUST_CHECK;

#endif

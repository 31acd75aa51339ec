// query_pcapng: captures in the format of pcapng (draft-ietf-opsawg-pcapng): sections of either
// byte order, interfaces with their own links and clocks, packets as enhanced, simple or obsolete
// blocks. All other blocks are passed over. The classic format is query_pcap.c's.
#ifndef BENCH_QUERY_PCAPNG_H
#define BENCH_QUERY_PCAPNG_H

#include "proto/bench/query_packet.h"

#define QUERY_PCAPNG_MAGIC 0x0a0d0d0a // a section header block, the same in both byte orders

// Adds the queries of a file. As query_pcap_add. Packets of interfaces whose link is not known, or
// of none, are counted as others; a file without a known link is refused.
int query_pcapng_add(struct query_packets *packets, const void *bytes, size_t len,
                     struct why *why) MUST_CHECK;

#endif

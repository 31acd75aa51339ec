// query_packet: the DNS query in a captured frame: Ethernet with or without tags, Linux's "cooked"
// frames, and bare IP; IPv4 and IPv6 without extension headers; UDP to port 53. Captures come from
// anywhere: nothing in them is believed before it is checked. The files are core/capture.h's.
#ifndef BENCH_QUERY_PACKET_H
#define BENCH_QUERY_PACKET_H

#include "core/capture.h"
#include "proto/bench/query.h"

struct query_pcap_counts {
	uint64_t packets; // of the capture
	uint64_t others;  // that are no UDP query to port 53 with one question
	bool cut;         // the file ends within a packet
};

// What a file has so far.
struct query_packets {
	struct query_set *set; // borrowed
	struct query_pcap_counts *counts;
	uint64_t first_us; // when the first query was captured
};

// Adds the query of a frame, if it is one, with its time after the first one of the file; counts
// it, and takes its headers off. 0, or the errors of query_set_add_message but -EINVAL.
int query_packet_add(struct query_packets *packets, struct capture_frame *frame) MUST_CHECK;

#endif

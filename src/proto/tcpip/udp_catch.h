// udp_catch: the answers to a train's datagrams (udp_train.h), taken out of a burst before the
// stack sees it: their headers are all alike, so one comparison of them does what the layers do one
// by one. What differs in anything, or is damaged, is left to the stack, which judges and counts
// it.
#ifndef TCPIP_UDP_CATCH_H
#define TCPIP_UDP_CATCH_H

#include "proto/tcpip/udp_train.h"

#define UDP_CATCH_BYTES 64 // Ethernet, IPv6 and UDP, in whole vectors

// All of it is udp_catch.c's.
struct udp_catch {
	CACHE_ALIGNED uint8_t want[UDP_CATCH_BYTES], mask[UDP_CATCH_BYTES]; // masked; of bits
	uint64_t sum; // of the pseudo header, without the length
	uint64_t mac; // that frames go to
	struct addr local, remote;
	uint16_t l4; // offset of the UDP header
	bool ipv4, built;
};

struct udp_caught {
	struct pkt *pkt; // the caller's
	const uint8_t *payload;
	uint16_t len, dst_port;
};

// Catches from now on what comes from the train's destination, address and port, to its source
// address and any port, in untagged frames. The train has been opened in this turn. The catch is
// all zeros before its first opening, and catches nothing until then.
void udp_catch_open(struct udp_catch *catch, const struct udp_train *train);

// Moves what is caught of n packets to `caught`, in order, and returns how many were; the others
// are then the first n minus that of pkts, in order. Checksums have been verified.
unsigned udp_catch_take(const struct udp_catch *catch, struct pkt **pkts, unsigned n,
                        struct udp_caught *caught);

#endif

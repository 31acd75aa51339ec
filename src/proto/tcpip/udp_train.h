// udp_train: datagrams to one destination that are sent in large numbers, as a load generator
// does: their way is found and their headers are built once a turn, and copied to each. Single
// datagrams are udp.h's.
#ifndef TCPIP_UDP_TRAIN_H
#define TCPIP_UDP_TRAIN_H

#include "proto/tcpip/udp.h"

#define UDP_TRAIN_HEAD_BYTES 80 // of Ethernet with a tag, IPv6 and UDP, in whole vectors

// All of it is udp_train.c's.
struct udp_train {
	CACHE_ALIGNED uint8_t head[UDP_TRAIN_HEAD_BYTES]; // without lengths, source port and sums
	struct udp *udp;
	struct ip_flow flow;
	struct pkt *pkt;       // of the datagram that is being written
	uint64_t sum, ip_sum;  // of what all of them have
	uint64_t mac, own_mac; // that the head was built with
	uint32_t offloads;
	uint16_t head_len, l3, l4, room;
	be16_t dst_port;
	uint8_t tx_flags;
	bool built;
};

// Prepares datagrams of the flow, whose src_port is not read, for this turn. False when there is
// no route or when the next hop is not resolved yet, which has then been solicited: udp_send
// queues a few for it. The train is all zeros before its first opening.
bool udp_train_open(struct udp_train *train, struct udp *udp, const struct udp_flow *flow,
                    mono_t now) MUST_CHECK;

// A place for a payload of len bytes, to be written and sent at once; NULL, counted as udp_send
// does, when it is too long or there is no page.
uint8_t *udp_train_next(struct udp_train *train, uint16_t len) MUST_CHECK;

// Sends it; payload is the sum of its bytes (cksum_add). The turn's batch has room (udp_room).
void udp_train_send(struct udp_train *train, uint16_t src_port, uint16_t len, uint64_t payload);

#endif

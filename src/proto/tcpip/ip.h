// ip: how a packet of either family leaves: between which addresses, with which
// header, by which interface and next hop. UDP, TCP, ICMP, MLD and NDP all send
// through here. What comes in is checked in ipv4.c and ipv6.c.
#ifndef TCPIP_IP_H
#define TCPIP_IP_H

#include "proto/tcpip/iface.h"
#include "proto/tcpip/ip_wire.h"
#include "proto/tcpip/ipv4_wire.h"
#include "proto/tcpip/ipv6_wire.h"

// One direction of a conversation. src and dst are of one family, which is the
// packet's.
struct ip_flow {
	struct iface *iface;
	struct addr src, dst;
	uint8_t protocol; // IP_PROTOCOL_*, or IPv6's first extension header
	uint8_t ttl;      // IPv6's hop limit
	uint8_t tos;      // DSCP and ECN (RFC 2474, RFC 3168); IPv6's traffic class
};

// Bytes of the header that ip_build writes.
static inline uint16_t ip_hdr_len(const struct ip_flow *flow)
{
	return addr_is_ipv4(flow->dst) ? sizeof(struct ipv4_hdr) : sizeof(struct ipv6_hdr);
}

// Most bytes that fit one packet of the flow behind its IP header.
static inline uint16_t ip_room(const struct ip_flow *flow)
{
	return (uint16_t)(flow->iface->mtu - ip_hdr_len(flow));
}

// A packet with l4_len bytes, not yet written, at pkt->l4 behind the room for its IP
// header. NULL, counted as tx.no_page, when the interface's pool is empty or its pages
// are too short.
struct pkt *ip_alloc(const struct ip_flow *flow, uint16_t l4_len) MUST_CHECK;

// Turns a received packet round for an answer from pkt->l4 on: its Ethernet header is
// moved before the room for the flow's IP header. That is at most as long as the one
// that the packet came with.
static inline void ip_turn(const struct ip_flow *flow, struct pkt *pkt)
{
	iface_turn(flow->iface, pkt, ip_hdr_len(flow));
}

// Writes the header at pkt->l3 for l4_len bytes at pkt->l4, those in packets behind
// included, and sets the packet's length. The IPv4 header's checksum is left to the
// device if that completes it (PKT_TX_IPV4_CKSUM).
void ip_build(const struct ip_flow *flow, struct pkt *pkt, uint16_t l4_len);

// Consumes the packet that ip_build has made: sends it to dst, by way of the gateway
// when dst is not on the link; to the group's hardware address when dst is a group of
// IPv6. Counted as tx.too_long or neigh.* when it cannot be sent.
void ip_send(const struct ip_flow *flow, struct pkt *pkt, mono_t now);

#endif

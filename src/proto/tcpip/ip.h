// ip: how a packet of either family leaves: between which addresses, with which
// header, by which interface and next hop. UDP, TCP, ICMP, MLD and NDP all send
// through here. What comes in is checked in ipv4.c and ipv6.c.
#ifndef TCPIP_IP_H
#define TCPIP_IP_H

#include "proto/tcpip/iface.h"
#include "proto/tcpip/ip_flow.h"
#include "proto/tcpip/ip_wire.h"
#include "proto/tcpip/ipv4_wire.h"
#include "proto/tcpip/ipv6_wire.h"

// A worker's interfaces, in the order of the configuration.
struct ip_ifaces {
	unsigned len;
	struct iface *by_netif[STACK_IFACES_MAX]; // by netif->iface, which packets carry
	struct iface iface[STACK_IFACES_MAX];
};

// Sets flow->iface to the interface towards flow->dst: the one on whose link that is,
// else the first with a gateway of its family. A flow->src of addr_is_any becomes our
// address there. False when there is no such interface, or src is of the other family.
bool ip_route(struct ip_ifaces *ifaces, struct ip_flow *flow) MUST_CHECK;

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

// Makes room for the flow's headers before pkt->l4, for a packet that came by any
// interface: the bytes from l4 on move back when it is too little before them. False when
// the page is too short for that.
bool ip_readdress(const struct ip_flow *flow, struct pkt *pkt) MUST_CHECK;

// Writes the header at pkt->l3 for l4_len bytes at pkt->l4, those in packets behind
// included, and sets the packet's length. The IPv4 header's checksum is left to the
// device if that completes it (PKT_TX_IPV4_CKSUM).
void ip_build(const struct ip_flow *flow, struct pkt *pkt, uint16_t l4_len);

// Consumes the packet that ip_build has made: sends it to dst, by way of the gateway
// when dst is not on the link; to the group's hardware address when dst is a group of
// IPv6. Counted as tx.too_long or neigh.* when it cannot be sent.
//
// A checksum of UDP or TCP may be left open (PKT_TX_*_CKSUM), and a TCP packet may stand
// for several segments (gso_size, with PKT_TX_TCP_CKSUM), whatever the device can: the
// interface's exit does the rest (offload.h).
void ip_send(const struct ip_flow *flow, struct pkt *pkt, mono_t now);

#endif

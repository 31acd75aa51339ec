// arp_wire: ARP for IPv4 over Ethernet (RFC 826). Messages are handled
// in arp.c.
#ifndef TCPIP_ARP_WIRE_H
#define TCPIP_ARP_WIRE_H

#include "proto/tcpip/eth_wire.h"

#define ARP_HTYPE_ETHERNET 1
#define ARP_REQUEST        1
#define ARP_REPLY          2

struct OVERLAY arp_hdr {
	be16_t htype, ptype;
	uint8_t hlen, plen;
	be16_t oper;
	uint8_t sha[6];
	be32_t spa;
	uint8_t tha[6];
	be32_t tpa;
};
OVERLAY_SIZE(struct arp_hdr, 28, tpa, 24);

// The message at pkt->l3.
static inline struct arp_hdr *arp_hdr_of(const struct pkt *pkt)
{
	return (struct arp_hdr *)(pkt->page + pkt->l3);
}

static inline enum drop arp_check(const struct arp_hdr *arp, size_t len)
{
	if (len < sizeof(*arp))
		return DROP_ARP_SHORT;
	if (be16_get(arp->htype) != ARP_HTYPE_ETHERNET || be16_get(arp->ptype) != ETH_TYPE_IPV4 ||
	    arp->hlen != 6 || arp->plen != 4)
		return DROP_ARP_FORMAT;
	if (be16_get(arp->oper) != ARP_REQUEST && be16_get(arp->oper) != ARP_REPLY)
		return DROP_ARP_OPER;
	return DROP_NONE;
}

static inline void arp_build(struct arp_hdr *arp, uint16_t oper, struct mac sha, be32_t spa,
                             struct mac tha, be32_t tpa)
{
	arp->htype = be16(ARP_HTYPE_ETHERNET);
	arp->ptype = be16(ETH_TYPE_IPV4);
	arp->hlen = 6;
	arp->plen = 4;
	arp->oper = be16(oper);
	mac_store(arp->sha, sha);
	arp->spa = spa;
	mac_store(arp->tha, tha);
	arp->tpa = tpa;
}

#endif

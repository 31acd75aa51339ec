// eth_wire: Ethernet II frames, with or without one 802.1Q tag. Which frames an interface accepts
// is in stack.c.
#ifndef TCPIP_ETH_WIRE_H
#define TCPIP_ETH_WIRE_H

#include "core/addr.h"
#include "core/mac.h"
#include "core/pkt.h"

#define ETH_TYPE_IPV4 0x0800
#define ETH_TYPE_ARP  0x0806
#define ETH_TYPE_VLAN 0x8100
#define ETH_TYPE_IPV6 0x86dd
#define ETH_TYPE_MIN  0x0600 // below it the field is an IEEE 802.3 length

#define ETH_VID_MASK 0x0fff

// Shortest frame on a cable, its check sequence not counted.
#define ETH_MIN_BYTES 60

struct OVERLAY eth_hdr {
	uint8_t dst[6], src[6];
	be16_t type;
};
OVERLAY_SIZE(struct eth_hdr, 14, type, 12);

// The header at pkt->l2.
static inline struct eth_hdr *eth_hdr_of(const struct pkt *pkt)
{
	return (struct eth_hdr *)(pkt->page + pkt->l2);
}

// Follows the addresses in place of the type, which comes after it.
struct OVERLAY eth_vlan_hdr {
	uint8_t dst[6], src[6];
	be16_t tpid, tci, type;
};
OVERLAY_SIZE(struct eth_vlan_hdr, 18, type, 16);

// A group that carries IPv6 multicast (RFC 2464 section 7).
static inline bool mac_is_ipv6_group(struct mac mac)
{
	return (mac.bits & 0xffff) == 0x3333;
}

static inline struct mac mac_of_ipv6_group(struct addr group)
{
	return (struct mac){0x3333 | (group.lo >> 32) << 16};
}

// Finds the length of the header and the type behind a tag, if there is one.
static inline enum drop eth_check(const uint8_t *frame, size_t len, uint16_t *hdr_len,
                                  uint16_t *type)
{
	const struct eth_hdr *eth = (const struct eth_hdr *)frame;

	if (unlikely(len < sizeof(*eth)))
		return DROP_ETH_SHORT;
	*hdr_len = sizeof(*eth);
	*type = be16_get(eth->type);
	if (unlikely(*type == ETH_TYPE_VLAN)) {
		if (len < sizeof(struct eth_vlan_hdr))
			return DROP_ETH_SHORT;
		*hdr_len = sizeof(struct eth_vlan_hdr);
		*type = be16_get(((const struct eth_vlan_hdr *)frame)->type);
	}
	return unlikely(*type < ETH_TYPE_MIN) ? DROP_ETH_LLC : DROP_NONE;
}

// The VLAN of a checked frame: 0 for an untagged one and for a tag that gives
// a priority only.
static inline uint16_t eth_vid(const uint8_t *frame, uint16_t hdr_len)
{
	if (likely(hdr_len == sizeof(struct eth_hdr)))
		return 0;
	return be16_get(((const struct eth_vlan_hdr *)frame)->tci) & ETH_VID_MASK;
}

#endif

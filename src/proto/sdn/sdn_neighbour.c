// sdn_neighbour: see the header.
#include "proto/sdn/sdn_neighbour.h"

#include "proto/sdn/sdn_frame.h"

#define NDP_SOLICIT    UINT32_C(135)
#define NDP_ADVERTISE  UINT32_C(136)
#define NDP_SOURCE_MAC 1
#define NDP_TARGET_MAC 2
#define NDP_BYTES      32 // a message with one option
#define IP_ICMP6       58

static void mac_put(struct fill *out, struct mac mac)
{
	uint8_t bytes[6];

	mac_store(bytes, mac);
	fill_bytes(out, bytes, sizeof(bytes));
}

static void ipv6_put(struct fill *out, struct addr addr)
{
	uint8_t bytes[16];

	addr_to_bytes(addr, bytes);
	fill_bytes(out, bytes, sizeof(bytes));
}

static void pad(struct fill *out, size_t begin)
{
	while (fill_len(out) - begin < SDN_NEIGHBOUR_FRAME_BYTES && !out->bad)
		fill_u8(out, 0);
}

void sdn_neighbour_put_eth(struct fill *out, const struct sdn_neighbour_eth *eth, uint16_t type)
{
	mac_put(out, eth->dst);
	mac_put(out, eth->src);
	if (eth->tagged) {
		fill_u16(out, SDN_FRAME_TYPE_VLAN);
		fill_u16(out, eth->tci);
	}
	fill_u16(out, type);
}

void sdn_neighbour_put_arp(struct fill *out, const struct sdn_neighbour_eth *eth,
                           enum sdn_neighbour_arp op, struct addr spa, struct mac tha,
                           struct addr tpa)
{
	size_t begin = fill_len(out);

	sdn_neighbour_put_eth(out, eth, SDN_FRAME_TYPE_ARP);
	fill_u32(out, 0x00010800);
	fill_u32(out, 0x06040000 | op);
	mac_put(out, eth->src);
	fill_u32(out, be32_get(addr_ipv4(spa)));
	mac_put(out, tha);
	fill_u32(out, be32_get(addr_ipv4(tpa)));
	pad(out, begin);
}

void sdn_neighbour_put_ndp(struct fill *out, const struct sdn_neighbour_eth *eth,
                           const struct sdn_neighbour_ndp *ndp)
{
	uint8_t room[NDP_BYTES];
	struct fill message = fill_of(room, sizeof(room));
	be16_t *cksum = (be16_t *)(room + 2);
	size_t begin = fill_len(out);

	fill_u32(&message, (ndp->advertises ? NDP_ADVERTISE : NDP_SOLICIT) << 24);
	fill_u32(&message, ndp->flags);
	ipv6_put(&message, ndp->target);
	fill_u8(&message, ndp->advertises ? NDP_TARGET_MAC : NDP_SOURCE_MAC);
	fill_u8(&message, 1);
	mac_put(&message, eth->src);
	*cksum = be16(sdn_frame_cksum(ndp->src, ndp->dst, room, sizeof(room)));

	sdn_neighbour_put_eth(out, eth, SDN_FRAME_TYPE_IPV6);
	fill_u32(out, UINT32_C(6) << 28);
	fill_u32(out, NDP_BYTES << 16 | IP_ICMP6 << 8 | 255);
	ipv6_put(out, ndp->src);
	ipv6_put(out, ndp->dst);
	fill_bytes(out, room, sizeof(room));
	pad(out, begin);
}

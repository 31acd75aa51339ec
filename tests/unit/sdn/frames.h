// frames: frames of hosts for the tests of the SDN engines, written member by member, so that a
// test can get any of them wrong.
#ifndef SDN_FRAMES_H
#define SDN_FRAMES_H

#include "harness.h"

#include "proto/sdn/sdn_frame.h"

struct frames_bytes {
	uint8_t bytes[600];
	size_t len;
};

// 02:00:00:00:00:N
static inline struct mac frames_mac(uint8_t n)
{
	return mac_load((uint8_t[]){2, 0, 0, 0, 0, n});
}

static inline struct addr frames_addr(const char *text)
{
	struct addr addr;

	assert_true(addr_parse(text, &addr));
	return addr;
}

static inline void frames_mac_put(struct fill *out, struct mac mac)
{
	uint8_t bytes[6];

	mac_store(bytes, mac);
	fill_bytes(out, bytes, 6);
}

// Of IPv4 four bytes, of IPv6 sixteen.
static inline void frames_addr_put(struct fill *out, struct addr addr)
{
	uint8_t bytes[16];
	be32_t ipv4 = addr_ipv4(addr);

	addr_to_bytes(addr, bytes);
	if (addr_is_ipv4(addr))
		fill_bytes(out, &ipv4, 4);
	else
		fill_bytes(out, bytes, 16);
}

// A tag when vid is not 0.
static inline struct fill frames_eth(struct frames_bytes *frame, struct mac dst, struct mac src,
                                     uint16_t vid, uint16_t type)
{
	struct fill out = fill_of(frame->bytes, sizeof(frame->bytes));

	frames_mac_put(&out, dst);
	frames_mac_put(&out, src);
	if (vid) {
		fill_u16(&out, SDN_FRAME_TYPE_VLAN);
		fill_u16(&out, vid);
	}
	fill_u16(&out, type);
	return out;
}

static inline void frames_end(struct frames_bytes *frame, const struct fill *out)
{
	assert_false(out->bad);
	frame->len = fill_len(out);
}

struct frames_arp {
	uint16_t oper; // 1: request, 2: reply
	struct mac src, sha;
	struct addr spa, tpa;
	struct mac dst;
	uint16_t vid;
};

static inline void frames_arp(struct frames_bytes *frame, const struct frames_arp *arp)
{
	struct fill out = frames_eth(frame, arp->dst, arp->src, arp->vid, SDN_FRAME_TYPE_ARP);

	fill_u32(&out, 0x00010800);
	fill_u32(&out, 0x06040000 | arp->oper);
	frames_mac_put(&out, arp->sha);
	frames_addr_put(&out, arp->spa);
	frames_mac_put(&out, (struct mac){0});
	frames_addr_put(&out, arp->tpa);
	frames_end(frame, &out);
}

// A request of host n to all.
static inline struct frames_arp frames_arp_of(uint8_t n, const char *spa, const char *tpa)
{
	return (struct frames_arp){.oper = 1,
	                           .src = frames_mac(n),
	                           .sha = frames_mac(n),
	                           .spa = frames_addr(spa),
	                           .tpa = frames_addr(tpa),
	                           .dst = MAC_BROADCAST};
}

struct frames_ndp {
	uint8_t type, code, hop_limit; // 135: solicitation, 136: advertisement
	struct mac dst, src;
	struct addr from, to, target;
	uint32_t flags;
	struct mac option;  // zero: none
	uint8_t option_len; // in eights
	uint16_t cksum_wrong, vid;
};

static inline void frames_ndp(struct frames_bytes *frame, const struct frames_ndp *ndp)
{
	uint8_t message[40];
	struct fill m = fill_of(message, sizeof(message));
	struct fill out = frames_eth(frame, ndp->dst, ndp->src, ndp->vid, SDN_FRAME_TYPE_IPV6);
	be16_t *cksum = (be16_t *)(message + 2);

	fill_u32(&m, (uint32_t)ndp->type << 24 | (uint32_t)ndp->code << 16);
	fill_u32(&m, ndp->flags);
	frames_addr_put(&m, ndp->target);
	if (ndp->option.bits) {
		fill_u8(&m, ndp->type == 135 ? 1 : 2);
		fill_u8(&m, ndp->option_len);
		frames_mac_put(&m, ndp->option);
	}
	*cksum =
	        be16(sdn_frame_cksum(ndp->from, ndp->to, message, fill_len(&m)) ^ ndp->cksum_wrong);
	fill_u32(&out, UINT32_C(6) << 28);
	fill_u32(&out, (uint32_t)fill_len(&m) << 16 | 58 << 8 | ndp->hop_limit);
	frames_addr_put(&out, ndp->from);
	frames_addr_put(&out, ndp->to);
	fill_bytes(&out, message, fill_len(&m));
	frames_end(frame, &out);
}

// A solicitation of host n, to all.
static inline struct frames_ndp frames_solicit_of(uint8_t n, const char *from, const char *target)
{
	return (struct frames_ndp){.type = 135,
	                           .hop_limit = 255,
	                           .dst = mac_load((uint8_t[]){0x33, 0x33, 0xff, 0, 0, 9}),
	                           .src = frames_mac(n),
	                           .from = frames_addr(from),
	                           .to = frames_addr("ff02::1:ff00:9"),
	                           .target = frames_addr(target),
	                           .option = frames_mac(n),
	                           .option_len = 1};
}

// An advertisement of host n about itself, to all.
static inline struct frames_ndp frames_advert_of(uint8_t n, const char *target, uint32_t flags)
{
	return (struct frames_ndp){.type = 136,
	                           .hop_limit = 255,
	                           .dst = mac_load((uint8_t[]){0x33, 0x33, 0, 0, 0, 1}),
	                           .src = frames_mac(n),
	                           .from = frames_addr(target),
	                           .to = frames_addr("ff02::1"),
	                           .target = frames_addr(target),
	                           .flags = flags,
	                           .option = frames_mac(n),
	                           .option_len = 1};
}

struct frames_dhcp {
	bool client; // else a server
	struct mac src, chaddr;
	struct addr ciaddr, yiaddr, giaddr;
	uint8_t message; // 5: DHCPACK
	uint32_t magic;
	uint16_t udp_len_wrong;
};

static inline void frames_dhcp(struct frames_bytes *frame, const struct frames_dhcp *dhcp)
{
	struct fill out = frames_eth(frame, MAC_BROADCAST, dhcp->src, 0, SDN_FRAME_TYPE_IPV4);
	static const uint8_t zeros[202];
	uint16_t udp = 8 + 240 + 4, from = dhcp->client ? 68 : 67;

	fill_u32(&out, 0x45000000u | (20u + udp));
	fill_u32(&out, 0);
	fill_u32(&out, 64 << 24 | 17 << 16);
	fill_u32(&out, dhcp->client ? 0 : 0x0a000001);
	fill_u32(&out, UINT32_MAX);
	fill_u16(&out, from);
	fill_u16(&out, 135 - from);
	fill_u16(&out, udp + dhcp->udp_len_wrong);
	fill_u16(&out, 0);
	fill_u32(&out, (dhcp->client ? 1u : 2u) << 24 | 0x010600);
	fill_u32(&out, 0x12345678);
	fill_u32(&out, 0);
	frames_addr_put(&out, dhcp->ciaddr);
	frames_addr_put(&out, dhcp->yiaddr);
	fill_u32(&out, 0);
	frames_addr_put(&out, dhcp->giaddr);
	frames_mac_put(&out, dhcp->chaddr);
	fill_bytes(&out, zeros, sizeof(zeros));
	fill_u32(&out, dhcp->magic);
	fill_u32(&out, 53 << 24 | 1 << 16 | (uint32_t)dhcp->message << 8 | 255);
	frames_end(frame, &out);
}

// An answer of the server 02:00:00:00:00:fe to host n, or the request of it.
static inline struct frames_dhcp frames_dhcp_of(uint8_t n, bool client, uint8_t message,
                                                const char *yiaddr)
{
	struct addr none = frames_addr("0.0.0.0");

	return (struct frames_dhcp){.client = client,
	                            .src = frames_mac(client ? n : 0xfe),
	                            .chaddr = frames_mac(n),
	                            .ciaddr = none,
	                            .yiaddr = frames_addr(yiaddr),
	                            .giaddr = none,
	                            .message = message,
	                            .magic = 0x63825363};
}

#endif

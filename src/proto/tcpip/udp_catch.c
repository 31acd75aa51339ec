// udp_catch: see the header.
#include "proto/tcpip/udp_catch.h"

#include "core/simd.h"
#include "proto/tcpip/eth_wire.h"
#include "proto/tcpip/ip_wire.h"
#include "proto/tcpip/ipv4_wire.h"
#include "proto/tcpip/ipv6_wire.h"
#include "proto/tcpip/udp_wire.h"

#define ONES 0xff

static void demand(struct udp_catch *catch, size_t at, const void *bytes, size_t len)
{
	memcpy(catch->want + at, bytes, len);
	memset(catch->mask + at, ONES, len);
}

static void demand_ipv4(struct udp_catch *catch)
{
	const struct ipv4_hdr ip = {.version_ihl = IPV4_VERSION_IHL,
	                            .protocol = IP_PROTOCOL_UDP,
	                            .src = addr_ipv4(catch->remote),
	                            .dst = addr_ipv4(catch->local)};
	const be16_t fragment = be16(IPV4_FLAG_MF | IPV4_OFFSET_MASK);
	size_t at = sizeof(struct eth_hdr);

	demand(catch, at, &ip.version_ihl, sizeof(ip.version_ihl));
	memcpy(catch->mask + at + offsetof(struct ipv4_hdr, frag), &fragment, sizeof(fragment));
	demand(catch, at + offsetof(struct ipv4_hdr, protocol), &ip.protocol, sizeof(ip.protocol));
	demand(catch, at + offsetof(struct ipv4_hdr, src), &ip.src, sizeof(ip.src));
	demand(catch, at + offsetof(struct ipv4_hdr, dst), &ip.dst, sizeof(ip.dst));
}

static void demand_ipv6(struct udp_catch *catch)
{
	size_t at = sizeof(struct eth_hdr);
	const uint8_t next = IP_PROTOCOL_UDP;
	uint8_t bytes[16];

	// The version; traffic class and flow label may be any.
	catch->want[at] = 0x60;
	catch->mask[at] = 0xf0;
	demand(catch, at + offsetof(struct ipv6_hdr, next), &next, sizeof(next));
	addr_to_bytes(catch->remote, bytes);
	demand(catch, at + offsetof(struct ipv6_hdr, src), bytes, sizeof(bytes));
	addr_to_bytes(catch->local, bytes);
	demand(catch, at + offsetof(struct ipv6_hdr, dst), bytes, sizeof(bytes));
}

static bool is_current(const struct udp_catch *catch, const struct udp_train *train)
{
	return catch->built && catch->mac == train->own_mac &&
	       addr_eq(catch->local, train->flow.src) && addr_eq(catch->remote, train->flow.dst);
}

void udp_catch_open(struct udp_catch *catch, const struct udp_train *train)
{
	uint8_t mac[6];
	be16_t type;

	if (likely(is_current(catch, train)))
		return;
	*catch = (struct udp_catch){.mac = train->own_mac,
	                            .local = train->flow.src,
	                            .remote = train->flow.dst,
	                            .ipv4 = addr_is_ipv4(train->flow.dst),
	                            .built = true};
	catch->l4 = (uint16_t)(sizeof(struct eth_hdr) +
	                       (catch->ipv4 ? sizeof(struct ipv4_hdr) : sizeof(struct ipv6_hdr)));
	catch->sum = cksum_pseudo(catch->remote, catch->local, IP_PROTOCOL_UDP, 0).sum;
	mac_store(mac, (struct mac){train->own_mac});
	type = be16(catch->ipv4 ? ETH_TYPE_IPV4 : ETH_TYPE_IPV6);
	demand(catch, offsetof(struct eth_hdr, dst), mac, sizeof(mac));
	demand(catch, offsetof(struct eth_hdr, type), &type, sizeof(type));
	if (catch->ipv4)
		demand_ipv4(catch);
	else
		demand_ipv6(catch);
	demand(catch, catch->l4 + offsetof(struct udp_hdr, src_port), &train->dst_port,
	       sizeof(train->dst_port));
}

// Bytes behind the frame's end may be compared, which are the page's.
static inline bool head_matches(const struct udp_catch *catch, const uint8_t *frame)
{
	unsigned same = 0xffff;

	for (unsigned at = 0; at < UDP_CATCH_BYTES; at += SIMD16_BYTES)
		same &= simd16_same(
		        simd16_and(simd16_load(frame + at), simd16_load(catch->mask + at)),
		        simd16_load(catch->want + at));
	return same == 0xffff;
}

// The length of the IP packet's payload, with the header's checksum verified; 0: it is not sound.
static inline uint32_t ip_payload_len(const struct udp_catch *catch, const struct pkt *pkt)
{
	const uint8_t *frame = pkt_data(pkt);

	if (catch->ipv4) {
		const struct ipv4_hdr *ip =
		        (const struct ipv4_hdr *)(frame + sizeof(struct eth_hdr));
		uint32_t len = be16_get(ip->total_len);

		if (!(pkt->rx_flags & PKT_RX_IPV4_CKSUM_OK) && unlikely(!cksum_ok(ipv4_sum(ip))))
			return 0;
		return len > sizeof(*ip) ? len - (uint32_t)sizeof(*ip) : 0;
	}
	return be16_get(((const struct ipv6_hdr *)(frame + sizeof(struct eth_hdr)))->payload_len);
}

static inline bool datagram_is_sound(const struct udp_catch *catch, const struct pkt *pkt)
{
	const struct udp_hdr *udp = (const struct udp_hdr *)(pkt_data(pkt) + catch->l4);
	uint32_t len = be16_get(udp->len);
	cksum_t sum = {catch->sum + udp->len.be};

	if (unlikely(len < sizeof(*udp) || len != ip_payload_len(catch, pkt) ||
	             len > (uint32_t)pkt->len - catch->l4))
		return false;
	if (pkt->rx_flags & PKT_RX_L4_CKSUM_OK)
		return true;
	return udp->cksum.be != 0 && cksum_ok(cksum_add(sum, udp, len));
}

static inline bool is_caught(const struct udp_catch *catch, const struct pkt *pkt)
{
	const uint8_t bad = PKT_RX_IPV4_CKSUM_BAD | PKT_RX_L4_CKSUM_BAD;

	return pkt->next == NULL && !(pkt->rx_flags & bad) &&
	       pkt->len >= catch->l4 + sizeof(struct udp_hdr) &&
	       pkt->room - pkt->off >= UDP_CATCH_BYTES && head_matches(catch, pkt_data(pkt)) &&
	       datagram_is_sound(catch, pkt);
}

unsigned udp_catch_take(const struct udp_catch *catch, struct pkt **pkts, unsigned n,
                        struct udp_caught *caught)
{
	unsigned len = 0, left = 0;

	if (unlikely(!catch->built))
		return 0;
	for (unsigned i = 0; i < n; i++) {
		struct pkt *pkt = pkts[i];
		const struct udp_hdr *udp;

		if (unlikely(!is_caught(catch, pkt))) {
			pkts[left++] = pkt;
			continue;
		}
		udp = (const struct udp_hdr *)(pkt_data(pkt) + catch->l4);
		caught[len++] =
		        (struct udp_caught){.pkt = pkt,
		                            .payload = (const uint8_t *)(udp + 1),
		                            .len = (uint16_t)(be16_get(udp->len) - sizeof(*udp)),
		                            .dst_port = be16_get(udp->dst_port)};
	}
	return len;
}

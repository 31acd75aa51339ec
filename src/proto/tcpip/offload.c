// offload: checksums, segments and pages for what leaves; see the header. Nothing in here
// trusts a frame further than its checks.
#include "proto/tcpip/offload.h"

#include "proto/tcpip/eth_wire.h"
#include "proto/tcpip/ip_wire.h"
#include "proto/tcpip/ipv4_wire.h"
#include "proto/tcpip/ipv6.h"
#include "proto/tcpip/tcp_wire.h"
#include "proto/tcpip/udp_wire.h"

// The upper layer of a frame whose headers are sound.
struct upper {
	bool ipv6;
	uint8_t protocol;
	uint32_t len; // of the upper layer as IP has it, at pkt->l4
	struct addr src, dst;
};

static enum drop read_ipv4(struct pkt *pkt, struct upper *upper)
{
	const struct ipv4_hdr *ip = ipv4_hdr_of(pkt);
	uint32_t l2_len = (uint32_t)(pkt->l3 - pkt->off);
	enum drop reason = ipv4_check(ip, pkt->len - l2_len, pkt_total_len(pkt) - l2_len);

	if (reason)
		return reason;
	if (ipv4_is_fragment(ip))
		return DROP_OFFLOAD_PROTOCOL;
	pkt->l4 = (uint16_t)(pkt->l3 + ipv4_hdr_len(ip));
	*upper = (struct upper){
	        .protocol = ip->protocol,
	        .len = be16_get(ip->total_len) - (uint32_t)ipv4_hdr_len(ip),
	        .src = addr_from_ipv4(ip->src),
	        .dst = addr_from_ipv4(ip->dst),
	};
	return DROP_NONE;
}

// Extension headers are passed over. One that sends the packet on to another
// destination is refused, for the checksum is over the last one.
static enum drop read_ipv6(struct pkt *pkt, struct upper *upper)
{
	const struct ipv6_hdr *ip = ipv6_hdr_of(pkt);
	uint32_t l2_len = (uint32_t)(pkt->l3 - pkt->off);
	enum drop reason = ipv6_check(ip, pkt->len - l2_len, pkt_total_len(pkt) - l2_len);
	uint32_t at = sizeof(*ip), end, here;
	uint8_t next;

	if (reason)
		return reason;
	next = ip->next;
	end = (uint32_t)sizeof(*ip) + be16_get(ip->payload_len);
	here = (uint32_t)size_min(end, pkt->len - l2_len);
	for (unsigned n = 0; next == IPV6_NEXT_HOP_BY_HOP || next == IPV6_NEXT_DST_OPTS ||
	                     next == IPV6_NEXT_ROUTING;
	     n++) {
		const struct ipv6_ext *ext = (const struct ipv6_ext *)(pkt->page + pkt->l3 + at);

		if (n == IPV6_EXT_MAX)
			return DROP_IPV6_EXT_LIMIT;
		reason = ipv6_ext_check(ext, here - at);
		if (reason)
			return reason;
		if (next == IPV6_NEXT_ROUTING && ext->segments_left)
			return DROP_IPV6_ROUTING;
		next = ext->next;
		at += (ext->len + 1u) * 8;
	}
	pkt->l4 = (uint16_t)(pkt->l3 + at);
	*upper = (struct upper){
	        .ipv6 = true,
	        .protocol = next,
	        .len = end - at,
	        .src = addr_from_bytes(ip->src),
	        .dst = addr_from_bytes(ip->dst),
	};
	return DROP_NONE;
}

// Finds the layers of a frame; DROP_NONE: it is a whole UDP or TCP packet, its
// headers sound and in the first page.
static enum drop read_frame(struct pkt *pkt, struct upper *upper)
{
	uint16_t hdr_len, type;
	enum drop reason = eth_check(pkt_data(pkt), pkt->len, &hdr_len, &type);
	uint32_t here;

	if (reason)
		return reason;
	pkt->l2 = pkt->off;
	pkt->l3 = (uint16_t)(pkt->l2 + hdr_len);
	if (type == ETH_TYPE_IPV4)
		reason = read_ipv4(pkt, upper);
	else if (type == ETH_TYPE_IPV6)
		reason = read_ipv6(pkt, upper);
	else
		reason = DROP_OFFLOAD_PROTOCOL;
	if (reason)
		return reason;
	here = (uint32_t)size_min(upper->len, (size_t)(pkt->off + pkt->len - pkt->l4));
	if (upper->protocol == IP_PROTOCOL_TCP)
		return tcp_check(tcp_hdr_of(pkt), here, upper->len);
	if (upper->protocol != IP_PROTOCOL_UDP)
		return DROP_OFFLOAD_PROTOCOL;
	reason = udp_check(udp_hdr_of(pkt), here, upper->len);
	// A sender that expects no answer may use port 0 (RFC 768).
	return reason == DROP_UDP_SOURCE_PORT ? DROP_NONE : reason;
}

// Whether devices find the upper layer: not all look behind extension headers.
static bool is_plain(const struct pkt *pkt, const struct upper *upper)
{
	return !upper->ipv6 || pkt->l4 - pkt->l3 == sizeof(struct ipv6_hdr);
}

// Makes the checksum the device's job, whose sum goes to the frame's end, or
// completes it.
static void finish_cksum(const struct offload_iface *iface, struct pkt *pkt,
                         const struct upper *upper)
{
	const struct udp_hdr *udp = udp_hdr_of(pkt);
	bool is_udp = upper->protocol == IP_PROTOCOL_UDP;
	uint32_t len = is_udp ? be16_get(udp->len) : upper->len;
	cksum_t sum = cksum_pseudo(upper->src, upper->dst, upper->protocol, len);
	be16_t *cksum = (be16_t *)(pkt->page + pkt->l4 +
	                           (is_udp ? offsetof(struct udp_hdr, cksum)
	                                   : offsetof(struct tcp_hdr, cksum)));

	pkt->rx_flags &= (uint8_t)~PKT_RX_L4_CKSUM_BLANK;
	if ((pkt->gso_size || (iface->netif->offloads & NETIF_TX_L4_CKSUM)) &&
	    is_plain(pkt, upper) && len == pkt_l4_len(pkt)) {
		*cksum = cksum_fold(sum);
		pkt->tx_flags &= PKT_TX_IPV4_CKSUM;
		pkt->tx_flags |= is_udp ? PKT_TX_UDP_CKSUM : PKT_TX_TCP_CKSUM;
		pkt->tx_flags |= upper->ipv6 ? PKT_TX_IPV6 : 0;
		return;
	}
	pkt->tx_flags &= PKT_TX_IPV4_CKSUM;
	*cksum = (be16_t){0};
	sum = cksum_add_pkt(sum, pkt, pkt->l4, len);
	*cksum = is_udp ? cksum_finish_udp(sum) : cksum_finish(sum);
}

// Completes the IPv4 header's checksum if that is left open.
static void finish_ipv4(const struct offload_iface *iface, struct pkt *pkt)
{
	struct ipv4_hdr *ip = ipv4_hdr_of(pkt);

	if (!(pkt->tx_flags & iface->lacks & PKT_TX_IPV4_CKSUM))
		return;
	pkt->tx_flags &= (uint8_t)~PKT_TX_IPV4_CKSUM;
	ip->cksum = be16(0);
	ip->cksum = cksum_finish(cksum_add((cksum_t){0}, ip, ipv4_hdr_len(ip)));
}

// What differs from the packet that stands for all: lengths, identification,
// sequence number and flags of the bytes from `at` on.
static void write_headers(struct pkt *segment, const struct upper *upper, uint32_t at,
                          uint16_t number, bool last)
{
	struct tcp_hdr *tcp = tcp_hdr_of(segment);
	uint16_t l3_len = (uint16_t)(segment->off + segment->len - segment->l3);

	if (upper->ipv6) {
		struct ipv6_hdr *ip = ipv6_hdr_of(segment);

		ip->payload_len = be16((uint16_t)(l3_len - sizeof(*ip)));
	} else {
		struct ipv4_hdr *ip = ipv4_hdr_of(segment);

		ip->total_len = be16(l3_len);
		ip->id = be16((uint16_t)(be16_get(ip->id) + number));
		ip->cksum = be16(0);
		ip->cksum = cksum_finish(cksum_add((cksum_t){0}, ip, ipv4_hdr_len(ip)));
	}
	tcp->seq = be32(be32_get(tcp->seq) + at);
	if (!last)
		tcp->flags &= (uint8_t) ~(TCP_FIN | TCP_PSH);
	if (number)
		tcp->flags &= (uint8_t)~TCP_CWR; // RFC 3168 section 6.1.2: sent once
}

// Builds the segment of len bytes of payload from `at` on, behind copies of the
// hdr_len bytes of headers.
static enum drop segment_build(const struct offload_iface *iface, const struct pkt *pkt,
                               uint16_t hdr_len, uint32_t at, uint16_t len, struct pkt **segment)
{
	struct pkt *to = *segment = pkt_alloc(iface->pool);

	if (!to)
		return DROP_TX_NO_PAGE;
	if (hdr_len + len > to->room - to->off) {
		pkt_put(to);
		return DROP_OFFLOAD_SEGMENTS;
	}
	pkt_set_len(to, (uint16_t)(hdr_len + len));
	memcpy(pkt_data(to), pkt_data(pkt), hdr_len);
	pkt_read(pkt, hdr_len + at, pkt_data(to) + hdr_len, len);
	to->l2 = to->off;
	to->l3 = (uint16_t)(to->off + pkt->l3 - pkt->off);
	to->l4 = (uint16_t)(to->off + pkt->l4 - pkt->off);
	to->hash = pkt->hash;
	to->iface = pkt->iface;
	return DROP_NONE;
}

// Sends the packet as segments, which leaves it with the caller. When pages run
// out, TCP will send the rest again.
static enum drop send_segments(const struct offload_iface *iface, const struct pkt *pkt,
                               const struct upper *upper)
{
	const struct tcp_hdr *tcp = tcp_hdr_of(pkt);
	uint16_t hdr_len = (uint16_t)(pkt->l4 - pkt->off + tcp_hdr_len(tcp));
	uint32_t payload = upper->len - tcp_hdr_len(tcp), at = 0;
	uint16_t size = pkt->gso_size;

	if (payload > (uint32_t)size * OFFLOAD_SEGMENTS_MAX)
		return DROP_OFFLOAD_SEGMENTS;
	for (uint16_t number = 0; at < payload; number++) {
		uint16_t len = (uint16_t)size_min(size, payload - at);
		struct upper part = *upper;
		struct pkt *segment;
		enum drop reason = segment_build(iface, pkt, hdr_len, at, len, &segment);

		if (reason)
			return reason;
		part.len = (uint32_t)tcp_hdr_len(tcp) + len;
		write_headers(segment, upper, at, number, at + len == payload);
		finish_cksum(iface, segment, &part);
		batch_add(iface->out, iface->metric, segment);
		at += len;
	}
	return DROP_NONE;
}

// Whether the device cuts the packet itself.
static bool device_cuts(const struct netif *netif, const struct pkt *pkt, const struct upper *upper)
{
	uint32_t tso = upper->ipv6 ? NETIF_TX_TSO6 : NETIF_TX_TSO4;

	return (netif->offloads & tso) && is_plain(pkt, upper);
}

// The longest frame that the interface sends, with a tag or without.
static uint32_t frame_max(const struct offload_iface *iface)
{
	return iface->netif->mtu + (uint32_t)sizeof(struct eth_vlan_hdr);
}

// Settles whether a packet with a gso_size is one segment or more, and that it can
// be cut.
static enum drop check_segments(const struct offload_iface *iface, struct pkt *pkt,
                                const struct upper *upper)
{
	const struct tcp_hdr *tcp = tcp_hdr_of(pkt);
	const uint8_t alone = TCP_SYN | TCP_RST | TCP_URG;
	uint32_t hdr_len;

	if (upper->protocol != IP_PROTOCOL_TCP)
		return DROP_OFFLOAD_PROTOCOL;
	hdr_len = (uint32_t)(pkt->l4 - pkt->off) + tcp_hdr_len(tcp);
	pkt_trim(pkt, (uint32_t)(pkt->l4 - pkt->off) + upper->len);
	if (pkt_total_len(pkt) - hdr_len <= pkt->gso_size) {
		pkt->gso_size = 0;
		return DROP_NONE;
	}
	if (tcp->flags & alone)
		return DROP_OFFLOAD_SEGMENTS;
	return hdr_len + pkt->gso_size > frame_max(iface) ? DROP_TX_TOO_LONG : DROP_NONE;
}

// Checks what is left unfinished and completes it as the device requires. *done: the
// packet's bytes have been sent in segments.
static enum drop finish(const struct offload_iface *iface, struct pkt *pkt, bool *done)
{
	bool blank = pkt->gso_size || (pkt->rx_flags & PKT_RX_L4_CKSUM_BLANK) ||
	             (pkt->tx_flags & (PKT_TX_UDP_CKSUM | PKT_TX_TCP_CKSUM));
	struct upper upper;
	enum drop reason = read_frame(pkt, &upper);

	if (!reason && pkt->gso_size)
		reason = check_segments(iface, pkt, &upper);
	if (reason)
		return reason;
	if (pkt->gso_size && !device_cuts(iface->netif, pkt, &upper)) {
		*done = true;
		return send_segments(iface, pkt, &upper);
	}
	finish_ipv4(iface, pkt);
	if (blank)
		finish_cksum(iface, pkt, &upper);
	return DROP_NONE;
}

// Whether the device completes all of a packet of the stack's own. TCP makes none longer than
// the interface's device takes.
static bool device_finishes(const struct offload_iface *iface, const struct pkt *pkt)
{
	uint32_t tso = pkt->tx_flags & PKT_TX_IPV6 ? NETIF_TX_TSO6 : NETIF_TX_TSO4;

	return pkt->gso_size && (iface->netif->offloads & tso) &&
	       !(pkt->tx_flags & iface->lacks & ~PKT_TX_TCP_CKSUM);
}

void offload_finish(const struct offload_iface *iface, struct pkt *pkt)
{
	bool done = false;
	enum drop reason;

	if (likely(device_finishes(iface, pkt))) {
		batch_add(iface->out, iface->metric, pkt);
		return;
	}
	reason = finish(iface, pkt, &done);
	if (reason)
		pkt_drop(iface->metric, pkt, reason);
	else if (done)
		pkt_put(pkt);
	else
		batch_add(iface->out, iface->metric, pkt);
}

// Consumes the finished frame: sent, in pages that the device can reach.
static void send_pages(const struct offload_iface *iface, struct pkt *pkt)
{
	const struct page_pool *pool = iface->pool;

	if (unlikely(pool->kind && pkt->pool->kind != pool->kind)) {
		struct pkt *copy = pkt_copy(iface->pool, pkt);

		if (!copy) {
			pkt_drop(iface->metric, pkt, DROP_TX_NO_PAGE);
			return;
		}
		pkt_put(pkt);
		pkt = copy;
	}
	batch_add(iface->out, iface->metric, pkt);
}

void offload_send(const struct offload_iface *iface, struct pkt *pkt)
{
	enum drop reason = DROP_NONE;
	bool done = false;

	pkt->tx_flags = 0;
	assert(pkt->refs == 1 || !(pkt->gso_size || (pkt->rx_flags & PKT_RX_L4_CKSUM_BLANK)));
	if (unlikely(pkt->gso_size || (pkt->rx_flags & PKT_RX_L4_CKSUM_BLANK)))
		reason = finish(iface, pkt, &done);
	if (unlikely(!reason && pkt->gso_size == 0 && pkt_total_len(pkt) > frame_max(iface)))
		reason = DROP_TX_TOO_LONG;
	if (unlikely(reason))
		pkt_drop(iface->metric, pkt, reason);
	else if (unlikely(done))
		pkt_put(pkt);
	else
		send_pages(iface, pkt);
}

// ndp: answers solicitations in place and enters senders as neighbours. The states of
// neighbours are in neigh.c, the layout of messages in ndp_wire.h.
#include "proto/tcpip/ndp.h"

#include "proto/tcpip/icmp6.h"
#include "proto/tcpip/ndp_wire.h"

// Length of our messages: each has one option with our hardware address.
#define MESSAGE_BYTES (sizeof(struct ndp_hdr) + sizeof(struct ndp_mac_option))

static struct ip_flow flow_of(struct iface *iface, struct addr src, struct addr dst)
{
	return (struct ip_flow){iface, src, dst, IP_PROTOCOL_ICMP6, NDP_HOP_LIMIT, 0};
}

// Writes the message at pkt->l4, and the header before it.
static void message_build(const struct ip_flow *flow, struct pkt *pkt, enum icmp6_type type,
                          uint32_t flags, struct addr target)
{
	struct ndp_hdr *ndp = ndp_hdr_of(pkt);
	struct ndp_mac_option *option = (struct ndp_mac_option *)(ndp + 1);

	ndp->type = (uint8_t)type;
	ndp->code = 0;
	ndp->flags = be32(flags);
	addr_to_bytes(target, ndp->target);
	option->type =
	        type == ICMP6_NEIGHBOR_SOLICIT ? NDP_OPTION_SOURCE_MAC : NDP_OPTION_TARGET_MAC;
	option->len = 1;
	mac_store(option->mac, flow->iface->mac);
	icmp6_build(flow, pkt, MESSAGE_BYTES);
}

void ndp_solicit(struct iface *iface, struct addr addr, const struct mac *mac)
{
	struct ip_flow flow =
	        flow_of(iface, iface_source(iface, addr), mac ? addr : ipv6_solicited_group(addr));
	struct pkt *pkt = ip_alloc(&flow, MESSAGE_BYTES);

	if (!pkt)
		return;
	message_build(&flow, pkt, ICMP6_NEIGHBOR_SOLICIT, 0, addr);
	iface_send_to(iface, pkt, mac ? *mac : mac_of_ipv6_group(flow.dst));
}

void ndp_probe(struct iface *iface, struct addr addr, uint64_t nonce)
{
	struct ip_flow flow = flow_of(iface, (struct addr){0}, ipv6_solicited_group(addr));
	struct pkt *pkt = ip_alloc(&flow, MESSAGE_BYTES);
	struct ndp_mac_option *option;

	if (!pkt)
		return;
	message_build(&flow, pkt, ICMP6_NEIGHBOR_SOLICIT, 0, addr);
	option = (struct ndp_mac_option *)(ndp_hdr_of(pkt) + 1);
	option->type = NDP_OPTION_NONCE;
	memcpy(option->mac, &nonce, NDP_NONCE_BYTES);
	icmp6_build(&flow, pkt, MESSAGE_BYTES);
	iface_send_to(iface, pkt, mac_of_ipv6_group(flow.dst));
}

void ndp_announce(struct iface *iface, struct addr addr)
{
	struct ip_flow flow = flow_of(iface, addr, ipv6_all_nodes());
	struct pkt *pkt = ip_alloc(&flow, MESSAGE_BYTES);

	if (!pkt)
		return;
	message_build(&flow, pkt, ICMP6_NEIGHBOR_ADVERT, NDP_OVERRIDE, addr);
	iface_send_to(iface, pkt, mac_of_ipv6_group(flow.dst));
}

// RFC 4861 section 7.2.4. A solicitation from the unspecified address is
// duplicate address detection; the answer goes to all nodes.
static enum drop answer(struct iface *iface, struct pkt *pkt, struct addr target,
                        struct addr sender, mono_t now)
{
	bool probe = addr_is_any(sender);
	struct ip_flow flow = flow_of(iface, target, probe ? ipv6_all_nodes() : sender);
	uint32_t flags;

	if (probe && !rate_take(&iface->to_groups, now))
		return DROP_ICMP6_GROUP_RATE;
	ip_turn(&flow, pkt);
	if (pkt->l4 + MESSAGE_BYTES > pkt->room)
		return DROP_TX_TOO_LONG;
	// RFC 4429 section 3.3: without override while the address may be another host's.
	flags = acd_is_probed(iface, acd_find(iface, target)) ? 0 : NDP_OVERRIDE;
	message_build(&flow, pkt, ICMP6_NEIGHBOR_ADVERT, probe ? flags : NDP_SOLICITED | flags,
	              target);
	ip_send(&flow, pkt, now);
	return DROP_NONE;
}

static bool is_own_nonce(const struct iface *iface, const uint8_t *nonce)
{
	return nonce && memcmp(nonce, &iface->acd.nonce, NDP_NONCE_BYTES) == 0;
}

// The checks of RFC 4861 section 7.1.1 that ndp_check does not do.
static enum drop solicited(struct iface *iface, struct pkt *pkt, struct addr target,
                           const struct ndp_options *options, mono_t now)
{
	const struct ipv6_hdr *ip = ipv6_hdr_of(pkt);
	int index = acd_find(iface, target);
	struct addr src = addr_from_bytes(ip->src), dst = addr_from_bytes(ip->dst);

	if (addr_is_any(src)) {
		if (!addr_eq(dst, ipv6_solicited_group(target)))
			return DROP_ICMP6_NDP_DST;
		if (options->mac)
			return DROP_ICMP6_NDP_OPTION;
		// RFC 4862 section 5.4.3: another host searches for the same address.
		if (acd_is_probed(iface, index)) {
			if (is_own_nonce(iface, options->nonce))
				return DROP_ICMP6_NDP_OWN;
			acd_conflict(iface, index, mac_load(eth_hdr_of(pkt)->src), now);
			return DROP_ICMP6_NDP_CONFLICT;
		}
	}
	if (!iface_has_ipv6(iface, target))
		return DROP_ICMP6_NDP_NOT_OURS;
	if (options->mac && iface_on_link(iface, src))
		neigh_seen(&iface->neigh, src, mac_load(options->mac), now);
	return answer(iface, pkt, target, src, now);
}

// The checks of RFC 4861 section 7.1.2 that ndp_check does not do.
static enum drop advertised(struct iface *iface, struct pkt *pkt, struct addr target,
                            uint32_t flags, const uint8_t *option, mono_t now)
{
	const struct ipv6_hdr *ip = ipv6_hdr_of(pkt);
	struct mac mac = option ? mac_load(option) : (struct mac){0};
	int index = acd_find(iface, target);

	if (ip->dst[0] == 0xff && (flags & NDP_SOLICITED))
		return DROP_ICMP6_NDP_DST;
	if (addr_is_any(addr_from_bytes(ip->src)))
		return DROP_IPV6_UNSPECIFIED;
	if (index >= 0) {
		acd_conflict(iface, index, option ? mac : mac_load(eth_hdr_of(pkt)->src), now);
		return DROP_ICMP6_NDP_CONFLICT;
	}
	// ipv6_input lets these pass for the sake of conflicts.
	if (iface_has_ipv6(iface, addr_from_bytes(ip->src)))
		return DROP_IPV6_OWN;
	neigh_advertised(&iface->neigh, target, option ? &mac : NULL, flags & NDP_SOLICITED,
	                 flags & NDP_OVERRIDE, now);
	pkt_put(pkt);
	return DROP_NONE;
}

enum drop ndp_input(struct iface *iface, struct pkt *pkt, bool fragment_hdr, mono_t now)
{
	const struct ipv6_hdr *ip = ipv6_hdr_of(pkt);
	const struct ndp_hdr *ndp = ndp_hdr_of(pkt);
	size_t len = (size_t)(pkt->off + pkt->len - pkt->l4);
	bool solicit = ndp->type == ICMP6_NEIGHBOR_SOLICIT;
	struct ndp_options options;
	struct addr target;
	enum drop reason;

	// No valid options are longer than a page.
	if (pkt->more)
		return DROP_ICMP6_NDP_SHORT;
	reason = ndp_check(ndp, len, ip->hop_limit,
	                   solicit ? NDP_OPTION_SOURCE_MAC : NDP_OPTION_TARGET_MAC, &options);
	if (reason)
		return reason;
	// RFC 6980 section 5.
	if (fragment_hdr)
		return DROP_ICMP6_NDP_FRAGMENT;
	if (options.mac)
		reason = iface_check_mac(iface, mac_load(options.mac), DROP_ICMP6_NDP_MAC,
		                         DROP_ICMP6_NDP_OWN);
	if (reason)
		return reason;
	target = addr_from_bytes(ndp->target);
	if (solicit)
		return solicited(iface, pkt, target, &options, now);
	return advertised(iface, pkt, target, be32_get(ndp->flags), options.mac, now);
}

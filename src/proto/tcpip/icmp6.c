// icmp6: echo in place, errors in pages of our own; see the header.
#include "proto/tcpip/icmp6.h"

#include "proto/tcpip/cksum.h"
#include "proto/tcpip/mld.h"
#include "proto/tcpip/ndp.h"

// RFC 4443 section 2.4 (c): an error fits the smallest MTU.
#define QUOTE_BYTES (1280 - sizeof(struct ipv6_hdr) - sizeof(struct icmp_hdr))

void icmp6_build(struct pkt *pkt, struct addr src, struct addr dst, uint16_t len, uint8_t hop_limit)
{
	struct icmp_hdr *icmp = (struct icmp_hdr *)(pkt->page + pkt->l3 + sizeof(struct ipv6_hdr));
	cksum_t sum = cksum_pseudo(src, dst, IPV6_NEXT_ICMP6, len);

	ipv6_build(pkt, src, dst, IPV6_NEXT_ICMP6, len, hop_limit);
	icmp->cksum = cksum_finish(cksum_add_pkt(sum, pkt, pkt->l4, len));
}

// RFC 4443 section 4.2: the answer to a group's echo comes from a unicast
// address.
static void echo(struct iface *iface, struct pkt *pkt, struct addr src, struct addr dst, mono_t now)
{
	struct icmp_hdr *icmp = icmp_hdr_of(pkt);
	uint16_t len = (uint16_t)pkt_l4_len(pkt);

	icmp->type = ICMP6_ECHO_REPLY;
	icmp->cksum = be16(0);
	iface_turn(iface, pkt, sizeof(struct ipv6_hdr));
	icmp6_build(pkt, addr_is_multicast(dst) ? iface_source(iface, src) : dst, src, len,
	            IPV6_HOP_LIMIT);
	iface_send(iface, pkt, src, now);
}

enum drop icmp6_input(struct iface *iface, struct pkt *pkt, const struct ipv6_walk *walk,
                      mono_t now)
{
	const struct ipv6_hdr *ip = ipv6_hdr_of(pkt);
	const struct icmp_hdr *icmp = icmp_hdr_of(pkt);
	struct addr src = addr_from_bytes(ip->src), dst = addr_from_bytes(ip->dst);
	size_t len = (size_t)(pkt->off + pkt->len - pkt->l4);
	cksum_t sum = cksum_pseudo(src, dst, IPV6_NEXT_ICMP6, pkt_l4_len(pkt));

	if (len < sizeof(*icmp))
		return DROP_ICMP6_SHORT;
	if (!cksum_ok(cksum_add_pkt(sum, pkt, pkt->l4, pkt_l4_len(pkt))))
		return DROP_ICMP6_CKSUM;
	if (icmp->type == ICMP6_NEIGHBOR_SOLICIT || icmp->type == ICMP6_NEIGHBOR_ADVERT)
		return ndp_input(iface, pkt, walk->fragment_hdr, now);
	if (addr_is_any(src))
		return DROP_IPV6_UNSPECIFIED;
	if (icmp->type == ICMP6_ECHO_REQUEST && icmp->code == 0) {
		echo(iface, pkt, src, dst, now);
		return DROP_NONE;
	}
	if (icmp->type == ICMP6_MLD_QUERY)
		return mld_input(iface, pkt, walk, now);
	if (icmp->type <= ICMP6_ERROR_LAST)
		return DROP_ICMP6_ERROR;
	if (icmp->type == ICMP6_ROUTER_ADVERT)
		return DROP_ICMP6_ROUTER;
	return icmp->type == ICMP6_REDIRECT ? DROP_ICMP6_REDIRECT : DROP_ICMP6_TYPE;
}

// Whether RFC 4443 section 2.4 (e) forbids an error about the packet: about an
// error, to nobody, or about what went to a group, unless the action bits of an
// option want it.
static bool is_mute(const struct pkt *pkt, const struct ipv6_hdr *about, enum icmp6_type type,
                    enum icmp6_code code)
{
	const struct eth_hdr *eth = eth_hdr_of(pkt);
	bool option = type == ICMP6_PARAMETER && code == ICMP6_PARAMETER_OPTION;

	if (addr_is_any(addr_from_bytes(about->src)) || ipv6_is_icmp6_error(pkt))
		return true;
	return (about->dst[0] == 0xff || (eth->dst[0] & 1)) && !option;
}

void icmp6_error(struct iface *iface, const struct pkt *pkt, enum icmp6_type type,
                 enum icmp6_code code, uint32_t rest, mono_t now)
{
	const struct ipv6_hdr *about = ipv6_hdr_of(pkt);
	struct addr dst = addr_from_bytes(about->src), ours = addr_from_bytes(about->dst);
	uint32_t there = pkt_total_len(pkt) - (uint32_t)(pkt->l3 - pkt->off);
	uint16_t quote = (uint16_t)size_min(there, QUOTE_BYTES);
	uint16_t len = (uint16_t)(sizeof(struct icmp_hdr) + quote);
	struct icmp_hdr *icmp;
	struct pkt *error;

	if (is_mute(pkt, about, type, code))
		return;
	if (!rate_take(&iface->errors, now)) {
		counter_add(&iface->metric->drop[DROP_ICMP6_RATE], 1);
		return;
	}
	error = iface_alloc(iface, ETH_TYPE_IPV6, (uint16_t)(sizeof(struct ipv6_hdr) + len));
	if (!error)
		return;
	icmp = (struct icmp_hdr *)(error->page + error->l3 + sizeof(struct ipv6_hdr));
	*icmp = (struct icmp_hdr){.type = (uint8_t)type, .code = (uint8_t)code, .rest = be32(rest)};
	pkt_read(pkt, (uint32_t)(pkt->l3 - pkt->off), icmp + 1, quote);
	icmp6_build(error, addr_is_multicast(ours) ? iface_source(iface, dst) : ours, dst, len,
	            IPV6_HOP_LIMIT);
	iface_send(iface, error, dst, now);
}

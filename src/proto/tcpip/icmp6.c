// icmp6: echo in place, errors in pages of our own, and what others' errors quote; see
// the header.
#include "proto/tcpip/icmp6.h"

#include "proto/tcpip/cksum.h"
#include "proto/tcpip/mld.h"
#include "proto/tcpip/ndp.h"

// RFC 4443 section 2.4 (c): an error fits the smallest MTU.
#define QUOTE_BYTES (1280 - sizeof(struct ipv6_hdr) - sizeof(struct icmp_hdr))

void icmp6_build(const struct ip_flow *flow, struct pkt *pkt, uint16_t len)
{
	struct icmp_hdr *icmp = icmp_hdr_of(pkt);
	cksum_t sum = cksum_pseudo(flow->src, flow->dst, IP_PROTOCOL_ICMP6, len);

	ip_build(flow, pkt, len);
	icmp->cksum = be16(0);
	icmp->cksum = cksum_finish(cksum_add_pkt(sum, pkt, pkt->l4, len));
}

// The flow of what answers a packet from src to dst. For what went to a group that
// comes from a unicast address (RFC 4443 sections 2.2 and 4.2).
static struct ip_flow answer_flow(struct iface *iface, struct addr src, struct addr dst)
{
	return (struct ip_flow){iface,  ipv6_is_group(dst) ? iface_source(iface, src) : dst,
	                        src,    IP_PROTOCOL_ICMP6,
	                        IP_TTL, 0};
}

static void echo(struct iface *iface, struct pkt *pkt, struct addr src, struct addr dst, mono_t now)
{
	struct ip_flow flow = answer_flow(iface, src, dst);
	uint16_t len = (uint16_t)pkt_l4_len(pkt);

	icmp_hdr_of(pkt)->type = ICMP6_ECHO_REPLY;
	ip_turn(&flow, pkt);
	icmp6_build(&flow, pkt, len);
	ip_send(&flow, pkt, now);
}

static enum ip_error_kind kind_of(const struct icmp_hdr *icmp)
{
	switch (icmp->type) {
	case ICMP6_UNREACHABLE:
		return icmp->code == ICMP6_UNREACHABLE_PORT ? IP_ERROR_PORT : IP_ERROR_UNREACHABLE;
	case ICMP6_TOO_BIG:
		return IP_ERROR_TOO_BIG;
	case ICMP6_TIME_EXCEEDED:
		return IP_ERROR_EXPIRED;
	case ICMP6_PARAMETER:
		return IP_ERROR_PARAMETER;
	default:
		return IP_ERROR_OTHER;
	}
}

// Fills in the error of a message with `left` bytes behind its header; DROP_ICMP6_ERROR
// when it is plausible. What we send and want to hear about has no extension headers.
static enum drop error_parse(struct iface *iface, const struct pkt *pkt, size_t left,
                             struct ip_error *error)
{
	const struct icmp_hdr *icmp = icmp_hdr_of(pkt);
	const struct ipv6_hdr *ip = (const struct ipv6_hdr *)(icmp + 1);
	uint32_t mtu = be32_get(icmp->rest);

	if (left < sizeof(*ip) + ICMP_QUOTE_MIN || be32_get(ip->version_class_flow) >> 28 != 6 ||
	    !iface_has_ipv6(iface, addr_from_bytes(ip->src)))
		return DROP_ICMP6_QUOTE;
	*error = (struct ip_error){
	        .kind = kind_of(icmp),
	        .type = icmp->type,
	        .code = icmp->code,
	        .from = addr_from_bytes(ipv6_hdr_of(pkt)->src),
	        .flow = {iface, addr_from_bytes(ip->src), addr_from_bytes(ip->dst), ip->next,
	                 ip->hop_limit, ipv6_class(ip)},
	        .quoted = (const uint8_t *)(ip + 1),
	        .quoted_len = (uint16_t)(left - sizeof(*ip)),
	};
	if (error->kind != IP_ERROR_TOO_BIG)
		return DROP_ICMP6_ERROR;
	// RFC 8201 section 4, and RFC 5927 section 7.2: a link that the packet fits is not
	// the one that it was too long for.
	if (mtu < IPV6_MTU_MIN || mtu > UINT16_MAX ||
	    mtu >= sizeof(*ip) + be16_get(ip->payload_len))
		return DROP_ICMP6_MTU;
	error->mtu = (uint16_t)mtu;
	return DROP_ICMP6_ERROR;
}

enum drop icmp6_input(struct iface *iface, struct pkt *pkt, const struct ipv6_walk *walk,
                      struct ip_error *error, mono_t now)
{
	const struct ipv6_hdr *ip = ipv6_hdr_of(pkt);
	const struct icmp_hdr *icmp = icmp_hdr_of(pkt);
	struct addr src = addr_from_bytes(ip->src), dst = addr_from_bytes(ip->dst);
	size_t len = (size_t)(pkt->off + pkt->len - pkt->l4);
	cksum_t sum = cksum_pseudo(src, dst, IP_PROTOCOL_ICMP6, pkt_l4_len(pkt));

	if (len < sizeof(*icmp))
		return DROP_ICMP6_SHORT;
	if (!cksum_ok(cksum_add_pkt(sum, pkt, pkt->l4, pkt_l4_len(pkt))))
		return DROP_ICMP6_CKSUM;
	if (icmp->type == ICMP6_NEIGHBOR_SOLICIT || icmp->type == ICMP6_NEIGHBOR_ADVERT)
		return ndp_input(iface, pkt, walk->fragment_hdr, now);
	if (addr_is_any(src))
		return DROP_IPV6_UNSPECIFIED;
	if (icmp->type == ICMP6_ECHO_REQUEST && icmp->code == 0) {
		if (unlikely(iface->ipv6_len == 0)) // to a group
			return DROP_IPV6_HELD;
		if (unlikely(ipv6_is_group(dst)) && !rate_take(&iface->to_groups, now))
			return DROP_ICMP6_GROUP_RATE;
		if (!rate_take(&iface->echoes, now))
			return DROP_ICMP6_ECHO_RATE;
		echo(iface, pkt, src, dst, now);
		return DROP_NONE;
	}
	if (icmp->type == ICMP6_MLD_QUERY)
		return mld_input(iface, pkt, walk, now);
	if (icmp->type <= ICMP6_ERROR_LAST)
		return error_parse(iface, pkt, len - sizeof(*icmp), error);
	if (icmp->type == ICMP6_ROUTER_ADVERT)
		return DROP_ICMP6_ROUTER;
	return icmp->type == ICMP6_REDIRECT ? DROP_ICMP6_REDIRECT : DROP_ICMP6_TYPE;
}

// Whether RFC 4443 section 2.4 (e) forbids an error about the packet: about an error, to
// an unspecified or group address, or about a packet to a group, unless the action bits of
// an option demand it.
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
	uint32_t there = pkt_total_len(pkt) - (uint32_t)(pkt->l3 - pkt->off);
	uint16_t quote = (uint16_t)size_min(there, QUOTE_BYTES);
	uint16_t len = (uint16_t)(sizeof(struct icmp_hdr) + quote);
	struct icmp_hdr *icmp;
	struct ip_flow flow;
	struct pkt *error;

	if (iface->ipv6_len == 0 || is_mute(pkt, about, type, code))
		return;
	if (!rate_take(&iface->errors, now)) {
		counter_add(&iface->metric->drop[DROP_ICMP6_RATE], 1);
		return;
	}
	flow = answer_flow(iface, addr_from_bytes(about->src), addr_from_bytes(about->dst));
	error = ip_alloc(&flow, len);
	if (!error)
		return;
	icmp = icmp_hdr_of(error);
	*icmp = (struct icmp_hdr){.type = (uint8_t)type, .code = (uint8_t)code, .rest = be32(rest)};
	pkt_read(pkt, (uint32_t)(pkt->l3 - pkt->off), icmp + 1, quote);
	icmp6_build(&flow, error, len);
	ip_send(&flow, error, now);
}

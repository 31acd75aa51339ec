// icmp: echo in place, errors in pages of our own; see the header.
#include "proto/tcpip/icmp.h"

#include "proto/tcpip/ip.h"

// RFC 1812 section 4.3.2.3: an error is at most 576 bytes long.
#define QUOTE_BYTES (576 - sizeof(struct ipv4_hdr) - sizeof(struct icmp_hdr))

static void echo(struct iface *iface, struct pkt *pkt, mono_t now)
{
	const struct ipv4_hdr *ip = ipv4_hdr_of(pkt);
	struct icmp_hdr *icmp = icmp_hdr_of(pkt);
	uint16_t len = (uint16_t)pkt_l4_len(pkt);
	struct ip_flow flow = {
	        iface, addr_from_ipv4(ip->dst), addr_from_ipv4(ip->src), IP_PROTOCOL_ICMP, IP_TTL,
	        0};

	icmp->type = ICMP_ECHO_REPLY;
	icmp->cksum = cksum_update(icmp->cksum, be16(ICMP_ECHO_REQUEST << 8), be16(0));
	ip_turn(&flow, pkt);
	ip_build(&flow, pkt, len);
	ip_send(&flow, pkt, now);
}

enum drop icmp_input(struct iface *iface, struct pkt *pkt, mono_t now)
{
	const struct icmp_hdr *icmp = icmp_hdr_of(pkt);
	size_t len = (size_t)(pkt->off + pkt->len - pkt->l4);

	if (len < sizeof(*icmp))
		return DROP_ICMP4_SHORT;
	if (!cksum_ok(cksum_add_pkt((cksum_t){0}, pkt, pkt->l4, pkt_l4_len(pkt))))
		return DROP_ICMP4_CKSUM;
	switch (icmp->type) {
	case ICMP_ECHO_REQUEST:
		if (icmp->code != 0)
			return DROP_ICMP4_TYPE;
		echo(iface, pkt, now);
		return DROP_NONE;
	case ICMP_UNREACHABLE:
	case ICMP_SOURCE_QUENCH:
	case ICMP_TIME_EXCEEDED:
	case ICMP_PARAMETER:
		return DROP_ICMP4_ERROR;
	case ICMP_REDIRECT:
		return DROP_ICMP4_REDIRECT;
	default:
		return DROP_ICMP4_TYPE;
	}
}

// What RFC 1122 section 3.2.2 forbids errors about (groups, fragments, sources
// that are no host) ipv4_input has dropped, and ICMP messages never come here.
void icmp_unreachable(struct iface *iface, const struct pkt *pkt, enum icmp_unreachable_code code,
                      mono_t now)
{
	const struct ipv4_hdr *about = ipv4_hdr_of(pkt);
	uint16_t quote = (uint16_t)size_min(be16_get(about->total_len), QUOTE_BYTES);
	uint16_t len = (uint16_t)(sizeof(struct icmp_hdr) + quote);
	struct ip_flow flow = {iface,
	                       addr_from_ipv4(about->dst),
	                       addr_from_ipv4(about->src),
	                       IP_PROTOCOL_ICMP,
	                       IP_TTL,
	                       0};
	struct icmp_hdr *icmp;
	struct pkt *error;

	if (!rate_take(&iface->errors, now)) {
		counter_add(&iface->metric->drop[DROP_ICMP4_RATE], 1);
		return;
	}
	error = ip_alloc(&flow, len);
	if (!error)
		return;
	icmp = icmp_hdr_of(error);
	*icmp = (struct icmp_hdr){.type = ICMP_UNREACHABLE, .code = (uint8_t)code};
	pkt_read(pkt, (uint32_t)(pkt->l3 - pkt->off), icmp + 1, quote);
	icmp->cksum = cksum_finish(cksum_add((cksum_t){0}, icmp, len));
	ip_build(&flow, error, len);
	ip_send(&flow, error, now);
}

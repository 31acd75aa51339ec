// icmp: echo in place, errors in pages of our own, and what others' errors quote; see the
// header.
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

static enum ip_error_kind kind_of(const struct icmp_hdr *icmp)
{
	if (icmp->type == ICMP_TIME_EXCEEDED)
		return IP_ERROR_EXPIRED;
	if (icmp->type == ICMP_PARAMETER)
		return IP_ERROR_PARAMETER;
	if (icmp->code == ICMP_UNREACHABLE_TOO_BIG)
		return IP_ERROR_TOO_BIG;
	return icmp->code == ICMP_UNREACHABLE_PORT ? IP_ERROR_PORT : IP_ERROR_UNREACHABLE;
}

// Checks the header that an error quotes, with ICMP_QUOTE_MIN bytes behind it, in `left`
// bytes. Its checksum and its total length are the sender's word as all the rest is; a
// router need not quote the whole packet. Only a first fragment has ports.
static enum drop quote_check(const struct iface *iface, const struct ipv4_hdr *ip, size_t left)
{
	if (left < sizeof(*ip) || ip->version_ihl >> 4 != 4 || ipv4_hdr_len(ip) < sizeof(*ip) ||
	    left < (size_t)ipv4_hdr_len(ip) + ICMP_QUOTE_MIN)
		return DROP_ICMP4_QUOTE;
	if ((be16_get(ip->frag) & IPV4_OFFSET_MASK) || !iface_has_ipv4(iface, ip->src))
		return DROP_ICMP4_QUOTE;
	return DROP_NONE;
}

// Fills in the error of a message with `left` bytes behind its header; DROP_ICMP4_ERROR
// when it is plausible.
static enum drop error_parse(struct iface *iface, const struct pkt *pkt, size_t left,
                             struct ip_error *error)
{
	const struct icmp_hdr *icmp = icmp_hdr_of(pkt);
	const struct ipv4_hdr *ip = (const struct ipv4_hdr *)(icmp + 1);
	enum drop reason = quote_check(iface, ip, left);

	if (reason)
		return reason;
	*error = (struct ip_error){
	        .kind = kind_of(icmp),
	        .type = icmp->type,
	        .code = icmp->code,
	        .from = addr_from_ipv4(ipv4_hdr_of(pkt)->src),
	        .flow = {iface, addr_from_ipv4(ip->src), addr_from_ipv4(ip->dst), ip->protocol,
	                 ip->ttl, ip->tos},
	        .quoted = (const uint8_t *)ip + ipv4_hdr_len(ip),
	        .quoted_len = (uint16_t)(left - ipv4_hdr_len(ip)),
	};
	if (error->kind != IP_ERROR_TOO_BIG)
		return DROP_ICMP4_ERROR;
	// RFC 1191 section 3, and RFC 5927 section 7.2: a link that the packet fits is not
	// the one that it was too long for.
	error->mtu = (uint16_t)be32_get(icmp->rest);
	if (error->mtu && (error->mtu < IPV4_MTU_MIN || error->mtu >= be16_get(ip->total_len)))
		return DROP_ICMP4_MTU;
	return DROP_ICMP4_ERROR;
}

enum drop icmp_input(struct iface *iface, struct pkt *pkt, struct ip_error *error, mono_t now)
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
		if (!rate_take(&iface->echoes, now))
			return DROP_ICMP4_ECHO_RATE;
		echo(iface, pkt, now);
		return DROP_NONE;
	case ICMP_UNREACHABLE:
	case ICMP_TIME_EXCEEDED:
	case ICMP_PARAMETER:
		return error_parse(iface, pkt, len - sizeof(*icmp), error);
	case ICMP_REDIRECT:
		return DROP_ICMP4_REDIRECT;
	default: // source quench, too (RFC 6633 section 3)
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

// icmp: echo in place, errors in pages of our own; see the header.
#include "proto/tcpip/icmp.h"

#include "proto/tcpip/ipv4.h"

// RFC 1812 section 4.3.2.3: an error is at most 576 bytes long.
#define QUOTE_BYTES (576 - sizeof(struct ipv4_hdr) - sizeof(struct icmp_hdr))

static void echo(struct iface *iface, struct pkt *pkt, struct icmp_hdr *icmp, mono_t now)
{
	struct ipv4_hdr asked = *ipv4_hdr_of(pkt);
	uint16_t len = (uint16_t)pkt_l4_len(pkt);

	icmp->type = ICMP_ECHO_REPLY;
	icmp->cksum = cksum_update(icmp->cksum, be16(ICMP_ECHO_REQUEST << 8), be16(0));
	iface_turn(iface, pkt, sizeof(struct ipv4_hdr));
	ipv4_build(iface, pkt, asked.dst, asked.src, IPV4_PROTOCOL_ICMP, len);
	iface_send(iface, pkt, addr_from_ipv4(asked.src), now);
}

enum drop icmp_input(struct iface *iface, struct pkt *pkt, mono_t now)
{
	struct icmp_hdr *icmp = icmp_hdr_of(pkt);
	size_t len = (size_t)(pkt->off + pkt->len - pkt->l4);

	if (len < sizeof(*icmp))
		return DROP_ICMP4_SHORT;
	if (!cksum_ok(cksum_add_pkt((cksum_t){0}, pkt, pkt->l4, pkt_l4_len(pkt))))
		return DROP_ICMP4_CKSUM;
	switch (icmp->type) {
	case ICMP_ECHO_REQUEST:
		if (icmp->code != 0)
			return DROP_ICMP4_TYPE;
		echo(iface, pkt, icmp, now);
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
	struct icmp_hdr *icmp;
	struct pkt *error;

	if (!rate_take(&iface->errors, now)) {
		counter_add(&iface->metric->drop[DROP_ICMP4_RATE], 1);
		return;
	}
	error = iface_alloc(iface, ETH_TYPE_IPV4, (uint16_t)(sizeof(struct ipv4_hdr) + len));
	if (!error)
		return;
	error->l4 = (uint16_t)(error->l3 + sizeof(struct ipv4_hdr));
	icmp = icmp_hdr_of(error);
	*icmp = (struct icmp_hdr){.type = ICMP_UNREACHABLE, .code = (uint8_t)code};
	pkt_read(pkt, (uint32_t)(pkt->l3 - pkt->off), icmp + 1, quote);
	icmp->cksum = cksum_finish(cksum_add((cksum_t){0}, icmp, len));
	ipv4_build(iface, error, about->dst, about->src, IPV4_PROTOCOL_ICMP, len);
	iface_send(iface, error, addr_from_ipv4(about->src), now);
}

// ndp_wire: neighbour solicitations and advertisements with their options
// (RFC 4861 sections 4.3, 4.4, 4.6) and the reports of groups (RFC 3810). They
// are handled in ndp.c.
#ifndef TCPIP_NDP_WIRE_H
#define TCPIP_NDP_WIRE_H

#include "core/span.h"
#include "proto/tcpip/eth_wire.h"
#include "proto/tcpip/icmp_wire.h"
#include "proto/tcpip/ipv6_wire.h"

#define NDP_HOP_LIMIT 255

#define NDP_SOLICITED UINT32_C(0x40000000)
#define NDP_OVERRIDE  UINT32_C(0x20000000)

#define NDP_OPTION_SOURCE_MAC 1
#define NDP_OPTION_TARGET_MAC 2
#define NDP_OPTION_NONCE      14 // RFC 3971 section 5.3.2
#define NDP_NONCE_BYTES       6

// A solicitation or an advertisement; the flags are zero in the former.
struct OVERLAY ndp_hdr {
	uint8_t type, code;
	be16_t cksum;
	be32_t flags;
	uint8_t target[16];
};
OVERLAY_SIZE(struct ndp_hdr, 24, target, 8);

// The message at pkt->l4.
static inline struct ndp_hdr *ndp_hdr_of(const struct pkt *pkt)
{
	return (struct ndp_hdr *)(pkt->page + pkt->l4);
}

// A source or target link-layer address; len is in units of eight bytes.
struct OVERLAY ndp_mac_option {
	uint8_t type, len, mac[6];
};
OVERLAY_SIZE(struct ndp_mac_option, 8, mac, 2);

struct ndp_options {
	const uint8_t *mac, *nonce;
};

// The checks that RFC 4861 sections 7.1.1 and 7.1.2 share, on len bytes from ndp. The
// ICMPv6 checksum is checked elsewhere. found->mac is set to the address in the option
// `wanted`, found->nonce to a nonce of our length; to NULL where there is none.
static inline enum drop ndp_check(const struct ndp_hdr *ndp, size_t len, uint8_t hop_limit,
                                  uint8_t wanted, struct ndp_options *found)
{
	struct span options;

	*found = (struct ndp_options){0};
	if (hop_limit != NDP_HOP_LIMIT)
		return DROP_ICMP6_NDP_HOP_LIMIT;
	if (len < sizeof(*ndp))
		return DROP_ICMP6_NDP_SHORT;
	if (ndp->code != 0)
		return DROP_ICMP6_NDP_CODE;
	if (ndp->target[0] == 0xff)
		return DROP_ICMP6_NDP_TARGET;
	options = span_of(ndp + 1, len - sizeof(*ndp));
	while (span_left(&options)) {
		uint8_t type = span_u8(&options);
		size_t bytes = span_u8(&options) * 8u;
		const uint8_t *value = bytes ? span_take(&options, bytes - 2) : NULL;

		if (!value || options.bad)
			return DROP_ICMP6_NDP_OPTION;
		if (type == wanted) {
			if (bytes != sizeof(struct ndp_mac_option))
				return DROP_ICMP6_NDP_OPTION;
			found->mac = value;
		}
		if (type == NDP_OPTION_NONCE && bytes == 2 + NDP_NONCE_BYTES)
			found->nonce = value;
	}
	return DROP_NONE;
}

#endif

// icmp_wire: the header that ICMP (RFC 792) and ICMPv6 (RFC 4443) share, and
// their numbers. Neighbour discovery's messages are in ndp_wire.h.
#ifndef TCPIP_ICMP_WIRE_H
#define TCPIP_ICMP_WIRE_H

#include "core/be.h"
#include "core/pkt.h"

enum icmp_type {
	ICMP_ECHO_REPLY = 0,
	ICMP_UNREACHABLE = 3,
	ICMP_REDIRECT = 5,
	ICMP_ECHO_REQUEST = 8,
	ICMP_TIME_EXCEEDED = 11,
	ICMP_PARAMETER = 12,
};

enum icmp_unreachable_code {
	ICMP_UNREACHABLE_PROTOCOL = 2,
	ICMP_UNREACHABLE_PORT = 3,
	ICMP_UNREACHABLE_TOO_BIG = 4, // "fragmentation needed and DF set"
};

enum icmp6_type {
	ICMP6_UNREACHABLE = 1,
	ICMP6_TOO_BIG = 2,
	ICMP6_TIME_EXCEEDED = 3,
	ICMP6_PARAMETER = 4,
	ICMP6_ERROR_LAST = 127, // types up to here are errors
	ICMP6_ECHO_REQUEST = 128,
	ICMP6_ECHO_REPLY = 129,
	ICMP6_MLD_QUERY = 130,
	ICMP6_ROUTER_ADVERT = 134,
	ICMP6_NEIGHBOR_SOLICIT = 135,
	ICMP6_NEIGHBOR_ADVERT = 136,
	ICMP6_REDIRECT = 137,
	ICMP6_MLD2_REPORT = 143,
};

enum icmp6_code {
	ICMP6_UNREACHABLE_PORT = 4,
	ICMP6_PARAMETER_FIELD = 0,
	ICMP6_PARAMETER_NEXT_HEADER = 1,
	ICMP6_PARAMETER_OPTION = 2,
};

// Bytes that an error quotes, at least, of what is behind the IP header (RFC 792).
#define ICMP_QUOTE_MIN 8

struct OVERLAY icmp_hdr {
	uint8_t type, code;
	be16_t cksum;
	be32_t rest; // identifier and sequence number, pointer, MTU or nothing
};
OVERLAY_SIZE(struct icmp_hdr, 8, rest, 4);

// The header at pkt->l4.
static inline struct icmp_hdr *icmp_hdr_of(const struct pkt *pkt)
{
	return (struct icmp_hdr *)(pkt->page + pkt->l4);
}

#endif

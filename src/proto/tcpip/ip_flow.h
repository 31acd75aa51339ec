// ip_flow: between whom packets go, and what routers and peers report about them
// (ICMP and ICMPv6 errors). Values only; ip.c sends by a flow, icmp.c and icmp6.c read
// errors.
#ifndef TCPIP_IP_FLOW_H
#define TCPIP_IP_FLOW_H

#include "core/addr.h"

struct iface;

// One direction of a conversation. src and dst are of one family, which is the
// packet's. A packet that is sent leaves by iface; one that was received came by it, its
// ttl and tos being in its header only.
struct ip_flow {
	struct iface *iface;
	struct addr src, dst;
	uint8_t protocol; // IP_PROTOCOL_*, or IPv6's first extension header
	uint8_t ttl;      // IPv6's hop limit
	uint8_t tos;      // DSCP and ECN (RFC 2474, RFC 3168); IPv6's traffic class
};

enum ip_error_kind {
	IP_ERROR_UNREACHABLE, // net, host or protocol, or a filter forbids it
	IP_ERROR_PORT,        // the destination has no listener at the port
	IP_ERROR_TOO_BIG,     // longer than the MTU of a link on the path; see mtu
	IP_ERROR_EXPIRED,     // TTL or hop limit reached zero, or reassembly timed out
	IP_ERROR_PARAMETER,   // a header was not understood
	IP_ERROR_OTHER,       // an ICMPv6 error of a type that came after RFC 4443
	IP_ERROR_KINDS,
};

// An ICMP or ICMPv6 error about a packet that we seem to have sent. Any host that
// knows or guesses addresses and ports can forge one: it is a hint (RFC 5927).
struct ip_error {
	enum ip_error_kind kind;
	uint8_t type, code;    // of the message
	uint16_t mtu;          // of TOO_BIG, 68 (IPv4) or 1280 (IPv6) at least and shorter than
	                       // the packet was; 0 when the router did not report it
	struct addr from;      // the router or host that sent the error
	struct ip_flow flow;   // of the packet that it is about: src is one of our addresses
	const uint8_t *quoted; // the first bytes behind that packet's IP header, borrowed
	uint16_t quoted_len;   // 8 at least
};

#endif

// ipv6: which IPv6 packets an interface takes, and the walk along their extension
// headers (RFC 8200). What leaves is built in ip.c; the demultiplexing is in stack.c.
#ifndef TCPIP_IPV6_H
#define TCPIP_IPV6_H

#include "proto/tcpip/iface.h"
#include "proto/tcpip/ipv6_wire.h"

#define IPV6_EXT_MAX 8 // extension headers that are followed

// What the walk found. When it ends in a reason that calls for a parameter
// problem, problem_code is its code and pointer the offset from the IPv6
// header; else problem_code is -1.
struct ipv6_walk {
	uint8_t next;      // the upper layer
	bool fragment_hdr; // an atomic fragment (RFC 6946)
	bool router_alert; // RFC 2711
	int problem_code;
	uint32_t pointer;
};

// Checks the packet at pkt->l3, cuts padding, follows the extension headers and
// sets pkt->l4. The packet stays the caller's; DROP_NONE: it is whole and for
// one of our addresses or groups, and its headers are in the first page.
enum drop ipv6_input(const struct iface *iface, struct pkt *pkt, struct ipv6_walk *walk) MUST_CHECK;

// Whether a packet that ipv6_input has seen, good or bad, is an ICMPv6 error.
bool ipv6_is_icmp6_error(const struct pkt *pkt) PURE;

// The group in which a neighbour with addr is solicited (RFC 4291 section
// 2.7.1).
struct addr ipv6_solicited_group(struct addr addr) PURE;

// ff02::1
struct addr ipv6_all_nodes(void) PURE;

#endif

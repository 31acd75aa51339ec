// ipv4: which IPv4 packets an interface takes (RFC 791, RFC 1122 section 3.2.1). What
// leaves is built in ip.c; the demultiplexing is in stack.c.
#ifndef TCPIP_IPV4_H
#define TCPIP_IPV4_H

#include "proto/tcpip/iface.h"
#include "proto/tcpip/ipv4_wire.h"

// Checks the packet at pkt->l3, cuts padding and sets pkt->l4. The packet stays
// the caller's; DROP_NONE: it is whole, unicast and for us, and its header is in
// the first page.
enum drop ipv4_input(const struct iface *iface, struct pkt *pkt) MUST_CHECK;

#endif

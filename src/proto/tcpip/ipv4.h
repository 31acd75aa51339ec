// ipv4: which IPv4 packets an interface takes, and headers for those it sends
// (RFC 791, RFC 1122 section 3.2.1). The demultiplexing is in stack.c.
#ifndef TCPIP_IPV4_H
#define TCPIP_IPV4_H

#include "proto/tcpip/iface.h"
#include "proto/tcpip/ipv4_wire.h"

// Checks the packet at pkt->l3, cuts padding and sets pkt->l4. The packet stays
// the caller's; DROP_NONE: it is whole, unicast and for us, and its header is in
// the first page.
enum drop ipv4_input(const struct iface *iface, struct pkt *pkt) MUST_CHECK;

// Writes a header at pkt->l3 for l4_len bytes at pkt->l4, those in packets behind
// included, and sets the packet's length. Its checksum is the device's job if the device does that.
void ipv4_build(const struct iface *iface, struct pkt *pkt, be32_t src, be32_t dst,
                uint8_t protocol, uint16_t l4_len);

#endif

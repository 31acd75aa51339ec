// udp_wire: the UDP header (RFC 768). Listeners are in udp.h and stack.c.
#ifndef TCPIP_UDP_WIRE_H
#define TCPIP_UDP_WIRE_H

#include "core/be.h"
#include "core/pkt.h"

struct OVERLAY udp_hdr {
	be16_t src_port, dst_port, len, cksum;
};
OVERLAY_SIZE(struct udp_hdr, 8, cksum, 6);

// The header at pkt->l4.
static inline struct udp_hdr *udp_hdr_of(const struct pkt *pkt)
{
	return (struct udp_hdr *)(pkt->page + pkt->l4);
}

// Of len bytes from udp in the first page and total bytes in the packet, which may
// be more than the datagram has. The checksum is apart.
static inline enum drop udp_check(const struct udp_hdr *udp, size_t len, size_t total)
{
	if (unlikely(len < sizeof(*udp)))
		return DROP_UDP_SHORT;
	if (unlikely(be16_get(udp->len) < sizeof(*udp) || be16_get(udp->len) > total))
		return DROP_UDP_LENGTH;
	if (unlikely(udp->src_port.be == 0))
		return DROP_UDP_SOURCE_PORT;
	return DROP_NONE;
}

#endif

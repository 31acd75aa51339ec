// tcp_wire: the TCP header (RFC 9293 section 3.1). What cuts a packet into
// segments is in offload.c.
#ifndef TCPIP_TCP_WIRE_H
#define TCPIP_TCP_WIRE_H

#include "core/be.h"
#include "core/pkt.h"

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_PSH 0x08
#define TCP_ACK 0x10
#define TCP_URG 0x20
#define TCP_ECE 0x40
#define TCP_CWR 0x80

struct OVERLAY tcp_hdr {
	be16_t src_port, dst_port;
	be32_t seq, ack;
	uint8_t offset, flags; // offset: the data's, in words, in the high four bits
	be16_t window, cksum, urgent;
};
OVERLAY_SIZE(struct tcp_hdr, 20, urgent, 18);

// The header at pkt->l4.
static inline struct tcp_hdr *tcp_hdr_of(const struct pkt *pkt)
{
	return (struct tcp_hdr *)(pkt->page + pkt->l4);
}

// Bytes, options included.
static inline uint16_t tcp_hdr_len(const struct tcp_hdr *tcp)
{
	return (uint16_t)((tcp->offset >> 4) * 4);
}

// Of len bytes from tcp in the first page and total bytes in the packet. The header
// with its options is in the first page then; the checksum is apart.
static inline enum drop tcp_check(const struct tcp_hdr *tcp, size_t len, size_t total)
{
	if (unlikely(len < sizeof(*tcp)))
		return DROP_TCP_SHORT;
	if (unlikely(tcp_hdr_len(tcp) < sizeof(*tcp) || tcp_hdr_len(tcp) > total))
		return DROP_TCP_OFFSET;
	return unlikely(tcp_hdr_len(tcp) > len) ? DROP_TCP_SHORT : DROP_NONE;
}

#endif

// tcp_frame: building segments; see the header.
#include "tcp_frame.h"

#include "proto/tcpip/cksum.h"
#include "proto/tcpip/ip_wire.h"
#include "proto/tcpip/ipv4_wire.h"
#include "proto/tcpip/udp_wire.h"

#include <string.h>

void tcp_frame_finish(struct lab_frame *frame)
{
	const struct ipv4_hdr *ip = (const struct ipv4_hdr *)(frame->bytes + 14);
	struct tcp_hdr *tcp = tcp_frame_hdr(frame);
	uint32_t len = be16_get(ip->total_len) - (uint32_t)sizeof(*ip);

	tcp->cksum = be16(0);
	tcp->cksum =
	        cksum_finish(cksum_add(cksum_pseudo(addr_from_ipv4(ip->src),
	                                            addr_from_ipv4(ip->dst), IP_PROTOCOL_TCP, len),
	                               tcp, len));
}

void tcp_frame_build(struct lab_frame *frame, uint64_t seed, const struct tcp_hdr *hdr,
                     const void *options, size_t options_len, size_t len)
{
	struct ipv4_hdr *ip = (struct ipv4_hdr *)(frame->bytes + 14);
	size_t l4_len = sizeof(struct tcp_hdr) + options_len + len;
	uint8_t payload[LAB_FRAME_MAX] = {0};
	struct rand rand;
	be16_t port;

	rand_init(&rand, seed);
	lab_frame_build(frame, &rand, false, TCP_FRAME_PORT, payload,
	                l4_len - sizeof(struct udp_hdr));
	port = tcp_frame_hdr(frame)->src_port;
	ip->protocol = IP_PROTOCOL_TCP;
	ip->cksum = be16(0);
	ip->cksum = cksum_finish(cksum_add((cksum_t){0}, ip, sizeof(*ip)));
	*tcp_frame_hdr(frame) = *hdr;
	tcp_frame_hdr(frame)->src_port = port;
	tcp_frame_hdr(frame)->dst_port = be16(TCP_FRAME_PORT);
	tcp_frame_hdr(frame)->offset = (uint8_t)((sizeof(struct tcp_hdr) + options_len) / 4 << 4);
	tcp_frame_hdr(frame)->window = be16(UINT16_MAX);
	if (options_len)
		memcpy(tcp_frame_hdr(frame) + 1, options, options_len);
	tcp_frame_finish(frame);
}

uint32_t tcp_frame_open(struct lab *lab, uint64_t seed, const void *options, size_t options_len)
{
	struct lab_frame frame;
	uint32_t ack;

	tcp_frame_build(&frame, seed, &(struct tcp_hdr){.flags = TCP_SYN}, options, options_len, 0);
	lab->queue->asking = true;
	lab_run(lab, &frame, 1);
	lab->queue->asking = false;
	ack = be32_get(((const struct tcp_hdr *)(lab->queue->last + 14 + 20))->seq) + 1;
	tcp_frame_build(&frame, seed,
	                &(struct tcp_hdr){.seq = be32(1), .ack = be32(ack), .flags = TCP_ACK}, NULL,
	                0, 0);
	lab_run(lab, &frame, 1);
	return ack;
}

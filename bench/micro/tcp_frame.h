// tcp_frame: frames with segments of TCP, over IPv4, for the benchmarks of TCP.
#ifndef MICRO_TCP_FRAME_H
#define MICRO_TCP_FRAME_H

#include "lab.h"

#include "proto/tcpip/tcp_wire.h"

#define TCP_FRAME_PORT 80 // ours

static inline struct tcp_hdr *tcp_frame_hdr(struct lab_frame *frame)
{
	return (struct tcp_hdr *)(frame->bytes + 14 + 20);
}

// A segment of a client that the seed chooses, with options, whose length is a multiple of 4,
// and with len bytes of data.
void tcp_frame_build(struct lab_frame *frame, uint64_t seed, const struct tcp_hdr *hdr,
                     const void *options, size_t options_len, size_t len);

// Completes the checksum after a change.
void tcp_frame_finish(struct lab_frame *frame);

// The client's handshake with options in its SYN; returns the number of our first byte.
uint32_t tcp_frame_open(struct lab *lab, uint64_t seed, const void *options, size_t options_len);

#endif

// tcp_loss_lab: a connection with full segments outstanding, which the peer of tcp_lab.h
// acknowledges by their numbers, from 0 on, with blocks of SACK or without.
#ifndef UNIT_TCPIP_TCP_LOSS_LAB_H
#define UNIT_TCPIP_TCP_LOSS_LAB_H

#ifndef HARNESS_PAGES
#define HARNESS_PAGES 256 // a connection may have up to 42 of them
#endif
#include "tcp_lab.h"

#include "proto/tcpip/tcp/tcp_internal.h"

#define MSS 1460

static uint8_t bytes[40 * MSS];

// A connection that has sent n full segments, none of which is acknowledged.
static inline void sent_segments(unsigned n)
{
	fill(bytes, 1, sizeof(bytes));
	listens(4, true);
	establish();
	assert_int_equal(tcp_send(peer.conn, bytes, n * MSS), n * MSS);
	turn();
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(take_seg().seq, 1 + i * MSS);
	expects_nothing();
}

static inline void expects_segment(unsigned number)
{
	struct seg seg = take_seg();

	assert_int_equal(seg.seq, 1 + number * MSS);
	assert_int_equal(seg.len, MSS);
	assert_memory_equal(seg.data, bytes + number * MSS, MSS);
}

static inline void acks(unsigned segments)
{
	sends(ACK, 1, 1 + segments * MSS, "");
	turn();
}

static inline struct tcp_info info_of(void)
{
	struct tcp_info info;

	tcp_info(peer.conn, &info);
	return info;
}

// Blocks of segments, from begin up to but not including end; ended by an empty one.
struct block {
	unsigned begin, end;
};

// An option with the blocks, of sequence numbers.
static inline void put_sacks(struct seg *seg, const struct tcp_sack *sack, unsigned n)
{
	uint8_t *to = seg->options + seg->options_len;

	memcpy(to, (const uint8_t[4]){1, 1, 5, (uint8_t)(2 + 8 * n)}, 4);
	for (unsigned i = 0; i < n; i++) {
		put32(to + 4 + 8 * i, sack[i].begin + peer.our_iss);
		put32(to + 8 + 8 * i, sack[i].end + peer.our_iss);
	}
	seg->options_len += 4 + 8 * (size_t)n;
}

// Acknowledges so many segments, and reports others.
static inline void sacks(unsigned segments, const struct block *blocks)
{
	struct seg seg = seg_of(ACK, 1, 1 + segments * MSS, "", 0);
	struct tcp_sack sack[4];
	unsigned n = 0;

	for (; blocks[n].end != blocks[n].begin; n++)
		sack[n] = (struct tcp_sack){1 + blocks[n].begin * MSS, 1 + blocks[n].end * MSS};
	put_sacks(&seg, sack, n);
	send_seg(&seg);
	turn();
}

#define SACKS(segments, ...) sacks(segments, (const struct block[]){__VA_ARGS__, {0, 0}})

// A peer with SACK, a round trip of 100 ms that is known, and n segments outstanding since
// then; their numbers begin at 1.
static inline void sent_segments_sack(unsigned n)
{
	peer.sack = true;
	sent_segments(1);
	wait_us(100 * MS_US);
	acks(1);
	assert_int_equal(tcp_send(peer.conn, bytes + MSS, n * MSS), n * MSS);
	turn();
	for (unsigned i = 0; i < n; i++)
		expects_segment(1 + i);
	expects_nothing();
}

#endif

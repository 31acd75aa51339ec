// tcp_gso_lab: the peer of tcp_loss_lab.h behind a device that cuts packets of several segments,
// or behind one that does not. The cutter is this file's own, and knows no more than a device
// does: the headers before the data, and gso_size.
#ifndef UNIT_TCPIP_TCP_GSO_LAB_H
#define UNIT_TCPIP_TCP_GSO_LAB_H

#define HARNESS_PAGES 2048
#include "tcp_loss_lab.h"

#define CUTS        (NETIF_TX_L4_CKSUM | NETIF_TX_TSO4 | NETIF_TX_TSO6)
#define WIRE_MAX    512
#define LARGE_BYTES (UINT16_MAX + 18)

enum { ECE = 0x40, CWR = 0x80 };

// Segments as they leave the device, taken by the exchange or not.
static struct {
	unsigned len, taken;
	struct seg seg[WIRE_MAX];
	uint8_t tos[WIRE_MAX];
	unsigned packets, largest; // of the stack; segments of one
	uint32_t peer_nxt;         // of the peer's data
} wire;

static inline bool cuts(void)
{
	return lab.netif.offloads & NETIF_TX_TSO4;
}

static inline unsigned pages_of(const struct pkt *pkt)
{
	unsigned n = 0;

	for (; pkt; pkt = pkt->next)
		n++;
	return n;
}

// The pseudo header's sum, which a device continues, or the whole one.
static inline void judge_cksum(const struct pkt *pkt, const uint8_t *b, size_t l3, size_t l4,
                               size_t len)
{
	size_t addrs = peer.v6 ? 8 : 12, addrs_len = peer.v6 ? 32 : 8;
	uint16_t sum = slow_sum(6 + (uint32_t)(len - l4), b + l3 + addrs, addrs_len);

	if (pkt->gso_size || (lab.netif.offloads & NETIF_TX_L4_CKSUM)) {
		assert_true(pkt->tx_flags & PKT_TX_TCP_CKSUM);
		assert_int_equal(sum, get16(b + l4 + 16));
	} else {
		assert_false(pkt->tx_flags & PKT_TX_TCP_CKSUM);
		assert_int_equal(slow_sum(sum, b + l4, len - l4), 0xffff);
	}
}

static inline void judge_packet(const struct pkt *pkt, const uint8_t *b, size_t l3, size_t l4,
                                size_t len)
{
	size_t ip_len = peer.v6 ? get16(b + l3 + 4) + 40u : get16(b + l3 + 2);

	assert_int_equal(ip_len, len - l3);
	assert_in_range(ip_len, 40, UINT16_MAX);
	assert_in_range(pages_of(pkt), 1, lab.netif.tso_pages);
	if (!peer.v6)
		assert_int_equal(slow_sum(0, b + l3, 20), 0xffff);
	if (cuts())
		judge_cksum(pkt, b, l3, l4, len);
}

static inline void put_segment(const uint8_t *b, size_t l3, size_t l4, uint32_t at, size_t len,
                               bool last)
{
	size_t data = l4 + (b[l4 + 12] >> 4) * 4u;
	struct seg *seg = &wire.seg[wire.len];

	assert_in_range(wire.len, 0, WIRE_MAX - 1);
	assert_in_range(data + len - l3, 0, lab.netif.mtu);
	wire.tos[wire.len++] = (uint8_t)(peer.v6 ? get16(b + l3) >> 4 : b[l3 + 1]);
	*seg = (struct seg){.flags = b[l4 + 13],
	                    .seq = get32(b + l4 + 4) + at,
	                    .ack = get32(b + l4 + 8) - PEER_ISS,
	                    .window = get16(b + l4 + 14),
	                    .len = len,
	                    .options_len = data - l4 - 20};
	if (seg->flags & SYN)
		peer.our_iss = seg->seq;
	seg->seq -= peer.our_iss;
	if (!last)
		seg->flags &= ~(unsigned)(PSH | FIN);
	memcpy(seg->options, b + l4 + 20, seg->options_len);
	memcpy(seg->data, b + data + at, len);
}

// Puts on the wire what the stack has sent.
static inline void cut(void)
{
	static uint8_t b[LARGE_BYTES];

	for (; lab.taken < lab.out.len; lab.taken++) {
		struct pkt *pkt = lab.out.pkt[lab.taken];
		size_t l3 = pkt->l3 - pkt->off, l4 = pkt->l4 - pkt->off;
		size_t len = pkt_total_len(pkt), data, size;
		unsigned segments = 0;

		assert_in_range(len, 54, sizeof(b));
		pkt_read(pkt, 0, b, (uint32_t)len);
		len = l3 + (peer.v6 ? get16(b + l3 + 4) + 40u : get16(b + l3 + 2)); // no padding
		judge_packet(pkt, b, l3, l4, len);
		data = l4 + (b[l4 + 12] >> 4) * 4u;
		size = pkt->gso_size ? pkt->gso_size : len;
		for (size_t at = 0; at < len - data || at == 0; at += size) {
			size_t n = size_min(size, len - data - at);

			put_segment(b, l3, l4, (uint32_t)at, n, at + n == len - data);
			segments++;
		}
		if (pkt->gso_size)
			assert_in_range(segments, 2, 64);
		wire.packets++;
		wire.largest = segments > wire.largest ? segments : wire.largest;
		pkt_put(pkt);
	}
	lab.out.len = lab.taken = 0;
}

// A turn, after which all that was sent is on the wire.
static inline void turns(void)
{
	while (turn())
		cut();
	cut();
}

// How many segments the peer has not looked at.
static inline unsigned waiting(void)
{
	return wire.len - wire.taken;
}

static inline const struct seg *next(void)
{
	assert_true(waiting() > 0);
	return &wire.seg[wire.taken++];
}

static inline void look_away(void)
{
	wire.taken = wire.len;
}

static inline void opens(unsigned syn_flags)
{
	struct seg syn = syn_of();

	wire.len = wire.taken = 0;
	wire.peer_nxt = 1;
	syn.flags |= syn_flags;
	if (!peer.listener)
		listens(4, false);
	send_seg(&syn);
	turns();
	assert_int_equal(next()->seq, 0);
	sends(ACK, 1, 1, "");
	turns();
	assert_non_null(peer.conn);
}

// The peer acknowledges up to a byte, with blocks or none; then the application goes on.
static inline void answers(uint32_t ack, unsigned flags, unsigned window,
                           const struct tcp_sack *sack, unsigned n)
{
	struct seg seg = seg_of(ACK | flags, wire.peer_nxt, ack, "", 0);

	seg.window = window;
	if (n)
		put_sacks(&seg, sack, n);
	send_seg(&seg);
	turns();
}

static inline void acks_to(uint32_t ack)
{
	answers(ack, 0, 65000, NULL, 0);
}

// All that was sent arrives and is acknowledged, until nothing is outstanding.
static inline void arrives(void)
{
	while (waiting()) {
		const struct seg *last = next();

		wait_us(10 * MS_US);
		look_away();
		acks_to(last->seq + (uint32_t)last->len + !!(last->flags & FIN));
		last = &wire.seg[wire.len - 1];
		if (!waiting())
			acks_to(last->seq + (uint32_t)last->len + !!(last->flags & FIN));
	}
	assert_int_equal(peer.conn ? peer.conn->snd_nxt - peer.conn->snd_una : 0, 0);
}

// n full segments come in one turn.
static inline void sends_full(unsigned n)
{
	uint32_t payload = MSS - (peer.v6 ? 20 : 0) - (peer.ts ? 12 : 0);

	for (unsigned i = 0; i < n; i++) {
		sends_bytes(wire.peer_nxt, 1, payload);
		wire.peer_nxt += payload;
	}
}

static inline int cutting_setup(void **state)
{
	if (harness_setup(state))
		return -1;
	lab_init();
	pin_peer();
	lab.netif.offloads = CUTS;
	lab.netif.tso_pages = 17;
	lab.netif.tx_pages = 18;
	lab_open();
	peer_reset_state();
	memset(&wire, 0, sizeof(wire));
	fill(bytes, 1, sizeof(bytes));
	return 0;
}

#define CUTTING_TEST(fn) cmocka_unit_test_setup_teardown(fn, cutting_setup, lab_teardown)

#endif

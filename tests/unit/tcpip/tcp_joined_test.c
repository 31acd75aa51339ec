// tcp_joined: packets of several segments that a device has joined (GSO): how they are counted and
// refused, and their long pages on the way out again: echoed, lost, probed.
#include "tcp_gso_lab.h"

// The peer's next len bytes in one packet of gso_size, in pages as Xen's backend fills them; no
// turn of the worker yet.
static void sends_joined(uint32_t len, uint16_t gso_size)
{
	static uint8_t b[LARGE_BYTES];
	size_t cuts[20], n = 0, hdrs, total;
	struct seg seg = seg_of(ACK, wire.peer_nxt, 1, "", 0);
	struct frame f = seg_frame(&seg);
	struct pkt *pkt;

	hdrs = f.l4 + 20 + seg.options_len;
	total = hdrs + len;
	memcpy(b, f.b, hdrs);
	fill(b + hdrs, wire.peer_nxt, len);
	if (peer.v6) {
		put16(b + f.l3 + 4, (uint32_t)(total - f.l3 - 40));
	} else {
		put16(b + f.l3 + 2, (uint32_t)(total - f.l3));
		put16(b + f.l3 + 10, 0);
		put16(b + f.l3 + 10, ~slow_sum(0, b + f.l3, 20) & 0xffff);
	}
	for (size_t at = 3000; at < total; at += PAGE_BYTES)
		cuts[n++] = at;
	pkt = harness_chain(b, total, cuts, n);
	pkt->rx_flags = PKT_RX_L4_CKSUM_OK | PKT_RX_L4_CKSUM_BLANK;
	pkt->gso_size = gso_size;
	stack_input(lab.stack, &pkt, 1, lab.now);
	wire.peer_nxt += len;
}

// RFC 9293 section 3.8.6.3: at least every second full segment is acknowledged. The estimate of the
// peer's segments, from which the window follows, is that of one.
static void test_joined_segments_are_counted(void **state)
{
	static const struct {
		uint32_t len;
		uint16_t size;
		uint64_t large;
		bool at_once;
		uint16_t mss; // that is concluded
	} cases[] = {
	        {1448, 0, 0, false, 1448},    {1448, 1448, 0, false, 1448},
	        {1449, 1448, 1, true, 1448},  {2896, 1448, 1, true, 1448},
	        {65000, 1448, 1, true, 1448}, {65000, 536, 1, true, 536},
	        {65000, 1, 1, true, 536},     {40000, 1440, 1, true, 1440},
	};
	for (unsigned i = 0; i < 2 * ARRAY_LEN(cases); i++) {
		uint64_t before = counter_get(&harness_metric.tcp.large_received);
		uint32_t got = wire.peer_nxt;

		peer.v6 = i & 1;
		if (peer.v6 && cases[i / 2].size > 1440)
			continue; // below
		peer.port++;
		peer.got_len = 0;
		opens(0);
		peer.conn->quick_acks = 0;
		peer.conn->rcv_us = (uint32_t)lab.now.us;
		peer.conn->rcv_mss = 536;
		got = wire.peer_nxt;
		sends_joined(cases[i / 2].len, cases[i / 2].size);
		assert_int_equal(peer.conn->rcv_mss, cases[i / 2].mss);
		turns();
		assert_int_equal(counter_get(&harness_metric.tcp.large_received) - before,
		                 cases[i / 2].large);
		assert_int_equal(waiting() > 0, cases[i / 2].at_once);
		if (waiting())
			assert_int_equal(next()->ack, wire.peer_nxt);
		assert_int_equal(peer.got_len, cases[i / 2].len);
		for (uint32_t at = 0; at < peer.got_len; at++)
			assert_int_equal(peer.got[at], (uint8_t)((got + at) * 31 >> 3));
		wait_us(50 * MS_US);
		cut();
		assert_int_equal(peer.conn->last_ack - PEER_ISS, wire.peer_nxt);
		assert_int_equal(counter_get(&harness_metric.tcp.copied_bytes), 0);
		tcp_abort(peer.conn);
		turns();
	}
}

// Bytes that the stack has sent so far, at their places, and how far they go without a gap.
static uint32_t stream(uint8_t *to, size_t size)
{
	uint32_t end = 1;

	for (unsigned i = 0; i < wire.len; i++) {
		const struct seg *seg = &wire.seg[i];

		if (seg->len == 0 || seg->seq == 0)
			continue;
		assert_in_range(seg->seq - 1 + seg->len, 1, size);
		memcpy(to + seg->seq - 1, seg->data, seg->len);
		if (seg->seq <= end && seg->seq + seg->len > end)
			end = seg->seq + (uint32_t)seg->len;
	}
	return end;
}

// What came joined is sent back from the pages in which it came, which hold several segments each
// and have no room for headers.
static void test_joined_segments_are_echoed_without_a_copy(void **state)
{
	static uint8_t out[1 << 16], in[1 << 16];

	for (unsigned v6 = 0; v6 < 2; v6++) {
		peer.v6 = v6;
		peer.port++;
		peer.ts = v6;
		opens(0);
		peer.echoes = true;
		tcp_set_nodelay(peer.conn, true);
		sends_joined(14000, 1400);
		turns();
		arrives();
		sends_joined(40000, 1400);
		turns();
		arrives();
		assert_int_equal(stream(out, sizeof(out)), 1 + 54000);
		fill(in, 1, 54000);
		assert_memory_equal(in, out, 54000);
		assert_int_equal(counter_get(&harness_metric.tcp.copied_bytes), 0);
		assert_int_equal(counter_get(&harness_metric.tcp.resent), 0);
		assert_true(wire.largest >= 10);
		tcp_abort(peer.conn);
		turns();
		peer.got_len = 0;
	}
}

// Of pages that hold several segments only what is missing is sent again, whatever the peer reports
// by: blocks of SACK, duplicates, or nothing.
static void test_single_segments_of_long_pages_are_sent_again(void **state)
{
	static const struct {
		const char *name;
		bool sack;
		unsigned lost, dups; // the number of the one that is lost, and reports about others
	} cases[] = {
	        {"the first, by SACK", true, 0, 8},
	        {"a middle one, by SACK", true, 4, 5},
	        {"at a page's edge, by SACK", true, 2, 7},
	        {"the first, by duplicates", false, 0, 8},
	        {"a middle one, by duplicates", false, 4, 5},
	};

	for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
		unsigned resent = (unsigned)counter_get(&harness_metric.tcp.resent), lost;
		const struct seg *seg;
		uint32_t at;

		peer.port++;
		peer.sack = cases[i].sack;
		opens(0);
		peer.echoes = true;
		tcp_set_nodelay(peer.conn, true);
		sends_joined(14600, 1460);
		turns();
		while (waiting() && next()->len == 0)
			;
		lost = wire.taken - 1 + cases[i].lost;
		seg = &wire.seg[lost];
		at = seg->seq;
		look_away();
		wait_us(20 * MS_US);
		if (cases[i].lost)
			acks_to(at);
		for (unsigned n = 1; n <= cases[i].dups && lost + n < wire.len; n++) {
			struct tcp_sack sack = {at + (uint32_t)seg->len,
			                        wire.seg[lost + n].seq +
			                                (uint32_t)wire.seg[lost + n].len};

			answers(at, 0, 65000, &sack, cases[i].sack);
			if (waiting())
				break;
		}
		// In two parts when it was in two pages.
		assert_in_range(waiting(), 1, 2);
		for (uint32_t end = at; waiting(); end += (uint32_t)next()->len) {
			assert_int_equal(wire.seg[wire.taken].seq, end);
			assert_in_range(end + wire.seg[wire.taken].len, end, at + seg->len);
		}
		acks_to(1 + 14600);
		assert_int_equal(peer.conn->snd_una, peer.conn->snd_nxt);
		assert_in_range(counter_get(&harness_metric.tcp.resent) - resent, 1, 2);
		tcp_abort(peer.conn);
		turns();
		peer.got_len = 0;
	}
}

// RFC 8985 section 7.3: a probe for losses at the end is the last segment, not the page.
static void test_the_probe_is_the_last_segment(void **state)
{
	const struct seg *last;

	peer.sack = true;
	opens(0);
	peer.echoes = true;
	tcp_set_nodelay(peer.conn, true);
	sends_full(1);
	turns();
	wait_us(20 * MS_US);
	acks_to(1 + MSS);
	sends_joined(9000, 1460);
	turns();
	last = &wire.seg[wire.len - 1];
	look_away();
	assert_int_equal(last->seq + last->len, 1 + MSS + 9000);
	wait_us(300 * MS_US);
	turns();
	assert_int_equal(wire.seg[wire.taken].seq + wire.seg[wire.taken].len, 1 + MSS + 9000);
	assert_in_range(wire.seg[wire.taken].len, 1, MSS);
	arrives();
}

// What the other domain, or a program with a packet socket, says about its segments.
static void test_impossible_sizes_are_refused(void **state)
{
	static const uint16_t sizes[] = {1461, 1500, 40000, UINT16_MAX};

	opens(0);
	for (unsigned i = 0; i < ARRAY_LEN(sizes); i++) {
		sends_joined(60000, sizes[i]);
		wire.peer_nxt -= 60000;
		turns();
		assert_int_equal(harness_drops(DROP_TCP_GSO), i + 1);
		assert_int_equal(waiting(), 0);
	}
	sends_joined(60000, 1460);
	turns();
	assert_int_equal(harness_drops(DROP_TCP_GSO), ARRAY_LEN(sizes));
	assert_int_equal(next()->ack, 1 + 60000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        CUTTING_TEST(test_joined_segments_are_counted),
	        CUTTING_TEST(test_joined_segments_are_echoed_without_a_copy),
	        CUTTING_TEST(test_single_segments_of_long_pages_are_sent_again),
	        CUTTING_TEST(test_the_probe_is_the_last_segment),
	        CUTTING_TEST(test_impossible_sizes_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// tcp_gso: packets of several segments, which the device cuts (TSO) or has joined (GSO). Each
// exchange is played on an interface that cuts and on one that does not; what is on the wire must
// not differ in a bit. The cutter is this file's own, and knows no more than a device does: the
// headers before the data, and gso_size. See tcp_loss_lab.h for the peer.
#define HARNESS_PAGES 512
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

static bool cuts(void)
{
	return lab.netif.offloads & NETIF_TX_TSO4;
}

static unsigned pages_of(const struct pkt *pkt)
{
	unsigned n = 0;

	for (; pkt; pkt = pkt->next)
		n++;
	return n;
}

// The pseudo header's sum, which a device continues.
static void judge_cksum(const struct pkt *pkt, const uint8_t *b, size_t l3, size_t l4, size_t len)
{
	size_t addrs = peer.v6 ? 8 : 12, addrs_len = peer.v6 ? 32 : 8;

	assert_true(pkt->tx_flags & PKT_TX_TCP_CKSUM);
	assert_int_equal(slow_sum(6 + (uint32_t)(len - l4), b + l3 + addrs, addrs_len),
	                 get16(b + l4 + 16));
}

static void judge_packet(const struct pkt *pkt, const uint8_t *b, size_t l3, size_t l4, size_t len)
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

static void put_segment(const uint8_t *b, size_t l3, size_t l4, uint32_t at, size_t len, bool last)
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
static void cut(void)
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
static void turns(void)
{
	while (turn())
		cut();
	cut();
}

// How many segments the peer has not looked at.
static unsigned waiting(void)
{
	return wire.len - wire.taken;
}

static const struct seg *next(void)
{
	assert_true(waiting() > 0);
	return &wire.seg[wire.taken++];
}

static void look_away(void)
{
	wire.taken = wire.len;
}

static void opens(unsigned syn_flags)
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
static void answers(uint32_t ack, unsigned flags, unsigned window, const struct tcp_sack *sack,
                    unsigned n)
{
	struct seg seg = seg_of(ACK | flags, wire.peer_nxt, ack, "", 0);

	seg.window = window;
	if (n)
		put_sacks(&seg, sack, n);
	send_seg(&seg);
	turns();
}

static void acks_to(uint32_t ack)
{
	answers(ack, 0, 65000, NULL, 0);
}

// All that was sent arrives and is acknowledged, until nothing is outstanding.
static void arrives(void)
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

static void sends_data(size_t len)
{
	static uint8_t data[64 * MSS];

	fill(data, 1, sizeof(data));
	assert_in_range(len, 1, sizeof(data));
	assert_int_equal(tcp_send(peer.conn, data, (uint32_t)len), len);
	turns();
}

static void bulk(void)
{
	opens(0);
	for (unsigned i = 0; i < 6; i++) {
		sends_data(32 * MSS);
		arrives();
	}
}

static void a_small_end_waits_for_a_small_one_before(void)
{
	opens(0);
	sends_data(3 * MSS + 100);
	sends_data(2 * MSS + 7);
	arrives();
}

static void the_end_goes_with_the_last_data(void)
{
	opens(0);
	assert_int_equal(tcp_send(peer.conn, bytes, 5 * MSS + 11), 5 * MSS + 11);
	tcp_shutdown(peer.conn);
	turns();
	arrives();
}

// Pages of the application's, shorter than a segment, between full ones.
static void pages_of_all_lengths(void)
{
	static const uint16_t lens[] = {MSS, MSS, 10, MSS, 900, 900, MSS, MSS, 1};

	opens(0);
	for (unsigned i = 0; i < ARRAY_LEN(lens); i++) {
		struct tcp_data page;

		assert_true(tcp_page(peer.conn, &page));
		page.len = (uint16_t)size_min(lens[i], page.room);
		memset(page.bytes, 'a' + (int)i, page.len);
		assert_int_equal(tcp_send_pages(peer.conn, &page, 1), 1);
	}
	turns();
	arrives();
}

static void the_peers_window_is_not_passed(void)
{
	static const unsigned windows[] = {0, 1, MSS - 1, 2 * MSS, 3 * MSS + 1, 5000, 65000};

	opens(0);
	for (unsigned i = 0; i < ARRAY_LEN(windows); i++) {
		uint32_t end = wire.seg[wire.len - 1].seq + (uint32_t)wire.seg[wire.len - 1].len;

		look_away();
		answers(end, 0, windows[i], NULL, 0);
		if (i == 0)
			sends_data(20 * MSS);
		wait_us(300 * MS_US);
		turns();
	}
	arrives();
}

// The second to fourth of ten are lost, and the last: recovery, then a probe.
static void losses_are_mended(void)
{
	uint32_t payload;

	opens(0);
	sends_data(10 * MSS);
	payload = (uint32_t)wire.seg[wire.taken].len;
	look_away();
	wait_us(50 * MS_US);
	for (unsigned i = 4; i < 9; i++)
		answers(1 + payload, 0, 65000,
		        &(struct tcp_sack){1 + 4 * payload, 1 + (i + 1) * payload}, 1);
	assert_in_range(waiting(), 1, 10); // sent again
	for (unsigned i = 0; i < 6; i++) {
		wait_us(60 * MS_US);
		turns();
	}
	arrives();
	assert_true(counter_get(&harness_metric.tcp.resent) >= 3);
}

static void nothing_arrives_for_a_while(void)
{
	opens(0);
	sends_data(12 * MSS);
	look_away();
	wait_us(3 * SEC_US);
	turns();
	arrives();
	assert_true(counter_get(&harness_metric.tcp.resent) >= 1);
}

// RFC 3168 section 6.1.2: the report goes with the first segment after it, once.
static void a_lowered_window_is_reported_once(void)
{
	unsigned reports = 0;

	opens(ECE | CWR);
	sends_data(24 * MSS);
	look_away();
	wait_us(100 * MS_US);
	answers(1 + 8 * wire.seg[wire.len - 1].len, ECE, 65000, NULL, 0);
	while (waiting())
		reports += !!(next()->flags & CWR);
	assert_int_equal(reports, 1);
	wire.taken = wire.len - 1;
	arrives();
}

// n full segments come in one turn.
static void sends_full(unsigned n)
{
	uint32_t payload = MSS - (peer.v6 ? 20 : 0) - (peer.ts ? 12 : 0);

	for (unsigned i = 0; i < n; i++) {
		sends_bytes(wire.peer_nxt, 1, payload);
		wire.peer_nxt += payload;
	}
}

// What the application gets it sends back, in the pages in which it came.
static void echoes(void)
{
	opens(0);
	peer.echoes = true;
	sends_full(12);
	turns();
	arrives();
}

// A router's report of a path for 1,000 bytes.
static void the_path_gets_narrower(void)
{
	struct ip_error error = {.kind = IP_ERROR_TOO_BIG, .mtu = 1000};

	opens(0);
	sends_data(6 * MSS);
	look_away();
	error.flow = (struct ip_flow){.src = peer.conn->local, .dst = peer.conn->remote};
	tcp_path_error(peer.conn, &error, lab.now);
	turns();
	assert_in_range(next()->len, 900, 960);
	sends_data(8 * MSS);
	arrives();
}

static const struct exchange {
	const char *name;
	void (*play)(void);
	unsigned large; // segments of the largest packet, at least
} exchanges[] = {
        {"bulk", bulk, 10},
        {"small end", a_small_end_waits_for_a_small_one_before, 3},
        {"FIN", the_end_goes_with_the_last_data, 6},
        {"pages", pages_of_all_lengths, 3},
        {"window", the_peers_window_is_not_passed, 3},
        {"losses", losses_are_mended, 10},
        {"time-out", nothing_arrives_for_a_while, 10},
        {"CWR", a_lowered_window_is_reported_once, 10},
        {"echo", echoes, 8},
        {"path", the_path_gets_narrower, 6},
};

// Plays an exchange from a fresh stack on.
static void play(const struct exchange *exchange, bool v6, bool ts, uint16_t tso_pages)
{
	void *state = NULL;

	assert_int_equal(harness_setup(&state), 0);
	lab_init();
	pin_peer();
	lab.netif.offloads = tso_pages > 1 ? CUTS : 0;
	lab.netif.tso_pages = tso_pages;
	lab_open();
	peer_reset_state();
	peer.v6 = v6;
	peer.ts = ts;
	peer.sack = true;
	fill(bytes, 1, sizeof(bytes));
	memset(&wire, 0, sizeof(wire));
	exchange->play();
	if ((counter_get(&harness_metric.tcp.large_sent) > 0) != (tso_pages > 1))
		fail_msg("%s, up to %u pages: %u packets, %u segments", exchange->name, tso_pages,
		         wire.packets, wire.len);
	lab_close();
	harness_teardown(&state);
}

static void assert_same_wire(const char *name, unsigned at, const struct seg *a,
                             const struct seg *b)
{
	if (memcmp(a, b, sizeof(*a)) == 0)
		return;
	fail_msg("%s: segment %u: flags %x seq %u len %zu ack %u window %u; alone flags %x seq %u "
	         "len %zu ack %u window %u",
	         name, at, a->flags, a->seq, a->len, a->ack, a->window, b->flags, b->seq, b->len,
	         b->ack, b->window);
}

static void test_the_wire_is_the_same(void **state)
{
	static struct seg alone[WIRE_MAX];
	static uint8_t tos[WIRE_MAX];

	for (unsigned i = 0; i < 4 * ARRAY_LEN(exchanges); i++) {
		const struct exchange *exchange = &exchanges[i / 4];
		unsigned len, packets;

		play(exchange, i & 1, i & 2, 1);
		assert_int_equal(wire.largest, 1);
		memcpy(alone, wire.seg, sizeof(alone));
		memcpy(tos, wire.tos, sizeof(tos));
		len = wire.len;
		packets = wire.packets;
		for (unsigned pages = 2; pages <= 17; pages += 5) {
			play(exchange, i & 1, i & 2, (uint16_t)pages);
			for (unsigned at = 0; at < len && at < wire.len; at++)
				assert_same_wire(exchange->name, at, &wire.seg[at], &alone[at]);
			assert_int_equal(wire.len, len);
			assert_memory_equal(wire.tos, tos, sizeof(tos));
			if (wire.largest > pages || wire.largest < size_min(pages, exchange->large))
				fail_msg("%s, up to %u pages: a packet has %u", exchange->name,
				         pages, wire.largest);
			assert_true(wire.packets < packets);
		}
	}
}

static int cutting_setup(void **state)
{
	if (harness_setup(state))
		return -1;
	lab_init();
	pin_peer();
	lab.netif.offloads = CUTS;
	lab.netif.tso_pages = 17;
	lab_open();
	peer_reset_state();
	memset(&wire, 0, sizeof(wire));
	fill(bytes, 1, sizeof(bytes));
	return 0;
}

// What may happen to a packet's pages: the device gives them back, the peer acknowledges.
enum step { SENT = 'd', ACK_HALF = 'h', ACK_ALL = 'a', ABORT = 'x' };

static void take_step(enum step step, struct pkt *pkt)
{
	switch (step) {
	case SENT:
		pkt_put(pkt);
		break;
	case ACK_HALF:
		sends(ACK, 1, 1 + 3 * MSS + 700, "");
		break;
	case ACK_ALL:
		sends(ACK, 1, 1 + 8 * MSS, "");
		break;
	case ABORT:
		tcp_abort(peer.conn);
		break;
	}
	turn();
}

// The pool's balance is asserted by the harness, double frees by the pool.
static void test_pages_come_back_in_any_order(void **state)
{
	static const char *const orders[] = {"dha", "hda", "had", "da",  "ad", "hxd",
	                                     "xd",  "dx",  "dhx", "hdx", "ahd"};

	for (unsigned i = 0; i < ARRAY_LEN(orders); i++) {
		uint32_t before = harness_pages.pool.avail(&harness_pages.pool);
		struct pkt *pkt;

		peer.port++;
		opens(0);
		assert_int_equal(tcp_send(peer.conn, bytes, 8 * MSS), 8 * MSS);
		turn();
		assert_int_equal(lab_waiting(), 1);
		pkt = lab.out.pkt[lab.taken++];
		assert_int_equal(pages_of(pkt), 8);
		for (const char *step = orders[i]; *step; step++)
			take_step((enum step) * step, pkt);
		if (peer.conn) {
			assert_int_equal(harness_pages.pool.avail(&harness_pages.pool), before);
			tcp_abort(peer.conn);
			turn();
		}
		lab_clear();
		assert_int_equal(harness_pages.pool.avail(&harness_pages.pool), before);
	}
}

// As many bytes as an IP packet holds, and no more segments than are cut in software.
static void test_the_longest_packet(void **state)
{
	static const struct {
		uint16_t mtu, pages;
		unsigned largest;
	} cases[] = {{1500, 64, 44}, {576, 64, 64}, {1500, 3, 3}, {2000, 64, 33}};
	void *unused = NULL;

	for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
		static uint8_t data[TCP_SND_PAGES * 1024];
		struct seg syn;

		assert_int_equal(harness_setup(&unused), 0);
		lab_init();
		pin_peer();
		lab.netif.mtu = cases[i].mtu;
		lab.netif.offloads = CUTS;
		lab.netif.tso_pages = cases[i].pages;
		lab_open();
		peer_reset_state();
		memset(&wire, 0, sizeof(wire));
		peer.sack = true;
		listens(4, false);
		syn = syn_of();
		put16(syn.options + 2, 9000); // as long as our MTU allows
		syn.options_len = 4;
		syn.window = 65535;
		send_seg(&syn);
		turns();
		sends(ACK, 1, 1, "");
		turns();
		peer.conn->cwnd = UINT32_C(1) << 20;
		peer.conn->snd_wnd = peer.conn->snd_wnd_max = UINT32_C(1) << 20;
		assert_in_range(tcp_send(peer.conn, data, sizeof(data)), 100000, sizeof(data));
		turns();
		assert_int_equal(wire.largest, cases[i].largest);
		lab_close();
		harness_teardown(&unused);
	}
}

// Of each page the second half has to be copied, and the pool is empty after three: what the packet
// has goes, the rest follows when there are pages again.
static void test_without_pages_the_packet_ends(void **state)
{
	struct pkt *held[HARNESS_PAGES];
	unsigned n = 0;

	opens(0);
	peer.echoes = true;
	peer.conn->mss = MSS / 2;
	sends_full(6);
	while ((held[n] = pkt_alloc(&harness_pages.pool)))
		n++;
	for (unsigned i = 0; i < 3; i++)
		pkt_put(held[--n]);
	turns();
	assert_int_equal(wire.largest, 7);
	assert_int_equal(counter_get(&harness_metric.tcp.copied_bytes), 3 * MSS / 2);
	while (n)
		pkt_put(held[--n]);
	wait_us(2 * MS_US);
	cut();
	arrives();
	assert_int_equal(peer.conn->snd_una - peer.our_iss, 1 + 6 * MSS);
}

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

#define CUTTING_TEST(fn) cmocka_unit_test_setup_teardown(fn, cutting_setup, lab_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_the_wire_is_the_same),
	        CUTTING_TEST(test_pages_come_back_in_any_order),
	        CUTTING_TEST(test_without_pages_the_packet_ends),
	        cmocka_unit_test(test_the_longest_packet),
	        CUTTING_TEST(test_joined_segments_are_counted),
	        CUTTING_TEST(test_impossible_sizes_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// tcp_gso: packets of several segments that the device cuts (TSO). Each exchange is played on an
// interface that cuts and on one that does not; what is on the wire must not differ in a bit.
#include "tcp_gso_lab.h"

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

// What the application gets it sends back, in the pages in which it came.
static void echoes(void)
{
	opens(0);
	peer.echoes = true;
	sends_full(12);
	turns();
	arrives();
}

// A router's report of a path for less than the interface takes, and no less than each path does.
static void the_path_gets_narrower(void)
{
	struct ip_error error = {.kind = IP_ERROR_TOO_BIG, .mtu = peer.v6 ? 1300 : 1000};

	opens(0);
	sends_data(6 * MSS);
	look_away();
	error.flow = (struct ip_flow){.src = peer.conn->local, .dst = peer.conn->remote};
	tcp_path_error(peer.conn, &error, lab.now);
	turns();
	assert_in_range(next()->len, error.mtu - 100, error.mtu - 40);
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

// Plays an exchange from a fresh stack on. A device of an odd number of pages completes the
// checksums of what it cuts only.
static void play(const struct exchange *exchange, bool v6, bool ts, uint16_t tso_pages)
{
	void *state = NULL;

	assert_int_equal(harness_setup(&state), 0);
	lab_init();
	pin_peer();
	lab.netif.offloads = tso_pages > 1 ? CUTS : 0;
	if (tso_pages & 1)
		lab.netif.offloads &= ~NETIF_TX_L4_CKSUM;
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

// Others hold the pages, so all is copied, and the pool is empty after three: what the packet has
// goes, the rest follows when there are pages again.
static void test_without_pages_the_packet_ends(void **state)
{
	struct pkt *held[HARNESS_PAGES], *shared[6];
	uint32_t window;
	unsigned n = 0;

	opens(0);
	peer.echoes = true;
	window = peer.conn->snd_wnd;
	sends_full(6);
	peer.conn->snd_wnd = 0;
	turn();
	for (uint32_t i = peer.conn->send.head; i != TCP_NONE; i = peer.tcp->seg[i].next)
		shared[n++] = pkt_get(peer.tcp->seg[i].pkt);
	assert_int_equal(n, 6);
	lab_clear();
	n = 0;
	while ((held[n] = pkt_alloc(&harness_pages.pool)))
		n++;
	for (unsigned i = 0; i < 3; i++)
		pkt_put(held[--n]);
	peer.conn->snd_wnd = window;
	tcp_touch(peer.conn);
	turns();
	assert_int_equal(wire.largest, 3);
	assert_int_equal(counter_get(&harness_metric.tcp.copied_bytes), 3 * MSS);
	while (n)
		pkt_put(held[--n]);
	wait_us(2 * MS_US);
	cut();
	arrives();
	assert_int_equal(peer.conn->snd_una - peer.our_iss, 1 + 6 * MSS);
	for (unsigned i = 0; i < 6; i++)
		pkt_put(shared[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_the_wire_is_the_same),
	        CUTTING_TEST(test_pages_come_back_in_any_order),
	        CUTTING_TEST(test_without_pages_the_packet_ends),
	        cmocka_unit_test(test_the_longest_packet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

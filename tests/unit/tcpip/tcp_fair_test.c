// tcp_fair: bulk on several connections while pages are few: the first to come does not hold what
// the later ones need.
#define HARNESS_PAGES 1024 // of which TCP may hold half, and half of these for what is sent
#include "tcp_lab.h"

#define FLOWS      10
#define FLOWS_MAX  400
#define MSS        1448
#define WINDOW     511 // times 128: more than any flow may queue
#define ROUNDS     100 // round trips of each case
#define SETTLED    50  // after which the shares are counted
#define ROUND_US   (20 * MS_US)
#define SEND_PAGES (HARNESS_PAGES / 4)
#define BUFFER     (12 * MSS) // of a peer whose application reads slowly

struct flow {
	struct tcp_conn *conn;
	uint32_t iss, ts_ecr; // ours
	uint32_t end, acked;  // of what the peer got, and acknowledged; from our SYN
	uint32_t counted;     // acked when the shares begin to be counted
	uint32_t read;        // by the peer's application
	unsigned opened;
	bool stopped, ended; // its window is closed; a reset came
};

static struct flow flows[FLOWS_MAX];

// As much as is taken; `writable` follows.
static void send_more(struct tcp_conn *conn)
{
	static const uint8_t bytes[1 << 16];

	while (tcp_send(conn, bytes, sizeof(bytes)) == sizeof(bytes))
		;
}

// Pages that the application fills itself.
static void send_pages(struct tcp_conn *conn)
{
	struct tcp_data page;

	while (tcp_send_room(conn) >= MSS && tcp_page(conn, &page)) {
		memset(page.bytes, 0, page.room);
		page.len = page.room;
		assert_int_equal(tcp_send_pages(conn, &page, 1), 1);
	}
	(void)!tcp_send(conn, "", 1); // has `writable` follow
}

static void (*more)(struct tcp_conn *conn);
static bool crowd; // so many that a turn's segments may not find room in the batch

static void fair_opened(void *ctx, struct tcp_conn *conn, mono_t now)
{
	peer.conn = conn;
	peer.opened++;
	more(conn);
}

static void fair_writable(void *ctx, struct tcp_conn *conn, mono_t now)
{
	more(conn);
}

static const struct tcp_ops fair_ops = {.opened = fair_opened, .writable = fair_writable};

static struct flow *flow_of(unsigned port)
{
	assert_in_range(port, PEER_PORT, PEER_PORT + FLOWS_MAX - 1);
	return &flows[port - PEER_PORT];
}

static void select_flow(const struct flow *flow)
{
	peer.port = PEER_PORT + (unsigned)(flow - flows);
	peer.our_iss = flow->iss;
	peer.ts_ecr = flow->ts_ecr;
}

// What was sent reaches the peer, in order.
static void take_all(void)
{
	while (lab_waiting()) {
		struct frame f = lab_take();
		struct flow *flow = flow_of(get16(f.b + f.l4 + 2));
		struct seg seg;

		select_flow(flow);
		seg = parse_seg(&f);
		flow->iss = peer.our_iss;
		flow->ts_ecr = peer.ts_ecr;
		flow->ended |= seg.flags & RST;
		if (flow->stopped || seg.len == 0)
			continue;
		if (seg.seq == flow->end)
			flow->end += (uint32_t)seg.len;
		else
			assert_true(crowd); // nothing is lost or sent twice
	}
	lab_clear(); // the batch has room again
}

static void acknowledge(struct flow *flow)
{
	struct seg seg;

	select_flow(flow);
	seg = seg_of(ACK, 1, flow->end, "", 0);
	seg.window = WINDOW;
	flow->acked = flow->end;
	send_seg(&seg);
}

static void turns(void)
{
	bool again;

	do {
		again = turn();
		take_all();
	} while (again);
}

static void open_flow(struct flow *flow)
{
	struct seg syn;

	select_flow(flow);
	peer.opened = 0;
	syn = syn_of();
	send_seg(&syn);
	turns();
	flow->end = 1;
	acknowledge(flow);
	turns();
	assert_int_equal(peer.opened, 1);
	flow->conn = peer.conn;
}

// A round trip: all that arrived is acknowledged, one flow after the other.
static void round_trip(unsigned len)
{
	lab_advance(ROUND_US);
	peer.ts_val += ROUND_US / MS_US;
	turns();
	for (unsigned i = 0; i < len; i++) {
		acknowledge(&flows[i]);
		turns();
	}
}

static void close_flows(void)
{
	for (unsigned i = 0; i < FLOWS_MAX; i++)
		if (flows[i].conn)
			tcp_abort(flows[i].conn);
	turns();
}

static void listen_fair(void (*send)(struct tcp_conn *conn))
{
	struct tcp_listener_conf conf = {.port = OUR_PORT, .backlog = 4, .ops = &fair_ops};

	memset(flows, 0, sizeof(flows));
	more = send;
	peer.ts = true;
	assert_int_equal(tcp_listen(peer.tcp, &conf, &peer.listener), 0);
}

// Flow i begins i * apart round trips after the first.
static void play(unsigned apart)
{
	uint32_t most = 0, least = UINT32_MAX;
	unsigned len = 0;

	for (unsigned round = 0; len < FLOWS; round++) {
		while (len < FLOWS && round >= len * apart)
			open_flow(&flows[len++]);
		round_trip(len);
	}
	for (unsigned round = 0; round < ROUNDS; round++) {
		for (unsigned i = 0; round == SETTLED && i < FLOWS; i++)
			flows[i].counted = flows[i].acked;
		round_trip(FLOWS);
	}
	for (unsigned i = 0; i < FLOWS; i++) {
		uint32_t got = flows[i].acked - flows[i].counted;

		most = most > got ? most : got;
		least = least < got ? least : got;
	}
	if (least == 0 || most > 2 * least)
		fail_msg("begun %u round trips apart: from %u to %u bytes", apart, least, most);
	// Together they use what there is.
	assert_true(least > (ROUNDS - SETTLED) * SEND_PAGES / FLOWS * MSS / 2);
}

static void test_ten_flows_share_a_small_pool(void **state)
{
	static const struct {
		void (*send)(struct tcp_conn *conn);
		unsigned apart;
	} rows[] = {
	        {send_more, 0},  {send_more, 1},
	        {send_more, 20}, // the first has all the pages that it may
	        {send_pages, 0}, {send_pages, 20},
	};

	for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
		lab_close();
		lab_open();
		peer_reset_state();
		listen_fair(rows[i].send);
		play(rows[i].apart);
		close_flows();
	}
}

// Pages that are held, by connections.
static unsigned held(void)
{
	return HARNESS_PAGES - harness_pages.pool.avail(&harness_pages.pool);
}

static void test_one_flow_leaves_a_third(void **state)
{
	unsigned before;

	listen_fair(send_more);
	before = held();
	open_flow(&flows[0]);
	assert_in_range(held() - before, SEND_PAGES / 2, SEND_PAGES * 2 / 3 + 1);
	close_flows();
}

// When nothing is left of the pages, a connection has few, but it goes on.
static void test_each_may_send_a_little(void **state)
{
	uint32_t acked;

	listen_fair(send_more);
	for (unsigned i = 0; i < FLOWS; i++)
		open_flow(&flows[i]);
	acked = flows[FLOWS - 1].acked;
	for (unsigned round = 0; round < 5; round++) {
		uint32_t before = acked;

		lab_advance(ROUND_US);
		peer.ts_val += ROUND_US / MS_US;
		acknowledge(&flows[FLOWS - 1]); // of the others nothing is acknowledged
		turns();
		acked = flows[FLOWS - 1].end;
		assert_true(acked > before);
	}
	close_flows();
}

// Peers that keep their windows closed, and answer probes.
static void stop(struct flow *flow)
{
	struct seg seg;

	select_flow(flow);
	seg = seg_of(ACK, 1, flow->end, "", 0);
	seg.window = 0;
	send_seg(&seg);
	flow->stopped = true;
}

// Acknowledges so many bytes more of what it got, and offers no more than it did.
static void take_some(struct flow *flow, uint32_t bytes)
{
	uint32_t left = flow->end - flow->acked;
	struct seg seg;

	select_flow(flow);
	flow->acked += bytes < left ? bytes : left;
	seg = seg_of(ACK, 1, flow->acked, "", 0);
	seg.window = (flow->end - flow->acked) >> 7;
	send_seg(&seg);
	flow->stopped = flow->acked < flow->end;
}

// What slow readers do every half second: with 0 bytes they answer probes only.
static void read_slowly(struct flow *flow, uint32_t bytes)
{
	if (bytes)
		take_some(flow, bytes);
	else
		stop(flow);
}

// Slow readers take all pages that may be sent. Those that take next to nothing lose them to
// whoever reads; as long as there are pages for all, or when they take some, each of them stays.
static void play_slow_readers(unsigned len, uint32_t bytes, bool crowded, bool lost)
{
	struct flow *last = &flows[len - 1];

	crowd = crowded;
	listen_fair(send_more);
	for (unsigned i = 0; i < len - 1; i++) {
		open_flow(&flows[i]);
		read_slowly(&flows[i], bytes ? 1 : 0);
		turns();
	}
	open_flow(last);
	assert_int_equal(last->end == 1, crowded);
	for (unsigned ms = 0; ms < 20000; ms += 100) {
		lab_advance(100 * MS_US);
		peer.ts_val += 100;
		turns();
		for (unsigned i = 0; i < len - 1; i++)
			if (!flows[i].ended && ms % 500 == 0)
				read_slowly(&flows[i], bytes);
		acknowledge(last);
		turns();
	}
	assert_true(last->end > 10 * MSS);
	assert_int_equal(counter_get(&harness_metric.tcp.crowded_out) > 0, lost);
	for (unsigned i = 0; i < len; i++) {
		if (flows[i].ended)
			flows[i].conn = NULL;
	}
	close_flows();
}

static void test_slow_readers_are_crowded_out(void **state)
{
	play_slow_readers(FLOWS_MAX, 0, true, true);
}

static void test_a_few_slow_readers_stay(void **state)
{
	play_slow_readers(FLOWS, 0, false, false);
}

// Each byte begins the time-outs again.
static void test_readers_of_a_byte_are_crowded_out(void **state)
{
	play_slow_readers(FLOWS_MAX, 1, true, true);
}

static void test_a_few_readers_of_a_byte_stay(void **state)
{
	play_slow_readers(FLOWS, 1, false, false);
}

// What a peer with a small buffer and a slow application does: all that came is acknowledged, and
// the window is as large as the buffer has room, but for silly ones (RFC 9293 section 3.8.6.2.2).
static void read_steadily(struct flow *flow, uint32_t bytes)
{
	uint32_t unread = flow->end - flow->read, room;
	struct seg seg;

	select_flow(flow);
	flow->read += bytes < unread ? bytes : unread;
	room = BUFFER - (flow->end - flow->read);
	flow->acked = flow->end;
	seg = seg_of(ACK, 1, flow->acked, "", 0);
	seg.window = room >= MSS ? room >> 7 : 0;
	send_seg(&seg);
}

// Honest ones are slow, but go on: while there are too few pages for all of them none is let go,
// and those that come late get as much as those that were there.
static void play_steady_readers(uint32_t bytes, unsigned every_ms)
{
	uint32_t most = 0, least = UINT32_MAX;

	crowd = true;
	listen_fair(send_more);
	for (unsigned i = 0; i < FLOWS_MAX; i++) {
		open_flow(&flows[i]);
		flows[i].read = 1;
	}
	for (unsigned ms = 0; ms < 60000; ms += 100) {
		lab_advance(100 * MS_US);
		peer.ts_val += 100;
		turns();
		for (unsigned i = 0; i < FLOWS_MAX; i++) {
			bool reads = (ms + 100 * i) % every_ms == 0;

			if (reads || flows[i].end != flows[i].acked)
				read_steadily(&flows[i], reads ? bytes : 0);
		}
		turns();
	}
	assert_int_equal(counter_get(&harness_metric.tcp.crowded_out), 0);
	for (unsigned i = 0; i < FLOWS_MAX; i++) {
		assert_false(flows[i].ended);
		most = most > flows[i].read ? most : flows[i].read;
		least = least < flows[i].read ? least : flows[i].read;
	}
	if (most > 2 * least)
		fail_msg("from %u to %u bytes", least, most);
	close_flows();
}

static void test_steady_slow_readers_stay(void **state)
{
	play_steady_readers(1000, 500);
}

static void test_readers_in_bursts_stay(void **state)
{
	play_steady_readers(4 * MSS, 3000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TCP_TEST(test_ten_flows_share_a_small_pool),
	        TCP_TEST(test_one_flow_leaves_a_third),
	        TCP_TEST(test_each_may_send_a_little),
	        TCP_TEST(test_slow_readers_are_crowded_out),
	        TCP_TEST(test_a_few_slow_readers_stay),
	        TCP_TEST(test_readers_of_a_byte_are_crowded_out),
	        TCP_TEST(test_a_few_readers_of_a_byte_stay),
	        TCP_TEST(test_steady_slow_readers_stay),
	        TCP_TEST(test_readers_in_bursts_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

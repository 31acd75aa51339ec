// tcp_window: limits that grow with what the application takes and with the congestion window, and
// what happens when the worker's pages run low: windows shrink without being taken back, and data
// that waits out of order is given up.
#define HARNESS_PAGES 1024
#include "tcp_lab.h"

#include "proto/tcpip/tcp/tcp_internal.h"

#define MSS      1460
#define ROUND_US (20 * MS_US)

static uint32_t sent; // by the peer

static struct tcp_conn *conn(void)
{
	return peer.conn;
}

// A handshake that takes a round trip.
static void establish_slowly(void)
{
	struct seg syn = syn_of();

	listens(4, true);
	send_seg(&syn);
	turn();
	expects(SYN | ACK, 0, 1, "");
	wait_us(ROUND_US);
	sends(ACK, 1, 1, "");
	turn();
	assert_int_equal(conn()->srtt_us, ROUND_US);
	sent = 1;
}

// The peer sends so many full segments in a round trip, in bursts.
static void round_of(unsigned segs)
{
	for (unsigned i = 0; i < segs; i++) {
		sends_bytes(sent, 1, MSS);
		sent += MSS;
		if (i % 8 == 7) {
			turn();
			lab_clear();
			peer.got_len = 0;
		}
	}
	turn();
	lab_clear();
	peer.got_len = 0;
	wait_us(ROUND_US + 2 * 1024); // a round is counted in units of 1024
	lab_clear();
}

// Twice 58,400 bytes are less than the limit, twice 175,200 are more; each round is judged by the
// first data of the next.
static void test_the_limit_grows_with_what_is_taken(void **state)
{
	static const struct {
		unsigned segs, grown; // before the round
	} rounds[] = {{40, 0}, {40, 0}, {120, 0}, {120, 1}, {40, 1}, {200, 1}, {40, 2}, {40, 2}};

	establish_slowly();
	for (size_t i = 0; i < ARRAY_LEN(rounds); i++) {
		sends_bytes(sent++, 1, 1);
		turn();
		assert_int_equal(conn()->rcv_grown, rounds[i].grown);
		assert_int_equal(tcp_window_pages(conn()), TCP_RCV_PAGES << rounds[i].grown);
		round_of(rounds[i].segs);
	}
}

static void test_the_limit_has_an_end(void **state)
{
	establish_slowly();
	for (unsigned i = 0; i < 12; i++)
		round_of(1000);
	assert_int_equal(conn()->rcv_grown, TCP_GROWN_MAX);
}

// As much, but over several round trips.
static void test_a_slow_peer_needs_no_more(void **state)
{
	establish_slowly();
	for (unsigned i = 0; i < 20; i++) {
		round_of(60);
		wait_us(3 * ROUND_US);
		lab_clear();
	}
	assert_int_equal(conn()->rcv_grown, 0);
}

static void test_a_reader_that_stops_gets_no_more(void **state)
{
	establish_slowly();
	peer.takes = 0;
	for (unsigned i = 0; i < 3; i++)
		round_of(4);
	assert_int_equal(conn()->rcv_grown, 0);
	assert_int_equal(conn()->rcv_held, 12 * MSS);
}

// Half of the pages stay for what is received, so the queue is short here, whatever its limit.
static void test_what_is_queued_follows_the_congestion_window(void **state)
{
	static const struct {
		uint32_t cwnd, most;
	} cases[] = {{14600, TCP_SND_BYTES},
	             {TCP_SND_BYTES / 2, TCP_SND_BYTES},
	             {TCP_SND_BYTES / 2 + 1, TCP_SND_BYTES + 2},
	             {TCP_SND_BYTES, 2 * TCP_SND_BYTES},
	             {1u << 30, TCP_SND_BYTES << TCP_GROWN_MAX}};

	establish_slowly();
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		conn()->cwnd = cases[i].cwnd;
		assert_int_equal(tcp_window_send(conn()), cases[i].most);
		assert_int_equal(tcp_send_room(conn()), cases[i].most);
	}
}

// Takes descriptors until only so many are free.
static uint32_t held[1024];

static unsigned leave_free(uint32_t pages)
{
	unsigned n = 0;

	while (peer.tcp->segs_free > pages)
		held[n++] = tcp_seg_add(peer.tcp, NULL, 0, 0, 0);
	return n;
}

static void give_back(unsigned n)
{
	while (n > 0)
		tcp_seg_del(peer.tcp, held[--n]);
}

static void test_a_low_pool_shrinks_windows(void **state)
{
	uint32_t max, edge;
	unsigned n;

	establish_slowly();
	max = peer.tcp->segs_max;
	round_of(8);
	edge = conn()->rcv_edge;
	assert_true(tcp_window(conn()) > 4 * MSS);
	n = leave_free(max / 4 - 1);
	assert_int_equal(tcp_window(conn()), 4 * MSS);
	// The edge that was offered stays.
	sends_bytes(sent, 1, MSS);
	turn();
	assert_true(tcp_seq_le(edge, conn()->rcv_edge));
	lab_clear();
	give_back(n);
	n = leave_free(max / 16 - 1);
	assert_int_equal(tcp_window(conn()), MSS);
	give_back(n);
	assert_true(tcp_window(conn()) > 4 * MSS);
}

static void test_a_grown_limit_ends_when_pages_run_low(void **state)
{
	unsigned n;

	establish_slowly();
	for (unsigned i = 0; i < 4; i++)
		round_of(150);
	assert_true(conn()->rcv_grown > 0);
	n = leave_free(peer.tcp->segs_max / 4 - 1);
	round_of(1);
	round_of(1);
	assert_int_equal(conn()->rcv_grown, 0);
	give_back(n);
}

// What is behind a gap is given up once nothing comes any more; the peer sends it again.
static void test_data_out_of_order_is_given_up(void **state)
{
	unsigned n;

	peer.sack = true;
	establish_slowly();
	sends_bytes(1 + MSS, 1, MSS);
	sends_bytes(1 + 3 * MSS, 1, MSS);
	turn();
	lab_clear();
	assert_int_equal(conn()->rcv_pages, 2);
	n = leave_free(peer.tcp->segs_max / 8 - 1);
	sends(ACK, 1, 1, "");
	tcp_touch(conn());
	turn();
	assert_int_equal(conn()->rcv_pages, 2); // it came just now
	wait_us(2 * SEC_US);
	tcp_touch(conn());
	turn();
	assert_int_equal(conn()->rcv_pages, 0);
	assert_int_equal(counter_get(&harness_metric.tcp.pages_given_up), 2);
	give_back(n);
	lab_clear();
	sends_bytes(1, 1, MSS);
	turn();
	expects(ACK, 1, 1 + MSS, "");
	assert_int_equal(peer.got_len, MSS);
}

// Without a page the segment is dropped by name, and taken when it comes again.
static void test_what_does_not_fit_is_dropped_and_comes_again(void **state)
{
	struct seg seg;
	struct frame f;
	unsigned n;

	establish_slowly();
	n = leave_free(0);
	seg = seg_of(ACK | PSH, 1, 1, "again", 5);
	f = seg_frame(&seg);
	lab_refuses(&f, DROP_TCP_NO_PAGE);
	give_back(n);
	lab_clear();
	send_seg(&seg);
	turn();
	assert_memory_equal(peer.got, "again", 5);
}

static struct tcp_data kept[512];
static unsigned kept_len;

static unsigned keep_all(void *ctx, struct tcp_conn *by, struct tcp_data *data, unsigned n,
                         mono_t now)
{
	unsigned done = 0;

	peer.conn = by;
	while (done < n && tcp_data_may_keep(by))
		kept[kept_len++] = tcp_data_keep(by, &data[done++]);
	return done;
}

static const struct tcp_ops keeps = {
        .opened = peer_opened, .data = keep_all, .closed = peer_closed};

static void establish_keeper(void)
{
	struct tcp_listener_conf conf = {.port = OUR_PORT, .backlog = 4, .ops = &keeps};

	kept_len = 0;
	assert_int_equal(tcp_listen(peer.tcp, &conf, &peer.listener), 0);
	establish();
}

static void test_kept_pages_count(void **state)
{
	uint32_t max;

	establish_keeper();
	max = peer.tcp->segs_max;
	for (uint32_t i = 0; i < max; i++) {
		sends_bytes(1 + 10 * i, 1, 10);
		turn();
	}
	lab_clear();
	assert_int_equal(kept_len, max / 2);
	assert_int_equal(peer.tcp->kept, max / 2);
	assert_true(peer.tcp->segs_free <= max / 2);
	// What is left is refused by name or waits, and the window is for a few segments.
	assert_true(tcp_window(conn()) <= (max / 2) * conn()->rcv_mss / 2);
	while (kept_len > 0)
		tcp_data_done(peer.tcp, peer.conn, &kept[--kept_len]);
	assert_int_equal(peer.tcp->kept, 0);
	tcp_resume(peer.conn);
	turn();
	lab_clear();
	while (kept_len > 0)
		tcp_data_done(peer.tcp, peer.conn, &kept[--kept_len]);
	assert_int_equal(peer.tcp->kept, 0);
}

static void test_kept_pages_of_a_connection_that_ends(void **state)
{
	establish_keeper();
	sends(ACK | PSH, 1, 1, "kept");
	turn();
	assert_int_equal(peer.tcp->kept, 1);
	sends(RST, 5, 0, "");
	turn();
	assert_int_equal(peer.closed, 1);
	assert_int_equal(peer.tcp->kept, 1);
	assert_int_equal(peer.tcp->segs_free, peer.tcp->segs_max - 1);
	assert_memory_equal(kept[0].bytes, "kept", 4);
	tcp_data_done(peer.tcp, NULL, &kept[0]);
	assert_int_equal(peer.tcp->kept, 0);
	assert_int_equal(peer.tcp->segs_free, peer.tcp->segs_max);
	lab_clear();
}

static void test_the_budget_is_configured(void **state)
{
	static const struct {
		uint32_t asked, got;
	} cases[] = {{0, HARNESS_PAGES / 2},
	             {7, 7},
	             {HARNESS_PAGES, HARNESS_PAGES},
	             {UINT32_MAX, HARNESS_PAGES}};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		lab_close();
		lab.conf.tcp_pages = cases[i].asked;
		lab_open();
		peer_reset_state();
		assert_int_equal(peer.tcp->segs_max, cases[i].got);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TCP_TEST(test_the_limit_grows_with_what_is_taken),
	        TCP_TEST(test_the_limit_has_an_end),
	        TCP_TEST(test_a_slow_peer_needs_no_more),
	        TCP_TEST(test_a_reader_that_stops_gets_no_more),
	        TCP_TEST(test_what_is_queued_follows_the_congestion_window),
	        TCP_TEST(test_a_low_pool_shrinks_windows),
	        TCP_TEST(test_a_grown_limit_ends_when_pages_run_low),
	        TCP_TEST(test_data_out_of_order_is_given_up),
	        TCP_TEST(test_what_does_not_fit_is_dropped_and_comes_again),
	        TCP_TEST(test_kept_pages_count),
	        TCP_TEST(test_kept_pages_of_a_connection_that_ends),
	        TCP_TEST(test_the_budget_is_configured),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

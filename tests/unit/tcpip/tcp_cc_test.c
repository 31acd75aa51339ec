// tcp_cc: the congestion window over time, on a connection without a network: rounds of
// acknowledgements against the formulas of RFC 9438, RFC 9406 and RFC 5681.
#include "harness.h"

#include "proto/tcpip/tcp/tcp_internal.h"

#define MSS 1000

static struct {
	struct tcp tcp;
	struct tcp_conn conn;
	mono_t now;
} lab;

// A connection that has room for so many segments, and ssthresh.
static struct tcp_conn *open_conn(uint32_t cwnd, uint32_t ssthresh, uint32_t rtt_us)
{
	memset(&lab, 0, sizeof(lab));
	lab.now = (mono_t){1000 * SEC_US};
	lab.conn.tcp = &lab.tcp;
	lab.conn.mss = MSS;
	tcp_cc_init(&lab.conn);
	lab.conn.cwnd = cwnd * MSS;
	lab.conn.ssthresh = ssthresh == UINT32_MAX ? UINT32_MAX : ssthresh * MSS;
	lab.conn.srtt_us = rtt_us;
	lab.conn.rto_us = 200 * MS_US;
	return &lab.conn;
}

// A round trip in which all of the window is acknowledged, each segment with this sample.
static void round_trip(uint32_t rtt_us)
{
	struct tcp_conn *conn = &lab.conn;
	uint32_t segs = conn->cwnd / MSS;

	conn->snd_nxt = conn->snd_una + segs * MSS;
	lab.now = mono_add(lab.now, rtt_us);
	for (uint32_t i = 0; i < segs; i++) {
		struct tcp_acked acked = {
		        .now = lab.now, .acked = MSS, .delivered = MSS, .rtt_us = rtt_us};

		conn->snd_una += MSS;
		conn->snd_nxt += MSS;
		tcp_cc_acked(conn, &acked, false);
	}
}

static void rounds(unsigned n, uint32_t rtt_us)
{
	while (n--)
		round_trip(rtt_us);
}

static void test_slow_start_doubles(void **state)
{
	struct tcp_conn *conn = open_conn(10, UINT32_MAX, 100 * MS_US);

	for (unsigned i = 1; i <= 5; i++) {
		round_trip(100 * MS_US);
		assert_int_equal(conn->cwnd, (10u << i) * MSS);
	}
}

static void test_slow_start_ends_at_ssthresh(void **state)
{
	struct tcp_conn *conn = open_conn(10, 15, 100 * MS_US);

	round_trip(100 * MS_US);
	assert_in_range(conn->cwnd, 15 * MSS, 16 * MSS);
}

// One acknowledgement of very much, as a peer may send that wants bursts (RFC 3465).
static void test_one_acknowledgement_counts_for_few(void **state)
{
	struct tcp_conn *conn = open_conn(10, UINT32_MAX, 100 * MS_US);
	struct tcp_acked acked = {.now = lab.now, .acked = 50 * MSS, .delivered = 50 * MSS};

	tcp_cc_acked(conn, &acked, false);
	assert_int_equal(conn->cwnd, 18 * MSS);
}

// RFC 9406: a round trip that is an eighth longer slows slow start to a quarter; after five
// rounds it is over.
static void test_longer_round_trips_end_slow_start(void **state)
{
	struct tcp_conn *conn = open_conn(16, UINT32_MAX, 100 * MS_US);

	rounds(2, 100 * MS_US);
	assert_int_equal(conn->cwnd, 64 * MSS);
	round_trip(113 * MS_US); // its first eight samples show it
	assert_in_range(conn->cwnd, 64 * MSS * 5 / 4, 64 * MSS * 5 / 4 + 8 * MSS);
	assert_int_equal(conn->ssthresh, UINT32_MAX);
	rounds(3, 113 * MS_US);
	assert_int_equal(conn->ssthresh, UINT32_MAX);
	rounds(2, 113 * MS_US);
	assert_in_range(conn->ssthresh, 100 * MSS, 250 * MSS);
	assert_true(conn->cwnd >= conn->ssthresh);
}

static void test_a_rise_that_passes_does_not(void **state)
{
	struct tcp_conn *conn = open_conn(16, UINT32_MAX, 100 * MS_US);

	rounds(2, 100 * MS_US);
	round_trip(120 * MS_US);
	assert_true(conn->cwnd < 100 * MSS);
	rounds(6, 100 * MS_US);
	assert_int_equal(conn->ssthresh, UINT32_MAX);
	assert_true(conn->cwnd > 64 * 32 * MSS);
}

// Thresholds of section 4.3: at least 4 ms, at most 16 ms.
static void test_how_much_longer_is_longer(void **state)
{
	const struct {
		uint32_t before_ms, after_ms;
		bool slows;
	} cases[] = {
	        {20, 23, false}, {20, 24, true},    {64, 71, false},
	        {64, 72, true},  {400, 415, false}, {400, 416, true},
	};

	for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
		struct tcp_conn *conn = open_conn(32, UINT32_MAX, cases[i].before_ms * 1000);

		rounds(2, cases[i].before_ms * 1000);
		round_trip(cases[i].after_ms * 1000);
		if ((conn->cwnd < 256 * MSS) != cases[i].slows)
			fail_msg("%u ms after %u ms", cases[i].after_ms, cases[i].before_ms);
	}
}

// A loss with a window of so many segments.
static void lose(struct tcp_conn *conn, uint32_t segs)
{
	conn->cwnd = segs * MSS;
	conn->prior_cwnd = conn->cwnd;
	tcp_cc_lower(conn);
	conn->cwnd = conn->ssthresh;
}

static void test_a_loss_lowers_to_seven_tenths(void **state)
{
	struct tcp_conn *conn = open_conn(10, UINT32_MAX, 100 * MS_US);

	lose(conn, 100);
	assert_int_equal(conn->ssthresh, 100 * MSS * 717 / 1024);
	lose(conn, 2);
	assert_int_equal(conn->ssthresh, 2 * MSS);
}

// RFC 9438 section 4.2: W(t) = 0.4 (t - K)^3 + W_max with K = cbrt(0.3 W_max / 0.4): 4.22 s
// for 100 segments. In the table W(t) for a round trip of 100 ms, within 3 %.
static void test_cubic_follows_its_formula(void **state)
{
	const struct {
		unsigned after_ms, segs;
	} cases[] = {
	        {1000, 87},  {2000, 96},  {3000, 99},  {4200, 100},  {5500, 101},
	        {6500, 105}, {7500, 115}, {8400, 130}, {10000, 178},
	};
	struct tcp_conn *conn = open_conn(10, UINT32_MAX, 100 * MS_US);
	unsigned ms = 0;

	lose(conn, 100);
	for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
		for (; ms < cases[i].after_ms; ms += 100)
			round_trip(100 * MS_US);
		if (conn->cwnd < cases[i].segs * MSS / 100 * 97 ||
		    conn->cwnd > cases[i].segs * MSS / 100 * 103)
			fail_msg("%u bytes after %u ms instead of %u segments", conn->cwnd, ms,
			         cases[i].segs);
	}
}

// Section 4.3: with short round trips and small windows it does as Reno would: 0.53 segments a
// round trip, then a whole one.
static void test_small_windows_grow_as_renos(void **state)
{
	struct tcp_conn *conn = open_conn(10, UINT32_MAX, 10 * MS_US);

	lose(conn, 10);
	rounds(6, 10 * MS_US); // 7 + 6 * 0.53
	assert_in_range(conn->cwnd, 9700, 10200);
	rounds(10, 10 * MS_US);
	assert_in_range(conn->cwnd, 18500, 20500);
}

// Section 4.7: a flow that loses below its last peak makes room for others.
static void test_fast_convergence(void **state)
{
	struct tcp_conn *conn = open_conn(10, UINT32_MAX, 100 * MS_US);

	lose(conn, 100);
	assert_int_equal(conn->w_max, 100 * MSS);
	lose(conn, 80);
	assert_int_equal(conn->w_max, (uint64_t)80 * MSS * (1024 + 717) / 2048);
}

// RFC 5681 section 4.1 and RFC 2861.
static void test_idle_connections_begin_again(void **state)
{
	const struct {
		uint32_t cwnd, idle_ms, left;
	} cases[] = {
	        {100, 201, 50}, {100, 401, 25}, {100, 601, 12}, {100, 5000, 10}, {8, 5000, 8},
	};

	for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
		struct tcp_conn *conn = open_conn(cases[i].cwnd, 20, 100 * MS_US);

		tcp_cc_restart(conn, cases[i].idle_ms * (uint32_t)MS_US);
		assert_int_equal(conn->cwnd / MSS, cases[i].left);
		assert_int_equal(conn->ssthresh, tcp_max(20 * MSS, cases[i].cwnd * MSS / 4 * 3));
	}
}

// No window, however large, and no pause makes the arithmetic overflow.
static void test_extremes(void **state)
{
	struct tcp_conn *conn = open_conn(10, UINT32_MAX, 100 * MS_US);

	lose(conn, 1 << 20);
	lab.now = mono_add(lab.now, 86400 * SEC_US);
	for (unsigned i = 0; i < 1000; i++) {
		struct tcp_acked acked = {.now = lab.now, .acked = 1 << 20, .delivered = 1 << 20};
		uint32_t before = conn->cwnd;

		tcp_cc_acked(conn, &acked, false);
		assert_true(conn->cwnd >= before && conn->cwnd <= UINT32_C(1) << 30);
		lab.now = mono_add(lab.now, 3600 * SEC_US);
	}
	assert_true(conn->cwnd > UINT32_C(1) << 29);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_slow_start_doubles),
	        cmocka_unit_test(test_slow_start_ends_at_ssthresh),
	        cmocka_unit_test(test_one_acknowledgement_counts_for_few),
	        cmocka_unit_test(test_longer_round_trips_end_slow_start),
	        cmocka_unit_test(test_a_rise_that_passes_does_not),
	        cmocka_unit_test(test_how_much_longer_is_longer),
	        cmocka_unit_test(test_a_loss_lowers_to_seven_tenths),
	        cmocka_unit_test(test_cubic_follows_its_formula),
	        cmocka_unit_test(test_small_windows_grow_as_renos),
	        cmocka_unit_test(test_fast_convergence),
	        cmocka_unit_test(test_idle_connections_begin_again),
	        cmocka_unit_test(test_extremes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// tcp_cookie: what a cookie says and for how long, and connections made from one when the
// listener's backlog is full: as good as others, where the peer sends timestamps.
#include "tcp_lab.h"

#include "proto/tcpip/tcp/tcp_cookie.h"
#include "proto/tcpip/tcp/tcp_internal.h"

static const uint8_t key[HASH_SIP_KEY_BYTES] = "a secret, really";

static struct tcp_peers peers_of(unsigned port)
{
	return (struct tcp_peers){ip("10.0.0.2"), ip("10.0.0.9"), 80, (uint16_t)port};
}

static const mono_t start = {1000 * SEC_US};

static void test_sizes_are_rounded_down(void **state)
{
	static const struct {
		uint16_t said, heard;
	} sizes[] = {{0, 88},      {88, 88},     {535, 88},    {536, 536},
	             {1219, 536},  {1220, 1220}, {1400, 1360}, {1459, 1440},
	             {1460, 1460}, {8939, 1460}, {8940, 8940}, {65535, 8940}};
	struct tcp_peers peers = peers_of(4000);

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		uint32_t cookie = tcp_cookie_make(key, &peers, 7, sizes[i].said, start);

		assert_int_equal(tcp_cookie_check(key, &peers, 7, cookie, start), sizes[i].heard);
	}
}

static void test_a_cookie_is_for_one_syn(void **state)
{
	static const uint8_t other_key[HASH_SIP_KEY_BYTES] = "another one";
	struct tcp_peers peers = peers_of(4000), other = peers_of(4001);
	uint32_t cookie = tcp_cookie_make(key, &peers, 7, 1460, start);

	assert_int_equal(tcp_cookie_check(other_key, &peers, 7, cookie, start), 0);
	assert_int_equal(tcp_cookie_check(key, &other, 7, cookie, start), 0);
	assert_int_equal(tcp_cookie_check(key, &peers, 8, cookie, start), 0);
	for (unsigned bit = 0; bit < 32; bit++)
		assert_int_equal(tcp_cookie_check(key, &peers, 7, cookie ^ 1u << bit, start), 0);
}

static void test_a_cookie_ends(void **state)
{
	struct tcp_peers peers = peers_of(4000);

	for (unsigned tick = 0; tick < 70; tick++) {
		mono_t made = mono_add(start, tick * TCP_COOKIE_TICK_US);
		uint32_t cookie = tcp_cookie_make(key, &peers, 7, 1460, made);
		mono_t valid = mono_add(made, TCP_COOKIE_TICK_US);
		mono_t late = mono_add(made, 2 * TCP_COOKIE_TICK_US);

		assert_int_equal(tcp_cookie_check(key, &peers, 7, cookie, valid), 1460);
		assert_int_equal(tcp_cookie_check(key, &peers, 7, cookie, late), 0);
		// The time's bits come again after half an hour, the hash does not.
		late = mono_add(made, 32 * TCP_COOKIE_TICK_US);
		assert_int_equal(tcp_cookie_check(key, &peers, 7, cookie, late), 0);
	}
}

static void test_timestamps_say_the_options(void **state)
{
	static const uint32_t times[] = {0, 1, 63, 64, 100000, UINT32_MAX};

	for (unsigned wscale = 0; wscale <= 15; wscale++)
		for (unsigned sack = 0; sack < 2; sack++)
			for (size_t i = 0; i < ARRAY_LEN(times); i++) {
				struct tcp_options said = {.wscale = (uint8_t)wscale}, heard = {0};
				uint32_t ts;

				said.has = (uint8_t)((wscale < 15 ? TCP_OPTION_WSCALE : 0) |
				                     (sack ? TCP_OPTION_SACK_PERMITTED : 0));
				ts = tcp_cookie_ts(&said, times[i]);
				assert_true(times[i] - ts < 64);
				tcp_cookie_options(ts, &heard);
				assert_int_equal(heard.has, said.has);
				if (wscale < 15)
					assert_int_equal(heard.wscale, wscale);
			}
}

// A listener with room for one, which another peer has taken.
static void fill_backlog(void)
{
	struct seg syn = syn_of();

	listens(1, false);
	peer.port = PEER_PORT - 1;
	send_seg(&syn);
	turn();
	lab_clear();
	peer.port = PEER_PORT;
}

// The peer's SYN and the answer to it.
static struct seg asks(void)
{
	struct seg syn = syn_of();

	send_seg(&syn);
	turn();
	return expects(SYN | ACK, 0, 1, "");
}

static void test_a_full_backlog_answers_with_cookies(void **state)
{
	uint32_t before;

	fill_backlog();
	before = (uint32_t)peer.tcp->conns;
	asks();
	asks(); // it was lost
	assert_int_equal(peer.tcp->conns, before);
	assert_int_equal(counter_get(&harness_metric.tcp.cookies_sent), 2);
	sends(ACK, 1, 1, "");
	turn();
	assert_int_equal(peer.opened, 1);
	assert_int_equal(counter_get(&harness_metric.tcp.cookies_taken), 1);
	sends(ACK | PSH, 1, 1, "hello");
	turn();
	assert_int_equal(peer.got_len, 5);
	lab_clear();
	assert_int_equal(tcp_send(peer.conn, "hi", 2), 2);
	turn();
	expects(ACK | PSH, 1, 6, "hi");
}

static void test_data_may_come_with_the_cookie(void **state)
{
	fill_backlog();
	asks();
	sends(ACK | PSH | FIN, 1, 1, "all of it");
	turn();
	assert_int_equal(peer.got_len, 9);
	assert_int_equal(peer.ended, 1);
	expects(ACK, 1, 11, "");
}

static void test_with_timestamps_nothing_is_lost(void **state)
{
	struct seg answer, ack;
	struct tcp_info info;

	peer.ts = true;
	fill_backlog();
	answer = asks();
	assert_memory_equal(answer.options, "\2\4\5\xb4\4\2\x8\xa", 8);
	assert_memory_equal(answer.options + 16, "\1\3\3\7", 4);
	peer.ts_ecr = get32(answer.options + 8);
	ack = seg_of(ACK, 1, 1, "", 0);
	ack.window = 500;
	send_seg(&ack);
	turn();
	tcp_info(peer.conn, &info);
	assert_int_equal(info.mss, 1460);
	assert_int_equal(info.snd_wnd, 500 << 7);
	assert_true(peer.tcp->conn[tcp_number(peer.tcp, peer.conn)].flags & TCP_CONN_SACK);
	// Our timestamps go on from the one that said the options.
	assert_int_equal(tcp_send(peer.conn, "hi", 2), 2);
	turn();
	answer = expects(ACK | PSH, 1, 1, "hi");
	assert_true(get32(answer.options + 4) - peer.ts_ecr < 1000);
}

static void test_over_ipv6_with_no_options(void **state)
{
	struct seg syn = seg_of(SYN, 0, 0, "", 0), answer;
	struct tcp_info info;

	peer.v6 = true;
	fill_backlog();
	send_seg(&syn);
	answer = expects(SYN | ACK, 0, 1, "");
	assert_int_equal(answer.options_len, 4);
	sends(ACK, 1, 1, "");
	turn();
	tcp_info(peer.conn, &info);
	assert_int_equal(info.mss, 1220);
}

static void refuses_ack(uint32_t seq, uint32_t ack)
{
	struct seg seg = seg_of(ACK, seq, ack, "", 0);
	struct frame f = seg_frame(&seg);

	lab_refuses(&f, DROP_TCP_NO_CONN);
	expects(RST, ack, 0, "");
	assert_int_equal(peer.opened, 0);
}

static void test_what_is_no_cookie_is_reset(void **state)
{
	fill_backlog();
	refuses_ack(1, 1); // none was sent yet
	asks();
	refuses_ack(1, 2);
	refuses_ack(2, 1);
	lab_advance(2 * TCP_COOKIE_TICK_US);
	lab_clear();
	refuses_ack(1, 1);
}

static void test_a_full_table_takes_no_cookie(void **state)
{
	struct seg ack;
	struct frame f;

	lab_close();
	lab.conf.tcp_conns = 1;
	lab_open();
	peer_reset_state();
	fill_backlog();
	asks();
	ack = seg_of(ACK, 1, 1, "", 0);
	f = seg_frame(&ack);
	lab_refuses(&f, DROP_TCP_TABLE_FULL);
}

static void test_without_room_for_the_answer_the_syn_is_dropped(void **state)
{
	struct seg syn = syn_of();
	struct frame f = seg_frame(&syn);
	struct pkt *held[HARNESS_PAGES];
	unsigned n = 0;

	fill_backlog();
	while (n < HARNESS_PAGES - 1 && (held[n] = pkt_alloc(&harness_pages.pool)))
		n++;
	while (n > 0 && harness_pages.pool.avail(&harness_pages.pool) < 1)
		pkt_put(held[--n]);
	lab_refuses(&f, DROP_TCP_BACKLOG);
	while (n > 0)
		pkt_put(held[--n]);
}

// One is established: there is room for another, and no cookie is needed.
static void test_a_backlog_gets_room_again(void **state)
{
	fill_backlog();
	peer.port = PEER_PORT - 1;
	peer.our_iss = 0;
	asks(); // the SYN again
	sends(ACK, 1, 1, "");
	turn();
	peer.port = PEER_PORT;
	asks();
	assert_int_equal(counter_get(&harness_metric.tcp.cookies_sent), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_sizes_are_rounded_down),
	        cmocka_unit_test(test_a_cookie_is_for_one_syn),
	        cmocka_unit_test(test_a_cookie_ends),
	        cmocka_unit_test(test_timestamps_say_the_options),
	        TCP_TEST(test_a_full_backlog_answers_with_cookies),
	        TCP_TEST(test_data_may_come_with_the_cookie),
	        TCP_TEST(test_with_timestamps_nothing_is_lost),
	        TCP_TEST(test_over_ipv6_with_no_options),
	        TCP_TEST(test_what_is_no_cookie_is_reset),
	        TCP_TEST(test_a_full_table_takes_no_cookie),
	        TCP_TEST(test_without_room_for_the_answer_the_syn_is_dropped),
	        TCP_TEST(test_a_backlog_gets_room_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

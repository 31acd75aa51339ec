// tcp_loss: segments that get lost, windows that close, peers that fall silent: what is sent
// again and when, on virtual time. See tcp_loss_lab.h.
#include "tcp_loss_lab.h"

static void test_a_lost_segment_is_sent_again_by_the_timer(void **state)
{
	sent_segments(1);
	wait_us(990 * MS_US);
	expects_nothing();
	wait_us(20 * MS_US);
	expects_segment(0);
	assert_int_equal(counter_get(&harness_metric.tcp.resent), 1);
	// From a copy: a driver may still read the page. The other copy was made by tcp_send.
	assert_int_equal(counter_get(&harness_metric.tcp.copied_bytes), 2 * MSS);
	wait_us(1990 * MS_US); // RFC 6298 (5.5): twice as long
	expects_nothing();
	wait_us(20 * MS_US);
	expects_segment(0);
	acks(1);
	wait_us(10 * SEC_US);
	expects_nothing();
	assert_int_equal(info_of().cwnd, 2 * MSS);
}

static void test_after_a_timeout_all_is_sent_again_slowly(void **state)
{
	sent_segments(8);
	wait_us(1010 * MS_US);
	expects_segment(0);
	expects_nothing();
	assert_int_equal(info_of().ssthresh, 10 * MSS * 717 / 1024); // RFC 9438 section 4.6
	acks(1);
	expects_segment(1);
	expects_segment(2);
	expects_nothing();
	acks(8); // the others had arrived
	wait_us(10 * SEC_US);
	expects_nothing();
}

static void test_three_duplicates_are_a_loss(void **state)
{
	sent_segments(8);
	acks(1);
	lab_clear();
	acks(1);
	acks(1);
	expects_nothing();
	acks(1);
	expects_segment(1);
	expects_nothing();
	assert_int_equal(info_of().ssthresh, 11 * MSS * 717 / 1024);
	// A partial acknowledgement: the next one was lost, too (RFC 6582).
	acks(3);
	expects_segment(3);
	expects_nothing();
	acks(8);
	expects_nothing();
	assert_int_equal(info_of().cwnd, info_of().ssthresh);
	assert_int_equal(info_of().in_flight, 0);
}

static void test_two_duplicates_send_new_data(void **state)
{
	fill(bytes, 1, sizeof(bytes));
	listens(4, true);
	establish();
	assert_int_equal(tcp_send(peer.conn, bytes, 12 * MSS), 12 * MSS);
	turn();
	assert_int_equal(lab_waiting(), 10);
	for (unsigned i = 0; i < 10; i++)
		expects_segment(i);
	sends(ACK, 1, 1, ""); // RFC 3042
	turn();
	expects_segment(10);
	sends(ACK, 1, 1, "");
	turn();
	expects_segment(11);
	expects_nothing();
}

static void test_the_round_trip_sets_the_timer(void **state)
{
	sent_segments(1);
	wait_us(100 * MS_US);
	acks(1);
	assert_in_range(info_of().srtt_us, 99 * MS_US, 102 * MS_US);
	assert_in_range(info_of().rto_us, 290 * MS_US, 310 * MS_US);
}

static void test_a_segment_sent_twice_is_no_sample(void **state)
{
	sent_segments(1);
	wait_us(1010 * MS_US);
	expects_segment(0);
	wait_us(5 * MS_US);
	acks(1);
	assert_int_equal(info_of().srtt_us, 0);
	assert_int_equal(info_of().rto_us, SEC_US);
}

// Also without timestamps, when neither SYN was sent twice.
static void test_the_handshake_is_a_sample(void **state)
{
	struct seg syn = syn_of();

	listens(4, false);
	for (unsigned twice = 0; twice < 2; twice++) {
		peer.port = PEER_PORT + twice;
		for (unsigned i = 0; i <= twice; i++) {
			send_seg(&syn);
			turn();
			expects(SYN | ACK, 0, 1, "");
			wait_us(100 * MS_US);
		}
		sends(ACK, 1, 1, "");
		turn();
		assert_int_equal(info_of().srtt_us, twice ? 0 : 100 * MS_US);
		assert_int_equal(info_of().rto_us, twice ? SEC_US : 300 * MS_US);
	}
}

static void test_an_idle_connection_has_no_timer(void **state)
{
	unsigned fired = 0;

	sent_segments(1);
	acks(1);
	sends(ACK, 1, 1 + MSS, "x");
	turn();
	expects(ACK, 1 + MSS, 2, "");
	wait_us(2 * SEC_US);
	for (unsigned i = 0; i < 1000; i++) {
		lab.now = mono_add(lab.now, 10 * MS_US);
		fired += wheel_tick(&lab.wheel, lab.now);
	}
	assert_int_equal(fired, 0);
	expects_nothing();
}

static void test_a_silent_peer_is_given_up(void **state)
{
	unsigned sent = 0;

	sent_segments(1);
	for (unsigned s = 0; s < 400 && !peer.closed; s++) {
		wait_us(SEC_US);
		for (; lab_waiting(); sent++)
			assert_int_equal(take_seg().seq, 1);
	}
	assert_int_equal(peer.end, TCP_END_TIMEOUT);
	assert_in_range(sent, 9, 10); // after 1, 3, 7, 15, 31, 63, 123, 183, 243 s
}

static void test_a_closed_window_is_probed(void **state)
{
	struct seg seg;

	listens(4, true);
	establish();
	seg = seg_of(ACK, 1, 1, "", 0);
	seg.window = 0;
	send_seg(&seg);
	turn();
	assert_int_equal(tcp_send(peer.conn, "waits", 5), 5);
	turn();
	expects_nothing();
	for (unsigned i = 0; i < 4; i++) {
		wait_us((1010 * MS_US) << i);
		expects(ACK, 0, 1, ""); // before the window: asks for an answer
		expects_nothing();
		send_seg(&seg);
		turn();
	}
	for (unsigned i = 0; i < 100; i++) { // hours, as long as it answers
		wait_us(61 * SEC_US);
		expects(ACK, 0, 1, "");
		send_seg(&seg);
		turn();
	}
	sends(ACK, 1, 1, "");
	turn();
	expects(ACK | PSH, 1, 1, "waits");
}

static void test_a_window_of_a_few_bytes_is_not_used(void **state)
{
	struct seg seg;

	fill(bytes, 1, sizeof(bytes));
	listens(4, true);
	establish();
	seg = seg_of(ACK, 1, 1, "", 0);
	seg.window = 100;
	send_seg(&seg);
	turn();
	assert_int_equal(tcp_send(peer.conn, bytes, MSS), MSS);
	turn();
	expects_nothing();
	wait_us(1010 * MS_US); // but rather than never
	seg = take_seg();
	assert_int_equal(seg.len, 100);
	assert_memory_equal(seg.data, bytes, 100);
	sends(ACK, 1, 101, "");
	turn();
	seg = take_seg();
	assert_int_equal(seg.seq, 101);
	assert_int_equal(seg.len, MSS - 100);
	assert_memory_equal(seg.data, bytes + 100, MSS - 100);
}

static void test_a_lost_fin_is_sent_again(void **state)
{
	listens(4, false);
	establish();
	tcp_shutdown(peer.conn);
	turn();
	expects(ACK | FIN, 1, 1, "");
	wait_us(1010 * MS_US);
	expects(ACK | FIN, 1, 1, "");
	sends(ACK, 1, 2, "");
	wait_us(10 * SEC_US);
	expects_nothing();
	assert_string_equal(info_of().state, "FIN-WAIT-2");
}

static void test_a_lost_syn_ack_is_sent_again(void **state)
{
	struct seg syn = syn_of();

	listens(4, false);
	send_seg(&syn);
	turn();
	expects(SYN | ACK, 0, 1, "");
	wait_us(1010 * MS_US);
	expects(SYN | ACK, 0, 1, "");
	send_seg(&syn); // ours was lost
	turn();
	expects(SYN | ACK, 0, 1, "");
	for (unsigned s = 0; s < 40; s++)
		wait_us(SEC_US);
	lab_clear();
	sends(ACK, 1, 1, ""); // too late
	expects(RST, 1, 0, "");
	assert_int_equal(peer.closed, 0); // no application knew of it
}

static void test_without_pages_it_waits_for_some(void **state)
{
	struct pkt *held[HARNESS_PAGES];
	unsigned n = 0;

	listens(4, false);
	establish();
	assert_int_equal(tcp_send(peer.conn, "wait", 4), 4);
	sends(ACK, 1, 1, "x");
	while ((held[n] = pkt_alloc(&harness_pages.pool)))
		n++;
	tcp_shutdown(peer.conn);
	turn();
	assert_int_equal(lab_waiting(), 1); // the data is in a page of its own
	expects(ACK | PSH | FIN, 1, 2, "wait");
	sends(ACK, 2, 6, "");
	while (n)
		pkt_put(held[--n]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TCP_TEST(test_a_lost_segment_is_sent_again_by_the_timer),
	        TCP_TEST(test_after_a_timeout_all_is_sent_again_slowly),
	        TCP_TEST(test_three_duplicates_are_a_loss),
	        TCP_TEST(test_two_duplicates_send_new_data),
	        TCP_TEST(test_the_round_trip_sets_the_timer),
	        TCP_TEST(test_a_segment_sent_twice_is_no_sample),
	        TCP_TEST(test_the_handshake_is_a_sample),
	        TCP_TEST(test_an_idle_connection_has_no_timer),
	        TCP_TEST(test_a_silent_peer_is_given_up),
	        TCP_TEST(test_a_closed_window_is_probed),
	        TCP_TEST(test_a_window_of_a_few_bytes_is_not_used),
	        TCP_TEST(test_a_lost_fin_is_sent_again),
	        TCP_TEST(test_a_lost_syn_ack_is_sent_again),
	        TCP_TEST(test_without_pages_it_waits_for_some),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// tcp_rack: losses that time shows, probes for those at the end, and what both do to the
// window, on virtual time. See tcp_loss_lab.h: the round trip is 100 ms, segments 1 to n are
// outstanding.
#include "tcp_loss_lab.h"

#define RTT_US (100 * MS_US)

static void test_three_reported_segments_are_enough(void **state)
{
	sent_segments_sack(8);
	wait_us(RTT_US);
	SACKS(1, {2, 5});
	expects_segment(1);
	expects_nothing();
	assert_int_equal(info_of().ca_state, 3);
	acks(9);
	assert_int_equal(info_of().cwnd, info_of().ssthresh);
}

// RFC 8985 section 6.2: with fewer it may still come, for a quarter of the round trip.
static void test_fewer_wait_for_what_was_overtaken(void **state)
{
	sent_segments_sack(8);
	wait_us(RTT_US);
	SACKS(1, {2, 3});
	wait_us(24 * MS_US);
	expects_nothing();
	wait_us(2 * MS_US);
	expects_segment(1);
	assert_int_equal(info_of().ca_state, 3);
}

static void test_what_was_overtaken_comes(void **state)
{
	sent_segments_sack(8);
	wait_us(RTT_US);
	SACKS(1, {2, 3});
	wait_us(20 * MS_US);
	acks(3);
	assert_true(info_of().reordering);
	assert_int_equal(info_of().ca_state, 0);
	wait_us(10 * MS_US);
	expects_nothing();
	// From now on three are not enough.
	SACKS(3, {4, 7});
	expects_nothing();
	wait_us(30 * MS_US);
	expects_segment(3);
}

static void test_a_segment_sent_again_is_lost_again(void **state)
{
	sent_segments_sack(8);
	wait_us(RTT_US);
	SACKS(1, {2, 6});
	expects_segment(1);
	// 6 was sent before; what is sent from now on has overtaken it.
	assert_int_equal(tcp_send(peer.conn, bytes + 9 * MSS, 4 * MSS), 4 * MSS);
	turn();
	lab_clear();
	SACKS(1, {2, 9});
	turn();
	assert_true(lab_waiting() > 0);
	lab_clear();
	wait_us(RTT_US);
	SACKS(1, {2, 10});
	expects_segment(1);
	assert_int_equal(info_of().ca_state, 3);
}

// What was sent at the same time is in the order of its numbers.
static void test_all_losses_of_a_window_are_found_at_once(void **state)
{
	sent_segments_sack(9);
	wait_us(RTT_US);
	SACKS(1, {4, 5}, {7, 8}, {9, 10});
	assert_int_equal(info_of().lost, 6);
	expects_segment(1);
}

// Section 7: the last segment again, when nothing new waits.
static void test_a_tail_is_probed(void **state)
{
	sent_segments_sack(4);
	wait_us(199 * MS_US);
	expects_nothing();
	wait_us(3 * MS_US); // two round trips
	expects_segment(4);
	expects_nothing();
	// It was the only one that was lost: the window reacts.
	assert_int_equal(tcp_send(peer.conn, bytes + 5 * MSS, MSS), MSS);
	turn();
	expects_segment(5);
	acks(6);
	assert_int_equal(info_of().cwnd, info_of().ssthresh);
	assert_int_equal(info_of().ca_state, 0);
	wait_us(10 * SEC_US);
	expects_nothing();
}

static void test_a_probe_in_vain_is_no_loss(void **state)
{
	uint32_t cwnd;
	struct seg seg;

	sent_segments_sack(4);
	cwnd = info_of().cwnd;
	wait_us(201 * MS_US);
	expects_segment(4);
	acks(5);
	// The peer has got it twice.
	seg = seg_of(ACK, 1, 1 + 5 * MSS, "", 0);
	put_sacks(&seg, &(struct tcp_sack){1 + 4 * MSS, 1 + 5 * MSS}, 1);
	send_seg(&seg);
	turn();
	assert_true(info_of().cwnd >= cwnd);
	assert_int_equal(info_of().ssthresh, UINT32_MAX);
}

static void test_new_data_is_the_better_probe(void **state)
{
	peer.sack = true;
	sent_segments(1);
	wait_us(RTT_US);
	acks(1);
	assert_int_equal(tcp_send(peer.conn, bytes + MSS, 13 * MSS), 13 * MSS);
	turn();
	while (lab_waiting())
		(void)take_seg();
	assert_int_equal(info_of().unacked, info_of().cwnd / MSS);
	wait_us(201 * MS_US);
	expects_segment(11); // beyond the window
	expects_nothing();
	// One segment is missing that way: a time-out would have been the next.
	SACKS(1, {9, 12});
	assert_int_equal(info_of().ca_state, 3);
}

// A single segment may be acknowledged late.
static void test_a_single_segment_is_probed_later(void **state)
{
	sent_segments_sack(1);
	wait_us(290 * MS_US);
	expects_nothing();
	wait_us(20 * MS_US); // the time-out, which comes before 2 * 100 + 200 ms
	expects_segment(1);
	assert_int_equal(info_of().ca_state, 0);
	wait_us(310 * MS_US);
	expects_segment(1);
	assert_int_equal(info_of().ca_state, 4);
}

static void test_a_lost_fin_is_probed(void **state)
{
	sent_segments_sack(1);
	tcp_shutdown(peer.conn);
	turn();
	expects(ACK | FIN, 1 + 2 * MSS, 1, "");
	acks(2);
	wait_us(350 * MS_US);
	assert_int_equal(info_of().ca_state, 0);
	expects(ACK | FIN, 1 + 2 * MSS, 1, "");
}

// RFC 6937: what is sent in recovery follows what arrives, times 717/1024, and a segment more
// for each acknowledgement that moves once the window is small enough.
static void test_recovery_sends_as_much_as_arrives(void **state)
{
	unsigned sent = 0;

	sent_segments_sack(10);
	assert_int_equal(tcp_send(peer.conn, bytes + 11 * MSS, 20 * MSS), 20 * MSS);
	turn();
	lab_clear();
	assert_int_equal(info_of().unacked, 10);
	wait_us(RTT_US);
	for (unsigned n = 1; n <= 8; n++) {
		SACKS(1, {2, 2 + n});
		for (; lab_waiting(); sent++)
			(void)take_seg();
	}
	// Eight segments have arrived; two of them before that was a loss.
	assert_int_equal(sent, 6);
	acks(11);
	for (; lab_waiting(); sent++)
		(void)take_seg();
	assert_int_equal(info_of().ca_state, 3);
}

// RFC 2883 and RFC 8985 section 6.2.4: what was sent again in vain widens the window for
// reordering, and takes the lowering back.
static void test_a_loss_that_was_none(void **state)
{
	uint32_t cwnd, ssthresh;
	struct seg seg;

	sent_segments_sack(8);
	wait_us(RTT_US);
	cwnd = info_of().cwnd;
	ssthresh = info_of().ssthresh;
	SACKS(1, {2, 5});
	expects_segment(1);
	wait_us(10 * MS_US);
	acks(9); // it had only been late
	assert_int_equal(info_of().ca_state, 0);
	assert_true(info_of().cwnd < cwnd);
	seg = seg_of(ACK, 1, 1 + 9 * MSS, "", 0);
	put_sacks(&seg, &(struct tcp_sack){1 + MSS, 1 + 2 * MSS}, 1);
	send_seg(&seg);
	turn();
	assert_true(info_of().cwnd >= cwnd);
	assert_int_equal(info_of().ssthresh, ssthresh);
	// Twice a quarter of the least round trip, which is not 100 ms any more for the copy.
	assert_int_equal(tcp_send(peer.conn, bytes + 9 * MSS, 8 * MSS), 8 * MSS);
	turn();
	lab_clear();
	wait_us(RTT_US);
	SACKS(9, {10, 11});
	wait_us(49 * MS_US);
	expects_nothing();
	wait_us(2 * MS_US);
	expects_segment(9);
}

// A time-out that came too early, at the end of a connection: the report of the second copy comes
// in TIME-WAIT, when there is no window that could be taken back.
static void test_a_duplicate_reported_in_time_wait_changes_nothing(void **state)
{
	struct seg report = seg_of(ACK, 2, 2 + MSS, "", 0);

	peer.sack = true;
	sent_segments(1);
	tcp_shutdown(peer.conn);
	turn();
	for (unsigned i = 0; i < 3; i++)
		wait_us(1 * SEC_US);
	assert_int_equal(info_of().ca_state, 4);
	lab_clear();
	sends(ACK | FIN, 1, 2 + MSS, "");
	turn();
	assert_int_equal(peer.end, TCP_END_DONE);
	assert_int_equal(peer.tcp->waiting.head, 0);
	put_sacks(&report, &(struct tcp_sack){1, 1 + MSS}, 1);
	send_seg(&report);
	turn();
	wait_us(2 * TCP_MSL_US);
	wait_us(1 * SEC_US);
	assert_int_equal(peer.tcp->conns, 0);
	assert_int_equal(peer.tcp->waiting.head, TCP_NONE);
	assert_int_equal(peer.tcp->waiting.tail, TCP_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TCP_TEST(test_three_reported_segments_are_enough),
	        TCP_TEST(test_fewer_wait_for_what_was_overtaken),
	        TCP_TEST(test_what_was_overtaken_comes),
	        TCP_TEST(test_a_segment_sent_again_is_lost_again),
	        TCP_TEST(test_all_losses_of_a_window_are_found_at_once),
	        TCP_TEST(test_a_tail_is_probed),
	        TCP_TEST(test_a_probe_in_vain_is_no_loss),
	        TCP_TEST(test_new_data_is_the_better_probe),
	        TCP_TEST(test_a_single_segment_is_probed_later),
	        TCP_TEST(test_a_lost_fin_is_probed),
	        TCP_TEST(test_recovery_sends_as_much_as_arrives),
	        TCP_TEST(test_a_loss_that_was_none),
	        TCP_TEST(test_a_duplicate_reported_in_time_wait_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

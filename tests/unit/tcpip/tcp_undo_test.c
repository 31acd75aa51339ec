// tcp_undo: losses that were none: late segments, late acknowledgements, time-outs that came too
// early (RFC 5682, RFC 3522). See tcp_loss_lab.h; what came twice is in tcp_rack_test.c.
#include "tcp_loss_lab.h"

#define RTT_US (100 * MS_US)

// A peer without SACK, n segments from 1 on outstanding, the round trip known.
static void sent_segments_plain(unsigned n)
{
	sent_segments(1);
	wait_us(RTT_US);
	acks(1);
	assert_int_equal(tcp_send(peer.conn, bytes + MSS, n * MSS), n * MSS);
	turn();
	for (unsigned i = 0; i < n; i++)
		expects_segment(1 + i);
}

// With timestamps the number of a segment is not fixed: the option takes 12 bytes.
static void sent_with_timestamps(unsigned n)
{
	peer.ts = true;
	fill(bytes, 1, sizeof(bytes));
	listens(4, true);
	establish();
	wait_us(10 * MS_US);
	assert_int_equal(tcp_send(peer.conn, bytes, n * (MSS - 12)), n * (MSS - 12));
	turn();
	assert_int_equal(lab_waiting(), n);
	for (unsigned i = 0; i < n; i++)
		(void)take_seg();
}

static void acks_bytes(uint32_t n, const struct tcp_sack *sack)
{
	struct seg seg = seg_of(ACK, 1, 1 + n, "", 0);

	if (sack)
		put_sacks(&seg, sack, 1);
	send_seg(&seg);
	turn();
}

// RFC 3522: the timestamp that comes back is that of the first copy.
static void test_a_late_segment_by_its_timestamp(void **state)
{
	uint32_t cwnd;

	sent_with_timestamps(8);
	cwnd = info_of().cwnd;
	wait_us(RTT_US);
	acks_bytes(0, &(struct tcp_sack){1 + 1448, 1 + 4 * 1448});
	assert_int_equal(info_of().ca_state, 3);
	assert_int_equal(lab_waiting(), 1);
	lab_clear(); // so the peer echoes what came before
	wait_us(5 * MS_US);
	acks_bytes(4 * 1448, NULL);
	assert_int_equal(info_of().ca_state, 0);
	assert_int_equal(info_of().ssthresh, UINT32_MAX);
	assert_true(info_of().cwnd >= cwnd);
	assert_true(info_of().reordering);
}

static void test_a_lost_segment_by_its_timestamp(void **state)
{
	sent_with_timestamps(8);
	wait_us(RTT_US);
	acks_bytes(0, &(struct tcp_sack){1 + 1448, 1 + 4 * 1448});
	assert_int_equal(take_seg().seq, 1);
	wait_us(RTT_US);
	acks_bytes(8 * 1448, NULL);
	assert_int_equal(info_of().ca_state, 0);
	assert_int_equal(info_of().cwnd, info_of().ssthresh);
}

// RFC 5682: after the time-out of a path that was only slow two new segments are sent, and the
// acknowledgement of what was sent before it shows that.
static void test_a_time_out_that_came_too_early(void **state)
{
	uint32_t cwnd;

	sent_segments_plain(4);
	cwnd = info_of().cwnd;
	assert_int_equal(tcp_send(peer.conn, bytes + 5 * MSS, 8 * MSS), 8 * MSS);
	turn();
	for (unsigned i = 5; i < 11; i++)
		expects_segment(i);
	expects_nothing();
	wait_us(400 * MS_US);
	expects_segment(1);
	assert_int_equal(info_of().ca_state, 4);
	acks(2);
	expects_segment(11); // new, and not 2 again
	expects_segment(12);
	expects_nothing();
	acks(3);
	assert_int_equal(info_of().ca_state, 0);
	assert_int_equal(info_of().lost, 0);
	assert_true(info_of().cwnd >= cwnd);
	assert_int_equal(info_of().ssthresh, UINT32_MAX);
	acks(13);
	expects_nothing();
	assert_int_equal(counter_get(&harness_metric.tcp.resent), 1);
}

static void test_a_time_out_that_was_right(void **state)
{
	sent_segments_plain(4);
	assert_int_equal(tcp_send(peer.conn, bytes + 5 * MSS, 8 * MSS), 8 * MSS);
	turn();
	lab_clear();
	wait_us(400 * MS_US);
	expects_segment(1);
	acks(2);
	expects_segment(11);
	expects_segment(12);
	acks(2); // what is new makes a duplicate: 2 is missing
	expects_segment(2);
	assert_int_equal(info_of().ca_state, 4);
}

// Without new data there is nothing to find out by: 2 and 3 are sent again.
static void test_without_new_data_the_rest_is_sent_again(void **state)
{
	sent_segments_plain(4);
	wait_us(400 * MS_US);
	expects_segment(1);
	acks(2);
	expects_segment(2);
	expects_segment(3);
	assert_int_equal(info_of().ca_state, 4);
}

// What the peer had before the time-out is no sign without SACK.
static void test_segments_behind_the_lost_one_are_no_sign(void **state)
{
	sent_segments_plain(3);
	wait_us(400 * MS_US);
	expects_segment(1);
	acks(4);
	assert_int_equal(info_of().ca_state, 0);
	assert_int_equal(info_of().ssthresh, 10 * MSS * 717 / 1024);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TCP_TEST(test_a_late_segment_by_its_timestamp),
	        TCP_TEST(test_a_lost_segment_by_its_timestamp),
	        TCP_TEST(test_a_time_out_that_came_too_early),
	        TCP_TEST(test_a_time_out_that_was_right),
	        TCP_TEST(test_without_new_data_the_rest_is_sent_again),
	        TCP_TEST(test_segments_behind_the_lost_one_are_no_sign),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

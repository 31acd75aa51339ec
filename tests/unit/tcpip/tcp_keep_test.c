// tcp_keep: keep-alives and the user timeout. See tcp_loss_lab.h.
#include "tcp_loss_lab.h"

static void opens(void)
{
	fill(bytes, 1, sizeof(bytes));
	listens(4, true);
	establish();
}

static void expects_probe(void)
{
	expects(ACK, 0, 1, ""); // the byte before: the peer answers (RFC 9293 section 3.8.4)
	expects_nothing();
}

static void test_an_idle_peer_is_asked(void **state)
{
	opens();
	tcp_set_keepalive(peer.conn, 60, 10, 3);
	turn();
	wait_us(59 * SEC_US);
	expects_nothing();
	wait_us(2 * SEC_US);
	expects_probe();
	acks(0);
	wait_us(58 * SEC_US);
	expects_nothing();
	wait_us(3 * SEC_US);
	expects_probe();
	acks(0);
	assert_int_equal(peer.closed, 0);
}

static void test_a_silent_peer_is_reset(void **state)
{
	opens();
	tcp_set_keepalive(peer.conn, 60, 10, 3);
	turn();
	wait_us(60500 * MS_US);
	expects_probe();
	for (unsigned i = 1; i < 3; i++) {
		wait_us(10100 * MS_US);
		expects_probe();
	}
	assert_int_equal(peer.closed, 0);
	wait_us(10100 * MS_US);
	expects(RST | ACK, 1, 1, "");
	assert_int_equal(peer.end, TCP_END_TIMEOUT);
}

static void test_a_peer_that_sends_is_not_asked(void **state)
{
	opens();
	tcp_set_keepalive(peer.conn, 60, 10, 3);
	turn();
	for (unsigned i = 0; i < 10; i++) {
		wait_us(50 * SEC_US);
		sends(ACK, 1 + i, 1, "x");
		turn();
		expects(ACK, 1, 2 + i, "");
		expects_nothing();
	}
}

static void test_a_listener_has_it(void **state)
{
	struct tcp_listener_conf conf = {
	        .port = OUR_PORT, .backlog = 1, .ops = &peer_ops, .keepalive_s = 60};

	assert_int_equal(tcp_listen(peer.tcp, &conf, NULL), 0);
	establish();
	wait_us(59 * SEC_US);
	expects_nothing();
	wait_us(1500 * MS_US);
	expects_probe();
	for (unsigned i = 1; i < TCP_KEEPALIVES; i++) {
		wait_us(TCP_KEEPALIVE_S * SEC_US + 100 * MS_US);
		expects_probe();
	}
	wait_us(TCP_KEEPALIVE_S * SEC_US + 100 * MS_US);
	expects(RST | ACK, 1, 1, "");
	assert_int_equal(peer.end, TCP_END_TIMEOUT);
}

static void test_it_can_be_switched_off(void **state)
{
	opens();
	tcp_set_keepalive(peer.conn, 60, 10, 3);
	turn();
	wait_us(30 * SEC_US);
	tcp_set_keepalive(peer.conn, 0, 0, 0);
	turn();
	wait_us(1000 * SEC_US);
	expects_nothing();
	tcp_set_keepalive(peer.conn, 5, 1, 1); // counts from now
	turn();
	wait_us(4 * SEC_US);
	expects_nothing();
	wait_us(1500 * MS_US);
	expects_probe();
	wait_us(1100 * MS_US);
	expects(RST | ACK, 1, 1, "");
}

static void test_no_probes_while_data_is_outstanding(void **state)
{
	opens();
	tcp_set_keepalive(peer.conn, 1, 1, 1);
	assert_int_equal(tcp_send(peer.conn, bytes, MSS), MSS);
	turn();
	expects_segment(0);
	for (unsigned s = 0; s < 20; s++) {
		wait_us(SEC_US);
		while (lab_waiting())
			assert_true(take_seg().len > 0);
	}
	assert_int_equal(peer.closed, 0);
}

// RFC 5482: 5 seconds instead of five minutes.
static void test_the_user_timeout_ends_it(void **state)
{
	opens();
	tcp_set_user_timeout(peer.conn, 5000);
	assert_int_equal(tcp_send(peer.conn, bytes, 100), 100);
	turn();
	wait_us(4900 * MS_US);
	assert_int_equal(peer.closed, 0);
	wait_us(200 * MS_US);
	assert_int_equal(peer.end, TCP_END_TIMEOUT);
	lab_clear();
}

static void test_the_user_timeout_begins_with_what_is_sent(void **state)
{
	opens();
	tcp_set_user_timeout(peer.conn, 5000);
	wait_us(60 * SEC_US);
	for (unsigned i = 0; i < 10; i++) {
		assert_int_equal(tcp_send(peer.conn, bytes + i * MSS, MSS), MSS);
		turn();
		wait_us(900 * MS_US);
		expects_segment(i);
		acks(i + 1);
	}
	assert_int_equal(peer.closed, 0);
	// Shorter, for what is outstanding.
	assert_int_equal(tcp_send(peer.conn, bytes, 100), 100);
	turn();
	tcp_set_user_timeout(peer.conn, 100);
	turn();
	wait_us(110 * MS_US);
	assert_int_equal(peer.end, TCP_END_TIMEOUT);
	lab_clear();
}

// A window that stays closed is probed for ever, but not with a user timeout.
static void test_the_user_timeout_of_a_closed_window(void **state)
{
	struct seg seg;

	opens();
	tcp_set_user_timeout(peer.conn, 10000);
	seg = seg_of(ACK, 1, 1, "", 0);
	seg.window = 0;
	send_seg(&seg);
	turn();
	assert_int_equal(tcp_send(peer.conn, "waits", 5), 5);
	turn();
	for (unsigned s = 0; s < 11 && !peer.closed; s++) {
		wait_us(SEC_US);
		if (lab_waiting() && !peer.closed) {
			lab_clear();
			send_seg(&seg);
			turn();
		}
	}
	assert_int_equal(peer.end, TCP_END_TIMEOUT);
	lab_clear();
}

// It also decides for how long keep-alives go on.
static void test_the_user_timeout_of_keep_alives(void **state)
{
	unsigned probes = 0;

	opens();
	tcp_set_keepalive(peer.conn, 10, 1, 1);
	tcp_set_user_timeout(peer.conn, 15000);
	turn();
	for (unsigned i = 0; i < 200 && !peer.closed; i++) {
		wait_us(100 * MS_US);
		for (; lab_waiting() && !peer.closed; probes++)
			(void)take_seg();
	}
	assert_in_range(probes, 4, 6);
	assert_int_equal(peer.end, TCP_END_TIMEOUT);
	lab_clear();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TCP_TEST(test_an_idle_peer_is_asked),
	        TCP_TEST(test_a_silent_peer_is_reset),
	        TCP_TEST(test_a_peer_that_sends_is_not_asked),
	        TCP_TEST(test_a_listener_has_it),
	        TCP_TEST(test_it_can_be_switched_off),
	        TCP_TEST(test_no_probes_while_data_is_outstanding),
	        TCP_TEST(test_the_user_timeout_ends_it),
	        TCP_TEST(test_the_user_timeout_begins_with_what_is_sent),
	        TCP_TEST(test_the_user_timeout_of_a_closed_window),
	        TCP_TEST(test_the_user_timeout_of_keep_alives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// tcp_list: the connections of a worker, as `wadi-ctl tcp` asks for them, and as their peers are
// taken leave of.
#include "tcp_lab.h"

#include "proto/tcpip/tcp/tcp_internal.h"

static void test_connections_are_listed_some_at_a_time(void **state)
{
	struct tcp_row rows[2];
	uint32_t from = 0;

	assert_int_equal(tcp_list(peer.tcp, &from, 8, rows, 2), 0);
	assert_int_equal(from, TCP_LIST_END);
	listens(4, false);
	for (unsigned i = 0; i < 3; i++) {
		peer.port = PEER_PORT + i;
		peer.opened = 0;
		establish();
	}
	tcp_abort(&peer.tcp->conn[1]);
	turn();
	lab_clear();
	// Two places, of which one is free; then the rest.
	from = 0;
	assert_int_equal(tcp_list(peer.tcp, &from, 2, rows, 2), 1);
	assert_int_equal(from, 2);
	assert_int_equal(rows[0].id, 0);
	assert_int_equal(rows[0].peers.remote_port, PEER_PORT);
	assert_string_equal(rows[0].info.state, "ESTABLISHED");
	assert_int_equal(tcp_list(peer.tcp, &from, 100, rows, 2), 1);
	assert_int_equal(from, TCP_LIST_END);
	assert_int_equal(rows[0].id, 2);
	// As many as there is room for.
	from = 0;
	assert_int_equal(tcp_list(peer.tcp, &from, 100, rows, 1), 1);
	assert_int_equal(from, 1);
}

// How many are left, looked at n places at a time: those with something in progress, and those
// whose end is not acknowledged.
static void leaves(enum tcp_leave how, uint32_t n, unsigned in_progress, unsigned unfinished)
{
	struct tcp_left left = {0};
	uint32_t from = 0;

	while (from != TCP_LIST_END)
		tcp_leave(peer.tcp, how, &from, n, &left, lab.now);
	assert_int_equal(left.in_progress, in_progress);
	assert_int_equal(left.unfinished, unfinished);
	turn();
}

static void answer_begins(void)
{
	listens(4, false);
	establish();
	assert_int_equal(tcp_send(peer.conn, "answer", 6), 6);
	turn();
	expects(ACK | PSH, 1, 1, "answer");
}

static void test_peers_get_what_was_queued_and_then_the_end(void **state)
{
	leaves(TCP_LEAVE_END, 1, 0, 0);
	answer_begins();
	leaves(TCP_LEAVE_BEGIN, 1, 1, 0);
	expects_nothing();
	sends(ACK, 1, 7, "");
	turn();
	leaves(TCP_LEAVE_AGAIN, 1, 0, 0);
	expects_nothing();
	leaves(TCP_LEAVE_END, 1, 0, 1);
	expects(ACK | FIN, 7, 1, "");
	leaves(TCP_LEAVE_END, 1, 0, 1);
	expects_nothing();
	sends(ACK, 1, 8, "");
	turn();
	leaves(TCP_LEAVE_END, 1, 0, 0);
	// What comes still is acknowledged, and answered by nothing.
	sends(ACK | FIN, 1, 8, "");
	turn();
	expects(ACK, 8, 2, "");
	assert_int_equal(peer.end, TCP_END_DONE);
}

static void test_a_slow_peer_is_cut_off_after_what_is_queued(void **state)
{
	answer_begins();
	leaves(TCP_LEAVE_END, 100, 1, 0);
	expects(ACK | FIN, 7, 1, "");
	assert_int_equal(tcp_send(peer.conn, "more", 4), 0);
	sends(ACK, 1, 8, "");
	turn();
	leaves(TCP_LEAVE_END, 100, 0, 0);
}

static void test_a_peer_that_has_gone_is_not_waited_for(void **state)
{
	answer_begins();
	leaves(TCP_LEAVE_BEGIN, 100, 1, 0);
	wait_us(1 * SEC_US); // one time-out, which a loss has as well
	lab_clear();
	leaves(TCP_LEAVE_AGAIN, 100, 1, 0);
	for (unsigned i = 0; i < 10; i++) {
		wait_us(1 * SEC_US);
		lab_clear();
	}
	leaves(TCP_LEAVE_AGAIN, 100, 0, 0);
	expects_nothing();
}

// Its application reads slowly: what is queued waits, and probes are answered.
static void test_a_peer_with_a_closed_window_is_waited_for(void **state)
{
	struct seg full = seg_of(ACK, 1, 7, "", 0);

	answer_begins();
	full.window = 0;
	send_seg(&full);
	turn();
	assert_int_equal(tcp_send(peer.conn, "rest", 4), 4);
	turn();
	leaves(TCP_LEAVE_BEGIN, 100, 1, 0);
	for (unsigned i = 0; i < 5; i++) {
		wait_us(4 * SEC_US);
		lab_clear(); // of the probes
		send_seg(&full);
		turn();
		leaves(TCP_LEAVE_AGAIN, 100, 1, 0);
	}
	sends(ACK, 1, 7, "");
	turn();
	expects(ACK | PSH, 7, 1, "rest");
	sends(ACK, 1, 11, "");
	turn();
	leaves(TCP_LEAVE_AGAIN, 100, 0, 0);
}

static struct {
	bool in_progress, at_last;
	unsigned asked;
} app;

static bool app_leave(void *ctx, struct tcp_conn *conn, enum tcp_leave how, mono_t now)
{
	assert_ptr_equal(peer.conn, conn); // it was opened before
	if (how == TCP_LEAVE_BUSY)
		return app.in_progress;
	app.asked++;
	app.at_last = how == TCP_LEAVE_END;
	if (!app.in_progress || app.at_last)
		tcp_shutdown(conn);
	return app.in_progress;
}

static void listens_with_leave(void)
{
	static struct tcp_ops ops;
	struct tcp_listener_conf conf = {.port = OUR_PORT, .backlog = 4, .ops = &ops};

	ops = peer_ops;
	ops.leave = app_leave;
	memset(&app, 0, sizeof(app));
	assert_int_equal(tcp_listen(peer.tcp, &conf, NULL), 0);
}

static void test_the_application_says_what_is_in_progress(void **state)
{
	listens_with_leave();
	establish();
	app.in_progress = true;
	leaves(TCP_LEAVE_BEGIN, 100, 1, 0);
	leaves(TCP_LEAVE_AGAIN, 100, 1, 0);
	expects_nothing();
	app.in_progress = false;
	leaves(TCP_LEAVE_AGAIN, 100, 0, 1);
	expects(ACK | FIN, 1, 1, "");
	assert_int_equal(app.asked, 3);
	assert_false(app.at_last);
}

static void test_what_is_in_progress_is_cut_off_at_last(void **state)
{
	listens_with_leave();
	establish();
	app.in_progress = true;
	leaves(TCP_LEAVE_BEGIN, 100, 1, 0);
	leaves(TCP_LEAVE_END, 100, 0, 1);
	assert_true(app.at_last);
	expects(ACK | FIN, 1, 1, "");
}

static void test_those_that_came_since_are_not_asked_again(void **state)
{
	listens_with_leave();
	leaves(TCP_LEAVE_BEGIN, 100, 0, 0);
	establish();
	app.in_progress = true;
	leaves(TCP_LEAVE_AGAIN, 100, 0, 0);
	assert_int_equal(app.asked, 0);
	leaves(TCP_LEAVE_BEGIN, 100, 1, 0);
	assert_int_equal(app.asked, 1);
}

// The worker takes leave between the arrival of segments and the calls of applications.
static void handshake_ends_in_this_turn(void)
{
	struct seg syn = syn_of();

	send_seg(&syn);
	turn();
	expects(SYN | ACK, 0, 1, "");
	sends(ACK, 1, 1, "");
	assert_int_equal(peer.opened, 0);
}

static void test_one_that_comes_in_the_same_turn_is_opened_first(void **state)
{
	listens_with_leave();
	handshake_ends_in_this_turn();
	leaves(TCP_LEAVE_BEGIN, 100, 1, 0);
	assert_int_equal(app.asked, 0);
	assert_int_equal(peer.opened, 1);
	leaves(TCP_LEAVE_AGAIN, 100, 0, 1);
	assert_int_equal(app.asked, 1);
	expects(ACK | FIN, 1, 1, "");
}

static void test_one_that_comes_in_the_same_turn_is_not_busy(void **state)
{
	listens_with_leave();
	app.in_progress = true;
	handshake_ends_in_this_turn();
	leaves(TCP_LEAVE_BUSY, 100, 0, 0);
	assert_int_equal(app.asked, 0);
	assert_int_equal(peer.opened, 1);
}

static void test_one_that_comes_in_the_last_turn_is_ended(void **state)
{
	listens_with_leave();
	handshake_ends_in_this_turn();
	leaves(TCP_LEAVE_END, 100, 0, 1);
	assert_int_equal(app.asked, 0);
	assert_int_equal(peer.opened, 1);
	expects(ACK | FIN, 1, 1, "");
}

static void test_idle_ones_go_on_beside_those_that_are_busy(void **state)
{
	listens_with_leave();
	establish();
	leaves(TCP_LEAVE_BUSY, 100, 0, 0);
	leaves(TCP_LEAVE_AGAIN, 100, 0, 0);
	assert_int_equal(app.asked, 0);
	app.in_progress = true;
	leaves(TCP_LEAVE_BUSY, 100, 1, 0);
	assert_int_equal(app.asked, 1);
	app.in_progress = false;
	leaves(TCP_LEAVE_AGAIN, 100, 0, 1);
	expects(ACK | FIN, 1, 1, "");
}

// What TCP has not sent yet, since the peer's window is closed, counts as well.
static void test_queued_data_is_busy(void **state)
{
	struct seg ack = seg_of(ACK, 1, 1, "", 0);

	listens_with_leave();
	establish();
	ack.window = 0;
	send_seg(&ack);
	assert_int_equal(tcp_send(peer.conn, "answer", 6), 6);
	turn();
	leaves(TCP_LEAVE_BUSY, 100, 1, 0);
	assert_int_equal(app.asked, 1);
}

static void test_clients_that_come_are_refused_or_not_heard(void **state)
{
	struct seg syn = seg_of(SYN, 0, 0, "", 0);
	struct frame f;

	listens(4, false);
	tcp_set_accept(peer.tcp, TCP_REFUSES);
	f = seg_frame(&syn);
	lab_refuses(&f, DROP_TCP_NO_LISTENER);
	lab_clear(); // of its reset
	tcp_set_accept(peer.tcp, TCP_IGNORES);
	lab_refuses(&f, DROP_TCP_LEAVING);
	expects_nothing();
	tcp_set_accept(peer.tcp, TCP_ACCEPTS);
	establish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TCP_TEST(test_connections_are_listed_some_at_a_time),
	        TCP_TEST(test_peers_get_what_was_queued_and_then_the_end),
	        TCP_TEST(test_a_slow_peer_is_cut_off_after_what_is_queued),
	        TCP_TEST(test_a_peer_that_has_gone_is_not_waited_for),
	        TCP_TEST(test_a_peer_with_a_closed_window_is_waited_for),
	        TCP_TEST(test_the_application_says_what_is_in_progress),
	        TCP_TEST(test_what_is_in_progress_is_cut_off_at_last),
	        TCP_TEST(test_those_that_came_since_are_not_asked_again),
	        TCP_TEST(test_one_that_comes_in_the_same_turn_is_opened_first),
	        TCP_TEST(test_one_that_comes_in_the_same_turn_is_not_busy),
	        TCP_TEST(test_one_that_comes_in_the_last_turn_is_ended),
	        TCP_TEST(test_idle_ones_go_on_beside_those_that_are_busy),
	        TCP_TEST(test_queued_data_is_busy),
	        TCP_TEST(test_clients_that_come_are_refused_or_not_heard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

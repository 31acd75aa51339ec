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

// How many are left, looked at n places at a time.
static unsigned leave(uint32_t n, bool cut)
{
	uint32_t from = 0;
	unsigned left = 0;

	while (from != TCP_LIST_END)
		left += tcp_leave(peer.tcp, &from, n, cut);
	turn();
	return left;
}

static void test_peers_learn_of_the_end_once_all_is_acknowledged(void **state)
{
	assert_int_equal(leave(1, true), 0);
	listens(4, false);
	establish();
	assert_int_equal(tcp_send(peer.conn, "answer", 6), 6);
	turn();
	expects(ACK | PSH, 1, 1, "answer");
	assert_int_equal(leave(1, false), 1);
	expects_nothing();
	sends(ACK, 1, 7, "");
	turn();
	assert_int_equal(leave(1, false), 1);
	expects(ACK | FIN, 7, 1, "");
	assert_int_equal(leave(1, false), 1);
	expects_nothing();
	sends(ACK, 1, 8, "");
	turn();
	assert_int_equal(leave(1, false), 0);
	// What comes still is acknowledged, and answered by nothing.
	sends(ACK | FIN, 1, 8, "");
	turn();
	expects(ACK, 8, 2, "");
	assert_int_equal(peer.end, TCP_END_DONE);
}

static void test_a_slow_peer_is_cut_off_after_what_is_queued(void **state)
{
	listens(4, false);
	establish();
	assert_int_equal(tcp_send(peer.conn, "answer", 6), 6);
	turn();
	expects(ACK | PSH, 1, 1, "answer");
	assert_int_equal(leave(100, true), 1);
	expects(ACK | FIN, 7, 1, "");
	assert_int_equal(tcp_send(peer.conn, "more", 4), 0);
	sends(ACK, 1, 8, "");
	turn();
	assert_int_equal(leave(100, true), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TCP_TEST(test_connections_are_listed_some_at_a_time),
	        TCP_TEST(test_peers_learn_of_the_end_once_all_is_acknowledged),
	        TCP_TEST(test_a_slow_peer_is_cut_off_after_what_is_queued),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

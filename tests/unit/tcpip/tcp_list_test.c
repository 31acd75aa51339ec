// tcp_list: the connections of a worker, as `wadi-ctl tcp` asks for them.
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

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TCP_TEST(test_connections_are_listed_some_at_a_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

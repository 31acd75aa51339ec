// tcp_unlisten: the end of listeners. See tcp_lab.h.
#include "tcp_lab.h"

#include "proto/tcpip/tcp/tcp_internal.h"

static void listens_at(uint16_t port)
{
	struct tcp_listener_conf conf = {.port = port, .backlog = 1, .ops = &peer_ops};

	assert_int_equal(tcp_listen(peer.tcp, &conf, &peer.listener), 0);
}

static void test_unlisten_resets_what_is_being_opened(void **state)
{
	struct seg syn = syn_of();

	listens(4, false);
	send_seg(&syn);
	turn();
	expects(SYN | ACK, 0, 1, "");
	tcp_unlisten(peer.tcp, peer.listener);
	turn();
	expects(RST | ACK, 1, 1, "");
	assert_int_equal(peer.closed, 0);
	send_seg(&syn);
	expects(RST | ACK, 0u - peer.our_iss, 1, "");
}

#define MANY 300 // more than are looked at in a turn

static void test_unlisten_is_done_in_parts(void **state)
{
	struct tcp_listener *listener;
	struct seg syn = syn_of();
	unsigned turns = 1;

	listens(MANY, false);
	listener = peer.listener;
	for (unsigned i = 0; i < MANY; i++) {
		peer.port = PEER_PORT + i;
		send_seg(&syn);
		turn();
		lab_clear();
	}
	tcp_unlisten(peer.tcp, listener);
	assert_int_equal(peer.tcp->listener[0].pending, MANY);
	listens(MANY, false); // another one at the same port meanwhile, in another place
	assert_ptr_not_equal(peer.listener, listener);
	for (; turn(); turns++) {
		assert_true(peer.tcp->listener[0].pending + 256 * turns >= MANY);
		lab_clear();
	}
	assert_true(turns > 1);
	assert_int_equal(peer.tcp->listener[0].pending, 0);
	turn();
	assert_int_equal(peer.tcp->conns, 0);
	assert_int_equal(peer.opened, 0);
	lab_clear();
	listens_at(OUR_PORT + 1);
	assert_ptr_equal(peer.listener, listener);
}

static void test_no_handshake_ends_after_unlisten(void **state)
{
	struct seg syn = syn_of();

	listens(4, false);
	send_seg(&syn);
	turn();
	expects(SYN | ACK, 0, 1, "");
	tcp_unlisten(peer.tcp, peer.listener);
	sends(ACK, 1, 1, "");
	turn();
	expects(RST | ACK, 1, 1, "");
	assert_int_equal(peer.opened, 0);
	assert_int_equal(peer.closed, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TCP_TEST(test_unlisten_resets_what_is_being_opened),
	        TCP_TEST(test_unlisten_is_done_in_parts),
	        TCP_TEST(test_no_handshake_ends_after_unlisten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// tcp_port: which local port a connection gets (RFC 6056), and when one in TIME-WAIT gives way.
#define OUR_PORT 40001 // one that is chosen
#include "tcp_lab.h"

#include "proto/tcpip/steer.h"

#include <stdlib.h>

// The port that a connection to the remote end gets; 0: there is none. It stays open.
static uint16_t port_to(const char *remote, uint16_t remote_port)
{
	struct tcp_connect_conf conf = {
	        .remote = ip(remote), .remote_port = remote_port, .ops = &peer_ops};
	struct tcp_conn *conn;
	int err = tcp_connect(peer.tcp, &conf, &conn, lab.now);

	if (err)
		assert_int_equal(err, -EADDRINUSE);
	return err ? 0 : tcp_peers(conn).local_port;
}

static void reopen(uint64_t seed, uint32_t conns)
{
	lab_close();
	lab.conf.tcp_conns = conns;
	lab.conf.seed = seed;
	lab_open();
	peer_reset_state();
}

static void test_ports_are_not_foretold_by_others(void **state)
{
	uint16_t last[3], first;
	unsigned steps[2] = {0, 0};

	for (unsigned round = 0; round < 20; round++) {
		uint16_t port[] = {port_to("10.0.0.9", 80), port_to("10.0.0.9", 81),
		                   port_to("10.0.0.8", 80)};

		for (unsigned i = 0; i < 3; i++)
			assert_true(port[i] >= STEER_PORT_MIN);
		// One remote end does not see how many connections others get: its own differences
		// are the only thing that goes up, and the ends' offsets differ.
		if (round) {
			steps[0] += port[0] - last[0] == 3;
			steps[1] += port[1] - port[0] == 1 || port[2] - port[1] == 1;
		}
		memcpy(last, port, sizeof(last));
	}
	assert_true(steps[0] >= 18); // but where the range ends
	assert_int_equal(steps[1], 0);
	// Another key, other ports.
	reopen(1, 1024);
	first = port_to("10.0.0.9", 80);
	reopen(2, 1024);
	assert_int_not_equal(port_to("10.0.0.9", 80), first);
}

// All of them, each once, but those of listeners; then there is none. Another remote end has all
// of them again.
static void test_every_port_is_used_once(void **state)
{
	static uint8_t used[65536];
	struct tcp_listener_conf listener = {.port = 40000, .backlog = 1, .ops = &peer_ops};
	unsigned n = 0;

	reopen(1, STEER_PORTS + 10);
	memset(used, 0, sizeof(used));
	assert_int_equal(tcp_listen(peer.tcp, &listener, NULL), 0);
	listener.port = 50000;
	listener.addr = ip("10.0.0.2");
	assert_int_equal(tcp_listen(peer.tcp, &listener, NULL), 0);
	for (uint16_t port; (port = port_to("10.0.0.9", 80)); n++)
		assert_int_equal(used[port]++, 0);
	assert_int_equal(n, STEER_PORTS - 2);
	assert_int_equal(used[40000] + used[50000], 0);
	assert_int_not_equal(port_to("10.0.0.9", 81), 0);
}

static bool not_now(void *ctx)
{
	return false;
}

// Two workers: each has its own half, and takes of that the ports whose answers the device gives
// to it, as long as there are some near by.
static int hashed_queue(const struct netif *netif, const struct netif_flow *flow)
{
	assert_int_equal(flow->protocol, 6);
	assert_int_equal(flow->src_port, 80);
	return flow->dst_port / 2 % 2;
}

static int other_queue(const struct netif *netif, const struct netif_flow *flow)
{
	return 1;
}

static void test_ports_of_this_worker(void **state)
{
	static const struct {
		int (*rx_queue)(const struct netif *netif, const struct netif_flow *flow);
		bool all_here;
	} cases[] = {{hashed_queue, true}, {other_queue, false}, {NULL, false}};
	struct steer *steer = steer_open(2);

	assert_non_null(steer);
	lab.conf.steer = steer_join(steer, 0, &harness_metric, not_now, NULL);
	for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
		struct netif_ops ops = {.rx_queue = cases[i].rx_queue};

		lab.netif.ops = &ops;
		reopen(1, 1024);
		for (unsigned k = 0; k < 200; k++) {
			uint16_t port = port_to("10.0.0.9", 80);

			assert_true(port >= STEER_PORT_MIN);
			assert_int_equal(port % 2, 0);
			if (cases[i].all_here)
				assert_int_equal(port / 2 % 2, 0);
		}
	}
	lab.conf.steer = NULL;
	reopen(1, 1024);
	steer_close(steer);
}

// A connection from OUR_PORT that we close first: in TIME-WAIT at the end.
static void into_time_wait(bool ts)
{
	struct tcp_connect_conf conf = {.remote = ip(peer_addr()),
	                                .local_port = OUR_PORT,
	                                .remote_port = PEER_PORT,
	                                .ops = &peer_ops};
	struct seg answer = syn_of();

	peer.ts = ts;
	answer = syn_of();
	answer.flags = SYN | ACK;
	assert_int_equal(tcp_connect(peer.tcp, &conf, &peer.conn, lab.now), 0);
	turn();
	expects(SYN, 0, 0, "");
	answer.ack = 1;
	if (ts)
		put32(answer.options + 12, peer.ts_ecr);
	send_seg(&answer);
	turn();
	expects(ACK, 1, 1, "");
	tcp_shutdown(peer.conn);
	turn();
	expects(ACK | FIN, 1, 1, "");
	sends(ACK | FIN, 1, 2, "");
	turn();
	expects(ACK, 2, 2, "");
	assert_int_equal(peer.closed, 1);
}

static int connects_again(void)
{
	struct tcp_connect_conf conf = {.remote = ip(peer_addr()),
	                                .local_port = OUR_PORT,
	                                .remote_port = PEER_PORT,
	                                .ops = &peer_ops};

	return tcp_connect(peer.tcp, &conf, &peer.conn, lab.now);
}

static void test_time_wait_gives_way_to_newer_timestamps(void **state)
{
	uint32_t iss;

	into_time_wait(true);
	assert_int_equal(connects_again(), -EADDRINUSE);
	wait_us(SEC_US - MS_US);
	assert_int_equal(connects_again(), -EADDRINUSE);
	wait_us(2 * MS_US);
	iss = peer.our_iss;
	assert_int_equal(connects_again(), 0);
	turn();
	expects(SYN, 0, 0, "");
	assert_true((int32_t)(peer.our_iss - iss) > 2); // beyond what was sent before
}

static void test_time_wait_without_timestamps_is_waited_for(void **state)
{
	into_time_wait(false);
	wait_us(59 * SEC_US);
	assert_int_equal(connects_again(), -EADDRINUSE);
	wait_us(2 * SEC_US);
	assert_int_equal(connects_again(), 0);
}

// Only when no other port is left, and not before its second is over.
static void test_time_wait_is_reused_at_last(void **state)
{
	unsigned n = 0;

	reopen(1, STEER_PORTS + 10);
	into_time_wait(true);
	for (uint16_t port; (port = port_to(peer_addr(), PEER_PORT)); n++)
		assert_int_not_equal(port, OUR_PORT);
	assert_int_equal(n, STEER_PORTS - 1);
	lab.now = mono_add(lab.now, SEC_US + MS_US);
	assert_int_equal(port_to(peer_addr(), PEER_PORT), OUR_PORT);
	assert_int_equal(port_to(peer_addr(), PEER_PORT), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TCP_TEST(test_ports_are_not_foretold_by_others),
	        TCP_TEST(test_every_port_is_used_once),
	        TCP_TEST(test_ports_of_this_worker),
	        TCP_TEST(test_time_wait_gives_way_to_newer_timestamps),
	        TCP_TEST(test_time_wait_without_timestamps_is_waited_for),
	        TCP_TEST(test_time_wait_is_reused_at_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

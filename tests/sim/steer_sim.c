// steer: a client of three workers, whose device spreads what it receives by a hash, and a server
// that echoes. Whichever worker a packet comes to, it reaches the one that began the conversation:
// segments, datagrams, and reports about both. Where the device says what its hash does, nearly
// nothing is passed on. WADI_SIM_SEED=N runs one seed alone.
#include "sim.h"

#include "core/rand.h"
#include "proto/tcpip/iface_board.h"
#include "proto/tcpip/steer.h"
#include "proto/tcpip/tcp/tcp.h"

#include <stdlib.h>

#define WORKERS 3
#define CONNS   24 // of each worker
#define PORT    7
#define CLOSED  9
#define SEEDS   6
#define CHUNK   3000

static struct {
	mono_t now;
	struct steer *steer;
	struct netif *netif;
	struct netif_ops ops; // of the client's device, as the test changes them
	struct iface_board board;
	struct node client[WORKERS], server;
	struct rand rand;
	bool tells;
	uint64_t seed;
} run;

// A connection of the client's: sends `size` bytes of a pattern, and expects them back.
struct talk {
	struct node *node;
	struct tcp_conn *conn;
	uint32_t key, size, sent, got;
	bool holds; // takes nothing until all connections have stalled
	bool closed;
	enum tcp_end end;
};

static struct talk talks[WORKERS * CONNS];

static uint8_t byte_at(const struct talk *talk, uint32_t at)
{
	return (uint8_t)((at + talk->key) * UINT32_C(2654435761) >> 24);
}

static void send_more(struct talk *talk)
{
	uint8_t bytes[CHUNK];

	while (talk->sent < talk->size) {
		uint32_t len = (uint32_t)size_min(CHUNK, talk->size - talk->sent), taken;

		for (uint32_t i = 0; i < len; i++)
			bytes[i] = byte_at(talk, talk->sent + i);
		taken = tcp_send(talk->conn, bytes, len);
		talk->sent += taken;
		if (taken < len)
			return;
	}
	tcp_shutdown(talk->conn);
}

static void talk_opened(void *ctx, struct tcp_conn *conn, mono_t now)
{
	send_more(ctx);
}

static unsigned talk_data(void *ctx, struct tcp_conn *conn, struct tcp_data *data, unsigned n,
                          mono_t now)
{
	struct talk *talk = ctx;

	if (talk->holds)
		return 0;
	for (unsigned i = 0; i < n; i++) {
		for (uint32_t k = 0; k < data[i].len; k++)
			if (data[i].bytes[k] != byte_at(talk, talk->got + k))
				fail_msg("seed %ju: a wrong byte at %u", (uintmax_t)run.seed,
				         talk->got + k);
		talk->got += data[i].len;
	}
	return n;
}

static void talk_writable(void *ctx, struct tcp_conn *conn, mono_t now)
{
	send_more(ctx);
}

static void talk_closed(void *ctx, struct tcp_conn *conn, enum tcp_end end, mono_t now)
{
	struct talk *talk = ctx;

	assert_false(talk->closed);
	talk->closed = true;
	talk->end = end;
}

static const struct tcp_ops talk_ops = {
        .opened = talk_opened, .data = talk_data, .writable = talk_writable, .closed = talk_closed};

static unsigned echo(void *ctx, struct tcp_conn *conn, struct tcp_data *data, unsigned n,
                     mono_t now)
{
	return tcp_send_pages(conn, data, n);
}

static const struct tcp_ops echo_ops = {.data = echo};

static void echo_datagrams(void *ctx, struct udp_dgram *dgrams, unsigned n, mono_t now)
{
	for (unsigned i = 0; i < n; i++)
		dgrams[i].reply_len = dgrams[i].len;
}

static bool wake(void *ctx)
{
	struct node *node = ctx;

	return mailbox_post(&node->pipeline.mailbox, stack_steered, node->stack);
}

static void worker_open(struct node *node, unsigned number)
{
	struct stack_conf conf = {
	        .ifaces_len = 1,
	        .neighbours = 16,
	        .icmp_errors_per_s = 100,
	        .seed = run.seed + number,
	        .metric = &node->metric,
	        .wheel = &node->pipeline.wheel,
	        .announce = number == 0,
	        .iface[0] = {.netif = run.netif,
	                     .out = &node->pipeline.iface[0].out,
	                     .pool = run.netif->pool[number],
	                     .ipv4_len = 1,
	                     .ipv6_len = 1,
	                     .board = &run.board},
	};

	memset(&node->metric, 0, sizeof(node->metric));
	node->netif = run.netif;
	assert_true(addr_prefix_parse("10.0.0.9/24", &conf.iface[0].ipv4[0]));
	assert_true(addr_prefix_parse("fd00::9/64", &conf.iface[0].ipv6[0]));
	if (number == 0)
		iface_board_init(&run.board, run.seed, &conf.iface[0]);
	assert_int_equal(
	        pipeline_init(&node->pipeline, number, IDLE_SPIN, &run.netif, 1, &node->metric), 0);
	wheel_init(&node->pipeline.wheel, run.now);
	conf.steer = steer_join(run.steer, number, &node->metric, wake, node);
	node->stack = stack_open(&conf, run.now);
	assert_non_null(node->stack);
	pipeline_attach(&node->pipeline, stack_input, stack_link, stack_flush, node->stack);
}

static void run_open(uint64_t seed, bool tells)
{
	static const struct tcp_listener_conf tcp = {
	        .port = PORT, .backlog = 256, .ops = &echo_ops};
	static const struct udp_listener_conf udp = {.port = PORT, .fn = echo_datagrams};

	memset(&run, 0, sizeof(run));
	run.now = (mono_t){SEC_US};
	run.seed = seed;
	rand_init(&run.rand, seed);
	run.steer = steer_open(WORKERS);
	assert_non_null(run.steer);
	assert_int_equal(mem_open("steer", WORKERS, 2 * SIM_PAGES, &run.netif), 0);
	put_mac(run.netif->mac, HOST);
	run.ops = *run.netif->ops;
	if (!tells)
		run.ops.rx_queue = NULL;
	run.netif->ops = &run.ops;
	assert_int_equal(mem_open("steer", 1, 4 * SIM_PAGES, &run.server.netif), 0);
	put_mac(run.server.netif->mac, US);
	for (unsigned i = 0; i < WORKERS; i++)
		worker_open(&run.client[i], i);
	node_open(&run.server, run.now, "10.0.0.2/24", "fd00::2/64");
	assert_int_equal(tcp_listen(stack_tcp(run.server.stack), &tcp, NULL), 0);
	assert_int_equal(udp_listen(stack_udp(run.server.stack), &udp, NULL), 0);
}

// The device asserts that each page is home.
static void run_close(void)
{
	for (unsigned i = 0; i < WORKERS; i++)
		node_close(&run.client[i]);
	steer_close(run.steer);
	node_close(&run.server);
	run.netif->ops->close(run.netif);
	run.server.netif->ops->close(run.server.netif);
}

static void run_for(uint64_t us)
{
	mono_t until = mono_add(run.now, us);

	for (;;) {
		mono_t next = pipeline_deadline(&run.server.pipeline);

		for (int quiet = 0; quiet < 2; quiet++) {
			unsigned work = pipeline_turn_at(&run.server.pipeline, run.now);

			for (unsigned i = 0; i < WORKERS; i++)
				work += pipeline_turn_at(&run.client[i].pipeline, run.now);
			if (work)
				quiet = -1;
		}
		for (unsigned i = 0; i < WORKERS; i++)
			next = mono_earlier(next, pipeline_deadline(&run.client[i].pipeline));
		next = mono_earlier(next, pipeline_deadline(&run.server.pipeline));
		if (next.us > until.us)
			break;
		run.now = next.us > run.now.us ? next : mono_add(run.now, 1);
	}
	run.now = until;
}

static struct addr server_addr(unsigned i)
{
	return ip(i % 2 ? "10.0.0.2" : "fd00::2");
}

static void talk_begin(struct talk *talk, unsigned i, uint32_t size_max)
{
	const struct tcp_connect_conf conf = {
	        .remote = server_addr(i), .remote_port = PORT, .ops = &talk_ops, .ctx = talk};

	*talk = (struct talk){.node = &run.client[i % WORKERS],
	                      .key = i,
	                      .size = (uint32_t)rand_below(&run.rand, size_max)};
	assert_int_equal(tcp_connect(stack_tcp(talk->node->stack), &conf, &talk->conn, run.now), 0);
}

static uint64_t steered(void)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < WORKERS; i++)
		n += counter_get(&run.client[i].metric.steered);
	return n;
}

static void check_talks(void)
{
	for (unsigned i = 0; i < ARRAY_LEN(talks); i++)
		if (!talks[i].closed || talks[i].end != TCP_END_DONE ||
		    talks[i].got != talks[i].size)
			fail_msg("seed %ju: connection %u ended as %d after %u of %u bytes",
			         (uintmax_t)run.seed, i, talks[i].closed ? (int)talks[i].end : -1,
			         talks[i].got, talks[i].size);
}

static void many_connections(uint64_t seed, bool tells)
{
	run_open(seed, tells);
	for (unsigned i = 0; i < ARRAY_LEN(talks); i++) {
		talk_begin(&talks[i], i, 60000);
		if (i % 5 == 0)
			run_for(rand_below(&run.rand, 3 * MS_US));
	}
	run_for(300 * SEC_US);
	check_talks();
	// A hash of three queues gives a third of all connections to the right one by chance.
	if (tells)
		assert_int_equal(steered(), 0);
	else
		assert_true(steered() > 500);
	for (unsigned i = 0; i < WORKERS; i++) {
		assert_int_equal(counter_get(&run.client[i].metric.drop[DROP_TCP_NO_LISTENER]), 0);
		assert_int_equal(counter_get(&run.client[i].metric.drop[DROP_RX_STEER_FULL]), 0);
	}
	run_close();
}

static void each_seed(void (*fn)(uint64_t seed, bool tells), bool tells)
{
	const char *only = getenv("WADI_SIM_SEED");

	if (only)
		fn(strtoull(only, NULL, 0), tells);
	else
		for (uint64_t seed = 1; seed <= SEEDS; seed++)
			fn(seed, tells);
}

static void test_a_device_that_says_nothing(void **state)
{
	each_seed(many_connections, false);
}

static void test_a_device_that_tells_its_hash(void **state)
{
	each_seed(many_connections, true);
}

// Applications that read nothing for a minute hold more pages of other workers than may be lent:
// what is beyond is copied, nothing stalls, and all arrives afterwards.
static void held_pages(uint64_t seed, bool tells)
{
	run_open(seed, tells);
	for (unsigned i = 0; i < ARRAY_LEN(talks); i++) {
		talk_begin(&talks[i], i, 60000);
		talks[i].holds = i % 4 != 0;
	}
	run_for(60 * SEC_US);
	for (unsigned i = 0; i < ARRAY_LEN(talks); i++) {
		if (!talks[i].holds) {
			assert_int_equal(talks[i].got, talks[i].size); // was not held up by others
			continue;
		}
		talks[i].holds = false;
		if (!talks[i].closed)
			tcp_resume(talks[i].conn);
	}
	run_for(300 * SEC_US);
	check_talks();
	run_close();
}

static void test_applications_that_hold_what_they_get(void **state)
{
	each_seed(held_pages, false);
}

// Datagrams, and ICMP errors about datagrams and about SYNs, of ports that are one worker's.
static struct {
	unsigned replies[WORKERS], errors[WORKERS];
} datagrams;

static void count_replies(void *ctx, struct udp_dgram *dgrams, unsigned n, mono_t now)
{
	*(unsigned *)ctx += n;
}

static void count_error(void *ctx, const struct ip_error *error, uint16_t src_port,
                        uint16_t dst_port, mono_t now)
{
	unsigned *replies = ctx;

	assert_int_equal(error->kind, IP_ERROR_PORT);
	assert_int_equal(dst_port, CLOSED);
	datagrams.errors[replies - datagrams.replies]++;
}

static void test_datagrams_and_errors_about_them(void **state)
{
	memset(&datagrams, 0, sizeof(datagrams));
	run_open(1, false);
	for (unsigned i = 0; i < 30 * WORKERS; i++) {
		struct node *node = &run.client[i % WORKERS];
		struct udp_listener_conf conf = {.fn = count_replies,
		                                 .error_fn = count_error,
		                                 .ctx = &datagrams.replies[i % WORKERS]};
		struct udp_flow flow = {.dst = server_addr(i)};
		struct udp_listener *listener;

		assert_int_equal(udp_listen_ephemeral(stack_udp(node->stack), &conf, &listener), 0);
		flow.src_port = udp_listener_port(listener);
		flow.dst_port = PORT;
		udp_send(stack_udp(node->stack), &flow, "question", 8, run.now);
		flow.dst_port = CLOSED;
		udp_send(stack_udp(node->stack), &flow, "question", 8, run.now);
		run_for(100 * MS_US); // the server sends but some errors a second
	}
	for (unsigned i = 0; i < WORKERS; i++) {
		assert_int_equal(datagrams.replies[i], 30);
		assert_int_equal(datagrams.errors[i], 30);
	}
	assert_true(steered() > 60);
	run_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_a_device_that_says_nothing),
	        cmocka_unit_test(test_a_device_that_tells_its_hash),
	        cmocka_unit_test(test_applications_that_hold_what_they_get),
	        cmocka_unit_test(test_datagrams_and_errors_about_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

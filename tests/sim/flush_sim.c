// flush: a sender that has more than a batch holds. A burst of requests each of which
// releases ten datagrams, as 32 acknowledgements release ten segments each, is more than
// twice what leaves in one turn: all of it leaves, in order, over several turns.
#include "sim.h"

#define SERVICE_PORT 9
#define OUR_PORT     4000
#define REQUESTS     32
#define EACH         10

static struct sim sim;

static struct {
	struct udp_flow flow;
	uint32_t owed, sent; // datagrams
	unsigned flushes;    // that sent some
	bool at_once;        // without asking for the room
} server;

static struct {
	uint32_t next; // number that is expected
	bool disorder;
} client;

static void send_some(mono_t now)
{
	struct udp *udp = stack_udp(sim.server.stack);

	while (server.sent < server.owed &&
	       (server.at_once || udp_room(udp, server.flow.dst) > 0)) {
		udp_send(udp, &server.flow, &server.sent, sizeof(server.sent), now);
		server.sent++;
	}
}

static void serve(void *ctx, struct udp_dgram *dgrams, unsigned n, mono_t now)
{
	server.flow = (struct udp_flow){.src = dgrams[0].dst,
	                                .dst = dgrams[0].src,
	                                .src_port = SERVICE_PORT,
	                                .dst_port = dgrams[0].src_port};
	server.owed += n * EACH;
	send_some(now);
}

static bool flush(void *ctx, mono_t now)
{
	uint32_t before = server.sent;

	send_some(now);
	server.flushes += server.sent > before;
	return server.sent < server.owed;
}

static void count(void *ctx, struct udp_dgram *dgrams, unsigned n, mono_t now)
{
	for (unsigned i = 0; i < n; i++) {
		uint32_t number;

		memcpy(&number, dgrams[i].payload, sizeof(number));
		client.disorder |= number < client.next;
		client.next = number + 1;
	}
}

static void ask(const char *dst, unsigned n)
{
	struct udp_flow flow = {.dst = ip(dst), .src_port = OUR_PORT, .dst_port = SERVICE_PORT};

	for (unsigned i = 0; i < n; i++)
		udp_send(stack_udp(sim.client.stack), &flow, "", 0, sim.now);
	sim_run_until(&sim, mono_add(sim.now, SEC_US));
}

static void run(const char *dst, bool at_once)
{
	struct udp_listener_conf serving = {.port = SERVICE_PORT, .fn = serve, .flush_fn = flush};
	struct udp_listener_conf counting = {.port = OUR_PORT, .fn = count};

	memset(&server, 0, sizeof(server));
	memset(&client, 0, sizeof(client));
	server.at_once = at_once;
	sim_open(&sim, (struct impair_conf){0});
	assert_int_equal(udp_listen(stack_udp(sim.server.stack), &serving, NULL), 0);
	assert_int_equal(udp_listen(stack_udp(sim.client.stack), &counting, NULL), 0);
	ask(dst, 1); // the nodes get to know each other
	assert_int_equal(client.next, EACH);
	ask(dst, REQUESTS);
	assert_int_equal(server.owed, (REQUESTS + 1) * EACH);
	assert_int_equal(server.sent, server.owed);
}

static void test_nothing_is_lost(void **state)
{
	static const char *const servers[] = {"10.0.0.2", "fd00::2"};

	for (unsigned i = 0; i < ARRAY_LEN(servers); i++) {
		run(servers[i], false);
		assert_int_equal(client.next, server.owed);
		assert_false(client.disorder);
		assert_in_range(server.flushes, REQUESTS * EACH / BATCH_MAX, REQUESTS * EACH);
		for (unsigned k = 1; k < DROP_COUNT; k++)
			if ((drop_stage(k) == STAGE_TX || drop_stage(k) == STAGE_NEIGH) &&
			    counter_get(&sim.server.metric.drop[k]))
				fail_msg("the server drops: %s", drop_name(k));
		sim_close(&sim);
	}
}

// What the test above would not see if a batch held everything.
static void test_without_asking_for_room_it_is_lost(void **state)
{
	run("10.0.0.2", true);
	assert_int_equal(counter_get(&sim.server.metric.drop[DROP_TX_BATCH_FULL]),
	                 REQUESTS * EACH - BATCH_MAX);
	sim_close(&sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_nothing_is_lost),
	        cmocka_unit_test(test_without_asking_for_room_it_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// dns_tcp: wadi-dns's queries over TCP on virtual time: clients ask a worker in every manner that
// RFC 7766 allows and in some that it does not.
#include "dns_tcp_lab.h"

static void test_every_cut(void **state)
{
	uint8_t bytes[3 * QUERY_MAX];
	size_t len, first;

	lab_open();
	len = query_make(bytes, "www.t A", 1);
	first = len;
	len += query_make(bytes + len, "absent.t A", 2);
	for (size_t cut = 0; cut <= len; cut++) {
		struct client *client = client_open(0, cut % 2 ? "10.0.0.2" : "fd00::2");

		if (cut)
			say(client, bytes, cut);
		run_ms(50);
		if (cut >= first)
			expect(client, "www.t A", 1);
		if (cut == len)
			expect(client, "absent.t A", 2);
		expect_no_more(client);
		if (cut < len)
			say(client, bytes + cut, len - cut);
		run_ms(50);
		if (cut < first)
			expect(client, "www.t A", 1);
		if (cut < len)
			expect(client, "absent.t A", 2);
		close_well(client);
	}
	assert_int_equal(metric(&server.worker.counts.replies), 2 * (len + 1));
	// Of each message all but its first byte may be in another segment.
	assert_int_equal(metric(&server.worker.conns.metric.gathered), len - 2 * 3);
	assert_int_equal(metric(&server.worker.conns.metric.incomplete), 0);
	lab_close();
}

static void test_bytes_one_by_one(void **state)
{
	uint8_t bytes[QUERY_MAX];
	struct client *client;
	size_t len;

	lab_open();
	client = client_open(0, "10.0.0.2");
	len = query_make(bytes, "page.t TXT", 3);
	for (size_t i = 0; i < len; i++) {
		expect_no_more(client);
		say(client, bytes + i, 1);
		run_ms(10);
	}
	expect(client, "page.t TXT", 3);
	close_well(client);
	lab_close();
}

static void test_a_pipeline_is_answered_in_order(void **state)
{
	static const char *const questions[] = {"www.t A", "absent.t A", "page.t TXT",
	                                        "pages.t TXT", "t SOA"};
	struct client *client;

	lab_open();
	client = client_open(0, "fd00::2");
	for (uint16_t i = 0; i < 1000; i++)
		ask(client, questions[i % 7 % 5], i);
	run_ms(2000);
	for (uint16_t i = 0; i < 1000; i++)
		expect(client, questions[i % 7 % 5], i);
	assert_int_equal(metric(&server.worker.counts.count[COUNT_TCP6]), 1000);
	assert_int_equal(metric(&server.worker.counts.count[COUNT_TCP4]), 0);
	close_well(client);
	lab_close();
}

// A reply that fits a page is written into it, and not copied.
static void test_short_replies_are_not_copied(void **state)
{
	struct client *client;

	lab_open();
	client = client_open(0, "10.0.0.2");
	for (uint16_t i = 0; i < 200; i++) {
		ask(client, i % 2 ? "www.t A" : "page.t TXT", i);
		if (i % 3 == 0)
			run_ms(10);
	}
	run_ms(100);
	for (uint16_t i = 0; i < 200; i++)
		expect(client, i % 2 ? "www.t A" : "page.t TXT", i);
	assert_int_equal(metric(&sim.server.metric.tcp.copied_bytes), 0);
	assert_int_equal(metric(&server.worker.conns.metric.chained), 0);
	close_well(client);
	lab_close();
}

static void test_the_longest_replies(void **state)
{
	struct client *client;

	lab_open();
	client = client_open(0, "10.0.0.2");
	for (uint16_t i = 0; i < 30; i++)
		ask(client, i % 3 == 1 ? "www.t A" : "huge.t TXT", i);
	run_ms(10000);
	for (uint16_t i = 0; i < 30; i++)
		expect(client, i % 3 == 1 ? "www.t A" : "huge.t TXT", i);
	assert_int_equal(metric(&server.worker.conns.metric.chained), 20);
	assert_int_equal(metric(&server.worker.conns.metric.slow), 0);
	close_well(client);
	lab_close();
}

static void test_a_client_that_asks_and_ends(void **state)
{
	static const char *const questions[] = {"www.t A", "pages.t TXT", "huge.t TXT"};

	lab_open();
	for (unsigned i = 0; i < ARRAY_LEN(questions); i++) {
		struct client *client = client_open(0, i % 2 ? "10.0.0.2" : "fd00::2");

		for (uint16_t id = 0; id < 8; id++)
			ask(client, questions[i], id);
		tcp_shutdown(client->conn);
		run_ms(4000);
		for (uint16_t id = 0; id < 8; id++)
			expect(client, questions[i], id);
		expect_no_more(client);
		assert_true(client->closed);
		assert_int_equal(client->how, TCP_END_DONE);
	}
	assert_int_equal(server.worker.conns.conns_len, 0);
	lab_close();
}

static void test_a_client_that_ends_within_a_query(void **state)
{
	struct client *client;

	lab_open();
	for (unsigned len = 1; len < 5; len++) {
		client = client_open(0, "10.0.0.2");
		say(client, "\0\40abc", len);
		run_ms(10);
		close_well(client);
	}
	assert_int_equal(metric(&server.worker.conns.metric.incomplete), 4);
	lab_close();
}

// RFC 7766 section 8: what cannot be a query shows that the client and we do not agree where
// messages begin.
static void test_garbage(void **state)
{
	static const struct {
		const char *bytes, *what;
		size_t len;
		enum drop drop;
	} cases[] = {
	        {"\0\0", "nothing", 2, DROP_DNS_SHORT},
	        {"\0\1x", "one byte", 3, DROP_DNS_SHORT},
	        {"\0\13abcdefghijk", "a byte less than a header", 13, DROP_DNS_SHORT},
	        {"\0\14\1\2\200\0\0\0\0\0\0\0\0\0", "a response", 14, DROP_DNS_RESPONSE},
	        {"GET / HTTP/1.0\r\n\r\n", "another protocol, which waits", 18, DROP_NONE},
	};

	lab_open();
	for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
		struct client *client = client_open(0, "10.0.0.2");
		uint64_t before = metric(&server.worker.conns.metric.garbage);

		ask(client, "www.t A", 9); // is answered, with what came before the garbage
		run_ms(10);
		say(client, cases[i].bytes, cases[i].len);
		run_ms(50);
		expect(client, "www.t A", 9);
		expect_no_more(client);
		if (cases[i].drop == DROP_NONE) {
			assert_false(client->closed);
			run_ms(11000); // never complete, and closed as any other
			assert_true(client->ended);
			tcp_shutdown(client->conn);
			run_ms(100);
			continue;
		}
		assert_true(client->closed);
		assert_int_equal(client->how, TCP_END_RESET);
		assert_int_equal(metric(&server.worker.conns.metric.garbage), before + 1);
		assert_true(metric(&sim.server.metric.drop[cases[i].drop]) > 0);
	}
	assert_int_equal(metric(&sim.server.metric.drop[DROP_DNS_SHORT]), 3);
	lab_close();
}

// A query that is answered by silence leaves the connection as it is.
static void test_a_query_without_a_reply(void **state)
{
	struct client *client;

	lab_open();
	server.settings->policy.unknown = DNS_UNKNOWN_DROP;
	client = client_open(0, "10.0.0.2");
	ask(client, "elsewhere A", 1);
	ask(client, "www.t A", 2);
	run_ms(50);
	expect(client, "www.t A", 2);
	assert_int_equal(metric(&sim.server.metric.drop[DROP_DNS_NOT_SERVED]), 1);
	assert_int_equal(metric(&server.worker.counts.queries), 2);
	assert_int_equal(metric(&server.worker.counts.replies), 1);
	close_well(client);
	lab_close();
}

static void assert_ended_s(const struct client *client, uint64_t after_s, mono_t since)
{
	uint64_t us;

	assert_true(client->ended);
	us = mono_until(since, client->ended_at);
	assert_in_range(us, after_s * SEC_US - 50 * MS_US, after_s * SEC_US + 50 * MS_US);
}

static void test_idle_connections_are_closed(void **state)
{
	struct client *idle, *asking, *dripping;
	mono_t begin;

	lab_open();
	idle = client_open(0, "10.0.0.2");
	asking = client_open(1, "10.0.0.2");
	dripping = client_open(2, "fd00::2");
	begin = sim.now;
	say(dripping, "\0\40", 2);
	for (unsigned s = 0; s < 9; s++) {
		run_ms(1000);
		say(dripping, "x", 1); // does not count: a whole query does
		if (s == 4)
			ask(asking, "www.t A", 1);
	}
	run_ms(2000);
	assert_true(mono_until(begin, sim.now) == 11 * SEC_US);
	assert_in_range(mono_until(begin, idle->ended_at), 9800 * MS_US, 10100 * MS_US);
	assert_in_range(mono_until(begin, dripping->ended_at), 9800 * MS_US, 10100 * MS_US);
	assert_false(asking->ended);
	run_ms(5000);
	assert_ended_s(asking, 15, begin);
	assert_int_equal(metric(&server.worker.conns.metric.idle), 3);
	expect(asking, "www.t A", 1);
	// Those who do not close their side are reset after the same time again.
	run_ms(6000);
	assert_true(idle->closed && dripping->closed);
	assert_int_equal(idle->how, TCP_END_RESET);
	assert_false(asking->closed);
	close_well(asking);
	assert_int_equal(metric(&server.worker.conns.metric.slow), 0);
	lab_close();
}

// Of the idle time that clients hear, in units of 100 ms (RFC 7828).
static unsigned keepalive_of(struct client *client)
{
	uint8_t query[QUERY_MAX];
	size_t len = query_make(query, "www.t A", 1);
	const uint8_t *reply;
	static const uint8_t option[] = {0, 11, 0, 0};

	query[1] = (uint8_t)(query[1] + sizeof(option));
	query[len - 1] = sizeof(option);
	memcpy(query + len, option, sizeof(option));
	say(client, query, len + 4);
	run_ms(50);
	client->in_read = client->in_len;
	reply = client->in + client->in_len - 6;
	assert_memory_equal(reply, "\0\13\0\2", 4);
	return (unsigned)reply[4] << 8 | reply[5];
}

static void test_the_idle_time_shortens_under_pressure(void **state)
{
	struct client *client[CLIENTS];
	static const unsigned wanted[] = {100, 100, 50, 2};

	lab_open();
	server.worker.conns.conns_max = 4;
	for (unsigned i = 0; i < CLIENTS; i++) {
		client[i] = client_open(i, "10.0.0.2");
		assert_int_equal(keepalive_of(client[i]), wanted[i]);
	}
	// All four are there: the time is at its least, and those that were idle before go, until
	// there is room again.
	run_ms(500);
	assert_true(client[0]->closed && client[1]->ended);
	assert_int_equal(client[0]->how, TCP_END_RESET); // it did not close its side
	assert_false(client[3]->ended);
	assert_int_equal(keepalive_of(client[3]), 50);
	lab_close();
}

static void test_limits(void **state)
{
	struct client *client[3];

	lab_open();
	lab_limit(2, 10);
	for (unsigned i = 0; i < 3; i++)
		client[i] = client_open(i, "10.0.0.2");
	assert_false(client[0]->closed || client[1]->closed);
	assert_true(client[2]->closed);
	assert_int_equal(client[2]->how, TCP_END_RESET);
	assert_int_equal(metric(&server.worker.conns.metric.refused), 1);
	// Over IPv6 it is another client.
	client[2] = client_open(2, "fd00::2");
	ask(client[2], "www.t A", 1);
	run_ms(50);
	expect(client[2], "www.t A", 1);
	// One more than the table has room for: the one that has been idle for longest goes.
	server.worker.conns.conns_max = 3;
	ask(client[0], "www.t A", 2);
	run_ms(50);
	client_open(3, "fd00::2");
	run_ms(50);
	assert_true(client[1]->closed);
	assert_int_equal(client[1]->how, TCP_END_RESET);
	assert_int_equal(metric(&server.worker.conns.metric.evicted), 1);
	expect(client[0], "www.t A", 2);
	ask(&clients[3], "www.t A", 3);
	run_ms(50);
	expect(&clients[3], "www.t A", 3);
	lab_close();
}

// A client that asks for more than it takes is not read from, and closed in the end.
static void test_a_client_that_does_not_read(void **state)
{
	struct client *deaf, *other;

	lab_open();
	deaf = client_open(0, "10.0.0.2");
	deaf->budget = 0;
	for (uint16_t i = 0; i < 100; i++)
		ask(deaf, "huge.t TXT", i);
	run_ms(3000);
	assert_true(metric(&server.worker.counts.replies) < 20);
	// Others are served as ever.
	other = client_open(1, "fd00::2");
	ask(other, "www.t A", 1);
	run_ms(100);
	expect(other, "www.t A", 1);
	close_well(other);
	run_ms(31000);
	assert_true(deaf->closed);
	assert_int_equal(deaf->how, TCP_END_RESET);
	assert_int_equal(metric(&server.worker.conns.metric.slow), 1);
	assert_int_equal(metric(&server.worker.conns.metric.idle), 0);
	lab_close();
}

// One that takes its replies slowly gets all of them, as long as some wait at the server.
static void test_a_client_that_reads_slowly(void **state)
{
	struct client *client;
	unsigned seconds = 0;

	lab_open();
	client = client_open(0, "10.0.0.2");
	client->budget = 0;
	for (uint16_t i = 0; i < 12; i++)
		ask(client, "huge.t TXT", i);
	while (client->in_len < 500000 && !client->closed && seconds++ < 1000) {
		client->budget = 6000;
		tcp_resume(client->conn);
		run_ms(1000);
	}
	client->budget = UINT32_MAX;
	tcp_resume(client->conn);
	run_ms(5000);
	for (uint16_t i = 0; i < 12; i++)
		expect(client, "huge.t TXT", i);
	assert_true(seconds > 60); // several idle times
	assert_int_equal(metric(&server.worker.conns.metric.slow), 0);
	close_well(client);
	lab_close();
}

// Zones are replaced and freed while replies of theirs wait: those are complete already.
static void test_zones_are_replaced_while_replies_wait(void **state)
{
	struct zone_set *before;
	struct client *client;
	unsigned waited;

	lab_open();
	client = client_open(0, "10.0.0.2");
	client->budget = 0;
	for (uint16_t i = 0; i < 20; i++)
		ask(client, i % 2 ? "www.t A" : "huge.t TXT", i);
	run_ms(1000);
	waited = (unsigned)metric(&server.worker.counts.replies);
	assert_in_range(waited, 1, 19);
	before = server.served.set;
	server.served.set = zones_make(2);
	zone_set_free(before);
	before = zones_make(1);
	client->budget = UINT32_MAX;
	tcp_resume(client->conn);
	run_ms(5000);
	for (uint16_t i = 0; i < 20; i++)
		expect_of(client, i < waited ? before : server.served.set,
		          i % 2 ? "www.t A" : "huge.t TXT", i);
	zone_set_free(before);
	close_well(client);
	lab_close();
}

// Without a page a reply waits, and comes when there are some again.
static void test_no_page(void **state)
{
	static struct pkt *pkts[SIM_PAGES];
	struct page_pool *pool;
	struct client *client;
	unsigned len = 0;

	lab_open();
	pool = sim.server.netif->pool[0];
	client = client_open(0, "10.0.0.2");
	for (uint16_t i = 0; i < 10; i++)
		ask(client, i % 2 ? "www.t A" : "pages.t TXT", i);
	// The queries are in the server's pool when there is nothing left for replies.
	while (len < SIM_PAGES && pool->avail(pool) > 2)
		pkts[len++] = pkt_alloc(pool);
	run_ms(300);
	while (len > 0)
		pkt_put(pkts[--len]);
	run_ms(5000);
	for (uint16_t i = 0; i < 10; i++)
		expect(client, i % 2 ? "www.t A" : "pages.t TXT", i);
	close_well(client);
	lab_close();
}

// More clients hold a part of a query than there are buffers.
static void test_buffers_run_out(void **state)
{
	struct client *client[3];
	uint8_t bytes[QUERY_MAX];
	size_t len = query_make(bytes, "www.t A", 1);

	lab_open();
	server.worker.conns.buffers_len = 2;
	for (unsigned i = 0; i < 3; i++) {
		client[i] = client_open(i, "10.0.0.2");
		say(client[i], bytes, len - 1);
		run_ms(10);
	}
	assert_true(client[0]->closed);
	assert_int_equal(client[0]->how, TCP_END_RESET);
	assert_int_equal(metric(&server.worker.conns.metric.no_buffer), 1);
	for (unsigned i = 1; i < 3; i++) {
		say(client[i], bytes + len - 1, 1);
		run_ms(50);
		expect(client[i], "www.t A", 1);
		close_well(client[i]);
	}
	assert_int_equal(metric(&server.worker.conns.metric.gathered), 2);
	lab_close();
}

static void test_a_lossy_line(void **state)
{
	struct client *client;

	lab_open_line((struct impair_conf){.loss_q32 = 5 * PERCENT,
	                                   .reorder_q32 = 5 * PERCENT,
	                                   .dup_q32 = 5 * PERCENT,
	                                   .delay_us = 3 * MS_US,
	                                   .seed = 3});
	client = client_open(0, "fd00::2");
	run_ms(4000); // until its handshake is through
	for (uint16_t i = 0; i < 500; i++) {
		ask(client, i % 10 ? "www.t A" : "pages.t TXT", i);
		run_ms(20);
	}
	run_ms(60000);
	for (uint16_t i = 0; i < 500; i++)
		expect(client, i % 10 ? "www.t A" : "pages.t TXT", i);
	expect_no_more(client);
	lab_close();
}

// What a client that means harm, or is broken, may do next.
static void act(struct client *client, struct rand *rand)
{
	static const char *const questions[] = {"www.t A", "huge.t TXT", "pages.t TXT", "x A",
	                                        "t ANY"};
	uint8_t bytes[QUERY_MAX];
	size_t len = query_make(bytes, questions[rand_below(rand, 5)], (uint16_t)rand_u64(rand));

	switch (rand_below(rand, 10)) {
	case 0: // a part of a query
		len = rand_below(rand, len);
		break;
	case 1: // a length that is another
		bytes[1] = (uint8_t)rand_u64(rand);
		break;
	case 2: // another bit
		bytes[rand_below(rand, len)] ^= (uint8_t)(1u << rand_below(rand, 8));
		break;
	case 3:
		tcp_shutdown(client->conn);
		return;
	case 4:
		if (rand_below(rand, 4) == 0)
			tcp_abort(client->conn);
		return;
	case 5:
		client->budget = rand_below(rand, 2) ? 0 : (uint32_t)rand_below(rand, 100000);
		return;
	case 6:
		client->budget = UINT32_MAX;
		tcp_resume(client->conn);
		return;
	default:
		break;
	}
	(void)!tcp_send(client->conn, bytes, (uint32_t)len);
}

// Whatever clients do, the server has nothing left of them in the end.
static void test_any_behaviour(void **state)
{
	const char *only = getenv("WADI_SIM_SEED"), *more = getenv("WADI_SIM_RUNS");
	uint64_t first = only ? strtoull(only, NULL, 10) : 1;
	uint64_t runs = more ? strtoull(more, NULL, 10) : 20;

	for (uint64_t seed = first; seed < first + runs; seed++) {
		struct rand rand;

		rand_init(&rand, seed);
		lab_open_line((struct impair_conf){
		        .loss_q32 = seed % 3 * PERCENT, .delay_us = MS_US, .seed = seed});
		server.worker.conns.buffers_len = 2;
		server.worker.conns.conns_max = 3 + seed % 2;
		for (unsigned step = 0; step < 300; step++) {
			unsigned number = (unsigned)rand_below(&rand, CLIENTS);

			if (clients[number].conn)
				act(&clients[number], &rand);
			else
				client_open(number, rand_below(&rand, 2) ? "10.0.0.2" : "fd00::2");
			run_ms(rand_below(&rand, 20) ? rand_below(&rand, 50) : 3000);
			for (unsigned i = 0; i < CLIENTS; i++)
				clients[i].in_len = clients[i].in_read = 0;
		}
		assert_true(metric(&server.worker.counts.replies) > 20);
		lab_close();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_every_cut),
	        cmocka_unit_test(test_bytes_one_by_one),
	        cmocka_unit_test(test_a_pipeline_is_answered_in_order),
	        cmocka_unit_test(test_short_replies_are_not_copied),
	        cmocka_unit_test(test_the_longest_replies),
	        cmocka_unit_test(test_a_client_that_asks_and_ends),
	        cmocka_unit_test(test_a_client_that_ends_within_a_query),
	        cmocka_unit_test(test_garbage),
	        cmocka_unit_test(test_a_query_without_a_reply),
	        cmocka_unit_test(test_idle_connections_are_closed),
	        cmocka_unit_test(test_the_idle_time_shortens_under_pressure),
	        cmocka_unit_test(test_limits),
	        cmocka_unit_test(test_a_client_that_does_not_read),
	        cmocka_unit_test(test_a_client_that_reads_slowly),
	        cmocka_unit_test(test_zones_are_replaced_while_replies_wait),
	        cmocka_unit_test(test_no_page),
	        cmocka_unit_test(test_buffers_run_out),
	        cmocka_unit_test(test_a_lossy_line),
	        cmocka_unit_test(test_any_behaviour),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

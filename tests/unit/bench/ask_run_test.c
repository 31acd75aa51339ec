// ask_run and ask_worker: whole runs on virtual time, with workers that a device hands answers to
// by their ports, and a server that answers so many queries a second.
#include "harness.h"

#include "apps/bench/ask_run.h"
#include "proto/bench/query_mix.h"

#include <errno.h>

#define WORKERS 3
#define STEP_US 100

static struct ask ask;
static struct ask_conf conf;
static struct ask_run run;
static struct ask_worker workers[WORKERS];
static mono_t now;

static struct {
	uint64_t limit_per_s; // 0: it does not answer
	bool refuses;         // answers with ICMP errors
	unsigned to;          // answers for a candidate go to worker candidate % to
	double credit;        // answers that it may give now
	uint64_t slow_turn;   // the generator sends no more in a step; 0: any number
	uint64_t wire_turn;   // the device takes no more in a step; 0: any number
	bool deaf_ipv6;       // it answers by IPv4 only
	uint64_t ipv6;        // queries that came by IPv6
} server;

static void open_all(const struct ask_conf *with, unsigned len)
{
	const struct query_form form = {.udp_bytes = 1232};
	const struct query_mix mix = {.zone = "example.org",
	                              .label = "n",
	                              .names = 100,
	                              .types_len = 1,
	                              .types = {{DNS_TYPE_A, 1}}};
	struct why why;

	conf = *with;
	memset(&ask, 0, sizeof(ask));
	memset(&run, 0, sizeof(run));
	memset(workers, 0, sizeof(workers));
	ask.conf = &conf;
	assert_true(target_parse("192.0.2.1", 53, &ask.way[0].target));
	assert_int_equal(query_mix_add(&ask.set, &form, &mix, &why), 0);
	run.ask = &ask;
	run.workers_len = len;
	now = (mono_t){SEC_US};
	for (unsigned i = 0; i < len; i++) {
		assert_int_equal(
		        ask_worker_open(&workers[i], &ask, i, ask_slots(&conf, len), i + 1), 0);
		run.worker[i] = &workers[i];
	}
}

static int teardown(void **state)
{
	for (unsigned i = 0; i < run.workers_len; i++)
		ask_worker_close(&workers[i]);
	ask_close(&ask);
	return 0;
}

static void serve(struct ask_worker *worker, const struct asker_query *query)
{
	unsigned to = server.to ? query->source % server.to : worker->number;
	uint8_t answer[512];

	server.ipv6 += ask.way_of[query->source];
	if (server.deaf_ipv6 && ask.way_of[query->source])
		return;
	if (server.refuses) {
		ask_worker_refused(worker, now);
		return;
	}
	if (server.credit < 1 || to != worker->number)
		return;
	server.credit -= 1;
	query_write(query->query, query->id, query->nonce, answer);
	answer[2] |= DNS_FLAG_QR >> 8;
	ask_worker_answer(worker, query->source, answer, query->query->len, now);
}

// A hundredth of a second of queue is what the server has.
static void step(void)
{
	server.credit += (double)server.limit_per_s * STEP_US / SEC_US;
	if (server.credit > (double)server.limit_per_s / 100 + 1)
		server.credit = (double)server.limit_per_s / 100 + 1;
	for (unsigned i = 0; i < run.workers_len; i++) {
		struct asker_query queries[256];
		uint64_t room = ARRAY_LEN(queries);
		unsigned n;

		if (server.wire_turn)
			ask_worker_hold(&workers[i]);
		room = server.slow_turn ? u64_min(room, server.slow_turn) : room;
		room = server.wire_turn ? u64_min(room, server.wire_turn) : room;
		n = ask_worker_take(&workers[i], now, queries, (unsigned)room);
		for (unsigned k = 0; k < n; k++)
			serve(&workers[i], &queries[k]);
	}
	now.us += STEP_US;
}

// Until it is over; true if it was within so many seconds.
static bool go(unsigned seconds)
{
	for (uint64_t end_us = now.us + seconds * SEC_US; now.us < end_us; step())
		if (now.us % ASK_TICK_US == 0 && ask_run_tick(&run, now))
			return true;
	return false;
}

static const struct ask_conf plain = {.duration_s = 2,
                                      .warm_up_ms = 500,
                                      .timeout_ms = 100,
                                      .sources = 8,
                                      .window = 50,
                                      .loss_ppm = 1000,
                                      .precision_ppm = 20000,
                                      .searches = 2};

static void test_a_rate_is_shared_by_the_workers(void **state)
{
	struct ask_conf own = plain;

	own.rate = 10000;
	server = (typeof(server)){.limit_per_s = 1000000};
	open_all(&own, 3);
	assert_true(go(20));
	assert_false(run.failed);
	assert_int_equal(run.active_len, 3);
	assert_in_range(counter_get(&run.total.sent), 19990, 20010);
	assert_int_equal(counter_get(&run.total.answered), counter_get(&run.total.sent));
	assert_in_range(tally_rate(&run.total), 9990, 10010);
	for (unsigned i = 0; i < 3; i++)
		assert_in_range(counter_get(&workers[i].asker.tally.sent), 6660, 6670);
}

// The server answers so slowly that the window is always full; 50 are not three equal parts.
static void test_a_window_is_shared_by_the_workers(void **state)
{
	uint32_t most = 0;

	server = (typeof(server)){.limit_per_s = 1000000};
	open_all(&plain, 3);
	for (unsigned i = 0; i < 40000 && run.phase != ASK_PHASE_OVER; i++) {
		uint32_t pending = 0;

		if (run.phase == ASK_PHASE_TRIAL)
			server.limit_per_s = 300;
		if (now.us % ASK_TICK_US == 0)
			ask_run_tick(&run, now);
		step();
		for (unsigned k = 0; k < 3; k++)
			pending += workers[k].asker.pending;
		most = pending > most ? pending : most;
	}
	assert_int_equal(run.phase, ASK_PHASE_OVER);
	assert_int_equal(most, 50);
}

// The device brings the answers of two in three ports elsewhere: none of those is used.
static void test_workers_keep_to_ports_whose_answers_reach_them(void **state)
{
	struct ask_conf own = plain;

	own.rate = 3000;
	server = (typeof(server)){.limit_per_s = 1000000, .to = 3};
	open_all(&own, 3);
	assert_true(go(20));
	assert_int_equal(run.active_len, 3);
	assert_int_equal(counter_get(&run.total.lost), 0);
	assert_int_equal(counter_get(&run.total.answered), counter_get(&run.total.sent));
}

// One worker gets no answer on any port: the others do its part.
static void test_a_worker_without_ports_is_left_out(void **state)
{
	struct ask_conf own = plain;

	own.rate = 2000;
	server = (typeof(server)){.limit_per_s = 1000000, .to = 2};
	open_all(&own, 3);
	assert_true(go(20));
	assert_int_equal(run.active_len, 2);
	assert_in_range(counter_get(&run.total.sent), 3990, 4010);
	assert_int_equal(counter_get(&run.total.lost), 0);
}

// Two ways to the server, as `ask` makes them of the configuration.
static void open_ways(const struct ask_conf *with, unsigned len)
{
	struct why why;

	open_all(with, len);
	ask_close(&ask);
	conf.to = "192.0.2.1";
	conf.to_ipv6 = "2001:db8::1";
	conf.queries = "";
	conf.zone = "example.org";
	conf.label = "n";
	conf.types = "A";
	conf.names = 100;
	if (ask_open(&ask, &conf, len, &why))
		fail_msg("%s", why.text);
}

static void test_a_share_of_the_queries_goes_by_ipv6(void **state)
{
	static const struct {
		uint64_t sources, share, ipv6; // of 4000 queries
	} rows[] = {
	        {16, 50, 2000}, {16, 25, 1000}, {128, 30, 1188}, {2, 50, 2000}, {16, 100, 4000}};

	for (size_t i = 0; i < 2 * ARRAY_LEN(rows); i++) {
		struct ask_conf own = plain;

		own.rate = 2000;
		own.warm_up_ms = 0;
		own.sources = rows[i / 2].sources;
		own.ipv6_share = rows[i / 2].share;
		server = (typeof(server)){.limit_per_s = 1000000, .to = i % 2 ? 3 : 0};
		open_ways(&own, 1 + i % 2);
		while (run.phase < ASK_PHASE_TRIAL) {
			step();
			if (now.us % ASK_TICK_US == 0)
				assert_false(ask_run_tick(&run, now));
		}
		server.ipv6 = 0;
		assert_true(go(20));
		assert_int_equal(counter_get(&run.total.lost), 0);
		assert_in_range(counter_get(&run.total.sent), 3999, 4001);
		assert_in_range(server.ipv6, rows[i / 2].ipv6 - 20, rows[i / 2].ipv6 + 20);
		teardown(NULL);
		memset(&run, 0, sizeof(run));
	}
}

static void test_a_family_without_answers_is_named(void **state)
{
	struct ask_conf own = plain;

	own.ipv6_share = 50;
	server = (typeof(server)){.limit_per_s = 1000000, .deaf_ipv6 = true};
	open_ways(&own, 1);
	assert_true(go(10));
	assert_true(run.failed);
	assert_non_null(strstr(run.why.text, "no answer from [2001:db8::1]:53"));
}

static void test_shares_that_cannot_be_are_refused(void **state)
{
	static const struct {
		const char *to, *to_ipv6, *why;
		uint64_t share, sources;
	} rows[] = {
	        {"192.0.2.1", "", "belong together", 10, 16},
	        {"192.0.2.1", "2001:db8::1", "belong together", 0, 16},
	        {"2001:db8::2", "2001:db8::1", "has to be an IPv4 address", 10, 16},
	        {"192.0.2.1", "2001:db8::1", "too few for an ipv6_share of 5 %", 5, 31},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct ask_conf own = plain;
		struct ask refused;
		struct why why;

		own.to = rows[i].to;
		own.to_ipv6 = rows[i].to_ipv6;
		own.ipv6_share = rows[i].share;
		own.sources = rows[i].sources;
		assert_int_equal(ask_open(&refused, &own, 1, &why), -EINVAL);
		assert_non_null(strstr(why.text, rows[i].why));
		ask_close(&refused);
	}
}

static void test_without_a_server_the_reason_is_said(void **state)
{
	server = (typeof(server)){.limit_per_s = 0};
	open_all(&plain, 2);
	assert_true(go(10));
	assert_true(run.failed);
	assert_non_null(strstr(run.why.text, "no answer from 192.0.2.1:53 in 5 s"));
	teardown(NULL);
	server.refuses = true;
	open_all(&plain, 2);
	assert_true(go(10));
	assert_true(run.failed);
	assert_non_null(strstr(run.why.text, "nothing listens at 192.0.2.1:53"));
}

static void test_the_highest_rate_is_found_and_its_best_trial_kept(void **state)
{
	struct ask_conf own = plain;
	struct rate_search_found found;

	own.find_max = true;
	server = (typeof(server)){.limit_per_s = 20000};
	open_all(&own, 2);
	assert_true(go(600));
	found = rate_search_found(&run.search);
	assert_in_range(found.mean, 19000, 20300);
	assert_int_equal(found.searches, 2);
	assert_false(run.search.limited);
	assert_in_range(run.best_rate, 19000, 20400);
	assert_true(tally_loss_ppm(&run.total) <= 1000);
	assert_in_range(tally_rate(&run.total), run.best_rate - run.best_rate / 50, run.best_rate);
}

static void test_a_generator_that_is_slow_is_named(void **state)
{
	struct ask_conf own = plain;
	char limit[128];

	own.rate = 100000;
	server = (typeof(server)){.limit_per_s = 10000000, .slow_turn = 5}; // 50,000 a second
	open_all(&own, 1);
	assert_true(go(20));
	assert_true(counter_get(&run.total.unsent) > 0);
	ask_run_limit(&run, limit, sizeof(limit));
	assert_non_null(strstr(limit, "were due and not sent"));
}

// What the wire takes is found, and is not the generator's limit; what it does not is not lost.
static void test_a_full_wire_is_no_limit_of_the_generator(void **state)
{
	struct ask_conf own = plain;
	char limit[128];

	own.find_max = true;
	server = (typeof(server)){.limit_per_s = 10000000, .wire_turn = 2}; // 20,000 a second
	open_all(&own, 1);
	assert_true(go(600));
	assert_in_range(rate_search_found(&run.search).mean, 19500, 20300);
	assert_false(run.search.limited);
	assert_int_equal(counter_get(&run.total.lost), 0);
	teardown(NULL);
	own.find_max = false;
	own.rate = 100000;
	open_all(&own, 1);
	assert_true(go(20));
	assert_true(counter_get(&run.total.unsent) > 0);
	assert_true(ask_run_held_ppt(&run) > 900);
	ask_run_limit(&run, limit, sizeof(limit));
	assert_string_equal(limit, "");
}

static void test_a_generator_that_is_too_slow_is_the_limit_of_the_search(void **state)
{
	struct ask_conf own = plain;

	own.find_max = true;
	server = (typeof(server)){.limit_per_s = 10000000, .slow_turn = 2};
	open_all(&own, 1);
	assert_true(go(600));
	assert_in_range(rate_search_found(&run.search).mean, 19500, 20300);
	assert_true(run.search.limited);
}

// A run is over when whoever has opened connections has ended them, and not before.
static void test_a_run_waits_for_the_end_of_connections(void **state)
{
	server = (typeof(server)){.limit_per_s = 1000000};
	open_all(&plain, 2);
	workers[1].connected = true;
	assert_false(go(20));
	assert_int_equal(run.phase, ASK_PHASE_END);
	assert_int_equal(workers[1].doing, ASK_END);
	assert_true(ask_worker_is_busy(&workers[1]));
	assert_false(ask_worker_is_busy(&workers[0]));
	workers[1].connected = false;
	assert_true(go(1));
	assert_false(ask_worker_is_busy(&workers[1]));
	assert_true(counter_get(&run.total.answered) > 0);
}

static void test_a_stop_gives_what_there_is(void **state)
{
	struct ask_conf own = plain;

	own.rate = 1000;
	own.duration_s = 1000;
	server = (typeof(server)){.limit_per_s = 1000000};
	open_all(&own, 2);
	assert_false(go(5));
	assert_int_equal(run.phase, ASK_PHASE_TRIAL);
	ask_run_stop(&run, now);
	assert_true(go(1));
	assert_false(run.failed);
	assert_true(run.stopped);
	assert_in_range(counter_get(&run.total.answered), 4000, 5000);
	assert_in_range(tally_rate(&run.total), 980, 1010);
}

static void test_a_stop_before_the_first_answer_is_an_end_too(void **state)
{
	server = (typeof(server)){.limit_per_s = 0};
	open_all(&plain, 2);
	assert_false(go(1));
	ask_run_stop(&run, now);
	assert_true(go(1));
	assert_true(run.failed);
}

#define TEST(name) cmocka_unit_test_teardown(name, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(test_a_rate_is_shared_by_the_workers),
	        TEST(test_a_window_is_shared_by_the_workers),
	        TEST(test_workers_keep_to_ports_whose_answers_reach_them),
	        TEST(test_a_worker_without_ports_is_left_out),
	        TEST(test_a_share_of_the_queries_goes_by_ipv6),
	        TEST(test_a_family_without_answers_is_named),
	        TEST(test_shares_that_cannot_be_are_refused),
	        TEST(test_without_a_server_the_reason_is_said),
	        TEST(test_the_highest_rate_is_found_and_its_best_trial_kept),
	        TEST(test_a_generator_that_is_slow_is_named),
	        TEST(test_a_full_wire_is_no_limit_of_the_generator),
	        TEST(test_a_generator_that_is_too_slow_is_the_limit_of_the_search),
	        TEST(test_a_run_waits_for_the_end_of_connections),
	        TEST(test_a_stop_gives_what_there_is),
	        TEST(test_a_stop_before_the_first_answer_is_an_end_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

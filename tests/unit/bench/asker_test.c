// asker: queries at a rate and with a window on virtual time, against servers that answer late,
// twice, wrongly, to another source, with any bytes, or not at all.
#include "harness.h"

#include "proto/bench/asker.h"
#include "proto/bench/query_text.h"

#define TIMEOUT_US 100000

static struct query_set set;
static struct asker asker;
static struct asker_query taken[256];
static mono_t now;

static void open_with(const char *text, uint32_t slots)
{
	struct query_form form = {.udp_bytes = 1232};
	struct asker_conf conf = {.set = &set, .slots = slots, .timeout_us = TIMEOUT_US, .seed = 5};
	struct why why;

	assert_int_equal(query_text_add(&set, &form, text, strlen(text), &why), 0);
	assert_int_equal(asker_open(&asker, &conf), 0);
	now = (mono_t){1000000};
}

static int teardown(void **state)
{
	asker_close(&asker);
	query_set_close(&set);
	return 0;
}

#define AT_RATE(rate)                                                                              \
	&(const struct asker_trial)                                                                \
	{                                                                                          \
		.begin = now, .run_us = SEC_US, .rate_per_s = (rate)                               \
	}
#define WITH_WINDOW(n)                                                                             \
	&(const struct asker_trial)                                                                \
	{                                                                                          \
		.begin = now, .run_us = SEC_US, .window = (n)                                      \
	}

static unsigned take(void)
{
	return asker_take(&asker, now, taken, ARRAY_LEN(taken));
}

// The answer to a query, changed before it is given.
struct answer {
	uint8_t b[512];
	size_t len;
};

static struct answer answer_of(const struct asker_query *query)
{
	struct answer answer = {.len = query->query->len};

	query_write(query->query, query->id, query->nonce, answer.b);
	answer.b[2] |= DNS_FLAG_QR >> 8;
	return answer;
}

static void give(const struct asker_query *query, const struct answer *answer)
{
	asker_answer(&asker, query->source, answer->b, answer->len, now);
}

static void answer(const struct asker_query *query)
{
	struct answer right = answer_of(query);

	give(query, &right);
}

#define COUNT(member) (unsigned)counter_get(&asker.tally.member)

// Time goes by until the trial is over; nothing is answered.
static void wait_for_the_end(void)
{
	for (unsigned i = 0; i < 100000 && !asker_is_over(&asker); i++) {
		now.us += 1000;
		take();
	}
	assert_true(asker_is_over(&asker));
	assert_int_equal(asker.pending, 0);
	assert_int_equal(COUNT(sent), COUNT(answered) + COUNT(unexpected) + COUNT(lost));
}

static void test_a_rate_is_kept_whatever_comes_back(void **state)
{
	static const struct {
		uint64_t rate, turn_us;
	} rows[] = {{1, 1000}, {7, 10}, {1000, 100}, {12345, 77}, {100000, 1000}, {1000000, 100}};

	open_with("a A\nb A\n", 1 << 20);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		mono_t begin = now;

		asker_begin(&asker, AT_RATE(rows[i].rate), 4);
		for (; now.us < begin.us + SEC_US; now.us += rows[i].turn_us) {
			unsigned due = (unsigned)((now.us - begin.us) * rows[i].rate / SEC_US) + 1;

			take();
			// One step of rounding at most.
			assert_in_range(COUNT(sent) + 1, due, due + 2);
			assert_int_equal(COUNT(behind), 0);
		}
		wait_for_the_end();
		assert_in_range(COUNT(sent) + COUNT(unsent) + 1, rows[i].rate, rows[i].rate + 2);
		assert_int_equal(COUNT(lost), COUNT(sent));
		assert_int_equal(tally_loss_ppm(&asker.tally), 1000000);
	}
}

// The generator stands still for 50 ms: what was due then is sent late, and its latency counts
// from when it was due, although the server answers at once.
static void test_latency_counts_from_when_a_query_was_due(void **state)
{
	unsigned n;

	open_with("a A\n", 4096);
	asker_begin(&asker, AT_RATE(1000), 0);
	assert_int_equal(take(), 1);
	answer(&taken[0]);
	now.us += 50000;
	n = take();
	assert_int_equal(n, 50);
	for (unsigned i = 0; i < n; i++)
		answer(&taken[i]);
	assert_int_equal(COUNT(behind), 48); // but for the last, due now, and the one 1 ms before
	assert_int_equal(COUNT(behind_max_us), 49000);
	assert_int_equal(counter_get(&asker.tally.latency.max_us), 49000);
	assert_int_equal(hist_mean(&asker.tally.latency), 49 * 50 / 2 * 1000 / 51);
}

static void test_what_was_not_sent_by_the_end_is_said(void **state)
{
	open_with("a A\n", 4096);
	asker_begin(&asker, AT_RATE(1000), 0);
	assert_int_equal(asker_take(&asker, now, taken, 1), 1);
	// Held up until after the end: some are sent, and make the trial longer.
	now.us += SEC_US + 10000;
	assert_int_equal(take(), ARRAY_LEN(taken));
	assert_int_equal(COUNT(unsent), 0);
	assert_int_equal(COUNT(run_us), SEC_US + 10000);
	now.us += 40000;
	assert_int_equal(asker_take(&asker, now, taken, 10), 10);
	assert_int_equal(COUNT(sent), 1 + ARRAY_LEN(taken) + 10);
	assert_in_range(COUNT(unsent), 999 - COUNT(sent), 1001 - COUNT(sent));
	assert_int_equal(COUNT(run_us), SEC_US + 50000);
	assert_int_equal(take(), 0);
}

static void test_a_window_is_never_exceeded_and_always_filled(void **state)
{
	open_with("a A\nb A\nc A\n", 4096);
	asker_begin(&asker, WITH_WINDOW(10), 2);
	assert_int_equal(take(), 10);
	assert_int_equal(take(), 0);
	for (unsigned i = 0; i < 3; i++)
		answer(&taken[i]);
	now.us += 10;
	assert_int_equal(take(), 3);
	// The rest is lost after the timeout, and makes room.
	now.us += TIMEOUT_US - 1;
	assert_int_equal(take(), 0);
	now.us += 2;
	for (unsigned i = 0; i < 4096 && asker.pending == 10; i++)
		take();
	assert_true(COUNT(lost) > 0);
	assert_true(asker.pending <= 10);
	wait_for_the_end();
	assert_int_equal(COUNT(answered), 3);
}

// Queries from different sources with different identifiers, whatever the number of sources.
static void test_no_two_in_flight_share_source_and_identifier(void **state)
{
	static uint8_t used[256][65536 / 8];

	open_with("a A\n", 65536);
	for (unsigned bits = 0; bits <= 8; bits += 2) {
		memset(used, 0, sizeof(used));
		asker_begin(&asker, WITH_WINDOW(40000), bits);
		for (unsigned all = 0, n; all < 40000; all += n) {
			n = take();
			assert_true(n > 0);
			for (unsigned i = 0; i < n; i++) {
				uint8_t *byte = &used[taken[i].source][taken[i].id / 8];

				assert_true(taken[i].source < 1U << bits);
				assert_false(*byte & 1 << taken[i].id % 8);
				*byte |= (uint8_t)(1 << taken[i].id % 8);
			}
		}
		assert_int_equal(take(), 0);
	}
}

static void test_each_kind_of_answer_is_counted_as_what_it_is(void **state)
{
	struct answer right, bad;

	open_with("a.example A NOERROR\nb.example A\n", 4096);
	asker_begin(&asker, WITH_WINDOW(8), 0);
	assert_int_equal(take(), 8);
	right = answer_of(&taken[0]);
	give(&taken[0], &right);
	assert_int_equal(COUNT(answered), 1);
	give(&taken[0], &right);
	assert_int_equal(COUNT(duplicate), 1);
	// Another identifier of no query; another source.
	bad = answer_of(&taken[1]);
	bad.b[0] ^= 0x08;
	give(&taken[1], &bad);
	assert_int_equal(COUNT(stray), 1);
	asker_answer(&asker, 1, right.b, right.len, now);
	asker_answer(&asker, UINT32_MAX, right.b, right.len, now);
	assert_int_equal(COUNT(stray), 3);
	// The question of the next query, and another type.
	bad = answer_of(&taken[2]);
	bad.b[1] = answer_of(&taken[1]).b[1];
	give(&taken[1], &bad);
	bad = answer_of(&taken[1]);
	bad.b[12 + 11 + 1] ^= 1;
	give(&taken[1], &bad);
	assert_int_equal(COUNT(wrong), 2);
	assert_int_equal(asker.example.verdict, QUERY_OTHER);
	assert_int_equal(asker.example.query, 1);
	assert_int_equal(asker.example.len, bad.len);
	assert_int_equal(asker.example.msg[13], 'a'); // the first of them
	// A query, no question, cut anywhere.
	bad = answer_of(&taken[1]);
	bad.b[2] &= 0x7f;
	give(&taken[1], &bad);
	bad = answer_of(&taken[1]);
	bad.b[5] = 0;
	give(&taken[1], &bad);
	assert_int_equal(COUNT(broken), 2);
	bad = answer_of(&taken[1]);
	for (bad.len = 0; bad.len < 12 + 11 + 4; bad.len++)
		give(&taken[1], &bad);
	assert_int_equal(COUNT(broken), 2 + 12);
	assert_int_equal(COUNT(wrong), 2 + 11 + 4);
	// None of that answered the query; in another case it is answered.
	bad = answer_of(&taken[1]);
	bad.b[13] = 'B';
	bad.b[3] = DNS_NXDOMAIN;
	give(&taken[1], &bad);
	assert_int_equal(COUNT(answered), 2);
	// The first query's kind wants NOERROR.
	bad = answer_of(&taken[2]);
	bad.b[3] = DNS_SERVFAIL;
	give(&taken[2], &bad);
	assert_int_equal(COUNT(unexpected), 1);
	assert_int_equal(COUNT(rcode[DNS_SERVFAIL]), 1);
	bad = answer_of(&taken[3]);
	bad.b[2] |= DNS_FLAG_TC >> 8;
	give(&taken[3], &bad);
	assert_int_equal(COUNT(truncated), 1);
	asker_refused(&asker, now);
	assert_int_equal(COUNT(refused), 1);
	wait_for_the_end();
	assert_int_equal(COUNT(answered), 3);
}

static void test_the_first_unexpected_answer_is_kept_as_an_example(void **state)
{
	struct answer bad;

	open_with("a.example A NOERROR 1\n", 4096);
	asker_begin(&asker, WITH_WINDOW(2), 0);
	assert_int_equal(take(), 2);
	assert_int_equal(asker.example.verdict, QUERY_RIGHT);
	for (unsigned i = 0; i < 2; i++) {
		bad = answer_of(&taken[i]);
		bad.b[3] = i ? DNS_NXDOMAIN : DNS_SERVFAIL;
		give(&taken[i], &bad);
	}
	assert_int_equal(COUNT(unexpected), 2);
	assert_int_equal(asker.example.verdict, QUERY_UNEXPECTED);
	assert_int_equal(asker.example.msg[3], DNS_SERVFAIL);
	wait_for_the_end();
	asker_begin(&asker, WITH_WINDOW(2), 0);
	assert_int_equal(asker.example.verdict, QUERY_RIGHT);
}

static void test_an_answer_after_the_timeout_is_late_and_its_query_lost(void **state)
{
	open_with("a A\n", 4096);
	asker_begin(&asker, WITH_WINDOW(2), 0);
	assert_int_equal(take(), 2);
	now.us += TIMEOUT_US;
	answer(&taken[0]); // just in time
	now.us += 1;
	answer(&taken[1]); // before it is found to be lost
	assert_int_equal(COUNT(answered), 1);
	assert_int_equal(COUNT(lost), 1);
	assert_int_equal(COUNT(late), 1);
	answer(&taken[1]);
	assert_int_equal(COUNT(late), 1);
	assert_int_equal(COUNT(duplicate), 1);
	// And one that was found to be lost.
	assert_int_equal(take(), 2);
	now.us += TIMEOUT_US + 1;
	for (unsigned i = 0; i < 2000; i++)
		asker_take(&asker, now, taken + 10, 0);
	assert_int_equal(COUNT(lost), 3);
	answer(&taken[0]);
	assert_int_equal(COUNT(late), 2);
	assert_int_equal(hist_percentile(&asker.tally.latency, 1000000), TIMEOUT_US);
}

// The same slot one lap later has another identifier.
static void test_an_answer_from_the_lap_before_is_a_stray(void **state)
{
	struct asker_query first;

	open_with("a A\n", 4096);
	asker_begin(&asker, WITH_WINDOW(1), 0);
	assert_int_equal(take(), 1);
	first = taken[0];
	answer(&first);
	for (unsigned i = 1; i < 4096; i++) {
		assert_int_equal(take(), 1);
		assert_int_not_equal(taken[0].id, first.id);
		answer(&taken[0]);
	}
	assert_int_equal(take(), 1);
	answer(&first);
	assert_int_equal(COUNT(stray), 1);
	answer(&taken[0]);
	assert_int_equal(COUNT(answered), 4097);
}

static void test_the_warm_up_does_not_count(void **state)
{
	struct asker_trial trial = {.warm_us = SEC_US, .run_us = SEC_US, .rate_per_s = 1000};

	open_with("a A\n", 4096);
	trial.begin = now;
	asker_begin(&asker, &trial, 0);
	for (unsigned i = 0; i < 2000; i++, now.us += 1000) {
		unsigned n = take();

		for (unsigned k = 0; k < n; k++)
			answer(&taken[k]);
	}
	wait_for_the_end();
	assert_in_range(COUNT(sent), 999, 1000);
	assert_int_equal(COUNT(answered), COUNT(sent));
	assert_in_range(tally_rate(&asker.tally), 999, 1000);
}

static void test_a_stop_ends_the_trial_with_what_there_is(void **state)
{
	open_with("a A\n", 4096);
	asker_begin(&asker, AT_RATE(1000), 0);
	for (unsigned i = 0; i < 500; i++, now.us += 1000) {
		unsigned n = take();

		for (unsigned k = 0; k < n; k++)
			answer(&taken[k]);
	}
	asker_stop(&asker, now);
	wait_for_the_end();
	assert_int_equal(COUNT(run_us), 500000);
	assert_in_range(tally_rate(&asker.tally), 998, 1001);
	assert_in_range(COUNT(unsent), 0, 1);
}

static void test_queries_that_could_not_be_sent_are_not_lost(void **state)
{
	open_with("a A\n", 4096);
	asker_begin(&asker, WITH_WINDOW(2), 0);
	assert_int_equal(take(), 2);
	asker_withdraw(&asker, &taken[1]);
	assert_int_equal(COUNT(sent), 1);
	assert_int_equal(COUNT(unsent), 0); // another one takes its place
	answer(&taken[1]);
	assert_int_equal(COUNT(stray), 1);
	assert_int_equal(take(), 1);
	asker_begin(&asker, AT_RATE(1000), 0);
	assert_int_equal(take(), 1);
	asker_withdraw(&asker, &taken[0]);
	assert_int_equal(COUNT(sent), 0);
	assert_int_equal(COUNT(unsent), 1);
}

// A table that is full of queries in flight says so and loses nothing.
static void test_no_identifier_is_used_twice_when_all_are_in_flight(void **state)
{
	unsigned sent = 0;

	open_with("a A\n", 4096);
	asker_begin(&asker, AT_RATE(1000000), 0);
	for (unsigned i = 0; i < 90; i++, now.us += 1000)
		sent += take();
	assert_int_equal(sent, asker.pending);
	assert_int_equal(sent, 4096);
	assert_true(COUNT(full) > 0);
	assert_int_equal(COUNT(lost), 0);
	wait_for_the_end();
	assert_true(COUNT(unsent) > 0);
}

static void test_time_without_work_is_counted(void **state)
{
	open_with("a A\n", 4096);
	asker_begin(&asker, WITH_WINDOW(1), 0);
	assert_int_equal(take(), 1); // worked, 1 us
	now.us += 1;
	assert_int_equal(take(), 0); // idle for 99 us
	now.us += 99;
	answer(&taken[0]); // the turn of the answer and of the next query: 10 us
	assert_int_equal(take(), 1);
	now.us += 10;
	assert_int_equal(take(), 0);
	assert_int_equal(COUNT(idle_us), 99);
}

// For ten milliseconds the device has no room: what is due then waits, and none of it is lost.
static void test_what_the_device_has_no_room_for_waits(void **state)
{
	open_with("a A\n", 4096);
	asker_begin(&asker, AT_RATE(1000), 0);
	assert_int_equal(take(), 1);
	answer(&taken[0]);
	for (unsigned i = 0; i < 10; i++) {
		now.us += 1000;
		asker_hold(&asker);
		assert_int_equal(asker_take(&asker, now, taken, 0), 0);
	}
	now.us += 1000;
	assert_int_equal(take(), 11);
	for (unsigned i = 0; i < 11; i++)
		answer(&taken[i]);
	assert_int_equal(COUNT(held_us), 10000);
	assert_int_equal(COUNT(unsent), 0);
	assert_int_equal(COUNT(answered), 12);
	assert_int_equal(counter_get(&asker.tally.latency.max_us), 10000);
	// Without anything due the device is not waited for, and waiting is no work.
	asker_hold(&asker);
	assert_int_equal(asker_take(&asker, now, taken, 0), 0);
	now.us += 500;
	assert_int_equal(take(), 0);
	assert_int_equal(COUNT(held_us), 10000);
	assert_int_equal(COUNT(idle_us), 9000);
}

static void test_any_bytes_from_a_server_break_nothing(void **state)
{
	struct rand rand;
	uint64_t counted;

	open_with("www.example.org A\nx.y TYPE65280\n", 4096);
	asker_begin(&asker, WITH_WINDOW(200), 3);
	assert_int_equal(take(), 200);
	rand_init(&rand, 1);
	for (unsigned i = 0; i < 200000; i++) {
		struct answer any = answer_of(&taken[rand_below(&rand, 200)]);
		unsigned changes = (unsigned)rand_below(&rand, 6);

		for (unsigned k = 0; k < changes; k++)
			any.b[rand_below(&rand, any.len)] = (uint8_t)rand_u64(&rand);
		any.len = rand_below(&rand, any.len + 1);
		asker_answer(&asker, (uint32_t)rand_below(&rand, 10), any.b, any.len, now);
	}
	counted = COUNT(answered) + COUNT(duplicate) + COUNT(wrong) + COUNT(stray) + COUNT(broken);
	assert_int_equal(counted, 200000);
	assert_true(COUNT(stray) && COUNT(wrong) && COUNT(broken));
	wait_for_the_end();
}

// Two workers replay a capture: each takes every second query, at its time.
static void test_a_capture_is_replayed_at_its_times(void **state)
{
	static const uint64_t times[] = {0, 10, 10, 500, 400, 90000, 90001};
	struct asker_conf conf = {.set = &set, .slots = 4096, .timeout_us = TIMEOUT_US};
	static const uint8_t msg[] = "\0\0\0\0\0\1\0\0\0\0\0\0\1a\0\0\1\0\1";
	struct asker_trial trial = {.run_us = 90002, .replay_len = 2};

	now = (mono_t){5000};
	for (size_t i = 0; i < ARRAY_LEN(times); i++)
		assert_int_equal(query_set_add_message(&set, msg, sizeof(msg) - 1, times[i]), 0);
	for (unsigned worker = 0; worker < 2; worker++) {
		mono_t begin = now;
		unsigned n = 0;

		assert_int_equal(asker_open(&asker, &conf), 0);
		trial.begin = now;
		trial.replay_first = worker;
		asker_begin(&asker, &trial, 0);
		for (; now.us < begin.us + 90010; now.us += 1) {
			unsigned len = take();

			for (unsigned i = 0; i < len; i++, n++)
				assert_true(now.us - begin.us >= times[worker + 2 * n]);
			for (unsigned i = 0; i < len; i++)
				answer(&taken[i]);
		}
		assert_int_equal(n, worker ? 3 : 4);
		assert_int_equal(COUNT(behind), 0);
		wait_for_the_end();
		assert_int_equal(COUNT(answered), n);
		if (worker == 0)
			asker_close(&asker);
	}
}

static void test_nothing_is_asked_before_a_trial(void **state)
{
	static const uint8_t zeros[64];

	open_with("a A\n", 4096);
	assert_true(asker_is_over(&asker));
	assert_int_equal(take(), 0);
	asker_answer(&asker, 0, zeros, sizeof(zeros), now);
	asker_begin(&asker, WITH_WINDOW(1), 0);
	asker.trial.begin.us += 1000; // not yet
	assert_int_equal(take(), 0);
}

#define TEST(name) cmocka_unit_test_teardown(name, teardown)

// A limit of none is kept by none only, however many were sent.
static void test_loss_is_never_rounded_down(void **state)
{
	static const struct {
		uint64_t sent, answered;
		uint32_t ppm;
	} cases[] = {
	        {0, 0, 0},       {1, 0, 1000000},        {1000, 999, 1000},
	        {1000, 1000, 0}, {10000000, 9999999, 1}, {10000000, 9999990, 1},
	        {1000, 1001, 0}, {10000000, 9999989, 2}, {3000000000, 2999999999, 1},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct tally tally;

		tally_clear(&tally);
		counter_set(&tally.sent, cases[i].sent);
		counter_set(&tally.answered, cases[i].answered);
		assert_int_equal(tally_loss_ppm(&tally), cases[i].ppm);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(test_a_rate_is_kept_whatever_comes_back),
	        TEST(test_latency_counts_from_when_a_query_was_due),
	        TEST(test_what_was_not_sent_by_the_end_is_said),
	        TEST(test_a_window_is_never_exceeded_and_always_filled),
	        TEST(test_no_two_in_flight_share_source_and_identifier),
	        TEST(test_each_kind_of_answer_is_counted_as_what_it_is),
	        TEST(test_the_first_unexpected_answer_is_kept_as_an_example),
	        TEST(test_an_answer_after_the_timeout_is_late_and_its_query_lost),
	        TEST(test_an_answer_from_the_lap_before_is_a_stray),
	        TEST(test_the_warm_up_does_not_count),
	        TEST(test_a_stop_ends_the_trial_with_what_there_is),
	        TEST(test_queries_that_could_not_be_sent_are_not_lost),
	        TEST(test_no_identifier_is_used_twice_when_all_are_in_flight),
	        TEST(test_time_without_work_is_counted),
	        TEST(test_what_the_device_has_no_room_for_waits),
	        TEST(test_any_bytes_from_a_server_break_nothing),
	        TEST(test_a_capture_is_replayed_at_its_times),
	        TEST(test_nothing_is_asked_before_a_trial),
	        cmocka_unit_test(test_loss_is_never_rounded_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

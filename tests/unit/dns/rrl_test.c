// rrl: one bucket against arithmetic done in another way; which replies share one;
// slip, exemptions and counters. Floods and crowds are rrl_sim_test.c's.
#include "harness.h"

#include "core/rand.h"
#include "proto/dns/answer/rrl.h"

#include <arpa/inet.h>
#include <stdio.h>

static const struct rrl_conf plain = {
        .per_s = {10, 10, 10, 10, 10, 0},
        .window_s = 5,
        .slip = 0,
        .ipv4_prefix = 24,
        .ipv6_prefix = 56,
        .table_size = 4096,
};

// A source that outlives the reply.
static const uint8_t *source(const char *text)
{
	static uint8_t addresses[8][16];
	static unsigned next;
	uint8_t *address = addresses[next++ % 8];
	char mapped[64];

	snprintf(mapped, sizeof(mapped), "%s%s", strchr(text, ':') ? "" : "::ffff:", text);
	assert_int_equal(inet_pton(AF_INET6, mapped, address), 1);
	return address;
}

static struct rrl_reply ask(struct rrl *rrl, struct rrl_reply reply, uint64_t now_us)
{
	reply.slip = true;
	reply.drop = DROP_DNS_SHORT;
	rrl_check(rrl, &reply, 1, (mono_t){now_us});
	assert_true(reply.drop == DROP_NONE || (reply.drop == DROP_DNS_RATE && !reply.slip));
	return reply;
}

static bool sent(struct rrl *rrl, struct rrl_reply reply, uint64_t now_us)
{
	reply = ask(rrl, reply, now_us);
	return reply.drop == DROP_NONE && !reply.slip;
}

static struct rrl *opened(const struct rrl_conf *conf)
{
	struct rrl *rrl = rrl_new(conf, 7);

	assert_non_null(rrl);
	return rrl;
}

static struct rrl_reply positive(void)
{
	return (struct rrl_reply){source("192.0.2.1"), .content_id = 1, .kind = DNS_KIND_POSITIVE};
}

// How many of n replies, step_us apart, are sent.
static unsigned sent_of(struct rrl *rrl, unsigned n, uint64_t *now_us, uint64_t step_us)
{
	unsigned len = 0;

	for (unsigned i = 0; i < n; i++, *now_us += step_us)
		len += sent(rrl, positive(), *now_us);
	return len;
}

static void test_a_second_holds_the_rate(void **state)
{
	static const struct {
		uint32_t per_s, window_s;
		unsigned n;
		uint64_t step_us;
		unsigned sent;
	} cases[] = {
	        {10, 5, 10, 0, 10},
	        {10, 5, 11, 0, 10},
	        {10, 5, 1000, 0, 10},
	        {10, 5, 1000, 100000, 1000}, // just the rate
	        {10, 0, 1000, 100000, 1000},
	        {1, 5, 100, 1000000, 100},
	        {1, 5, 2, 999999, 1},
	        {0, 5, 1000, 0, 1000},     // not limited
	        {10, 0, 1000, 10000, 109}, // 10 s of ten times the rate: it gets its rate
	        {10, 5, 1000, 10000, 11},  // and with debts, what it had at first
	        {10, 1, 1000, 10000, 11},
	        {1000, 5, 3000, 0, 1000},
	        {RRL_PER_S_MAX, 5, 1000, 1, 1000},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct rrl_conf conf = plain;
		uint64_t now_us = 12345;
		struct rrl *rrl;

		conf.per_s[DNS_KIND_POSITIVE] = cases[i].per_s;
		conf.window_s = cases[i].window_s;
		rrl = opened(&conf);
		if (sent_of(rrl, cases[i].n, &now_us, cases[i].step_us) != cases[i].sent)
			fail_msg("case %zu", i);
		rrl_free(rrl);
	}
}

// After a flood one must stay away for the window, less does not do; a second later
// the bucket is full.
static void test_debts_are_paid_in_a_window(void **state)
{
	static const struct {
		uint64_t away_us;
		unsigned sent;
	} cases[] = {
	        {2500000, 0},
	        {4999999, 0},
	        {5000000, 1},
	        {5450000, 5},
	        {5900000, 10},
	        // A machine that was suspended for 2^32 us, a day, 2^32 ms, ten years.
	        {UINT64_C(1) << 32, 10},
	        {86400 * SEC_US, 10},
	        {(UINT64_C(1) << 32) * MS_US, 10},
	        {3650 * 86400 * SEC_US, 10},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct rrl *rrl = opened(&plain);
		uint64_t now_us = 0;

		sent_of(rrl, 10000, &now_us, 1000);
		now_us += cases[i].away_us - 1000;
		assert_int_equal(sent_of(rrl, 20, &now_us, 0), cases[i].sent);
		rrl_free(rrl);
	}
}

// Credit that flows in, is taken out, and may go below zero: the same thing told
// the other way round.
struct model {
	int64_t credit_ns, interval_ns, window_ns;
	uint64_t last_us;
};

static bool model_take(struct model *m, uint64_t now_us)
{
	int64_t second = 1000000000, lowest = m->interval_ns - m->window_ns;
	uint64_t gone_us = now_us - m->last_us;

	m->last_us = now_us;
	m->credit_ns += gone_us > 100000000 ? 100 * second : (int64_t)gone_us * 1000;
	m->credit_ns = m->credit_ns > second ? second : m->credit_ns;
	if (m->credit_ns >= m->interval_ns) {
		m->credit_ns -= m->interval_ns;
		return true;
	}
	if (m->credit_ns - m->interval_ns > lowest)
		m->credit_ns -= m->interval_ns;
	else if (lowest < m->credit_ns)
		m->credit_ns = lowest;
	return false;
}

static void test_agrees_with_a_model(void **state)
{
	static const uint64_t steps_us[] = {1, 1000, 50000, 2000000, 200000000};
	struct rand rand;

	rand_init(&rand, 11);
	for (unsigned round = 0; round < 60; round++) {
		struct rrl_conf conf = plain;
		struct model model = {.credit_ns = 1000000000};
		uint64_t now_us = rand_u64(&rand) >> 30;
		struct rrl *rrl;

		conf.per_s[DNS_KIND_POSITIVE] = 1 + (uint32_t)rand_below(&rand, round + 1);
		conf.window_s = (uint32_t)rand_below(&rand, 4);
		model.interval_ns = 1000000000 / conf.per_s[DNS_KIND_POSITIVE];
		model.window_ns = conf.window_s * INT64_C(1000000000);
		model.last_us = now_us;
		rrl = opened(&conf);
		for (unsigned i = 0; i < 3000; i++) {
			uint64_t step_us = steps_us[rand_below(&rand, i % 100 ? 3 : 5)];

			now_us += rand_below(&rand, step_us + 1);
			assert_int_equal(sent(rrl, positive(), now_us), model_take(&model, now_us));
		}
		rrl_free(rrl);
	}
}

struct pair {
	const char *source;
	uint8_t kind;
	uint64_t content_id;
};

static const struct sharing {
	struct pair a, b;
	bool shared;
} sharings[] = {
        // Networks.
        {{"192.0.2.1", DNS_KIND_POSITIVE, 1}, {"192.0.2.254", DNS_KIND_POSITIVE, 1}, true},
        {{"192.0.2.1", DNS_KIND_POSITIVE, 1}, {"192.0.3.1", DNS_KIND_POSITIVE, 1}, false},
        {{"192.0.2.1", DNS_KIND_POSITIVE, 1}, {"193.0.2.1", DNS_KIND_POSITIVE, 1}, false},
        {{"2001:db8::1", DNS_KIND_POSITIVE, 1},
         {"2001:db8:0:ff:1:2:3:4", DNS_KIND_POSITIVE, 1},
         true},
        {{"2001:db8::1", DNS_KIND_POSITIVE, 1}, {"2001:db8:0:100::1", DNS_KIND_POSITIVE, 1}, false},
        {{"2001:db8::1", DNS_KIND_POSITIVE, 1}, {"2001:db9::1", DNS_KIND_POSITIVE, 1}, false},
        {{"::192.0.2.1", DNS_KIND_POSITIVE, 1}, {"192.0.2.1", DNS_KIND_POSITIVE, 1}, false},
        // Subjects.
        {{"192.0.2.1", DNS_KIND_POSITIVE, 1}, {"192.0.2.1", DNS_KIND_POSITIVE, 2}, false},
        {{"192.0.2.1", DNS_KIND_NODATA, 1}, {"192.0.2.1", DNS_KIND_NODATA, 2}, false},
        {{"192.0.2.1", DNS_KIND_NXDOMAIN, 1}, {"192.0.2.1", DNS_KIND_NXDOMAIN, 2}, false},
        {{"192.0.2.1", DNS_KIND_REFERRAL, 1}, {"192.0.2.1", DNS_KIND_REFERRAL, 2}, false},
        {{"192.0.2.1", DNS_KIND_ERROR, 1}, {"192.0.2.1", DNS_KIND_ERROR, 2}, true},
        {{"192.0.2.1", DNS_KIND_POSITIVE, 1},
         {"192.0.2.1", DNS_KIND_POSITIVE, UINT64_C(1) << 63 | 1},
         false},
        // Kinds.
        {{"192.0.2.1", DNS_KIND_POSITIVE, 1}, {"192.0.2.1", DNS_KIND_NODATA, 1}, false},
        {{"192.0.2.1", DNS_KIND_NXDOMAIN, 1}, {"192.0.2.1", DNS_KIND_NODATA, 1}, false},
        {{"192.0.2.1", DNS_KIND_REFERRAL, 1}, {"192.0.2.1", DNS_KIND_NXDOMAIN, 1}, false},
        {{"192.0.2.1", DNS_KIND_ERROR, 0}, {"192.0.2.1", DNS_KIND_POSITIVE, 0}, false},
};

static struct rrl_reply reply_of(const struct pair *pair)
{
	return (struct rrl_reply){source(pair->source), .content_id = pair->content_id,
	                          .kind = pair->kind};
}

static void test_who_shares_a_bucket(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(sharings); i++) {
		const struct sharing *s = &sharings[i];
		struct rrl *rrl = opened(&plain);

		for (unsigned k = 0; k < 10; k++)
			assert_true(sent(rrl, reply_of(&s->a), 0));
		assert_false(sent(rrl, reply_of(&s->a), 0));
		if (sent(rrl, reply_of(&s->b), 0) == s->shared)
			fail_msg("sharing %zu", i);
		rrl_free(rrl);
	}
}

static void test_length_of_networks(void **state)
{
	static const struct {
		uint8_t ipv4, ipv6;
		const char *a, *b;
		bool shared;
	} cases[] = {
	        {32, 64, "192.0.2.1", "192.0.2.1", true},
	        {32, 64, "192.0.2.1", "192.0.2.0", false},
	        {31, 64, "192.0.2.1", "192.0.2.0", true},
	        {1, 64, "192.0.2.1", "128.0.0.0", true},
	        {1, 64, "192.0.2.1", "127.0.0.0", false},
	        {24, 64, "2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff", true},
	        {24, 64, "2001:db8::1", "2001:db8:0:1::1", false},
	        {24, 63, "2001:db8::1", "2001:db8:0:1::1", true},
	        {24, 1, "2001:db8::1", "7fff::", true},
	        {24, 1, "2001:db8::1", "8000::", false},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct rrl_conf conf = plain;
		struct rrl_reply a = positive(), b = positive();
		struct rrl *rrl;

		conf.ipv4_prefix = cases[i].ipv4;
		conf.ipv6_prefix = cases[i].ipv6;
		a.source = source(cases[i].a);
		b.source = source(cases[i].b);
		rrl = opened(&conf);
		for (unsigned k = 0; k < 10; k++)
			assert_true(sent(rrl, a, 0));
		if (sent(rrl, b, 0) == cases[i].shared)
			fail_msg("case %zu", i);
		rrl_free(rrl);
	}
}

// Each n-th of the limited replies, in each bucket for itself.
static void test_slip(void **state)
{
	for (uint32_t slip = 0; slip <= 10; slip++) {
		struct rrl_conf conf = plain;
		struct rrl *rrl;

		conf.slip = slip;
		rrl = opened(&conf);
		for (unsigned i = 1; i <= 40; i++) {
			for (uint64_t content_id = 0; content_id < 3; content_id++) {
				struct rrl_reply reply = positive();
				bool slips = i > 10 && slip && (i - 10) % slip == 0;

				reply.content_id = content_id;
				reply = ask(rrl, reply, 0);
				assert_int_equal(reply.slip, slips);
				assert_int_equal(reply.drop,
				                 i > 10 && !slips ? DROP_DNS_RATE : DROP_NONE);
			}
		}
		assert_int_equal(counter_get(&rrl_metric(rrl)->limited[DNS_KIND_POSITIVE]), 90);
		assert_int_equal(counter_get(&rrl_metric(rrl)->slipped),
		                 slip ? 3 * (30 / slip) : 0);
		rrl_free(rrl);
	}
}

// All kinds and contents together, though each has its own bucket.
static void test_all_together(void **state)
{
	struct rrl_conf conf = plain;
	unsigned passed = 0;
	struct rrl *rrl;

	conf.per_s[RRL_ALL] = 30;
	rrl = opened(&conf);
	for (unsigned i = 0; i < 100; i++) {
		struct rrl_reply reply = positive();

		reply.content_id = i;
		reply.kind = (uint8_t)(i % 2 ? DNS_KIND_POSITIVE : DNS_KIND_NODATA);
		passed += sent(rrl, reply, 0);
	}
	assert_int_equal(passed, 30);
	assert_int_equal(counter_get(&rrl_metric(rrl)->limited[RRL_ALL]), 70);
	assert_int_equal(counter_get(&rrl_metric(rrl)->limited[DNS_KIND_POSITIVE]), 0);
	// Another network has its own.
	assert_true(sent(rrl, reply_of(&(struct pair){"192.0.3.1", DNS_KIND_ERROR, 0}), 0));
	rrl_free(rrl);
}

static void test_exempt(void **state)
{
	static const char *const texts[] = {"192.0.2.0/25", "2001:db8::/48"};
	struct rrl_conf conf = plain;
	struct rrl_reply exempt = positive(), other = positive();
	struct why why;
	struct acl *acl = acl_new(texts, ARRAY_LEN(texts), &why);
	struct rrl *rrl;

	conf.exempt = acl;
	rrl = opened(&conf);
	other.source = source("192.0.2.200");
	for (unsigned i = 0; i < 100; i++)
		assert_true(sent(rrl, exempt, 0));
	// Nor is the rest of its network charged for it.
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(sent(rrl, other, 0), i < 10);
	rrl_free(rrl);
	acl_free(acl);
}

static void test_log_only(void **state)
{
	struct rrl_conf conf = plain;
	struct rrl *rrl;

	conf.slip = 2;
	conf.log_only = true;
	rrl = opened(&conf);
	for (unsigned i = 0; i < 50; i++)
		assert_true(sent(rrl, positive(), 0));
	assert_int_equal(counter_get(&rrl_metric(rrl)->limited[DNS_KIND_POSITIVE]), 40);
	assert_int_equal(counter_get(&rrl_metric(rrl)->slipped), 20);
	rrl_free(rrl);
}

static struct rrl_reply random_reply(struct rand *rand)
{
	struct rrl_reply reply = positive();

	reply.kind = (uint8_t)rand_below(rand, RRL_ALL);
	reply.content_id = rand_below(rand, 3);
	return reply;
}

// A burst of any length is its replies one by one.
static void test_bursts(void **state)
{
	struct rrl_conf conf = plain;
	struct rrl *bursts, *singles;
	struct rand rand;

	rand_init(&rand, 3);
	conf.slip = 3;
	conf.per_s[RRL_ALL] = 50;
	conf.table_size = RRL_TABLE_MIN;
	bursts = opened(&conf);
	singles = opened(&conf);
	for (unsigned round = 0; round < 500; round++) {
		struct rrl_reply replies[100];
		unsigned n = (unsigned)rand_below(&rand, ARRAY_LEN(replies) + 1);
		mono_t now = {round * UINT64_C(100000)};

		for (unsigned i = 0; i < n; i++)
			replies[i] = random_reply(&rand);
		rrl_check(bursts, replies, n, now);
		for (unsigned i = 0; i < n; i++) {
			struct rrl_reply single = ask(singles, replies[i], now.us);

			assert_int_equal(single.drop, replies[i].drop);
			assert_int_equal(single.slip, replies[i].slip);
		}
	}
	assert_true(counter_get(&rrl_metric(bursts)->slipped) > 100);
	assert_true(counter_get(&rrl_metric(bursts)->limited[RRL_ALL]) > 100);
	rrl_free(bursts);
	rrl_free(singles);
}

static void test_sizes(void **state)
{
	for (uint32_t size = RRL_TABLE_MIN; size < RRL_TABLE_MIN + 9; size++) {
		struct rrl_conf conf = plain;
		struct rrl *rrl;

		conf.table_size = size;
		rrl = opened(&conf);
		for (unsigned i = 0; i < 5000; i++) {
			struct rrl_reply reply = positive();

			reply.content_id = i;
			assert_true(sent(rrl, reply, 0));
		}
		// All buckets are in use, so each but the first takes another's place.
		assert_true(counter_get(&rrl_metric(rrl)->evicted) >= 5000 - (size + 3));
		rrl_free(rrl);
	}
	rrl_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_a_second_holds_the_rate),
	        cmocka_unit_test(test_debts_are_paid_in_a_window),
	        cmocka_unit_test(test_agrees_with_a_model),
	        cmocka_unit_test(test_who_shares_a_bucket),
	        cmocka_unit_test(test_length_of_networks),
	        cmocka_unit_test(test_slip),
	        cmocka_unit_test(test_all_together),
	        cmocka_unit_test(test_exempt),
	        cmocka_unit_test(test_log_only),
	        cmocka_unit_test(test_bursts),
	        cmocka_unit_test(test_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

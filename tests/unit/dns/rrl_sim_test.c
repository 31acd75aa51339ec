// rrl: floods with forged addresses and crowds of real clients on virtual time: what
// a victim gets, that nobody else notices, and what a full table does.
#include "harness.h"

#include "core/rand.h"
#include "proto/dns/answer/rrl.h"

#define RATE  200 // the default
#define RUN_S 40

static const struct rrl_conf defaults = {
        .per_s = {RATE, RATE, RATE, RATE, RATE, 0},
        .window_s = 15,
        .slip = 2,
        .ipv4_prefix = 24,
        .ipv6_prefix = 56,
        .table_size = 16384,
};

// Who asks, or in whose name it is asked.
struct party {
	uint32_t per_s;
	uint32_t networks; // that the queries come from, at random
	uint32_t first;    // of them
	uint32_t contents;
	uint8_t kind;
	unsigned asked, sent, slipped, dropped;
	unsigned worst, worst_now; // most in a row that got nothing at all
};

static void ask(struct rrl *rrl, struct party *party, struct rand *rand, uint64_t now_us)
{
	uint32_t network = party->first + (uint32_t)rand_below(rand, party->networks);
	uint8_t source[16] = {[10] = 0xff, 0xff, [15] = (uint8_t)rand_below(rand, 256)};
	struct rrl_reply reply = {.source = source, .kind = party->kind};

	for (unsigned i = 0; i < 3; i++)
		source[12 + i] = (uint8_t)(network >> (16 - 8 * i));
	reply.content_id = 1000 + rand_below(rand, party->contents);
	rrl_check(rrl, &reply, 1, (mono_t){now_us});
	party->asked++;
	if (reply.drop != DROP_NONE) {
		assert_int_equal(reply.drop, DROP_DNS_RATE);
		party->dropped++;
		party->worst_now++;
	} else {
		party->worst_now = 0;
		party->slipped += reply.slip;
		party->sent += !reply.slip;
	}
	party->worst = party->worst_now > party->worst ? party->worst_now : party->worst;
}

// Lets all of them ask for RUN_S seconds, each at its rate and in no order.
static void run(struct rrl *rrl, struct party *parties, size_t len, uint64_t seed)
{
	uint64_t per_s = 0, now_us = 0;
	struct rand rand;

	rand_init(&rand, seed);
	for (size_t i = 0; i < len; i++)
		per_s += parties[i].per_s;
	for (uint64_t n = 0; n < per_s * RUN_S; n++) {
		uint64_t at = rand_below(&rand, per_s);
		size_t who = 0;

		for (; at >= parties[who].per_s; who++)
			at -= parties[who].per_s;
		now_us = n * 1000000 / per_s;
		ask(rrl, &parties[who], &rand, now_us);
	}
}

static struct rrl *opened(const struct rrl_conf *conf)
{
	struct rrl *rrl = rrl_new(conf, 42);

	assert_non_null(rrl);
	return rrl;
}

// A flood in the name of one network, at real clients' expense? There are a
// thousand networks of those, and the victim's own resolver: it asks what the flood
// asks, now and then, and many other things.
enum { FLOOD, CROWD, VICTIM_OTHER, VICTIM_SAME, PARTIES };

#define VICTIM 0xc00002 // 192.0.2.0/24
#define CROWDS 0x0a0000 // 10.0.0.0/24 and so on

static const struct party reflection[PARTIES] = {
        [FLOOD] = {.per_s = 5000, .networks = 1, .first = VICTIM, .contents = 1},
        [CROWD] = {.per_s = 2000, .networks = 1000, .first = CROWDS, .contents = 5},
        [VICTIM_OTHER] = {.per_s = 100, .networks = 1, .first = VICTIM, .contents = 100},
        [VICTIM_SAME] = {.per_s = 10, .networks = 1, .first = VICTIM, .contents = 1},
};

static void start(struct party parties[PARTIES], uint8_t kind)
{
	memcpy(parties, reflection, sizeof(reflection));
	for (unsigned i = 0; i < PARTIES; i++)
		parties[i].kind = kind;
	// What the victim asks besides is of another kind when kinds have no contents.
	parties[VICTIM_OTHER].kind = DNS_KIND_REFERRAL;
}

static void nobody_else_notices(const struct party *parties)
{
	assert_int_equal(parties[CROWD].sent, parties[CROWD].asked);
	assert_int_equal(parties[VICTIM_OTHER].sent, parties[VICTIM_OTHER].asked);
}

static void test_a_flood_gets_its_first_second(void **state)
{
	static const uint8_t kinds[] = {DNS_KIND_ERROR, DNS_KIND_POSITIVE, DNS_KIND_NODATA,
	                                DNS_KIND_NXDOMAIN};

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		struct party parties[PARTIES], *flood = &parties[FLOOD];
		const struct party *same = &parties[VICTIM_SAME];
		struct rrl *rrl = opened(&defaults);
		unsigned limited;

		start(parties, kinds[i]);
		run(rrl, parties, PARTIES, i);
		nobody_else_notices(parties);
		// Of 200,000 queries, those of the burst and what flows in meanwhile.
		assert_in_range(flood->sent + same->sent, RATE, RATE + RATE / 10);
		limited = flood->slipped + flood->dropped + same->slipped + same->dropped;
		assert_int_equal(flood->slipped + same->slipped, limited / 2);
		// A real client in the flood is told to come by TCP as often as anybody,
		// and without waiting for long.
		assert_in_range(same->slipped, same->asked * 35 / 100, same->asked * 65 / 100);
		assert_in_range(same->worst, 1, 16);
		rrl_free(rrl);
	}
}

// Without debts a flood gets its rate all the time, and no more.
static void test_a_flood_gets_its_rate(void **state)
{
	struct rrl_conf conf = defaults;
	struct party parties[PARTIES];
	struct rrl *rrl;
	unsigned sent;

	conf.window_s = 0;
	rrl = opened(&conf);
	start(parties, DNS_KIND_POSITIVE);
	run(rrl, parties, PARTIES, 1);
	nobody_else_notices(parties);
	sent = parties[FLOOD].sent + parties[VICTIM_SAME].sent;
	assert_in_range(sent, RATE * RUN_S, RATE * (RUN_S + 1));
	rrl_free(rrl);
}

// Bytes, which is what a reflection is for: a large answer to a small query.
static void test_nothing_is_amplified(void **state)
{
	static const unsigned query = 60, answer = 1232;
	const uint32_t slips[] = {0, 1, 2, 10};

	for (size_t i = 0; i < ARRAY_LEN(slips); i++) {
		struct rrl_conf conf = defaults;
		struct party flood = reflection[FLOOD];
		struct rrl *rrl;
		uint64_t bytes;

		flood.kind = DNS_KIND_POSITIVE;
		conf.slip = slips[i];
		rrl = opened(&conf);
		run(rrl, &flood, 1, i);
		bytes = (uint64_t)flood.sent * answer + (uint64_t)flood.slipped * query;
		// 2 % are the burst's; a slip is as long as its query.
		assert_true(bytes * 100 <=
		            (uint64_t)flood.asked * query * (slips[i] ? 3 + 100 / slips[i] : 3));
		rrl_free(rrl);
	}
}

// A network that asks a little more than the rate loses all that goes over UDP, one
// that asks a little less loses nothing.
static void test_just_over_and_just_under(void **state)
{
	struct party over = {.per_s = RATE * 11 / 10, .networks = 1, .contents = 1},
	             under = {.per_s = RATE * 9 / 10, .networks = 1, .contents = 1};
	struct rrl *rrl = opened(&defaults);

	run(rrl, &over, 1, 1);
	assert_in_range(over.sent, RATE, RATE * 11);
	assert_in_range(over.slipped, (over.asked - over.sent) / 2 - 1, over.asked / 2);
	rrl_free(rrl);
	rrl = opened(&defaults);
	run(rrl, &under, 1, 1);
	assert_int_equal(under.sent, under.asked);
	rrl_free(rrl);
}

// A flood that goes through all names of a large zone has a bucket for each; only
// the limit of all replies stops it.
static void test_many_names(void **state)
{
	struct rrl_conf conf = defaults;
	struct party parties[] = {
	        {.per_s = 10000, .networks = 1, .first = VICTIM, .contents = 100000},
	        {.per_s = 1000, .networks = 1000, .first = CROWDS, .contents = 1000},
	};
	struct rrl *rrl;

	conf.per_s[RRL_ALL] = 1000;
	conf.window_s = 0;
	parties[0].kind = parties[1].kind = DNS_KIND_POSITIVE;
	rrl = opened(&conf);
	run(rrl, parties, 2, 9);
	assert_in_range(parties[0].sent, 1000 * RUN_S, 1000 * (RUN_S + 1));
	assert_in_range(parties[0].slipped, (parties[0].asked - parties[0].sent) / 2 - 1,
	                parties[0].asked / 2);
	assert_int_equal(parties[1].sent, parties[1].asked);
	rrl_free(rrl);
}

// More networks and names than the table has buckets, and a flood: the flooded
// bucket stays, and those who are not limited lose nothing but their place.
static void test_a_full_table_keeps_what_is_flooded(void **state)
{
	struct rrl_conf conf = defaults;
	struct party parties[] = {
	        {.per_s = 2000, .networks = 1, .first = VICTIM, .contents = 1},
	        {.per_s = 18000, .networks = 60000, .first = CROWDS, .contents = 10000},
	};
	struct rrl *rrl;

	conf.table_size = RRL_TABLE_MIN;
	parties[0].kind = parties[1].kind = DNS_KIND_POSITIVE;
	rrl = opened(&conf);
	run(rrl, parties, 2, 4);
	assert_in_range(parties[0].sent, RATE, RATE * 2);
	assert_int_equal(parties[1].sent, parties[1].asked);
	assert_true(counter_get(&rrl_metric(rrl)->evicted) > 10000);
	rrl_free(rrl);
}

// Three thousand networks are flooded. A table that holds a fiftieth of them is of no
// use, but harms nobody; in one of four times as many buckets as it needs, a few
// lines have five to hold, and forget one now and then.
static void test_a_table_that_is_too_small(void **state)
{
	static const struct party floods = {
	        .per_s = 30000, .networks = 3000, .first = CROWDS, .contents = 1};
	struct rrl_conf conf = defaults;
	struct party flood = floods;
	struct rrl *rrl;
	uint64_t evicted;

	conf.per_s[flood.kind] = 2;
	conf.table_size = RRL_TABLE_MIN;
	rrl = opened(&conf);
	run(rrl, &flood, 1, 4);
	assert_true(flood.sent > flood.asked / 2);
	assert_true(counter_get(&rrl_metric(rrl)->evicted) > flood.asked / 2);
	rrl_free(rrl);

	conf.table_size = 3000 * 4;
	rrl = opened(&conf);
	flood = floods;
	run(rrl, &flood, 1, 4);
	evicted = counter_get(&rrl_metric(rrl)->evicted);
	assert_true(evicted < flood.asked / 100);
	// What each bucket has at first, a little more, and again for each one forgotten.
	assert_in_range(flood.sent, 3000 * 2, 3000 * 3 + evicted * 2);
	rrl_free(rrl);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_a_flood_gets_its_first_second),
	        cmocka_unit_test(test_a_flood_gets_its_rate),
	        cmocka_unit_test(test_nothing_is_amplified),
	        cmocka_unit_test(test_just_over_and_just_under),
	        cmocka_unit_test(test_many_names),
	        cmocka_unit_test(test_a_full_table_keeps_what_is_flooded),
	        cmocka_unit_test(test_a_table_that_is_too_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

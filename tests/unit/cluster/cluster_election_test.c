// The election on virtual time: a script for each rule, and seeded lives of two to five controllers
// with a store and a switch: messages are lost and late, controllers freeze and their clocks jump,
// the store is away and forgets everything.
#include "harness.h"

#include "core/rand.h"
#include "proto/cluster/cluster_election.h"

#define SILENCE_US (1000 * MS_US)
#define BEAT_US    (250 * MS_US)
#define LOOK_US    (60 * MS_US)
#define ANSWER_US  (500 * MS_US)

static struct cluster_election_conf conf_of(uint64_t id)
{
	return (struct cluster_election_conf){.id = id,
	                                      .silence_us = SILENCE_US,
	                                      .beat_us = BEAT_US,
	                                      .look_us = LOOK_US,
	                                      .answer_us = ANSWER_US,
	                                      .name = "c"};
}

static mono_t at_ms(uint64_t ms)
{
	return (mono_t){(1000 + ms) * MS_US};
}

// The store: one record, and a revision that grows with each change of anything.
struct store {
	struct cluster_record record;
	uint64_t revision;
	bool away;
};

static struct cluster_answer store_do(struct store *store, const struct cluster_ask *ask)
{
	struct cluster_answer answer = {.found = store->record};

	if (!ask->put || ask->record.revision != store->record.revision)
		return answer;
	store->record = ask->record;
	store->record.revision = ++store->revision;
	return (struct cluster_answer){.written = true, .found = store->record};
}

// One request, answered at once; false: nothing was due.
static bool turn(struct cluster_election *election, struct store *store, mono_t now)
{
	struct cluster_answer answer;
	struct cluster_ask ask;

	if (!cluster_election_next(election, &ask, now))
		return false;
	if (store->away) {
		cluster_election_fail(election, now);
		return true;
	}
	answer = store_do(store, &ask);
	cluster_election_answer(election, &answer, now);
	return true;
}

static void turns(struct cluster_election *election, struct store *store, uint64_t from_ms,
                  uint64_t to_ms)
{
	for (uint64_t ms = from_ms; ms < to_ms; ms += 10)
		turn(election, store, at_ms(ms));
}

static struct cluster_election open_as(uint64_t id)
{
	const struct cluster_election_conf conf = conf_of(id);
	struct cluster_election election;

	cluster_election_init(&election, &conf, at_ms(0));
	return election;
}

static void test_the_first_one_becomes_master(void **state)
{
	struct cluster_election a = open_as(0x1111);
	struct store store = {.revision = 5};

	assert_int_equal(cluster_election_generation(&a), 0);
	assert_true(turn(&a, &store, at_ms(0))); // looks
	assert_false(a.master);
	assert_true(turn(&a, &store, at_ms(0)));
	assert_true(a.master && cluster_election_acts(&a, at_ms(0)));
	assert_false(turn(&a, &store, at_ms(249)));
	assert_int_equal(cluster_election_generation(&a), 0x11111);
	assert_int_equal(store.record.owner, 0x1111);
	// Beats change the record and not the generation.
	turns(&a, &store, 260, 3000);
	assert_int_equal(store.record.generation, 0x11111);
	assert_in_range(store.revision, 16, 18);
}

static void test_a_standby_waits_for_silence(void **state)
{
	struct cluster_election a = open_as(1), b = open_as(2);
	struct store store = {0};
	uint64_t took = 0;

	turns(&a, &store, 0, 300);
	for (uint64_t ms = 300; ms < 3000; ms += 10) {
		turn(&a, &store, at_ms(ms));
		turn(&b, &store, at_ms(ms));
	}
	assert_true(a.master && !b.master);
	assert_int_equal(cluster_election_generation(&b), 0x10001);
	for (uint64_t ms = 3000; ms < 6000 && !took; ms += 10) {
		turn(&b, &store, at_ms(ms));
		took = b.master ? ms - 3000 : 0;
	}
	// The last beat was up to 250 ms before, and was seen up to 60 ms after it.
	assert_in_range(took, 740, 1080);
	assert_int_equal(cluster_election_generation(&b), 0x20002);
	// The first one was frozen; it does not act, is told, and stands by.
	assert_false(cluster_election_acts(&a, at_ms(6000)));
	turn(&a, &store, at_ms(6000));
	assert_false(a.master);
	assert_int_equal(cluster_election_generation(&a), 0x20002);
}

// What the master would have switches do is in its record, so that one that stands by can tell.
static void test_a_standby_with_other_intents_is_told(void **state)
{
	struct cluster_election a = open_as(1), b = open_as(2);
	struct store store = {0};

	a.digest = b.digest = 7;
	turns(&a, &store, 0, 300);
	turns(&b, &store, 300, 400);
	assert_int_equal(store.record.digest, 7);
	assert_false(cluster_election_differs(&a) || cluster_election_differs(&b));
	a.digest = 8; // read again there, and not here yet
	turns(&a, &store, 400, 800);
	turns(&b, &store, 800, 900);
	assert_false(cluster_election_differs(&a));
	assert_true(cluster_election_differs(&b));
	b.digest = 8;
	assert_false(cluster_election_differs(&b));
}

static void test_a_frozen_master_that_nobody_missed_goes_on(void **state)
{
	struct cluster_election a = open_as(1);
	struct store store = {0};

	turns(&a, &store, 0, 1000);
	assert_false(cluster_election_acts(&a, at_ms(5000)));
	assert_true(turn(&a, &store, at_ms(5000)));
	assert_true(cluster_election_acts(&a, at_ms(5000)));
	assert_int_equal(a.generation, 0x10001);
}

// An answer of before the freeze says nothing about now.
static void test_an_answer_from_before_a_freeze(void **state)
{
	struct cluster_election a = open_as(1), b = open_as(2);
	struct store store = {0};
	struct cluster_answer answer;
	struct cluster_ask ask;

	turns(&a, &store, 0, 1000);
	while (!cluster_election_next(&a, &ask, at_ms(1250)))
		;
	answer = store_do(&store, &ask);
	turns(&b, &store, 1250, 5000);
	assert_true(b.master);
	cluster_election_answer(&a, &answer, at_ms(5000));
	assert_false(cluster_election_acts(&a, at_ms(5000)));
	assert_true(turn(&a, &store, at_ms(5000)));
	assert_false(a.master);
}

static void test_without_the_store_the_master_goes_on(void **state)
{
	struct cluster_election a = open_as(1), b = open_as(2);
	struct store store = {0};

	turns(&a, &store, 0, 600);
	turns(&b, &store, 600, 800);
	store.away = true;
	for (uint64_t ms = 800; ms < 20000; ms += 10) {
		turn(&a, &store, at_ms(ms));
		turn(&b, &store, at_ms(ms));
		assert_true(cluster_election_acts(&a, at_ms(ms)));
		assert_false(b.master);
	}
	store.away = false;
	// It is back: the standby looks first, whoever asks first.
	for (uint64_t ms = 20000; ms < 23000; ms += 10) {
		turn(&b, &store, at_ms(ms));
		turn(&a, &store, at_ms(ms));
	}
	assert_true(a.master && !b.master);
	assert_int_equal(a.generation, 0x10001);
}

static void test_a_claim_whose_answer_is_lost(void **state)
{
	struct cluster_election a = open_as(1);
	struct store store = {0};
	struct cluster_ask ask;

	turn(&a, &store, at_ms(0));
	assert_true(cluster_election_next(&a, &ask, at_ms(250)));
	store_do(&store, &ask);
	assert_true(cluster_election_is_late(&a, at_ms(750)));
	cluster_election_fail(&a, at_ms(750));
	assert_false(a.master);
	turns(&a, &store, 750, 1100);
	assert_true(a.master);
	assert_int_equal(a.generation, store.record.generation);
}

static void test_one_that_resigns_yields(void **state)
{
	struct cluster_election a = open_as(1), b = open_as(2);
	struct store store = {0};

	turns(&a, &store, 0, 600);
	turns(&b, &store, 600, 900);
	cluster_election_resign(&a, at_ms(900));
	assert_true(turn(&a, &store, at_ms(900)));
	assert_false(a.master);
	for (uint64_t ms = 900; ms < 1300; ms += 10) {
		turn(&a, &store, at_ms(ms));
		turn(&b, &store, at_ms(ms));
	}
	assert_true(b.master && !a.master);
	assert_int_equal(b.generation, 0x20002);
}

// Nobody else is there: it takes its place again.
static void test_one_that_resigns_alone_comes_back(void **state)
{
	struct cluster_election a = open_as(1);
	struct store store = {0};

	turns(&a, &store, 0, 600);
	cluster_election_resign(&a, at_ms(600));
	turns(&a, &store, 600, 1500);
	assert_false(a.master);
	turns(&a, &store, 1500, 2200);
	assert_true(a.master);
	assert_int_equal(a.generation, 0x20001);
}

// The store was lost and made anew: switches know a generation that is higher than its.
static void test_switches_know_a_later_generation(void **state)
{
	struct cluster_election a = open_as(1);
	struct store store = {0};

	turns(&a, &store, 0, 600);
	cluster_election_fenced(&a, 0x770009, at_ms(600));
	assert_false(cluster_election_acts(&a, at_ms(600)));
	assert_true(turn(&a, &store, at_ms(600)));
	assert_true(cluster_election_acts(&a, at_ms(600)));
	assert_int_equal(a.generation, 0x780001);
	assert_int_equal(store.record.generation, 0x780001);
	cluster_election_fenced(&a, UINT64_MAX, at_ms(610)); // a lie
	turns(&a, &store, 610, 900);
	assert_int_equal(a.generation, 0x780001);
}

static void test_a_record_that_is_gone_is_written_again(void **state)
{
	struct cluster_election a = open_as(1);
	struct store store = {.revision = 100};

	turns(&a, &store, 0, 600);
	store = (struct store){0};
	turns(&a, &store, 600, 1200);
	assert_true(a.master);
	assert_int_equal(a.generation, 0x10001);
	assert_int_equal(store.record.owner, 1);
}

// While a slow store is waited for, the master is called often enough not to count as away.
static void test_a_slow_store(void **state)
{
	struct cluster_election a = open_as(1);
	struct cluster_answer answer;
	struct store store = {0};
	struct cluster_ask ask;
	mono_t now;

	a.conf.answer_us = SILENCE_US;
	turns(&a, &store, 0, 1000);
	for (now = at_ms(1000); !cluster_election_next(&a, &ask, now); now = mono_add(now, MS_US))
		;
	for (unsigned i = 0; i < 90; i++) {
		mono_t next = cluster_election_deadline(&a);

		if (mono_due(mono_add(a.looked, 900 * MS_US), next) ||
		    cluster_election_is_late(&a, next))
			break;
		now = next;
		assert_false(cluster_election_next(&a, &ask, now));
		assert_true(cluster_election_acts(&a, now));
	}
	now = mono_add(now, 400 * MS_US);
	answer = store_do(&store, &ask);
	cluster_election_answer(&a, &answer, now);
	assert_true(cluster_election_acts(&a, now));
}

// Seeded lives.

#define LAB_MAX    5
#define FLIGHT_MAX 64
#define LIFE_MS    20000
#define CALM_MS    6000 // at the end of a life nothing bad happens

enum flight_kind { FLIGHT_NONE, FLIGHT_ASK, FLIGHT_ANSWER, FLIGHT_ROLE };

struct flight {
	enum flight_kind kind;
	uint64_t at_ms, serial;
	unsigned who;
	struct cluster_ask ask;
	struct cluster_answer answer;
	uint64_t generation;
};

static struct {
	struct rand rand;
	struct store store;
	uint64_t away_until, ms;
	unsigned len;
	struct {
		struct cluster_election election;
		uint64_t frozen_until, skew_ms, serial; // serial: of the request that is out
		bool told_master;
		uint64_t told_generation;
	} c[LAB_MAX];
	struct flight flight[FLIGHT_MAX];
	// The switch.
	uint64_t generation;
	int master;
	uint64_t accepted[4096];
	unsigned accepted_by[4096], accepted_len;
	unsigned loss, wipes; // in 100
} lab;

static mono_t lab_now(unsigned who)
{
	return at_ms(lab.ms + lab.c[who].skew_ms);
}

static void fly(struct flight flight)
{
	bool calm = lab.ms > LIFE_MS - CALM_MS;

	flight.at_ms =
	        lab.ms + 1 + rand_below(&lab.rand, calm || rand_below(&lab.rand, 10) ? 20 : 800);
	if (!calm && rand_below(&lab.rand, 100) < lab.loss)
		return;
	for (unsigned i = 0; i < FLIGHT_MAX; i++)
		if (lab.flight[i].kind == FLIGHT_NONE) {
			lab.flight[i] = flight;
			return;
		}
}

// What the switch does (section 6.3.9): a generation that is older is refused.
static void switch_take(unsigned who, uint64_t generation)
{
	if ((int64_t)(generation - lab.generation) < 0) {
		cluster_election_fenced(&lab.c[who].election, lab.generation, lab_now(who));
		return;
	}
	for (unsigned i = 0; i < lab.accepted_len; i++)
		if (lab.accepted[i] == generation)
			assert_int_equal(lab.accepted_by[i], who); // never two of one generation
	if (lab.accepted_len < ARRAY_LEN(lab.accepted)) {
		lab.accepted[lab.accepted_len] = generation;
		lab.accepted_by[lab.accepted_len++] = who;
	}
	lab.generation = generation;
	lab.master = (int)who;
}

static void land(struct flight *flight)
{
	unsigned who = flight->who;
	bool frozen = lab.c[who].frozen_until > lab.ms;

	if (flight->kind == FLIGHT_ASK && lab.away_until <= lab.ms) {
		fly((struct flight){.kind = FLIGHT_ANSWER,
		                    .who = who,
		                    .serial = flight->serial,
		                    .answer = store_do(&lab.store, &flight->ask)});
	} else if (flight->kind == FLIGHT_ANSWER) {
		if (frozen)
			return; // it waits in a socket
		if (flight->serial == lab.c[who].serial)
			cluster_election_answer(&lab.c[who].election, &flight->answer,
			                        lab_now(who));
	} else if (flight->kind == FLIGHT_ROLE) {
		switch_take(who, flight->generation);
	}
	flight->kind = FLIGHT_NONE;
}

static void controller_turn(unsigned who)
{
	struct cluster_election *election = &lab.c[who].election;
	mono_t now = lab_now(who);
	struct cluster_ask ask;

	if (cluster_election_is_late(election, now)) {
		lab.c[who].serial++;
		cluster_election_fail(election, now);
	}
	if (cluster_election_next(election, &ask, now))
		fly((struct flight){
		        .kind = FLIGHT_ASK, .who = who, .serial = ++lab.c[who].serial, .ask = ask});
	if (election->master == lab.c[who].told_master &&
	    cluster_election_generation(election) == lab.c[who].told_generation)
		return;
	lab.c[who].told_master = election->master;
	lab.c[who].told_generation = cluster_election_generation(election);
	if (election->master)
		fly((struct flight){
		        .kind = FLIGHT_ROLE, .who = who, .generation = lab.c[who].told_generation});
}

// A request to the switch that was lost is repeated, as sdn_role does each second.
static void roles_repeat(void)
{
	for (unsigned i = 0; i < lab.len; i++)
		if (lab.c[i].frozen_until <= lab.ms && lab.c[i].told_master && lab.master != (int)i)
			fly((struct flight){.kind = FLIGHT_ROLE,
			                    .who = i,
			                    .generation = lab.c[i].told_generation});
}

static void misfortune(void)
{
	unsigned who = (unsigned)rand_below(&lab.rand, lab.len);

	switch (rand_below(&lab.rand, 4)) {
	case 0:
		lab.c[who].frozen_until = lab.ms + rand_below(&lab.rand, 4000);
		break;
	case 1:
		lab.c[who].skew_ms += rand_below(&lab.rand, 3000);
		break;
	case 2:
		lab.away_until = lab.ms + rand_below(&lab.rand, 3000);
		break;
	default:
		if (rand_below(&lab.rand, 100) < lab.wipes)
			lab.store = (struct store){0};
	}
}

static void lab_step(void)
{
	for (unsigned i = 0; i < FLIGHT_MAX; i++)
		if (lab.flight[i].kind != FLIGHT_NONE && lab.flight[i].at_ms <= lab.ms)
			land(&lab.flight[i]);
	for (unsigned i = 0; i < lab.len; i++) {
		if (lab.c[i].frozen_until > lab.ms)
			continue;
		// Just back from a freeze that others noticed.
		if (lab.c[i].frozen_until == lab.ms && lab.master != (int)i &&
		    mono_due(lab.c[i].election.act_until, lab_now(i)))
			assert_false(cluster_election_acts(&lab.c[i].election, lab_now(i)));
		controller_turn(i);
	}
	if (lab.ms % 1000 == 999)
		roles_repeat();
	if (lab.ms < LIFE_MS - CALM_MS && rand_below(&lab.rand, 700) == 0)
		misfortune();
}

static void life(uint64_t seed)
{
	unsigned masters = 0;

	memset(&lab, 0, sizeof(lab));
	rand_init(&lab.rand, seed);
	lab.len = 2 + (unsigned)rand_below(&lab.rand, LAB_MAX - 1);
	lab.loss = (unsigned)rand_below(&lab.rand, 4) * 10;
	lab.wipes = seed % 2 ? 50 : 0;
	lab.master = -1;
	for (unsigned i = 0; i < lab.len; i++) {
		lab.c[i].election = open_as(0x100 + i);
		if (seed % 3 == 0)
			lab.c[i].election.conf.answer_us = SILENCE_US;
	}
	for (lab.ms = 0; lab.ms < LIFE_MS; lab.ms++)
		lab_step();
	for (unsigned i = 0; i < lab.len; i++) {
		masters += lab.c[i].election.master;
		if (lab.c[i].election.master) {
			assert_int_equal(lab.master, i);
			assert_true(cluster_election_acts(&lab.c[i].election, lab_now(i)));
		}
	}
	if (masters != 1)
		fail_msg("seed %ju: %u masters", (uintmax_t)seed, masters);
}

static void test_lives(void **state)
{
	for (uint64_t seed = 1; seed <= 60; seed++)
		life(seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_the_first_one_becomes_master),
	        cmocka_unit_test(test_a_standby_waits_for_silence),
	        cmocka_unit_test(test_a_standby_with_other_intents_is_told),
	        cmocka_unit_test(test_a_frozen_master_that_nobody_missed_goes_on),
	        cmocka_unit_test(test_an_answer_from_before_a_freeze),
	        cmocka_unit_test(test_without_the_store_the_master_goes_on),
	        cmocka_unit_test(test_a_claim_whose_answer_is_lost),
	        cmocka_unit_test(test_one_that_resigns_yields),
	        cmocka_unit_test(test_one_that_resigns_alone_comes_back),
	        cmocka_unit_test(test_switches_know_a_later_generation),
	        cmocka_unit_test(test_a_record_that_is_gone_is_written_again),
	        cmocka_unit_test(test_a_slow_store),
	        cmocka_unit_test(test_lives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

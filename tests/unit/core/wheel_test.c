// wheel: when timers fire, how much of it in one call, and seeded simulations against plain lists.
#include "harness.h"

#include "core/rand.h"
#include "core/wheel.h"

// A timer that remembers its last firing.
struct probe {
	struct wheel_timer timer;
	unsigned fired;
	mono_t fired_at;
	struct wheel *wheel;
	struct probe *victim; // removed when this one fires
	uint64_t rearm_us;    // 0: do not
};

static void probe_fire(struct wheel_timer *timer, mono_t now)
{
	struct probe *probe = CONTAINER_OF(timer, struct probe, timer);

	assert_false(wheel_timer_armed(timer));
	probe->fired++;
	probe->fired_at = now;
	if (probe->victim)
		wheel_del(probe->wheel, &probe->victim->timer);
	if (probe->rearm_us)
		wheel_add(probe->wheel, timer, mono_add(now, probe->rearm_us));
}

static void probe_init(struct probe *probe, struct wheel *wheel)
{
	*probe = (struct probe){.wheel = wheel};
	wheel_timer_init(&probe->timer, probe_fire);
}

// Each distance is added to each start; the starts lie just before digits of
// the wheel turn over.
static const uint64_t starts_us[] = {
        0,
        1,
        255,
        256,
        16383,
        63 * 256,
        64 * 256 - 1,
        4096 * 256 - 1,
        (UINT64_C(1) << 24) * 256 - 1,
        (UINT64_C(1) << 30) * 256 - 300,
        UINT64_C(1) << 50,
};
static const uint64_t distances_us[] = {
        0,
        1,
        255,
        256,
        257,
        1000,
        63 * 256,
        64 * 256,
        65 * 256,
        4095 * 256,
        4096 * 256,
        SEC_US,
        3600 * SEC_US,
        86400 * SEC_US,
        (UINT64_C(63) << 24) * 256,
        (UINT64_C(64) << 24) * 256,
        30 * 86400 * SEC_US,
};

static void test_fires_at_its_tick_never_before(void **state)
{
	for (size_t s = 0; s < ARRAY_LEN(starts_us); s++) {
		for (size_t d = 0; d < ARRAY_LEN(distances_us); d++) {
			mono_t start = {starts_us[s]}, when = mono_add(start, distances_us[d]);
			struct wheel wheel;
			struct probe probe;

			wheel_init(&wheel, start);
			probe_init(&probe, &wheel);
			wheel_add(&wheel, &probe.timer, when);
			assert_true(wheel_timer_armed(&probe.timer));
			if (when.us > start.us)
				assert_int_equal(wheel_tick(&wheel, (mono_t){when.us - 1}), 0);
			assert_int_equal(wheel_tick(&wheel, mono_add(when, WHEEL_TICK_US)), 1);
			assert_int_equal(probe.fired, 1);
			assert_false(wheel_timer_armed(&probe.timer));
			assert_int_equal(wheel_next(&wheel).us, MONO_NEVER.us);
		}
	}
}

static void test_next_leads_to_the_firing_in_a_few_steps(void **state)
{
	for (size_t s = 0; s < ARRAY_LEN(starts_us); s++) {
		for (size_t d = 0; d < ARRAY_LEN(distances_us); d++) {
			mono_t now = {starts_us[s]}, when = mono_add(now, distances_us[d]);
			unsigned far = (unsigned)(distances_us[d] >> (30 + 8));
			struct wheel wheel;
			struct probe probe;
			unsigned steps = 0;

			wheel_init(&wheel, now);
			probe_init(&probe, &wheel);
			wheel_add(&wheel, &probe.timer, when);
			while (!probe.fired) {
				mono_t next = wheel_next(&wheel);

				assert_true(next.us > now.us &&
				            next.us < when.us + 2 * WHEEL_TICK_US);
				now = next;
				wheel_tick(&wheel, now);
				steps++;
			}
			assert_true(now.us >= when.us);
			assert_in_range(steps, 1, WHEEL_LEVELS + far + 1);
		}
	}
}

static void test_add_moves_and_never_disarms(void **state)
{
	struct wheel wheel;
	struct probe probe;

	wheel_init(&wheel, (mono_t){0});
	probe_init(&probe, &wheel);
	wheel_add(&wheel, &probe.timer, (mono_t){10 * MS_US});
	wheel_add(&wheel, &probe.timer, (mono_t){SEC_US});
	assert_int_equal(wheel_tick(&wheel, (mono_t){20 * MS_US}), 0);
	wheel_add(&wheel, &probe.timer, (mono_t){30 * MS_US});
	assert_int_equal(wheel_tick(&wheel, (mono_t){31 * MS_US}), 1);
	wheel_add(&wheel, &probe.timer, (mono_t){40 * MS_US});
	wheel_add(&wheel, &probe.timer, MONO_NEVER);
	assert_false(wheel_timer_armed(&probe.timer));
	assert_int_equal(wheel_next(&wheel).us, MONO_NEVER.us);
	wheel_del(&wheel, &probe.timer);
}

static void test_time_that_stands_or_goes_back_fires_nothing(void **state)
{
	struct wheel wheel;
	struct probe probe;

	wheel_init(&wheel, (mono_t){SEC_US});
	probe_init(&probe, &wheel);
	wheel_add(&wheel, &probe.timer, (mono_t){5}); // long past: with the next tick
	assert_int_equal(wheel_tick(&wheel, (mono_t){SEC_US}), 0);
	assert_int_equal(wheel_tick(&wheel, (mono_t){5}), 0);
	assert_int_equal(wheel_tick(&wheel, (mono_t){SEC_US + WHEEL_TICK_US}), 1);
}

static void test_a_callback_may_remove_its_neighbour(void **state)
{
	struct wheel wheel;
	struct probe a, b;

	wheel_init(&wheel, (mono_t){0});
	probe_init(&a, &wheel);
	probe_init(&b, &wheel);
	a.victim = &b;
	b.victim = &a;
	wheel_add(&wheel, &a.timer, (mono_t){MS_US});
	wheel_add(&wheel, &b.timer, (mono_t){MS_US});
	assert_int_equal(wheel_tick(&wheel, (mono_t){2 * MS_US}), 1);
	assert_int_equal(a.fired + b.fired, 1);
	assert_int_equal(wheel_next(&wheel).us, MONO_NEVER.us);
}

static void test_a_callback_may_arm_itself_again(void **state)
{
	struct wheel wheel;
	struct probe probe;

	wheel_init(&wheel, (mono_t){0});
	probe_init(&probe, &wheel);
	probe.rearm_us = 10 * MS_US;
	wheel_add(&wheel, &probe.timer, (mono_t){10 * MS_US});
	for (uint64_t us = 0; us <= SEC_US; us += 100)
		wheel_tick(&wheel, (mono_t){us});
	assert_in_range(probe.fired, 96, 100);
	// A loop that was held up does not make up for what it missed.
	assert_int_equal(wheel_tick(&wheel, (mono_t){100 * SEC_US}), 1);
	wheel_del(&wheel, &probe.timer);
}

static void test_earlier_ticks_fire_first(void **state)
{
	struct wheel wheel;
	struct probe late, early;

	wheel_init(&wheel, (mono_t){0});
	probe_init(&late, &wheel);
	probe_init(&early, &wheel);
	early.victim = &late;
	wheel_add(&wheel, &early.timer, (mono_t){17 * MS_US});
	wheel_add(&wheel, &late.timer, (mono_t){18 * MS_US});
	assert_int_equal(wheel_tick(&wheel, (mono_t){SEC_US}), 1);
	assert_int_equal(late.fired, 0);
}

// The simulation: the same operations on the wheel and on a plain array, in
// which a timer that is due is found by looking at all.

#define SIM_TIMERS 48

struct sim {
	struct wheel wheel;
	struct rand rand;
	struct wheel_timer timer[SIM_TIMERS];
	mono_t when[SIM_TIMERS];  // MONO_NEVER: not armed
	mono_t floor[SIM_TIMERS]; // not armed before this
	mono_t now;
	unsigned fired;
};

static struct sim sim;

static void sim_add(unsigned i, mono_t when)
{
	wheel_add(&sim.wheel, &sim.timer[i], when);
	sim.when[i] = when;
	sim.floor[i] = sim.now;
}

static void sim_del(unsigned i)
{
	wheel_del(&sim.wheel, &sim.timer[i]);
	sim.when[i] = MONO_NEVER;
}

static mono_t sim_random_time(void)
{
	unsigned bits = (unsigned)rand_below(&sim.rand, 44);
	uint64_t ahead = rand_u64(&sim.rand) >> (63 - bits);
	uint64_t back = rand_chance(&sim.rand, UINT64_C(1) << 29) ? SEC_US : 0;

	return (mono_t){sim.now.us + ahead - u64_min(back, sim.now.us)};
}

static void sim_fire(struct wheel_timer *timer, mono_t now)
{
	unsigned i = (unsigned)(timer - sim.timer);

	assert_int_equal(now.us, sim.now.us);
	assert_true(mono_due(sim.when[i], now));
	sim.when[i] = MONO_NEVER;
	sim.fired++;
	switch (rand_below(&sim.rand, 4)) {
	case 0:
		sim_add(i, mono_add(now, rand_below(&sim.rand, SEC_US)));
		break;
	case 1:
		sim_del((unsigned)rand_below(&sim.rand, SIM_TIMERS));
		break;
	case 2:
		sim_add((unsigned)rand_below(&sim.rand, SIM_TIMERS), sim_random_time());
		break;
	}
}

// None that is more than a tick late may be left; what was armed in this very
// tick has until the next.
static void sim_check(void)
{
	mono_t next = wheel_next(&sim.wheel), first = MONO_NEVER;

	for (unsigned i = 0; i < SIM_TIMERS; i++) {
		mono_t latest = sim.when[i].us > sim.floor[i].us ? sim.when[i] : sim.floor[i];

		assert_int_equal(wheel_timer_armed(&sim.timer[i]), sim.when[i].us != MONO_NEVER.us);
		if (sim.when[i].us == MONO_NEVER.us)
			continue;
		assert_true(latest.us + WHEEL_TICK_US > sim.now.us);
		first = mono_earlier(first, latest);
	}
	assert_int_equal(next.us == MONO_NEVER.us, first.us == MONO_NEVER.us);
	if (first.us != MONO_NEVER.us)
		assert_true(next.us < first.us + WHEEL_TICK_US + 1);
}

static void sim_run(uint64_t seed)
{
	sim = (struct sim){.now = {seed % 5 * UINT64_C(0x3fffffff00)}};
	rand_init(&sim.rand, seed);
	wheel_init(&sim.wheel, sim.now);
	for (unsigned i = 0; i < SIM_TIMERS; i++) {
		wheel_timer_init(&sim.timer[i], sim_fire);
		sim.when[i] = MONO_NEVER;
	}
	for (int step = 0; step < 3000; step++) {
		unsigned i = (unsigned)rand_below(&sim.rand, SIM_TIMERS);
		unsigned before = sim.fired, fired;

		if (rand_chance(&sim.rand, UINT64_C(1) << 30))
			sim_del(i);
		else
			sim_add(i, sim_random_time());
		sim.now.us += rand_u64(&sim.rand) >> (30 + rand_below(&sim.rand, 32));
		fired = wheel_tick(&sim.wheel, sim.now);
		assert_int_equal(sim.fired - before, fired);
		sim_check();
	}
	assert_true(sim.fired > 500);
}

static void test_simulation_agrees_with_a_plain_list(void **state)
{
	for (uint64_t seed = 1; seed <= 40; seed++)
		sim_run(seed);
}

// Many timers, of which a call runs some: compared with a list that is sorted by tick.

#define CROWD 3000

struct crowd {
	struct wheel wheel;
	struct wheel_timer timer[CROWD];
	uint64_t tick[CROWD]; // of those that are armed, in order
	unsigned len, fired;
	mono_t now;
};

static struct crowd crowd;

static uint64_t tick_of(mono_t when)
{
	return (when.us + WHEEL_TICK_US - 1) / WHEEL_TICK_US;
}

// The one that comes next in the list fires, and it is due.
static void crowd_fire(struct wheel_timer *timer, mono_t now)
{
	assert_int_equal(now.us, crowd.now.us);
	assert_true(mono_due(timer->when, now));
	assert_true(crowd.fired < crowd.len);
	assert_int_equal(tick_of(timer->when), crowd.tick[crowd.fired]);
	crowd.fired++;
}

static void crowd_init(mono_t now)
{
	crowd = (struct crowd){.now = now};
	wheel_init(&crowd.wheel, now);
	for (unsigned i = 0; i < CROWD; i++)
		wheel_timer_init(&crowd.timer[i], crowd_fire);
}

// Arms one more, of a later tick than now, and puts its tick into the list.
static void crowd_add(mono_t when)
{
	unsigned at = crowd.len++;

	wheel_add(&crowd.wheel, &crowd.timer[at], when);
	for (; at > crowd.fired && crowd.tick[at - 1] > tick_of(when); at--)
		crowd.tick[at] = crowd.tick[at - 1];
	crowd.tick[at] = tick_of(when);
}

static bool crowd_is_due(void)
{
	return crowd.fired < crowd.len && crowd.tick[crowd.fired] <= crowd.now.us / WHEEL_TICK_US;
}

// What the wheel says of when the next one fires.
static void crowd_check_next(void)
{
	mono_t next = wheel_next(&crowd.wheel);

	if (crowd.fired == crowd.len)
		assert_int_equal(next.us, MONO_NEVER.us);
	else
		assert_true(next.us <= crowd.tick[crowd.fired] * WHEEL_TICK_US);
}

// The last call left work.
static bool crowd_has_left(void)
{
	return mono_due(wheel_next(&crowd.wheel), crowd.now);
}

// Calls until nothing is left; returns their number. None fires more than it has work for.
static unsigned crowd_run(mono_t now, unsigned work)
{
	unsigned calls = 0, most = (work + WHEEL_WORK_FIRE - 1) / WHEEL_WORK_FIRE;

	crowd.now = now;
	do {
		unsigned before = crowd.fired, fired = wheel_run(&crowd.wheel, now, work);

		assert_int_equal(crowd.fired - before, fired);
		assert_in_range(fired, 0, most);
		crowd_check_next();
		calls++;
	} while (crowd_has_left());
	assert_false(crowd_is_due());
	return calls;
}

// All lie in one slot, and are due when the clock has jumped. Each is moved once, down to the
// finest level, if it lies at the slot's begin, otherwise from level to level; then it fires.
static void test_a_call_does_no_more_than_its_part(void **state)
{
	static const struct {
		const char *what;
		uint64_t ahead_ticks; // of all
		unsigned timers, work, calls;
	} rows[] = {
	        {"in the next tick, at once", 1, 10, 160, 1},
	        {"in the next tick, one call for each", 1, 10, 16, 10},
	        {"less work than firing takes", 1, 10, 1, 10},
	        {"moved once, then fired, at once", 64, 10, 170, 1},
	        {"moved once, then fired", 64, 10, 17, 6},
	        {"moved one by one", 64, 3, 1, 6},
	        {"a slot of 67 s", UINT64_C(1) << 18, 2048, 2048, 17},
	        {"a slot of the top", UINT64_C(1) << 24, 2048, 2048, 17},
	        {"moved on each level", 1 | 1 << 6 | 1 << 12 | 1 << 18, 2048, 2048, 19},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		mono_t when = {rows[i].ahead_ticks * WHEEL_TICK_US};

		print_message("%s\n", rows[i].what);
		crowd_init((mono_t){0});
		for (unsigned n = 0; n < rows[i].timers; n++)
			crowd_add(when);
		assert_int_equal(crowd_run(when, rows[i].work), rows[i].calls);
		assert_int_equal(crowd.fired, rows[i].timers);
	}
}

// In the same tick a call of wheel_tick goes on with what is left, and only then.
static void test_the_next_call_goes_on_in_the_same_tick(void **state)
{
	const unsigned most = WHEEL_WORK_MAX / WHEEL_WORK_FIRE;
	const mono_t begin = {8 * WHEEL_TICK_US};

	crowd_init((mono_t){0});
	for (unsigned i = 0; i < 2 * most + 1; i++)
		crowd_add(begin);
	crowd.now = begin;
	assert_int_equal(wheel_tick(&crowd.wheel, crowd.now), most);
	assert_true(crowd_has_left());
	assert_int_equal(wheel_tick(&crowd.wheel, (mono_t){begin.us - 1}), 0);
	assert_int_equal(wheel_tick(&crowd.wheel, crowd.now), most);
	assert_int_equal(wheel_tick(&crowd.wheel, crowd.now), 1);
	assert_false(crowd_has_left());
	assert_int_equal(wheel_tick(&crowd.wheel, crowd.now), 0);
}

// Between the calls, timers of a slot that is moved in part are taken out and armed.
static void test_a_slot_in_part_may_change(void **state)
{
	const uint64_t begin_us = (UINT64_C(1) << 18) * WHEEL_TICK_US;

	crowd_init((mono_t){0});
	for (unsigned i = 0; i < 100; i++)
		crowd_add((mono_t){begin_us + SEC_US});
	crowd.now = (mono_t){begin_us};
	assert_int_equal(wheel_run(&crowd.wheel, crowd.now, 40), 0);
	assert_true(crowd_has_left());
	crowd_add((mono_t){begin_us + MS_US}); // on a finer level, where others wait already
	for (unsigned i = 0; i < 100; i++)
		wheel_del(&crowd.wheel, &crowd.timer[i]);
	crowd.len = 1;
	assert_int_equal(crowd.tick[0], tick_of((mono_t){begin_us + MS_US}));
	assert_true(wheel_next(&crowd.wheel).us > begin_us);
	crowd.now = (mono_t){begin_us + 2 * MS_US};
	assert_int_equal(wheel_tick(&crowd.wheel, crowd.now), 1);
	assert_int_equal(wheel_next(&crowd.wheel).us, MONO_NEVER.us);
}

// Steps from less than a tick to hours; more timers come while work is left.
static void crowd_sim(uint64_t seed)
{
	struct rand rand;
	uint64_t us = seed * UINT64_C(0x3fffffff00);

	rand_init(&rand, seed);
	crowd_init((mono_t){us});
	while (crowd.fired < CROWD) {
		unsigned more = (unsigned)rand_below(&rand, 400);
		uint64_t together = rand_u64(&rand) >> (20 + rand_below(&rand, 36));

		for (; more > 0 && crowd.len < CROWD; more--)
			crowd_add((mono_t){crowd.now.us + WHEEL_TICK_US + together +
			                   (rand_u64(&rand) >> (30 + rand_below(&rand, 34)))});
		crowd.now.us += rand_u64(&rand) >> (20 + rand_below(&rand, 40));
		if (rand_chance(&rand, UINT64_C(1) << 31))
			wheel_run(&crowd.wheel, crowd.now, 1 + (unsigned)rand_below(&rand, 300));
		else
			crowd_run(crowd.now, 1 + (unsigned)rand_below(&rand, 300));
	}
	assert_int_equal(wheel_next(&crowd.wheel).us, MONO_NEVER.us);
}

static void test_parts_agree_with_a_sorted_list(void **state)
{
	for (uint64_t seed = 1; seed <= 30; seed++)
		crowd_sim(seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_fires_at_its_tick_never_before),
	        cmocka_unit_test(test_next_leads_to_the_firing_in_a_few_steps),
	        cmocka_unit_test(test_add_moves_and_never_disarms),
	        cmocka_unit_test(test_time_that_stands_or_goes_back_fires_nothing),
	        cmocka_unit_test(test_a_callback_may_remove_its_neighbour),
	        cmocka_unit_test(test_a_callback_may_arm_itself_again),
	        cmocka_unit_test(test_earlier_ticks_fire_first),
	        cmocka_unit_test(test_simulation_agrees_with_a_plain_list),
	        cmocka_unit_test(test_a_call_does_no_more_than_its_part),
	        cmocka_unit_test(test_the_next_call_goes_on_in_the_same_tick),
	        cmocka_unit_test(test_a_slot_in_part_may_change),
	        cmocka_unit_test(test_parts_agree_with_a_sorted_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// Shares of switches on virtual time: a script for each rule, and seeded lives of two to six
// controllers that share switches: they come, die, freeze, their clocks jump, messages are lost and
// late, the store is away and forgets, and not every switch is connected to every controller. Never
// do two controllers act at a switch with the same generation; at the end each switch has one
// master, shares are even, and writes were bounded.
#include "harness.h"

#include "core/rand.h"
#include "member_conf.h"

#include <stdlib.h>

#define ROWS_MAX     64
#define SWITCHES_MAX 64

static mono_t at_ms(uint64_t ms)
{
	return (mono_t){(10000 + ms) * MS_US};
}

// The store: the record, rows, and a revision that grows with each change of anything.
struct row {
	char name[CLUSTER_ROW_NAME_BYTES + 1];
	uint64_t revision;
	size_t len;
	uint8_t text[CLUSTER_SHARE_BYTES(SWITCHES_MAX)];
};

struct store {
	struct cluster_record record;
	uint64_t revision;
	unsigned rows_len;
	unsigned writes; // transactions that wrote
	struct row row[ROWS_MAX];
};

// A request on its way, with its own copy of the rows that it writes.
struct mail {
	struct cluster_request request;
	uint8_t text[2][CLUSTER_SHARE_BYTES(SWITCHES_MAX)];
};

static void mail_write(struct mail *mail, const struct cluster_request *request)
{
	mail->request = *request;
	for (unsigned i = 0; i < request->puts_len; i++) {
		struct span text = request->put[i].text;
		size_t len = span_left(&text);

		assert_true(len <= sizeof(mail->text[i]));
		memcpy(mail->text[i], text.p, len);
		mail->request.put[i].text = span_of(mail->text[i], len);
	}
}

static struct row *row_of(struct store *store, const char *name)
{
	for (unsigned i = 0; i < store->rows_len; i++)
		if (strcmp(store->row[i].name, name) == 0)
			return &store->row[i];
	assert_true(store->rows_len < ROWS_MAX);
	memset(&store->row[store->rows_len], 0, sizeof(store->row[0]));
	memcpy(store->row[store->rows_len].name, name, strlen(name) + 1);
	return &store->row[store->rows_len++];
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct row *)a)->name, ((const struct row *)b)->name);
}

// One transaction: all of what is put has one revision.
static bool store_write(struct store *store, const struct cluster_request *request)
{
	const struct cluster_ask *ask = &request->ask;

	if (ask->put && ask->record.revision != store->record.revision)
		return false;
	if (ask->put || request->puts_len > 0) {
		store->revision++;
		store->writes++;
	}
	if (ask->put) {
		store->record = ask->record;
		store->record.revision = store->revision;
	}
	for (unsigned i = 0; i < request->puts_len; i++) {
		struct row *row = row_of(store, request->put[i].name);
		struct span text = request->put[i].text;

		row->revision = store->revision;
		row->len = span_left(&text);
		memcpy(row->text, text.p, row->len);
	}
	return ask->put;
}

// What the store answers: the rows that changed, in the order of their names.
struct reply {
	struct cluster_answer answer;
	unsigned rows_len;
	struct row row[ROWS_MAX];
};

static void store_do(struct store *store, const struct cluster_request *request,
                     struct reply *reply)
{
	reply->answer = (struct cluster_answer){.written = store_write(store, request)};
	reply->answer.found = store->record;
	reply->answer.revision = store->revision;
	reply->rows_len = 0;
	for (unsigned i = 0; i < store->rows_len; i++)
		if (request->rows && store->row[i].revision >= request->since)
			reply->row[reply->rows_len++] = store->row[i];
	qsort(reply->row, reply->rows_len, sizeof(reply->row[0]), by_name);
}

static void member_take(struct cluster_member *member, const struct reply *reply, mono_t now)
{
	for (unsigned i = 0; i < reply->rows_len; i++)
		cluster_member_row(member, span_of(reply->row[i].name, strlen(reply->row[i].name)),
		                   reply->row[i].revision,
		                   span_of(reply->row[i].text, reply->row[i].len), now);
	cluster_member_answer(member, &reply->answer, now);
}

static void member_open(struct cluster_member *member, unsigned who, uint64_t id, mono_t now)
{
	const struct cluster_member_conf conf = member_conf(who, id, SWITCHES_MAX);

	assert_int_equal(cluster_member_open(member, &conf, now), 0);
}

// Scripts: up to four members, whose requests are answered at once.

#define SCENE_MAX 4

static struct {
	struct store store;
	struct reply reply;
	struct mail mail;
	uint64_t ms;
	struct cluster_member member[SCENE_MAX];
	bool runs[SCENE_MAX];
} scene;

static void scene_begin(void)
{
	memset(&scene, 0, sizeof(scene));
}

static void scene_end(void)
{
	for (unsigned i = 0; i < SCENE_MAX; i++)
		cluster_member_close(&scene.member[i]);
}

static void scene_join(unsigned who, uint64_t id, unsigned switches)
{
	cluster_member_close(&scene.member[who]);
	member_open(&scene.member[who], who, id, at_ms(scene.ms));
	for (unsigned i = 1; i <= switches; i++)
		cluster_member_connect(&scene.member[who], i, true);
	scene.runs[who] = true;
}

static void scene_run(uint64_t ms)
{
	for (uint64_t end = scene.ms + ms; scene.ms < end; scene.ms += 10)
		for (unsigned i = 0; i < SCENE_MAX; i++) {
			const struct cluster_request *request;

			if (!scene.runs[i])
				continue;
			request = cluster_member_next(&scene.member[i], at_ms(scene.ms));
			if (!request)
				continue;
			mail_write(&scene.mail, request);
			store_do(&scene.store, &scene.mail.request, &scene.reply);
			member_take(&scene.member[i], &scene.reply, at_ms(scene.ms));
		}
}

// How many of the switches the member is master of, by what it knows itself.
static unsigned scene_masters(unsigned who, unsigned switches)
{
	unsigned mine = 0;

	for (unsigned i = 1; i <= switches; i++)
		mine += cluster_member_is_master(&scene.member[who], i);
	return mine;
}

static void test_one_has_all(void **state)
{
	scene_begin();
	scene_join(0, 0x11, 6);
	scene_run(500);
	assert_int_equal(scene_masters(0, 6), 6);
	assert_true(cluster_member_acts(&scene.member[0], at_ms(scene.ms)));
	assert_string_equal(cluster_member_master_name(&scene.member[0], 3), "a");
	assert_string_equal(cluster_member_master_name(&scene.member[0], 7), "");
	scene_end();
}

// The second one gets its share after a while, in one step, and keeps it.
static void test_one_that_joins_takes_its_share(void **state)
{
	uint64_t generation;

	scene_begin();
	scene_join(0, 0x11, 7);
	scene_run(1000);
	generation = cluster_member_generation(&scene.member[0]);
	scene_join(1, 0x22, 7);
	scene_run(600);
	assert_int_equal(cluster_member_generation(&scene.member[1]), generation);
	scene_run(1000);
	assert_int_equal(scene_masters(0, 7), 4);
	assert_int_equal(scene_masters(1, 7), 3);
	// One change, and none after it.
	assert_int_equal(scene.member[1].share.generation >> 16, (generation >> 16) + 1);
	generation = scene.member[1].share.generation;
	scene_run(5000);
	assert_int_equal(scene.member[0].share.generation, generation);
	assert_string_equal(cluster_member_master_name(&scene.member[0], 1),
	                    cluster_member_master_name(&scene.member[1], 1));
	scene_end();
}

static void scene_of_three(unsigned switches)
{
	scene_begin();
	for (unsigned i = 0; i < 3; i++)
		scene_join(i, 0x11 * (i + 1), switches);
	scene_run(3000);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(scene_masters(i, switches), switches / 3);
}

// The others take the switches of one that dies; those of the others stay where they are.
static void test_one_that_dies(void **state)
{
	scene_of_three(9);
	scene.runs[1] = false;
	scene_run(1200);
	assert_int_equal(scene_masters(0, 9) + scene_masters(2, 9), 9);
	assert_in_range(scene_masters(0, 9), 4, 5);
	scene_join(1, 0x99, 9);
	scene_run(3000);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(scene_masters(i, 9), 3);
	scene_end();
}

// Of the one that gives the shares, too: in the request by which another one takes its place.
static void test_the_first_one_dies(void **state)
{
	scene_of_three(9);
	assert_true(scene.member[0].election.master);
	scene.runs[0] = false;
	scene_run(1200);
	assert_int_equal(scene_masters(1, 9) + scene_masters(2, 9), 9);
	assert_int_equal(cluster_member_generation(&scene.member[1]),
	                 cluster_member_generation(&scene.member[2]));
	scene_end();
}

static void test_one_that_is_started_again_at_once(void **state)
{
	scene_of_three(9);
	scene_join(1, 0x77, 9);
	assert_int_equal(scene_masters(1, 9), 0);
	scene_run(300);
	assert_int_equal(scene_masters(0, 9) + scene_masters(1, 9) + scene_masters(2, 9), 9);
	scene_run(2000);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(scene_masters(i, 9), 3);
	scene_end();
}

static void test_one_that_leaves(void **state)
{
	for (unsigned who = 0; who < 2; who++) {
		scene_of_three(9);
		cluster_member_leave(&scene.member[who], at_ms(scene.ms));
		scene_run(100);
		assert_true(scene.member[who].left);
		scene.runs[who] = false;
		scene_run(300);
		assert_int_equal(scene_masters(2, 9) + scene_masters(1 - who, 9), 9);
		scene_end();
	}
}

// An upgrade that failed: it left, and is there as before.
static void test_one_that_stays_after_all(void **state)
{
	for (unsigned who = 0; who < 2; who++) {
		scene_of_three(9);
		cluster_member_leave(&scene.member[who], at_ms(scene.ms));
		scene_run(300);
		assert_true(scene.member[who].left);
		assert_int_equal(scene_masters(who, 9), 0);
		cluster_member_stay(&scene.member[who], at_ms(scene.ms));
		scene_run(2500);
		for (unsigned i = 0; i < 3; i++)
			assert_int_equal(scene_masters(i, 9), 3);
		scene_end();
	}
}

// A switch goes to one that it is connected to, and stays there.
static void test_a_switch_with_one_connection(void **state)
{
	scene_of_three(9);
	for (unsigned i = 1; i <= 6; i++) {
		cluster_member_connect(&scene.member[0], i, false);
		cluster_member_connect(&scene.member[2], i, false);
	}
	scene_run(1000);
	assert_int_equal(scene_masters(1, 9), 6);
	assert_int_equal(scene_masters(0, 9) + scene_masters(2, 9), 3);
	// The last connection is lost: nobody is master.
	cluster_member_connect(&scene.member[1], 1, false);
	scene_run(500);
	assert_int_equal(scene_masters(1, 9), 5);
	assert_string_equal(cluster_member_master_name(&scene.member[0], 1), "");
	scene_end();
}

// The one that gives the shares is on a machine so busy that it looks for a while and then not:
// what it saw of another one's silence counts.
static void test_a_busy_one_finds_one_that_died(void **state)
{
	scene_of_three(9);
	scene.runs[1] = scene.runs[2] = false;
	for (unsigned i = 0; i < 20; i++) {
		scene_run(100);
		scene.ms += 450;
	}
	scene_run(100);
	assert_int_equal(scene_masters(0, 9), 9);
	scene_end();
}

// The one that gives the shares was away, and must not think that the others were.
static void test_the_first_one_is_frozen(void **state)
{
	uint64_t generation;

	scene_of_three(9);
	generation = cluster_member_generation(&scene.member[0]);
	scene.ms += 700; // all of them were, and nobody missed anybody
	scene_run(2000);
	assert_int_equal(cluster_member_generation(&scene.member[0]), generation);
	scene.runs[0] = false;
	scene_run(3000);
	scene.runs[0] = true;
	assert_false(cluster_member_acts(&scene.member[0], at_ms(scene.ms)));
	scene_run(100);
	assert_false(scene.member[0].election.master);
	assert_int_equal(scene_masters(0, 9), 0);
	scene_run(2000);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(scene_masters(i, 9), 3);
	scene_end();
}

static void test_the_store_forgets(void **state)
{
	uint64_t generation;

	scene_of_three(9);
	generation = cluster_member_generation(&scene.member[2]);
	memset(&scene.store, 0, sizeof(scene.store));
	scene_run(3000);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(scene_masters(i, 9), 3);
	assert_true(cluster_member_generation(&scene.member[2]) > generation);
	scene_end();
}

// A switch of one that does not give shares knows a later generation: the next ones are above it.
static void test_a_switch_knows_a_later_generation(void **state)
{
	scene_of_three(9);
	cluster_election_fenced(&scene.member[2].election, 0x5550009, at_ms(scene.ms));
	scene_run(1000);
	assert_true(cluster_member_generation(&scene.member[1]) > 0x5550009);
	assert_int_equal(scene_masters(2, 9), 3);
	scene_end();
}

// Two that do not share beside each other: as one that does not know shares.
static void test_one_that_does_not_take_part(void **state)
{
	scene_begin();
	scene_join(0, 0x11, 6);
	scene_join(1, 0x22, 6);
	scene.member[1].election.conf.shares = false;
	scene_run(3000);
	assert_true(scene.member[0].election.master);
	assert_int_equal(scene_masters(0, 6), 6);
	assert_int_equal(scene_masters(1, 6), 0);
	assert_string_equal(cluster_member_master_name(&scene.member[1], 6), "a");
	// It becomes master of all.
	scene.runs[0] = false;
	scene_run(1500);
	assert_true(scene.member[1].election.master);
	assert_int_equal(scene_masters(1, 6), 6);
	scene.runs[0] = true;
	scene_run(1500);
	assert_int_equal(scene_masters(0, 6), 0);
	scene_end();
}

// Two have one name by mistake: both know, one of them goes on, and switches stay where they are.
static void test_two_of_one_name(void **state)
{
	uint64_t generation;

	scene_begin();
	scene_join(0, 0x11, 6);
	scene_join(1, 0x22, 6);
	scene_run(3070);
	member_open(&scene.member[2], 1, 0x33, at_ms(scene.ms));
	for (unsigned i = 1; i <= 6; i++)
		cluster_member_connect(&scene.member[2], i, true);
	scene.runs[2] = true;
	scene_run(2000);
	assert_true(scene.member[1].share.rival && scene.member[2].share.rival);
	assert_false(scene.member[0].share.rival || scene.member[1].share.yields);
	assert_true(scene.member[2].share.yields);
	generation = cluster_member_generation(&scene.member[0]);
	scene_run(3000);
	assert_int_equal(cluster_member_generation(&scene.member[0]), generation);
	assert_int_equal(scene_masters(0, 6), 3);
	assert_int_equal(scene_masters(1, 6), 3);
	assert_int_equal(scene_masters(2, 6), 0);
	scene_end();
}

// Seeded lives.

#define LAB_MAX    6
#define FLIGHT_MAX 96
#define LIFE_MS    24000
#define CALM_MS    8000 // at the end of a life nothing bad happens

enum flight_kind { FLIGHT_NONE, FLIGHT_ASK, FLIGHT_ANSWER, FLIGHT_ROLE };

struct flight {
	enum flight_kind kind;
	unsigned who, on; // on: the switch
	uint64_t at_ms, serial, life, generation;
	struct mail *mail;
	struct reply *reply;
};

struct lab_switch {
	uint64_t generation;
	int master;
	uint16_t reach;
	uint64_t accepted[512];
	uint8_t accepted_by[512];
	unsigned accepted_len;
};

static struct {
	struct rand rand;
	struct store store;
	uint64_t away_until, ms, next_id;
	unsigned len, switches, loss, wipes;
	struct {
		struct cluster_member member;
		bool runs;
		uint64_t frozen_until, dead_until, skew_ms, serial, life;
	} c[LAB_MAX];
	struct lab_switch on[SWITCHES_MAX];
	struct flight flight[FLIGHT_MAX];
} lab;

static mono_t lab_now(unsigned who)
{
	return at_ms(lab.ms + lab.c[who].skew_ms);
}

static bool is_calm(void)
{
	return lab.ms > LIFE_MS - CALM_MS;
}

static void flight_end(struct flight *flight)
{
	free(flight->mail);
	free(flight->reply);
	*flight = (struct flight){0};
}

static void fly(struct flight flight)
{
	bool lost = !is_calm() && rand_below(&lab.rand, 100) < lab.loss;

	flight.at_ms = lab.ms + 1 +
	               rand_below(&lab.rand, is_calm() || rand_below(&lab.rand, 10) ? 20 : 800);
	for (unsigned i = 0; i < FLIGHT_MAX && !lost; i++)
		if (lab.flight[i].kind == FLIGHT_NONE) {
			lab.flight[i] = flight;
			return;
		}
	flight_end(&flight);
}

static void lab_join(unsigned who)
{
	lab.next_id += 1 + rand_below(&lab.rand, 1000);
	cluster_member_close(&lab.c[who].member);
	member_open(&lab.c[who].member, who, lab.next_id << 4 | who, lab_now(who));
	for (unsigned i = 0; i < lab.switches; i++)
		if (lab.on[i].reach >> who & 1)
			cluster_member_connect(&lab.c[who].member, i + 1, true);
	lab.c[who].runs = true;
	lab.c[who].life++;
}

// OpenFlow 1.5.1 section 6.3.9: a generation that is older is refused.
static void switch_take(unsigned on, unsigned who, uint64_t generation)
{
	struct lab_switch *sw = &lab.on[on];

	if ((int64_t)(generation - sw->generation) < 0) {
		cluster_election_fenced(&lab.c[who].member.election, sw->generation, lab_now(who));
		return;
	}
	for (unsigned i = 0; i < sw->accepted_len; i++)
		if (sw->accepted[i] == generation)
			assert_int_equal(sw->accepted_by[i], who); // never two of one generation
	if (sw->accepted_len < ARRAY_LEN(sw->accepted) && generation != sw->generation) {
		sw->accepted[sw->accepted_len] = generation;
		sw->accepted_by[sw->accepted_len++] = (uint8_t)who;
	}
	sw->generation = generation;
	sw->master = (int)who;
}

static void land(struct flight *flight)
{
	unsigned who = flight->who;
	bool is_here = lab.c[who].runs && lab.c[who].life == flight->life;

	if (flight->kind == FLIGHT_ASK && lab.away_until <= lab.ms) {
		struct flight back = {.kind = FLIGHT_ANSWER,
		                      .who = who,
		                      .life = flight->life,
		                      .serial = flight->serial,
		                      .reply = malloc(sizeof(struct reply))};

		assert_non_null(back.reply);
		store_do(&lab.store, &flight->mail->request, back.reply);
		fly(back);
	} else if (flight->kind == FLIGHT_ANSWER && is_here) {
		if (lab.c[who].frozen_until > lab.ms)
			return; // it waits in a socket
		if (flight->serial == lab.c[who].serial)
			member_take(&lab.c[who].member, flight->reply, lab_now(who));
	} else if (flight->kind == FLIGHT_ROLE && is_here) {
		switch_take(flight->on, who, flight->generation);
	}
	flight_end(flight);
}

// Roles are asked for at the switches that are ours, again and again, as sdn_role does.
static void roles_ask(unsigned who)
{
	struct cluster_member *member = &lab.c[who].member;

	for (unsigned i = 0; i < lab.switches; i++)
		if ((lab.on[i].reach >> who & 1) && cluster_member_is_master(member, i + 1) &&
		    cluster_member_acts(member, lab_now(who)) &&
		    cluster_member_generation(member) != 0 &&
		    (lab.on[i].master != (int)who || rand_below(&lab.rand, 16) == 0))
			fly((struct flight){.kind = FLIGHT_ROLE,
			                    .who = who,
			                    .on = i,
			                    .life = lab.c[who].life,
			                    .generation = cluster_member_generation(member)});
}

static void controller_turn(unsigned who)
{
	struct cluster_member *member = &lab.c[who].member;
	mono_t now = lab_now(who);
	const struct cluster_request *request;
	struct mail *mail;

	if (cluster_election_is_late(&member->election, now)) {
		lab.c[who].serial++;
		cluster_member_fail(member, now);
	}
	request = cluster_member_next(member, now);
	if (request) {
		mail = malloc(sizeof(*mail));
		assert_non_null(mail);
		mail_write(mail, request);
		fly((struct flight){.kind = FLIGHT_ASK,
		                    .who = who,
		                    .life = lab.c[who].life,
		                    .serial = ++lab.c[who].serial,
		                    .mail = mail});
	}
	if (lab.ms % 100 == who)
		roles_ask(who);
}

static void misfortune(void)
{
	unsigned who = (unsigned)rand_below(&lab.rand, lab.len);

	switch (rand_below(&lab.rand, 5)) {
	case 0:
		lab.c[who].frozen_until = lab.ms + rand_below(&lab.rand, 4000);
		break;
	case 1:
		lab.c[who].skew_ms += rand_below(&lab.rand, 3000);
		break;
	case 2:
		lab.away_until = lab.ms + rand_below(&lab.rand, 3000);
		break;
	case 3:
		lab.c[who].runs = false;
		lab.c[who].dead_until = lab.ms + rand_below(&lab.rand, 4000);
		break;
	default:
		if (rand_below(&lab.rand, 100) < lab.wipes)
			memset(&lab.store, 0, sizeof(lab.store));
	}
}

static void lab_step(void)
{
	for (unsigned i = 0; i < FLIGHT_MAX; i++)
		if (lab.flight[i].kind != FLIGHT_NONE && lab.flight[i].at_ms <= lab.ms)
			land(&lab.flight[i]);
	for (unsigned i = 0; i < lab.len; i++) {
		if (!lab.c[i].runs && lab.ms >= lab.c[i].dead_until)
			lab_join(i);
		if (lab.c[i].runs && lab.c[i].frozen_until <= lab.ms)
			controller_turn(i);
	}
	if (!is_calm() && rand_below(&lab.rand, 700) == 0)
		misfortune();
}

// At the end each switch has a master that it is connected to, and shares are even where all
// switches are connected to all.
static void life_check(uint64_t seed, bool full)
{
	unsigned least = UINT32_MAX, most = 0, mine[LAB_MAX] = {0};

	for (unsigned i = 0; i < lab.switches; i++) {
		int master = lab.on[i].master;

		if (master < 0 || !(lab.on[i].reach >> master & 1) ||
		    !cluster_member_is_master(&lab.c[master].member, i + 1))
			fail_msg("seed %ju: switch %u has the master %d", (uintmax_t)seed, i,
			         master);
		mine[master]++;
	}
	for (unsigned i = 0; i < lab.len; i++) {
		least = mine[i] < least ? mine[i] : least;
		most = mine[i] > most ? mine[i] : most;
		assert_true(cluster_member_acts(&lab.c[i].member, lab_now(i)));
	}
	if (full && most > least + 1)
		fail_msg("seed %ju: shares of %u to %u", (uintmax_t)seed, least, most);
}

static void life(uint64_t seed)
{
	bool full = seed % 4 != 0;
	unsigned calm_writes = 0;

	memset(&lab, 0, sizeof(lab));
	rand_init(&lab.rand, seed);
	lab.len = 2 + (unsigned)rand_below(&lab.rand, LAB_MAX - 1);
	lab.switches = 1 + (unsigned)rand_below(&lab.rand, 24);
	lab.loss = (unsigned)rand_below(&lab.rand, 3) * 10;
	lab.wipes = seed % 2 ? 50 : 0;
	for (unsigned i = 0; i < lab.switches; i++) {
		uint16_t all = (uint16_t)((1u << lab.len) - 1);

		lab.on[i].master = -1;
		lab.on[i].reach = full ? all : (uint16_t)(1 + rand_below(&lab.rand, all));
	}
	for (; lab.ms < LIFE_MS; lab.ms++) {
		if (lab.ms == LIFE_MS - 2000)
			calm_writes = lab.store.writes;
		lab_step();
	}
	life_check(seed, full);
	// In calm there are beats, of each member and of the record, and nothing else.
	calm_writes = lab.store.writes - calm_writes;
	if (calm_writes > (lab.len + 1) * (2000 * MS_US / BEAT_US + 1))
		fail_msg("seed %ju: %u writes", (uintmax_t)seed, calm_writes);
	for (unsigned i = 0; i < FLIGHT_MAX; i++)
		flight_end(&lab.flight[i]);
	for (unsigned i = 0; i < lab.len; i++)
		cluster_member_close(&lab.c[i].member);
}

static void test_lives(void **state)
{
	for (uint64_t seed = 1; seed <= 40; seed++)
		life(seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_one_has_all),
	        cmocka_unit_test(test_one_that_joins_takes_its_share),
	        cmocka_unit_test(test_one_that_dies),
	        cmocka_unit_test(test_the_first_one_dies),
	        cmocka_unit_test(test_one_that_is_started_again_at_once),
	        cmocka_unit_test(test_one_that_leaves),
	        cmocka_unit_test(test_one_that_stays_after_all),
	        cmocka_unit_test(test_a_switch_with_one_connection),
	        cmocka_unit_test(test_a_busy_one_finds_one_that_died),
	        cmocka_unit_test(test_the_first_one_is_frozen),
	        cmocka_unit_test(test_the_store_forgets),
	        cmocka_unit_test(test_a_switch_knows_a_later_generation),
	        cmocka_unit_test(test_one_that_does_not_take_part),
	        cmocka_unit_test(test_two_of_one_name),
	        cmocka_unit_test(test_lives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

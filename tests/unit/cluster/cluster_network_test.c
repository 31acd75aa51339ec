// What members that share one network say beside their shares, by a store that answers at once: the
// keys of their probes; since when each switch is whose; at which switches they act; and the tree
// to which they are down, on which they agree only when each has written it and read the others'
// rows.
#include "member_conf.h"
#include "sdn/share_store.h"

#define MEMBERS 3

static struct {
	struct store store;
	struct cluster_member member[MEMBERS];
	bool runs[MEMBERS];
	struct mail mail;
	uint64_t ms;
} lab;

static mono_t now(void)
{
	return (mono_t){(10000 + lab.ms) * MS_US};
}

static void join(unsigned who, uint64_t id)
{
	struct cluster_member_conf conf = member_conf(who, id, 8);
	uint8_t key[CLUSTER_KEY_BYTES] = {(uint8_t)id};

	conf.network = true;
	cluster_member_close(&lab.member[who]);
	assert_int_equal(cluster_member_open(&lab.member[who], &conf, now()), 0);
	for (unsigned i = 0; i < CLUSTER_KEYS; i++)
		cluster_member_set_key(&lab.member[who], key, now());
	for (uint64_t on = 1; on <= 4; on++)
		cluster_member_connect(&lab.member[who], on, true);
	lab.runs[who] = true;
}

// Its request on the way to the store, if it has one now.
static bool ask(unsigned who, struct mail *mail)
{
	struct cluster_request *request = cluster_member_next(&lab.member[who], now());

	if (!request)
		return false;
	*mail = (struct mail){.request = *request};
	for (unsigned i = 0; i < request->puts_len; i++) {
		struct row *row = &mail->row[mail->rows_len++];
		struct span text = request->put[i].text;

		row->len = span_left(&text);
		memcpy(row->name, request->put[i].name, sizeof(request->put[i].name));
		memcpy(row->text, text.p, row->len);
	}
	return true;
}

static void answer(unsigned who, const struct mail *mail)
{
	for (unsigned i = 0; i < mail->rows_len; i++)
		cluster_member_row(
		        &lab.member[who], span_of(mail->row[i].name, strlen(mail->row[i].name)),
		        mail->row[i].revision, span_of(mail->row[i].text, mail->row[i].len), now());
	cluster_member_answer(&lab.member[who], &mail->answer, now());
}

static void run(uint64_t ms)
{
	for (uint64_t end = lab.ms + ms; lab.ms < end; lab.ms += 10)
		for (unsigned who = 0; who < MEMBERS; who++) {
			if (!lab.runs[who] || !ask(who, &lab.mail))
				continue;
			store_do(&lab.store, &lab.mail);
			answer(who, &lab.mail);
		}
}

// Each acts at what it is master of.
static void attend(void)
{
	for (unsigned who = 0; who < MEMBERS; who++)
		for (uint64_t on = 1; on <= 4 && lab.runs[who]; on++)
			cluster_member_attend(&lab.member[who], on,
			                      cluster_member_is_master(&lab.member[who], on));
}

static int two_begin(void **state)
{
	memset(&lab, 0, sizeof(lab));
	join(0, 0x11);
	join(1, 0x22);
	run(3000);
	for (unsigned who = 0; who < 2; who++)
		assert_int_equal(lab.member[who].share.peer[0].switches, 2);
	attend();
	run(300);
	return 0;
}

static int lab_end(void **state)
{
	for (unsigned who = 0; who < MEMBERS; who++)
		cluster_member_close(&lab.member[who]);
	return 0;
}

static void test_agreement(void **state)
{
	assert_true(cluster_member_is_agreed(&lab.member[0])); // on no links at all
	cluster_member_narrow(&lab.member[0], 7);
	assert_false(cluster_member_is_agreed(&lab.member[0]));
	run(300);
	assert_false(cluster_member_is_agreed(&lab.member[0]));
	assert_false(cluster_member_is_agreed(&lab.member[1]));
	cluster_member_narrow(&lab.member[1], 7);
	assert_false(cluster_member_is_agreed(&lab.member[1]));
	run(300);
	assert_true(cluster_member_is_agreed(&lab.member[0]));
	assert_true(cluster_member_is_agreed(&lab.member[1]));
}

// One has said another tree, and goes back to the former before that is answered: the others may
// have read either.
static void test_a_row_that_is_not_answered(void **state)
{
	struct mail mail;

	cluster_member_narrow(&lab.member[0], 8);
	lab.ms += 2 * LOOK_US / MS_US;
	assert_true(ask(0, &mail));
	cluster_member_narrow(&lab.member[0], 0);
	assert_false(cluster_member_is_agreed(&lab.member[0]));
	store_do(&lab.store, &mail);
	answer(0, &mail);
	assert_false(cluster_member_is_agreed(&lab.member[0]));
	run(300);
	assert_true(cluster_member_is_agreed(&lab.member[0]));
}

// Who has died is waited for until its switches are others'; who has none is not.
static void test_one_that_is_silent(void **state)
{
	join(2, 0x33);
	for (uint64_t on = 1; on <= 4; on++)
		cluster_member_connect(&lab.member[2], on, false);
	run(2000);
	assert_int_equal(lab.member[2].share.peer[0].switches, 0);
	lab.runs[1] = false;
	cluster_member_narrow(&lab.member[0], 9);
	run(500);
	assert_false(cluster_member_is_agreed(&lab.member[0]));
	run(1000);
	assert_int_equal(lab.member[0].share.peer[0].switches, 4);
	assert_true(cluster_member_is_agreed(&lab.member[0]));
}

// A switch that stays has its master since the same list; one that changes hands since the new one,
// and its new master is not believed before it says so.
static void test_since(void **state)
{
	const struct cluster_share *share = &lab.member[0].share;
	uint64_t since[5], generation = share->generation;
	unsigned stayed = 0;

	for (uint64_t on = 1; on <= 4; on++) {
		since[on] = cluster_share_since(share, on);
		assert_true(since[on] != 0 && since[on] <= generation);
		assert_true(cluster_share_is_attended(share, on));
		assert_true(cluster_share_is_attended(&lab.member[1].share, on));
	}
	lab.runs[0] = false;
	share = &lab.member[1].share;
	run(1500);
	assert_int_equal(share->peer[0].switches, 4);
	for (uint64_t on = 1; on <= 4; on++) {
		stayed += cluster_share_since(share, on) == since[on];
		assert_true(cluster_share_since(share, on) == since[on] ||
		            cluster_share_since(share, on) == share->generation);
	}
	assert_int_equal(stayed, 2);
	join(0, 0x44);
	run(2500);
	share = &lab.member[1].share;
	assert_int_equal(share->peer[0].switches, 2);
	for (uint64_t on = 1; on <= 4; on++)
		assert_true(cluster_share_is_mine(share, on) ||
		            !cluster_share_is_attended(share, on));
	attend();
	run(300);
	for (uint64_t on = 1; on <= 4; on++)
		assert_true(cluster_share_is_attended(share, on));
}

// The next key comes into use when it is in the store and the one of before was used for a while.
static void test_keys(void **state)
{
	struct cluster_member *member = &lab.member[0];
	const struct cluster_peer *read = &lab.member[1].share.peer[1];
	uint8_t key[CLUSTER_KEY_BYTES] = {99};

	assert_true(read->has_keys);
	assert_int_equal(read->key[1][0], 0x11);
	assert_true(cluster_member_key_is_due(member, now()));
	cluster_member_set_key(member, key, now());
	assert_false(cluster_member_key_is_due(member, now()));
	assert_int_equal(member->share.peer[0].key[2][0], 99);
	run(300);
	assert_int_equal(read->key[2][0], 99);
	assert_int_equal(read->key[1][0], 0x11);
	assert_false(cluster_member_key_is_due(member, now()));
	run(1000);
	assert_true(cluster_member_key_is_due(member, now()));
	cluster_member_set_key(member, key, now());
	lab.runs[0] = false;
	lab.ms += 5000; // without the store no key is replaced
	assert_false(cluster_member_key_is_due(member, now()));
}

// A start of before, whose last request comes late, is no other one of the name.
static void test_the_last_request_of_a_former_start(void **state)
{
	struct mail mail;

	lab.ms += BEAT_US / MS_US; // its beat is due
	assert_true(ask(1, &mail) && mail.rows_len > 0);
	join(1, 0x99);
	run(500);
	store_do(&lab.store, &mail);
	run(300);
	assert_true(lab.member[1].share.yields || lab.member[1].share.rival);
	run(2500);
	assert_false(lab.member[1].share.yields);
	assert_int_equal(lab.member[1].share.peer[0].switches, 2);
}

// Rows of trees and keys that others wrote, and that cannot be right.
static void test_rows_that_are_none(void **state)
{
	static const char *const rows[][2] = {
	        {"tree/b", "wadi-1 0000000000000023 0000000000000001 0000000000000007"},
	        {"tree/b", "wadi-1 0000000000000022 0000000000000001"},
	        {"tree/x", "wadi-1 0000000000000022 0000000000000001 0000000000000007"},
	        {"tree/a", "wadi-1 0000000000000011 0000000000000001 0000000000000007"},
	        {"member/b", "wadi-1 0000000000000022 0000000000000000 00000000000000000000"},
	        {"member/b", "wadi-1 0000000000000022 0000000000000000 "
	                     "0000000000000000000000000000000x"},
	};
	struct cluster_share *share = &lab.member[0].share;
	uint64_t changes = share->changes;

	for (unsigned i = 0; i < ARRAY_LEN(rows); i++)
		cluster_share_row(share, span_of(rows[i][0], strlen(rows[i][0])), 1000 + i,
		                  span_of(rows[i][1], strlen(rows[i][1])), now());
	assert_int_equal(share->changes, changes);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, two_begin, lab_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(test_agreement),
	        TEST(test_a_row_that_is_not_answered),
	        TEST(test_one_that_is_silent),
	        TEST(test_since),
	        TEST(test_keys),
	        TEST(test_the_last_request_of_a_former_start),
	        TEST(test_rows_that_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

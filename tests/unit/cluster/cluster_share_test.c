// Rows of members and shares that other controllers wrote: what is none of ours, what is spoiled,
// and more names than there are places.
#include "harness.h"

#include "core/rand.h"
#include "proto/cluster/cluster_share.h"

#include <stdio.h>

#define SILENCE_US (800 * MS_US)

static mono_t at_ms(uint64_t ms)
{
	return (mono_t){(10000 + ms) * MS_US};
}

// What others wrote is not believed where it cannot be right.
static void test_rows_that_are_none(void **state)
{
	static const char *const rows[][2] = {
	        {"member/b", "wadi-1 0000000000000022"},
	        {"member/b", "wadi-1 000000000000002x 0000000000000000"},
	        {"member/", "wadi-1 0000000000000022 0000000000000000"},
	        {"member/a", "wadi-1 0000000000000022 0000000000000000"},
	        {"member/with space", "wadi-1 0000000000000022 0000000000000000"},
	        {"member/thirty-three-bytes-are-too-many-x",
	         "wadi-1 0000000000000022 0000000000000000"},
	        {"reach/b", "wadi-1 0000000000000022 0000000000000009"},
	        {"share", "wadi-1 "},
	        {"share2", "wadi-1 0000000000000009\n0000000000000011 a 0000000000000009"},
	        {"share", "wadi-2 0000000000000009\n0000000000000011 a 0000000000000009"},
	        {"other", ""},
	        {"", ""},
	};
	struct cluster_share share;
	struct cluster_share_conf conf = {
	        .id = 0x11, .silence_us = SILENCE_US, .switches_max = 2, .name = "a"};
	struct rand rand;
	char text[128];

	assert_int_equal(cluster_share_open(&share, &conf, at_ms(0)), 0);
	for (unsigned i = 0; i < ARRAY_LEN(rows); i++)
		cluster_share_row(&share, span_of(rows[i][0], strlen(rows[i][0])), 1,
		                  span_of(rows[i][1], strlen(rows[i][1])), at_ms(0));
	assert_int_equal(cluster_share_members(&share, at_ms(0)), 1);
	assert_int_equal(share.generation, 0);
	assert_int_equal(share.len, 0);
	// Spoiled ones: anything may come of them that is in bounds.
	rand_init(&rand, 7);
	for (unsigned i = 0; i < 20000; i++) {
		static const char good[] = "wadi-1 0000000000000009\n0000000000000011 a "
		                           "0000000000000009 000000000000000a 000000000000000b";
		static const char *const names[] = {"share", "member/b", "reach/b", "member/c"};
		const char *name = names[rand_below(&rand, ARRAY_LEN(names))];

		memcpy(text, good, sizeof(good));
		for (unsigned k = 0; k < 3; k++)
			text[7 + rand_below(&rand, sizeof(good) - 8)] =
			        "0a \n"[rand_below(&rand, 4)];
		cluster_share_row(&share, span_of(name, strlen(name)), i + 1,
		                  span_of(text, rand_below(&rand, sizeof(good))), at_ms(i));
		(void)cluster_share_assign(&share, at_ms(i));
		assert_in_range(share.len, 0, 2);
	}
	cluster_share_close(&share);
}

// Names are bounded, and those of members that are gone are used again.
static void test_many_members(void **state)
{
	struct cluster_share share;
	struct cluster_share_conf conf = {
	        .id = 0x11, .silence_us = SILENCE_US, .switches_max = 4, .name = "a"};
	static const char text[] = "wadi-1 0000000000000022 0000000000000000";
	char name[16];

	assert_int_equal(cluster_share_open(&share, &conf, at_ms(0)), 0);
	for (unsigned i = 0; i < 40; i++) {
		int len = snprintf(name, sizeof(name), "member/m%u", i);

		cluster_share_row(&share, span_of(name, (size_t)len), 1 + i,
		                  span_of(text, strlen(text)), at_ms(0));
	}
	assert_int_equal(cluster_share_members(&share, at_ms(0)), CLUSTER_MEMBERS_MAX);
	cluster_share_row(&share, span_of("member/late", 11), 99, span_of(text, strlen(text)),
	                  at_ms(60000));
	assert_int_equal(cluster_share_members(&share, at_ms(60000)), 2);
	cluster_share_close(&share);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_rows_that_are_none),
	        cmocka_unit_test(test_many_members),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// cksum: the fast sum against a slow one, and the corners of one's complement.
#include "frames.h"

#include "core/rand.h"
#include "proto/tcpip/cksum.h"

static void test_any_length_and_alignment_sums_like_the_slow_one(void **state)
{
	uint8_t bytes[256 + 8];
	struct rand rand;

	rand_init(&rand, 1);
	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)rand_u64(&rand);
	for (unsigned align = 0; align < 8; align++)
		for (unsigned len = 0; len <= 256; len++)
			assert_int_equal(
			        be16_get(cksum_fold(cksum_add((cksum_t){0}, bytes + align, len))),
			        slow_sum(0, bytes + align, len));
}

static void test_parts_of_even_length_add_up(void **state)
{
	const uint8_t *bytes = (const uint8_t *)"the quick brown fox jumps";
	cksum_t sum = cksum_add(cksum_add((cksum_t){0}, bytes, 6), bytes + 6, 19);

	assert_int_equal(be16_get(cksum_fold(sum)), slow_sum(0, bytes, 25));
}

// Parts of odd length too, and of none.
static void test_pages_of_any_length_add_up(void **state)
{
	uint8_t bytes[97];
	struct rand rand;

	rand_init(&rand, 2);
	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)rand_u64(&rand);
	for (unsigned round = 0; round < 5000; round++) {
		size_t cuts[4] = {20};
		size_t at = rand_below(&rand, 21), len = rand_below(&rand, sizeof(bytes) - at + 1);
		struct pkt *pkt;
		cksum_t sum;

		for (unsigned i = 1; i < ARRAY_LEN(cuts); i++)
			cuts[i] = cuts[i - 1] + rand_below(&rand, sizeof(bytes) - cuts[i - 1] + 1);
		pkt = harness_chain(bytes, sizeof(bytes), cuts, rand_below(&rand, 5));
		sum = cksum_add_pkt((cksum_t){1}, pkt, (uint16_t)(pkt->off + at), (uint32_t)len);
		assert_int_equal(be16_get(cksum_fold(sum)), slow_sum(0x100, bytes + at, len));
		pkt_put(pkt);
	}
}

static void test_carries_are_not_lost(void **state)
{
	static uint8_t ones[65535];

	memset(ones, 0xff, sizeof(ones));
	assert_int_equal(be16_get(cksum_fold(cksum_add((cksum_t){0}, ones, 65534))), 0xffff);
	assert_int_equal(be16_get(cksum_fold((cksum_t){UINT64_MAX})), 0xffff);
	assert_int_equal(be16_get(cksum_fold((cksum_t){UINT64_C(0xffffffff00000000)})), 0xffff);
	assert_int_equal(cksum_fold((cksum_t){UINT64_C(0x1fffe)}).be, 0xffff);
	assert_int_equal(cksum_fold((cksum_t){0}).be, 0);
}

// Each packet that the vocabulary makes has a checksum that we find right, and
// wrong after any bit has changed.
static void test_pseudo_headers_of_both_families(void **state)
{
	struct frame frames[] = {frame_udp("10.0.0.9", "255.254.3.2", 1, 2, "odd"),
	                         frame_udp("fd00::9", "ffff::fffe", 65535, 53, "even")};
	static const char *const addrs[][2] = {{"10.0.0.9", "255.254.3.2"},
	                                       {"fd00::9", "ffff::fffe"}};

	for (unsigned i = 0; i < ARRAY_LEN(frames); i++) {
		struct frame *f = &frames[i];
		size_t len = f->len - f->l4;
		cksum_t pseudo = cksum_pseudo(ip(addrs[i][0]), ip(addrs[i][1]), 17, (uint32_t)len);

		assert_true(cksum_ok(cksum_add(pseudo, f->b + f->l4, len)));
		for (size_t bit = 0; bit < len * 8; bit++) {
			f->b[f->l4 + bit / 8] ^= (uint8_t)(1 << bit % 8);
			assert_false(cksum_ok(cksum_add(pseudo, f->b + f->l4, len)));
			f->b[f->l4 + bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
	}
}

static void test_udp_never_sends_zero(void **state)
{
	assert_int_equal(cksum_finish((cksum_t){0xffff}).be, 0);
	assert_int_equal(cksum_finish_udp((cksum_t){0xffff}).be, 0xffff);
	assert_int_equal(cksum_finish_udp((cksum_t){1}).be, 0xfffe);
}

// RFC 1624 section 4: the case that the first formula of RFC 1141 gets wrong.
static void test_update_agrees_with_a_new_sum(void **state)
{
	uint8_t bytes[] = {0x12, 0x34, 0x00, 0x00, 0xff, 0xff, 0x80, 0x01};
	struct rand rand;

	assert_int_equal(be16_get(cksum_update(be16(0xdd2f), be16(0x5555), be16(0x3285))), 0x0000);
	rand_init(&rand, 2);
	for (unsigned i = 0; i < 10000; i++) {
		be16_t before = *(be16_t *)bytes, after = be16((uint16_t)rand_u64(&rand));
		be16_t cksum = cksum_finish(cksum_add((cksum_t){0}, bytes, sizeof(bytes)));

		*(be16_t *)bytes = after;
		assert_int_equal(cksum_update(cksum, before, after).be,
		                 cksum_finish(cksum_add((cksum_t){0}, bytes, sizeof(bytes))).be);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_any_length_and_alignment_sums_like_the_slow_one),
	        cmocka_unit_test(test_parts_of_even_length_add_up),
	        POOL_TEST(test_pages_of_any_length_add_up),
	        cmocka_unit_test(test_carries_are_not_lost),
	        cmocka_unit_test(test_pseudo_headers_of_both_families),
	        cmocka_unit_test(test_udp_never_sends_zero),
	        cmocka_unit_test(test_update_agrees_with_a_new_sum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

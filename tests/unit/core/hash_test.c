// hash: the hash's spread and its key, SipHash's vectors, and the table against a plain array.
#include "harness.h"

#include "core/hash.h"
#include "core/rand.h"

#include <errno.h>

static void test_every_bit_and_the_length_count(void **state)
{
	uint8_t bytes[48];

	for (size_t len = 0; len <= sizeof(bytes); len++) {
		uint64_t plain;

		memset(bytes, 0, sizeof(bytes));
		plain = hash_key(1, bytes, len);
		assert_int_equal(hash_key(1, bytes, len), plain);
		assert_int_not_equal(hash_key(2, bytes, len), plain);
		if (len < sizeof(bytes))
			assert_int_not_equal(hash_key(1, bytes, len + 1), plain);
		for (size_t bit = 0; bit < len * 8; bit++) {
			bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
			// About half of the result turns over; 10 of 64 is a
			// one in ten million case for an even coin.
			assert_in_range(__builtin_popcountll(hash_key(1, bytes, len) ^ plain), 10,
			                54);
			bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
	}
}

static void test_bytes_behind_the_end_do_not_count(void **state)
{
	uint8_t a[32], b[32];

	memset(a, 0x55, sizeof(a));
	memset(b, 0xaa, sizeof(b));
	for (size_t len = 0; len < sizeof(a); len++) {
		memcpy(b, a, len);
		assert_int_equal(hash_key(3, a, len), hash_key(3, b, len));
	}
}

// Addresses that follow each other, as a peer with a prefix has them, fall
// evenly into buckets by high bits and by low bits.
static void test_counted_addresses_spread(void **state)
{
	unsigned low[64] = {0}, high[64] = {0};

	for (uint64_t i = 0; i < 6400; i++) {
		uint64_t of = hash_u128(0x1234567890abcdef, UINT64_C(0x20010db8) << 32, i);

		low[of & 63]++;
		high[of >> 58]++;
	}
	for (int i = 0; i < 64; i++) {
		assert_in_range(low[i], 50, 150);
		assert_in_range(high[i], 50, 150);
	}
	assert_int_not_equal(hash_u128(1, 2, 3), hash_u128(2, 2, 3));
	assert_int_not_equal(hash_u128(1, 2, 3), hash_u128(1, 3, 2));
}

// The reference implementation's: key 00 01 .. 0f, messages 00 01 .. of each length.
static void test_sip_is_the_reference(void **state)
{
	static const uint64_t expected[] = {
	        0x726fdb47dd0e0e31, 0x74f839c593dc67fd, 0x0d6c8009d9a94f5a, 0x85676696d7fb7e2d,
	        0xcf2794e0277187b7, 0x18765564cd99a68d, 0xcbc9466e58fee3ce, 0xab0200f58b01d137,
	        0x93f5f5799a932462, 0x9e0082df0ba9e4b0, 0x7a5dbbc594ddb9f3, 0xf4b32f46226bada7,
	        0x751e8fbc860ee5fb, 0x14ea5627c0843d90, 0xf723ca908e7af2ee, 0xa129ca6149be45e5,
	        0x3f2acc7f57c29bdb, 0x699ae9f52cbe4794, 0x4bc1b3f0968dd39c, 0xbb6dc91da77961bd,
	        0xbed65cf21aa2ee98, 0xd0f2cbb02e3b67c7, 0x93536795e3a33e88, 0xa80c038ccd5ccec8,
	        0xb8ad50c6f649af94, 0xbce192de8a85b8ea, 0x17d835b85bbb15f3, 0x2f2e6163076bcfad,
	        0xde4daaaca71dc9a5, 0xa6a2506687956571, 0xad87a3535c49ef28, 0x32d892fad841c342,
	        0x7127512f72f27cce, 0xa7f32346f95978e3, 0x12e0b01abb051238, 0x15e034d40fa197ae,
	        0x314dffbe0815a3b4, 0x027990f029623981, 0xcadcd4e59ef40c4d, 0x9abfd8766a33735c,
	        0x0e3ea96b5304a7d0, 0xad0c42d6fc585992, 0x187306c89bc215a9, 0xd4a60abcf3792b95,
	        0xf935451de4f21df2, 0xa9538f0419755787, 0xdb9acddff56ca510, 0xd06c98cd5c0975eb,
	        0xe612a3cb9ecba951, 0xc766e62cfcadaf96, 0xee64435a9752fe72, 0xa192d576b245165a,
	        0x0a8787bf8ecb74b2, 0x81b3e73d20b49b6f, 0x7fa8220ba3b2ecea, 0x245731c13ca42499,
	        0xb78dbfaf3a8d83bd, 0xea1ad565322a1a0b, 0x60e61c23a3795013, 0x6606d7e446282b93,
	        0x6ca4ecb15c5f91e1, 0x9f626da15c9625f3, 0xe51b38608ef25f57, 0x958a324ceb064572,
	};
	uint8_t bytes[ARRAY_LEN(expected)];

	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	for (unsigned len = 0; len < ARRAY_LEN(expected); len++) {
		// In a block that ends with the message, so that a read past it is seen.
		uint8_t *message = test_malloc(len + 1);

		memcpy(message + 1, bytes, len);
		assert_int_equal(hash_sip(bytes, message + 1, len), expected[len]);
		test_free(message);
	}
}

#define KEYS 100

// A key is its index; `hashes` says what it hashes to, ever worse.
struct model {
	struct hash hash;
	bool in[KEYS];
	uint64_t hashes[KEYS];
};

static bool same(const void *ctx, const void *key, uint32_t index)
{
	const struct model *model = ctx;

	assert_true(index < KEYS && model->in[index]);
	return *(const uint32_t *)key == index;
}

static void model_check(const struct model *model)
{
	uint32_t len = 0;

	for (uint32_t key = 0; key < KEYS; key++) {
		assert_int_equal(hash_find(&model->hash, model->hashes[key], same, model, &key),
		                 model->in[key] ? key : HASH_NONE);
		len += model->in[key];
	}
	assert_int_equal(model->hash.len, len);
}

static void model_step(struct model *model, uint32_t key)
{
	if (model->in[key]) {
		assert_true(hash_del(&model->hash, model->hashes[key], key));
		model->in[key] = false;
	} else if (model->hash.len == model->hash.capacity) {
		assert_int_equal(hash_add(&model->hash, model->hashes[key], key), -ENOSPC);
	} else {
		assert_false(hash_del(&model->hash, model->hashes[key], key));
		assert_int_equal(hash_add(&model->hash, model->hashes[key], key), 0);
		model->in[key] = true;
	}
}

static void test_table_agrees_with_an_array(void **state)
{
	static const uint64_t masks[] = {
	        UINT64_MAX, UINT64_C(7) << 32, 0, UINT64_C(0xf) << 60, UINT64_C(0x7f) << 32,
	};

	for (size_t m = 0; m < ARRAY_LEN(masks); m++) {
		struct model model = {0};
		struct rand rand;

		rand_init(&rand, m);
		assert_int_equal(hash_init(&model.hash, 64), 0);
		for (uint32_t key = 0; key < KEYS; key++)
			model.hashes[key] = rand_u64(&rand) & masks[m];
		for (int step = 0; step < 2000; step++) {
			model_step(&model, (uint32_t)rand_below(&rand, KEYS));
			model_check(&model);
		}
		hash_fini(&model.hash);
	}
}

static void test_runs_go_round_the_end(void **state)
{
	// All want the last slot, so the run continues at the first.
	struct model model = {0};

	assert_int_equal(hash_init(&model.hash, 3), 0);
	for (uint32_t key = 0; key < KEYS; key++)
		model.hashes[key] = UINT64_MAX;
	for (uint32_t key = 0; key < 3; key++)
		model_step(&model, key);
	model_check(&model);
	for (uint32_t key = 0; key < 3; key++) {
		model_step(&model, key);
		model_check(&model);
	}
	hash_fini(&model.hash);
}

static void test_capacity_is_kept_to(void **state)
{
	struct hash hash;

	assert_int_equal(hash_init(&hash, 0), -EINVAL);
	assert_int_equal(hash_init(&hash, (UINT32_C(1) << 30) + 1), -EINVAL);
	for (uint32_t capacity = 1; capacity < 40; capacity++) {
		assert_int_equal(hash_init(&hash, capacity), 0);
		for (uint32_t i = 0; i < capacity; i++)
			assert_int_equal(hash_add(&hash, (uint64_t)i << 32, i), 0);
		assert_int_equal(hash_add(&hash, 0, 99), -ENOSPC);
		assert_true(hash.len <= hash.mask); // one slot is empty: a search ends
		hash_fini(&hash);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_every_bit_and_the_length_count),
	        cmocka_unit_test(test_bytes_behind_the_end_do_not_count),
	        cmocka_unit_test(test_counted_addresses_spread),
	        cmocka_unit_test(test_sip_is_the_reference),
	        cmocka_unit_test(test_table_agrees_with_an_array),
	        cmocka_unit_test(test_runs_go_round_the_end),
	        cmocka_unit_test(test_capacity_is_kept_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

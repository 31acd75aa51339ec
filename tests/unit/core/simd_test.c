// simd: the body that was compiled gives what plain C gives, on random and on odd bytes. In a
// build with -Dportable=true the two are the same, and only the known values count.
#include "harness.h"

#include "core/rand.h"
#include "core/simd.h"

#define ROUNDS 20000

// Random bytes, or few values around those that letters begin and end with.
static void bytes_make(uint8_t *bytes, size_t len, struct rand *rand)
{
	static const uint8_t odd[] = {0,   0x40, 'A',  'Z',  '[',  '`', 'a',
	                              'z', '{',  0x7f, 0x80, 0xc1, 0xff};
	bool random = rand_below(rand, 2);

	for (size_t i = 0; i < len; i++)
		bytes[i] = random ? (uint8_t)rand_u64(rand) : odd[rand_below(rand, sizeof(odd))];
}

static void assert_same(simd16_t a, struct portable16 b)
{
	uint8_t x[SIMD16_BYTES], y[SIMD16_BYTES];

	simd16_store(x, a);
	portable16_store(y, b);
	assert_memory_equal(x, y, sizeof(x));
}

static void test_sixteen_bytes(void **state)
{
	uint8_t bytes[2][SIMD16_BYTES + 1];
	struct rand rand;

	rand_init(&rand, 1);
	for (unsigned i = 0; i < ROUNDS; i++) {
		bytes_make(bytes[0], sizeof(bytes), &rand);
		// Anywhere in memory.
		simd16_t a = simd16_load(bytes[0] + 1), b = simd16_load(bytes[1]);
		struct portable16 x = portable16_load(bytes[0] + 1), y = portable16_load(bytes[1]);

		assert_same(a, x);
		assert_same(simd16_and(a, b), portable16_and(x, y));
		assert_same(simd16_all(bytes[0][0]), portable16_all(bytes[0][0]));
		assert_same(simd16_lower(a), portable16_lower(x));
		assert_int_equal(simd16_same(a, b), portable16_same(x, y));
		assert_int_equal(simd16_same(a, a), UINT16_MAX);
		assert_true(simd16_low(a) == portable16_low(x));
		assert_true(simd16_high(a) == portable16_high(x));
	}
}

static void test_lower_of_every_byte(void **state)
{
	for (unsigned byte = 0; byte <= UINT8_MAX; byte++) {
		uint8_t lower = byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + 32) : (uint8_t)byte;

		assert_int_equal(
		        simd16_same(simd16_lower(simd16_all((uint8_t)byte)), simd16_all(lower)),
		        UINT16_MAX);
	}
}

static void test_crc32c(void **state)
{
	// RFC 3720 appendix B.4: 32 bytes of zeros, and of ones.
	static const struct {
		uint64_t word;
		uint32_t crc;
	} known[] = {{0, 0x8a9136aa}, {UINT64_MAX, 0x62a8ab43}};
	struct rand rand;

	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		uint32_t crc = UINT32_MAX;

		for (unsigned k = 0; k < 4; k++)
			crc = simd_crc32c(crc, known[i].word);
		assert_int_equal(~crc, known[i].crc);
	}
	rand_init(&rand, 2);
	for (unsigned i = 0; i < ROUNDS; i++) {
		uint32_t crc = (uint32_t)rand_u64(&rand);
		uint64_t word = rand_u64(&rand);

		assert_int_equal(simd_crc32c(crc, word), portable_crc32c(crc, word));
	}
}

static void test_sums(void **state)
{
	struct rand rand;

	rand_init(&rand, 3);
	for (unsigned i = 0; i < ROUNDS; i++) {
		uint64_t sum =
		        rand_below(&rand, 2) ? UINT64_MAX - rand_below(&rand, 3) : rand_u64(&rand);
		uint64_t wanted = sum;
		struct simd_words words;

		bytes_make((uint8_t *)&words, sizeof(words), &rand);
		wanted = portable_add_carry(wanted, words.word[0]);
		assert_true(simd_sum_1(sum, words.word[0]) % UINT64_MAX == wanted % UINT64_MAX);
		wanted = portable_add_carry(wanted, words.word[1]);
		assert_true(simd_sum_2(sum, &words) % UINT64_MAX == wanted % UINT64_MAX);
		wanted = portable_add_carry(portable_add_carry(wanted, words.word[2]),
		                            words.word[3]);
		assert_true(simd_sum_4(sum, &words) % UINT64_MAX == wanted % UINT64_MAX);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_sixteen_bytes),
	        cmocka_unit_test(test_lower_of_every_byte),
	        cmocka_unit_test(test_crc32c),
	        cmocka_unit_test(test_sums),
	};

	return cmocka_run_group_tests_name("simd", tests, NULL, NULL);
}

// digest: the examples of FIPS 180-2, and that pieces add up.
#include "harness.h"

#include "core/digest.h"

#include <stdio.h>

static const char two_blocks[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";

static void assert_hex(const uint8_t *bytes, size_t len, const char *hex)
{
	char text[2 * DIGEST_SHA512_BYTES + 1];

	for (size_t i = 0; i < len; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	assert_string_equal(text, hex);
}

static void test_sha1_of_two_parts(void **state)
{
	size_t len = strlen(two_blocks);
	uint8_t sum[DIGEST_SHA1_BYTES];

	for (size_t cut = 0; cut <= len; cut++) {
		digest_sha1(sum, two_blocks, cut, two_blocks + cut, len - cut);
		assert_hex(sum, sizeof(sum), "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
	}
}

// An iteration of NSEC3 hashes its own result.
static void test_sha1_in_place(void **state)
{
	uint8_t sum[DIGEST_SHA1_BYTES] = "abc", plain[DIGEST_SHA1_BYTES];

	digest_sha1(plain, sum, sizeof(sum), "", 0);
	digest_sha1(sum, sum, sizeof(sum), "", 0);
	assert_memory_equal(sum, plain, sizeof(sum));
}

static void test_sha2_in_pieces(void **state)
{
	static const char *const wanted[] = {
	        [DIGEST_SHA384] = "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded163"
	                          "1a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
	        [DIGEST_SHA512] =
	                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
	                "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
	};

	for (enum digest_kind kind = DIGEST_SHA384; kind <= DIGEST_SHA512; kind++) {
		uint8_t sum[DIGEST_SHA512_BYTES];
		struct digest digest;
		size_t len;

		digest_init(&digest, kind);
		digest_add(&digest, "a", 1);
		digest_add(&digest, "", 0);
		digest_add(&digest, "bc", 2);
		len = digest_end(&digest, sum);
		assert_int_equal(len, strlen(wanted[kind]) / 2);
		assert_hex(sum, len, wanted[kind]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_sha1_of_two_parts),
	        cmocka_unit_test(test_sha1_in_place),
	        cmocka_unit_test(test_sha2_in_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

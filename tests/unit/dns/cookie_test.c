// cookie: the worked examples of RFC 9018, the limits of time and length, the steps
// of a change of secrets, and each bit of a forged cookie.
#include "harness.h"

#include "core/rand.h"
#include "proto/dns/wire/cookie.h"

#include <arpa/inet.h>
#include <stdio.h>

#define NOW 1559731985u

// Bytes of hexadecimal digits; their number.
static size_t unhex(const char *text, uint8_t *bytes)
{
	size_t len = strlen(text) / 2;

	for (size_t i = 0; i < len; i++) {
		unsigned byte;

		assert_int_equal(sscanf(text + 2 * i, "%2x", &byte), 1);
		bytes[i] = (uint8_t)byte;
	}
	return len;
}

static void address_of(const char *text, uint8_t address[16])
{
	char mapped[64];

	snprintf(mapped, sizeof(mapped), "%s%s", strchr(text, ':') ? "" : "::ffff:", text);
	assert_int_equal(inet_pton(AF_INET6, mapped, address), 1);
}

static struct cookie_secrets secrets_of(const char *first, const char *second)
{
	struct cookie_secrets secrets = {.len = 0};

	if (first)
		unhex(first, secrets.secret[secrets.len++]);
	if (second)
		unhex(second, secrets.secret[secrets.len++]);
	return secrets;
}

// In a block of exactly its size, so that a read behind it is seen.
static enum cookie_verdict check(const struct cookie_secrets *secrets, const uint8_t *option,
                                 size_t len, const uint8_t address[16], uint32_t now_s)
{
	uint8_t *exact = test_malloc(len + 1);
	enum cookie_verdict verdict;

	memcpy(exact + 1, option, len);
	verdict = cookie_check(secrets, exact + 1, len, address, now_s);
	test_free(exact);
	return verdict;
}

#define SECRET     "e5e973e5a6b2a43f48e7dc849e37bfcf"
#define OLD_SECRET "dd3bdf9344b678b185a6f5cb60fca715"
#define NEW_SECRET "445536bcd2513298075a5d379663c962"

static const struct example {
	const char *section, *secret, *other_secret, *address;
	const char *query;
	uint32_t query_s;
	enum cookie_verdict verdict;
	uint32_t reply_s;
	const char *reply;
} examples[] = {
        {"A.1", SECRET, NULL, "198.51.100.100", "2464c4abcf10c957", NOW, COOKIE_CLIENT_ONLY, NOW,
         "2464c4abcf10c957010000005cf79f111f8130c3eee29480"},
        {"A.2", SECRET, NULL, "198.51.100.100", "2464c4abcf10c957010000005cf79f111f8130c3eee29480",
         1559734385, COOKIE_GOOD_RENEW, 1559734385,
         "2464c4abcf10c957010000005cf7a871d4a564a1442aca77"},
        // The example's server takes a cookie of nearly two hours; at its time of
        // making it is good here, too, reserved bytes included.
        {"A.3, made", SECRET, NULL, "203.0.113.203",
         "fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5", 1559727985, COOKIE_GOOD, 1559734700,
         "fc93fc62807ddb86010000005cf7a9acf73a7810aca2381e"},
        {"A.3, late", SECRET, NULL, "203.0.113.203",
         "fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5", 1559734700, COOKIE_BAD, 1559734700,
         "fc93fc62807ddb86010000005cf7a9acf73a7810aca2381e"},
        {"A.4", NEW_SECRET, OLD_SECRET, "2001:db8:220:1:59de:d0f4:8769:82b8",
         "22681ab97d52c298010000005cf7c57926556bd0934c72f8", 1559741961, COOKIE_GOOD_RENEW,
         1559741961, "22681ab97d52c298010000005cf7c609a6bb79d16625507a"},
};

static void test_examples_of_the_rfc(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(examples); i++) {
		const struct example *e = &examples[i];
		struct cookie_secrets secrets = secrets_of(e->secret, e->other_secret);
		uint8_t query[64], address[16], reply[COOKIE_BYTES], made[COOKIE_BYTES];
		size_t len = unhex(e->query, query);

		address_of(e->address, address);
		if (check(&secrets, query, len, address, e->query_s) != e->verdict)
			fail_msg("%s: verdict", e->section);
		assert_int_equal(unhex(e->reply, reply), COOKIE_BYTES);
		cookie_build(&secrets, query, address, e->reply_s, made);
		assert_memory_equal(made, reply, COOKIE_BYTES);
		// In place, as in a message that becomes its own reply.
		cookie_build(&secrets, query, address, e->reply_s, query);
		assert_memory_equal(query, reply, COOKIE_BYTES);
		assert_int_equal(check(&secrets, made, COOKIE_BYTES, address, e->reply_s),
		                 COOKIE_GOOD);
	}
}

static const uint8_t client[COOKIE_CLIENT_BYTES] = {1, 2, 3, 4, 5, 6, 7, 8};

static void test_lengths(void **state)
{
	struct cookie_secrets secrets = secrets_of(SECRET, NULL), off = secrets_of(NULL, NULL);
	uint8_t option[64] = {0}, address[16];

	address_of("192.0.2.1", address);
	cookie_build(&secrets, client, address, NOW, option);
	for (size_t len = 0; len <= sizeof(option); len++) {
		enum cookie_verdict expected = COOKIE_MALFORMED;

		if (len == COOKIE_CLIENT_BYTES)
			expected = COOKIE_CLIENT_ONLY;
		else if (len == COOKIE_BYTES)
			expected = COOKIE_GOOD;
		else if (len >= 16 && len <= 40)
			expected = COOKIE_BAD; // sound, but none of ours
		assert_int_equal(check(&secrets, option, len, address, NOW), expected);
		assert_int_equal(check(&off, option, len, address, NOW), COOKIE_NONE);
	}
	assert_int_equal(cookie_check(&secrets, NULL, 0, address, NOW), COOKIE_NONE);
}

static void test_age(void **state)
{
	static const struct {
		int32_t age_s;
		enum cookie_verdict verdict;
	} cases[] = {
	        {0, COOKIE_GOOD},          {1, COOKIE_GOOD},          {1800, COOKIE_GOOD},
	        {1801, COOKIE_GOOD_RENEW}, {3600, COOKIE_GOOD_RENEW}, {3601, COOKIE_BAD},
	        {INT32_MAX, COOKIE_BAD},   {-1, COOKIE_GOOD},         {-300, COOKIE_GOOD},
	        {-301, COOKIE_BAD},        {-INT32_MAX, COOKIE_BAD},  {INT32_MIN, COOKIE_BAD},
	};
	// Now, around the end of the 32 bits in 2106, and where a signed time ends.
	static const uint32_t made_s[] = {NOW, 0, 100, UINT32_MAX, UINT32_MAX - 1000, INT32_MAX};
	struct cookie_secrets secrets = secrets_of(SECRET, NULL);
	uint8_t option[COOKIE_BYTES], address[16];

	address_of("2001:db8::1", address);
	for (size_t m = 0; m < ARRAY_LEN(made_s); m++) {
		cookie_build(&secrets, client, address, made_s[m], option);
		for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
			uint32_t now_s = made_s[m] + (uint32_t)cases[i].age_s;

			if (check(&secrets, option, COOKIE_BYTES, address, now_s) !=
			    cases[i].verdict)
				fail_msg("age %d, made at %u", cases[i].age_s, made_s[m]);
		}
	}
}

// Each step of a change keeps the cookies of the step before it and of the step
// after it good, since the servers of an address are never all at the same one.
static void test_change_of_secrets(void **state)
{
	const struct cookie_secrets steps[] = {
	        secrets_of(OLD_SECRET, NULL),
	        secrets_of(OLD_SECRET, NEW_SECRET),
	        secrets_of(NEW_SECRET, OLD_SECRET),
	        secrets_of(NEW_SECRET, NULL),
	};
	static const enum cookie_verdict expected[4][4] = {
	        {COOKIE_GOOD, COOKIE_GOOD, COOKIE_GOOD_RENEW, COOKIE_BAD},
	        {COOKIE_GOOD, COOKIE_GOOD, COOKIE_GOOD_RENEW, COOKIE_BAD},
	        {COOKIE_BAD, COOKIE_GOOD_RENEW, COOKIE_GOOD, COOKIE_GOOD},
	        {COOKIE_BAD, COOKIE_GOOD_RENEW, COOKIE_GOOD, COOKIE_GOOD},
	};
	uint8_t option[COOKIE_BYTES], address[16];

	address_of("192.0.2.1", address);
	for (size_t made = 0; made < 4; made++) {
		cookie_build(&steps[made], client, address, NOW, option);
		for (size_t at = 0; at < 4; at++)
			assert_int_equal(check(&steps[at], option, COOKIE_BYTES, address, NOW + 1),
			                 expected[made][at]);
	}
}

static void test_no_bit_can_be_changed(void **state)
{
	static const char *const addresses[] = {"192.0.2.1", "2001:db8::1", "::"};
	struct cookie_secrets secrets = secrets_of(SECRET, OLD_SECRET);

	for (size_t a = 0; a < ARRAY_LEN(addresses); a++) {
		uint8_t option[COOKIE_BYTES], address[16];

		address_of(addresses[a], address);
		cookie_build(&secrets, client, address, NOW, option);
		for (unsigned bit = 0; bit < COOKIE_BYTES * 8; bit++) {
			option[bit / 8] ^= (uint8_t)(1 << bit % 8);
			assert_int_equal(check(&secrets, option, COOKIE_BYTES, address, NOW),
			                 COOKIE_BAD);
			option[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
		for (unsigned bit = 0; bit < 128; bit++) {
			address[bit / 8] ^= (uint8_t)(1 << bit % 8);
			assert_int_equal(check(&secrets, option, COOKIE_BYTES, address, NOW),
			                 COOKIE_BAD);
			address[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
		assert_int_equal(check(&secrets, option, COOKIE_BYTES, address, NOW), COOKIE_GOOD);
	}
}

static void test_guesses_fail(void **state)
{
	struct cookie_secrets secrets = secrets_of(SECRET, OLD_SECRET);
	uint8_t option[COOKIE_BYTES], address[16];
	struct rand rand;

	rand_init(&rand, 9018);
	address_of("192.0.2.1", address);
	for (unsigned i = 0; i < 20000; i++) {
		uint64_t hash = rand_u64(&rand);

		cookie_build(&secrets, client, address, NOW + i % 300, option);
		memcpy(option + 16, &hash, sizeof(hash));
		assert_int_equal(check(&secrets, option, COOKIE_BYTES, address, NOW), COOKIE_BAD);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_examples_of_the_rfc),
	        cmocka_unit_test(test_lengths),
	        cmocka_unit_test(test_age),
	        cmocka_unit_test(test_change_of_secrets),
	        cmocka_unit_test(test_no_bit_can_be_changed),
	        cmocka_unit_test(test_guesses_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

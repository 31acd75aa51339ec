// zone_name: names by words: whatever their length, nothing of what stands before or
// behind them is taken for theirs.
#include "harness.h"

#include "core/rand.h"
#include "proto/dns/zone/zone_name.h"

#define BEFORE 12 // bytes of a message before its first name
#define BEHIND ZONE_NAME_PAD

// A name of so many bytes in a message of random ones, in both cases.
static uint8_t *name_make(uint8_t msg[BEFORE + DNS_NAME_MAX_BYTES + BEHIND], size_t len,
                          struct rand *rand)
{
	uint8_t *name = msg + BEFORE;
	size_t at = 0;

	for (size_t i = 0; i < BEFORE + DNS_NAME_MAX_BYTES + BEHIND; i++)
		msg[i] = (uint8_t)rand_below(rand, 256);
	while (at + 1 < len) {
		size_t room = len - at - 2;
		uint8_t label =
		        (uint8_t)(1 + rand_below(rand, size_min(room, DNS_LABEL_MAX_BYTES)));

		// One byte would be left that no label takes.
		if (at + 1u + label == len - 2)
			label = label > 1 ? label - 1 : label + 1;
		name[at] = label;
		at += 1u + label;
	}
	name[at] = 0;
	return name;
}

static void test_copies_in_lower_case(void **state)
{
	uint8_t msg[BEFORE + DNS_NAME_MAX_BYTES + BEHIND], lower[DNS_NAME_MAX_BYTES];
	struct rand rand;

	rand_init(&rand, 1);
	for (size_t len = 1; len <= DNS_NAME_MAX_BYTES; len += 1 + (len == 1)) {
		for (unsigned round = 0; round < 20; round++) {
			const uint8_t *from = name_make(msg, len, &rand);
			struct zone_name name;

			assert_int_equal(dns_name_check(from, len), len);
			zone_name_copy(&name, from, len);
			zone_name_split(&name);
			dns_name_lower(lower, from);
			assert_int_equal(name.len, len);
			assert_memory_equal(name.wire, lower, len);
			assert_int_equal(name.labels, dns_name_labels(from));
		}
	}
}

static void test_every_byte_in_lower_case(void **state)
{
	for (unsigned first = 0; first < 256; first += 16) {
		uint8_t bytes[16], lower[16];

		for (unsigned i = 0; i < 16; i++)
			bytes[i] = (uint8_t)(first + i);
		simd16_store(lower, simd16_lower(simd16_load(bytes)));
		for (unsigned i = 0; i < 16; i++) {
			bool upper = bytes[i] >= 'A' && bytes[i] <= 'Z';

			assert_int_equal(lower[i], upper ? bytes[i] + 0x20 : bytes[i]);
		}
	}
}

// A label's hash, from its length byte to its end and no further.
static void test_hash_ends_with_the_label(void **state)
{
	uint8_t label[1 + DNS_LABEL_MAX_BYTES + BEHIND];
	struct rand rand;

	rand_init(&rand, 2);
	for (unsigned len = 1; len <= DNS_LABEL_MAX_BYTES; len++) {
		uint64_t hash;

		for (size_t i = 0; i < sizeof(label); i++)
			label[i] = (uint8_t)rand_below(&rand, 256);
		label[0] = (uint8_t)len;
		hash = zone_hash_label(3, label, 5);
		assert_int_not_equal(hash, zone_hash_label(4, label, 5));
		assert_int_not_equal(hash, zone_hash_label(3, label, 7));
		for (size_t i = 1; i < sizeof(label); i++) {
			label[i] ^= 1;
			assert_int_equal(zone_hash_label(3, label, 5) == hash, i > len);
			label[i] ^= 1;
		}
	}
}

static void test_equality_ends_with_the_name(void **state)
{
	uint8_t a[DNS_NAME_MAX_BYTES + BEHIND], b[DNS_NAME_MAX_BYTES + BEHIND];
	struct rand rand;

	rand_init(&rand, 3);
	for (size_t len = 0; len <= DNS_NAME_MAX_BYTES; len++) {
		for (size_t i = 0; i < sizeof(a); i++) {
			a[i] = (uint8_t)rand_below(&rand, 256);
			b[i] = (uint8_t)(i < len ? a[i] : ~a[i]);
		}
		assert_true(zone_bytes_eq(a, b, len));
		for (size_t i = 0; i < len; i++) {
			b[i] ^= 0x80;
			assert_false(zone_bytes_eq(a, b, len));
			b[i] ^= 0x80;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_copies_in_lower_case),
	        cmocka_unit_test(test_every_byte_in_lower_case),
	        cmocka_unit_test(test_hash_ends_with_the_label),
	        cmocka_unit_test(test_equality_ends_with_the_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

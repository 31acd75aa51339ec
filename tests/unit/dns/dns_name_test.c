// dns_name: names on the wire and in text, their limits and their order.
#include "harness.h"

#include "proto/dns/wire/dns_name.h"

static const uint8_t origin[] = "\7example\3org";

// The wire form of a text, absolute or relative to example.org.
static struct dns_name name_of(const char *text)
{
	struct dns_name name;
	const char *why = NULL;

	if (!dns_name_parse(&name, text, strlen(text), origin, &why))
		fail_msg("%s: %s", text, why);
	assert_int_equal(dns_name_check(name.wire, name.len), name.len);
	assert_int_equal(dns_name_len(name.wire), name.len);
	return name;
}

static void test_text_to_text(void **state)
{
	static const struct {
		const char *text, *canonical;
	} table[] = {
	        {".", "."},
	        {"org.", "org."},
	        {"www", "www.example.org."},
	        {"WwW.Example.COM.", "WwW.Example.COM."},
	        {"a\\.b.c.", "a\\.b.c."},
	        {"\\065\\b.", "Ab."},
	        {"\\000\\255.", "\\000\\255."},
	        {"caf\303\251.", "caf\\195\\169."},
	        {"a\\ b\\\"c\\;d\\(\\).", "a\\032b\\\"c\\;d\\(\\)."},
	        {"\\@.\\$.", "\\@.\\$."},
	        {"*.x", "*.x.example.org."},
	        {"_sip._udp", "_sip._udp.example.org."},
	};
	char text[DNS_NAME_TEXT_BYTES];

	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		assert_string_equal(dns_name_text(name_of(table[i].text).wire, text),
		                    table[i].canonical);
}

static void test_every_byte_survives_the_text_form(void **state)
{
	uint8_t wire[DNS_NAME_MAX_BYTES];
	char text[DNS_NAME_TEXT_BYTES];

	for (unsigned first = 0; first < 256; first += 32) {
		struct dns_name name;

		wire[0] = 32;
		for (unsigned i = 0; i < 32; i++)
			wire[1 + i] = (uint8_t)(first + i);
		wire[33] = 0;
		name = name_of(dns_name_text(wire, text));
		assert_int_equal(name.len, 34);
		assert_memory_equal(name.wire, wire, 34);
	}
}

#define A7  "aaaaaaa"
#define A63 A7 A7 A7 A7 A7 A7 A7 A7 A7

static void test_malformed_text_is_refused_with_a_sentence(void **state)
{
	static const struct {
		const char *text, *why;
	} table[] = {
	        {"", "the name is empty"},
	        {"..", "a label of the name is empty"},
	        {".a.", "a label of the name is empty"},
	        {"a..b.", "a label of the name is empty"},
	        {"a\\", "a backslash in a name is followed by one character or by three digits up "
	                "to 255"},
	        {"a\\25", "a backslash in a name is followed by one character or by three digits "
	                  "up to 255"},
	        {"a\\2x5.", "a backslash in a name is followed by one character or by three "
	                    "digits up to 255"},
	        {"a\\256.", "a backslash in a name is followed by one character or by three "
	                    "digits up to 255"},
	        {"a b.", "blanks and control characters in a name are written as \\DDD"},
	        {"a\x01.", "blanks and control characters in a name are written as \\DDD"},
	        {"a" A63 ".", "a label of the name is longer than 63 bytes"},
	        {A63 "." A63 "." A63 "." A63 ".", "the name is longer than 255 bytes"},
	        {A63 "." A63 "." A63 "." A7 A7 A7 A7 A7 A7 A7 "a",
	         "the name with its origin is longer than 255 bytes"},
	        {"relative", "the name is relative and there is no origin: end it with a dot"},
	};

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		struct dns_name name;
		const char *why = "";
		const uint8_t *from = strcmp(table[i].text, "relative") ? origin : NULL;

		assert_false(
		        dns_name_parse(&name, table[i].text, strlen(table[i].text), from, &why));
		assert_string_equal(why, table[i].why);
	}
}

static void test_the_longest_names_fit(void **state)
{
	char text[DNS_NAME_TEXT_BYTES];
	struct dns_name name =
	        name_of(A63 "." A63 "." A63 "." A7 A7 A7 A7 A7 A7 A7 "aaaaaaaaaaaa.");

	assert_int_equal(name.len, DNS_NAME_MAX_BYTES);
	assert_int_equal(dns_name_labels(name.wire), 4);
	for (int i = 0; i < DNS_LABELS_MAX; i++)
		memcpy(text + i * 2, "a.", 3);
	name = name_of(text);
	assert_int_equal(name.len, DNS_NAME_MAX_BYTES);
	assert_int_equal(dns_name_labels(name.wire), DNS_LABELS_MAX);
	assert_true(dns_name_cmp(name.wire, name.wire) == 0);
	// All bytes escaped: the longest text.
	memset(name.wire, 0xff, 254);
	name.wire[0] = name.wire[64] = name.wire[128] = 63;
	name.wire[192] = 61;
	name.wire[254] = 0;
	assert_int_equal(dns_name_check(name.wire, 255), 255);
	assert_int_equal(strlen(dns_name_text(name.wire, text)), 250 * 4 + 4);
}

static void test_unsound_wire_is_found(void **state)
{
	static const struct {
		const char *wire;
		size_t len, want;
	} table[] = {
	        {"", 0, 0},          {"\0", 1, 1},     {"\1a\0", 3, 3},    {"\1a\0more", 7, 3},
	        {"\1a", 2, 0},       {"\5ab\0", 4, 0}, {"\300\014", 2, 0}, {"\1a\300\0", 4, 0},
	        {"\100aaaaa", 6, 0}, {"\200\0", 2, 0},
	};
	uint8_t long_name[258];

	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		assert_int_equal(dns_name_check((const uint8_t *)table[i].wire, table[i].len),
		                 table[i].want);
	// 128 labels and the root are 257 bytes.
	for (int i = 0; i < 256; i += 2)
		memcpy(long_name + i, "\1a", 2);
	long_name[256] = 0;
	assert_int_equal(dns_name_check(long_name, 257), 0);
	assert_int_equal(dns_name_check(long_name + 2, 255), 255);
}

static void test_canonical_order_of_rfc_4034(void **state)
{
	static const char *const order[] = {
	        "example.",         "a.example.",      "yljkjljk.a.example.",
	        "Z.a.example.",     "zABC.a.EXAMPLE.", "z.example.",
	        "\\001.z.example.", "*.z.example.",    "\\200.z.example.",
	};

	for (size_t i = 0; i < ARRAY_LEN(order); i++)
		for (size_t j = 0; j < ARRAY_LEN(order); j++) {
			int got = dns_name_cmp(name_of(order[i]).wire, name_of(order[j]).wire);

			assert_int_equal((got > 0) - (got < 0), (i > j) - (i < j));
		}
}

static void test_case_is_folded_for_ascii_letters_only(void **state)
{
	uint8_t upper[DNS_NAME_MAX_BYTES], lower[DNS_NAME_MAX_BYTES];

	// Every byte value at every offset of an eight-byte word.
	for (unsigned c = 0; c < 256; c++)
		for (uint8_t len = 1; len <= 20; len++) {
			uint8_t want = c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : (uint8_t)c;

			memset(upper, 'A', sizeof(upper));
			upper[0] = len;
			upper[len] = (uint8_t)c;
			upper[len + 1] = 0;
			assert_int_equal(dns_name_lower(lower, upper), len + 2);
			assert_int_equal(lower[0], len);
			assert_int_equal(lower[len], want);
			assert_true(len == 1 || lower[1] == 'a');
			assert_true(dns_name_eq(upper, lower));
			assert_int_equal(dns_name_cmp(upper, lower), 0);
			lower[len] ^= 1;
			assert_false(dns_name_eq(upper, lower));
		}
}

static void test_lower_in_place(void **state)
{
	struct dns_name name = name_of("WWW.A-Rather-Long-Host.EXAMPLE.Org.");

	dns_name_lower(name.wire, name.wire);
	assert_memory_equal(name.wire, name_of("www.a-rather-long-host.example.org.").wire,
	                    name.len);
}

static void test_under(void **state)
{
	static const struct {
		const char *name, *apex;
		bool under;
	} table[] = {
	        {"example.org.", "EXAMPLE.org.", true},
	        {"a.b.example.org.", "example.ORG.", true},
	        {"anything.", ".", true},
	        {".", ".", true},
	        {".", "org.", false},
	        {"org.", "example.org.", false},
	        {"badexample.org.", "example.org.", false},
	        {"bad\\007example.org.", "example.org.", false},
	        {"example.com.", "example.org.", false},
	};

	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		assert_int_equal(
		        dns_name_under(name_of(table[i].name).wire, name_of(table[i].apex).wire),
		        table[i].under);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        POOL_TEST(test_text_to_text),
	        POOL_TEST(test_every_byte_survives_the_text_form),
	        POOL_TEST(test_malformed_text_is_refused_with_a_sentence),
	        POOL_TEST(test_the_longest_names_fit),
	        POOL_TEST(test_unsound_wire_is_found),
	        POOL_TEST(test_canonical_order_of_rfc_4034),
	        POOL_TEST(test_case_is_folded_for_ascii_letters_only),
	        POOL_TEST(test_lower_in_place),
	        POOL_TEST(test_under),
	};

	return cmocka_run_group_tests_name("dns_name", tests, NULL, NULL);
}

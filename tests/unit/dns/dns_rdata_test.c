// dns_rdata: the table of types, the check of rdata and its text.
#include "harness.h"

#include "proto/dns/rdata/dns_rdata.h"

static void test_mnemonics(void **state)
{
	static const struct {
		const char *text;
		uint16_t type;
		const char *back; // NULL: refused
	} table[] = {
	        {"A", 1, "A"},
	        {"a", 1, "A"},
	        {"aAaA", 28, "AAAA"},
	        {"SOA", 6, "SOA"},
	        {"CAA", 257, "CAA"},
	        {"TYPE1", 1, "A"},
	        {"type65280", 65280, "TYPE65280"},
	        {"TYPE0", 0, "TYPE0"},
	        {"TYPE65535", 65535, "TYPE65535"},
	        {"TYPE65536", 0, NULL},
	        {"TYPE01", 0, NULL},
	        {"TYPE", 0, NULL},
	        {"TYPE1x", 0, NULL},
	        {"TYPE000001", 0, NULL},
	        {"AA", 0, NULL},
	        {"", 0, NULL},
	        {"!", 0, NULL},
	        {"NSX", 0, NULL},
	};
	char text[16];

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		uint16_t type = 0;

		assert_int_equal(dns_type_parse(table[i].text, strlen(table[i].text), &type),
		                 table[i].back != NULL);
		if (!table[i].back)
			continue;
		assert_int_equal(type, table[i].type);
		assert_string_equal(dns_type_text(type, text), table[i].back);
	}
}

static void test_every_type_of_the_table_is_found(void **state)
{
	unsigned found = 0;

	for (unsigned type = 0; type <= UINT16_MAX; type++) {
		const struct dns_rdata_type *info = dns_rdata_type((uint16_t)type);
		char text[DNS_TYPE_TEXT_BYTES];
		uint16_t back;

		assert_int_equal(info != NULL, dns_type_is_known((uint16_t)type));
		dns_type_text((uint16_t)type, text);
		assert_int_equal(info == NULL, strncmp(text, "TYPE", 4) == 0);
		assert_true(dns_type_parse(text, strlen(text), &back));
		assert_int_equal(back, type);
		if (!info)
			continue;
		found++;
		assert_true(info->fields[0] != DNS_FIELD_END);
		assert_int_equal(info->fields[DNS_FIELDS_MAX - 1], DNS_FIELD_END);
	}
	assert_true(found >= 90);
	assert_true(dns_type_is_meta(DNS_TYPE_ANY) && dns_type_is_meta(DNS_TYPE_OPT));
}

#define RDATA(bytes) (const uint8_t *)(bytes), sizeof(bytes) - 1

static const struct {
	uint16_t type;
	const uint8_t *rdata;
	size_t len;
	const char *text;
} sound[] = {
        {DNS_TYPE_A, RDATA("\300\000\002\001"), "192.0.2.1"},
        {DNS_TYPE_NS, RDATA("\2ns\7example\3org\0"), "ns.example.org."},
        {DNS_TYPE_CNAME, RDATA("\0"), "."},
        {DNS_TYPE_SOA, RDATA("\1a\0\1b\0\0\0\0\1\0\0\16\20\0\0\0\2\377\377\377\377\0\0\0\0"),
         "a. b. 1 3600 2 4294967295 0"},
        {DNS_TYPE_PTR, RDATA("\3A.b\0"), "A\\.b."},
        {DNS_TYPE_HINFO, RDATA("\3PDP\4UNIX"), "\"PDP\" \"UNIX\""},
        {DNS_TYPE_MX, RDATA("\0\12\2mx\0"), "10 mx."},
        {DNS_TYPE_TXT, RDATA("\5a \"\\z\0\2\1\377"), "\"a \\\"\\\\z\" \"\" \"\\001\\255\""},
        {DNS_TYPE_RP, RDATA("\1m\0\0"), "m. ."},
        {DNS_TYPE_AAAA, RDATA(" \1\r\270\0\0\0\0\0\0\0\0\0\0\0\1"), "2001:db8::1"},
        {DNS_TYPE_AAAA, RDATA("\0\0\0\0\0\0\0\0\0\0\377\377\300\0\2\1"), "::ffff:192.0.2.1"},
        {DNS_TYPE_SRV, RDATA("\0\0\0\5\24\347\3sip\0"), "0 5 5351 sip."},
        {DNS_TYPE_NAPTR, RDATA("\0\1\0\2\1u\3E2U\0\1r\0"), "1 2 \"u\" \"E2U\" \"\" r."},
        {DNS_TYPE_CAA, RDATA("\200\5issueca.example; x=1"), "128 issue \"ca.example; x=1\""},
        {DNS_TYPE_CAA, RDATA("\0\5issue"), "0 issue \"\""},
        {65280, RDATA("\12\13"), "\\# 2 0A0B"},
        {65280, RDATA(""), "\\# 0"},
};

static void test_text_of_sound_rdata(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(sound); i++) {
		char text[256];

		assert_true(dns_rdata_check(sound[i].type, sound[i].rdata, sound[i].len));
		assert_int_equal(dns_rdata_text(sound[i].type, sound[i].rdata, sound[i].len, text,
		                                sizeof(text)),
		                 strlen(sound[i].text));
		assert_string_equal(text, sound[i].text);
	}
}

// Truncated rdata is never valid, unless the last field is free text.
static void test_no_beginning_of_rdata_is_sound(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(sound); i++) {
		if (sound[i].type > UINT8_MAX || sound[i].type == DNS_TYPE_TXT)
			continue;
		for (size_t len = 0; len < sound[i].len; len++)
			assert_false(dns_rdata_check(sound[i].type, sound[i].rdata, len));
	}
}

static void test_unsound_rdata_is_refused_and_written_as_bytes(void **state)
{
	static const struct {
		uint16_t type;
		const uint8_t *rdata;
		size_t len;
		const char *text;
	} table[] = {
	        {DNS_TYPE_A, RDATA("\1\2\3\4\5"), "\\# 5 0102030405"},
	        {DNS_TYPE_NS, RDATA("\300\14"), "\\# 2 C00C"},
	        {DNS_TYPE_NS, RDATA("\0\0"), "\\# 2 0000"},
	        {DNS_TYPE_TXT, RDATA(""), "\\# 0"},
	        {DNS_TYPE_TXT, RDATA("\1a\2b"), "\\# 4 01610262"},
	        {DNS_TYPE_CAA, RDATA("\0\0v"), "\\# 3 000076"},
	        {DNS_TYPE_CAA, RDATA("\0\2a-v"), "\\# 5 0002612D76"},
	        {DNS_TYPE_CAA, RDATA("\0\5iss"), "\\# 5 0005697373"},
	        {DNS_TYPE_HINFO, RDATA("\1a"), "\\# 2 0161"},
	};

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		char text[64];

		assert_false(dns_rdata_check(table[i].type, table[i].rdata, table[i].len));
		dns_rdata_text(table[i].type, table[i].rdata, table[i].len, text, sizeof(text));
		assert_string_equal(text, table[i].text);
	}
}

static void test_text_is_cut_as_snprintf_cuts(void **state)
{
	static const char whole[] = "\"PDP\" \"UNIX\"";
	char text[sizeof(whole)];

	for (size_t size = 0; size <= sizeof(whole); size++) {
		memset(text, '#', sizeof(text));
		assert_int_equal(dns_rdata_text(DNS_TYPE_HINFO, RDATA("\3PDP\4UNIX"), text, size),
		                 strlen(whole));
		if (size) {
			assert_int_equal(strlen(text), size - 1);
			assert_memory_equal(text, whole, size - 1);
		}
		assert_true(size == sizeof(text) || text[size] == '#');
	}
}

static void test_rdata_longer_than_a_record_holds_is_refused(void **state)
{
	static uint8_t bytes[UINT16_MAX + 1];

	assert_true(dns_rdata_check(65280, bytes, UINT16_MAX));
	assert_false(dns_rdata_check(65280, bytes, UINT16_MAX + 1));
	assert_true(dns_rdata_check(DNS_TYPE_TXT, bytes, UINT16_MAX));
}

static void test_fields_are_taken_one_by_one(void **state)
{
	struct span s = span_of("\0\12\2mx\0rest", 10);
	struct span preference = dns_rdata_take(DNS_FIELD_U16, &s);
	struct span name = dns_rdata_take(DNS_FIELD_NAME, &s);

	assert_int_equal(span_u16(&preference), 10);
	assert_int_equal(span_left(&name), 4);
	assert_int_equal(span_left(&s), 4);
	assert_true(dns_rdata_take(DNS_FIELD_IPV6, &s).bad);
	assert_true(s.bad);
	assert_true(dns_rdata_take(DNS_FIELD_TEXT, &s).bad);
	s = span_of("x", 1);
	assert_true(dns_rdata_take(DNS_FIELD_END, &s).bad);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        POOL_TEST(test_mnemonics),
	        POOL_TEST(test_every_type_of_the_table_is_found),
	        POOL_TEST(test_text_of_sound_rdata),
	        POOL_TEST(test_no_beginning_of_rdata_is_sound),
	        POOL_TEST(test_unsound_rdata_is_refused_and_written_as_bytes),
	        POOL_TEST(test_text_is_cut_as_snprintf_cuts),
	        POOL_TEST(test_rdata_longer_than_a_record_holds_is_refused),
	        POOL_TEST(test_fields_are_taken_one_by_one),
	};

	return cmocka_run_group_tests_name("dns_rdata", tests, NULL, NULL);
}

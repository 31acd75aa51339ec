// rdata_canonical: canonical forms and their order, and the host names in rdata.
#include "rdata_read.h"

// Names are in lower case for the types of RFC 4034 section 6.2 and RFC 6840 section 5.1.
static void test_canonical_form(void **state)
{
	static const struct {
		const char *type, *text, *want;
	} table[] = {
	        {"A", "192.0.2.1", "192.0.2.1"},
	        {"NS", "A", "a.example.org."},
	        {"SOA", "A. B. 1 2 3 4 5", "a. b. 1 2 3 4 5"},
	        {"TXT", "ABC", "\"ABC\""},
	        {"RP", "A. B.", "a. b."},
	        {"SRV", "1 2 3 A.", "1 2 3 a."},
	        {"NAPTR", "1 2 U E2U !X!Y! A.", "1 2 \"U\" \"E2U\" \"!X!Y!\" a."},
	        {"DNAME", "A.", "a."},
	        {"RRSIG", "A 8 2 1 2 1 1 A. AQID",
	         "A 8 2 1 19700101000002 19700101000001 1 a. AQID"},
	        {"NSEC", "A. A", "A. A"},
	        {"MD", "A.", "a."},
	        {"MF", "A.", "a."},
	        {"CNAME", "A.", "a."},
	        {"MB", "A.", "a."},
	        {"MG", "A.", "a."},
	        {"MR", "A.", "a."},
	        {"PTR", "A.", "a."},
	        {"MINFO", "A. B.", "a. b."},
	        {"MX", "1 A.", "1 a."},
	        {"AFSDB", "1 A.", "1 a."},
	        {"RT", "1 A.", "1 a."},
	        {"SIG", "A 8 2 1 2 1 1 A. AQID", "A 8 2 1 19700101000002 19700101000001 1 a. AQID"},
	        {"PX", "1 A. B.", "1 a. b."},
	        {"NXT", "A. A", "a. A"},
	        {"KX", "1 A.", "1 a."},
	        {"A6", "64 ::1 A.", "64 ::1 a."},
	        {"A6", "0 ::1", "0 ::1"},
	        {"NSAP-PTR", "A.", "A."},
	        {"IPSECKEY", "1 3 2 A. AQID", "1 3 2 A. AQID"},
	        {"HIP", "2 AA AQID A. B.", "2 AA AQID A. B."},
	        {"TALINK", "A. B.", "A. B."},
	        {"SVCB", "1 A. alpn=H2", "1 A. alpn=\"H2\""},
	        {"HTTPS", "0 A.", "0 A."},
	        {"DSYNC", "A NOTIFY 1 A.", "A NOTIFY 1 A."},
	        {"LP", "1 A.", "1 A."},
	        {"AMTRELAY", "1 0 3 A.", "1 0 3 A."},
	        {"TYPE65280", "\\# 3 014100", "\\# 3 014100"},
	};

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		uint16_t type = read_type(table[i].type);
		uint8_t room[256], low[256];
		size_t len = read_wire(type, table[i].text, room, sizeof(room));
		char text[256];

		assert_int_equal(dns_rdata_canonical(type, room, len, low), len);
		dns_rdata_text(type, low, len, text, sizeof(text));
		assert_string_equal(text, table[i].want);
		assert_int_equal(dns_rdata_cmp(type, room, len, low, len), 0);
		assert_int_equal(dns_rdata_canonical(type, room, len, room), len);
		assert_memory_equal(room, low, len);
	}
	assert_int_equal(dns_rdata_canonical(65280, NULL, 0, NULL), 0);
}

// In ascending order.
static void test_canonical_order(void **state)
{
	static const struct {
		const char *type, *less, *more;
	} table[] = {
	        {"A", "192.0.2.1", "192.0.2.2"},
	        {"NS", "B.", "aa."},
	        {"NS", "a.c.", "A.D."},
	        {"MX", "1 b.", "2 A."},
	        {"MX", "1 A.", "1 b."},
	        {"TXT", "b", "aa"},
	        {"TXT", "b", "b \"\""},
	        {"NSEC", "A. A", "a. A"},
	        {"TYPE65280", "\\# 2 0a0b", "\\# 3 0a0b00"},
	        {"TYPE65280", "\\# 0", "\\# 1 00"},
	        {"CDS", "0 0 0 00", "0 0 0 0000"},
	};

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		uint16_t type = read_type(table[i].type);
		uint8_t less[256], more[256];
		size_t less_len = read_wire(type, table[i].less, less, sizeof(less));
		size_t more_len = read_wire(type, table[i].more, more, sizeof(more));

		assert_true(dns_rdata_cmp(type, less, less_len, more, more_len) < 0);
		assert_true(dns_rdata_cmp(type, more, more_len, less, less_len) > 0);
		assert_int_equal(dns_rdata_cmp(type, less, less_len, less, less_len), 0);
	}
}

// RFC 1035 section 3.3 and those that follow its example.
static void test_hosts(void **state)
{
	static const struct {
		const char *type, *text, *host; // NULL: none
	} table[] = {
	        {"A", "192.0.2.1", NULL},
	        {"NS", "a.", "a."},
	        {"CNAME", "a.", NULL},
	        {"MX", "1 a.", "a."},
	        {"SRV", "1 2 3 a.", "a."},
	        {"NAPTR", "1 2 a b c d.", "d."},
	        {"TYPE65280", "\\# 0", NULL},
	        {"MD", "a.", "a."},
	        {"MF", "a.", "a."},
	        {"MB", "a.", "a."},
	        {"MG", "a.", NULL},
	        {"MINFO", "a. b.", NULL},
	        {"AFSDB", "1 a.", "a."},
	        {"RT", "1 a.", "a."},
	        {"KX", "1 a.", "a."},
	        {"PX", "1 a. b.", NULL},
	        {"LP", "1 a.", NULL},
	        {"SVCB", "0 a.", "a."},
	        {"SVCB", "1 a. port=1", "a."},
	        {"HTTPS", "1 .", "Example.org."},
	        {"SVCB", "256 .", "Example.org."},
	        {"SVCB", "0 .", "."},
	        {"MX", "1 .", "."},
	};

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		uint16_t type = read_type(table[i].type);
		uint8_t room[256];
		size_t len = read_wire(type, table[i].text, room, sizeof(room));
		const uint8_t *host = dns_rdata_host(type, room, len, origin);
		char text[DNS_NAME_TEXT_BYTES];

		assert_int_equal(host != NULL, table[i].host != NULL);
		if (host)
			assert_string_equal(dns_name_text(host, text), table[i].host);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        POOL_TEST(test_canonical_form),
	        POOL_TEST(test_canonical_order),
	        POOL_TEST(test_hosts),
	};

	return cmocka_run_group_tests_name("rdata_canonical", tests, NULL, NULL);
}

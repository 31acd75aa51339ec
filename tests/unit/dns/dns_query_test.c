// dns_query: the check of queries, against messages that are right, odd, or cut
// at every byte.
#include "harness.h"

#include "proto/dns/wire/dns_query.h"

#define ID       "\x12\x34"
#define QUERY    ID "\x01\x00" // RD
#define ONE      "\x00\x01"
#define NONE     "\x00\x00"
#define QUESTION "\3www\7example\3org\0\0\1\0\1"
#define OPT      "\x00\x00\x29\x04\xd0\x00\x00\x80\x00\x00\x00"
#define OPT_V1   "\x00\x00\x29\x04\xd0\x00\x01\x00\x00\x00\x00"
#define OPT_CUT  "\x00\x00\x29\x02\x00\x00\x00\x00\x00\x00\x04\x00\x03\x00\x01"
#define OPT_COOKIE                                                                                 \
	"\x00\x00\x29\x02\x00\x00\x00\x00\x00\x00\x0c\x00\x0a\x00\x08"                             \
	"cccccccc"
#define OPT_NSID       "\x00\x00\x29\x02\x00\x00\x00\x00\x00\x00\x04\x00\x03\x00\x00"
#define TSIG_RR(rdlen) "\x03key\x00\x00\xfa\x00\xff\x00\x00\x00\x00\x00" rdlen
#define TSIG_DATA      "\4hmac\0\0\0\x01\x02\x03\x04\x01\x2c\0\2mm\x12\x34\0\0\0\0"
#define TSIG           TSIG_RR("\x18") TSIG_DATA
#define OTHER          "\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x00\x00\x04\x01\x02\x03\x04"
#define IXFR           "\x03org\x00\x00\xfb\x00\x01"

#define QUESTION_LEN (sizeof(QUESTION) - 1)

#define MSG(text) text, sizeof(text) - 1

struct wire_case {
	const char *name, *bytes;
	size_t len;
	enum dns_rcode rcode;
	size_t question_len;
	bool edns;
};

static const struct wire_case wire_cases[] = {
        {"plain", MSG(QUERY ONE NONE NONE NONE QUESTION), DNS_NOERROR, QUESTION_LEN, false},
        {"edns", MSG(QUERY ONE NONE NONE ONE QUESTION OPT), DNS_NOERROR, QUESTION_LEN, true},
        {"edns with an option", MSG(QUERY ONE NONE NONE ONE QUESTION OPT_NSID), DNS_NOERROR,
         QUESTION_LEN, true},
        {"root", MSG(QUERY ONE NONE NONE NONE "\x00\x00\x02\x00\x01"), DNS_NOERROR, 5, false},
        {"trailing bytes", MSG(QUERY ONE NONE NONE NONE QUESTION "x"), DNS_NOERROR, QUESTION_LEN,
         false},
        {"another record besides OPT", MSG(QUERY ONE NONE NONE "\x00\x02" QUESTION OTHER OPT),
         DNS_NOERROR, QUESTION_LEN, true},
        {"ixfr with its soa", MSG(QUERY ONE NONE ONE NONE IXFR OTHER), DNS_NOERROR, 9, false},
        {"edns version 1", MSG(QUERY ONE NONE NONE ONE QUESTION OPT_V1), DNS_BADVERS, QUESTION_LEN,
         true},
        {"tsig", MSG(QUERY ONE NONE NONE ONE QUESTION TSIG), DNS_NOTAUTH, QUESTION_LEN, false},
        {"tsig behind edns", MSG(QUERY ONE NONE NONE "\x00\x02" QUESTION OPT TSIG), DNS_NOTAUTH,
         QUESTION_LEN, true},
        {"tsig not last", MSG(QUERY ONE NONE NONE "\x00\x02" QUESTION TSIG OPT), DNS_FORMERR, 0,
         false},
        {"tsig without data", MSG(QUERY ONE NONE NONE ONE QUESTION TSIG_RR("\x00")), DNS_FORMERR, 0,
         false},
        {"tsig cut short", MSG(QUERY ONE NONE NONE ONE QUESTION TSIG_RR("\x17") TSIG_DATA),
         DNS_FORMERR, 0, false},
        {"tsig with bytes left over",
         MSG(QUERY ONE NONE NONE ONE QUESTION TSIG_RR("\x19") TSIG_DATA "x"), DNS_FORMERR, 0,
         false},
        {"tsig of a compressed key",
         MSG(QUERY ONE NONE NONE ONE QUESTION
             "\xc0\x0c\x00\xfa\x00\xff\x00\x00\x00\x00\x00\x18" TSIG_DATA),
         DNS_FORMERR, 0, false},
        {"notify", MSG(ID "\x20\x00" ONE NONE NONE NONE QUESTION), DNS_REFUSED, 0, false},
        {"update", MSG(ID "\x28\x00" ONE NONE NONE NONE QUESTION), DNS_NOTIMP, 0, false},
        {"no question", MSG(QUERY NONE NONE NONE NONE), DNS_FORMERR, 0, false},
        {"two questions", MSG(QUERY "\x00\x02" NONE NONE NONE QUESTION QUESTION), DNS_FORMERR, 0,
         false},
        {"an answer", MSG(QUERY ONE ONE NONE NONE QUESTION OTHER), DNS_FORMERR, 0, false},
        {"an authority", MSG(QUERY ONE NONE ONE NONE QUESTION OTHER), DNS_FORMERR, 0, false},
        {"pointer in the question", MSG(QUERY ONE NONE NONE NONE "\x01w\xc0\x0c\x00\x01\x00\x01"),
         DNS_FORMERR, 0, false},
        {"label of 64", MSG(QUERY ONE NONE NONE NONE "\x40" QUESTION QUESTION QUESTION QUESTION),
         DNS_FORMERR, 0, false},
        {"two OPT", MSG(QUERY ONE NONE NONE "\x00\x02" QUESTION OPT OPT), DNS_FORMERR, 0, false},
        {"no question but OPT", MSG(QUERY NONE NONE NONE ONE OPT), DNS_FORMERR, 0, true},
        {"no question but a cookie", MSG(QUERY NONE NONE NONE ONE OPT_COOKIE), DNS_NOERROR, 0,
         true},
        {"an option cut short", MSG(QUERY ONE NONE NONE ONE QUESTION OPT_CUT), DNS_FORMERR, 0,
         false},
        {"OPT of a name",
         MSG(QUERY ONE NONE NONE ONE QUESTION "\xc0\x0c"
                                              "\x00\x29\x04\xd0\x00\x00\x00\x00\x00\x00"),
         DNS_FORMERR, 0, false},
        {"missing OPT", MSG(QUERY ONE NONE NONE ONE QUESTION), DNS_FORMERR, 0, false},
        {"OPT too long",
         MSG(QUERY ONE NONE NONE ONE QUESTION "\x00\x00\x29\x04\xd0\x00\x00\x00\x00\x00\x01"),
         DNS_FORMERR, 0, false},
        {"owner of a reserved kind", MSG(QUERY ONE NONE NONE ONE QUESTION "\x80" OPT), DNS_FORMERR,
         0, false},
};

// Exactly as long as the message, so that a read past its end is seen.
static uint8_t *exact(const char *bytes, size_t len)
{
	uint8_t *copy = test_malloc(len + 1);

	memcpy(copy + 1, bytes, len);
	return copy;
}

static void test_queries(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(wire_cases); i++) {
		const struct wire_case *c = &wire_cases[i];
		uint8_t *copy = exact(c->bytes, c->len);
		struct dns_query query;

		assert_int_equal(dns_hdr_check(copy + 1, c->len), DROP_NONE);
		if (dns_query_parse(&query, copy + 1, c->len) != c->rcode ||
		    query.question_len != c->question_len || query.edns != c->edns)
			fail_msg("%s", c->name);
		test_free(copy);
	}
}

static void test_fields(void **state)
{
	static const char msg[] = QUERY ONE NONE NONE ONE QUESTION OPT;
	struct dns_query query;

	assert_int_equal(dns_query_parse(&query, (const uint8_t *)msg, sizeof(msg) - 1),
	                 DNS_NOERROR);
	assert_int_equal(query.qtype, DNS_TYPE_A);
	assert_int_equal(query.qclass, DNS_CLASS_IN);
	assert_int_equal(query.name_len, 17);
	assert_int_equal(query.udp_size, 1232);
	assert_int_equal(query.edns_version, 0);
	assert_true(query.dnssec_ok);
}

// A message cut short is never taken for a sound one.
static void test_cut_at_every_byte(void **state)
{
	static const char msg[] = QUERY ONE NONE NONE "\x00\x02" QUESTION OTHER OPT;

	for (size_t len = DNS_HDR_BYTES; len < sizeof(msg) - 1; len++) {
		uint8_t *copy = exact(msg, len);
		struct dns_query query;

		assert_int_equal(dns_query_parse(&query, copy + 1, len), DNS_FORMERR);
		test_free(copy);
	}
}

static void test_no_reply(void **state)
{
	static const char response[] = ID "\x81\x00" ONE NONE NONE NONE QUESTION;

	assert_int_equal(dns_hdr_check((const uint8_t *)response, DNS_HDR_BYTES - 1),
	                 DROP_DNS_SHORT);
	assert_int_equal(dns_hdr_check((const uint8_t *)response, sizeof(response) - 1),
	                 DROP_DNS_RESPONSE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        POOL_TEST(test_queries),
	        POOL_TEST(test_fields),
	        POOL_TEST(test_cut_at_every_byte),
	        POOL_TEST(test_no_reply),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

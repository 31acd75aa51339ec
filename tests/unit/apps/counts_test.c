// counts: which counters each kind of reply increments, and what happens to those of a zone that is
// removed.
#include "harness.h"

#include "apps/dns/counts.h"
#include "core/host/metric_report.h"

#include <stdlib.h>

#define BURST 32

static struct dns_counts workers[2];
static struct dns_counts *const counts[] = {&workers[0], &workers[1]};

static const uint8_t ipv4[16] = {[10] = 0xff, [11] = 0xff, [12] = 192, [15] = 1};
static const uint8_t ipv6[16] = {0x20, 0x01, [15] = 1};

static int setup(void **state)
{
	for (unsigned i = 0; i < 2; i++) {
		workers[i] = (struct dns_counts){0};
		if (dns_counts_open(&workers[i]))
			return -1;
	}
	return 0;
}

static int teardown(void **state)
{
	dns_counts_close(&workers[0]);
	dns_counts_close(&workers[1]);
	return 0;
}

// A positive reply of 100 bytes to a question for A over IPv4 about zone 7.
static struct dns_request usual(void)
{
	return (struct dns_request){
	        .transport = DNS_UDP,
	        .source = ipv4,
	        .reply_len = 100,
	        .outcome = {.qtype = DNS_TYPE_A, .zone = 7, .kind = DNS_KIND_POSITIVE}};
}

static void add_tables(json_t *reply)
{
	struct metric_source source;

	dns_counts_metrics(counts, 2, &source);
	metric_report_json(&source, reply);
}

// "A:2 NOERROR:2", of the rows of one table that are not zero.
static const char *table(const char *name, const char *column)
{
	static char line[512];
	json_t *reply = json_object(), *row;
	size_t i, len = 0;

	add_tables(reply);
	line[0] = '\0';
	json_array_foreach (json_object_get(reply, name), i, row) {
		json_int_t count = json_integer_value(json_object_get(row, "count"));

		if (count)
			len += (size_t)snprintf(
			        line + len, sizeof(line) - len, "%s%s:%d", len ? " " : "",
			        json_string_value(json_object_get(row, column)), (int)count);
	}
	json_decref(reply);
	return line;
}

static void test_types(void **state)
{
	static const struct {
		uint16_t type;
		const char *counted;
	} cases[] = {
	        {DNS_TYPE_A, "A:1"},           {DNS_TYPE_AAAA, "AAAA:1"},
	        {DNS_TYPE_HTTPS, "HTTPS:1"},   {DNS_TYPE_ANY, "ANY:1"},
	        {DNS_TYPE_CAA, "CAA:1"},       {DNS_TYPE_HINFO, "other:1"},
	        {DNS_TYPE_CAA + 1, "other:1"}, {UINT16_MAX, "other:1"},
	        {0, "unreadable:1"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct dns_request request = usual();

		request.outcome.qtype = cases[i].type;
		assert_int_equal(setup(NULL), 0);
		dns_counts_add(&workers[0], &request, 1);
		assert_string_equal(table("replies_by_type", "type"), cases[i].counted);
		if (i + 1 < ARRAY_LEN(cases))
			teardown(NULL);
	}
}

static void test_what_replies_are_told_apart_by(void **state)
{
	static const uint16_t rcodes[] = {0, 1, 2, 3, 4, 5, 6, 9, 16, 23, 7, 24, 4095};
	static const uint16_t sizes[] = {12,  63,   64,   127,  128,  255,  256,  511,
	                                 512, 1231, 1232, 1472, 1473, 4095, 4096, 65535};
	struct dns_request request;

	for (size_t i = 0; i < ARRAY_LEN(rcodes); i++) {
		request = usual();
		request.outcome.rcode = rcodes[i];
		dns_counts_add(&workers[i % 2], &request, 1);
	}
	assert_string_equal(table("replies_by_rcode", "rcode"),
	                    "NOERROR:1 FORMERR:1 SERVFAIL:1 NXDOMAIN:1 NOTIMP:1 REFUSED:1 "
	                    "YXDOMAIN:1 NOTAUTH:1 BADVERS:1 BADCOOKIE:1 other:3");
	assert_string_equal(table("replies_by_size", "bytes"), "up to 127:13");
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		request = usual();
		request.reply_len = sizes[i];
		dns_counts_add(&workers[i % 2], &request, 1);
	}
	assert_string_equal(table("replies_by_size", "bytes"),
	                    "up to 63:2 up to 127:15 up to 255:2 up to 511:2 up to 1231:2 "
	                    "up to 1472:2 up to 4095:2 up to 65535:2");
}

static void test_transports(void **state)
{
	for (unsigned i = 0; i < 36; i++) {
		struct dns_request request = usual();

		request.transport = i < 3    ? DNS_UDP
		                    : i < 10 ? DNS_TCP
		                    : i < 21 ? DNS_TLS
		                             : DNS_HTTPS;
		request.source =
		        i < 1 || (i >= 3 && i < 6) || (i >= 10 && i < 15) || (i >= 21 && i < 28)
		                ? ipv4
		                : ipv6;
		dns_counts_add(&workers[i % 2], &request, 1);
	}
	assert_string_equal(table("replies_by_transport", "transport"),
	                    "UDP over IPv4:1 UDP over IPv6:2 TCP over IPv4:3 TCP over IPv6:4 "
	                    "TLS over IPv4:5 TLS over IPv6:6 "
	                    "HTTPS over IPv4:7 HTTPS over IPv6:8");
}

static void test_marks(void **state)
{
	static const uint8_t verdicts[] = {COOKIE_NONE, COOKIE_MALFORMED, COOKIE_CLIENT_ONLY,
	                                   COOKIE_BAD,  COOKIE_GOOD,      COOKIE_GOOD_RENEW};

	for (size_t i = 0; i < ARRAY_LEN(verdicts); i++) {
		struct dns_request request = usual();

		request.outcome.cookie = verdicts[i];
		request.outcome.edns = i > 0;
		request.outcome.dnssec_ok = i > 3;
		request.outcome.truncated = i == 5;
		dns_counts_add(&workers[0], &request, 1);
	}
	assert_string_equal(table("replies_with", "mark"),
	                    "edns:5 dnssec_ok:2 truncated:1 cookie_good:2 cookie_new:1 "
	                    "cookie_bad:1 cookie_malformed:1");
}

static void test_zones(void **state)
{
	static const struct {
		uint32_t number;
		const char *row;
	} cases[] = {
	        {7, "{'replies':10,'error':2,'positive':2,'nodata':2,'nxdomain':2,'referral':2}"},
	        {DNS_NUMBERS_MAX - 1,
	         "{'replies':2,'error':0,'positive':2,'nodata':0,'nxdomain':0,'referral':0}"},
	        {8, "{'replies':0,'error':0,'positive':0,'nodata':0,'nxdomain':0,'referral':0}"},
	};
	struct dns_request request = usual();

	for (unsigned w = 0; w < 2; w++) {
		for (uint8_t kind = 0; kind < DNS_KINDS; kind++) {
			request = usual();
			request.outcome.kind = kind;
			dns_counts_add(&workers[w], &request, 1);
		}
		request = usual();
		request.outcome.zone = DNS_NUMBERS_MAX - 1;
		dns_counts_add(&workers[w], &request, 1);
		request.outcome.zone = ZONE_NUMBER_NONE;
		dns_counts_add(&workers[w], &request, 1);
	}
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char json[128];
		json_t *row = json_object(), *want;

		snprintf(json, sizeof(json), "%s", cases[i].row);
		for (char *c = json; *c; c++)
			*c = *c == '\'' ? '"' : *c;
		want = json_loads(json, 0, NULL);
		dns_counts_zone_json(counts, 2, cases[i].number, row);
		assert_true(json_equal(row, want));
		json_decref(row);
		json_decref(want);
	}
	assert_string_equal(table("replies_by_kind", "kind"),
	                    "error:2 positive:6 nodata:2 nxdomain:2 referral:2");
	dns_counts_clear(&workers[0], 7);
	dns_counts_clear(&workers[1], 7);
	for (unsigned i = 0; i < DNS_KINDS; i++)
		assert_int_equal(counter_get(&workers[1].zones[7].kind[i]), 0);
	assert_int_equal(counter_get(&workers[1].zones[DNS_NUMBERS_MAX - 1].kind[1]), 1);
}

static void test_a_burst_is_counted_once(void **state)
{
	struct dns_request requests[BURST];
	json_t *reply = json_object(), *row;

	for (unsigned i = 0; i < BURST; i++) {
		requests[i] = usual();
		requests[i].reply_len = i % 4 ? 100 : 0; // dropped, its outcome is nothing
	}
	dns_counts_add(&workers[0], requests, BURST);
	dns_counts_add(&workers[1], requests, BURST);
	add_tables(reply);
	row = json_array_get(json_object_get(reply, "dns"), 0);
	assert_int_equal(json_integer_value(json_object_get(row, "queries")), 2 * BURST);
	assert_int_equal(json_integer_value(json_object_get(row, "replies")), 2 * BURST * 3 / 4);
	assert_int_equal(json_integer_value(json_object_get(row, "dropped")), 2 * BURST / 4);
	json_decref(reply);
	assert_string_equal(table("replies_by_type", "type"), "A:48");
	assert_int_equal(counter_get(&workers[0].zones[7].kind[DNS_KIND_POSITIVE]), 24);
}

#define COUNT_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_teardown(test_types, teardown),
	        COUNT_TEST(test_what_replies_are_told_apart_by),
	        COUNT_TEST(test_transports),
	        COUNT_TEST(test_marks),
	        COUNT_TEST(test_zones),
	        COUNT_TEST(test_a_burst_is_counted_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

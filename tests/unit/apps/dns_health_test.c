// dns_health: what wadi-dns asks its workers, which replies are right, and what the rows say
// of zones and signatures.
#include "zones_run.h"

#include "apps/boot/health.h"
#include "apps/dns/dns_health.h"

#include <time.h>

static struct service_probe probe;

// The row that the checks add with this name: its state, then its detail.
static const char *row_of(const char *check)
{
	static char line[2048];
	struct health health;
	json_t *row;
	size_t i;

	health_init(&health);
	dns_health_checks(dns, &health);
	line[0] = '\0';
	json_array_foreach (health.checks, i, row)
		if (strcmp(json_string_value(json_object_get(row, "check")), check) == 0)
			snprintf(line, sizeof(line), "%s: %s",
			         json_string_value(json_object_get(row, "state")),
			         json_string_value(json_object_get(row, "detail")));
	json_decref(health.checks);
	return line;
}

static void assert_begins(const char *text, const char *begin)
{
	if (strncmp(text, begin, strlen(begin)) != 0)
		fail_msg("'%s' does not begin with '%s'", text, begin);
}

// The reply to the probe by the engine that workers use, judged. NULL: it is right.
static const char *judge_answer(void)
{
	static const uint8_t source[16] = {[10] = 0xff, [11] = 0xff, [12] = 192, [15] = 8};
	const struct dns_served *served = swap_read(&dns->served);
	const struct dns_server server = {.zones = served->set, .policy = &dns->settings->policy};
	uint8_t message[SERVICE_PROBE_BYTES];
	struct dns_request request = {.msg = message,
	                              .len = probe.len,
	                              .room = sizeof(message),
	                              .transport = DNS_UDP,
	                              .source = source};
	static struct why judged;

	memcpy(message, probe.bytes, probe.len);
	answer_queries(&server, &request, 1);
	assert_int_equal(request.drop, DROP_NONE);
	return dns_health_judge(&probe, message, request.reply_len, &judged) ? NULL : judged.text;
}

static void test_a_zone_is_asked_for(void **state)
{
	static const char *const nobody[] = {"none"};
	struct dns_zone_conf items[] = {{.origin = "a.example"}, {.origin = "b.example"}};

	write_zone("a.zone", 1);
	items[0].file = items[1].file = path_of("a.zone");
	assert_int_equal(open_with(items, 2), 0);
	assert_true(dns_health_probe(dns, &probe));
	assert_string_equal(probe.text, "SOA a.example.");
	assert_null(judge_answer());
	dns_service.close(dns);

	// One that answers no client is passed over, or is right to refuse.
	items[0].allow = (struct conf_list){(void *)(uintptr_t)nobody, 1};
	assert_int_equal(open_with(items, 2), 0);
	assert_true(dns_health_probe(dns, &probe));
	assert_string_equal(probe.text, "SOA b.example.");
	assert_null(judge_answer());
	dns_service.close(dns);

	assert_int_equal(open_with(items, 1), 0);
	assert_true(dns_health_probe(dns, &probe));
	assert_string_equal(probe.text, "SOA a.example.");
	assert_null(judge_answer());
}

static void test_a_server_without_zones_replies(void **state)
{
	struct dns_zone_conf item = {.directory = path_of("none"), .pattern = "*.zone"};

	assert_int_equal(mkdir(path_of("none"), 0700), 0);
	assert_int_equal(open_with(&item, 1), 0);
	dns->settings->policy.unknown = DNS_UNKNOWN_DROP;
	assert_true(dns_health_probe(dns, &probe));
	assert_string_equal(probe.text, "CH TXT id.server.");
	assert_null(judge_answer());
	assert_begins(row_of("dns.zones"), "failed: there is no zone");
	assert_begins(row_of("dns.signatures"), "ok: no zone is signed");
}

static void test_the_longest_origin_fits(void **state)
{
	struct dns_zone_conf item = {.origin = ""};
	char origin[1100] = "";
	size_t len = 0;

	for (unsigned i = 0; i < 127; i++)
		len += (size_t)snprintf(origin + len, sizeof(origin) - len, "\\255.");
	item.origin = origin;
	write_text("a.zone", "$TTL 60\n@ SOA . . 1 7200 600 864000 60\n@ NS .\n");
	item.file = path_of("a.zone");
	assert_int_equal(open_with(&item, 1), 0);
	assert_true(dns_health_probe(dns, &probe));
	assert_begins(probe.text, "SOA \\255.");
	assert_int_equal(probe.len, DNS_HDR_BYTES + DNS_NAME_MAX_BYTES + 4);
	assert_null(judge_answer());
}

static void test_replies_that_are_wrong(void **state)
{
	static const struct {
		uint16_t id, flags, answers, len;
		const char *why; // NULL: it is right
	} cases[] = {
	        {0x7761, 0x8400, 1, 40, NULL},
	        {0x7761, 0x8600, 0, 40, NULL}, // cut by a rate limit
	        {0x7761, 0x8400, 1, 11, "the reply is none to this query"},
	        {0x7762, 0x8400, 1, 40, "the reply is none to this query"},
	        {0x7761, 0x0400, 1, 40, "the reply is none to this query"},
	        {0x7761, 0x8402, 0, 40, "the reply is SERVFAIL"},
	        {0x7761, 0x8405, 0, 40, "the reply is REFUSED"},
	        {0x7761, 0x8400, 0, 40, "the reply has no SOA record"},
	        {0x7761, 0x8000, 1, 40, "the reply has no SOA record"},
	};
	uint8_t message[40] = {0};
	struct why judged;

	probe.own = 0;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct dns_hdr *hdr = (struct dns_hdr *)message;
		bool good;

		hdr->id = be16(cases[i].id);
		hdr->flags = be16(cases[i].flags);
		hdr->ancount = be16(cases[i].answers);
		good = dns_health_judge(&probe, message, cases[i].len, &judged);
		assert_int_equal(good, cases[i].why == NULL);
		if (cases[i].why)
			assert_string_equal(judged.text, cases[i].why);
	}
}

static void test_zones_that_are_stale_or_not_served(void **state)
{
	struct dns_zone_conf items[] = {{.origin = "a.example"}, {.origin = "b.example"}};

	write_zone("a.zone", 1);
	write_zone("b.zone", 1);
	items[0].file = path_of("a.zone");
	items[1].file = path_of("b.zone");
	assert_int_equal(open_with(items, 2), 0);
	assert_string_equal(row_of("dns.zones"), "ok: 2 of 2 are served as in their files");
	write_text("b.zone", "nonsense\n");
	assert_int_equal(zone_command_reload(dns, "b.example", reply, &why), 0);
	assert_begins(row_of("dns.zones"), "warning: 1 of 2 are not served, or older than their "
	                                   "files; zones stale lists them; the first is "
	                                   "b.example.: ");
	dns_service.close(dns);
	assert_int_equal(open_with(items + 1, 1), 0);
	assert_begins(row_of("dns.zones"), "failed: 1 of 1 are not served");
}

static void test_signatures(void **state)
{
	enum { HOUR = 3600, DAY = 24 * HOUR };
	static const struct {
		int64_t left_s;
		const char *row;
	} cases[] = {
	        {30 * DAY + HOUR, "ok: the first expires in 30 days, in a.example."},
	        {73 * HOUR + 60, "ok: the first expires in 3 days, in a.example."},
	        {71 * HOUR + 60, "warning: the first expires in 71 hours, in a.example."},
	        {HOUR + 60, "warning: the first expires in 1 hour, in a.example."},
	        {90, "warning: the first expires in 1 minute, in a.example."},
	        {-25 * HOUR, "warning: a signature of a.example. expired 25 hours ago: sign"},
	};
	struct dns_zone_conf item = {.origin = "a.example"};

	write_zone("a.zone", 1);
	item.file = path_of("a.zone");
	assert_int_equal(open_with(&item, 1), 0);
	assert_string_equal(row_of("dns.signatures"), "ok: no zone is signed");
	dns->settings->signature_warning_s = 72 * HOUR;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		dns->zones.items[0]->expiry_s = time(NULL) + cases[i].left_s;
		assert_begins(row_of("dns.signatures"), cases[i].row);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        ZONES_TEST(test_a_zone_is_asked_for),
	        ZONES_TEST(test_a_server_without_zones_replies),
	        ZONES_TEST(test_the_longest_origin_fits),
	        ZONES_TEST(test_replies_that_are_wrong),
	        ZONES_TEST(test_zones_that_are_stale_or_not_served),
	        ZONES_TEST(test_signatures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

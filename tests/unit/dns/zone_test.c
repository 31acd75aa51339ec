// zone: the checks of a zone, with their reports.
#include "zones.h"

#include "proto/dns/zone/zone_index.h"
#include "proto/dns/zone/zone_set_internal.h"

#define HEAD                                                                                       \
	"$TTL 60\n"                                                                                \
	"@ SOA ns admin 1 7200 3600 1209600 300\n"                                                 \
	"@ NS ns.example.net.\n"

static const struct check_case {
	const char *name, *text;
	const char *reports; // NULL: the zone is valid, without reports
	bool loads;
} check_cases[] = {
        {"smallest", HEAD, "", true},
        {"empty", "", "0: example.org. has no SOA\n0: example.org. has no NS\n", false},
        {"two SOAs", HEAD "@ SOA ns admin 2 2 3 4 5\n", "4: example.org. has more than one SOA\n",
         false},
        {"the same SOA twice", HEAD "@ SOA NS admin 1 7200 3600 1209600 300\n",
         "4: warning: the same record of example.org. SOA is in line 2 already\n", true},
        {"no NS", "@ 60 SOA ns admin 1 7200 3600 1209600 300\n", "0: example.org. has no NS\n",
         false},
        {"SOA below", HEAD "x SOA ns admin 1 2 3 4 5\n",
         "4: x.example.org. has a SOA but is not the origin\n", false},
        {"outside", HEAD "www.example.net. A 192.0.2.1\n",
         "4: www.example.net. is outside the zone example.org.\n", false},
        {"above", HEAD "org. A 192.0.2.1\n", "4: org. is outside the zone example.org.\n", false},
        {"CNAME and other data", HEAD "x A 192.0.2.1\nx CNAME y\n",
         "5: x.example.org. has a CNAME and other data\n", false},
        {"CNAME at the origin", HEAD "@ CNAME y\n", "4: example.org. has a CNAME and other data\n",
         false},
        {"two CNAMEs", HEAD "x CNAME a\nx CNAME b\n", "5: x.example.org. has more than one CNAME\n",
         false},
        {"the same CNAME twice", HEAD "x CNAME a\nx CNAME A\n",
         "5: warning: the same record of x.example.org. CNAME is in line 4 already\n", true},
        {"CNAME with its signature", HEAD "x CNAME a\nx RRSIG CNAME 8 3 1 2 1 1 @ AQID\n",
         "5: warning: the signature of x.example.org. CNAME cannot be validated: the zone has no "
         "DNSKEY\n",
         true},
        {"TTLs differ", HEAD "x 5 A 192.0.2.1\nx 6 A 192.0.2.2\nx 7 TXT a\n",
         "4: warning: the TTLs of x.example.org. A differ; the lowest is used for all\n", true},
        {"below a cut", HEAD "sub NS ns.sub\nns.sub A 192.0.2.1\nx.sub TXT a\n",
         "6: warning: x.sub.example.org. TXT is not served: sub.example.org. is delegated to other "
         "servers\n",
         true},
        {"at a cut",
         HEAD "sub NS sub\nsub TXT a\nsub A 192.0.2.1\nsub DS 1 8 3 "
              "0000000000000000000000000000000000000000000000000000000000000000\n",
         "5: warning: sub.example.org. TXT is not served: sub.example.org. is delegated to other "
         "servers\n",
         true},
        {"a cut below a cut", HEAD "a.sub NS x\nsub NS ns.example.net.\n",
         "4: warning: a.sub.example.org. NS is not served: sub.example.org. is delegated to other "
         "servers\n",
         true},
        {"meta type", HEAD "x TYPE255 \\# 1 00\n", NULL, false},
        {"several errors", HEAD "x SOA ns admin 1 2 3 4 5\nx CNAME a\norg. A 192.0.2.1\n",
         "6: org. is outside the zone example.org.\n"
         "5: x.example.org. has a CNAME and other data\n"
         "4: x.example.org. has a SOA but is not the origin\n",
         false},
};

static void test_checks(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(check_cases); i++) {
		const struct check_case *c = &check_cases[i];
		struct zone *zone = zones_load("example.org.", c->text);

		if ((zone != NULL) != c->loads ||
		    (c->reports && strcmp(zones_reports, c->reports) != 0))
			fail_msg("%s: %s, with\n%s", c->name, zone ? "loaded" : "refused",
			         zones_reports);
		zone_put(zone);
	}
}

// The severity of findings under a policy: its own, except for fatal ones; then `strict`.
static const struct policy_case {
	const char *name, *text;
	enum zone_check_code check;
	enum zone_severity as;
	bool strict, loads;
	const char *reports;
} policy_cases[] = {
        {"an error ignored", HEAD "a.net. A 192.0.2.1\n", ZONE_CHECK_OUT_OF_ZONE, ZONE_IGNORE,
         false, true, ""},
        {"an error that only warns", HEAD "a.net. A 192.0.2.1\n", ZONE_CHECK_OUT_OF_ZONE,
         ZONE_WARNING, false, true, "4: warning: a.net. is outside the zone example.org.\n"},
        {"a warning that is one",
         HEAD "x DS 1 13 2 ( 0123456789abcdef0123456789abcdef\n"
              "0123456789abcdef0123456789abcdef )\n",
         ZONE_CHECK_DS_MISPLACED, ZONE_ERROR, false, false,
         "4: x.example.org. has a DS but no NS\n"},
        {"strict", HEAD "@ MX 0 mx\n", ZONE_CHECK_OUT_OF_ZONE, ZONE_DEFAULT, true, false,
         "4: example.org. MX names mx.example.org., which has no address\n"},
        {"strict, and one is ignored", HEAD "@ MX 0 mx\n", ZONE_CHECK_MX_ADDRESS, ZONE_IGNORE, true,
         true, ""},
        {"strict, and one is to warn", HEAD "@ MX 0 mx\n", ZONE_CHECK_MX_ADDRESS, ZONE_WARNING,
         true, false, "4: example.org. MX names mx.example.org., which has no address\n"},
        {"without a zone", HEAD "x CNAME a\nx CNAME b\n", ZONE_CHECK_CNAME_SEVERAL, ZONE_IGNORE,
         false, false, "5: x.example.org. has more than one CNAME\n"},
        {"the reader's", "@ SOA ns admin 1 7200 3600 1209600 300\n@ NS ns.example.net.\n",
         ZONE_CHECK_TTL_MISSING, ZONE_ERROR, false, false,
         "1: no TTL is given: the SOA's minimum is used for this and later records\n"},
        {"the reader's, ignored", "@ SOA ns admin 1 7200 3600 1209600 300\n@ NS ns.example.net.\n",
         ZONE_CHECK_TTL_MISSING, ZONE_IGNORE, false, true, ""},
};

static void test_policies(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(policy_cases); i++) {
		const struct policy_case *c = &policy_cases[i];
		struct zone *zone;

		zones_options.policy = (struct zone_policy){.strict = c->strict};
		zones_options.policy.as[c->check] = (uint8_t)c->as;
		zone = zones_load("example.org.", c->text);
		if ((zone != NULL) != c->loads || strcmp(zones_reports, c->reports) != 0)
			fail_msg("%s: %s, with\n%s", c->name, zone ? "loaded" : "refused",
			         zones_reports);
		zone_put(zone);
	}
	zones_options.policy = (struct zone_policy){.strict = false};
}

static void test_codes(void **state)
{
	enum zone_check_code check;

	for (unsigned i = 0; i < ZONE_CHECKS_LEN; i++) {
		assert_true(zone_report_check_parse(zone_checks[i].code, &check));
		assert_int_equal(check, i);
		assert_true(zone_checks[i].fallback != ZONE_DEFAULT);
		assert_true(strspn(zone_checks[i].code, "abcdefghijklmnopqrstuvwxyz0123456789-") ==
		            strlen(zone_checks[i].code));
	}
	assert_true(zone_report_check_parse("CNAME-other", &check));
	assert_int_equal(check, ZONE_CHECK_CNAME_OTHER);
	assert_false(zone_report_check_parse("cname", &check));
	assert_false(zone_report_check_parse("", &check));
}

static void test_figures(void **state)
{
	struct zone *zone = zones_load_sound("Example.ORG.", "$TTL 60\n"
	                                                     "@ SOA ns admin 4294967295 2 3 4 5\n"
	                                                     "@ NS ns.example.net.\n"
	                                                     "a.b A 192.0.2.1\n"
	                                                     "a.b A 192.0.2.1\n"
	                                                     "A.B A 192.0.2.2\n");

	assert_memory_equal(zone_origin(zone), "\7example\3org", 13);
	assert_int_equal(zone_serial(zone), UINT32_MAX);
	assert_int_equal(zone_records(zone), 4);
	assert_int_equal(zone_names(zone), 3);
	assert_true(zone_bytes(zone) > 0 && zone_bytes(zone) < 1024);
	zone_put(zone);
}

// The records of CDS, CDNSKEY and DNSKEY are compared each with each: not when there are many,
// which would take a zone's author little and the server long.
static void test_many_keys_are_not_compared(void **state)
{
	for (unsigned n = 64; n <= 65; n++) {
		char *text = malloc(1 << 16);
		size_t len = (size_t)sprintf(text, HEAD "@ DNSKEY 257 3 8 AQID\n");

		for (unsigned i = 0; i < n; i++)
			len += (size_t)sprintf(text + len, "@ CDS %u 8 9 00\n", i);
		zone_put(zones_load_sound("example.org.", text));
		assert_int_equal(strstr(zones_reports, "the CDS is of no DNSKEY") != NULL, n == 64);
		free(text);
	}
}

// An RRset beyond 65,535 bytes can never be sent.
static void test_rrset_too_large(void **state)
{
	char *text = malloc(1 << 20);
	size_t len = (size_t)sprintf(text, HEAD);
	struct zone *zone;

	for (unsigned i = 0; i < 4096; i++)
		len += (size_t)sprintf(text + len, "x A 192.0.%u.%u\n", i / 256, i % 256);
	zone = zones_load("example.org.", text);
	assert_null(zone);
	assert_string_equal(zones_reports,
	                    "4: x.example.org. A has 65536 bytes, more than a message can carry\n");
	*strrchr(text, 'x') = 0;
	zone = zones_load_sound("example.org.", text);
	assert_int_equal(zone_records(zone), 4097);
	zone_put(zone);
	free(text);
}

// The name of a hash does not fit below an origin of this length: whatever the NSEC3PARAM says, no
// NSEC3 can be there.
static void test_no_room_for_nsec3_below_the_origin(void **state)
{
	static const char text[] = "$TTL 60\n@ SOA @ @ 1 2 3 4 5\n@ NS ns.else.\n"
	                           "@ NSEC3PARAM 1 0 0 -\n";
	const char *origin = zones_longest_origin();
	struct zone_set *set;
	struct message reply;
	struct zone *zone;

	zone = zones_load_sound(origin, text);
	set = zones_set_new(&zone, 1);
	zones_ask(set, &reply,
	          &(struct message_query){
	                  .name = origin, .qtype = DNS_TYPE_TXT, .edns = true, .dnssec_ok = true},
	          DNS_UDP);
	assert_int_equal(reply.rcode, DNS_NOERROR);
	assert_int_equal(reply.len, 1); // the SOA
	zone_set_free(set);
	zone_put(zone);
}

static void test_references(void **state)
{
	struct zone *zone = zones_load_sound("example.org.", HEAD);
	struct zone_set *set;

	assert_ptr_equal(zone_get(zone), zone);
	zone_put(zone);
	set = zones_set_new(&zone, 1);
	zone_put(zone);
	assert_int_equal(zone_serial(zone), 1); // the set holds it
	zone_set_free(set);
	zone_set_free(NULL);
	zone_put(NULL);
}

static void name_make(struct zone_name *name, const struct zone_image *image, const char *text)
{
	struct dns_name wire = message_name(text);

	memcpy(name->wire, wire.wire, wire.len);
	name->len = wire.len;
	zone_name_split(name);
	zone_name_hash(name, image->origin_labels, name->labels, image->hash_key);
}

// A key that an image gives away tells nothing of where origins lie.
static void test_key_of_a_set(void **state)
{
	static struct zone_name name;
	struct zone *zone = zones_load_sound("example.org.", HEAD);
	struct zone_set *set = zone_set_new(&(struct zone_served){.zone = zone}, 1, 7);
	struct dns_name origin = message_name("example.org.");

	assert_non_null(set);
	memcpy(name.wire, origin.wire, origin.len);
	name.len = origin.len;
	zone_name_split(&name);
	assert_ptr_equal(zone_set_find(set, &name, false)->image, zone->image);
	assert_int_equal(name.hash[0], zone_hash_key(7)); // that of no label is the key
	assert_int_equal(zone->image->hash_key, zone_hash_key(1));
	zone_set_free(set);
	zone_put(zone);
}

// The zone of a name is the one with the longest origin at or above it.
static void test_origin_of_a_name(void **state)
{
	static const struct {
		const char *name, *origin; // NULL: none
	} rows[] = {
	        {"example.org.", "example.org."},
	        {"a.b.example.org.", "example.org."},
	        {"b.sub.example.org.", "sub.example.org."},
	        {"sub.example.org.", "sub.example.org."},
	        {"ub.example.org.", "example.org."},
	        {"xexample.org.", NULL},
	        {"org.", NULL},
	        {".", NULL},
	};
	struct zone *zones[] = {zones_load_sound("example.org.", HEAD),
	                        zones_load_sound("sub.example.org.", HEAD)};
	struct zone_set *set = zones_set_new(zones, ARRAY_LEN(zones));

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct dns_name name = message_name(rows[i].name), origin = {.len = 0};

		if (rows[i].origin)
			origin = message_name(rows[i].origin);
		assert_int_equal(zone_set_origin_bytes(set, name.wire, name.len), origin.len);
	}
	zone_set_free(set);
	zone_put(zones[0]);
	zone_put(zones[1]);
}

static const char guessed_text[] = HEAD "b.a A 192.0.2.1\n*.w A 192.0.2.1\nz.y.w A 192.0.2.1\n"
                                        "d NS ns.example.net.\nr DNAME example.net.\n";
static const char *const guessed_names[] = {
        "",     "a.",     "b.a.",   "c.a.",   "c.b.a.",   "w.",         "v.w.",
        "y.w.", "x.y.w.", "z.y.w.", "d.",     "h.d.",     "i.h.d.",     "r.",
        "s.r.", "q.",     "p.q.",   "o.p.q.", "n.o.p.q.", "4.3.2.1.w.", "4.3.2.d."};

// What the buckets tell of a name is never more than what a search finds. Among so many
// keys are those with which a bucket has another node with the name's tag.
static void test_guesses(void **state)
{
	static struct zone_name name;

	for (uint64_t key = 1; key <= 4000; key++) {
		const struct zone_options options = {.hash_key = key};
		struct zone *zone = zone_load_text("zone", guessed_text, sizeof(guessed_text) - 1,
		                                   message_name("example.org.").wire, &options,
		                                   zones_on_report, NULL);

		assert_non_null(zone);
		for (size_t i = 0; i < ARRAY_LEN(guessed_names); i++) {
			struct zone_match found, guessed;
			char text[64];

			snprintf(text, sizeof(text), "%sexample.org.", guessed_names[i]);
			name_make(&name, zone->image, text);
			zone_index_match(&found, zone->image, &name, ZONE_NO_GUESS);
			zone_index_match_guessed(&guessed, zone->image, &name,
			                         zone_index_guess(zone->image, &name));
			if (found.node != guessed.node || found.kind != guessed.kind ||
			    found.encloser != guessed.encloser || found.at_cut != guessed.at_cut)
				fail_msg("%s with key %ju", text, (uintmax_t)key);
		}
		zone_put(zone);
	}
}

static void test_no_file(void **state)
{
	zones_reports[0] = 0;
	assert_null(zone_load("/nonexistent/zone", (const uint8_t *)"",
	                      &(struct zone_options){.hash_key = 1}, zones_on_report, NULL));
	assert_string_equal(zones_reports,
	                    "0: the zone file cannot be read: No such file or directory\n");
}

static void count_reports(void *ctx, const struct zone_report *report)
{
	++((unsigned *)ctx)[report->warning];
}

// Many warnings do not keep errors from being reported.
static void test_reports_have_an_end(void **state)
{
	static char text[128 * 1024];
	size_t len = (size_t)sprintf(text, HEAD);
	unsigned reports[2] = {0, 0};

	for (unsigned i = 0; i < ZONE_REPORTS_MAX + 100; i++)
		len += (size_t)sprintf(text + len, "x%u.net. A 192.0.2.1\n@ NS ns.example.net.\n",
		                       i);
	assert_null(zone_load_text("zone", text, len, message_name("example.org.").wire,
	                           &(struct zone_options){.hash_key = 1}, count_reports, reports));
	assert_int_equal(reports[0], ZONE_REPORTS_MAX + 1);
	assert_int_equal(reports[1], ZONE_REPORTS_MAX + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        POOL_TEST(test_checks),
	        POOL_TEST(test_policies),
	        POOL_TEST(test_codes),
	        POOL_TEST(test_figures),
	        POOL_TEST(test_many_keys_are_not_compared),
	        POOL_TEST(test_rrset_too_large),
	        POOL_TEST(test_no_room_for_nsec3_below_the_origin),
	        POOL_TEST(test_references),
	        POOL_TEST(test_key_of_a_set),
	        POOL_TEST(test_origin_of_a_name),
	        POOL_TEST(test_guesses),
	        POOL_TEST(test_no_file),
	        POOL_TEST(test_reports_have_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

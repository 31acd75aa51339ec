// answer_svcb: the additional section of answers with SVCB and HTTPS records (RFC 9460 section
// 4.1), from a plain zone and from the same zone with NSEC and NSEC3. The signatures are made
// up; what matters is which RRsets come.
#include "stored.h"

#define SIG(owner, type)                                                                           \
	owner " RRSIG " type " 13 2 3600 20150420235959 20051021000000 40430 t. AAAA\n"
#define SIGNED(owner, type, rdata) owner " " type " " rdata "\n" SIG(owner, type)
#define SVCB(owner, rdata)         owner " SVCB " rdata "\n" SIG(owner, "SVCB")

static const char records[] =
        "$TTL 3600\n" SIGNED("@", "SOA", "ns1 admin 1 2 3 4 3600") SIGNED("@", "NS", "ns1")
                SIGNED("@", "DNSKEY", "256 3 13 AwEAAaetidLzsKWUt4swWR8yu0wPHPiUi8LU")
        // An alias of a pool of two.
        SVCB("alias", "0 pool") "pool SVCB 1 . alpn=h2\n" SVCB("pool", "2 back")
                SIGNED("pool", "A", "192.0.2.1") SIGNED("back", "AAAA", "2001:db8::2")
        // A target with all that is asked for, one with no records of use, and one with an alias.
        SVCB("full", "1 both") SIGNED("both", "A", "192.0.2.3")
                SIGNED("both", "AAAA", "2001:db8::3") SVCB("bare", "0 text")
                        SIGNED("text", "TXT", "x") SVCB("old", "1 cname")
                                SIGNED("cname", "CNAME", "both")
        // Loops, what leads elsewhere, and the other type.
        SVCB("loop", "0 loop2") SVCB("loop2", "0 loop") SVCB("away", "0 pool.elsewhere.") SVCB(
                "below", "1 x.cut") "cut NS ns.elsewhere.\nx.cut A 192.0.2.9\n" SVCB("none", "0 .")
                SIGNED("web", "HTTPS", "0 webpool") SIGNED("webpool", "HTTPS", "1 .")
                        SVCB("webpool", "1 .") SIGNED("ns1", "A", "192.0.2.53")
                                SIGNED("*.wild", "A", "192.0.2.7")
                                        SVCB("towild", "1 a.wild") "towild SVCB 2 b.wild\n";

static const char nsec[] = SIGNED("@", "NSEC", "alias SOA NS RRSIG NSEC DNSKEY") SIGNED(
        "alias", "NSEC",
        "away SVCB RRSIG NSEC") SIGNED("away", "NSEC",
                                       "back SVCB RRSIG NSEC") SIGNED("back", "NSEC",
                                                                      "bare AAAA RRSIG NSEC")
        SIGNED("bare", "NSEC", "below SVCB RRSIG NSEC") SIGNED(
                "below", "NSEC", "both SVCB RRSIG NSEC") SIGNED("both", "NSEC",
                                                                "cname A AAAA RRSIG NSEC")
                SIGNED("cname", "NSEC", "cut CNAME RRSIG NSEC") SIGNED(
                        "cut", "NSEC", "full NS RRSIG NSEC") SIGNED("full", "NSEC",
                                                                    "loop SVCB RRSIG NSEC")
                        SIGNED("loop", "NSEC", "loop2 SVCB RRSIG NSEC") SIGNED(
                                "loop2", "NSEC",
                                "none SVCB RRSIG NSEC") SIGNED("none", "NSEC",
                                                               "ns1 SVCB RRSIG NSEC")
                                SIGNED("ns1", "NSEC", "old A RRSIG NSEC") SIGNED(
                                        "old", "NSEC",
                                        "pool SVCB RRSIG NSEC") SIGNED("pool", "NSEC",
                                                                       "text A SVCB RRSIG NSEC")
                                        SIGNED("text", "NSEC", "towild TXT RRSIG NSEC") SIGNED(
                                                "towild", "NSEC", "web SVCB RRSIG NSEC")
                                                SIGNED("web", "NSEC", "webpool HTTPS RRSIG NSEC")
                                                        SIGNED("webpool", "NSEC",
                                                               "*.wild SVCB HTTPS RRSIG NSEC")
                                                                SIGNED("*.wild", "NSEC",
                                                                       "@ A RRSIG NSEC");

struct svcb_case {
	const char *question;
	const char *plain;   // owner and type of each record of the additional section
	const char *denials; // and of those that come besides in the zone with NSEC
};

static const struct svcb_case cases[] = {
        {"alias.t SVCB", "back.t. AAAA\npool.t. A\npool.t. SVCB\npool.t. SVCB\n",
         "back.t. NSEC\npool.t. NSEC\n"},
        {"pool.t SVCB", "back.t. AAAA\npool.t. A\n", "back.t. NSEC\npool.t. NSEC\n"},
        {"full.t SVCB", "both.t. A\nboth.t. AAAA\n", ""},
        {"bare.t SVCB", "", "text.t. NSEC\n"},
        {"old.t SVCB", "", ""},
        {"loop.t SVCB", "loop2.t. SVCB\n", "loop.t. NSEC\nloop2.t. NSEC\n"},
        {"away.t SVCB", "", ""},
        {"below.t SVCB", "", ""},
        {"none.t SVCB", "", ""},
        {"web.t HTTPS", "webpool.t. HTTPS\n", "webpool.t. NSEC\n"},
        {"towild.t SVCB", "a.wild.t. A\nb.wild.t. A\n", ""},
};

static int line_cmp(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

// Owner and type of each record of the additional section that is no signature, in order.
static const char *additional_text(const struct message *m)
{
	static char text[4096];
	char lines[64][DNS_NAME_TEXT_BYTES + 16], *order[64], type[16];
	unsigned n = 0;

	for (unsigned i = 0; i < m->len; i++) {
		const struct message_record *r = &m->records[i];
		size_t len;

		if (r->section != 2 || r->type == DNS_TYPE_RRSIG)
			continue;
		assert_in_range(n, 0, ARRAY_LEN(lines) - 1);
		dns_name_text(r->owner, lines[n]);
		len = strlen(lines[n]);
		sprintf(lines[n] + len, " %s\n", dns_type_text(r->type, type));
		order[n] = lines[n];
		n++;
	}
	qsort(order, n, sizeof(order[0]), line_cmp);
	text[0] = 0;
	for (unsigned i = 0; i < n; i++)
		strcat(text, order[i]);
	return text;
}

// The lines of two texts in order.
static const char *merged(const char *a, const char *b)
{
	static char text[4096], copy[4096];
	char *lines[64], *line;
	unsigned n = 0;

	snprintf(copy, sizeof(copy), "%s%s", a, b);
	for (line = strtok(copy, "\n"); line; line = strtok(NULL, "\n"))
		lines[n++] = line;
	qsort(lines, n, sizeof(lines[0]), line_cmp);
	text[0] = 0;
	for (unsigned i = 0; i < n; i++)
		strcat(strcat(text, lines[i]), "\n");
	return text;
}

static struct zone_set *set_open(const char *denials)
{
	static char text[32768];
	struct zone_set *set;
	struct zone *zone;

	snprintf(text, sizeof(text), "%s%s", records, denials);
	zone = stored_again(zones_load_sound("t.", text), "t.");
	set = zones_set_new(&zone, 1);
	zone_put(zone);
	return set;
}

static void ask(const struct zone_set *set, const char *question, bool dnssec_ok, uint16_t size,
                struct message *reply)
{
	struct message_query query = zones_query(question);

	query.edns = true;
	query.dnssec_ok = dnssec_ok;
	query.udp_size = size;
	zones_ask(set, reply, &query, size ? DNS_UDP : DNS_TCP);
}

static void check(const struct zone_set *set, bool dnssec_ok, bool denials)
{
	static struct message reply;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *expected = merged(cases[i].plain, denials ? cases[i].denials : "");

		ask(set, cases[i].question, dnssec_ok, 0, &reply);
		if (strcmp(additional_text(&reply), expected) != 0)
			fail_msg("%s\nexpected %s\ngot %s", cases[i].question, expected,
			         additional_text(&reply));
	}
}

static void test_plain_zone(void **state)
{
	struct zone_set *set = set_open("");

	check(set, false, false);
	zone_set_free(set);
}

static void test_signed_zone(void **state)
{
	struct zone_set *set = set_open(nsec);

	check(set, false, false);
	check(set, true, true);
	zone_set_free(set);
}

// Each record of the additional section of a signed zone has its signature, and the denials are
// those of the hashed names.
static void test_nsec3(void **state)
{
	// All hashes of the zone's names lie in one of two intervals.
	static const char nsec3[] = SIGNED("@", "NSEC3PARAM", "1 0 0 -")
	        SIGNED("00000000000000000000000000000000", "NSEC3",
	               "1 1 0 - g0000000000000000000000000000000 A RRSIG")
	                SIGNED("g0000000000000000000000000000000", "NSEC3",
	                       "1 1 0 - 00000000000000000000000000000000 A RRSIG");
	const struct zone_policy before = zones_options.policy;
	static struct message reply;
	struct zone_set *set;
	unsigned denials = 0, sigs = 0, rest = 0;

	zones_options.policy.as[ZONE_CHECK_NSEC_MISSING] = ZONE_IGNORE;
	set = set_open(nsec3);
	ask(set, "alias.t SVCB", true, 0, &reply);
	for (unsigned i = 0; i < reply.len; i++) {
		const struct message_record *r = &reply.records[i];

		if (r->section != 2)
			continue;
		denials += r->type == DNS_TYPE_NSEC3;
		sigs += r->type == DNS_TYPE_RRSIG;
		rest += r->type != DNS_TYPE_NSEC3 && r->type != DNS_TYPE_RRSIG;
	}
	assert_int_equal(rest, 4);
	assert_in_range(denials, 1, 2);
	assert_int_equal(sigs, denials + 3); // of SVCB, A and AAAA
	zone_set_free(set);
	zones_options.policy = before;
}

// In every size the answer is there, no RRset is cut, and nothing optional sets TC.
static void test_sizes(void **state)
{
	static struct message reply;
	struct zone_set *set = set_open(nsec);

	for (uint16_t size = 512; size < 1232; size++) {
		ask(set, "alias.t SVCB", true, size, &reply);
		assert_int_equal(reply.flags & DNS_FLAG_TC, 0);
		assert_in_range(reply.len, 2, 64);
	}
	zone_set_free(set);
}

// Asks with DO; nobody reads the reply.
static void answer_only(const struct zone_set *set, const char *question)
{
	struct message_query query = zones_query(question);
	static uint8_t to[UINT16_MAX];
	uint8_t msg[512];
	enum drop drop;

	query.edns = query.dnssec_ok = true;
	zones_answer(set, to, msg, message_build(msg, sizeof(msg), &query), sizeof(to), DNS_TCP,
	             &drop);
}

// Whatever somebody puts into a compiled zone is refused, or is safe to answer from.
static void test_crafted_images(void **state)
{
	struct zone *zone;
	struct stored stored, changed;
	uint64_t seed = 1;
	unsigned taken = 0;
	static char text[32768];

	snprintf(text, sizeof(text), "%s%s", records, nsec);
	zone = zones_load_sound("t.", text);
	stored = stored_of(zone);
	zone_put(zone);
	for (unsigned round = 0; round < 20000; round++) {
		struct zone_set *set;

		changed.len = stored.len;
		changed.bytes =
		        aligned_alloc(CACHE_LINE_BYTES, ROUND_UP(stored.len, CACHE_LINE_BYTES));
		memcpy(changed.bytes, stored.bytes, stored.len);
		for (unsigned i = 0; i < 3; i++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			changed.bytes[(seed >> 40) % stored.len] = (uint8_t)(seed >> 32);
		}
		stored_seal(&changed);
		zone = stored_open(&changed, "t.");
		free(changed.bytes);
		if (!zone)
			continue;
		taken++;
		set = zones_set_new(&zone, 1);
		zone_put(zone);
		for (size_t i = 0; i < ARRAY_LEN(cases); i++)
			answer_only(set, cases[i].question);
		zone_set_free(set);
	}
	assert_in_range(taken, 100, 19900);
	free(stored.bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_plain_zone),     cmocka_unit_test(test_signed_zone),
	        cmocka_unit_test(test_nsec3),          cmocka_unit_test(test_sizes),
	        cmocka_unit_test(test_crafted_images),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

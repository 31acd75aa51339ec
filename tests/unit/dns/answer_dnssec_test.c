// answer_dnssec: what a signed zone is answered with. The zone is the example of
// RFC 5155 appendix A, and the same with NSEC as in RFC 4035 appendix A; their
// appendices B tell what is expected. Nobody verifies here, so the signatures are
// made up: one for each set that a signer would sign.
#include "stored.h"

#define H_EXAMPLE "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom"
#define H_NS1     "2t7b4g4vsa5smi47k61mv5bv1a22bojr"
#define H_X_Y_W   "2vptu5timamqttgl4luu9kg21e0aor3s"
#define H_A       "35mthgpgcu1qg68fab165klnsnk3dpvl"
#define H_X_W     "b4um86eghhds6nea196smvmlo4ors995"
#define H_AI      "gjeqe526plbf1g8mklp59enfd789njgi"
#define H_Y_W     "ji6neoaepv8b5o6k4ev33abha8ht9fgc"
#define H_W       "k8udemvp1j2f7eg6jebps17vp3n8i58h"
#define H_NS2     "q04jkcevqvmu85r014c7dkba38o0ji5r"
#define H_STAR_W  "r53bq7cc2uvmubfu5ocmm6pers9tk9en"
#define H_XX      "t644ebqk9bibcna874givr6joj62mlhv"

static const struct signed_record {
	const char *owner, *type, *rdata;
	bool plain; // not signed: glue, delegations
} records[] = {
        {"example.", "SOA", "ns1.example. bugs.x.w.example. 1 3600 300 3600000 3600", false},
        {"example.", "NS", "ns1.example.", false},
        {"example.", "MX", "1 xx.example.", false},
        {"example.", "DNSKEY", "256 3 7 AwEAAaetidLzsKWUt4swWR8yu0wPHPiUi8LU", false},
        {"a.example.", "NS", "ns1.a.example.", true},
        {"a.example.", "DS", "58470 5 1 3079F1593EBAD6DC121E202A8B766A6A4837206C", false},
        {"ns1.a.example.", "A", "192.0.2.5", true},
        {"ai.example.", "A", "192.0.2.9", false},
        {"ai.example.", "AAAA", "2001:db8::f00:baa9", false},
        {"c.example.", "NS", "ns1.c.example.", true},
        {"ns1.c.example.", "A", "192.0.2.7", true},
        {"ns1.example.", "A", "192.0.2.1", false},
        {"ns2.example.", "A", "192.0.2.2", false},
        {"*.w.example.", "MX", "1 ai.example.", false},
        {"x.w.example.", "MX", "1 xx.example.", false},
        {"x.y.w.example.", "MX", "1 xx.example.", false},
        {"xx.example.", "A", "192.0.2.10", false},
};

static const struct signed_record nsec3_records[] = {
        {"example.", "NSEC3PARAM", "1 0 12 AABBCCDD", false},
        {H_EXAMPLE ".example.", "NSEC3",
         "1 1 12 AABBCCDD " H_NS1 " MX DNSKEY NS SOA NSEC3PARAM RRSIG", false},
        {H_NS1 ".example.", "NSEC3", "1 1 12 AABBCCDD " H_X_Y_W " A RRSIG", false},
        {H_X_Y_W ".example.", "NSEC3", "1 1 12 AABBCCDD " H_A " MX RRSIG", false},
        {H_A ".example.", "NSEC3", "1 1 12 AABBCCDD " H_X_W " NS DS RRSIG", false},
        {H_X_W ".example.", "NSEC3", "1 1 12 AABBCCDD " H_AI " MX RRSIG", false},
        {H_AI ".example.", "NSEC3", "1 1 12 AABBCCDD " H_Y_W " A AAAA RRSIG", false},
        {H_Y_W ".example.", "NSEC3", "1 1 12 AABBCCDD " H_W, false},
        {H_W ".example.", "NSEC3", "1 1 12 AABBCCDD " H_NS2, false},
        {H_NS2 ".example.", "NSEC3", "1 1 12 AABBCCDD " H_STAR_W " A RRSIG", false},
        {H_STAR_W ".example.", "NSEC3", "1 1 12 AABBCCDD " H_XX " MX RRSIG", false},
        {H_XX ".example.", "NSEC3", "1 1 12 AABBCCDD " H_EXAMPLE " A RRSIG", false},
};

static const struct signed_record nsec_records[] = {
        {"example.", "NSEC", "a.example. NS SOA MX RRSIG NSEC DNSKEY", false},
        {"a.example.", "NSEC", "ai.example. NS DS RRSIG NSEC", false},
        {"ai.example.", "NSEC", "c.example. A AAAA RRSIG NSEC", false},
        {"c.example.", "NSEC", "ns1.example. NS RRSIG NSEC", false},
        {"ns1.example.", "NSEC", "ns2.example. A RRSIG NSEC", false},
        {"ns2.example.", "NSEC", "*.w.example. A RRSIG NSEC", false},
        {"*.w.example.", "NSEC", "x.w.example. MX RRSIG NSEC", false},
        {"x.w.example.", "NSEC", "x.y.w.example. MX RRSIG NSEC", false},
        {"x.y.w.example.", "NSEC", "xx.example. MX RRSIG NSEC", false},
        {"xx.example.", "NSEC", "example. A RRSIG NSEC", false},
};

static void put_records(char *text, size_t size, const struct signed_record *from, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		size_t used = strlen(text);

		snprintf(text + used, size - used, "%s 3600 %s %s\n", from[i].owner, from[i].type,
		         from[i].rdata);
		used = strlen(text);
		if (!from[i].plain)
			snprintf(text + used, size - used,
			         "%s 3600 RRSIG %s 7 2 3600 20150420235959 20051021000000 40430 "
			         "example. OSgWSm26B+cS+dDL8b5QrWr/dEWhtCsKlwKL\n",
			         from[i].owner, from[i].type);
	}
}

static bool stored; // the zone is written out and read again

static struct zone_set *set_open(const struct signed_record *denials, size_t len)
{
	static char text[16384];
	struct zone_set *set;
	struct zone *zone;

	text[0] = 0;
	put_records(text, sizeof(text), records, ARRAY_LEN(records));
	put_records(text, sizeof(text), denials, len);
	zone = zones_load_sound("example.", text);
	if (stored)
		zone = stored_again(zone, "example.");
	set = zones_set_new(&zone, 1);
	zone_put(zone);
	return set;
}

struct dnssec_case {
	const char *question, *reply;
};

// The records that a record set's signatures would be beside.
static unsigned signatures_of(const struct message *m, const struct message_record *of)
{
	unsigned found = 0;

	for (unsigned i = 0; i < m->len; i++) {
		const struct message_record *r = &m->records[i];

		found += r->type == DNS_TYPE_RRSIG && r->section == of->section &&
		         dns_name_eq(r->owner, of->owner) &&
		         (r->rdata[0] << 8 | r->rdata[1]) == of->type;
	}
	return found;
}

static bool is_plain(const struct message_record *r)
{
	char owner[DNS_NAME_TEXT_BYTES], type[16];

	dns_name_text(r->owner, owner);
	dns_type_text(r->type, type);
	for (size_t i = 0; i < ARRAY_LEN(records); i++) {
		if (strcasecmp(records[i].owner, owner) == 0 && strcmp(records[i].type, type) == 0)
			return records[i].plain;
	}
	return false;
}

// "RCODE flags", then section, owner and type of each record that is no signature.
static const char *reply_text(const struct message *m)
{
	static char text[4096];
	const char *line = message_text(m), *end;
	size_t len;

	text[0] = 0;
	for (; *line; line = end + 1) {
		char section[16], owner[300], type[16];

		end = strchr(line, '\n');
		len = strlen(text);
		if (!text[0] || sscanf(line, "%15s %299s %*u %15s", section, owner, type) < 3)
			snprintf(text + len, sizeof(text) - len, "%.*s\n", (int)(end - line), line);
		else if (strcmp(type, "RRSIG") != 0)
			snprintf(text + len, sizeof(text) - len, "%s %s %s\n", section, owner,
			         type);
	}
	return text;
}

static void ask_case(const struct zone_set *set, const struct dnssec_case *c)
{
	static struct message m;
	struct message_query query = zones_query(c->question);

	query.edns = query.dnssec_ok = true;
	query.udp_size = 4096;
	zones_ask(set, &m, &query, DNS_UDP);
	for (unsigned i = 0; i < m.len; i++) {
		const struct message_record *r = &m.records[i];

		if (r->type != DNS_TYPE_RRSIG)
			assert_int_equal(signatures_of(&m, r), !is_plain(r));
		assert_int_equal(r->ttl, 3600);
	}
	if (strcmp(reply_text(&m), c->reply) != 0)
		fail_msg("%s\nexpected %s\ngot %s", c->question, c->reply, reply_text(&m));
}

#define SOA      "authority example. SOA\n"
#define NSEC3(h) "authority " h ".example. NSEC3\n"
#define NSEC(n)  "authority " n " NSEC\n"

// RFC 5155 appendix B.
static const struct dnssec_case nsec3_cases[] = {
        {"a.c.x.w.example A", "NXDOMAIN aa\n" NSEC3(H_EXAMPLE) NSEC3(H_A) NSEC3(H_X_W) SOA},
        {"ns1.example MX", "NOERROR aa\n" NSEC3(H_NS1) SOA},
        {"y.w.example A", "NOERROR aa\n" SOA NSEC3(H_Y_W)},
        {"mc.c.example MX",
         "NOERROR\n" NSEC3(H_EXAMPLE) NSEC3(H_A) "authority c.example. NS\n"
                                                 "additional ns1.c.example. A\n"},
        {"a.z.w.example MX",
         "NOERROR aa\nanswer a.z.w.example. MX\n" NSEC3(
                 H_NS2) "additional ai.example. A\nadditional ai.example. AAAA\n"},
        {"a.z.w.example AAAA", "NOERROR aa\n" SOA NSEC3(H_W) NSEC3(H_NS2) NSEC3(H_STAR_W)},
        {"example DS", "NOERROR aa\n" NSEC3(H_EXAMPLE) SOA},
        // Beyond the RFC: what opt-out leaves without a proof of its own.
        {"c.example DS", "NOERROR aa\n" NSEC3(H_EXAMPLE) NSEC3(H_A) SOA},
        {"mc.a.example A", "NOERROR\nauthority a.example. DS\nauthority a.example. NS\n"
                           "additional ns1.a.example. A\n"},
        {"ns1.example A", "NOERROR aa\nanswer ns1.example. A\n"},
        // RFC 5155 section 7.2.8: the owner of a hash alone does not exist.
        {H_NS1 ".example NSEC3", "NXDOMAIN aa\n" NSEC3(H_EXAMPLE) SOA NSEC3(H_AI) NSEC3(H_W)},
        {"example NSEC3PARAM", "NOERROR aa\nanswer example. NSEC3PARAM\n"},
};

// RFC 4035 appendix B, with this zone's names.
static const struct dnssec_case nsec_cases[] = {
        {"ml.example A", "NXDOMAIN aa\n" NSEC("c.example.") NSEC("example.") SOA},
        {"a.c.x.w.example A", "NXDOMAIN aa\n" SOA NSEC("x.w.example.")},
        {"ns1.example MX", "NOERROR aa\n" SOA NSEC("ns1.example.")},
        {"y.w.example A", "NOERROR aa\n" SOA NSEC("x.w.example.")},
        {"w.example A", "NOERROR aa\n" SOA NSEC("ns2.example.")},
        {"mc.a.example MX", "NOERROR\nauthority a.example. DS\nauthority a.example. NS\n"
                            "additional ns1.a.example. A\n"},
        {"mc.c.example MX",
         "NOERROR\nauthority c.example. NS\n" NSEC("c.example.") "additional ns1.c.example. A\n"},
        {"a.z.w.example MX",
         "NOERROR aa\nanswer a.z.w.example. MX\n" NSEC(
                 "x.y.w.example.") "additional ai.example. A\nadditional ai.example. AAAA\n"},
        {"a.z.w.example AAAA", "NOERROR aa\n" NSEC("*.w.example.") SOA NSEC("x.y.w.example.")},
        {"*.w.example AAAA", "NOERROR aa\n" NSEC("*.w.example.") SOA},
        {"example DS", "NOERROR aa\n" NSEC("example.") SOA},
        {"c.example DS", "NOERROR aa\n" NSEC("c.example.") SOA},
        {"zz.example A", "NXDOMAIN aa\n" NSEC("example.") SOA NSEC("xx.example.")},
        {"ns2.example NSEC", "NOERROR aa\nanswer ns2.example. NSEC\n"},
};

static void test_nsec3_denials(void **state)
{
	struct zone_set *set = set_open(nsec3_records, ARRAY_LEN(nsec3_records));

	for (size_t i = 0; i < ARRAY_LEN(nsec3_cases); i++)
		ask_case(set, &nsec3_cases[i]);
	zone_set_free(set);
}

// A DNAME at the origin has all names below it but for the hashed owners (RFC 6672
// section 5.3.4.1), also where one of them owns other records, which are not served.
static void test_nsec3_below_a_dname(void **state)
{
	static const struct signed_record apex[] = {
	        {"example.", "SOA", "ns1.test. bugs.test. 1 3600 300 3600000 3600", false},
	        {"example.", "NS", "ns1.test.", false},
	        {"example.", "DNAME", "new.test.", false},
	        {"example.", "DNSKEY", "256 3 7 AwEAAaetidLzsKWUt4swWR8yu0wPHPiUi8LU", false},
	        {"example.", "NSEC3PARAM", "1 0 12 AABBCCDD", false},
	        {H_EXAMPLE ".example.", "NSEC3",
	         "1 0 12 AABBCCDD " H_EXAMPLE " NS SOA DNAME DNSKEY NSEC3PARAM RRSIG", false},
	        {H_EXAMPLE ".example.", "TXT", "x", false},
	};
	static const struct dnssec_case cases[] = {
	        {"example MX", "NOERROR aa\n" NSEC3(H_EXAMPLE) SOA},
	        {"example DNAME", "NOERROR aa\nanswer example. DNAME\n"},
	};
	const struct zone_policy before = zones_options.policy;

	zones_options.policy.as[ZONE_CHECK_BELOW_DNAME] = ZONE_WARNING;
	for (size_t mixed = 0; mixed < 2; mixed++) {
		static char text[4096];
		struct zone_set *set;
		struct zone *zone;

		text[0] = 0;
		put_records(text, sizeof(text), apex, ARRAY_LEN(apex) - !mixed);
		zone = stored_again(zones_load_sound("example.", text), "example.");
		set = zones_set_new(&zone, 1);
		zone_put(zone);
		for (size_t i = 0; i < ARRAY_LEN(cases); i++)
			ask_case(set, &cases[i]);
		zone_set_free(set);
	}
	zones_options.policy = before;
}

static void test_nsec_denials(void **state)
{
	struct zone_set *set = set_open(nsec_records, ARRAY_LEN(nsec_records));

	for (size_t i = 0; i < ARRAY_LEN(nsec_cases); i++)
		ask_case(set, &nsec_cases[i]);
	zone_set_free(set);
}

// Who does not ask for them gets no signatures and no denials.
static void test_plain_queries(void **state)
{
	static struct message m;
	struct zone_set *set = set_open(nsec3_records, ARRAY_LEN(nsec3_records));

	for (size_t i = 0; i < ARRAY_LEN(nsec3_cases); i++) {
		struct message_query query = zones_query(nsec3_cases[i].question);

		zones_ask(set, &m, &query, DNS_UDP);
		for (unsigned j = 0; j < m.len; j++) {
			assert_int_not_equal(m.records[j].type, DNS_TYPE_RRSIG);
			assert_int_not_equal(m.records[j].type, DNS_TYPE_NSEC3);
		}
	}
	zone_set_free(set);
}

// RRSIG asks for signatures alone: of one set, or of all that a name has.
static void test_signatures_alone(void **state)
{
	static const struct {
		const char *question;
		enum dns_any any;
		unsigned records;
	} cases[] = {
	        {"ai.example RRSIG", DNS_ANY_ONE, 1},
	        {"ai.example RRSIG", DNS_ANY_ALL, 3}, // of A, AAAA and NSEC
	        {"y.w.example RRSIG", DNS_ANY_ALL, 0},
	};
	static struct message m;
	struct zone_set *set = set_open(nsec_records, ARRAY_LEN(nsec_records));

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct message_query query = zones_query(cases[i].question);
		struct dns_policy policy = dns_policy_default;
		struct dns_request request = {.room = 512};
		uint8_t msg[512];

		policy.any = cases[i].any;
		request.msg = msg;
		request.len = (uint16_t)message_build(msg, sizeof(msg), &query);
		answer_queries(&(struct dns_server){.zones = set, .policy = &policy}, &request, 1);
		message_read(&m, msg, request.reply_len);
		assert_int_equal(m.len, cases[i].records ? cases[i].records : 1);
		for (unsigned j = 0; j < m.len; j++)
			assert_int_equal(m.records[j].type,
			                 cases[i].records ? DNS_TYPE_RRSIG : DNS_TYPE_SOA);
	}
	zone_set_free(set);
}

// A set and its signatures are one: they are there together or not at all, and
// what is missing shows as TC, with the OPT record still there.
static void test_cut_nowhere(void **state)
{
	static struct message m;
	struct zone_set *set = set_open(nsec3_records, ARRAY_LEN(nsec3_records));

	for (size_t i = 0; i < ARRAY_LEN(nsec3_cases); i++) {
		for (unsigned room = 512; room < 1232; room += 8) {
			struct message_query query = zones_query(nsec3_cases[i].question);

			query.edns = query.dnssec_ok = true;
			query.udp_size = (uint16_t)room;
			zones_ask(set, &m, &query, DNS_UDP);
			assert_true(m.edns);
			for (unsigned j = 0; j < m.len; j++) {
				const struct message_record *r = &m.records[j];

				if (r->type != DNS_TYPE_RRSIG)
					assert_int_equal(signatures_of(&m, r), !is_plain(r));
			}
		}
	}
	zone_set_free(set);
}

static void test_stored(void **state)
{
	stored = true;
	test_nsec3_denials(state);
	test_nsec_denials(state);
	test_cut_nowhere(state);
	stored = false;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_nsec3_denials),    cmocka_unit_test(test_nsec3_below_a_dname),
	        cmocka_unit_test(test_nsec_denials),     cmocka_unit_test(test_plain_queries),
	        cmocka_unit_test(test_signatures_alone), cmocka_unit_test(test_cut_nowhere),
	        cmocka_unit_test(test_stored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

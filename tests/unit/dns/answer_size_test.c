// answer: what becomes of replies in every size from nothing to plenty: sets
// whole or left out, OPT kept, TC when something necessary is missing, and
// never a byte too many (zones_answer gives exactly the room that it tells).
#include "zones.h"

#define SIZES 4096

static char zone_text[1 << 16];
static struct zone_set *set;
static struct message full, reply;

static const char *const questions[] = {
        "small.t A",  "large.t A",   "chain.t A",    "many.sub.t A", "sibling.sub2.t A", "t MX",
        "absent.t A", "tochild.t A", "elsewhere. A", "large.t TXT",  "x.sub3.t A",
};

static int open_set(void **state)
{
	size_t len = (size_t)sprintf(zone_text, "$TTL 60\n"
	                                        "@ SOA ns1 admin 1 2 3 4 5\n"
	                                        "@ NS ns1\n"
	                                        "small A 192.0.2.1\n"
	                                        "chain CNAME chain2\n"
	                                        "chain2 CNAME large\n"
	                                        "tochild CNAME many.sub\n"
	                                        "sub2 NS ns1.sub\n"
	                                        "sub2 NS ns.sub2\n"
	                                        "ns.sub2 A 192.0.2.9\n"
	                                        "ns.sub2 AAAA 2001:db8::9\n"
	                                        "sub3 NS a.sub3\n"
	                                        "sub3 NS ns1.sub\n"
	                                        "sub3 NS b.sub3\n"
	                                        "a.sub3 A 192.0.2.10\n"
	                                        "a.sub3 A 192.0.2.11\n"
	                                        "b.sub3 AAAA 2001:db8::12\n");
	struct zone *zone;

	for (unsigned i = 0; i < 26; i++)
		len += (size_t)sprintf(zone_text + len,
		                       "large A 192.0.2.%u\n"
		                       "large TXT \"text number %u\"\n"
		                       "sub NS ns%u.sub\n"
		                       "ns%u.sub A 192.0.2.%u\n"
		                       "ns%u.sub AAAA 2001:db8::%u\n",
		                       i, i, i, i, i, i, i);
	for (unsigned i = 0; i < 14; i++)
		len += (size_t)sprintf(zone_text + len,
		                       "@ MX %u mx%u\n"
		                       "mx%u A 192.0.2.%u\n"
		                       "mx%u A 192.0.3.%u\n"
		                       "mx%u AAAA 2001:db8::1:%u\n",
		                       i, i, i, i, i, i, i, i);
	zones_options.policy.as[ZONE_CHECK_APEX_ADDRESS] = ZONE_WARNING;
	zone = zones_load_sound("t.", zone_text);
	set = zones_set_new(&zone, 1);
	zone_put(zone);
	return set ? 0 : -1;
}

static int close_set(void **state)
{
	zone_set_free(set);
	return 0;
}

static unsigned set_len(const struct message *m, const struct message_record *of)
{
	unsigned len = 0;

	for (unsigned i = 0; i < m->len; i++) {
		const struct message_record *r = &m->records[i];

		len += r->section == of->section && r->type == of->type &&
		       dns_name_eq(r->owner, of->owner);
	}
	return len;
}

// Whether a reply without this record of the full one needs TC: all but
// additional data does, and in-domain glue (RFC 9471).
static bool necessary(const struct message_record *r)
{
	const struct message_record *ns = NULL;

	for (unsigned i = 0; i < full.len; i++) {
		if (full.records[i].section == 1 && full.records[i].type == DNS_TYPE_NS)
			ns = &full.records[i];
	}
	return r->section < 2 || (ns && dns_name_under(r->owner, ns->owner));
}

// The reply is the full one without some whole sets.
static void check_reduced(const char *question, size_t size)
{
	bool missing = false;

	if (reply.len == full.len && reply.flags == full.flags)
		return;
	for (unsigned i = 0; i < reply.len; i++)
		assert_true(set_len(&full, &reply.records[i]) > 0);
	for (unsigned i = 0; i < full.len; i++) {
		unsigned len = set_len(&reply, &full.records[i]);

		if (len != 0 && len != set_len(&full, &full.records[i]))
			fail_msg("%s in %zu bytes: a part of a set", question, size);
		missing |= len == 0 && necessary(&full.records[i]);
	}
	if (missing != !!(reply.flags & DNS_FLAG_TC))
		fail_msg("%s in %zu bytes: TC is wrong", question, size);
	assert_int_equal(reply.edns, full.edns);
	assert_int_equal(reply.question, full.question);
}

static size_t ask(const struct message_query *query, size_t room, enum dns_transport transport,
                  struct message *into, enum drop *drop)
{
	static uint8_t to[UINT16_MAX];
	uint8_t msg[512];
	size_t len = message_build(msg, sizeof(msg), query);

	len = zones_answer(set, to, msg, len, room, transport, drop);
	if (len > 0)
		message_read(into, to, len);
	return len;
}

static void test_every_room(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(questions); i++) {
		struct message_query query = zones_query(questions[i]);
		size_t smallest = 12 + message_name(query.name).len + 4 + 11, full_len;
		enum drop drop;

		query.edns = true;
		full_len = ask(&query, UINT16_MAX, DNS_TCP, &full, &drop);
		assert_false(full.flags & DNS_FLAG_TC);
		for (size_t room = 0; room <= SIZES; room++) {
			size_t len = ask(&query, room, DNS_TCP, &reply, &drop);

			assert_int_equal(drop, room < smallest ? DROP_DNS_NO_ROOM : DROP_NONE);
			assert_true(len <= room);
			if (len > 0) {
				check_reduced(questions[i], room);
				assert_int_equal(zones_cut, len < full_len);
			}
			if (room >= full_len)
				assert_int_equal(len, full_len);
		}
	}
}

static void test_every_edns_size(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(questions); i++) {
		struct message_query query = zones_query(questions[i]);
		enum drop drop;

		query.edns = true;
		ask(&query, UINT16_MAX, DNS_TCP, &full, &drop);
		for (unsigned size = 0; size <= SIZES; size++) {
			size_t limit = size < 512 ? 512 : size_min(size, DNS_UDP_OUR_SIZE);

			query.udp_size = (uint16_t)size;
			assert_true(ask(&query, UINT16_MAX, DNS_UDP, &reply, &drop) <= limit);
			check_reduced(questions[i], size);
		}
	}
}

static void test_no_edns_means_512(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(questions); i++) {
		struct message_query query = zones_query(questions[i]);
		enum drop drop;

		ask(&query, UINT16_MAX, DNS_TCP, &full, &drop);
		assert_true(ask(&query, UINT16_MAX, DNS_UDP, &reply, &drop) <= 512);
		check_reduced(questions[i], 512);
	}
}

static bool is_referral(const struct message *m)
{
	bool ns = false;

	for (unsigned i = 0; i < m->len; i++)
		ns |= m->records[i].section == 1 && m->records[i].type == DNS_TYPE_NS;
	return ns;
}

// Without TCP no reply has TC: what does not fit is an error without records, but for a referral
// without some of its glue. All others are as with TCP.
static void check_udp_only(const char *question, const struct message *with_tcp)
{
	assert_int_equal(reply.flags & DNS_FLAG_TC, 0);
	assert_int_equal(reply.edns, with_tcp->edns);
	if ((with_tcp->flags & DNS_FLAG_TC) && !is_referral(with_tcp)) {
		assert_int_equal(reply.rcode, DNS_SERVFAIL);
		assert_int_equal(reply.len, 0);
		return;
	}
	if (reply.rcode != with_tcp->rcode || reply.len != with_tcp->len)
		fail_msg("%s: a reply that fits differs without TCP", question);
}

static void test_udp_only(void **state)
{
	static struct message with_tcp;

	for (size_t i = 0; i < ARRAY_LEN(questions); i++) {
		struct message_query query = zones_query(questions[i]);
		enum drop drop;

		query.edns = true;
		ask(&query, UINT16_MAX, DNS_TCP, &full, &drop);
		for (unsigned size = 0; size <= SIZES; size++) {
			query.udp_size = (uint16_t)size;
			ask(&query, UINT16_MAX, DNS_UDP, &with_tcp, &drop);
			zones_udp_only = true;
			ask(&query, UINT16_MAX, DNS_UDP, &reply, &drop);
			zones_udp_only = false;
			check_udp_only(questions[i], &with_tcp);
		}
	}
}

// Two sets of 38,000 bytes each fit one by one, and not together, as ANY wants them. Over TCP that
// is an error: there is no larger transport to which TC could send the client.
static void test_larger_than_any_message(void **state)
{
	static char text[1 << 17];
	size_t len = (size_t)sprintf(text, "$TTL 60\n@ SOA ns a 1 2 3 4 5\n@ NS ns.u.\n");
	struct message_query query = {.name = "x.t", .edns = true};
	struct dns_policy policy = dns_policy_default;
	static uint8_t msg[512], to[UINT16_MAX];
	struct dns_request request = {.msg = msg, .transport = DNS_TCP, .out = to};
	struct dns_server server = {.policy = &policy, .last_resort = true};
	struct zone_set *large;
	struct zone *zone;

	policy.any = DNS_ANY_ALL;
	for (unsigned i = 0; i < 300; i++)
		len += (size_t)sprintf(text + len, "x %s \"%0240u\"\n", i % 2 ? "TXT" : "SPF", i);
	zone = zones_load_sound("t.", text);
	server.zones = large = zones_set_new(&zone, 1);
	zone_put(zone);
	for (unsigned i = 0; i < 3; i++) {
		static const uint16_t types[] = {DNS_TYPE_TXT, DNS_TYPE_SPF, DNS_TYPE_ANY};

		query.qtype = types[i];
		request.msg = msg;
		request.len = (uint16_t)message_build(msg, sizeof(msg), &query);
		request.room = UINT16_MAX;
		answer_queries(&server, &request, 1);
		assert_int_equal(request.drop, DROP_NONE);
		message_read(&reply, to, request.reply_len);
		assert_int_equal(reply.flags & DNS_FLAG_TC, 0);
		assert_int_equal(reply.rcode, i < 2 ? DNS_NOERROR : DNS_SERVFAIL);
		assert_int_equal(reply.len, i < 2 ? 150 : 0);
		assert_int_equal(request.outcome.truncated, i == 2);
		assert_true(reply.edns);
	}
	zone_set_free(large);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        POOL_TEST(test_every_room),
	        POOL_TEST(test_every_edns_size),
	        POOL_TEST(test_no_edns_means_512),
	        POOL_TEST(test_udp_only),
	        POOL_TEST(test_larger_than_any_message),
	};

	return cmocka_run_group_tests(tests, open_set, close_set);
}

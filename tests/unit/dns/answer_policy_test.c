// answer_policy: what an operator decides: EDNS options, class CH, ANY, sizes, who
// may ask; and what a reply tells about itself. And DNAME, which nobody decides.
#include "zones.h"

#define LABEL60 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const char example[] = "$TTL 60\n"
                              "@ SOA ns admin 1 2 3 4 5\n"
                              "@ NS ns\n"
                              "ns A 192.0.2.1\n"
                              "www A 192.0.2.2\n"
                              "www TXT two\n"
                              "away NS ns.elsewhere.test.\n"
                              "*.w A 192.0.2.3\n"
                              "d DNAME t\n"
                              "a.t A 192.0.2.4\n"
                              "long DNAME " LABEL60 "." LABEL60 "." LABEL60 ".t\n"
                              "loop DNAME sub.loop\n"
                              "p.short DNAME short\n"
                              "next DNAME d\n"
                              "alias CNAME a.d\n";

static struct zone_set *set;
static struct acl *allow;

static int open_set(void **state)
{
	struct zone *zone = zones_load_sound("example.", example);
	const char *texts[] = {"192.0.2.0/24"};
	struct why why;

	allow = acl_new(texts, 1, &why);
	set = zone_set_new((struct zone_served[]){{zone, 7, NULL}}, 1, 1);
	zone_put(zone);
	return allow && set ? 0 : -1;
}

static int close_set(void **state)
{
	zone_set_free(set);
	acl_free(allow);
	return 0;
}

static const uint8_t source[16] = {[10] = 0xff, 0xff, 192, 0, 2, 99};

// One request: its message, and the reply in its place.
static uint8_t msg[2048];
static struct dns_request request;

static void answer_or_drop(const struct zone_set *zones, const struct dns_policy *policy,
                           size_t len)
{
	struct dns_server server = {.zones = zones, .policy = policy, .now_s = 1000};

	request = (struct dns_request){
	        .msg = msg, .len = (uint16_t)len, .room = sizeof(msg), .source = source};
	answer_queries(&server, &request, 1);
}

static void answer_msg(const struct zone_set *zones, const struct dns_policy *policy, size_t len)
{
	answer_or_drop(zones, policy, len);
	assert_int_equal(request.drop, DROP_NONE);
}

// A question with an OPT record that holds `options`.
static void answer_options(const struct dns_policy *policy, const char *question,
                           const void *options, size_t options_len)
{
	struct message_query query = zones_query(question);
	size_t len;

	query.edns = true;
	query.udp_size = 1232;
	len = message_build(msg, sizeof(msg), &query);
	msg[len - 1] = (uint8_t)options_len;
	memcpy(msg + len, options, options_len);
	answer_msg(set, policy, len + options_len);
}

static void answer_plain(const struct dns_policy *policy, const char *question)
{
	struct message_query query = zones_query(question);

	answer_msg(set, policy, message_build(msg, sizeof(msg), &query));
}

// The options of the reply, whose OPT record is its last.
static void assert_options(const void *options, size_t len)
{
	const uint8_t *end = msg + request.reply_len;

	assert_int_equal(request.outcome.tail_len, 11 + len);
	assert_int_equal(request.outcome.tail_records, 1);
	assert_int_equal(end[-(int)len - 1], len);
	assert_memory_equal(end - len, options, len);
}

static void test_nsid(void **state)
{
	struct dns_policy policy = dns_policy_default;

	policy.nsid = (const uint8_t *)"ns1";
	policy.nsid_len = 3;
	answer_options(&policy, "www.example A", "\0\3\0\0", 4);
	assert_options("\0\3\0\3ns1", 7);
	answer_options(&policy, "www.example A", "", 0);
	assert_options("", 0);
	answer_options(&dns_policy_default, "www.example A", "\0\3\0\0", 4);
	assert_options("", 0);
}

// RFC 7828: over TCP, and only for clients that ask.
static void test_keepalive(void **state)
{
	struct message_query query = zones_query("www.example A");
	struct dns_server server = {.zones = set, .policy = &dns_policy_default};
	size_t len;

	for (unsigned tcp = 0; tcp < 2; tcp++)
		for (unsigned asks = 0; asks < 2; asks++) {
			server.tcp_idle_ds = tcp ? 0x102 : 0;
			query.edns = true;
			len = message_build(msg, sizeof(msg), &query);
			msg[len - 1] = asks ? 4 : 0;
			memcpy(msg + len, "\0\13\0\0", 4);
			request = (struct dns_request){.msg = msg,
			                               .len = (uint16_t)(len + (asks ? 4 : 0)),
			                               .room = sizeof(msg),
			                               .transport = tcp ? DNS_TCP : DNS_UDP,
			                               .source = source};
			answer_queries(&server, &request, 1);
			assert_int_equal(request.drop, DROP_NONE);
			if (tcp && asks)
				assert_options("\0\13\0\2\1\2", 6);
			else
				assert_options("", 0);
		}
}

// Length of the padding of a reply in `room` bytes to a query with these options; -1: it has none.
static int padding(const char *options, size_t options_len, uint16_t block, size_t room, bool *cut)
{
	static uint8_t out[4096];
	struct message_query query = zones_query("www.example A");
	struct dns_server server = {
	        .zones = set, .policy = &dns_policy_default, .padding_bytes = block};
	size_t len;
	const uint8_t *at;

	query.edns = true;
	len = message_build(msg, sizeof(msg), &query);
	msg[len - 1] = (uint8_t)options_len;
	memcpy(msg + len, options, options_len);
	request = (struct dns_request){.msg = msg,
	                               .len = (uint16_t)(len + options_len),
	                               .room = (uint16_t)room,
	                               .out = out,
	                               .transport = DNS_TLS,
	                               .source = source};
	answer_queries(&server, &request, 1);
	assert_int_equal(request.drop, DROP_NONE);
	assert_true(request.reply_len <= room);
	*cut = request.outcome.cut;
	at = out + request.reply_len;
	for (int pad = 0; pad < request.reply_len - 16; pad++) {
		if (at[-pad - 4] == 0 && at[-pad - 3] == 12 &&
		    (at[-pad - 2] << 8 | at[-pad - 1]) == pad)
			return pad;
		if (at[-pad - 1] != 0)
			break;
	}
	return -1;
}

// RFC 8467 section 4.1: a multiple of the block, for clients that pad their queries.
static void test_padding(void **state)
{
	int plain_len;
	bool cut;

	assert_int_equal(padding("", 0, 468, 4096, &cut), -1);
	plain_len = request.reply_len;
	assert_int_equal(padding("\0\14\0\2\0\0", 6, 0, 4096, &cut), -1);
	assert_int_equal(request.reply_len, plain_len);
	assert_int_equal(padding("\0\14\0\2\0\0", 6, 468, 4096, &cut), 468 - 4 - plain_len);
	assert_int_equal(request.reply_len, 468);
	// For every length that a reply may have in its block.
	for (int block = plain_len; block < plain_len + 16; block++) {
		int pad = padding("\0\14\0\0", 4, (uint16_t)block, 4096, &cut);

		assert_int_equal((plain_len + 4 + pad) % block, 0);
		assert_int_equal(request.reply_len, plain_len + 4 + pad);
		assert_true(pad >= 0 && pad < block);
		assert_false(cut);
	}
}

// Less room gives less padding, and says so; the reply stays what it is.
static void test_padding_without_room(void **state)
{
	int plain_len, pad;
	bool cut;

	(void)padding("", 0, 468, 4096, &cut);
	plain_len = request.reply_len;
	for (int room = plain_len; room < 468; room++) {
		pad = padding("\0\14\0\0", 4, 468, (size_t)room, &cut);
		assert_true(cut);
		assert_int_equal(pad, room < plain_len + 4 ? -1 : room - plain_len - 4);
	}
	(void)padding("\0\14\0\0", 4, 468, 468, &cut);
	assert_false(cut);
}

// RFC 8914: only a client that speaks EDNS is told.
static void test_extended_errors(void **state)
{
	static const struct {
		const char *question;
		const char *option;
	} cases[] = {
	        {"www.example.com A", "\0\17\0\2\0\24"},
	        {"www.example AXFR", "\0\17\0\2\0\25"},
	        {"www.example A", NULL},
	        {"absent.example A", NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		answer_options(&dns_policy_default, cases[i].question, "", 0);
		assert_options(cases[i].option ? cases[i].option : "", cases[i].option ? 6 : 0);
	}
	answer_plain(&dns_policy_default, "www.example.com A");
	assert_int_equal(request.outcome.tail_len, 0);
}

// Options that we do not know, those of other transports, padding: passed over.
static void test_other_options(void **state)
{
	static const char options[] = "\0\10\0\4\0\1\0\0" // client subnet
	                              "\0\13\0\0"         // keepalive
	                              "\0\14\0\3\0\0\0"   // padding
	                              "\xff\xff\0\1x";

	answer_options(&dns_policy_default, "www.example A", options, sizeof(options) - 1);
	assert_int_equal(request.outcome.rcode, DNS_NOERROR);
	assert_options("", 0);
}

static void test_cookies(void **state)
{
	struct dns_policy policy = dns_policy_default;
	uint8_t option[4 + COOKIE_BYTES] = {0, 10, 0, 8, 'c', 'l', 'i', 'e', 'n', 't', ' ', ' '};

	// Switched off, the option is one that we do not know.
	answer_options(&policy, "www.example A", option, 12);
	assert_options("", 0);
	policy.cookies = (struct cookie_secrets){{"0123456789abcdef"}, 1};
	answer_options(&policy, "www.example A", option, 12);
	assert_int_equal(request.outcome.cookie, COOKIE_CLIENT_ONLY);
	option[3] = COOKIE_BYTES;
	cookie_build(&policy.cookies, option + 4, source, 1000, option + 4);
	assert_options(option, sizeof(option));
	// It comes back, and again.
	answer_options(&policy, "www.example A", option, sizeof(option));
	assert_int_equal(request.outcome.cookie, COOKIE_GOOD);
	assert_options(option, sizeof(option));
	answer_options(&policy, "www.example.com A", option, sizeof(option));
	assert_int_equal(request.outcome.rcode, DNS_REFUSED);
	assert_int_equal(request.outcome.cookie, COOKIE_GOOD);
	// Malformed (RFC 7873 section 5.2.2).
	option[3] = 9;
	answer_options(&policy, "www.example A", option, 13);
	assert_int_equal(request.outcome.rcode, DNS_FORMERR);
	assert_options("", 0);
}

// RFC 7873 section 5.4: a query that only wants a cookie.
static void test_cookie_without_question(void **state)
{
	static const char bytes[] = "\x12\x34\0\0\0\0\0\0\0\0\0\1\0\0\x29\4\xd0\0\0\0\0\0\x0c"
	                            "\0\x0a\0\10client  ";
	struct dns_policy policy = dns_policy_default;

	policy.cookies = (struct cookie_secrets){{"0123456789abcdef"}, 1};
	memcpy(msg, bytes, sizeof(bytes) - 1);
	answer_msg(set, &policy, sizeof(bytes) - 1);
	assert_int_equal(request.outcome.rcode, DNS_NOERROR);
	assert_int_equal(request.reply_len, 12 + 11 + 4 + COOKIE_BYTES);
}

// All that goes into an OPT record leaves room for the longest question.
static void test_longest_options(void **state)
{
	static const char name[] = LABEL60 "." LABEL60 "." LABEL60 "." LABEL60 ".aaaaaa.x A";
	static uint8_t nsid[DNS_NSID_MAX];
	struct dns_policy policy = dns_policy_default;

	policy.udp_size = DNS_UDP_SIZE_MIN;
	policy.nsid = nsid;
	policy.nsid_len = DNS_NSID_MAX;
	policy.cookies = (struct cookie_secrets){{"0123456789abcdef"}, 1};
	answer_options(&policy, name, "\0\3\0\0\0\x0a\0\10client  ", 16);
	assert_int_equal(request.outcome.rcode, DNS_REFUSED);
	assert_true(request.reply_len <= DNS_UDP_SIZE_MIN);
}

static void ask_chaos(const struct dns_policy *policy, const char *name, uint16_t qtype,
                      const char *wanted)
{
	struct message_query query = {name, qtype, DNS_CLASS_CH};
	static struct message reply;

	answer_msg(set, policy, message_build(msg, sizeof(msg), &query));
	message_read(&reply, msg, request.reply_len);
	assert_string_equal(message_text(&reply), wanted);
}

static void test_chaos(void **state)
{
	struct dns_policy policy = dns_policy_default;

	ask_chaos(&policy, "version.bind", DNS_TYPE_TXT, "REFUSED\n");
	policy.version = "wadi 1";
	ask_chaos(&policy, "VERSION.bind", DNS_TYPE_TXT,
	          "NOERROR aa\nanswer version.bind. 0 TXT \"wadi 1\"\n");
	ask_chaos(&policy, "version.server", DNS_TYPE_ANY,
	          "NOERROR aa\nanswer version.server. 0 TXT \"wadi 1\"\n");
	ask_chaos(&policy, "version.bind", DNS_TYPE_A, "REFUSED\n");
	ask_chaos(&policy, "id.server", DNS_TYPE_TXT, "REFUSED\n");
	policy.identity = "host";
	ask_chaos(&policy, "id.server", DNS_TYPE_TXT,
	          "NOERROR aa\nanswer id.server. 0 TXT \"host\"\n");
	ask_chaos(&policy, "hostname.bind", DNS_TYPE_TXT,
	          "NOERROR aa\nanswer hostname.bind. 0 TXT \"host\"\n");
	ask_chaos(&policy, "www.example", DNS_TYPE_TXT, "REFUSED\n");
}

// Queries for zones of others are refused, or dropped and counted; nothing else is.
static void test_unknown_zones(void **state)
{
	static const struct {
		const char *question;
		enum drop drop;
	} cases[] = {
	        {"www.elsewhere.test A", DROP_DNS_NOT_SERVED},
	        {". NS", DROP_DNS_NOT_SERVED},
	        {"absent.example A", DROP_NONE},
	        {"www.example AXFR", DROP_NONE},
	};
	struct dns_policy policy = dns_policy_default;
	struct message_query query;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		policy.unknown = DNS_UNKNOWN_REFUSE;
		answer_plain(&policy, cases[i].question);
		assert_int_equal(request.drop, DROP_NONE);
		assert_true(request.reply_len > 0);
		policy.unknown = DNS_UNKNOWN_DROP;
		query = zones_query(cases[i].question);
		answer_or_drop(set, &policy, message_build(msg, sizeof(msg), &query));
		assert_int_equal(request.drop, cases[i].drop);
		assert_int_equal(request.reply_len == 0, cases[i].drop != DROP_NONE);
	}
}

static void test_any(void **state)
{
	static const struct {
		enum dns_any any;
		const char *reply;
	} cases[] = {
	        {DNS_ANY_ONE, "NOERROR aa\nanswer www.example. 60 A 192.0.2.2\n"},
	        {DNS_ANY_ALL, "NOERROR aa\nanswer www.example. 60 A 192.0.2.2\n"
	                      "answer www.example. 60 TXT \"two\"\n"},
	        {DNS_ANY_REFUSE, "NOERROR aa tc\n"},
	};
	static struct message reply;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct dns_policy policy = dns_policy_default;

		policy.any = cases[i].any;
		answer_plain(&policy, "www.example ANY");
		message_read(&reply, msg, request.reply_len);
		assert_string_equal(message_text(&reply), cases[i].reply);
	}
}

// Over TCP a set may stand so far behind that no pointer into it is possible.
static void test_any_out_of_reach(void **state)
{
	static char text[1 << 16];
	static uint8_t big[UINT16_MAX];
	struct dns_policy policy = {.udp_size = 1232, .any = DNS_ANY_ALL};
	struct message_query query = zones_query("example ANY");
	size_t len = (size_t)sprintf(text, "@ 60 SOA ns.else. x.else. 1 2 3 4 5\n");
	struct dns_request over_tcp = {.msg = big, .room = sizeof(big), .transport = DNS_TCP};
	static struct message reply;
	unsigned mx = 0, txt = 0;
	struct zone *zone;
	struct zone_set *many;

	for (unsigned i = 0; i < 900; i++)
		len += (size_t)sprintf(text + len, "@ 60 NS ns%u.under-another-%u.test.\n", i, i);
	len += (size_t)sprintf(text + len,
	                       "@ 60 MX 1 a.b.test.\n@ 60 MX 2 c.b.test.\n@ 60 TXT t\n");
	zone = zones_load_sound("example.", text);
	many = zones_set_new(&zone, 1);
	over_tcp.len = (uint16_t)message_build(big, sizeof(big), &query);
	answer_queries(&(struct dns_server){.zones = many, .policy = &policy}, &over_tcp, 1);
	assert_true(over_tcp.reply_len > DNS_PTR_MAX);
	message_read(&reply, big, over_tcp.reply_len);
	for (unsigned i = 0; i < reply.len; i++) {
		mx += reply.records[i].type == DNS_TYPE_MX;
		txt += reply.records[i].type == DNS_TYPE_TXT;
	}
	assert_int_equal(mx, 0);
	assert_int_equal(txt, 1);
	zone_set_free(many);
	zone_put(zone);
}

static void test_who_may_ask(void **state)
{
	static const uint8_t stranger[16] = {0x20, 1, 0xd, 0xb8};
	struct dns_server server = {.policy = &dns_policy_default};
	struct zone *zone = zones_load_sound("example.", example);
	struct zone_set *lists = zone_set_new((struct zone_served[]){{zone, 1, allow}}, 1, 1);

	server.zones = lists;
	for (unsigned i = 0; i < 2; i++) {
		struct message_query query = {"www.example", DNS_TYPE_A, .edns = true};

		request = (struct dns_request){
		        .msg = msg, .room = sizeof(msg), .source = i ? stranger : source};
		request.len = (uint16_t)message_build(msg, sizeof(msg), &query);
		answer_queries(&server, &request, 1);
		assert_int_equal(request.outcome.rcode, i ? DNS_REFUSED : DNS_NOERROR);
		assert_options(i ? "\0\17\0\2\0\22" : "", i ? 6 : 0);
	}
	zone_set_free(lists);
	zone_put(zone);
}

// An alias of an open zone does not open another.
static void test_aliases_into_closed_zones(void **state)
{
	static const uint8_t stranger[16] = {0x20, 1, 0xd, 0xb8};
	static struct message reply;
	struct zone *open = zones_load_sound("open.", "@ 60 SOA a a 1 2 3 4 5\n@ 60 NS a.example.\n"
	                                              "a 60 CNAME www.example.\n");
	struct zone *closed = zones_load_sound("example.", example);
	struct zone_set *both =
	        zone_set_new((struct zone_served[]){{open, 1, NULL}, {closed, 2, allow}}, 2, 1);
	struct dns_server server = {.zones = both, .policy = &dns_policy_default};
	struct message_query query = {"a.open", DNS_TYPE_A};

	for (unsigned i = 0; i < 2; i++) {
		request = (struct dns_request){
		        .msg = msg, .room = sizeof(msg), .source = i ? stranger : source};
		request.len = (uint16_t)message_build(msg, sizeof(msg), &query);
		answer_queries(&server, &request, 1);
		message_read(&reply, msg, request.reply_len);
		assert_int_equal(reply.rcode, DNS_NOERROR);
		assert_int_equal(reply.len, i ? 1 : 2);
	}
	zone_set_free(both);
	zone_put(open);
	zone_put(closed);
}

// A zone of which nothing could be read is not another's to answer for.
static void test_unread_zones(void **state)
{
	static const uint8_t origin[] = "\3Sub\7example";
	struct zone *zone = zones_load_sound("example.", example);
	struct zone *unread = zone_new_unread(origin, 1);
	struct zone_set *both = zone_set_new((struct zone_served[]){{zone, 1}, {unread, 2}}, 2, 1);
	static const struct {
		const char *question;
		enum dns_rcode rcode;
	} cases[] = {
	        {"a.sub.example A", DNS_SERVFAIL},
	        {"sub.example SOA", DNS_SERVFAIL},
	        {"www.example A", DNS_NOERROR},
	        // The parent, which does not delegate it, is not asked for the DS.
	        {"sub.example DS", DNS_SERVFAIL},
	        {"deep.sub.example DS", DNS_SERVFAIL},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct message_query query = zones_query(cases[i].question);

		query.edns = true;
		answer_msg(both, &dns_policy_default, message_build(msg, sizeof(msg), &query));
		assert_int_equal(request.outcome.rcode, cases[i].rcode);
		if (cases[i].rcode == DNS_SERVFAIL)
			assert_options("\0\17\0\2\0\16", 6);
	}
	zone_set_free(both);
	zone_put(zone);
	zone_put(unread);
}

static void test_outcomes(void **state)
{
	static const struct {
		const char *question;
		enum dns_kind kind;
		uint32_t zone;
	} cases[] = {
	        {"www.example A", DNS_KIND_POSITIVE, 7},
	        {"x.w.example A", DNS_KIND_POSITIVE, 7},
	        {"www.example MX", DNS_KIND_NODATA, 7},
	        {"nothing.example A", DNS_KIND_NXDOMAIN, 7},
	        {"x.away.example A", DNS_KIND_REFERRAL, 7},
	        {"www.test A", DNS_KIND_ERROR, ZONE_NUMBER_NONE},
	};
	uint64_t content_id;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		answer_plain(&dns_policy_default, cases[i].question);
		assert_int_equal(request.outcome.kind, cases[i].kind);
		assert_int_equal(request.outcome.zone, cases[i].zone);
	}
	// What one wildcard answers, one delegation covers, one zone denies, is one.
	for (size_t i = 1; i < 5; i++) {
		char question[64];

		if (cases[i].kind == DNS_KIND_NODATA)
			continue;
		answer_plain(&dns_policy_default, cases[i].question);
		content_id = request.outcome.content_id;
		snprintf(question, sizeof(question), "another.%s", cases[i].question);
		answer_plain(&dns_policy_default, question);
		assert_true(request.outcome.content_id == content_id);
		answer_plain(&dns_policy_default, "www.example A");
		assert_false(request.outcome.content_id == content_id);
	}
}

// What is left is header, question and OPT.
static void test_truncate(void **state)
{
	static struct message reply;
	struct dns_policy policy = dns_policy_default;

	policy.nsid = (const uint8_t *)"ns1";
	policy.nsid_len = 3;
	answer_options(&policy, "x.away.example A", "\0\3\0\0", 4);
	answer_truncate(&request);
	assert_int_equal(request.reply_len, 12 + 16 + 4 + 11 + 7);
	message_read(&reply, msg, request.reply_len);
	assert_string_equal(message_text(&reply), "NOERROR tc\n");
	assert_true(reply.edns);
	assert_true(request.outcome.truncated);
	answer_plain(&policy, "x.away.example A");
	answer_truncate(&request);
	assert_int_equal(request.reply_len, 12 + 16 + 4);
}

#define DNAME_D  "answer d.example. 60 DNAME t.example.\n"
#define SOA_LINE "authority example. 5 SOA ns.example. admin.example. 1 2 3 4 5\n"

static void test_dname(void **state)
{
	static const struct {
		const char *question, *reply;
	} cases[] = {
	        {"a.d.example A", "NOERROR aa\nanswer a.d.example. 60 CNAME a.t.example.\n"
	                          "answer a.t.example. 60 A 192.0.2.4\n" DNAME_D},
	        {"b.a.d.example A",
	         "NXDOMAIN aa\nanswer b.a.d.example. 60 CNAME b.a.t.example.\n" DNAME_D SOA_LINE},
	        {"a.d.example CNAME",
	         "NOERROR aa\nanswer a.d.example. 60 CNAME a.t.example.\n" DNAME_D},
	        {"d.example DNAME", "NOERROR aa\n" DNAME_D},
	        {"d.example A", "NOERROR aa\n" SOA_LINE},
	        {"alias.example A", "NOERROR aa\nanswer a.d.example. 60 CNAME a.t.example.\n"
	                            "answer a.t.example. 60 A 192.0.2.4\n"
	                            "answer alias.example. 60 CNAME a.d.example.\n" DNAME_D},
	        {"a.next.example A", "NOERROR aa\nanswer a.d.example. 60 CNAME a.t.example.\n"
	                             "answer a.next.example. 60 CNAME a.d.example.\n"
	                             "answer a.t.example. 60 A 192.0.2.4\n" DNAME_D
	                             "answer next.example. 60 DNAME d.example.\n"},
	        // A target that is the end of its owner.
	        {"p.p.short.example A",
	         "NOERROR aa\nanswer p.p.short.example. 60 CNAME p.short.example.\n"
	         "answer p.short.example. 60 DNAME short.example.\n" SOA_LINE},
	};
	static struct message reply;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		answer_plain(&dns_policy_default, cases[i].question);
		message_read(&reply, msg, request.reply_len);
		if (strcmp(message_text(&reply), cases[i].reply) != 0)
			fail_msg("%s: got\n%sexpected\n%s", cases[i].question, message_text(&reply),
			         cases[i].reply);
	}
}

// RFC 6672 section 2.2: a name that gets too long is told.
static void test_dname_too_long(void **state)
{
	static struct message reply;

	answer_plain(&dns_policy_default, LABEL60 ".x.long.example A");
	message_read(&reply, msg, request.reply_len);
	assert_int_equal(reply.rcode, DNS_YXDOMAIN);
	assert_int_equal(reply.len, 1);
	assert_int_equal(reply.records[0].type, DNS_TYPE_DNAME);
	assert_int_equal(request.outcome.rcode, DNS_YXDOMAIN);
}

// One that leads below itself ends at the bound, the DNAME told once.
static void test_dname_of_itself(void **state)
{
	static struct message reply;
	unsigned dnames = 0;

	answer_options(&dns_policy_default, "x.loop.example A", "", 0);
	message_read(&reply, msg, request.reply_len);
	for (unsigned i = 0; i < reply.len; i++)
		dnames += reply.records[i].type == DNS_TYPE_DNAME;
	assert_int_equal(dnames, 1);
	assert_int_equal(reply.len, 1 + 16);
	// Each name repeats only what its owner has not: the chain fits into 512 bytes.
	answer_plain(&dns_policy_default, "x.loop.example A");
	assert_in_range(request.reply_len, 1, 12 + 20 + 30 + 16 * 20);
	message_read(&reply, msg, request.reply_len);
	assert_int_equal(reply.len, 1 + 16);
}

// The prefix of the name keeps the case of the question (RFC 4343).
static void test_dname_keeps_case(void **state)
{
	static struct message reply;

	answer_plain(&dns_policy_default, "A.D.Example A");
	message_read(&reply, msg, request.reply_len);
	assert_int_equal(reply.records[1].type, DNS_TYPE_CNAME);
	assert_memory_equal(reply.records[1].rdata, "\1A\1t\7example", 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_nsid),
	        cmocka_unit_test(test_keepalive),
	        cmocka_unit_test(test_padding),
	        cmocka_unit_test(test_padding_without_room),
	        cmocka_unit_test(test_extended_errors),
	        cmocka_unit_test(test_other_options),
	        cmocka_unit_test(test_cookies),
	        cmocka_unit_test(test_cookie_without_question),
	        cmocka_unit_test(test_longest_options),
	        cmocka_unit_test(test_chaos),
	        cmocka_unit_test(test_any),
	        cmocka_unit_test(test_unknown_zones),
	        cmocka_unit_test(test_any_out_of_reach),
	        cmocka_unit_test(test_who_may_ask),
	        cmocka_unit_test(test_aliases_into_closed_zones),
	        cmocka_unit_test(test_unread_zones),
	        cmocka_unit_test(test_outcomes),
	        cmocka_unit_test(test_truncate),
	        cmocka_unit_test(test_dname),
	        cmocka_unit_test(test_dname_too_long),
	        cmocka_unit_test(test_dname_of_itself),
	        cmocka_unit_test(test_dname_keeps_case),
	};

	return cmocka_run_group_tests(tests, open_set, close_set);
}

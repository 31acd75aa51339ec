// Any message against zones of every kind: the reply keeps to its room, is a
// response with the query's id, and is itself never answered.
#include "proto/dns/answer/answer.h"
#include "proto/dns/load/zone_load.h"

#include <stdlib.h>
#include <string.h>

#define DIGEST  "0000000000000000000000000000000000000000000000000000000000000000"
#define HASH(c) c "p9mhaveqvm6t7vbl5lop2u3t2rp3tom"
#define ROOM    700 // less than the largest replies take

static const char zone_t[] = "$TTL 60\n"
                             "@ SOA ns a.b.c 1 2 3 4 5\n"
                             "@ NS ns\n"
                             "@ NS ns.sub\n"
                             "ns A 192.0.2.1\n"
                             "* MX 1 ns\n"
                             "*.w CNAME x.w\n"
                             "e.n.t TXT a\n"
                             "sub NS ns.sub\n"
                             "sub NS ns.w.sub\n"
                             "ns.sub AAAA 2001:db8::1\n"
                             "c CNAME u.\n"
                             "l CNAME l2.u.\n"
                             "r DNAME r.u.\n"
                             "s DNAME s.s\n";
static const char zone_u[] = "$TTL 60\n"
                             "@ SOA t. t. 1 2 3 4 5\n"
                             "@ NS ns.t.\n"
                             "l2 CNAME l.t.\n"
                             "d CNAME a.b.c.sub.t.\n"
                             "k CNAME k.l\n"
                             "k.l CNAME l\n"
                             "l CNAME k.k\n"
                             "k.k TXT x\n"
                             "r DNAME n.\n";
// Signed, once with NSEC and once with NSEC3; the hashes are not those of the names,
// which nobody here can tell.
#define SIG(type) " RRSIG " type " 13 1 60 20300101000000 20200101000000 1 n. AAAA\n"
static const char zone_n[] =
        "$TTL 60\n"
        "@ SOA t. t. 1 2 3 4 5\n@" SIG("SOA") "@ NS ns.t.\n@" SIG(
                "NS") "@ NSEC *.w SOA NS "
                      "NSEC RRSIG\n@" SIG(
                              "N"
                              "S"
                              "E"
                              "C") "*.w A 192.0.2.1\n*.w" SIG("A") "*.w NSEC d NSEC RRSIG "
                                                                   "A\n*.w" SIG(
                                                                           "NSEC") "d NS "
                                                                                   "ns."
                                                                                   "d\n"
                                                                                   "ns.d "
                                                                                   "A "
                                                                                   "192."
                                                                                   "0.2."
                                                                                   "2\n"
                                                                                   "d "
                                                                                   "NSEC "
                                                                                   "s NS "
                                                                                   "NSEC "
                                                                                   "RRSIG"
                                                                                   "\n"
                                                                                   "d" SIG("NS"
                                                                                           "E"
                                                                                           "C") "s "
                                                                                                "NS"
                                                                                                " n"
                                                                                                "s."
                                                                                                "d"
                                                                                                "\n"
                                                                                                "s "
                                                                                                "DS"
                                                                                                " 1"
                                                                                                " 1"
                                                                                                "3 "
                                                                                                "2"
                                                                                                " " DIGEST
                                                                                                "\n"
                                                                                                "s" SIG("DS") "s NSEC @ NS DS NSEC RRSIG\ns" SIG(
                                                                                                        "NSEC");
static const char zone_h[] =
        "$TTL 60\n"
        "@ SOA t. t. 1 2 3 4 5\n@" SIG("SOA") "@ NS ns.t.\n@" SIG(
                "NS") "@ NSEC3PARAM 1 0 2 "
                      "AB\n@" SIG("NSEC3PARAM") "a.b.c A 192.0.2.1\na.b.c" SIG(
                              "A") "*.w CNAME "
                                   "x.n.\n*."
                                   "w" SIG("CNAM"
                                           "E") "d NS ns.d\n" HASH("0") " NSEC3 1 1 2 AB " HASH("h") " SOA NS RRSIG\n" HASH("0")
                                           SIG("N"
                                               "S"
                                               "E"
                                               "C"
                                               "3")
                                                   HASH("h") " NSEC3 1 1 2 AB " HASH(
                                                           "0") " A RRSIG\n" HASH("h") SIG("NSEC3");

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void no_report(void *ctx, const struct zone_report *report)
{
}

static struct zone_set *zones_open(void)
{
	static const struct zone_options options = {.hash_key = 1};
	struct zone *zones[] = {
	        zone_load_text("t", zone_t, sizeof(zone_t) - 1, (const uint8_t *)"\1t", &options,
	                       no_report, NULL),
	        zone_load_text("u", zone_u, sizeof(zone_u) - 1, (const uint8_t *)"\1u", &options,
	                       no_report, NULL),
	        zone_load_text("n", zone_n, sizeof(zone_n) - 1, (const uint8_t *)"\1n", &options,
	                       no_report, NULL),
	        zone_load_text("h", zone_h, sizeof(zone_h) - 1, (const uint8_t *)"\1h", &options,
	                       no_report, NULL),
	};
	struct zone_served served[ARRAY_LEN(zones)];
	struct zone_set *set;

	for (uint32_t i = 0; i < ARRAY_LEN(zones); i++) {
		if (!zones[i])
			abort();
		served[i] = (struct zone_served){zones[i], i, NULL};
	}
	set = zone_set_new(served, ARRAY_LEN(served), 1);
	for (size_t i = 0; i < ARRAY_LEN(zones); i++)
		zone_put(zones[i]);
	return set;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct zone_set *set;
	static const uint8_t source[16];
	struct dns_policy policy = dns_policy_default;
	struct dns_server server = {.policy = &policy};
	size_t room = size > ROOM ? size : ROOM;
	uint8_t *query;
	struct dns_request request = {
	        .len = (uint16_t)size, .room = (uint16_t)room, .source = source};

	if (size > UINT16_MAX)
		return 0;
	if (!set)
		set = zones_open();
	server.zones = set;
	policy.any = (enum dns_any)(size % 3);
	policy.nsid = (const uint8_t *)"fuzz";
	policy.nsid_len = 4;
	policy.version = policy.identity = "fuzz";
	policy.cookies = (struct cookie_secrets){{"0123456789abcdef"}, 1};
	request.transport = size % 2 ? DNS_UDP : DNS_TCP;
	// Over TCP the query lies in a page with others.
	request.out = request.transport == DNS_TCP ? malloc(room) : NULL;
	query = request.msg = malloc(request.out ? size : room);
	memcpy(request.msg, data, size);
	answer_queries(&server, &request, 1);
	if (request.reply_len > room || (request.reply_len == 0) == (request.drop == DROP_NONE))
		abort();
	if (request.reply_len > 0) {
		if (memcmp(request.msg, data, 2) != 0)
			abort();
		if (size % 5 == 0)
			answer_truncate(&request);
		request.out = NULL;
		request.len = request.reply_len;
		answer_queries(&(struct dns_server){.zones = set, .policy = &dns_policy_default},
		               &request, 1);
		if (request.drop != DROP_DNS_RESPONSE)
			abort();
	}
	if (request.msg != query)
		free(request.msg);
	else
		free(request.out);
	free(query);
	return 0;
}

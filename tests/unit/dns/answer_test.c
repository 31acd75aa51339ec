// answer: what is answered to whom, as text; flags, EDNS and drops.
#include "zones.h"

static const char example_org[] = "$TTL 3600\n"
                                  "@ SOA ns1 hostmaster 2026112301 7200 3600 1209600 300\n"
                                  "@ NS ns1\n"
                                  "@ NS ns2.example.net.\n"
                                  "@ MX 10 mail\n"
                                  "@ MX 20 backup.example.net.\n"
                                  "@ A 192.0.2.10\n"
                                  "ns1 A 192.0.2.1\n"
                                  "ns1 AAAA 2001:db8::1\n"
                                  "mail A 192.0.2.25\n"
                                  "www 300 A 192.0.2.80\n"
                                  "www 300 A 192.0.2.81\n"
                                  "www 300 AAAA 2001:db8::80\n"
                                  "a.ent.deep TXT \"below two empty names\"\n"
                                  "_sip._udp SRV 0 5 5060 www\n"
                                  "Svc HTTPS 1 . alpn=h2\n"
                                  "Svc HTTPS 2 mail port=8443\n"
                                  "Svc A 192.0.2.70\n"
                                  "tosvc CNAME svc\n"
                                  "nosvc HTTPS 0 .\n"
                                  "nosvc A 192.0.2.71\n"
                                  "*.svcwild HTTPS 1 .\n"
                                  "*.svcwild AAAA 2001:db8::72\n"
                                  "alias CNAME www\n"
                                  "alias2 CNAME alias\n"
                                  "outside CNAME www.example.com.\n"
                                  "abroad CNAME www.example.net.\n"
                                  "nowhere CNAME absent\n"
                                  "loop1 CNAME loop2\n"
                                  "loop2 CNAME loop1\n"
                                  "self CNAME self\n"
                                  "tochild CNAME host.sub\n"
                                  "toserved CNAME www.served\n"
                                  "www.served A 192.0.2.77\n"
                                  "tostar CNAME *.wild\n"
                                  "toany CNAME foo.wild\n"
                                  "toent CNAME ent.deep\n"
                                  "toorigin CNAME @\n"
                                  "afar CNAME up2.example.net.\n"
                                  "*.wild TXT \"any\"\n"
                                  "*.wild MX 10 mail\n"
                                  "host.wild A 192.0.2.90\n"
                                  "x.ent.wild A 192.0.2.91\n"
                                  "*.cwild CNAME www\n"
                                  "*.mxwild A 192.0.2.92\n"
                                  "mxw MX 5 some.mxwild\n"
                                  "sub NS ns.sub\n"
                                  "sub NS ns.sibling\n"
                                  "sub DS 1 8 9 00112233\n"
                                  "ns.sub A 192.0.2.53\n"
                                  "sibling NS ns.sibling\n"
                                  "ns.sibling A 192.0.2.54\n"
                                  "glueless NS ns.elsewhere.example.\n"
                                  "own NS own\n"
                                  "own NS ns.own\n"
                                  "own A 192.0.2.56\n"
                                  "ns.own A 192.0.2.57\n"
                                  "two NS a.two\n"
                                  "two NS b.two\n"
                                  "two NS ns.sibling\n"
                                  "a.two 700 A 192.0.2.58\n"
                                  "a.two 600 A 192.0.2.59\n"
                                  "a.two 500 AAAA 2001:db8::58\n"
                                  "a.two TXT \"no glue\"\n"
                                  "b.two 400 AAAA 2001:db8::60\n"
                                  "x.two NS ns.two\n"
                                  "ns.two A 192.0.2.61\n"
                                  "hollow NS ns.hollow\n"
                                  "*.hollow A 192.0.2.55\n"
                                  "odd TYPE65280 \\# 3 010203\n"
                                  "held NS ns.elsewhere.example.\n"
                                  "held DS 1 8 9 00112233\n";

static const char example_net[] = "$TTL 60\n"
                                  "@ SOA ns.example.org. admin.example.org. 1 2 3 4 600\n"
                                  "@ NS ns2\n"
                                  "ns2 A 192.0.2.2\n"
                                  "www A 192.0.2.99\n"
                                  "back CNAME alias.example.org.\n"
                                  "toapex CNAME @\n"
                                  "first CNAME TOAPEX\n"
                                  "b.first CNAME first\n"
                                  "a.b.first CNAME b.First\n"
                                  "up CNAME www\n"
                                  "up2 CNAME up\n"
                                  "*.starred CNAME up2\n"
                                  "x.ent TXT x\n"
                                  "toent CNAME ent\n"
                                  "long CNAME toent\n"
                                  "out CNAME www.example.com.\n"
                                  "away CNAME out\n"
                                  "self CNAME self\n"
                                  "turned CNAME self\n"
                                  "sub NS ns.sub\n"
                                  "ns.sub A 192.0.2.98\n"
                                  "tochild CNAME host.sub\n"
                                  "down CNAME tochild\n";

static const char child[] = "$TTL 60\n"
                            "@ SOA ns admin 7 2 3 4 5\n"
                            "@ NS ns\n"
                            "ns A 192.0.2.60\n"
                            "www A 192.0.2.61\n";

static struct zone_set *set;

static int open_set(void **state)
{
	struct zone *zones[] = {
	        zones_load_sound("example.org.", example_org),
	        zones_load_sound("example.net.", example_net),
	        zones_load_sound("served.example.org.", child),
	        zones_load_sound("held.example.org.", child),
	};

	set = zones_set_new(zones, ARRAY_LEN(zones));
	for (size_t i = 0; i < ARRAY_LEN(zones); i++)
		zone_put(zones[i]);
	return set ? 0 : -1;
}

static int close_set(void **state)
{
	zone_set_free(set);
	return 0;
}

#define SOA_ORG                                                                                    \
	"authority example.org. 300 SOA ns1.example.org. hostmaster.example.org. 2026112301 "      \
	"7200 3600 1209600 300\n"
#define SOA_NET "authority example.net. 60 SOA ns.example.org. admin.example.org. 1 2 3 4 600\n"

static const struct answer_case {
	const char *question, *reply;
} answer_cases[] = {
        // Direct answers.
        {"www.example.org A", "NOERROR aa\n"
                              "answer www.example.org. 300 A 192.0.2.80\n"
                              "answer www.example.org. 300 A 192.0.2.81\n"},
        {"WWW.Example.ORG AAAA", "NOERROR aa\n"
                                 "answer www.example.org. 300 AAAA 2001:db8::80\n"},
        {"odd.example.org TYPE65280", "NOERROR aa\n"
                                      "answer odd.example.org. 3600 TYPE65280 \\# 3 010203\n"},
        {"example.org SOA", "NOERROR aa\n"
                            "answer example.org. 3600 SOA ns1.example.org. "
                            "hostmaster.example.org. 2026112301 7200 3600 1209600 300\n"},
        // Additional data: of this zone only, authoritative or glue.
        {"example.org NS", "NOERROR aa\n"
                           "answer example.org. 3600 NS ns1.example.org.\n"
                           "answer example.org. 3600 NS ns2.example.net.\n"
                           "additional ns1.example.org. 3600 A 192.0.2.1\n"
                           "additional ns1.example.org. 3600 AAAA 2001:db8::1\n"},
        {"example.org MX", "NOERROR aa\n"
                           "answer example.org. 3600 MX 10 mail.example.org.\n"
                           "answer example.org. 3600 MX 20 backup.example.net.\n"
                           "additional mail.example.org. 3600 A 192.0.2.25\n"},
        {"_sip._udp.example.org SRV",
         "NOERROR aa\n"
         "answer _sip._udp.example.org. 3600 SRV 0 5 5060 www.example.org.\n"
         "additional www.example.org. 300 A 192.0.2.80\n"
         "additional www.example.org. 300 A 192.0.2.81\n"
         "additional www.example.org. 300 AAAA 2001:db8::80\n"},
        {"mxw.example.org MX", "NOERROR aa\n"
                               "answer mxw.example.org. 3600 MX 5 some.mxwild.example.org.\n"
                               "additional some.mxwild.example.org. 3600 A 192.0.2.92\n"},
        // The owner's own addresses: "." in ServiceMode (RFC 9460 section 2.5.2).
        {"svc.example.org HTTPS", "NOERROR aa\n"
                                  "answer svc.example.org. 3600 HTTPS 1 . alpn=\"h2\"\n"
                                  "answer svc.example.org. 3600 HTTPS 2 mail.example.org. "
                                  "port=8443\n"
                                  "additional mail.example.org. 3600 A 192.0.2.25\n"
                                  "additional svc.example.org. 3600 A 192.0.2.70\n"},
        {"tosvc.example.org HTTPS", "NOERROR aa\n"
                                    "answer svc.example.org. 3600 HTTPS 1 . alpn=\"h2\"\n"
                                    "answer svc.example.org. 3600 HTTPS 2 mail.example.org. "
                                    "port=8443\n"
                                    "answer tosvc.example.org. 3600 CNAME svc.example.org.\n"
                                    "additional mail.example.org. 3600 A 192.0.2.25\n"
                                    "additional svc.example.org. 3600 A 192.0.2.70\n"},
        {"nosvc.example.org HTTPS", "NOERROR aa\n"
                                    "answer nosvc.example.org. 3600 HTTPS 0 .\n"},
        {"a.b.svcwild.example.org HTTPS",
         "NOERROR aa\n"
         "answer a.b.svcwild.example.org. 3600 HTTPS 1 .\n"
         "additional a.b.svcwild.example.org. 3600 AAAA 2001:db8::72\n"},
        // ANY is one RRset, whichever comes first.
        {"www.example.org ANY", "NOERROR aa\n"
                                "answer www.example.org. 300 A 192.0.2.80\n"
                                "answer www.example.org. 300 A 192.0.2.81\n"},
        {"alias.example.org ANY", "NOERROR aa\n"
                                  "answer alias.example.org. 3600 CNAME www.example.org.\n"},
        {"ent.deep.example.org ANY", "NOERROR aa\n" SOA_ORG},
        // Negative answers; empty non-terminals exist.
        {"www.example.org TXT", "NOERROR aa\n" SOA_ORG},
        {"ent.deep.example.org A", "NOERROR aa\n" SOA_ORG},
        {"deep.example.org A", "NOERROR aa\n" SOA_ORG},
        {"absent.example.org A", "NXDOMAIN aa\n" SOA_ORG},
        {"absent.deep.example.org A", "NXDOMAIN aa\n" SOA_ORG},
        {"a.b.c.d.e.f.www.example.org A", "NXDOMAIN aa\n" SOA_ORG},
        {"absent.example.net A", "NXDOMAIN aa\n" SOA_NET},
        // Wildcards (RFC 4592).
        {"foo.wild.example.org TXT", "NOERROR aa\n"
                                     "answer foo.wild.example.org. 3600 TXT \"any\"\n"},
        {"a.b.wild.example.org TXT", "NOERROR aa\n"
                                     "answer a.b.wild.example.org. 3600 TXT \"any\"\n"},
        {"*.wild.example.org TXT", "NOERROR aa\n"
                                   "answer *.wild.example.org. 3600 TXT \"any\"\n"},
        {"foo.wild.example.org MX", "NOERROR aa\n"
                                    "answer foo.wild.example.org. 3600 MX 10 mail.example.org.\n"
                                    "additional mail.example.org. 3600 A 192.0.2.25\n"},
        {"foo.wild.example.org A", "NOERROR aa\n" SOA_ORG},
        {"host.wild.example.org TXT", "NOERROR aa\n" SOA_ORG},
        {"below.host.wild.example.org TXT", "NXDOMAIN aa\n" SOA_ORG},
        {"ent.wild.example.org TXT", "NOERROR aa\n" SOA_ORG},
        {"y.ent.wild.example.org TXT", "NXDOMAIN aa\n" SOA_ORG},
        {"foo.*.wild.example.org TXT", "NXDOMAIN aa\n" SOA_ORG},
        {"foo.cwild.example.org AAAA", "NOERROR aa\n"
                                       "answer foo.cwild.example.org. 3600 CNAME www.example.org.\n"
                                       "answer www.example.org. 300 AAAA 2001:db8::80\n"},
        // CNAME chains: within, out of, across and around zones.
        // Aliases of aliases: no zone of ours begins below this one.
        {"a.b.first.example.net NS", "NOERROR aa\n"
                                     "answer a.b.first.example.net. 60 CNAME b.first.example.net.\n"
                                     "answer b.first.example.net. 60 CNAME first.example.net.\n"
                                     "answer example.net. 60 NS ns2.example.net.\n"
                                     "answer first.example.net. 60 CNAME TOAPEX.example.net.\n"
                                     "answer toapex.example.net. 60 CNAME example.net.\n"
                                     "additional ns2.example.net. 60 A 192.0.2.2\n"},
        {"a.b.first.example.net CNAME",
         "NOERROR aa\n"
         "answer a.b.first.example.net. 60 CNAME b.first.example.net.\n"},
        {"a.b.first.example.net DS", "NOERROR aa\n"
                                     "answer a.b.first.example.net. 60 CNAME b.first.example.net.\n"
                                     "answer b.first.example.net. 60 CNAME first.example.net.\n"
                                     "answer first.example.net. 60 CNAME TOAPEX.example.net.\n"
                                     "answer toapex.example.net. 60 CNAME example.net.\n" SOA_NET},
        {"x.y.starred.example.net A",
         "NOERROR aa\n"
         "answer up.example.net. 60 CNAME www.example.net.\n"
         "answer up2.example.net. 60 CNAME up.example.net.\n"
         "answer www.example.net. 60 A 192.0.2.99\n"
         "answer x.y.starred.example.net. 60 CNAME up2.example.net.\n"},
        {"long.example.net TXT", "NOERROR aa\n"
                                 "answer long.example.net. 60 CNAME toent.example.net.\n"
                                 "answer toent.example.net. 60 CNAME ent.example.net.\n" SOA_NET},
        {"away.example.net A", "NOERROR aa\n"
                               "answer away.example.net. 60 CNAME out.example.net.\n"
                               "answer out.example.net. 60 CNAME www.example.com.\n"},
        {"turned.example.net A", "NOERROR aa\n"
                                 "answer self.example.net. 60 CNAME self.example.net.\n"
                                 "answer turned.example.net. 60 CNAME self.example.net.\n"},
        {"down.example.net A", "NOERROR aa\n"
                               "answer down.example.net. 60 CNAME tochild.example.net.\n"
                               "answer tochild.example.net. 60 CNAME host.sub.example.net.\n"
                               "authority sub.example.net. 60 NS ns.sub.example.net.\n"
                               "additional ns.sub.example.net. 60 A 192.0.2.98\n"},
        // An alias that this zone is led to from another one.
        {"afar.example.org A", "NOERROR aa\n"
                               "answer afar.example.org. 3600 CNAME up2.example.net.\n"
                               "answer up.example.net. 60 CNAME www.example.net.\n"
                               "answer up2.example.net. 60 CNAME up.example.net.\n"
                               "answer www.example.net. 60 A 192.0.2.99\n"},
        {"alias2.example.org AAAA", "NOERROR aa\n"
                                    "answer alias.example.org. 3600 CNAME www.example.org.\n"
                                    "answer alias2.example.org. 3600 CNAME alias.example.org.\n"
                                    "answer www.example.org. 300 AAAA 2001:db8::80\n"},
        {"alias.example.org CNAME", "NOERROR aa\n"
                                    "answer alias.example.org. 3600 CNAME www.example.org.\n"},
        {"alias.example.org TXT",
         "NOERROR aa\n"
         "answer alias.example.org. 3600 CNAME www.example.org.\n" SOA_ORG},
        {"outside.example.org A", "NOERROR aa\n"
                                  "answer outside.example.org. 3600 CNAME www.example.com.\n"},
        {"abroad.example.org A", "NOERROR aa\n"
                                 "answer abroad.example.org. 3600 CNAME www.example.net.\n"
                                 "answer www.example.net. 60 A 192.0.2.99\n"},
        {"back.example.net AAAA", "NOERROR aa\n"
                                  "answer alias.example.org. 3600 CNAME www.example.org.\n"
                                  "answer back.example.net. 60 CNAME alias.example.org.\n"
                                  "answer www.example.org. 300 AAAA 2001:db8::80\n"},
        {"nowhere.example.org A", "NXDOMAIN aa\n"
                                  "answer nowhere.example.org. 3600 CNAME "
                                  "absent.example.org.\n" SOA_ORG},
        // What the parent's zone has there is not asked for.
        {"toserved.example.org A", "NOERROR aa\n"
                                   "answer toserved.example.org. 3600 CNAME "
                                   "www.served.example.org.\n"
                                   "answer www.served.example.org. 60 A 192.0.2.61\n"},
        {"loop1.example.org A", "NOERROR aa\n"
                                "answer loop1.example.org. 3600 CNAME loop2.example.org.\n"
                                "answer loop2.example.org. 3600 CNAME loop1.example.org.\n"},
        {"self.example.org A", "NOERROR aa\n"
                               "answer self.example.org. 3600 CNAME self.example.org.\n"},
        {"tochild.example.org A", "NOERROR aa\n"
                                  "answer tochild.example.org. 3600 CNAME host.sub.example.org.\n"
                                  "authority sub.example.org. 3600 NS ns.sibling.example.org.\n"
                                  "authority sub.example.org. 3600 NS ns.sub.example.org.\n"
                                  "additional ns.sibling.example.org. 3600 A 192.0.2.54\n"
                                  "additional ns.sub.example.org. 3600 A 192.0.2.53\n"},
        // Referrals; DS is the parent's.
        {"www.sub.example.org A", "NOERROR\n"
                                  "authority sub.example.org. 3600 NS ns.sibling.example.org.\n"
                                  "authority sub.example.org. 3600 NS ns.sub.example.org.\n"
                                  "additional ns.sibling.example.org. 3600 A 192.0.2.54\n"
                                  "additional ns.sub.example.org. 3600 A 192.0.2.53\n"},
        {"sub.example.org NS", "NOERROR\n"
                               "authority sub.example.org. 3600 NS ns.sibling.example.org.\n"
                               "authority sub.example.org. 3600 NS ns.sub.example.org.\n"
                               "additional ns.sibling.example.org. 3600 A 192.0.2.54\n"
                               "additional ns.sub.example.org. 3600 A 192.0.2.53\n"},
        {"ns.sub.example.org A", "NOERROR\n"
                                 "authority sub.example.org. 3600 NS ns.sibling.example.org.\n"
                                 "authority sub.example.org. 3600 NS ns.sub.example.org.\n"
                                 "additional ns.sibling.example.org. 3600 A 192.0.2.54\n"
                                 "additional ns.sub.example.org. 3600 A 192.0.2.53\n"},
        {"glueless.example.org A", "NOERROR\n"
                                   "authority glueless.example.org. 3600 NS "
                                   "ns.elsewhere.example.\n"},
        // A delegation that is its own server.
        {"x.own.example.org A", "NOERROR\n"
                                "authority own.example.org. 3600 NS ns.own.example.org.\n"
                                "authority own.example.org. 3600 NS own.example.org.\n"
                                "additional ns.own.example.org. 3600 A 192.0.2.57\n"
                                "additional own.example.org. 3600 A 192.0.2.56\n"},
        // Each set of addresses has the TTL that it has elsewhere (RFC 2181 section 5.2).
        {"x.two.example.org A", "NOERROR\n"
                                "authority two.example.org. 3600 NS a.two.example.org.\n"
                                "authority two.example.org. 3600 NS b.two.example.org.\n"
                                "authority two.example.org. 3600 NS ns.sibling.example.org.\n"
                                "additional a.two.example.org. 500 AAAA 2001:db8::58\n"
                                "additional a.two.example.org. 600 A 192.0.2.58\n"
                                "additional a.two.example.org. 600 A 192.0.2.59\n"
                                "additional b.two.example.org. 400 AAAA 2001:db8::60\n"
                                "additional ns.sibling.example.org. 3600 A 192.0.2.54\n"},
        // A wildcard below a cut is no glue: it stands for nothing here.
        {"hollow.example.org A", "NOERROR\n"
                                 "authority hollow.example.org. 3600 NS ns.hollow.example.org.\n"},
        {"sub.example.org DS", "NOERROR aa\n"
                               "answer sub.example.org. 3600 DS 1 8 9 00112233\n"},
        {"sibling.example.org DS", "NOERROR aa\n" SOA_ORG},
        {"x.sub.example.org DS", "NOERROR\n"
                                 "authority sub.example.org. 3600 NS ns.sibling.example.org.\n"
                                 "authority sub.example.org. 3600 NS ns.sub.example.org.\n"
                                 "additional ns.sibling.example.org. 3600 A 192.0.2.54\n"
                                 "additional ns.sub.example.org. 3600 A 192.0.2.53\n"},
        // The longest origin wins, save for DS that a parent of ours delegates.
        {"www.served.example.org A", "NOERROR aa\n"
                                     "answer www.served.example.org. 60 A 192.0.2.61\n"},
        {"served.example.org DS", "NOERROR aa\n"
                                  "authority served.example.org. 5 SOA ns.served.example.org. "
                                  "admin.served.example.org. 7 2 3 4 5\n"},
        {"www.held.example.org A", "NOERROR aa\n"
                                   "answer www.held.example.org. 60 A 192.0.2.61\n"},
        {"held.example.org DS", "NOERROR aa\n"
                                "answer held.example.org. 3600 DS 1 8 9 00112233\n"},
        {"example.net DS", "NOERROR aa\n" SOA_NET},
        // Not ours, not for us.
        {"example.com A", "REFUSED\n"},
        {"org A", "REFUSED\n"},
        {". NS", "REFUSED\n"},
        {"example.org AXFR", "REFUSED\n"},
        {"example.org IXFR", "REFUSED\n"},
        {"example.org MAILA", "NOTIMP\n"},
        {"example.org MAILB", "NOTIMP\n"},
        {"example.org OPT", "FORMERR\n"},
};

static struct message reply;

static void test_answers(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(answer_cases); i++) {
		const struct answer_case *c = &answer_cases[i];
		struct message_query query = zones_query(c->question);

		zones_ask(set, &reply, &query, DNS_UDP);
		if (strcmp(message_text(&reply), c->reply) != 0)
			fail_msg("%s: got\n%sexpected\n%s", c->question, message_text(&reply),
			         c->reply);
		assert_false(reply.edns);
	}
}

static void ask(struct message_query query)
{
	zones_ask(set, &reply, &query, DNS_UDP);
}

// RD comes back, AD, CD, RA and Z do not.
// Where no zone begins within another an alias's target is known beforehand, and the
// answer is the same.
static void test_aliases_of_a_zone_alone(void **state)
{
	static const char *const names[] = {
	        "alias",   "alias2", "outside", "nowhere", "loop1",    "self",
	        "tochild", "tostar", "toany",   "toent",   "toorigin", "x.cwild",
	};
	static const char *const types[] = {"A", "AAAA", "TXT", "MX", "NS", "CNAME", "DS", "ANY"};
	struct zone *zone = zones_load_sound("example.org.", example_org);
	struct zone_set *alone = zones_set_new(&zone, 1);
	char question[64], wanted[4096];

	zone_put(zone);
	for (size_t i = 0; i < ARRAY_LEN(names) * ARRAY_LEN(types); i++) {
		struct message_query query;

		snprintf(question, sizeof(question), "%s.example.org %s",
		         names[i / ARRAY_LEN(types)], types[i % ARRAY_LEN(types)]);
		query = zones_query(question);
		zones_ask(set, &reply, &query, DNS_UDP);
		snprintf(wanted, sizeof(wanted), "%s", message_text(&reply));
		zones_ask(alone, &reply, &query, DNS_UDP);
		if (strcmp(message_text(&reply), wanted) != 0)
			fail_msg("%s: got\n%sexpected\n%s", question, message_text(&reply), wanted);
	}
	zone_set_free(alone);
}

static void test_header_bits(void **state)
{
	ask((struct message_query){"www.example.org", DNS_TYPE_A, .flags = 0x07f0});
	assert_int_equal(reply.flags, DNS_FLAG_QR | DNS_FLAG_AA | DNS_FLAG_RD);
	ask((struct message_query){"www.example.org", DNS_TYPE_A});
	assert_int_equal(reply.flags, DNS_FLAG_QR | DNS_FLAG_AA);
}

static void test_edns(void **state)
{
	ask((struct message_query){"www.example.org", DNS_TYPE_A, .edns = true, .udp_size = 4096});
	assert_true(reply.edns);
	assert_false(reply.dnssec_ok);
	assert_int_equal(reply.udp_size, DNS_UDP_OUR_SIZE);
	ask((struct message_query){"absent.example.com", DNS_TYPE_A, .edns = true,
	                           .dnssec_ok = true});
	assert_true(reply.edns);
	assert_true(reply.dnssec_ok);
	assert_int_equal(reply.rcode, DNS_REFUSED);
}

static void test_other_classes_are_refused(void **state)
{
	static const uint16_t classes[] = {DNS_CLASS_CH, DNS_CLASS_NONE, DNS_CLASS_ANY, 4711};

	for (size_t i = 0; i < ARRAY_LEN(classes); i++) {
		ask((struct message_query){"www.example.org", DNS_TYPE_A, classes[i]});
		assert_string_equal(message_text(&reply), "REFUSED\n");
	}
}

static void test_no_zones(void **state)
{
	struct zone_set *none = zones_set_new(NULL, 0);
	struct message_query query = {"www.example.org", DNS_TYPE_A};

	zones_ask(none, &reply, &query, DNS_UDP);
	assert_string_equal(message_text(&reply), "REFUSED\n");
	zone_set_free(none);
}

// A TSIG record of the key "k." without a signature, with an error.
#define TSIG(error)                                                                                \
	"\1k\0\0\xfa\0\xff\0\0\0\0\0\x13\1h\0\0\1\2\3\4\5\1\x2c\0\0\x12\x34" error "\0\0"
#define QUESTION "\3wWw\7example\3org\0\0\x1c\0\1"
#define OPT      "\0\0\x29\x10\0\0\0\x80\0\0\0"

#define BYTES(text) text, sizeof(text) - 1

static const struct exact_case {
	const char *name, *query;
	size_t query_len;
	const char *reply;
	size_t reply_len;
	enum drop drop;
} exact_cases[] = {
        {"answer with EDNS", BYTES("\x12\x34\1\0\0\1\0\0\0\0\0\1" QUESTION OPT),
         BYTES("\x12\x34\x85\0\0\1\0\1\0\0\0\1" QUESTION "\xc0\x0c\0\x1c\0\1\0\0\1\x2c\0\x10"
               "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x80\0\0\x29\4\xd0\0\0\x80\0\0\0")},
        {"names compressed against the question",
         BYTES("\x12\x34\0\0\0\1\0\0\0\0\0\0\7example\3org\0\0\x0f\0\1"),
         BYTES("\x12\x34\x84\0\0\1\0\2\0\0\0\1\7example\3org\0\0\x0f\0\1"
               "\xc0\x0c\0\x0f\0\1\0\0\x0e\x10\0\x09\0\x0a\4mail\xc0\x0c"
               "\xc0\x0c\0\x0f\0\1\0\0\x0e\x10\0\x16\0\x14\6backup\7example\3net\0"
               "\xc0\x2b\0\1\0\1\0\0\x0e\x10\0\4\xc0\0\2\x19")},
        {"denial", BYTES("\x12\x34\0\0\0\1\0\0\0\0\0\0\1x\7EXAMPLE\3net\0\0\1\0\1"),
         BYTES("\x12\x34\x84\3\0\1\0\0\0\1\0\0\1x\7EXAMPLE\3net\0\0\1\0\1"
               "\xc0\x0e\0\6\0\1\0\0\0\x3c\0\x2c\2ns\7example\3org\0\5admin\xc0\x2e"
               "\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\2\x58")},
        {"edns version 1",
         BYTES("\x12\x34\1\0\0\1\0\0\0\0\0\1" QUESTION "\0\0\x29\x10\0\0\1\0\0\0\0"),
         BYTES("\x12\x34\x81\0\0\1\0\0\0\0\0\1" QUESTION "\0\0\x29\4\xd0\1\0\0\0\0\0")},
        {"tsig", BYTES("\x12\x34\0\0\0\1\0\0\0\0\0\1" QUESTION TSIG("\0\0")),
         BYTES("\x12\x34\x80\x09\0\1\0\0\0\0\0\1" QUESTION TSIG("\0\x11"))},
        {"no question", BYTES("\x12\x34\1\0\0\0\0\0\0\0\0\0"),
         BYTES("\x12\x34\x81\1\0\0\0\0\0\0\0\0")},
        {"update", BYTES("\x12\x34\x28\0\0\1\0\0\0\0\0\0" QUESTION),
         BYTES("\x12\x34\xa8\4\0\0\0\0\0\0\0\0")},
        {"response", BYTES("\x12\x34\x80\0\0\1\0\0\0\0\0\0" QUESTION), "", 0, DROP_DNS_RESPONSE},
        {"short", BYTES("\x12\x34\1\0\0\1\0\0\0\0\0"), "", 0, DROP_DNS_SHORT},
};

static void test_exact_bytes(void **state)
{
	uint8_t to[1024];

	for (size_t i = 0; i < ARRAY_LEN(exact_cases); i++) {
		const struct exact_case *c = &exact_cases[i];
		enum drop drop;
		size_t len = zones_answer(set, to, (const uint8_t *)c->query, c->query_len,
		                          sizeof(to), DNS_UDP, &drop);

		if (len != c->reply_len || memcmp(to, c->reply, len) != 0 || drop != c->drop)
			fail_msg("%s: %zu bytes, drop %s", c->name, len, drop_name(drop));
	}
}

static void test_room_for_less_than_a_reply(void **state)
{
	const struct exact_case *c = &exact_cases[0];
	uint8_t to[1024];
	enum drop drop;

	for (size_t room = 0; room < c->query_len; room++) {
		assert_int_equal(zones_answer(set, to, (const uint8_t *)c->query, c->query_len,
		                              room, DNS_UDP, &drop),
		                 0);
		assert_int_equal(drop, DROP_DNS_NO_ROOM);
	}
}

// More requests than are looked up together, each with its own answer.
static void test_bursts(void **state)
{
	static uint8_t msgs[100][512];
	struct dns_request requests[100];

	for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
		const struct answer_case *c = &answer_cases[i % ARRAY_LEN(answer_cases)];
		struct message_query query = zones_query(c->question);
		size_t len = message_build(msgs[i], sizeof(msgs[i]), &query);

		requests[i] = (struct dns_request){msgs[i], (uint16_t)(i % 7 ? len : 3), 512};
	}
	answer_queries(&(struct dns_server){.zones = set, .policy = &dns_policy_default}, requests,
	               ARRAY_LEN(requests));
	for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
		assert_int_equal(requests[i].drop, i % 7 ? DROP_NONE : DROP_DNS_SHORT);
		if (requests[i].drop != DROP_NONE)
			continue;
		message_read(&reply, msgs[i], requests[i].reply_len);
		assert_string_equal(message_text(&reply),
		                    answer_cases[i % ARRAY_LEN(answer_cases)].reply);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        POOL_TEST(test_answers),
	        POOL_TEST(test_aliases_of_a_zone_alone),
	        POOL_TEST(test_header_bits),
	        POOL_TEST(test_edns),
	        POOL_TEST(test_other_classes_are_refused),
	        POOL_TEST(test_no_zones),
	        POOL_TEST(test_exact_bytes),
	        POOL_TEST(test_room_for_less_than_a_reply),
	        POOL_TEST(test_bursts),
	};

	return cmocka_run_group_tests(tests, open_set, close_set);
}

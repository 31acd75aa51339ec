// answer: the DNS server's engine: a query in, a reply out, in place, for one
// immutable set of zones. It knows no transport.
#ifndef DNS_ANSWER_H
#define DNS_ANSWER_H

#include "core/drop.h"
#include "proto/dns/wire/cookie.h"
#include "proto/dns/wire/dns_wire.h"
#include "proto/dns/zone/zone.h"

enum dns_transport {
	DNS_UDP,
	DNS_TCP, // no truncation, EDNS size ignored
};

// What kind of reply it became; counters, logs and rate limits tell them apart.
enum dns_kind {
	DNS_KIND_ERROR, // FORMERR, NOTIMP, REFUSED, ...
	DNS_KIND_POSITIVE,
	DNS_KIND_NODATA,
	DNS_KIND_NXDOMAIN,
	DNS_KIND_REFERRAL,
};

// What a reply was about.
struct dns_outcome {
	uint16_t qtype; // 0: the question could not be read
	uint16_t rcode; // with EDNS's upper bits
	uint32_t zone;  // the number of the zone that was asked, or ZONE_NUMBER_NONE
	uint8_t kind;   // enum dns_kind
	uint8_t cookie; // enum cookie_verdict
	bool edns, dnssec_ok, truncated;
	// The reply's first bytes behind the header, and its last, which are OPT and TSIG.
	uint16_t question_len, tail_len;
	uint8_t tail_records;
	// The same for all replies that repeat one another: of the name that
	// answered, which is the wildcard where one stood for the name asked, or of
	// the zone where nothing did.
	uint64_t subject;
};

struct dns_request {
	uint8_t *msg;  // the query; the reply is written over it
	uint16_t len;  // of the query
	uint16_t room; // bytes from msg that the reply may take
	enum dns_transport transport;
	// The client's address, IPv4 as ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2);
	// 16 bytes, borrowed.
	const uint8_t *source;

	// Out.
	uint16_t reply_len; // 0: no reply, and drop says why
	enum drop drop;
	struct dns_outcome outcome; // when there is a reply
};

// What is sent for ANY (RFC 8482), and of signatures for RRSIG.
enum dns_any {
	DNS_ANY_ONE,    // one RRset of the name
	DNS_ANY_ALL,    // all that it has
	DNS_ANY_REFUSE, // over UDP, nothing but the way to TCP
};

#define DNS_UDP_SIZE_MIN 512
#define DNS_UDP_SIZE_MAX 4096
#define DNS_CHAOS_MAX    255 // characters of version and identity
#define DNS_NSID_MAX     128 // so that all options fit 512 bytes

// What an operator decides for all zones. dns_policy_default has what is good when
// nobody decided.
struct dns_policy {
	uint16_t udp_size; // most bytes of a reply over UDP (RFC 9715)
	enum dns_any any;
	const uint8_t *nsid; // borrowed (RFC 5001)
	uint8_t nsid_len;    // 0: none is told
	// What class CH tells about the server (RFC 4892); borrowed; NULL: refused.
	const char *version;  // version.bind, version.server
	const char *identity; // hostname.bind, id.server
	struct cookie_secrets cookies;
};

extern const struct dns_policy dns_policy_default;

// What answers are made from; borrowed, and constant during a call.
struct dns_server {
	const struct zone_set *zones;
	const struct dns_policy *policy;
	uint32_t now_s; // real time in seconds, modulo 2^32, for cookies
};

// Answers all requests; those of one burst are looked up together so that
// their cache misses overlap.
void dns_answer(const struct dns_server *server, struct dns_request *requests, unsigned n);

// Cuts a reply down to header, question and OPT record, with TC: the client may ask
// again over TCP.
void dns_truncate(struct dns_request *request);

#endif

// answer: the engine of an authoritative DNS server. It turns a query into a reply in the
// same buffer, from an immutable set of zones. It sends and receives nothing: callers
// bring messages from UDP or TCP. Rate limits are rrl.h's.
#ifndef DNS_ANSWER_H
#define DNS_ANSWER_H

#include "core/drop.h"
#include "proto/dns/wire/cookie.h"
#include "proto/dns/wire/dns_wire.h"
#include "proto/dns/zone/zone_set.h"

enum dns_transport {
	DNS_UDP,
	DNS_TCP,   // EDNS size ignored, as with all that follow
	DNS_TLS,   // RFC 7858
	DNS_HTTPS, // RFC 8484
};

// The kind of a reply, by which counters, logs and rate limits classify it.
enum dns_kind {
	DNS_KIND_ERROR, // FORMERR, NOTIMP, REFUSED, ...
	DNS_KIND_POSITIVE,
	DNS_KIND_NODATA,
	DNS_KIND_NXDOMAIN,
	DNS_KIND_REFERRAL,
};

// Describes a reply to the caller's counters, log and rate limit.
struct dns_outcome {
	uint16_t qtype; // 0 when the question could not be parsed
	uint16_t rcode; // with the upper bits from the OPT record
	uint32_t zone;  // number of the zone that answered, or ZONE_NUMBER_NONE
	uint8_t kind;   // enum dns_kind
	uint8_t cookie; // enum cookie_verdict
	bool edns, dnssec_ok;
	bool truncated; // the reply did not fit
	bool cut;       // something was left out for lack of room, required or not
	// Bytes of the question, which follows the header, and of the OPT and TSIG records,
	// which end the reply. answer_truncate keeps both.
	uint16_t question_len, tail_len;
	uint8_t tail_records;
	// Identifies what answered, for the rate limit: the node of the sname (the wildcard
	// if one was expanded, the cut of a referral), or the zone if the name does not exist.
	// Replies with the same content have the same content_id.
	uint64_t content_id;
};

struct dns_request {
	uint8_t *msg;  // the query; the reply is written over it, unless there is `out`
	uint16_t len;  // bytes of the query
	uint16_t room; // size of the buffer at msg, or out, in bytes: an upper limit of the reply
	// Where the reply is written instead, beside the query, which is unchanged; msg is then
	// set to it. Over TCP, where one page has several queries, and a reply that was cut is
	// written once more with more room. NULL: over the query.
	uint8_t *out;
	enum dns_transport transport;
	// The client's address, IPv4 as ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2);
	// 16 bytes, borrowed.
	const uint8_t *source;

	// Set by answer_queries.
	uint16_t reply_len; // 0 when no reply may be sent; drop is the reason
	enum drop drop;
	struct dns_outcome outcome; // valid when reply_len is not 0
};

// The answer to QTYPE=ANY (RFC 8482). For QTYPE=RRSIG it says whose signatures are sent.
enum dns_any {
	DNS_ANY_ONE,    // one RRset of the qname
	DNS_ANY_ALL,    // all RRsets of the qname
	DNS_ANY_REFUSE, // over UDP an empty reply with TC; over TCP one RRset
};

#define DNS_UDP_SIZE_MIN 512
#define DNS_UDP_SIZE_MAX 4096
#define DNS_CHAOS_MAX    255 // characters of version and identity
#define DNS_NSID_MAX     128 // so that all EDNS options fit a reply of 512 bytes

// What a query gets whose name is in no zone.
enum dns_unknown {
	DNS_UNKNOWN_REFUSE, // REFUSED
	DNS_UNKNOWN_DROP,   // nothing
};

// What the operator configures for all zones. dns_policy_default holds the values used
// without configuration.
struct dns_policy {
	uint16_t udp_size; // maximum size of a UDP response in bytes (RFC 9715)
	enum dns_any any;
	enum dns_unknown unknown;
	const uint8_t *nsid; // server identifier (RFC 5001); borrowed
	uint8_t nsid_len;    // 0: no NSID option is sent
	// TXT answers to queries of class CH (RFC 4892), borrowed. NULL: REFUSED is sent.
	const char *version;  // version.bind, version.server
	const char *identity; // hostname.bind, id.server
	struct cookie_secrets cookies;
};

extern const struct dns_policy dns_policy_default;

// The data that queries are answered from: borrowed, and constant during a call.
struct dns_server {
	const struct zone_set *zones;
	const struct dns_policy *policy;
	uint32_t now_s; // real time in seconds, modulo 2^32, for cookies
	// Clients have no transport to ask over for a larger reply: there is no TCP, or they use it
	// and all requests have a room of DNS_MSG_MAX_BYTES. No reply has TC then: one that does
	// not fit is SERVFAIL with the extended error "Not Supported", a referral lacks what does
	// not fit of its glue, and DNS_ANY_REFUSE is DNS_ANY_ONE.
	bool last_resort;
	// How long a TCP connection may be idle, in units of 100 ms, for clients that ask (RFC
	// 7828); 0 over UDP, where it is not said.
	uint16_t tcp_idle_ds;
	// Replies to clients that ask for it are padded to a multiple of that many bytes (RFC 7830,
	// RFC 8467 section 4.1); what does not fit is left out of the padding, and `cut` is set. 0:
	// none, where others can read the reply anyway.
	uint16_t padding_bytes;
};

// Answers n requests. It looks them up side by side,
// up to 16 at a time, so that their cache misses overlap. Each request gets a reply, or a drop
// reason and reply_len 0.
void answer_queries(const struct dns_server *server, struct dns_request *requests, unsigned n);

// Reduces a reply of answer_queries to header, question, OPT and TSIG records and sets TC, so
// that the client repeats its query over TCP. Not as a last resort.
void answer_truncate(struct dns_request *request);

#endif

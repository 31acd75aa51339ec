// counts: what a worker counts of its replies, and of each zone, declared as metrics
// (core/metric.h). Only the worker writes. Drops have counters of their own (core/drop.h).
#ifndef APPS_DNS_COUNTS_H
#define APPS_DNS_COUNTS_H

#include "apps/dns/zone_table.h"
#include "core/host/json.h"
#include "core/metric.h"
#include "proto/dns/answer/answer.h"

// Types with a counter of their own; the others share COUNT_TYPE_OTHER.
#define COUNT_TYPES(X)                                                                             \
	X(A)                                                                                       \
	X(NS)                                                                                      \
	X(CNAME)                                                                                   \
	X(SOA)                                                                                     \
	X(PTR)                                                                                     \
	X(MX)                                                                                      \
	X(TXT)                                                                                     \
	X(AAAA)                                                                                    \
	X(SRV)                                                                                     \
	X(NAPTR)                                                                                   \
	X(DNAME)                                                                                   \
	X(DS)                                                                                      \
	X(SSHFP)                                                                                   \
	X(RRSIG)                                                                                   \
	X(NSEC)                                                                                    \
	X(DNSKEY)                                                                                  \
	X(NSEC3PARAM)                                                                              \
	X(TLSA)                                                                                    \
	X(CDS)                                                                                     \
	X(CDNSKEY)                                                                                 \
	X(SVCB)                                                                                    \
	X(HTTPS)                                                                                   \
	X(IXFR)                                                                                    \
	X(AXFR)                                                                                    \
	X(ANY)                                                                                     \
	X(CAA)

// Codes with EDNS's upper bits (RFC 6895 section 2.3).
#define COUNT_RCODES(X)                                                                            \
	X(0, NOERROR)                                                                              \
	X(1, FORMERR)                                                                              \
	X(2, SERVFAIL)                                                                             \
	X(3, NXDOMAIN)                                                                             \
	X(4, NOTIMP)                                                                               \
	X(5, REFUSED)                                                                              \
	X(6, YXDOMAIN)                                                                             \
	X(9, NOTAUTH)                                                                              \
	X(16, BADVERS)                                                                             \
	X(23, BADCOOKIE)

#define COUNT_KINDS(X)                                                                             \
	X(ERROR, "error", "the query was refused or is wrong, or the server failed")               \
	X(POSITIVE, "positive", "records of the queried type")                                     \
	X(NODATA, "nodata", "the name has no records of the type")                                 \
	X(NXDOMAIN, "nxdomain", "there is no such name")                                           \
	X(REFERRAL, "referral", "a delegation to other servers")

#define COUNT_TRANSPORTS(X)                                                                        \
	X(UDP4, "UDP over IPv4")                                                                   \
	X(UDP6, "UDP over IPv6")                                                                   \
	X(TCP4, "TCP over IPv4")                                                                   \
	X(TCP6, "TCP over IPv6")                                                                   \
	X(TLS4, "TLS over IPv4")                                                                   \
	X(TLS6, "TLS over IPv6")                                                                   \
	X(HTTPS4, "HTTPS over IPv4")                                                               \
	X(HTTPS6, "HTTPS over IPv6")

// Upper bounds, in bytes, of the classes that replies are counted by.
#define COUNT_SIZES(X)                                                                             \
	X(63)                                                                                      \
	X(127)                                                                                     \
	X(255)                                                                                     \
	X(511)                                                                                     \
	X(1231)                                                                                    \
	X(1472)                                                                                    \
	X(4095)                                                                                    \
	X(65535)

#define COUNT_MARKS(X)                                                                             \
	X(EDNS, "edns", "the query had EDNS")                                                      \
	X(DO, "dnssec_ok", "and wanted DNSSEC records")                                            \
	X(TRUNCATED, "truncated", "the reply did not fit: TC, or SERVFAIL where TCP is of no use") \
	X(COOKIE_GOOD, "cookie_good", "the client proved its address by a cookie")                 \
	X(COOKIE_NEW, "cookie_new", "the client had no cookie of ours yet and got one")            \
	X(COOKIE_BAD, "cookie_bad", "its cookie was forged, old or another client's")              \
	X(COOKIE_MALFORMED, "cookie_malformed", "the cookie option is malformed")

#define COUNT_ONE(name, ...)        COUNT_##name,
#define COUNT_ONE_TYPE(name)        COUNT_TYPE_##name,
#define COUNT_ONE_RCODE(code, name) COUNT_RCODE_##name,
#define COUNT_ONE_KIND(name, ...)   COUNT_KIND_##name,
#define COUNT_ONE_SIZE(bytes)       COUNT_SIZE_##bytes,

enum dns_count {
	COUNT_TYPES(COUNT_ONE_TYPE) COUNT_TYPE_OTHER,
	COUNT_TYPE_UNREAD, // the question could not be read
	COUNT_RCODES(COUNT_ONE_RCODE) COUNT_RCODE_OTHER,
	COUNT_KINDS(COUNT_ONE_KIND) COUNT_TRANSPORTS(COUNT_ONE) COUNT_SIZES(COUNT_ONE_SIZE)
	        COUNT_MARKS(COUNT_ONE) COUNT_LEN,
};

#define DNS_KINDS (DNS_KIND_REFERRAL + 1)

// Zones of two tables may have a number at a time, while one takes the other's place.
#define DNS_NUMBERS_MAX (2 * DNS_ZONES_MAX)

// Of one zone: a cache line, of which each reply touches one counter.
struct dns_zone_count {
	CACHE_ALIGNED counter_t kind[DNS_KINDS];
};
_Static_assert(sizeof(struct dns_zone_count) == CACHE_LINE_BYTES, "a cache line for each zone");

struct dns_counts {
	CACHE_ALIGNED counter_t queries;
	counter_t replies, reply_bytes;
	counter_t count[COUNT_LEN];
	// By the zone's number, DNS_NUMBERS_MAX of them; memory comes as zones are asked.
	struct dns_zone_count *zones;
};

// 0 or -ENOMEM. The counts are all zeros before, and harmless to close.
int dns_counts_open(struct dns_counts *counts) MUST_CHECK;
void dns_counts_close(struct dns_counts *counts);

// Worker: counts a burst that answer_queries has answered.
void dns_counts_add(struct dns_counts *counts, const struct dns_request *requests, unsigned n);

// Forgets what was counted of a zone, which no worker serves any more.
void dns_counts_clear(struct dns_counts *counts, uint32_t number);

// All counters but those of zones, as metrics; counts are those of len workers, borrowed.
void dns_counts_metrics(struct dns_counts *const *counts, unsigned len,
                        struct metric_source *source);

// Adds the sums of one zone to its row in a reply.
void dns_counts_zone_json(struct dns_counts *const *counts, unsigned len, uint32_t number,
                          json_t *row);

#endif

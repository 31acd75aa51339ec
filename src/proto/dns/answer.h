// answer: the DNS server's engine: a query in, a reply out, in place, for one
// immutable set of zones. It knows no transport.
#ifndef DNS_ANSWER_H
#define DNS_ANSWER_H

#include "core/drop.h"
#include "proto/dns/zone.h"

enum dns_transport {
	DNS_UDP,
	DNS_TCP, // no truncation, EDNS size ignored
};

struct dns_request {
	uint8_t *msg;       // the query; the reply is written over it
	uint16_t len;       // of the query
	uint16_t room;      // bytes from msg that the reply may take
	uint16_t reply_len; // out; 0: no reply, and drop says why
	enum drop drop;
	enum dns_transport transport;
};

// Answers all requests; those of one burst are looked up together so that
// their cache misses overlap.
void dns_answer(const struct zone_set *zones, struct dns_request *requests, unsigned n);

#endif

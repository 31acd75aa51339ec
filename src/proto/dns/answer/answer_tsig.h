// answer_tsig: the unsigned TSIG record with BADKEY that answers a query signed with a key
// which the server does not know (RFC 8945 section 5.2.1). wadi has no TSIG keys, so every
// key is unknown. Private to answer*.c.
#ifndef DNS_ANSWER_TSIG_H
#define DNS_ANSWER_TSIG_H

#include "proto/dns/answer/reply.h"
#include "proto/dns/wire/dns_query.h"

// The names of key and algorithm, the header of the record, and the fixed part of its data.
#define DNS_TSIG_MAX (2 * DNS_NAME_MAX_BYTES + sizeof(struct dns_rr_hdr) + 16)

// The record in wire form, built before the reply overwrites the query.
struct dns_reply_tsig {
	uint16_t len; // 0: the reply has no TSIG
	uint8_t bytes[DNS_TSIG_MAX];
};

// Builds the record for a query with a TSIG record, from which it copies key name, algorithm
// and time. id is that of the query.
void answer_tsig_build(struct dns_reply_tsig *tsig, const struct dns_query *query, be16_t id);

// Appends the record as the last of the reply (RFC 8945 section 5.1). The caller has
// reserved tsig->len bytes.
void answer_tsig_write(struct dns_reply *reply, const struct dns_reply_tsig *tsig);

#endif

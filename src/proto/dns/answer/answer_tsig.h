// answer_tsig: the record that tells a client that its key is not known here (RFC
// 8945 section 5.2.1). Private to answer*.c.
#ifndef DNS_ANSWER_TSIG_H
#define DNS_ANSWER_TSIG_H

#include "proto/dns/answer/answer_write.h"
#include "proto/dns/wire/dns_query.h"

// Two names, a record's head, and what is fixed of the data.
#define DNS_TSIG_MAX (2 * DNS_NAME_MAX_BYTES + sizeof(struct dns_rr_hdr) + 16)

struct dns_reply_tsig {
	uint16_t len; // 0: none
	uint8_t bytes[DNS_TSIG_MAX];
};

// Makes the record for a query with a TSIG, from whose message it takes names and time.
void reply_tsig_error(struct dns_reply_tsig *tsig, const struct dns_query *query, be16_t id);

// Appends it behind all other records (RFC 8945 section 5.1). The reply has room.
void reply_tsig(struct dns_reply *reply, const struct dns_reply_tsig *tsig);

#endif

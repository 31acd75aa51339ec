// answer_chaos: queries of class CH for the server's version and identity (RFC 4892).
// No zone is involved. Private to answer*.c.
#ifndef DNS_ANSWER_CHAOS_H
#define DNS_ANSWER_CHAOS_H

#include "proto/dns/answer/answer.h"
#include "proto/dns/answer/reply.h"

// Returns the text that answers a qname (in wire form) of class CH. NULL when the name is
// not known, the operator has not configured a text, or qtype is neither TXT nor ANY.
const char *answer_chaos_text(const struct dns_policy *policy, const uint8_t *name,
                              uint16_t qtype) PURE;

// Appends the TXT record to the answer section; sets TC when it does not fit.
void answer_chaos_write(struct dns_reply *reply, const char *text);

#endif

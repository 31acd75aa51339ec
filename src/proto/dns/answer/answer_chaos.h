// answer_chaos: what a server tells about itself in class CH (RFC 4892). Private
// to answer*.c.
#ifndef DNS_ANSWER_CHAOS_H
#define DNS_ANSWER_CHAOS_H

#include "proto/dns/answer/answer.h"
#include "proto/dns/answer/answer_write.h"

// The text for a name of class CH in wire form, or NULL: there is no such name, it
// is switched off, or another type than TXT was asked for.
const char *chaos_text(const struct dns_policy *policy, const uint8_t *name, uint16_t qtype) PURE;

// Appends the TXT record; TC when it does not fit.
void reply_chaos(struct dns_reply *reply, const char *text);

#endif

// answer_svcb: the additional section of answers with SVCB or HTTPS records (RFC 9460 section
// 4.1): what a client would ask for next. The additional data of other types are addresses
// only, which reply.c writes. Private to answer*.c.
#ifndef DNS_ANSWER_SVCB_H
#define DNS_ANSWER_SVCB_H

#include "proto/dns/answer/answer_proof.h"
#include "proto/dns/answer/reply.h"

// Appends, for each target in the zone of an RRset that was written at `start`, the target's
// RRset of the same type, the targets of that one in turn, and all their addresses. `proofs` are
// the denials already in the reply of a query with DO to a signed zone: then the denials of
// records that a target does not have are appended, too; otherwise NULL. What does not fit is
// omitted.
void answer_svcb_write(struct dns_reply *reply, const struct zone_image *image,
                       const struct zone_rrset *rrset, unsigned start,
                       const struct dns_sname *sname, const struct dns_proofs *proofs);

#endif

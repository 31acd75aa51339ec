// answer_proof: chooses the denials (NSEC or NSEC3 records) that a reply to a query with DO
// needs, and writes them to its authority section (RFC 4035 section 3.1.3, RFC 5155
// section 7.2). "To cover" a name: to be the denial whose interval contains it. Private to
// answer*.c.
#ifndef DNS_ANSWER_PROOF_H
#define DNS_ANSWER_PROOF_H

#include "proto/dns/answer/reply.h"
#include "proto/dns/zone/zone_index.h"
#include "proto/dns/zone/zone_order.h"

// Up to one for each wildcard that a chain of aliases passes, and four for its last name.
#define DNS_PROOFS_MAX (ZONE_CHAIN_MAX + 4)

// The denials of a reply, collected while aliases are followed; borrowed from the zones.
struct dns_proofs {
	unsigned len;
	struct dns_proof {
		const struct zone_image *image;
		const struct zone_node *node; // the owner of the denial
		uint16_t origin; // offset in the message of the name of the zone's origin
	} list[DNS_PROOFS_MAX];
};

// The search for the denial that covers a name which does not exist. It advances one cache
// miss at a time (see zone_order_step), so that the searches of a burst overlap.
struct dns_denial_search {
	const struct zone_image *image;
	const struct zone_name *name; // the sname's name with NSEC, `hashed` with NSEC3
	struct zone_order_search order;
	struct zone_name hashed;
};

// For a query with DO to a signed zone: prefetches the denials that the reply needs. True
// when the covering denial must be searched for: the search has begun, and the caller calls
// answer_proof_search_step until it returns false, then answer_proof_search_end.
bool answer_proof_search_begin(struct dns_denial_search *search, const struct zone_image *image,
                               const struct dns_sname *sname, const struct zone_match *match,
                               uint16_t qtype);

// Advances the search; false when it is complete.
static inline bool answer_proof_search_step(struct dns_denial_search *search)
{
	return zone_order_step(&search->order, search->image, search->name);
}

// Stores the covering denial that the search found in match.
void answer_proof_search_end(const struct dns_denial_search *search, struct zone_match *match);

// Each prove_* function adds denials to proofs; the zone is signed.
//
// The node exists, but has no RRset of the qtype (NODATA), or is a cut without a DS.
void answer_proof_nodata(struct dns_proofs *proofs, const struct zone_image *image,
                         const struct dns_sname *sname, const struct zone_node *node);

// The sname does not exist, and its closest encloser has no wildcard (NXDOMAIN).
void answer_proof_nxdomain(struct dns_proofs *proofs, const struct zone_image *image,
                           const struct dns_sname *sname, const struct zone_match *match);

// The closest encloser's wildcard was expanded: proves that the sname does not exist.
void answer_proof_wildcard(struct dns_proofs *proofs, const struct zone_image *image,
                           const struct dns_sname *sname, const struct zone_match *match);

// The closest encloser's wildcard matches, but has no RRset of the qtype (wildcard NODATA).
void answer_proof_wildcard_nodata(struct dns_proofs *proofs, const struct zone_image *image,
                                  const struct dns_sname *sname, const struct zone_match *match);

// Appends the denials to the authority section; sets TC when one does not fit.
void answer_proof_write(struct dns_reply *reply, const struct dns_proofs *proofs);

#endif

// answer_proof: which denials a reply to a DNSSEC query carries, and their way
// into its authority section (RFC 4035 section 3.1.3, RFC 5155 section 7.2).
// Private to answer*.c.
#ifndef DNS_ANSWER_PROOF_H
#define DNS_ANSWER_PROOF_H

#include "proto/dns/answer/answer_write.h"

// One for each wildcard of a chain, and those of its end.
#define DNS_PROOFS_MAX (ZONE_CHAIN_MAX + 4)

struct dns_proofs {
	unsigned len;
	struct dns_proof {
		const struct zone_image *image;
		const struct zone_node *node; // that owns the denial
		uint16_t origin;              // where in the message the origin's name is
	} list[DNS_PROOFS_MAX];
};

// The search for what covers a subject that is not there, a step at a time (see
// zone_order_step).
struct dns_search {
	const struct zone_image *image;
	const struct zone_name *name; // the subject's, or `hashed`
	struct zone_order_search order;
	struct zone_name hashed;
};

// Whether a reply with the proofs of a signed zone has to search; then it has begun. What
// it reads besides is fetched.
bool search_begin(struct dns_search *search, const struct zone_image *image,
                  const struct dns_subject *subject, const struct zone_match *match,
                  uint16_t qtype);

static inline bool search_step(struct dns_search *search)
{
	return zone_order_step(&search->order, search->image, search->name);
}

// Gives match what was found.
void search_end(const struct dns_search *search, struct zone_match *match);

// All for a signed zone. A node has not the type, or not the DS, that was asked
// for.
void prove_no_type(struct dns_proofs *proofs, const struct zone_image *image,
                   const struct dns_subject *subject, const struct zone_node *node);

// The subject does not exist, and no wildcard below its closest encloser.
void prove_no_name(struct dns_proofs *proofs, const struct zone_image *image,
                   const struct dns_subject *subject, const struct zone_match *match);

// The encloser's wildcard answered: the subject itself does not exist.
void prove_wildcard(struct dns_proofs *proofs, const struct zone_image *image,
                    const struct dns_subject *subject, const struct zone_match *match);

// The encloser's wildcard would answer, but has not the type.
void prove_wildcard_no_type(struct dns_proofs *proofs, const struct zone_image *image,
                            const struct dns_subject *subject, const struct zone_match *match);

// Appends them to the authority section, each once; TC when they do not fit.
void reply_proofs(struct dns_reply *reply, const struct dns_proofs *proofs);

#endif

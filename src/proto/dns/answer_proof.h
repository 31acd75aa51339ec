// answer_proof: which denials a reply to a DNSSEC query carries, and their way
// into its authority section (RFC 4035 section 3.1.3, RFC 5155 section 7.2).
// Private to answer*.c.
#ifndef DNS_ANSWER_PROOF_H
#define DNS_ANSWER_PROOF_H

#include "proto/dns/answer_write.h"

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

// All for a signed zone. A node has not the type, or not the DS, that was asked
// for.
void prove_no_type(struct dns_proofs *proofs, const struct zone_image *image,
                   const struct dns_subject *subject, const struct zone_node *node);

// The subject does not exist, and no wildcard below its closest encloser.
void prove_no_name(struct dns_proofs *proofs, const struct zone_image *image,
                   const struct dns_subject *subject, const struct zone_node *encloser);

// The encloser's wildcard answered: the subject itself does not exist.
void prove_wildcard(struct dns_proofs *proofs, const struct zone_image *image,
                    const struct dns_subject *subject, const struct zone_node *encloser);

// The encloser's wildcard would answer, but has not the type.
void prove_wildcard_no_type(struct dns_proofs *proofs, const struct zone_image *image,
                            const struct dns_subject *subject, const struct zone_match *match);

// Appends them to the authority section, each once; TC when they do not fit.
void reply_proofs(struct dns_reply *reply, const struct dns_proofs *proofs);

#endif

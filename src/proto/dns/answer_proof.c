// answer_proof: most proofs stand ready at the nodes of a zone (zone_proof.c);
// only what covers an absent name has to be searched for.
#include "proto/dns/answer_proof.h"

static void proof_add(struct dns_proofs *proofs, const struct zone_image *image,
                      const struct dns_subject *subject, const struct zone_node *node)
{
	for (unsigned i = 0; i < proofs->len; i++) {
		if (proofs->list[i].node == node)
			return;
	}
	assert(proofs->len < DNS_PROOFS_MAX);
	proofs->list[proofs->len++] = (struct dns_proof){
	        image, node, (uint16_t)subject_place(subject, image->origin_labels)};
}

static void proof_add_place(struct dns_proofs *proofs, const struct zone_image *image,
                            const struct dns_subject *subject, uint32_t place)
{
	proof_add(proofs, image, subject, zone_at(image, place));
}

// What covers the subject under its closest encloser. NSEC3 covers the next
// closer name, or what stands between the encloser and its own nearest proof.
static void prove_cover(struct dns_proofs *proofs, const struct zone_image *image,
                        const struct dns_subject *subject, const struct zone_node *encloser)
{
	const struct zone_proof *proof = zone_node_proof(encloser);
	const struct zone_name *name = &subject->name;
	struct zone_name hashed;
	unsigned at;

	if (proof->cover) {
		proof_add_place(proofs, image, subject, proof->cover);
		return;
	}
	if (image->denial == ZONE_DENIAL_NSEC3) {
		at = zone_name_at(name, image->origin_labels + encloser->labels + 1u);
		zone_nsec3_name(image, &hashed, name->wire + at, name->len - at);
		name = &hashed;
	}
	proof_add(proofs, image, subject, zone_order_node(image, zone_order_find(image, name)));
}

void prove_no_type(struct dns_proofs *proofs, const struct zone_image *image,
                   const struct dns_subject *subject, const struct zone_node *node)
{
	const struct zone_proof *proof = zone_node_proof(node);

	proof_add_place(proofs, image, subject, proof->match);
	if (proof->cover)
		proof_add_place(proofs, image, subject, proof->cover);
}

void prove_no_name(struct dns_proofs *proofs, const struct zone_image *image,
                   const struct dns_subject *subject, const struct zone_node *encloser)
{
	const struct zone_proof *proof = zone_node_proof(encloser);

	if (image->denial == ZONE_DENIAL_NSEC3)
		proof_add_place(proofs, image, subject, proof->match);
	prove_cover(proofs, image, subject, encloser);
	proof_add_place(proofs, image, subject, proof->wildcard);
}

void prove_wildcard(struct dns_proofs *proofs, const struct zone_image *image,
                    const struct dns_subject *subject, const struct zone_node *encloser)
{
	prove_cover(proofs, image, subject, encloser);
}

void prove_wildcard_no_type(struct dns_proofs *proofs, const struct zone_image *image,
                            const struct dns_subject *subject, const struct zone_match *match)
{
	prove_no_type(proofs, image, subject, match->node);
	if (image->denial == ZONE_DENIAL_NSEC3)
		proof_add_place(proofs, image, subject, zone_node_proof(match->encloser)->match);
	prove_cover(proofs, image, subject, match->encloser);
}

void reply_proofs(struct dns_reply *reply, const struct dns_proofs *proofs)
{
	for (unsigned i = 0; i < proofs->len; i++) {
		const struct dns_proof *proof = &proofs->list[i];
		uint16_t type =
		        proof->image->denial == ZONE_DENIAL_NSEC ? DNS_TYPE_NSEC : DNS_TYPE_NSEC3;
		const struct zone_rrset *rrset = zone_node_find(proof->node, type);

		if (!reply_rrset_of(reply, DNS_AUTHORITY, rrset, proof->node, proof->origin))
			reply->flags |= DNS_FLAG_TC;
	}
}

// answer_proof: see the header. The zone image names at each node the denials for the node
// (struct zone_proof); only the denial that covers a name which does not exist must be
// searched for.
#include "proto/dns/answer/answer_proof.h"

#include "proto/dns/zone/zone_node.h"
#include "proto/dns/zone/zone_nsec3.h"

#define SIGNED_LINES 5 // cache lines that a node with signatures takes, in most zones

static void proof_add(struct dns_proofs *proofs, const struct zone_image *image,
                      const struct dns_sname *sname, const struct zone_node *node)
{
	for (unsigned i = 0; i < proofs->len; i++) {
		if (proofs->list[i].node == node)
			return;
	}
	assert(proofs->len < DNS_PROOFS_MAX);
	proofs->list[proofs->len++] =
	        (struct dns_proof){image, node, (uint16_t)sname_place(sname, image->origin_labels)};
}

static void proof_add_place(struct dns_proofs *proofs, const struct zone_image *image,
                            const struct dns_sname *sname, uint32_t place)
{
	proof_add(proofs, image, sname, zone_at(image, place));
}

// Returns the name that a denial must cover: with NSEC the name itself; with NSEC3 the next
// closer name below the encloser (RFC 5155 section 7.2.1), hashed, which is stored in `hashed`.
static const struct zone_name *covered_name(const struct zone_image *image,
                                            const struct zone_name *name,
                                            const struct zone_node *encloser,
                                            struct zone_name *hashed)
{
	unsigned at;

	if (image->denial != ZONE_DENIAL_NSEC3)
		return name;
	at = zone_name_at(name, image->origin_labels + encloser->labels + 1u);
	zone_nsec3_name(image, hashed, name->wire + at, name->len - at);
	return hashed;
}

// The RRsets of a node with signatures take several cache lines.
static void node_prefetch(const struct zone_node *node)
{
	prefetch(node);
	for (unsigned i = 1; i < SIGNED_LINES; i++)
		prefetch((const uint8_t *)node + (size_t)i * CACHE_LINE_BYTES);
}

static void denial_prefetch(const struct zone_image *image, uint32_t place)
{
	node_prefetch(zone_at(image, place));
}

static void proof_prefetch(const struct zone_image *image, const struct zone_node *node)
{
	const struct zone_proof *proof = zone_node_proof(node);

	denial_prefetch(image, proof->match);
	if (proof->cover)
		denial_prefetch(image, proof->cover);
}

bool answer_proof_search_begin(struct dns_denial_search *search, const struct zone_image *image,
                               const struct dns_sname *sname, const struct zone_match *match,
                               uint16_t qtype)
{
	switch (match->kind) {
	case ZONE_EXACT:
		node_prefetch(match->node);
		if (!zone_node_find(match->node, qtype))
			proof_prefetch(image, match->node);
		return false;
	case ZONE_CUT:
		node_prefetch(match->node);
		if (!zone_node_find(match->node, DNS_TYPE_DS))
			proof_prefetch(image, match->node);
		return false;
	case ZONE_DNAME:
		return false;
	case ZONE_ABSENT:
	case ZONE_WILDCARD:
		break;
	}
	proof_prefetch(image, match->encloser);
	if (match->kind == ZONE_ABSENT)
		denial_prefetch(image, zone_node_proof(match->encloser)->wildcard);
	if (zone_node_proof(match->encloser)->cover)
		return false;
	search->image = image;
	search->name = covered_name(image, &sname->name, match->encloser, &search->hashed);
	zone_order_begin(&search->order, image, search->name);
	return true;
}

void answer_proof_search_end(const struct dns_denial_search *search, struct zone_match *match)
{
	const struct zone_image *image = search->image;
	uint32_t i = zone_order_found(&search->order, image);
	uint32_t place = ((const uint32_t *)zone_at(image, image->order_nodes))[i];

	match->cover = zone_at(image, place);
	denial_prefetch(image, place);
}

// Adds the denial that covers the sname. If the closest encloser has no denial of its own
// (opt-out), that is the denial prepared for the encloser.
static void proof_add_cover(struct dns_proofs *proofs, const struct zone_image *image,
                            const struct dns_sname *sname, const struct zone_match *match)
{
	const struct zone_proof *proof = zone_node_proof(match->encloser);
	const struct zone_node *cover = match->cover;
	const struct zone_name *name;
	struct zone_name hashed;

	if (proof->cover) {
		cover = zone_at(image, proof->cover);
	} else if (!cover) {
		name = covered_name(image, &sname->name, match->encloser, &hashed);
		cover = zone_order_node(image, zone_order_find(image, name));
	}
	proof_add(proofs, image, sname, cover);
}

void answer_proof_nodata(struct dns_proofs *proofs, const struct zone_image *image,
                         const struct dns_sname *sname, const struct zone_node *node)
{
	const struct zone_proof *proof = zone_node_proof(node);

	proof_add_place(proofs, image, sname, proof->match);
	if (proof->cover)
		proof_add_place(proofs, image, sname, proof->cover);
}

void answer_proof_nxdomain(struct dns_proofs *proofs, const struct zone_image *image,
                           const struct dns_sname *sname, const struct zone_match *match)
{
	const struct zone_proof *proof = zone_node_proof(match->encloser);

	if (image->denial == ZONE_DENIAL_NSEC3)
		proof_add_place(proofs, image, sname, proof->match);
	proof_add_cover(proofs, image, sname, match);
	proof_add_place(proofs, image, sname, proof->wildcard);
}

void answer_proof_wildcard(struct dns_proofs *proofs, const struct zone_image *image,
                           const struct dns_sname *sname, const struct zone_match *match)
{
	proof_add_cover(proofs, image, sname, match);
}

void answer_proof_wildcard_nodata(struct dns_proofs *proofs, const struct zone_image *image,
                                  const struct dns_sname *sname, const struct zone_match *match)
{
	answer_proof_nodata(proofs, image, sname, match->node);
	if (image->denial == ZONE_DENIAL_NSEC3)
		proof_add_place(proofs, image, sname, zone_node_proof(match->encloser)->match);
	proof_add_cover(proofs, image, sname, match);
}

void answer_proof_write(struct dns_reply *reply, const struct dns_proofs *proofs)
{
	for (unsigned i = 0; i < proofs->len; i++) {
		const struct dns_proof *proof = &proofs->list[i];
		uint16_t type =
		        proof->image->denial == ZONE_DENIAL_NSEC ? DNS_TYPE_NSEC : DNS_TYPE_NSEC3;
		const struct zone_rrset *rrset = zone_node_find(proof->node, type);

		if (!reply_rrset_of_node(reply, DNS_AUTHORITY, rrset, proof->node, proof->origin))
			reply->flags |= DNS_FLAG_TC;
	}
}

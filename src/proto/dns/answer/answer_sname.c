// answer_sname: the algorithm of RFC 1034 section 4.3.2 with wildcards as in RFC
// 4592, DNAME as in RFC 6672, negative answers as in RFC 2308, and the DNSSEC
// records of RFC 4035 section 3.1. Bytes are reply.c's, look-ups
// zone_index.c's.
#include "proto/dns/answer/answer_sname.h"

#include "proto/dns/answer/answer_proof.h"

// What a chain may put before its last RRset, so that pointers reach it.
#define CHAIN_BYTES_MAX (DNS_PTR_MAX - ZONE_FIXUP_MAX)

// A name of the chain.
struct cname_link {
	const struct zone_image *image;
	uint64_t name;                 // its node, where it has one, else its hash within the zone
	const struct zone_node *dname; // that led on from there, or NULL
	uint16_t dname_at;             // where in the message the DNAME record is
};

struct cname_chain {
	const struct dns_server *server;
	struct dns_reply *reply;
	struct dns_sname *sname;
	const struct zone_origin *zone; // where the sname is
	const struct zone_image *image; // of the zone
	const struct zone_node *target; // the sname's, when an alias told it
	uint16_t qtype;
	bool proving; // the client wants proofs and the zone has them
	unsigned len;
	// Whose addresses go to the additional section, and where it was written.
	const struct zone_rrset *additional;
	unsigned additional_at;
	struct dns_proofs proofs;
	struct cname_link links[ZONE_CHAIN_MAX];
};

// The zone above the one that begins at the name, if it is ours and delegates the
// name; NULL otherwise: a denial by one that does not would hide the child's names
// (RFC 8020). Left in the name are hashes of that zone.
static const struct zone_origin *delegating_zone(const struct zone_set *zones,
                                                 struct zone_name *name)
{
	const struct zone_origin *parent = zone_set_find(zones, name, true);
	struct zone_match match;

	if (!parent || !zone_is_read(parent->image))
		return NULL;
	zone_name_hash(name, parent->image->origin_labels, name->labels, parent->image->hash_key);
	zone_index_match(&match, parent->image, name, ZONE_NO_GUESS);
	return match.kind == ZONE_CUT ? parent : NULL;
}

const struct zone_origin *answer_sname_zone(const struct zone_set *zones, struct dns_sname *sname,
                                            uint16_t qtype, const struct zone_origin *guess)
{
	struct zone_name *name = &sname->name;
	const struct zone_origin *zone = guess;

	if (!guess || !zone_origin_holds(guess, name))
		zone = zone_set_find(zones, name, false);
	if (zone && qtype == DNS_TYPE_DS && zone->image->origin_labels == name->labels) {
		const struct zone_origin *parent = delegating_zone(zones, name);

		if (parent)
			return parent;
	}
	if (zone)
		zone_name_hash(name, zone->image->origin_labels, name->labels,
		               zone->image->hash_key);
	return zone;
}

static unsigned owner_labels(const struct cname_chain *chain, const struct zone_node *node)
{
	return chain->image->origin_labels + node->labels;
}

// False, with TC, when the RRset does not fit.
static bool put_rrset(struct cname_chain *chain, enum dns_section section,
                      const struct zone_rrset *rrset, unsigned labels)
{
	if (reply_rrset(chain->reply, section, rrset, chain->sname, labels))
		return true;
	chain->reply->flags |= DNS_FLAG_TC;
	return false;
}

// NXDOMAIN and NODATA carry the SOA (RFC 2308 section 2).
static void put_negative(struct cname_chain *chain)
{
	const struct zone_image *image = chain->image;

	put_rrset(chain, DNS_AUTHORITY, zone_at(image, image->negative_soa), image->origin_labels);
}

static void put_nodata(struct cname_chain *chain, const struct zone_match *match)
{
	put_negative(chain);
	if (!chain->proving)
		return;
	if (match->kind == ZONE_WILDCARD)
		answer_proof_wildcard_nodata(&chain->proofs, chain->image, chain->sname, match);
	else
		answer_proof_nodata(&chain->proofs, chain->image, chain->sname, match->node);
}

static void put_nxdomain(struct cname_chain *chain, const struct zone_match *match)
{
	chain->reply->flags |= DNS_NXDOMAIN; // of a chain: RFC 6604
	put_negative(chain);
	if (chain->proving)
		answer_proof_nxdomain(&chain->proofs, chain->image, chain->sname, match);
}

// A referral is not authoritative; what came before it in a chain is. A signed
// zone tells whether the child is signed (RFC 4035 section 3.1.4).
static void put_referral(struct cname_chain *chain, const struct zone_node *cut)
{
	const struct zone_rrset *ns = zone_node_find(cut, DNS_TYPE_NS), *ds;
	struct dns_reply *reply = chain->reply;
	unsigned start = reply->len;

	if (reply->count[DNS_ANSWER] == 0)
		reply->flags &= (uint16_t)~DNS_FLAG_AA;
	if (!put_rrset(chain, DNS_AUTHORITY, ns, owner_labels(chain, cut)))
		return;
	chain->additional = ns;
	chain->additional_at = start;
	if (!chain->proving)
		return;
	ds = zone_node_find(cut, DNS_TYPE_DS);
	if (ds)
		put_rrset(chain, DNS_AUTHORITY, ds, owner_labels(chain, cut));
	else
		answer_proof_nodata(&chain->proofs, chain->image, chain->sname, cut);
}

// The types that an alias may have beside it (RFC 2181 section 10.1, RFC 4034
// section 2.5) are its own.
static bool beside_alias(uint16_t qtype)
{
	return qtype == DNS_TYPE_RRSIG || qtype == DNS_TYPE_NSEC;
}

// The RRset that answers: of the type, or the CNAME. ANY gets one RRset (RFC
// 8482 section 4.1).
static const struct zone_rrset *node_answer(const struct zone_node *node, uint16_t qtype)
{
	const struct zone_rrset *rrset = zone_node_rrsets(node), *cname = NULL;

	for (unsigned i = 0; i < node->rrsets; i++, rrset = zone_rrset_next(rrset)) {
		if (rrset->type == qtype || qtype == DNS_TYPE_ANY)
			return rrset;
		if (rrset->type == DNS_TYPE_CNAME && !beside_alias(qtype))
			cname = rrset;
	}
	return cname;
}

// Whether pointers into the set, if it has any, go far enough from where the reply
// ends; behind a set of many thousand bytes they do not.
static bool pointers_reach(const struct cname_chain *chain, const struct zone_rrset *rrset)
{
	return chain->reply->len < CHAIN_BYTES_MAX || !rrset->extra ||
	       zone_rrset_extra(rrset)->fixups == 0;
}

// Everything that the node has, but for sets that pointers do not reach into, or with
// RRSIG its signatures, those of one set unless all are wanted (RFC 8482 section 4.1 goes
// for all that); false when there is nothing.
static bool put_all_rrsets(struct cname_chain *chain, const struct zone_node *node)
{
	const struct zone_rrset *rrset = zone_node_rrsets(node);
	struct dns_reply *reply = chain->reply;
	unsigned labels = chain->sname->name.labels, before = reply->count[DNS_ANSWER];

	for (unsigned i = 0; i < node->rrsets; i++, rrset = zone_rrset_next(rrset)) {
		if (chain->qtype == DNS_TYPE_ANY && !pointers_reach(chain, rrset))
			continue;
		if (chain->qtype == DNS_TYPE_ANY)
			put_rrset(chain, DNS_ANSWER, rrset, labels);
		else if (!reply_sigs(reply, DNS_ANSWER, rrset, chain->sname, labels))
			reply->flags |= DNS_FLAG_TC;
		if (chain->server->policy->any != DNS_ANY_ALL &&
		    (reply->count[DNS_ANSWER] != before || reply->flags & DNS_FLAG_TC))
			break;
	}
	return reply->count[DNS_ANSWER] != before || reply->flags & DNS_FLAG_TC;
}

static bool sends_all_rrsets(const struct cname_chain *chain)
{
	if (chain->qtype == DNS_TYPE_RRSIG)
		return true;
	return chain->qtype == DNS_TYPE_ANY && chain->server->policy->any == DNS_ANY_ALL;
}

// Whether a CNAME that answered only leads on.
static bool cname_follows(const struct cname_chain *chain)
{
	return chain->qtype != DNS_TYPE_CNAME && chain->qtype != DNS_TYPE_ANY;
}

// Makes an alias's target, which stands in the message at `place`, the sname. What the
// zone says of it holds unless another zone could begin between the two, or, for a DS,
// where it may be the parent's to say.
static bool cname_follow(struct cname_chain *chain, const struct zone_rrset *alias, unsigned place)
{
	if (!chain->zone->above && chain->qtype != DNS_TYPE_DS)
		chain->target = zone_node_alias_target(chain->image, alias, false);
	if (chain->target)
		reply_sname_move(chain->sname, chain->reply->msg, place,
		                 owner_labels(chain, chain->target));
	else
		reply_sname_copy(chain->sname, chain->reply->msg, place);
	return true;
}

// An alias together with those that it leads on to, in the cases that most replies are:
// nothing came before, is to be proved, or can be known better by another zone. True: the
// name at their end is the sname.
static bool put_inline_cnames(struct cname_chain *chain, const struct zone_rrset *alias)
{
	const struct zone_extra *extra = zone_rrset_extra(alias);
	const struct zone_address *end =
	        (const struct zone_address *)(extra + 1) + extra->addresses - 1;
	unsigned start = chain->reply->len, place;

	if (!alias->extra || !extra->inline_records || chain->len > 1 || chain->proving ||
	    chain->zone->above || chain->qtype == DNS_TYPE_DS ||
	    !reply_inline_cnames(chain->reply, alias, chain->sname))
		return false;
	place = reply_place(chain->sname, start, end->name_at);
	chain->target = zone_at(chain->image, end->node);
	reply_sname_move(chain->sname, chain->reply->msg, place,
	                 owner_labels(chain, chain->target));
	return true;
}

// Answers from a node. True: it was a CNAME, and its target is the new sname.
static bool put_node(struct cname_chain *chain, const struct zone_match *match)
{
	const struct zone_rrset *rrset = NULL;
	struct dns_sname *sname = chain->sname;
	unsigned start = chain->reply->len;
	bool found;

	if (unlikely(sends_all_rrsets(chain))) {
		found = put_all_rrsets(chain, match->node);
	} else {
		rrset = node_answer(match->node, chain->qtype);
		found = rrset != NULL;
		if (rrset && rrset->type == DNS_TYPE_CNAME && cname_follows(chain) &&
		    put_inline_cnames(chain, rrset))
			return true;
		if (rrset && !put_rrset(chain, DNS_ANSWER, rrset, sname->name.labels))
			return false;
	}
	if (!found) {
		put_nodata(chain, match);
		return false;
	}
	if (match->kind == ZONE_WILDCARD && chain->proving)
		answer_proof_wildcard(&chain->proofs, chain->image, sname, match);
	if (rrset && rrset->type == DNS_TYPE_CNAME)
		return cname_follows(chain) && cname_follow(chain, rrset, start + RR_HEAD_BYTES);
	chain->additional = rrset;
	chain->additional_at = start;
	return false;
}

// Where in the message the node's DNAME record is, put there unless it was; 0 when
// it does not fit.
static unsigned put_dname(struct cname_chain *chain, const struct zone_node *node)
{
	struct cname_link *last = &chain->links[chain->len - 1];
	unsigned start = chain->reply->len;

	for (unsigned i = 0; i + 1 < chain->len; i++) {
		if (chain->links[i].dname == node)
			start = chain->links[i].dname_at;
	}
	if (start == chain->reply->len &&
	    !put_rrset(chain, DNS_ANSWER, zone_node_find(node, DNS_TYPE_DNAME),
	               owner_labels(chain, node)))
		return 0;
	last->dname = node;
	last->dname_at = (uint16_t)start;
	return start;
}

// RFC 6672 section 3.1: the name below a DNAME, with a CNAME to say so. True: the
// new name is the sname. Who asked for the CNAME has it.
static bool put_synthesized_cname(struct cname_chain *chain, const struct zone_node *node)
{
	struct dns_sname *sname = chain->sname;
	struct dns_reply *reply = chain->reply;
	size_t prefix = zone_name_at(&sname->name, owner_labels(chain, node));
	unsigned dname = put_dname(chain, node), start = reply->len;
	const struct dns_rr_hdr *rr;

	if (dname == 0)
		return false;
	rr = (const struct dns_rr_hdr *)(reply->msg + dname + sizeof(be16_t));
	if (prefix + be16_get(rr->rdlen) > DNS_NAME_MAX_BYTES) {
		reply->flags |= DNS_YXDOMAIN; // section 2.2
		return false;
	}
	if (!reply_cname(reply, sname, prefix, rr->ttl, dname + RR_HEAD_BYTES)) {
		reply->flags |= DNS_FLAG_TC;
		return false;
	}
	reply_sname_copy(sname, reply->msg, start + RR_HEAD_BYTES);
	return chain->qtype != DNS_TYPE_CNAME;
}

// One name of a chain, as it was found. True: it leads on to a new sname.
static bool put_sname(struct cname_chain *chain, const struct zone_match *match)
{
	chain->reply->content_id =
	        match->kind == ZONE_ABSENT ? (uintptr_t)chain->image : (uintptr_t)match->node;
	switch (match->kind) {
	case ZONE_ABSENT:
		put_nxdomain(chain, match);
		return false;
	case ZONE_DNAME:
		return put_synthesized_cname(chain, match->node);
	case ZONE_CUT:
		if (match->at_cut && chain->qtype == DNS_TYPE_DS)
			break;
		put_referral(chain, match->node);
		return false;
	case ZONE_EXACT:
	case ZONE_WILDCARD:
		break;
	}
	return put_node(chain, match);
}

// Whether the sname was in the chain before; adds it otherwise.
static bool chain_visited(struct cname_chain *chain, const struct zone_match *match)
{
	const struct zone_name *sname = &chain->sname->name;
	uint64_t name =
	        match->kind == ZONE_EXACT ? (uintptr_t)match->node : sname->hash[sname->labels];
	struct cname_link *link;

	for (unsigned i = 0; i < chain->len; i++) {
		if (chain->links[i].image == chain->image && chain->links[i].name == name)
			return true;
	}
	link = &chain->links[chain->len++];
	link->image = chain->image;
	link->name = name;
	link->dname = NULL;
	return false;
}

// What is known, or found, of a new sname: false when it is in no zone that the client
// may ask.
static bool chain_find_next(struct cname_chain *chain, struct zone_match *match,
                            const uint8_t *source)
{
	if (likely(chain->target)) {
		zone_match_set(match, chain->target, chain->target, ZONE_EXACT);
		return true;
	}
	chain->zone =
	        answer_sname_zone(chain->server->zones, chain->sname, chain->qtype, chain->zone);
	if (!chain->zone || !zone_is_read(chain->zone->image) ||
	    !zone_origin_allows(chain->zone, source))
		return false;
	zone_index_match(match, chain->zone->image, &chain->sname->name, ZONE_NO_GUESS);
	return true;
}

static void prefetch_addresses(const struct zone_image *image, const struct zone_node *cut)
{
	const struct zone_rrset *ns = zone_node_find(cut, DNS_TYPE_NS);
	const struct zone_extra *extra = zone_rrset_extra(ns);
	const struct zone_address *address = (const struct zone_address *)(extra + 1);

	if (!ns->extra)
		return;
	if (extra->inline_records)
		prefetch(zone_rrset_wire(ns) + ns->len + extra->inline_len);
	for (unsigned i = zone_extra_inline_addresses(extra); i < extra->addresses; i++)
		zone_node_prefetch(zone_at(image, address[i].node));
}

const struct zone_node *answer_sname_prefetch(const struct zone_image *image,
                                              const struct zone_match *match)
{
	switch (match->kind) {
	case ZONE_EXACT:
	case ZONE_WILDCARD:
		return answer_sname_prefetch_target(image, match->node);
	case ZONE_CUT:
		prefetch_addresses(image, match->node);
		return NULL;
	case ZONE_ABSENT:
	case ZONE_DNAME:
		break;
	}
	return NULL;
}

void answer_sname_write(const struct dns_server *server, struct dns_reply *reply,
                        const struct zone_origin *zone, struct dns_sname *sname,
                        const struct zone_match *match, uint16_t qtype, const uint8_t *source)
{
	struct zone_match next;
	struct cname_chain chain;

	chain.server = server;
	chain.reply = reply;
	chain.zone = zone;
	chain.sname = sname;
	chain.qtype = qtype;
	chain.len = 0;
	chain.additional = NULL;
	chain.proofs.len = 0;
	// Until the chain leaves the zones, returns to a name that it had, or is too
	// long.
	while (chain.len < ZONE_CHAIN_MAX && reply->len < CHAIN_BYTES_MAX) {
		chain.image = chain.zone->image;
		chain.target = NULL;
		chain.proving = reply->dnssec && chain.image->denial != ZONE_DENIAL_NONE;
		if (chain_visited(&chain, match) || likely(!put_sname(&chain, match)) ||
		    !chain_find_next(&chain, &next, source))
			break;
		match = &next;
	}
	if (unlikely(chain.proofs.len))
		answer_proof_write(reply, &chain.proofs);
	if (chain.additional && chain.additional->extra)
		reply_addresses(reply, chain.image, chain.additional, chain.additional_at, sname);
}

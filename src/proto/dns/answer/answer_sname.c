// answer_sname: the algorithm of RFC 1034 section 4.3.2 with wildcards (RFC 4592), DNAME (RFC
// 6672), negative answers (RFC 2308) and DNSSEC records (RFC 4035 section 3.1). Names are
// looked up in zone_index.c, records written in reply.c.
#include "proto/dns/answer/answer_sname.h"

#include "proto/dns/answer/answer_proof.h"
#include "proto/dns/answer/answer_svcb.h"

// Maximum size of a reply to which a CNAME chain appends a further name, so that compression
// pointers can refer to the records of that name.
#define CHAIN_BYTES_MAX (DNS_PTR_MAX - ZONE_FIXUP_MAX)

// A name of a CNAME chain.
struct cname_link {
	const struct zone_image *image;
	uint64_t name;                 // address of its node; without one, its hash in the zone
	const struct zone_node *dname; // the DNAME that redirected the name, or NULL
	uint16_t dname_at;             // place of the DNAME record in the message
};

// An answer under construction: the names from the qname to the current sname.
// zone, image, target and proving describe the sname.
struct cname_chain {
	const struct dns_server *server;
	struct dns_reply *reply;
	struct dns_sname *sname;
	const struct zone_origin *zone;
	const struct zone_image *image;
	const struct zone_node *target; // its node, if the CNAME before refers to it, or NULL
	uint16_t qtype;
	bool proving; // the query has DO and the zone is signed
	unsigned len;
	// The RRset whose hosts' addresses go to the additional section, and its place.
	const struct zone_rrset *additional;
	unsigned additional_at;
	struct dns_proofs proofs;
	struct cname_link links[ZONE_CHAIN_MAX];
};

// Returns the served zone that delegates the name, which is the origin of another served
// zone; NULL if there is none. A parent zone without the delegation must not answer: its
// denial would make resolvers treat all names of the child as absent (RFC 8020). The name is
// left with the hashes of the parent zone.
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

// Appends an RRset. When it does not fit, sets TC and returns false.
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
	chain->reply->flags |= DNS_NXDOMAIN; // also after aliases: RFC 6604
	put_negative(chain);
	if (chain->proving)
		answer_proof_nxdomain(&chain->proofs, chain->image, chain->sname, match);
}

// A referral is not authoritative (no AA), unless it follows CNAME records. A signed zone
// sends the DS records or their denial (RFC 4035 section 3.1.4).
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

// Types that may exist beside a CNAME (RFC 2181 section 10.1, RFC 4034 section 2.5): queries
// for them do not follow it.
static bool beside_alias(uint16_t qtype)
{
	return qtype == DNS_TYPE_RRSIG || qtype == DNS_TYPE_NSEC;
}

// Returns the RRset that answers: that of the qtype, or the CNAME; for ANY the first one (RFC
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

// Whether compression pointers can refer to names in the RRset, if any do, when it is appended
// now. Offsets have 14 bits, and the RRsets before may be larger than that.
static bool pointers_reach(const struct cname_chain *chain, const struct zone_rrset *rrset)
{
	return chain->reply->len < CHAIN_BYTES_MAX || !rrset->extra ||
	       zone_rrset_extra(rrset)->fixups == 0;
}

// Appends all RRsets of a node (ANY), without those whose pointers would not reach; for qtype
// RRSIG only their signatures. With a policy other than DNS_ANY_ALL, stops after the first
// (RFC 8482 section 4.1). Returns false when the node has none.
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

// Whether the answer continues at the target of a CNAME.
static bool cname_follows(const struct cname_chain *chain)
{
	return chain->qtype != DNS_TYPE_CNAME && chain->qtype != DNS_TYPE_ANY;
}

// Sets the sname to the target of a CNAME, which is in the message at `place`. The target's node
// in this zone is used without a look-up, unless another served zone may answer for it: one with
// an origin below this zone's or, for DS, a parent.
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

// Appends a CNAME with all further CNAMEs of its chain in one copy, if the image stores them
// inline. Only for an unsigned answer whose chain begins here and which no other zone may
// answer. Returns true when it did; the sname is then the last target.
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

// Answers from a node. Returns true when the node has a CNAME, whose target is the new sname.
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

// Appends the node's DNAME record unless the reply has it already. Returns its place in the
// message; 0 when it does not fit.
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

// Appends the DNAME record and the CNAME synthesized from it (RFC 6672 section 3.1). Returns
// true when the answer continues at the target, which is the new sname. A query for CNAME is
// answered by the synthesized one.
static bool put_synthesized_cname(struct cname_chain *chain, const struct zone_node *node)
{
	struct dns_sname *sname = chain->sname;
	struct dns_reply *reply = chain->reply;
	unsigned labels = owner_labels(chain, node);
	unsigned dname = put_dname(chain, node), start = reply->len;
	const struct dns_rr_hdr *rr;

	if (dname == 0)
		return false;
	rr = (const struct dns_rr_hdr *)(reply->msg + dname + sizeof(be16_t));
	if (zone_name_at(&sname->name, labels) + be16_get(rr->rdlen) > DNS_NAME_MAX_BYTES) {
		reply->flags |= DNS_YXDOMAIN; // section 2.2
		return false;
	}
	if (!reply_cname(reply, sname, sname->name.labels - labels, rr->ttl,
	                 dname + RR_HEAD_BYTES)) {
		reply->flags |= DNS_FLAG_TC;
		return false;
	}
	reply_sname_copy(sname, reply->msg, start + RR_HEAD_BYTES);
	return chain->qtype != DNS_TYPE_CNAME;
}

// Writes the answer for the sname, which was looked up. Returns true when it is an alias; its
// target is the new sname.
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

// Whether the chain already contains the sname; adds it if not.
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

// Looks up a new sname. Returns false when no served zone holds it that the client may query.
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
	// Ends when the chain leaves the served zones, reaches a name again, or is too long.
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
	if (!chain.additional || !chain.additional->extra)
		return;
	if (unlikely(dns_type_is_svcb(chain.additional->type)))
		answer_svcb_write(reply, chain.image, chain.additional, chain.additional_at, sname,
		                  chain.proving ? &chain.proofs : NULL);
	else
		reply_addresses(reply, chain.image, chain.additional, chain.additional_at, sname);
}

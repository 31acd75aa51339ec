// answer_svcb: see the header. Targets are followed breadth first, so that those nearest to the
// answer get the room there is. No RRset is sent twice, which also ends loops.
#include "proto/dns/answer/answer_svcb.h"

#include "proto/dns/zone/zone_node.h"

#define SENT_MAX   64 // RRsets
#define FOLLOW_MAX 16 // RRsets of the type; RFC 9460 section 2.4.2 lets servers limit chains

struct svcb {
	struct dns_reply *reply;
	const struct zone_image *image;
	bool proving;
	unsigned origin; // place of the name of the zone's origin
	uint16_t type;
	unsigned sent_len, follow_len;
	struct sent {
		const struct zone_rrset *rrset;
		unsigned owner; // its place
	} sent[SENT_MAX];
	struct follow {
		const struct zone_rrset *rrset;
		unsigned start; // its place
	} follow[FOLLOW_MAX];
};

// Whether an RRset is still to be sent with an owner, which differs when a wildcard stands for
// several names; it then counts as sent.
static bool send_once(struct svcb *svcb, const struct zone_rrset *rrset, unsigned owner)
{
	for (unsigned i = 0; i < svcb->sent_len; i++) {
		if (svcb->sent[i].rrset == rrset &&
		    reply_names_eq(svcb->reply->msg, svcb->sent[i].owner, owner))
			return false;
	}
	if (svcb->sent_len == SENT_MAX)
		return false;
	svcb->sent[svcb->sent_len++] = (struct sent){rrset, owner};
	return true;
}

static const struct zone_rrset *denial_of(const struct zone_image *image,
                                          const struct zone_node *node)
{
	return zone_node_find(node,
	                      image->denial == ZONE_DENIAL_NSEC ? DNS_TYPE_NSEC : DNS_TYPE_NSEC3);
}

static void follow_add(struct svcb *svcb, const struct zone_rrset *rrset, unsigned start)
{
	if (svcb->follow_len < FOLLOW_MAX && rrset->extra)
		svcb->follow[svcb->follow_len++] = (struct follow){rrset, start};
}

static void put_type(struct svcb *svcb, const struct zone_node *node, uint16_t type, unsigned owner)
{
	const struct zone_rrset *rrset = zone_node_find(node, type);
	unsigned start = svcb->reply->len;

	if (rrset && send_once(svcb, rrset, owner) &&
	    reply_rrset_owned(svcb->reply, rrset, owner) && type == svcb->type)
		follow_add(svcb, rrset, start);
}

// Denials have one owner each; the origin's place stands for it.
static void put_denial(struct svcb *svcb, uint32_t place)
{
	const struct zone_node *node = zone_at(svcb->image, place);
	const struct zone_rrset *rrset = denial_of(svcb->image, node);

	if (send_once(svcb, rrset, svcb->origin))
		(void)reply_rrset_of_node(svcb->reply, DNS_ADDITIONAL, rrset, node, svcb->origin);
}

// Whether the client will ask for something that the node does not have: an address or, of the
// target of an alias, the type itself. An alias of the old kind denies nothing.
static bool lacks_records(const struct svcb *svcb, const struct zone_node *node, bool alias)
{
	if (zone_node_alias(node))
		return false;
	return !zone_node_find(node, DNS_TYPE_A) || !zone_node_find(node, DNS_TYPE_AAAA) ||
	       (alias && !zone_node_find(node, svcb->type));
}

static void put_target(struct svcb *svcb, const struct zone_node *node, unsigned owner, bool alias)
{
	const struct zone_proof *proof = zone_node_proof(node);

	put_type(svcb, node, svcb->type, owner);
	put_type(svcb, node, DNS_TYPE_A, owner);
	put_type(svcb, node, DNS_TYPE_AAAA, owner);
	// A wildcard has no denial prepared: it would take one for the target's own name, too.
	if (!svcb->proving || node->cut || zone_node_is_wildcard(node) ||
	    !lacks_records(svcb, node, alias))
		return;
	put_denial(svcb, proof->match);
	if (proof->cover)
		put_denial(svcb, proof->cover);
}

// The place of the owner of the record at `start`.
static unsigned owner_place(const uint8_t *msg, unsigned start)
{
	return be16_get(*(const be16_t *)(msg + start)) & DNS_PTR_MAX;
}

static void put_targets(struct svcb *svcb, struct follow from)
{
	const struct zone_extra *extra = zone_rrset_extra(from.rrset);
	const struct zone_address *address = (const struct zone_address *)(extra + 1);
	const uint8_t *msg = svcb->reply->msg;

	for (unsigned i = 0; i < extra->addresses; i++, address++) {
		const struct zone_node *node = zone_at(svcb->image, address->node);
		unsigned name = from.start + address->name_at;
		// The priority, which precedes the name, is 0 in AliasMode.
		const be16_t *priority = (const be16_t *)(msg + name) - 1;

		if (address->name_at)
			put_target(svcb, node, name, be16_get(*priority) == 0);
		else
			put_target(svcb, node, owner_place(msg, from.start), false);
	}
}

void answer_svcb_write(struct dns_reply *reply, const struct zone_image *image,
                       const struct zone_rrset *rrset, unsigned start,
                       const struct dns_sname *sname, const struct dns_proofs *proofs)
{
	struct svcb svcb = {.reply = reply, .image = image, .type = rrset->type};

	svcb.proving = proofs != NULL;
	svcb.origin = sname_place(sname, image->origin_labels);
	(void)send_once(&svcb, rrset, owner_place(reply->msg, start));
	for (unsigned i = 0; proofs && i < proofs->len; i++)
		(void)send_once(&svcb, denial_of(image, proofs->list[i].node), svcb.origin);
	follow_add(&svcb, rrset, start);
	for (unsigned i = 0; i < svcb.follow_len; i++)
		put_targets(&svcb, svcb.follow[i]);
}

// answer_chain: from a name and a type to the records of a reply, along CNAME
// and DNAME through all zones that are served. Private to answer*.c.
#ifndef DNS_ANSWER_CHAIN_H
#define DNS_ANSWER_CHAIN_H

#include "proto/dns/answer/answer.h"
#include "proto/dns/answer/answer_write.h"

// Finds the zone of the subject and hashes the name for it; NULL when it is in
// none. `guess` is a zone that is worth a first look, or NULL. A DS is asked of the parent (RFC
// 4035 section 3.1.4.1), if that is ours and delegates the name.
const struct zone_origin *chain_zone(const struct zone_set *zones, struct dns_subject *subject,
                                     uint16_t qtype, const struct zone_origin *guess);

// Whether the zone's list takes in the client.
static inline bool chain_may_ask(const struct zone_origin *zone, const uint8_t *source)
{
	return !zone->allow || acl_match(zone->allow, source);
}

// Fetches what a reply reads besides the node that was found: the addresses of a
// referral's servers, or the node that an alias leads on to, which is returned, else NULL.
const struct zone_node *chain_fetch(const struct zone_image *image, const struct zone_match *match);

// The same for that node.
static inline const struct zone_node *chain_fetch_next(const struct zone_image *image,
                                                       const struct zone_node *node)
{
	const struct zone_rrset *alias = zone_node_alias(node);
	const struct zone_node *target = alias ? zone_alias_target(image, alias, true) : NULL;

	if (target)
		zone_node_fetch(target);
	return target;
}

// Puts everything but the OPT record into the reply, for a subject that
// chain_zone has prepared and zone_find has found, and which is moved along. The client, source as
// in struct dns_request, may ask the zone; into one that it may not ask no alias leads.
void chain_answer(const struct dns_server *server, struct dns_reply *reply,
                  const struct zone_origin *zone, struct dns_subject *subject,
                  const struct zone_match *match, uint16_t qtype, const uint8_t *source);

#endif

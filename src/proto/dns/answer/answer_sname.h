// answer_sname: finds the records that answer a name and a type, and follows CNAME and
// DNAME through all zones served. The sname is that of RFC 1034 section 4.3.2: the qname, or
// after an alias its target. Private to answer*.c; reply.h copies records.
#ifndef DNS_ANSWER_SNAME_H
#define DNS_ANSWER_SNAME_H

#include "proto/dns/answer/answer.h"
#include "proto/dns/answer/reply.h"
#include "proto/dns/zone/zone_index.h"
#include "proto/dns/zone/zone_node.h"
#include "proto/dns/zone/zone_set_internal.h"

// Returns the zone that answers for the sname and hashes the name for its index; NULL when
// no served zone holds the name. `guess`, a zone or NULL, is tried first. A query for DS at
// the origin of a zone is answered by the parent zone (RFC 4035 section 3.1.4.1) if that is
// served, too, and delegates the name.
const struct zone_origin *answer_sname_zone(const struct zone_set *zones, struct dns_sname *sname,
                                            uint16_t qtype, const struct zone_origin *guess);

// Prefetches what the reply needs besides the node in match: for a referral the addresses
// of the name servers; for a CNAME the node of its target, which is returned. NULL if no
// target is known.
const struct zone_node *answer_sname_prefetch(const struct zone_image *image,
                                              const struct zone_match *match);

// Prefetches the target of node's CNAME and returns it; NULL if there is none.
static inline const struct zone_node *answer_sname_prefetch_target(const struct zone_image *image,
                                                                   const struct zone_node *node)
{
	const struct zone_rrset *alias = zone_node_alias(node);
	const struct zone_node *target = alias ? zone_node_alias_target(image, alias, true) : NULL;

	if (target)
		zone_node_prefetch(target);
	return target;
}

// Writes the answer, authority and additional sections, without OPT and TSIG. The caller has
// prepared the sname with answer_sname_zone, looked it up with zone_index_match (match) and checked
// that the client may query the zone. The sname is replaced by the target of each alias that is
// followed; an alias into a zone that the client may not query is not.
void answer_sname_write(const struct dns_server *server, struct dns_reply *reply,
                        const struct zone_origin *zone, struct dns_sname *sname,
                        const struct zone_match *match, uint16_t qtype, const uint8_t *source);

#endif

// zone_verify_rrset: what an RRset of an image has to be for a reply to be made of it.
// Private to zone_image_verify.c.
#ifndef DNS_ZONE_VERIFY_RRSET_H
#define DNS_ZONE_VERIFY_RRSET_H

#include "proto/dns/zone/zone_image.h"

// The rules of a record's names depend on who owns it.
struct zone_verify_owner {
	const struct zone_image *image;
	const struct zone_node *node;
	unsigned labels_max; // of a suffix that a pointer may mean
	bool ns, dname, denial, addresses;
};

// NULL, or what is wrong with an RRset for which there are `left` bytes; places of nodes
// are not looked at.
const char *zone_verify_rrset(const struct zone_verify_owner *owner, const struct zone_rrset *rrset,
                              size_t left);

// Of a sound CNAME with others behind it: where in the wire form the last one's record is.
unsigned zone_verify_alias_last(const struct zone_rrset *alias);

// What a fixup would hold for the target of the record there.
uint16_t zone_verify_alias_name(const struct zone_rrset *alias, unsigned record_at);

// Whether the record there leads to the node's name: a reply takes the places of the one's
// labels for those of the other's.
bool zone_verify_alias(const struct zone_verify_owner *owner, const struct zone_rrset *alias,
                       size_t record_at, const struct zone_node *node);

#endif

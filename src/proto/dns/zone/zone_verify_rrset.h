// zone_verify_rrset: checks an RRset of an untrusted image, so that a reply can be built
// from it without further checks. Private to zone_image_verify.c.
#ifndef DNS_ZONE_VERIFY_RRSET_H
#define DNS_ZONE_VERIFY_RRSET_H

#include "proto/dns/zone/zone_image.h"

// The owner of the RRset being checked; the rules for names in the data depend on it.
struct zone_verify_owner {
	const struct zone_image *image;
	const struct zone_node *node;
	unsigned labels_max; // of a suffix of the owner that a pointer may refer to
	bool ns, dname, denial, addresses;
};

// Checks an RRset of which `left` bytes are readable. Returns NULL, or what is wrong with it.
// Offsets of other nodes are not checked here.
const char *zone_verify_rrset(const struct zone_verify_owner *owner, const struct zone_rrset *rrset,
                              size_t left);

// For a checked CNAME RRset with further aliases inline: the offset in the wire form of the
// last alias.
unsigned zone_verify_rrset_last_alias(const struct zone_rrset *alias);

// The value of a fixup that refers to the target of the CNAME at `record_at`.
uint16_t zone_verify_rrset_target_fixup(const struct zone_rrset *alias, unsigned record_at);

// Whether the target of the CNAME at `record_at` is the name of the node, label by label:
// replies use the label offsets of one for the other.
bool zone_verify_rrset_target(const struct zone_verify_owner *owner, const struct zone_rrset *alias,
                              size_t record_at, const struct zone_node *node);

#endif

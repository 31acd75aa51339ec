// reply: appends RRsets to a reply. It copies them in wire form from a zone image and
// adjusts their compression pointers; an RRset is written whole or not at all. Which RRsets
// answer a query is decided in answer_sname.c. Private to answer*.c.
//
// A "place" is an offset in the message, where a compression pointer can point to. "Labels"
// counts the labels of a name from its end, without the root label.
#ifndef DNS_REPLY_H
#define DNS_REPLY_H

#include "proto/dns/wire/dns_wire.h"
#include "proto/dns/zone/zone_image.h"

// The sname (RFC 1034 section 4.3.2): the qname, or after an alias the alias's target.
struct dns_sname {
	struct zone_name name;
	bool moved;     // it is the target of an alias; start and msg are valid
	uint16_t start; // its place in the message
	const uint8_t *msg;
};

// Returns the place of the name at `place` without its first `labels` labels.
unsigned reply_name_place(const uint8_t *msg, unsigned place, unsigned labels) PURE;

// Whether the names at two places of the message are equal.
bool reply_names_eq(const uint8_t *msg, unsigned a, unsigned b) PURE;

// Returns the place of the sname's suffix of `labels` labels.
static inline unsigned sname_place(const struct dns_sname *sname, unsigned labels)
{
	unsigned i = sname->name.labels - labels;

	if (!sname->moved)
		return DNS_HDR_BYTES + sname->name.at[i];
	return i == 0 ? sname->start : reply_name_place(sname->msg, sname->start, i);
}

// Returns the place that a fixup `to` of an RRset refers to; the RRset was written at `start`.
static inline unsigned reply_place(const struct dns_sname *sname, unsigned start, uint16_t to)
{
	return to & ZONE_FIXUP_RRSET ? start + (to & DNS_PTR_MAX) : sname_place(sname, to);
}

// A reply under construction; it begins with header and question.
struct dns_reply {
	uint8_t *msg;
	uint16_t len, limit; // bytes; limit is the maximum of len without OPT and TSIG
	uint16_t flags;      // flags and rcode of the header
	uint16_t count[DNS_SECTIONS];
	bool dnssec;         // RRSIGs are sent with each RRset
	bool last_resort;    // the client has no transport for a larger reply
	bool cut;            // see struct dns_outcome
	uint64_t content_id; // see struct dns_outcome
};

// Sets the sname to the qname of the message, of name_len bytes.
static inline void sname_question(struct dns_sname *sname, const uint8_t *msg, size_t name_len)
{
	zone_name_copy(&sname->name, msg + DNS_HDR_BYTES, name_len);
	zone_name_split_as(&sname->name, msg + DNS_HDR_BYTES);
	sname->moved = false;
}

// Sets the sname to the name of `labels` labels at `place`, without its bytes and hashes:
// for a name whose node the caller knows already.
void reply_sname_move(struct dns_sname *sname, const uint8_t *msg, unsigned place, unsigned labels);

// Sets the sname to the name at `place`, which is copied, without its hashes.
void reply_sname_copy(struct dns_sname *sname, const uint8_t *msg, unsigned place);

// Appends an RRset, with its RRSIGs if reply->dnssec, to a section. Its owner is the
// sname's suffix of owner_labels labels. This function and those below that return bool
// return false, and write nothing, when the records do not fit.
bool reply_rrset(struct dns_reply *reply, enum dns_section section, const struct zone_rrset *rrset,
                 const struct dns_sname *sname, unsigned owner_labels);

// Appends the sname's CNAME together with the further records of the alias chain that the
// zone image stores inline after it.
bool reply_inline_cnames(struct dns_reply *reply, const struct zone_rrset *alias,
                         const struct dns_sname *sname);

// As reply_rrset, but appends the RRSIGs only; true also when there are none.
bool reply_sigs(struct dns_reply *reply, enum dns_section section, const struct zone_rrset *rrset,
                const struct dns_sname *sname, unsigned owner_labels);

// As reply_rrset, but for a node that is not an ancestor of the sname, so that its name is
// written out. `origin` is the place of the name of the zone's origin.
bool reply_rrset_of_node(struct dns_reply *reply, enum dns_section section,
                         const struct zone_rrset *rrset, const struct zone_node *node,
                         unsigned origin);

// Appends an RRset without fixups to the additional section; its owner is the name at place
// `owner`.
bool reply_rrset_owned(struct dns_reply *reply, const struct zone_rrset *rrset, unsigned owner);

// Appends the CNAME that a DNAME implies (RFC 6672 section 3.1): its owner is the sname, its
// target the sname's first `prefix` labels followed by the name at `target`. What the target
// has in common with the owner is compressed.
bool reply_cname(struct dns_reply *reply, const struct dns_sname *sname, unsigned prefix,
                 be32_t ttl, unsigned target);

// Appends the addresses of the hosts that an RRset names (glue, servers of MX or SRV) to the
// additional section. The RRset has rrset->extra and was written at `start`. Addresses that
// do not fit are omitted; TC is set if they are required glue (RFC 9471), but not as a last resort.
void reply_addresses(struct dns_reply *reply, const struct zone_image *image,
                     const struct zone_rrset *rrset, unsigned start, const struct dns_sname *sname);

#endif

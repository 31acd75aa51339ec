// answer_write: the reply as it grows behind the question: RRsets copied from
// a zone's image and adapted, whole or not at all. Private to answer*.c.
#ifndef DNS_ANSWER_WRITE_H
#define DNS_ANSWER_WRITE_H

#include "proto/dns/wire/dns_wire.h"
#include "proto/dns/zone/zone_image.h"

// The name that is being answered for.
struct dns_subject {
	struct zone_name name;
	bool moved;     // no longer the question's:
	uint16_t start; // where in the message it stands then
	const uint8_t *msg;
};

// Where the name in the message at `place` is without its first labels.
unsigned name_place(const uint8_t *msg, unsigned place, unsigned labels) PURE;

// Where in the message the suffix of so many labels is.
static inline unsigned subject_place(const struct dns_subject *subject, unsigned labels)
{
	unsigned i = subject->name.labels - labels;

	if (!subject->moved)
		return DNS_HDR_BYTES + subject->name.at[i];
	return i == 0 ? subject->start : name_place(subject->msg, subject->start, i);
}

// Where in the message a fixup of an RRset goes that was written at `start`.
static inline unsigned reply_place(const struct dns_subject *subject, unsigned start, uint16_t to)
{
	return to & ZONE_FIXUP_RRSET ? start + (to & DNS_PTR_MAX) : subject_place(subject, to);
}

struct dns_reply {
	uint8_t *msg;
	uint16_t len, limit; // limit: without the OPT record
	uint16_t flags;      // of the header, rcode included
	uint16_t count[DNS_SECTIONS];
	bool dnssec;      // signatures go along
	uint64_t subject; // see struct dns_outcome
};

// Makes the question's name the subject.
static inline void subject_question(struct dns_subject *subject, const uint8_t *msg,
                                    size_t name_len)
{
	zone_name_copy(&subject->name, msg + DNS_HDR_BYTES, name_len);
	zone_name_split_as(&subject->name, msg + DNS_HDR_BYTES);
	subject->moved = false;
}

// Makes a name of so many labels that stands in the message at `place` the subject, but
// that nobody will ask for its bytes or hashes: its node is known.
void subject_move(struct dns_subject *subject, const uint8_t *msg, unsigned place, unsigned labels);

// Makes a name that stands in the message at `place` the subject.
void subject_message(struct dns_subject *subject, const uint8_t *msg, unsigned place);

// Appends an RRset, and its signatures if they go along, whose owner is the
// subject's suffix of so many labels. False, and nothing written, when it does not
// fit; so the others.
bool reply_rrset(struct dns_reply *reply, enum dns_section section, const struct zone_rrset *rrset,
                 const struct dns_subject *subject, unsigned owner_labels);

// Appends a CNAME of the subject together with those that go along with it.
bool reply_aliases(struct dns_reply *reply, const struct zone_rrset *alias,
                   const struct dns_subject *subject);

// The same for the signatures alone.
bool reply_sigs(struct dns_reply *reply, enum dns_section section, const struct zone_rrset *rrset,
                const struct dns_subject *subject, unsigned owner_labels);

// Appends an RRset of a node that is no ancestor of the subject; its origin's name
// is in the message at `origin`.
bool reply_rrset_of(struct dns_reply *reply, enum dns_section section,
                    const struct zone_rrset *rrset, const struct zone_node *node, unsigned origin);

// Appends a CNAME from the subject to its first prefix_len bytes followed by the
// name in the message at `target`.
bool reply_cname(struct dns_reply *reply, const struct dns_subject *subject, size_t prefix_len,
                 be32_t ttl, unsigned target);

// Appends the addresses that belong to an RRset of the subject with some, which was written
// at `start`. Those that do not fit are left out; TC is set if they were required.
void reply_addresses(struct dns_reply *reply, const struct zone_image *image,
                     const struct zone_rrset *rrset, unsigned start,
                     const struct dns_subject *subject);

#endif

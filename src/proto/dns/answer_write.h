// answer_write: the reply as it grows behind the question: RRsets copied from
// a zone's image and adapted, whole or not at all. Private to answer*.c.
#ifndef DNS_ANSWER_WRITE_H
#define DNS_ANSWER_WRITE_H

#include "proto/dns/dns_wire.h"
#include "proto/dns/zone_image.h"

enum dns_section {
	DNS_ANSWER,
	DNS_AUTHORITY,
	DNS_ADDITIONAL,
	DNS_SECTIONS,
};

// The name that is being answered for.
struct dns_subject {
	struct zone_name name;
	bool moved; // no longer the question's: `place` says where its labels are
	uint16_t place[DNS_LABELS_MAX + 1];
};

// Where in the message the suffix of so many labels is.
static inline unsigned subject_place(const struct dns_subject *subject, unsigned labels)
{
	unsigned i = subject->name.labels - labels;

	return subject->moved ? subject->place[i] : DNS_HDR_BYTES + subject->name.at[i];
}

struct dns_reply {
	uint8_t *msg;
	uint16_t len, limit; // limit: without the OPT record
	uint16_t flags;
	uint16_t count[DNS_SECTIONS];
	uint64_t subject; // see struct dns_outcome
};

// Makes the question's name the subject.
void subject_question(struct dns_subject *subject, const uint8_t *msg, size_t name_len);

// Makes a name that stands in the message at `place` the subject.
void subject_message(struct dns_subject *subject, const uint8_t *msg, size_t place);

// Appends an RRset whose owner is the subject's suffix of so many labels.
// False, and nothing written, when it does not fit.
bool reply_rrset(struct dns_reply *reply, enum dns_section section, const struct zone_rrset *rrset,
                 const struct dns_subject *subject, unsigned owner_labels);

// Appends the addresses that belong to an RRset which was written at `start`.
// Those that do not fit are left out; TC is set if they were required.
void reply_addresses(struct dns_reply *reply, const struct zone_image *image,
                     const struct zone_rrset *rrset, unsigned start);

#endif

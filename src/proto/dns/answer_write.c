// answer_write: copies RRsets into a reply and finishes their compression
// pointers. Which RRsets, and why, is answer.c's.
#include "proto/dns/answer_write.h"

static void put_pointer(uint8_t *at, unsigned place)
{
	assert(place <= DNS_PTR_MAX);
	*(be16_t *)at = be16((uint16_t)(DNS_PTR | place));
}

static uint16_t get_u16(const uint8_t *at)
{
	return be16_get(*(const be16_t *)at);
}

void subject_question(struct dns_subject *subject, const uint8_t *msg, size_t name_len)
{
	struct zone_name *name = &subject->name;

	zone_name_copy(name, msg + DNS_HDR_BYTES, name_len);
	zone_name_split(name);
	subject->moved = false;
}

void subject_message(struct dns_subject *subject, const uint8_t *msg, size_t place)
{
	struct zone_name *name = &subject->name;
	unsigned labels = 0;
	size_t len = 0;

	for (;;) {
		while (msg[place] >= DNS_PTR >> 8)
			place = get_u16(msg + place) & DNS_PTR_MAX;
		subject->place[labels] = (uint16_t)place;
		memcpy(name->wire + len, msg + place, 1 + (size_t)msg[place]);
		len += 1 + (size_t)msg[place];
		if (msg[place] == 0)
			break;
		place += 1 + (size_t)msg[place];
		labels++;
	}
	name->len = (uint8_t)dns_name_lower(name->wire, name->wire);
	zone_name_split(name);
	subject->moved = true;
}

// RDLENGTH leads from one owner to the next.
static void owners_set(uint8_t *wire, unsigned count, unsigned place)
{
	for (; count > 0; count--) {
		const struct dns_rr_hdr *rr = (const struct dns_rr_hdr *)(wire + sizeof(be16_t));

		put_pointer(wire, place);
		wire += sizeof(be16_t) + sizeof(*rr) + be16_get(rr->rdlen);
	}
}

static uint8_t *reply_copy(struct dns_reply *reply, enum dns_section section,
                           const struct zone_rrset *rrset)
{
	uint8_t *wire = reply->msg + reply->len;

	if (rrset->len > reply->limit - reply->len)
		return NULL;
	memcpy(wire, zone_rrset_wire(rrset), rrset->len);
	reply->len = (uint16_t)(reply->len + rrset->len);
	reply->count[section] = (uint16_t)(reply->count[section] + rrset->count);
	return wire;
}

static void fixups_apply(uint8_t *wire, const struct zone_rrset *rrset, unsigned start,
                         const struct dns_subject *subject)
{
	const struct zone_extra *extra = zone_rrset_extra(rrset);
	const struct zone_address *addresses = (const struct zone_address *)(extra + 1);
	const uint16_t *fixups = (const uint16_t *)(addresses + extra->addresses);

	for (unsigned i = 0; i < extra->fixups; i++) {
		uint16_t to = get_u16(wire + fixups[i]);

		put_pointer(wire + fixups[i], to & ZONE_FIXUP_RRSET ? start + (to & DNS_PTR_MAX)
		                                                    : subject_place(subject, to));
	}
}

bool reply_rrset(struct dns_reply *reply, enum dns_section section, const struct zone_rrset *rrset,
                 const struct dns_subject *subject, unsigned owner_labels)
{
	unsigned start = reply->len, owner = subject_place(subject, owner_labels);
	uint8_t *wire = reply_copy(reply, section, rrset);

	if (unlikely(!wire))
		return false;
	if (rrset->extra)
		fixups_apply(wire, rrset, start, subject);
	if (owner != DNS_HDR_BYTES)
		owners_set(wire, rrset->count, owner);
	return true;
}

void reply_addresses(struct dns_reply *reply, const struct zone_image *image,
                     const struct zone_rrset *rrset, unsigned start)
{
	static const uint16_t types[] = {DNS_TYPE_A, DNS_TYPE_AAAA};
	const struct zone_extra *extra = zone_rrset_extra(rrset);
	const struct zone_address *address = (const struct zone_address *)(extra + 1);

	if (!rrset->extra)
		return;
	for (unsigned i = 0; i < extra->addresses; i++, address++) {
		const struct zone_node *node = zone_at(image, address->node);
		unsigned owner = start + address->name_at;

		for (unsigned j = 0; j < ARRAY_LEN(types); j++) {
			const struct zone_rrset *from = zone_node_find(node, types[j]);
			uint8_t *wire = NULL;

			if (from && owner <= DNS_PTR_MAX)
				wire = reply_copy(reply, DNS_ADDITIONAL, from);

			if (wire)
				owners_set(wire, from->count, owner);
			else if (from && address->required)
				reply->flags |= DNS_FLAG_TC; // RFC 9471 section 3.1
		}
	}
}

// reply: see the header. Most RRsets are sent by one copy from the zone image, after which
// only a few compression pointers are set.
#include "proto/dns/answer/reply.h"

static void put_pointer(uint8_t *at, unsigned place)
{
	assert(place <= DNS_PTR_MAX);
	*(be16_t *)at = be16((uint16_t)(DNS_PTR | place));
}

static uint16_t get_u16(const uint8_t *at)
{
	return be16_get(*(const be16_t *)at);
}

// The place of the label at `place`, after following compression pointers.
static unsigned label_place(const uint8_t *msg, unsigned place)
{
	while (msg[place] >= DNS_PTR >> 8)
		place = get_u16(msg + place) & DNS_PTR_MAX;
	return place;
}

unsigned reply_name_place(const uint8_t *msg, unsigned place, unsigned labels)
{
	for (place = label_place(msg, place); labels > 0; labels--)
		place = label_place(msg, place + 1 + msg[place]);
	return place;
}

void reply_sname_move(struct dns_sname *sname, const uint8_t *msg, unsigned place, unsigned labels)
{
	sname->name.labels = (uint8_t)labels;
	sname->moved = true;
	sname->start = (uint16_t)label_place(msg, place);
	sname->msg = msg;
}

// Copies labels of the name at `place` to `to`, up to `end` or to the root label, whichever
// comes first. Returns the end of the copy.
static uint8_t *labels_copy(uint8_t *to, const uint8_t *end, const uint8_t *msg, unsigned place)
{
	bool root = false;

	for (; to < end && !root; place += 1 + msg[place]) {
		place = label_place(msg, place);
		memcpy(to, msg + place, 1 + (size_t)msg[place]);
		to += 1 + msg[place];
		root = msg[place] == 0;
	}
	return to;
}

// Size in bytes of the first n labels of the name at `place`.
static size_t labels_bytes(const uint8_t *msg, unsigned place, unsigned n)
{
	size_t bytes = 0;

	for (place = label_place(msg, place); n > 0; n--) {
		bytes += 1 + (size_t)msg[place];
		place = label_place(msg, place + 1 + msg[place]);
	}
	return bytes;
}

bool reply_names_eq(const uint8_t *msg, unsigned a, unsigned b)
{
	uint8_t name[2][DNS_NAME_MAX_BYTES];

	if (a == b)
		return true;
	labels_copy(name[0], name[0] + sizeof(name[0]), msg, a);
	labels_copy(name[1], name[1] + sizeof(name[1]), msg, b);
	return dns_name_eq(name[0], name[1]);
}

void reply_sname_copy(struct dns_sname *sname, const uint8_t *msg, unsigned place)
{
	struct zone_name *name = &sname->name;
	const uint8_t *end = name->wire + DNS_NAME_MAX_BYTES;

	name->len = (uint8_t)(labels_copy(name->wire, end, msg, place) - name->wire);
	dns_name_lower(name->wire, name->wire);
	zone_name_split(name);
	reply_sname_move(sname, msg, place, name->labels);
}

// Consecutive records in wire form that are copied into the reply.
struct part {
	const uint8_t *wire;
	unsigned len, count;
};

static inline struct part part_of(const struct dns_reply *reply, const struct zone_rrset *rrset)
{
	struct part part = {zone_rrset_wire(rrset), rrset->len, rrset->count};

	if (reply->dnssec && rrset->extra) {
		part.len += zone_rrset_extra(rrset)->sigs_len;
		part.count += zone_rrset_extra(rrset)->sigs;
	}
	return part;
}

// Sets the owners of the records copied from a part. RDLENGTH is read from the image rather
// than from the copy: that avoids a store-forwarding stall.
static inline void owners_set(uint8_t *wire, const struct part *part, unsigned place)
{
	const uint8_t *from = part->wire;

	for (unsigned left = part->count; left > 0; left--) {
		const struct dns_rr_hdr *rr = (const struct dns_rr_hdr *)(from + sizeof(be16_t));

		put_pointer(wire + (from - part->wire), place);
		if (likely(left == 1))
			break;
		from += sizeof(be16_t) + sizeof(*rr) + be16_get(rr->rdlen);
	}
}

static inline void reply_count(struct dns_reply *reply, enum dns_section section, unsigned len,
                               unsigned count)
{
	reply->len = (uint16_t)(reply->len + len);
	reply->count[section] = (uint16_t)(reply->count[section] + count);
}

// Copies in words of 16 bytes; the last two overlap. An A record with its owner is one word.
static inline void wire_copy(uint8_t *to, const uint8_t *from, size_t len)
{
	if (unlikely(len < SIMD16_BYTES)) {
		memcpy(to, from, len);
		return;
	}
	for (size_t at = 0; at + SIMD16_BYTES < len; at += SIMD16_BYTES)
		simd16_store(to + at, simd16_load(from + at));
	simd16_store(to + len - SIMD16_BYTES, simd16_load(from + len - SIMD16_BYTES));
}

// Whether there is room for len bytes more.
static inline bool reply_has_room(struct dns_reply *reply, size_t len)
{
	if (likely(len <= (size_t)(reply->limit - reply->len)))
		return true;
	reply->cut = true;
	return false;
}

static inline uint8_t *reply_copy(struct dns_reply *reply, enum dns_section section,
                                  const struct part *part)
{
	uint8_t *wire = reply->msg + reply->len;

	if (!reply_has_room(reply, part->len))
		return NULL;
	assert(wire);
	wire_copy(wire, part->wire, part->len);
	reply_count(reply, section, part->len, part->count);
	return wire;
}

// Sets n compression pointers, from fixup `first` on, in a copy of the RRset's wire form (or
// of records inline after it). `wire` is where the copy of the wire form begins, which is
// place `start` of the message.
static inline void fixups_apply(uint8_t *wire, const struct zone_rrset *rrset, unsigned first,
                                unsigned n, unsigned start, const struct dns_sname *sname)
{
	const struct zone_extra *extra = zone_rrset_extra(rrset);
	const struct zone_address *addresses = (const struct zone_address *)(extra + 1);
	const uint16_t *fixups = (const uint16_t *)(addresses + extra->addresses) + first;
	const uint8_t *from = zone_rrset_wire(rrset);

	for (unsigned i = 0; i < n; i++)
		put_pointer(wire + fixups[i], reply_place(sname, start, get_u16(from + fixups[i])));
}

bool reply_rrset(struct dns_reply *reply, enum dns_section section, const struct zone_rrset *rrset,
                 const struct dns_sname *sname, unsigned owner_labels)
{
	unsigned start = reply->len, owner = sname_place(sname, owner_labels);
	struct part part = part_of(reply, rrset);
	uint8_t *wire = reply_copy(reply, section, &part);

	if (unlikely(!wire))
		return false;
	if (rrset->extra)
		fixups_apply(wire, rrset, 0, zone_rrset_extra(rrset)->fixups, start, sname);
	if (owner != DNS_HDR_BYTES)
		owners_set(wire, &part, owner);
	return true;
}

bool reply_inline_cnames(struct dns_reply *reply, const struct zone_rrset *alias,
                         const struct dns_sname *sname)
{
	const struct zone_extra *extra = zone_rrset_extra(alias);
	const struct part part = {zone_rrset_wire(alias), alias->len + (unsigned)extra->inline_len,
	                          1u + extra->inline_records};
	unsigned start = reply->len, owner = sname_place(sname, sname->name.labels);
	uint8_t *wire = reply_copy(reply, DNS_ANSWER, &part);

	if (unlikely(!wire))
		return false;
	fixups_apply(wire, alias, 0, extra->fixups + (unsigned)extra->inline_fixups, start, sname);
	put_pointer(wire, owner);
	return true;
}

bool reply_sigs(struct dns_reply *reply, enum dns_section section, const struct zone_rrset *rrset,
                const struct dns_sname *sname, unsigned owner_labels)
{
	struct part part = {zone_rrset_wire(rrset) + rrset->len, 0, 0};
	uint8_t *wire;

	if (!rrset->extra || !zone_rrset_extra(rrset)->sigs)
		return true;
	part.len = zone_rrset_extra(rrset)->sigs_len;
	part.count = zone_rrset_extra(rrset)->sigs;
	wire = reply_copy(reply, section, &part);
	if (wire)
		owners_set(wire, &part, sname_place(sname, owner_labels));
	return wire != NULL;
}

bool reply_rrset_of_node(struct dns_reply *reply, enum dns_section section,
                         const struct zone_rrset *rrset, const struct zone_node *node,
                         unsigned origin)
{
	struct part part = part_of(reply, rrset);
	uint8_t *start = reply->msg + reply->len, *to = start;
	const uint8_t *from = part.wire, *end = from + part.len;

	if (!reply_has_room(reply, part.len + (size_t)part.count * node->name_len))
		return false;
	while (from < end) {
		const struct dns_rr_hdr *rr = (const struct dns_rr_hdr *)(from + sizeof(be16_t));
		size_t len = sizeof(*rr) + be16_get(rr->rdlen);

		// Writes the owner once; later records point to it if a pointer can reach it.
		if (to != start && start - reply->msg <= DNS_PTR_MAX) {
			put_pointer(to, (unsigned)(start - reply->msg));
		} else {
			memcpy(to, node->name, node->name_len);
			to += node->name_len;
			put_pointer(to, origin);
		}
		memcpy(to + sizeof(be16_t), rr, len);
		to += sizeof(be16_t) + len;
		from += sizeof(be16_t) + len;
	}
	reply_count(reply, section, (unsigned)(to - start), part.count);
	return true;
}

// The places of a name's labels without the root label.
struct labels {
	unsigned len;
	uint16_t at[DNS_NAME_MAX_BYTES / 2];
};

static void labels_find(struct labels *labels, const uint8_t *msg, unsigned place)
{
	labels->len = 0;
	for (place = label_place(msg, place); msg[place];
	     place = label_place(msg, place + 1 + msg[place]))
		labels->at[labels->len++] = (uint16_t)place;
}

// A synthesized name: the first `prefix` labels of the owner, followed by the target's.
struct substitution {
	struct labels owner, target;
	unsigned prefix;
};

// The place of the i-th label from the end of the synthesized name.
static unsigned synthesized_at(const struct substitution *name, unsigned i)
{
	if (i < name->target.len)
		return name->target.at[name->target.len - 1 - i];
	return name->owner.at[name->prefix - 1 - (i - name->target.len)];
}

// The number of labels that the synthesized name and the owner have in common at their ends, in
// the same case, so that the reply keeps the client's.
static unsigned common_labels(const struct substitution *name, const uint8_t *msg)
{
	unsigned len = name->prefix + name->target.len, n = 0;

	for (; n < len && n < name->owner.len; n++) {
		const uint8_t *a = msg + synthesized_at(name, n);
		const uint8_t *b = msg + name->owner.at[name->owner.len - 1 - n];

		if (memcmp(a, b, 1 + (size_t)a[0]) != 0)
			break;
	}
	return n;
}

// Finds what is written of the synthesized name: returns the number of labels of the owner that
// stay written out, and sets *rest to the place of all that follows them.
static unsigned prefix_written(const uint8_t *msg, unsigned owner, unsigned prefix, unsigned target,
                               unsigned *rest)
{
	struct substitution name = {.prefix = prefix};
	unsigned common;

	labels_find(&name.owner, msg, owner);
	labels_find(&name.target, msg, target);
	common = common_labels(&name, msg);
	*rest = target;
	if (common <= name.target.len)
		return prefix;
	*rest = name.owner.at[name.owner.len - common];
	return prefix + name.target.len - common;
}

bool reply_cname(struct dns_reply *reply, const struct dns_sname *sname, unsigned prefix,
                 be32_t ttl, unsigned target)
{
	unsigned owner = sname_place(sname, sname->name.labels), rest, labels;
	uint8_t *to = reply->msg + reply->len, *rdata = to + RR_HEAD_BYTES;
	size_t prefix_len, len;

	labels = prefix_written(reply->msg, owner, prefix, target, &rest);
	prefix_len = labels_bytes(reply->msg, owner, labels);
	len = RR_HEAD_BYTES + prefix_len + sizeof(be16_t);
	if (!reply_has_room(reply, len))
		return false;
	put_pointer(to, owner);
	*(struct dns_rr_hdr *)(to + sizeof(be16_t)) =
	        (struct dns_rr_hdr){be16(DNS_TYPE_CNAME), be16(DNS_CLASS_IN), ttl,
	                            be16((uint16_t)(prefix_len + sizeof(be16_t)))};
	// Copies from the message, not from the sname: the reply keeps the client's case.
	labels_copy(rdata, rdata + prefix_len, reply->msg, owner);
	put_pointer(rdata + prefix_len, rest);
	reply_count(reply, DNS_ANSWER, (unsigned)len, 1);
	return true;
}

// Appends an RRset to the additional section; its owner is the name at place `owner`.
static inline bool put_owned(struct dns_reply *reply, const struct zone_rrset *rrset,
                             unsigned owner)
{
	struct part part = part_of(reply, rrset);
	uint8_t *wire = NULL;

	if (owner <= DNS_PTR_MAX)
		wire = reply_copy(reply, DNS_ADDITIONAL, &part);
	if (wire)
		owners_set(wire, &part, owner);
	return wire != NULL;
}

bool reply_rrset_owned(struct dns_reply *reply, const struct zone_rrset *rrset, unsigned owner)
{
	return put_owned(reply, rrset, owner);
}

// Appends a node's A and AAAA records; their owner is the name at place `owner`. Returns false
// when an RRset does not fit.
static bool put_addresses(struct dns_reply *reply, const struct zone_node *node, unsigned owner)
{
	const struct zone_rrset *rrset = zone_node_rrsets(node);
	bool all = true;

	for (unsigned left = node->rrsets; left > 0; rrset = zone_rrset_next(rrset)) {
		if (dns_type_is_address(rrset->type))
			all &= put_owned(reply, rrset, owner);
		if (--left == 0)
			break;
	}
	return all;
}

// Appends all inline glue of a delegation whose NS RRset was written at `start`. Returns false,
// and appends none, when it does not fit.
static inline bool put_glue(struct dns_reply *reply, const struct zone_rrset *ns, unsigned start,
                            const struct dns_sname *sname)
{
	const struct zone_extra *extra = zone_rrset_extra(ns);
	const struct part part = {zone_rrset_wire(ns) + ns->len, extra->inline_len,
	                          extra->inline_records};
	uint8_t *wire = reply_copy(reply, DNS_ADDITIONAL, &part);

	if (unlikely(!wire))
		return false;
	fixups_apply(wire - ns->len, ns, extra->fixups, extra->inline_fixups, start, sname);
	return true;
}

static NOINLINE void put_nodes(struct dns_reply *reply, const struct zone_image *image,
                               const struct zone_rrset *rrset, unsigned start, unsigned first)
{
	const struct zone_extra *extra = zone_rrset_extra(rrset);
	const struct zone_address *address = (const struct zone_address *)(extra + 1) + first;
	bool missing = false;

	for (unsigned i = first; i < extra->addresses; i++, address++) {
		unsigned owner = address->name_at ? start + address->name_at
		                                  : get_u16(reply->msg + start) & DNS_PTR_MAX;

		missing |= !put_addresses(reply, zone_at(image, address->node), owner) &&
		           address->required;
	}
	// RFC 9471 section 3.1. A resolver that can ask over nothing else goes on with the servers
	// that it can reach.
	if (missing && !reply->last_resort)
		reply->flags |= DNS_FLAG_TC;
}

void reply_addresses(struct dns_reply *reply, const struct zone_image *image,
                     const struct zone_rrset *rrset, unsigned start, const struct dns_sname *sname)
{
	const struct zone_extra *extra = zone_rrset_extra(rrset);
	unsigned first = 0;

	if (extra->inline_records && put_glue(reply, rrset, start, sname))
		first = zone_extra_inline_addresses(extra);
	if (first < extra->addresses)
		put_nodes(reply, image, rrset, start, first);
}

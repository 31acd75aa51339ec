// pkt_filter: which frames a client asks for: by address, port, name of a DNS question,
// drop reason. A filter is compiled from text elsewhere (apps/boot/filter_text.h); here it is
// compared with frames, which may be anything. Neighbour: core/host/pkt_watch.h, which asks it.
#ifndef CORE_PKT_FILTER_H
#define CORE_PKT_FILTER_H

#include "core/addr.h"
#include "core/metric.h"
#include "core/span.h"

#define PKT_FILTER_HOSTS      8
#define PKT_FILTER_PORTS      8
#define PKT_FILTER_NAMES      4
#define PKT_FILTER_NAME_BYTES 255

// In wire form, in lower case, root label included.
struct pkt_filter_name {
	uint8_t len;
	uint8_t wire[PKT_FILTER_NAME_BYTES];
	uint64_t head, head_mask; // as pkt_filter_misses compares them
};

// A frame matches when, of each kind of which the filter has any, one matches. All zeros:
// every frame.
struct pkt_filter {
	unsigned hosts_len, ports_len, names_len, drops_len;
	struct {
		struct addr addr, mask; // addr has no bits outside of the mask
	} host[PKT_FILTER_HOSTS];
	uint16_t port[PKT_FILTER_PORTS]; // of UDP or TCP, source or destination
	struct pkt_filter_name name[PKT_FILTER_NAMES];
	uint16_t drop[DROP_COUNT + DROP_OWN_MAX]; // only dropped frames, for one of these reasons
};

// What a frame says of its ends, as far as it can be read. ARP has addresses; its protocol,
// and that of what is no IP, is 0. Fragments behind the first have no ports.
struct pkt_ends {
	uint16_t type; // EtherType, behind VLAN tags
	struct addr src, dst;
	uint8_t protocol; // IP_PROTOCOL_*
	uint16_t src_port, dst_port;
	struct span l3, l4, payload; // to the end of the bytes; empty where there is none
};

// Adds an address or a prefix; a name in wire form, in lower case. False when there is no room.
bool pkt_filter_add_host(struct pkt_filter *filter, struct prefix prefix) MUST_CHECK;
bool pkt_filter_add_name(struct pkt_filter *filter, const uint8_t *wire, uint8_t len) MUST_CHECK;

// Reads the headers of the first bytes of a frame. Total: never beyond them, whatever they are.
void pkt_filter_ends(struct pkt_ends *ends, struct span frame);

// Whether the frame's addresses, ports and question are among those wanted; drop reasons are
// not looked at.
bool pkt_filter_match(const struct pkt_filter *filter, struct span frame) PURE;

// What most frames that do not match need, in a few instructions: true is as pkt_filter_match's
// false; false says nothing. Only frames of plain headers are looked at: no tags, options,
// extensions.
#define PKT_FILTER_QUICK_BYTES 60 // a frame without padding; of IPv6 headers and some of the rest

static inline bool pkt_filter_misses_ipv4(const struct pkt_filter *filter, const uint8_t *frame)
{
	uint32_t src, dst;

	memcpy(&src, frame + 26, sizeof(src));
	memcpy(&dst, frame + 30, sizeof(dst));
	for (unsigned i = 0; i < filter->hosts_len; i++) {
		uint32_t addr = (uint32_t)(filter->host[i].addr.lo >> 32);
		uint32_t mask = (uint32_t)(filter->host[i].mask.lo >> 32);

		if (((src ^ addr) & mask) == 0 || ((dst ^ addr) & mask) == 0)
			return false;
	}
	return filter->hosts_len > 0;
}

static inline bool pkt_filter_misses_ipv6(const struct pkt_filter *filter, const uint8_t *frame)
{
	struct addr src = addr_from_bytes(frame + 22), dst = addr_from_bytes(frame + 38);

	for (unsigned i = 0; i < filter->hosts_len; i++) {
		struct addr addr = filter->host[i].addr, mask = filter->host[i].mask;

		if ((((src.hi ^ addr.hi) & mask.hi) | ((src.lo ^ addr.lo) & mask.lo)) == 0 ||
		    (((dst.hi ^ addr.hi) & mask.hi) | ((dst.lo ^ addr.lo) & mask.lo)) == 0)
			return false;
	}
	return filter->hosts_len > 0;
}

static inline bool pkt_filter_misses_port(const struct pkt_filter *filter, const uint8_t *l4)
{
	be16_t src, dst;

	memcpy(&src, l4, sizeof(src));
	memcpy(&dst, l4 + 2, sizeof(dst));
	for (unsigned i = 0; i < filter->ports_len; i++)
		if (be16_get(src) == filter->port[i] || be16_get(dst) == filter->port[i])
			return false;
	return filter->ports_len > 0;
}

// The root label of the name that begins the question; NULL: it has none. What is no length of a
// label leads nowhere either. At least a byte; a page is longer than a name.
static inline const uint8_t *pkt_filter_root(const uint8_t *question, const uint8_t *end)
{
	do {
		if (*question == 0)
			return question;
		question += *question + 1;
	} while (question < end);
	return NULL;
}

// Compares the first bytes of each name with those of the question that would be theirs, in any
// case: OR makes a letter a small one, and equal what is equal.
#define PKT_FILTER_SMALL 0x2020202020202020

static inline bool pkt_filter_misses_name(const struct pkt_filter *filter, const uint8_t *question,
                                          const uint8_t *end)
{
	const uint8_t *root = question < end ? pkt_filter_root(question, end) : NULL;

	for (unsigned i = 0; root && i < filter->names_len; i++) {
		const struct pkt_filter_name *name = &filter->name[i];
		const uint8_t *at = root + 1 - name->len;
		uint64_t head;

		if (at < question)
			continue;
		if (end - at < (ptrdiff_t)sizeof(head))
			return false;
		memcpy(&head, at, sizeof(head));
		if ((((head | PKT_FILTER_SMALL) ^ name->head) & name->head_mask) == 0)
			return false;
	}
	return true;
}

// Where the question of a DNS message over UDP lies, behind headers of the usual length; NULL:
// these are others.
static inline const uint8_t *pkt_filter_question(const uint8_t *frame, size_t len)
{
	static const uint8_t ipv4[4] = {0x08, 0x00, 0x45, 0}, bits[4] = {0xff, 0xff, 0xff, 0};
	uint32_t word, wanted, mask;
	be16_t type;

	if (unlikely(len < PKT_FILTER_QUICK_BYTES))
		return NULL;
	memcpy(&wanted, ipv4, sizeof(wanted));
	memcpy(&mask, bits, sizeof(mask));
	memcpy(&word, frame + 12, sizeof(word));
	if (likely((word & mask) == wanted))
		return frame[23] == 17 ? frame + 54 : NULL;
	memcpy(&type, frame + 12, sizeof(type));
	if (type.be != be16(0x86dd).be || frame[20] != 17 || len <= 74)
		return NULL;
	return frame + 74;
}

// A filter that is one name, of more bytes than are compared, misses such questions in fewer
// instructions: its members stay in registers from frame to frame. `before` is how many bytes it
// has before its root label.
static inline bool pkt_filter_is_name(const struct pkt_filter *filter)
{
	return filter->names_len == 1 && !filter->hosts_len && !filter->ports_len &&
	       filter->name[0].len >= sizeof(filter->name[0].head);
}

static inline bool pkt_filter_is_missed(const uint8_t *question, const uint8_t *end, size_t before,
                                        uint64_t name_head)
{
	const uint8_t *root = pkt_filter_root(question, end);
	uint64_t head;

	if (unlikely(!root))
		return true;
	root -= before;
	if (root < question)
		return true;
	memcpy(&head, root, sizeof(head));
	return (head | PKT_FILTER_SMALL) != name_head;
}

static inline bool pkt_filter_misses(const struct pkt_filter *filter, const uint8_t *frame,
                                     size_t len)
{
	const be16_t ipv4 = be16(0x0800), ipv6 = be16(0x86dd);
	const uint8_t *l4 = frame + 34;
	be16_t type;

	if (unlikely(len < PKT_FILTER_QUICK_BYTES))
		return false;
	memcpy(&type, frame + 12, sizeof(type));
	if (likely(type.be == ipv4.be)) {
		if (pkt_filter_misses_ipv4(filter, frame))
			return true;
		if (frame[14] != 0x45 || frame[23] != 17)
			return false;
	} else if (type.be == ipv6.be) {
		if (pkt_filter_misses_ipv6(filter, frame))
			return true;
		if (frame[20] != 17)
			return false;
		l4 = frame + 54;
	} else {
		return false;
	}
	return pkt_filter_misses_port(filter, l4) ||
	       (filter->names_len && pkt_filter_misses_name(filter, l4 + 20, frame + len));
}

#endif

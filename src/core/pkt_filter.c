// pkt_filter: see the header. Offsets are those of RFC 826, 791, 8200, 768, 9293, 1035.
#include "core/pkt_filter.h"

#define TYPE_IPV4 0x0800
#define TYPE_ARP  0x0806
#define TYPE_VLAN 0x8100
#define TYPE_QINQ 0x88a8
#define TYPE_IPV6 0x86dd

#define PROTOCOL_TCP 6
#define PROTOCOL_UDP 17

#define EXTENSION_FRAGMENT 44
#define EXTENSIONS_MAX     8
#define DNS_HDR_LEN        12

bool pkt_filter_add_host(struct pkt_filter *filter, struct prefix prefix)
{
	unsigned len = prefix.len + (addr_is_ipv4(prefix.addr) ? 96 : 0);
	uint8_t mask[16] = {0}, bytes[16];

	if (filter->hosts_len == PKT_FILTER_HOSTS)
		return false;
	addr_to_bytes(prefix.addr, bytes);
	for (unsigned bit = 0; bit < len; bit++)
		mask[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] &= mask[i];
	filter->host[filter->hosts_len].addr = addr_from_bytes(bytes);
	filter->host[filter->hosts_len++].mask = addr_from_bytes(mask);
	return true;
}

bool pkt_filter_add_name(struct pkt_filter *filter, const uint8_t *wire, uint8_t len)
{
	uint8_t head[8] = {0}, mask[8] = {0};
	struct pkt_filter_name *name;

	if (filter->names_len == PKT_FILTER_NAMES)
		return false;
	name = &filter->name[filter->names_len++];
	name->len = len;
	memcpy(name->wire, wire, len);
	for (size_t i = 0; i < len && i < sizeof(head); i++) {
		head[i] = wire[i] | 0x20;
		mask[i] = 0xff;
	}
	memcpy(&name->head, head, sizeof(head));
	memcpy(&name->head_mask, mask, sizeof(mask));
	return true;
}

static uint16_t u16_at(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static struct addr ipv4_at(const uint8_t *p)
{
	be32_t ipv4;

	memcpy(&ipv4, p, sizeof(ipv4));
	return addr_from_ipv4(ipv4);
}

// Ports, and what is behind the header, of the protocol at ends->l4.
static void read_l4(struct pkt_ends *ends)
{
	const uint8_t *p = ends->l4.p;
	size_t len = span_left(&ends->l4), hdr;

	if ((ends->protocol != PROTOCOL_UDP && ends->protocol != PROTOCOL_TCP) || len < 8)
		return;
	ends->src_port = u16_at(p);
	ends->dst_port = u16_at(p + 2);
	if (ends->protocol == PROTOCOL_UDP)
		hdr = 8;
	else
		hdr = len < 20 ? len : (size_t)(p[12] >> 4) * 4;
	if (hdr <= len)
		ends->payload = (struct span){p + hdr, ends->l4.end, false};
}

static void read_ipv4(struct pkt_ends *ends)
{
	const uint8_t *p = ends->l3.p;
	size_t len = span_left(&ends->l3), hdr;

	if (len < 20)
		return;
	ends->src = ipv4_at(p + 12);
	ends->dst = ipv4_at(p + 16);
	ends->protocol = p[9];
	hdr = (size_t)(p[0] & 15) * 4;
	if (hdr < 20 || hdr > len || (u16_at(p + 6) & 0x1fff))
		return;
	ends->l4 = (struct span){p + hdr, ends->l3.end, false};
	read_l4(ends);
}

static bool is_extension(uint8_t next)
{
	return next == 0 || next == 43 || next == EXTENSION_FRAGMENT || next == 60;
}

static void read_ipv6(struct pkt_ends *ends)
{
	const uint8_t *p = ends->l3.p;
	size_t len = span_left(&ends->l3), at = 40;
	uint8_t next;

	if (len < 40)
		return;
	ends->src = addr_from_bytes(p + 8);
	ends->dst = addr_from_bytes(p + 24);
	next = p[6];
	for (unsigned i = 0; is_extension(next); i++) {
		bool fragment = next == EXTENSION_FRAGMENT;

		if (i == EXTENSIONS_MAX || len < at + 8 ||
		    (fragment && (u16_at(p + at + 2) & 0xfff8)))
			return;
		next = p[at];
		at += fragment ? 8 : ((size_t)p[at + 1] + 1) * 8;
	}
	if (at > len)
		return;
	ends->protocol = next;
	ends->l4 = (struct span){p + at, ends->l3.end, false};
	read_l4(ends);
}

static void read_arp(struct pkt_ends *ends)
{
	if (span_left(&ends->l3) < 28)
		return;
	ends->src = ipv4_at(ends->l3.p + 14);
	ends->dst = ipv4_at(ends->l3.p + 24);
}

void pkt_filter_ends(struct pkt_ends *ends, struct span frame)
{
	size_t at = 12, len = span_left(&frame);

	*ends = (struct pkt_ends){.type = 0};
	if (len < 14)
		return;
	ends->type = u16_at(frame.p + at);
	while ((ends->type == TYPE_VLAN || ends->type == TYPE_QINQ) && at + 6 <= len) {
		at += 4;
		ends->type = u16_at(frame.p + at);
	}
	ends->l3 = (struct span){frame.p + at + 2, frame.end, false};
	if (ends->type == TYPE_IPV4)
		read_ipv4(ends);
	else if (ends->type == TYPE_IPV6)
		read_ipv6(ends);
	else if (ends->type == TYPE_ARP)
		read_arp(ends);
}

static bool match_host(const struct pkt_filter *filter, struct addr addr)
{
	for (unsigned i = 0; i < filter->hosts_len; i++)
		if ((addr.hi & filter->host[i].mask.hi) == filter->host[i].addr.hi &&
		    (addr.lo & filter->host[i].mask.lo) == filter->host[i].addr.lo)
			return true;
	return false;
}

static bool match_port(const struct pkt_filter *filter, const struct pkt_ends *ends)
{
	for (unsigned i = 0; i < filter->ports_len; i++)
		if (ends->src_port == filter->port[i] || ends->dst_port == filter->port[i])
			return ends->payload.p != NULL;
	return false;
}

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

// The length of the name that the bytes begin with, 0: they do not.
static size_t name_len(const uint8_t *p, size_t len)
{
	size_t at = 0;

	while (at < len && at < PKT_FILTER_NAME_BYTES && p[at] <= 63) {
		if (p[at] == 0)
			return at + 1;
		at += (size_t)p[at] + 1;
	}
	return 0;
}

// Whether the name is, or is below, the one wanted.
static bool name_under(const uint8_t *p, size_t len, const struct pkt_filter_name *wanted)
{
	size_t at = 0;

	while (at + wanted->len < len)
		at += (size_t)p[at] + 1;
	if (at + wanted->len != len)
		return false;
	for (size_t i = 0; i < wanted->len; i++)
		if (lower(p[at + i]) != wanted->wire[i])
			return false;
	return true;
}

// Whether a DNS message, behind its length over TCP, asks for one of the names.
static bool match_name(const struct pkt_filter *filter, const struct pkt_ends *ends)
{
	size_t head = DNS_HDR_LEN + (ends->protocol == PROTOCOL_TCP ? 2 : 0), len;
	const uint8_t *p = ends->payload.p;

	if (span_left(&ends->payload) <= head || u16_at(p + head - 8) == 0)
		return false;
	len = name_len(p + head, span_left(&ends->payload) - head);
	for (unsigned i = 0; len && i < filter->names_len; i++)
		if (name_under(p + head, len, &filter->name[i]))
			return true;
	return false;
}

bool pkt_filter_match(const struct pkt_filter *filter, struct span frame)
{
	struct pkt_ends ends;

	if (!filter->hosts_len && !filter->ports_len && !filter->names_len)
		return true;
	pkt_filter_ends(&ends, frame);
	if (filter->hosts_len && !match_host(filter, ends.src) && !match_host(filter, ends.dst))
		return false;
	if (filter->ports_len && !match_port(filter, &ends))
		return false;
	return !filter->names_len || match_name(filter, &ends);
}

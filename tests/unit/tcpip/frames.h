// frames: a small vocabulary for frames in tests. It shares no code with the
// stack: bytes are put one by one and checksums are summed slowly, so that it
// can judge what the stack sends. The stack under test is in lab.h.
#ifndef UNIT_TCPIP_FRAMES_H
#define UNIT_TCPIP_FRAMES_H

#include "harness.h"

#include "core/addr.h"

struct frame {
	uint8_t b[2048];
	size_t len;
	size_t l3, l4; // offsets
};

// Hardware addresses by their last byte: 02:00:00:00:00:xx.
#define US     1
#define HOST   2
#define ROUTER 3
#define OTHER  4

static inline struct addr ip(const char *text)
{
	struct addr addr;

	if (!addr_parse(text, &addr))
		fail_msg("bad address %s", text);
	return addr;
}

static inline void put16(uint8_t *p, unsigned v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline unsigned get16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static inline void put_mac(uint8_t *p, uint8_t last)
{
	memcpy(p, (const uint8_t[6]){0x02, 0, 0, 0, 0, last}, 6);
}

// The four or sixteen bytes of an address; returns how many.
static inline size_t put_ip(uint8_t *p, struct addr addr)
{
	uint8_t bytes[16];
	size_t n = addr_is_ipv4(addr) ? 4 : 16;

	addr_to_bytes(addr, bytes);
	memcpy(p, bytes + 16 - n, n);
	return n;
}

// RFC 1071, two bytes at a time.
static inline unsigned slow_sum(unsigned sum, const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		sum += i % 2 ? p[i] : (unsigned)p[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static inline unsigned frame_version(const struct frame *f)
{
	return f->b[f->l3] >> 4;
}

// The sum over the upper layer's pseudo header.
static inline unsigned slow_pseudo(const struct frame *f, unsigned protocol, size_t l4_len)
{
	bool v4 = frame_version(f) == 4;
	unsigned sum = protocol + (unsigned)l4_len;

	return slow_sum(sum, f->b + f->l3 + (v4 ? 12 : 8), v4 ? 8 : 32);
}

// What is above IP, after extension headers that l4 was moved over.
static inline unsigned frame_protocol(const struct frame *f)
{
	if (frame_version(f) == 4)
		return f->b[f->l3 + 9];
	return f->l4 == f->l3 + 40 ? f->b[f->l3 + 6] : 0;
}

// The unfolded checksum over the upper layer as it is in the frame: 0xffff
// when it is right.
static inline unsigned frame_l4_sum(const struct frame *f, unsigned protocol)
{
	size_t len = f->len - f->l4;
	unsigned sum = protocol == 1 ? 0 : slow_pseudo(f, protocol, len);

	return slow_sum(sum, f->b + f->l4, len);
}

// Completes lengths and checksums after a change; protocol is the upper
// layer's.
static inline void frame_fix(struct frame *f, unsigned protocol)
{
	uint8_t *ip_hdr = f->b + f->l3;
	size_t at = f->l4 + (protocol == 17 ? 6 : 2);
	unsigned sum;

	if (frame_version(f) == 4) {
		put16(ip_hdr + 2, (unsigned)(f->len - f->l3));
		put16(ip_hdr + 10, 0);
		put16(ip_hdr + 10, ~slow_sum(0, ip_hdr, (ip_hdr[0] & 15u) * 4) & 0xffff);
	} else {
		put16(ip_hdr + 4, (unsigned)(f->len - f->l3 - 40));
	}
	if (protocol == 17)
		put16(f->b + f->l4 + 4, (unsigned)(f->len - f->l4));
	put16(f->b + at, 0);
	sum = ~frame_l4_sum(f, protocol) & 0xffff;
	put16(f->b + at, sum == 0 && protocol == 17 ? 0xffff : sum);
}

static inline struct frame frame_eth(uint8_t src, uint8_t dst, unsigned type)
{
	struct frame f = {.len = 14, .l3 = 14};

	put_mac(f.b, dst);
	put_mac(f.b + 6, src);
	put16(f.b + 12, type);
	return f;
}

// Makes the destination a group: broadcast for IPv4 and ARP, else the group of
// the IPv6 destination address.
static inline void frame_to_group(struct frame *f)
{
	if (get16(f->b + 12) == 0x86dd) {
		put16(f->b, 0x3333);
		memcpy(f->b + 2, f->b + f->l3 + 36, 4);
	} else {
		memset(f->b, 0xff, 6);
	}
}

static inline void frame_add(struct frame *f, const void *bytes, size_t len)
{
	memcpy(f->b + f->len, bytes, len);
	f->len += len;
}

// Puts n bytes into the frame at an offset, as options or extension headers.
static inline void frame_insert(struct frame *f, size_t at, const void *bytes, size_t n)
{
	memmove(f->b + at + n, f->b + at, f->len - at);
	memcpy(f->b + at, bytes, n);
	f->len += n;
	if (at <= f->l3)
		f->l3 += n;
	if (at <= f->l4)
		f->l4 += n;
}

// A tag behind the addresses.
static inline void frame_tag(struct frame *f, unsigned tci)
{
	uint8_t tag[4] = {0x81, 0x00, (uint8_t)(tci >> 8), (uint8_t)tci};

	frame_insert(f, 12, tag, sizeof(tag));
}

static inline struct frame frame_arp(uint8_t src, unsigned oper, const char *spa, const char *tpa)
{
	struct frame f = frame_eth(src, US, 0x0806);
	uint8_t *p = f.b + f.len;

	memcpy(p, (const uint8_t[6]){0, 1, 8, 0, 6, 4}, 6);
	put16(p + 6, oper);
	put_mac(p + 8, src);
	put_ip(p + 14, ip(spa));
	put_ip(p + 24, ip(tpa));
	if (oper == 2)
		put_mac(p + 18, US);
	f.len = 60;
	f.l4 = f.len;
	return f;
}

// An IP packet of either family from HOST to US around l4 bytes.
static inline struct frame frame_ip(struct addr src, struct addr dst, unsigned protocol,
                                    const void *l4, size_t len)
{
	bool v4 = addr_is_ipv4(src);
	struct frame f = frame_eth(HOST, US, v4 ? 0x0800 : 0x86dd);
	uint8_t *p = f.b + f.l3;

	p[0] = v4 ? 0x45 : 0x60;
	p[v4 ? 8 : 7] = 64;
	p[v4 ? 9 : 6] = (uint8_t)protocol;
	put_ip(p + (v4 ? 12 : 8), src);
	put_ip(p + (v4 ? 16 : 24), dst);
	f.l4 = f.len = f.l3 + (v4 ? 20 : 40);
	frame_add(&f, l4, len);
	frame_fix(&f, protocol);
	return f;
}

static inline struct frame frame_udp(const char *src, const char *dst, unsigned src_port,
                                     unsigned dst_port, const char *text)
{
	uint8_t l4[1600] = {0};

	put16(l4, src_port);
	put16(l4 + 2, dst_port);
	memcpy(l4 + 8, text, strlen(text));
	return frame_ip(ip(src), ip(dst), 17, l4, 8 + strlen(text));
}

// ICMP or ICMPv6 by the addresses' family; body follows the checksum.
static inline struct frame frame_icmp(const char *src, const char *dst, unsigned type,
                                      unsigned code, const void *body, size_t len)
{
	uint8_t l4[1600] = {(uint8_t)type, (uint8_t)code};

	memcpy(l4 + 4, body, len);
	return frame_ip(ip(src), ip(dst), addr_is_ipv4(ip(src)) ? 1 : 58, l4, 4 + len);
}

// Extension headers of eight bytes before the upper layer of an IPv6 packet,
// each of `type`; frame_fix afterwards.
static inline void frame_extend(struct frame *f, uint8_t type, unsigned n, const uint8_t body[6])
{
	for (unsigned i = 0; i < n; i++) {
		uint8_t ext[8] = {f->b[f->l3 + 6], 0};

		memcpy(ext + 2, body, 6);
		f->b[f->l3 + 6] = type;
		frame_insert(f, f->l3 + 40, ext, 8);
	}
}

static inline struct frame frame_ping(const char *src, const char *dst)
{
	return frame_icmp(src, dst, addr_is_ipv4(ip(src)) ? 8 : 128, 0, "\x12\x34\x00\x01ping", 8);
}

// A neighbour solicitation (135) or advertisement (136) with the sender's
// hardware address, `from` by its last byte; 0: without the option.
static inline struct frame frame_ndp(const char *src, const char *dst, unsigned type,
                                     unsigned flags, const char *target, uint8_t from)
{
	uint8_t body[28] = {(uint8_t)(flags << 4)};
	struct frame f;

	put_ip(body + 4, ip(target));
	body[20] = type == 135 ? 1 : 2;
	body[21] = 1;
	put_mac(body + 22, from);
	f = frame_icmp(src, dst, type, 0, body, from ? 28 : 20);
	f.b[f.l3 + 7] = 255;
	if (f.b[f.l3 + 24] == 0xff)
		frame_to_group(&f);
	if (from)
		put_mac(f.b + 6, from);
	return f;
}

// Takes a frame apart; fails the test when a length or checksum is wrong or it
// goes to somebody who must not get it.
static inline struct frame frame_judge(const uint8_t *bytes, size_t len)
{
	struct frame f = {.len = len, .l3 = 14};
	unsigned protocol;
	size_t ip_len;

	assert_in_range(len, 60, sizeof(f.b));
	memcpy(f.b, bytes, len);
	assert_int_equal(f.b[6] & 1, 0);
	if (get16(f.b + 12) == 0x8100)
		f.l3 = 18;
	if (get16(f.b + f.l3 - 2) == 0x0806) {
		f.l4 = f.len;
		return f;
	}
	assert_int_equal(get16(f.b + f.l3 - 2), frame_version(&f) == 4 ? 0x0800 : 0x86dd);
	if (frame_version(&f) == 4) {
		assert_int_equal(f.b[f.l3], 0x45);
		assert_int_equal(slow_sum(0, f.b + f.l3, 20), 0xffff);
		assert_in_range(f.b[f.l3 + 16], 1, 223);
		assert_int_not_equal(f.b[f.l3 + 19], 255);
		assert_int_not_equal(f.b[0] & 1, 1);
		ip_len = get16(f.b + f.l3 + 2);
	} else {
		assert_int_equal(frame_version(&f), 6);
		ip_len = 40 + get16(f.b + f.l3 + 4);
	}
	f.l4 = f.l3 + (frame_version(&f) == 4 ? 20 : 40);
	assert_in_range(f.l3 + ip_len, f.l4, len);
	for (size_t i = f.l3 + ip_len; i < len; i++)
		assert_int_equal(f.b[i], 0);
	f.len = f.l3 + ip_len;
	protocol = frame_protocol(&f);
	if (protocol == 0) // a report of groups, behind a router alert
		f.l4 += 8;
	assert_int_equal(frame_l4_sum(&f, protocol ? protocol : 58), 0xffff);
	if (protocol == 17) {
		assert_int_equal(get16(f.b + f.l4 + 4), f.len - f.l4);
		assert_int_not_equal(get16(f.b + f.l4 + 6), 0);
	}
	// Only neighbour discovery and reports of groups go to groups.
	if (frame_version(&f) == 6 && f.b[f.l3 + 24] == 0xff)
		assert_true(f.b[f.l4] == 135 || f.b[f.l4] == 136 || f.b[f.l4] == 143);
	return f;
}

#endif

// capture: see the header. This file is the classic format, and what is below packets.
#include "core/capture_internal.h"

#include <errno.h>

#define MAGIC_US 0xa1b2c3d4
#define MAGIC_NS 0xa1b23c4d

#define LINK_MASK 0x0fffffff

#define COOKED_BYTES  16 // the type of what follows is in its last two
#define TYPE_IPV4     0x0800
#define TYPE_IPV6     0x86dd
#define TYPE_VLAN     0x8100
#define TYPE_PROVIDER 0x88a8 // the outer one of two VLAN tags

enum capture_link capture_link_of(uint32_t number)
{
	switch (number) {
	case CAPTURE_LINK_ETHERNET:
	case CAPTURE_LINK_RAW:
	case CAPTURE_LINK_COOKED:
		return (enum capture_link)number;
	default:
		return CAPTURE_LINK_NONE;
	}
}

static bool is_magic(uint32_t value)
{
	return value == MAGIC_US || value == MAGIC_NS;
}

bool capture_is(const void *bytes, size_t len)
{
	struct span from = span_of(bytes, len);
	uint32_t magic = span_u32(&from);

	return !from.bad &&
	       (is_magic(magic) || is_magic(__builtin_bswap32(magic)) || magic == CAPTURE_NG_MAGIC);
}

static int refuse_link(uint32_t link, struct why *why)
{
	return why_fail(why, -EINVAL,
	                "is a capture of the link type %u, not of Ethernet, Linux cooked frames "
	                "or IP",
	                link);
}

// Magic, version, time zone, accuracy, snapshot length, link type.
static int read_head(struct capture *capture, struct why *why)
{
	uint32_t magic = span_u32(&capture->rest), link;

	capture->swapped = !is_magic(magic);
	if (capture->swapped)
		magic = __builtin_bswap32(magic);
	capture->per_us = magic == MAGIC_NS ? 1000 : 1;
	(void)span_take(&capture->rest, 16);
	link = capture_u32(capture, &capture->rest) & LINK_MASK;
	if (capture->rest.bad)
		return why_fail(why, -EINVAL, "is a capture that ends in its header");
	capture->interface[0].link = capture_link_of(link);
	capture->link_known = capture->interface[0].link != CAPTURE_LINK_NONE;
	return capture->link_known ? 0 : refuse_link(link, why);
}

int capture_open(struct capture *capture, const void *bytes, size_t len, struct why *why)
{
	struct span from = span_of(bytes, len);

	*capture = (struct capture){.rest = from};
	capture->ng = span_u32(&from) == CAPTURE_NG_MAGIC;
	return capture->ng ? 0 : read_head(capture, why);
}

static bool next_packet(struct capture *capture, struct capture_frame *frame)
{
	struct span *rest = &capture->rest;
	uint64_t seconds, fraction;
	uint32_t len;

	if (span_left(rest) == 0)
		return false;
	seconds = capture_u32(capture, rest);
	fraction = capture_u32(capture, rest);
	len = capture_u32(capture, rest);
	(void)capture_u32(capture, rest); // as long as it was on the wire
	frame->bytes = span_sub(rest, len);
	frame->link = capture->interface[0].link;
	assert(capture->per_us > 0);
	frame->at_us = seconds * 1000000 + fraction / capture->per_us;
	capture->cut = frame->bytes.bad;
	return !capture->cut;
}

bool capture_next(struct capture *capture, struct capture_frame *frame)
{
	return capture->ng ? capture_ng_next(capture, frame) : next_packet(capture, frame);
}

int capture_end(const struct capture *capture, struct why *why)
{
	if (capture->link_known)
		return 0;
	if (capture->interfaces_len == 0)
		return why_fail(why, -EINVAL, "is a capture without interfaces");
	return refuse_link(capture->other_link, why);
}

uint16_t capture_unwrap(struct capture_frame *frame)
{
	struct span *bytes = &frame->bytes;
	uint16_t type;

	if (frame->link == CAPTURE_LINK_NONE || span_left(bytes) == 0)
		return 0;
	if (frame->link == CAPTURE_LINK_RAW)
		return *bytes->p >> 4 == 6 ? TYPE_IPV6 : TYPE_IPV4;
	(void)span_take(bytes, frame->link == CAPTURE_LINK_COOKED ? COOKED_BYTES - 2 : 12);
	type = span_u16(bytes);
	while (type == TYPE_VLAN || type == TYPE_PROVIDER) {
		(void)span_take(bytes, 2);
		type = span_u16(bytes);
	}
	return bytes->bad ? 0 : type;
}

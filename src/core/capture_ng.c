// capture_ng: captures in the format of pcapng: sections of either byte order, interfaces with
// their own links and clocks, packets as enhanced, simple or obsolete blocks. All other blocks are
// passed over. The classic format is capture.c's.
#include "core/capture_internal.h"

#define ORDER_MAGIC 0x1a2b3c4d

#define BLOCK_INTERFACE 1
#define BLOCK_PACKET    2 // obsolete
#define BLOCK_SIMPLE    3
#define BLOCK_ENHANCED  6
#define BLOCK_MIN       12 // type, length, and the length again

#define OPTION_END        0
#define OPTION_RESOLUTION 9
#define OPTION_OFFSET     14

#define RESOLUTION_BINARY 0x80 // else decimal
#define RESOLUTION_US     6    // unless an interface says otherwise

static uint16_t short_number(const struct capture *capture, struct span *from)
{
	uint16_t value = span_u16(from);

	return capture->swapped ? __builtin_bswap16(value) : value;
}

// Units of an interface's clock as microseconds; what is longer than 2^64 of them is cut.
static uint64_t microseconds(const struct capture_interface *interface, uint64_t units)
{
	unsigned power = interface->resolution & (RESOLUTION_BINARY - 1);
	uint64_t scale = 1;

	if (interface->resolution & RESOLUTION_BINARY)
		return power < 64 ? (uint64_t)((unsigned __int128)units * 1000000 >> power) : 0;
	for (unsigned i = power; i != RESOLUTION_US; i += i < RESOLUTION_US ? 1 : -1U) {
		if (scale > UINT64_MAX / 10)
			return 0;
		scale *= 10;
	}
	return power < RESOLUTION_US ? units * scale : units / scale;
}

static uint64_t signed_number(const struct capture *capture, struct span *value)
{
	uint64_t first = capture_u32(capture, value), second = capture_u32(capture, value);

	return capture->swapped ? second << 32 | first : first << 32 | second;
}

static void read_options(const struct capture *capture, struct span *body,
                         struct capture_interface *interface)
{
	while (span_left(body) && !body->bad) {
		uint16_t code = short_number(capture, body);
		uint16_t len = short_number(capture, body);
		struct span value = span_sub(body, len);

		(void)span_take(body, (4 - len % 4) % 4);
		if (code == OPTION_END || value.bad)
			return;
		if (code == OPTION_RESOLUTION && len == 1)
			interface->resolution = span_u8(&value);
		else if (code == OPTION_OFFSET && len == 8)
			interface->offset_us = signed_number(capture, &value) * 1000000;
	}
}

static void read_interface(struct capture *capture, struct span *body)
{
	struct capture_interface *interface;
	uint16_t link;

	if (capture->interfaces_len == CAPTURE_INTERFACES)
		return;
	interface = &capture->interface[capture->interfaces_len];
	link = short_number(capture, body);
	*interface = (struct capture_interface){.link = capture_link_of(link),
	                                        .resolution = RESOLUTION_US};
	(void)short_number(capture, body); // reserved
	(void)capture_u32(capture, body);  // as much of a packet as is captured
	if (body->bad)
		return;
	capture->interfaces_len++;
	if (interface->link != CAPTURE_LINK_NONE)
		capture->link_known = true;
	else
		capture->other_link = link;
	read_options(capture, body, interface);
}

static void give_packet(const struct capture *capture, uint32_t of, uint64_t units,
                        struct span bytes, struct capture_frame *frame)
{
	const struct capture_interface *interface =
	        of < capture->interfaces_len ? &capture->interface[of] : NULL;

	*frame = (struct capture_frame){.bytes = bytes};
	if (!interface || bytes.bad)
		return;
	frame->link = interface->link;
	frame->at_us = microseconds(interface, units) + interface->offset_us;
}

static void read_packet(const struct capture *capture, uint32_t type, struct span *body,
                        struct capture_frame *frame)
{
	uint32_t of =
	        type == BLOCK_PACKET ? short_number(capture, body) : capture_u32(capture, body);
	uint64_t units;
	uint32_t len;

	if (type == BLOCK_PACKET)
		(void)short_number(capture, body); // packets dropped
	units = (uint64_t)capture_u32(capture, body) << 32;
	units |= capture_u32(capture, body);
	len = capture_u32(capture, body);
	(void)capture_u32(capture, body); // as long as it was on the wire
	give_packet(capture, of, units, span_sub(body, len), frame);
}

// Whether the block is a packet.
static bool read_block(struct capture *capture, uint32_t type, struct span *body,
                       struct capture_frame *frame)
{
	switch (type) {
	case BLOCK_INTERFACE:
		read_interface(capture, body);
		return false;
	case BLOCK_PACKET:
	case BLOCK_ENHANCED:
		read_packet(capture, type, body, frame);
		return true;
	case BLOCK_SIMPLE:
		// Without a time; the whole rest of the block, with its padding, which the packet's
		// own lengths cut.
		(void)capture_u32(capture, body);
		give_packet(capture, 0, 0, *body, frame);
		return true;
	default:
		return false;
	}
}

// The body of the next block; false at the end of the file, or where it is no longer one.
static bool next_block(struct capture *capture, uint32_t *type, struct span *body)
{
	struct span *rest = &capture->rest, order;
	uint32_t len;

	if (span_left(rest) == 0)
		return false;
	*type = capture_u32(capture, rest);
	if (*type == CAPTURE_NG_MAGIC) {
		// A section of its own byte order, which its length is in already.
		order = *rest;
		(void)span_u32(&order);
		capture->swapped = span_u32(&order) != ORDER_MAGIC;
		capture->interfaces_len = 0;
	}
	len = capture_u32(capture, rest);
	*body = span_sub(rest, len >= BLOCK_MIN && len % 4 == 0 ? len - BLOCK_MIN : SIZE_MAX);
	(void)capture_u32(capture, rest);
	return !rest->bad;
}

bool capture_ng_next(struct capture *capture, struct capture_frame *frame)
{
	struct span body;
	uint32_t type;

	while (next_block(capture, &type, &body))
		if (read_block(capture, type, &body, frame))
			return true;
	capture->cut = capture->rest.bad;
	return false;
}

// query_pcapng: see the header.
#include "proto/bench/query_pcapng.h"

#include <errno.h>

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

#define INTERFACES_MAX 64 // of a section; packets of further ones are passed over

struct interface {
	uint32_t link;
	uint8_t resolution;
	uint64_t offset_us; // modulo 2^64
};

struct reader {
	struct query_packets *packets;
	struct span rest;
	bool swapped;
	bool link_known; // of one interface at least
	uint32_t other_link;
	unsigned interfaces_len;
	struct interface interface[INTERFACES_MAX];
};

static uint32_t number(const struct reader *reader, struct span *from)
{
	uint32_t value = span_u32(from);

	return reader->swapped ? __builtin_bswap32(value) : value;
}

static uint16_t short_number(const struct reader *reader, struct span *from)
{
	uint16_t value = span_u16(from);

	return reader->swapped ? __builtin_bswap16(value) : value;
}

// Units of an interface's clock as microseconds; what is longer than 2^64 of them is cut.
static uint64_t microseconds(const struct interface *interface, uint64_t units)
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

static uint64_t signed_number(const struct reader *reader, struct span *value)
{
	uint64_t first = number(reader, value), second = number(reader, value);

	return reader->swapped ? second << 32 | first : first << 32 | second;
}

static void read_options(const struct reader *reader, struct span *body,
                         struct interface *interface)
{
	while (span_left(body) && !body->bad) {
		uint16_t code = short_number(reader, body);
		uint16_t len = short_number(reader, body);
		struct span value = span_sub(body, len);

		(void)span_take(body, (4 - len % 4) % 4);
		if (code == OPTION_END || value.bad)
			return;
		if (code == OPTION_RESOLUTION && len == 1)
			interface->resolution = span_u8(&value);
		else if (code == OPTION_OFFSET && len == 8)
			interface->offset_us = signed_number(reader, &value) * 1000000;
	}
}

static void read_interface(struct reader *reader, struct span *body)
{
	struct interface *interface;

	if (reader->interfaces_len == INTERFACES_MAX)
		return;
	interface = &reader->interface[reader->interfaces_len];
	*interface =
	        (struct interface){.link = short_number(reader, body), .resolution = RESOLUTION_US};
	(void)short_number(reader, body); // reserved
	(void)number(reader, body);       // as much of a packet as is captured
	if (body->bad)
		return;
	reader->interfaces_len++;
	if (query_packet_knows(interface->link))
		reader->link_known = true;
	else
		reader->other_link = interface->link;
	read_options(reader, body, interface);
}

static int add_packet(struct reader *reader, uint32_t of, uint64_t units, struct span frame)
{
	const struct interface *interface =
	        of < reader->interfaces_len ? &reader->interface[of] : NULL;

	if (!interface || frame.bad || !query_packet_knows(interface->link)) {
		reader->packets->counts->packets++;
		reader->packets->counts->others++;
		return 0;
	}
	return query_packet_add(reader->packets, interface->link, frame,
	                        microseconds(interface, units) + interface->offset_us);
}

static int read_packet(struct reader *reader, uint32_t type, struct span *body)
{
	uint32_t of = type == BLOCK_PACKET ? short_number(reader, body) : number(reader, body);
	uint64_t units;
	uint32_t len;

	if (type == BLOCK_PACKET)
		(void)short_number(reader, body); // packets dropped
	units = (uint64_t)number(reader, body) << 32;
	units |= number(reader, body);
	len = number(reader, body);
	(void)number(reader, body); // as long as it was on the wire
	return add_packet(reader, of, units, span_sub(body, len));
}

// Without a time; the whole rest of the block, with its padding, which the packet's own lengths
// cut.
static int read_simple(struct reader *reader, struct span *body)
{
	(void)number(reader, body);
	return add_packet(reader, 0, 0, *body);
}

static int read_block(struct reader *reader, uint32_t type, struct span *body)
{
	switch (type) {
	case BLOCK_INTERFACE:
		read_interface(reader, body);
		return 0;
	case BLOCK_PACKET:
	case BLOCK_ENHANCED:
		return read_packet(reader, type, body);
	case BLOCK_SIMPLE:
		return read_simple(reader, body);
	}
	return 0;
}

// The body of the next block; false at the end of the file, or where it is no longer one.
static bool next_block(struct reader *reader, uint32_t *type, struct span *body)
{
	struct span *rest = &reader->rest, order;
	uint32_t len;

	if (span_left(rest) == 0)
		return false;
	*type = number(reader, rest);
	if (*type == QUERY_PCAPNG_MAGIC) {
		// A section of its own byte order, which its length is in already.
		order = *rest;
		(void)span_u32(&order);
		reader->swapped = span_u32(&order) != ORDER_MAGIC;
		reader->interfaces_len = 0;
	}
	len = number(reader, rest);
	*body = span_sub(rest, len >= BLOCK_MIN && len % 4 == 0 ? len - BLOCK_MIN : SIZE_MAX);
	(void)number(reader, rest);
	return !rest->bad;
}

int query_pcapng_add(struct query_packets *packets, const void *bytes, size_t len, struct why *why)
{
	struct reader reader = {.packets = packets, .rest = span_of(bytes, len)};
	struct span body;
	uint32_t type;
	int err = 0;

	while (!err && next_block(&reader, &type, &body))
		err = read_block(&reader, type, &body);
	packets->counts->cut = reader.rest.bad;
	if (err)
		return why_no_memory(why, "its queries");
	if (!reader.link_known)
		return why_fail(why, -EINVAL,
		                reader.interfaces_len
		                        ? "is a capture of the link type %u, not of Ethernet, "
		                          "Linux cooked frames or IP"
		                        : "is a capture without interfaces",
		                reader.other_link);
	return 0;
}

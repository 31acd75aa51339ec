// query_pcap: see the header.
#include "proto/bench/query_pcap.h"

#include "proto/bench/query_pcapng.h"

#include <errno.h>

#define MAGIC_US 0xa1b2c3d4
#define MAGIC_NS 0xa1b23c4d

#define LINK_MASK 0x0fffffff

// The numbers of a capture are in its writer's byte order.
struct capture {
	struct span rest;
	bool swapped;
	uint32_t per_us; // units of a time stamp's fraction in a microsecond
	uint32_t link;
};

static uint32_t number(const struct capture *capture, struct span *from)
{
	uint32_t value = span_u32(from);

	return capture->swapped ? __builtin_bswap32(value) : value;
}

static bool is_magic(uint32_t value)
{
	return value == MAGIC_US || value == MAGIC_NS || value == __builtin_bswap32(MAGIC_US) ||
	       value == __builtin_bswap32(MAGIC_NS);
}

bool query_pcap_is(const void *bytes, size_t len)
{
	struct span from = span_of(bytes, len);
	uint32_t magic = span_u32(&from);

	return !from.bad && (is_magic(magic) || magic == QUERY_PCAPNG_MAGIC);
}

// Magic, version, time zone, accuracy, snapshot length, link type.
static int read_head(struct capture *capture, const void *bytes, size_t len, struct why *why)
{
	uint32_t magic;

	*capture = (struct capture){.rest = span_of(bytes, len)};
	magic = span_u32(&capture->rest);
	capture->swapped = magic != MAGIC_US && magic != MAGIC_NS;
	if (capture->swapped)
		magic = __builtin_bswap32(magic);
	capture->per_us = magic == MAGIC_NS ? 1000 : 1;
	(void)span_take(&capture->rest, 16);
	capture->link = number(capture, &capture->rest) & LINK_MASK;
	if (capture->rest.bad)
		return why_fail(why, -EINVAL, "is a capture that ends in its header");
	if (!query_packet_knows(capture->link))
		return why_fail(why, -EINVAL,
		                "is a capture of the link type %u, not of Ethernet, "
		                "Linux cooked frames or IP",
		                capture->link);
	return 0;
}

// The next packet; false at the end of the file.
static bool next_packet(struct capture *capture, struct query_pcap_counts *counts,
                        struct span *frame, uint64_t *at_us)
{
	struct span *rest = &capture->rest;
	uint64_t seconds, fraction;
	uint32_t len;

	if (span_left(rest) == 0)
		return false;
	seconds = number(capture, rest);
	fraction = number(capture, rest);
	len = number(capture, rest);
	(void)number(capture, rest); // as long as it was on the wire
	*frame = span_sub(rest, len);
	counts->cut = frame->bad;
	assert(capture->per_us > 0);
	*at_us = seconds * 1000000 + fraction / capture->per_us;
	return !frame->bad;
}

static int add_classic(struct query_packets *packets, const void *bytes, size_t len,
                       struct why *why)
{
	struct capture capture;
	struct span frame;
	uint64_t at_us;
	int err = read_head(&capture, bytes, len, why);

	if (err)
		return err;
	while (!err && next_packet(&capture, packets->counts, &frame, &at_us))
		err = query_packet_add(packets, capture.link, frame, at_us);
	return err ? why_no_memory(why, "its queries") : 0;
}

int query_pcap_add(struct query_set *set, const void *bytes, size_t len,
                   struct query_pcap_counts *counts, struct why *why)
{
	struct query_packets packets = {.set = set, .counts = counts};
	struct span from = span_of(bytes, len);

	*counts = (struct query_pcap_counts){0};
	if (span_u32(&from) == QUERY_PCAPNG_MAGIC)
		return query_pcapng_add(&packets, bytes, len, why);
	return add_classic(&packets, bytes, len, why);
}

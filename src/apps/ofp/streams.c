// streams: see streams.h.
#include "apps/ofp/streams.h"

#include "proto/openflow/of_wire.h"
#include "proto/tcpip/eth_wire.h"
#include "proto/tcpip/ip_wire.h"
#include "proto/tcpip/ipv4_wire.h"
#include "proto/tcpip/ipv6_wire.h"
#include "proto/tcpip/tcp_wire.h"

#include <errno.h>
#include <stdlib.h>

#define MAGIC_US 0xa1b2c3d4
#define MAGIC_NS 0xa1b23c4d
#define MAGIC_NG 0x0a0d0d0a // pcapng

#define LINK_ETHERNET 1
#define LINK_RAW      101
#define LINK_COOKED   113
#define COOKED_BYTES  16   // the type of what follows is in its last two
#define PORT_BEFORE   6633 // before IANA gave one
#define STREAMS_MAX   1024
#define VERSION_MAX   0x0f // below the first byte of TLS
#define TYPE_HELLO    0
#define TYPE_MAX      35
#define ETH_TYPE_QINQ 0x88a8

// One direction of a connection.
struct stream {
	struct addr from, to;
	uint16_t from_port, to_port;
	bool synced;  // next_seq is known
	bool foreign; // is no OpenFlow
	uint32_t next_seq;
	uint32_t len; // of bytes
	uint8_t bytes[OF_MESSAGE_MAX_BYTES];
};

struct streams {
	const struct streams_calls *calls;
	struct span rest;
	bool swapped, nanoseconds;
	uint32_t link;
	uint16_t port;
	uint64_t at_us;
	struct stream *stream[STREAMS_MAX];
	unsigned len;
};

static uint32_t number(const struct streams *s, struct span *from)
{
	uint32_t value = span_u32(from);

	return s->swapped ? __builtin_bswap32(value) : value;
}

static bool is_magic(uint32_t value)
{
	return value == MAGIC_US || value == MAGIC_NS;
}

bool streams_is_capture(const void *bytes, size_t len)
{
	struct span from = span_of(bytes, len);
	uint32_t magic = span_u32(&from);

	return is_magic(magic) || is_magic(__builtin_bswap32(magic)) || magic == MAGIC_NG;
}

static int head_read(struct streams *s, struct why *why)
{
	uint32_t magic = span_u32(&s->rest);

	if (magic == MAGIC_NG)
		return why_fail(why, -EINVAL,
		                "is a capture in the format pcapng; editcap -F pcap converts it");
	s->swapped = !is_magic(magic);
	s->nanoseconds = magic == MAGIC_NS || __builtin_bswap32(magic) == MAGIC_NS;
	(void)span_take(&s->rest, 16);
	s->link = number(s, &s->rest) & 0x0fffffff;
	if (s->rest.bad)
		return why_fail(why, -EINVAL, "is a capture that ends in its header");
	if (s->link != LINK_ETHERNET && s->link != LINK_RAW && s->link != LINK_COOKED)
		return why_fail(why, -EINVAL,
		                "is a capture of the link type %u, not of Ethernet, Linux cooked "
		                "frames or IP",
		                s->link);
	return 0;
}

// Leaves the IP packet in frame; the type of Ethernet, or 0 when there is none.
static uint16_t link_skip(const struct streams *s, struct span *frame)
{
	uint16_t type;

	if (s->link == LINK_RAW)
		return span_left(frame) && *frame->p >> 4 == 6 ? ETH_TYPE_IPV6 : ETH_TYPE_IPV4;
	(void)span_take(frame, s->link == LINK_COOKED ? COOKED_BYTES - 2 : 12);
	type = span_u16(frame);
	while (type == ETH_TYPE_VLAN || type == ETH_TYPE_QINQ) {
		(void)span_take(frame, 2);
		type = span_u16(frame);
	}
	return frame->bad ? 0 : type;
}

static bool ipv4_skip(struct span *frame, struct streams_message *m)
{
	const struct ipv4_hdr *ip = (const struct ipv4_hdr *)frame->p;
	size_t left = span_left(frame);

	if (ipv4_check(ip, left, left) != DROP_NONE || ipv4_is_fragment(ip) ||
	    ip->protocol != IP_PROTOCOL_TCP)
		return false;
	m->from = addr_from_ipv4(ip->src);
	m->to = addr_from_ipv4(ip->dst);
	*frame = span_of(frame->p + ipv4_hdr_len(ip),
	                 be16_get(ip->total_len) - (size_t)ipv4_hdr_len(ip));
	return true;
}

static bool ipv6_skip(struct span *frame, struct streams_message *m)
{
	const struct ipv6_hdr *ip = (const struct ipv6_hdr *)frame->p;
	size_t left = span_left(frame);

	if (ipv6_check(ip, left, left) != DROP_NONE || ip->next != IP_PROTOCOL_TCP)
		return false;
	m->from = addr_from_bytes((const uint8_t *)&ip->src);
	m->to = addr_from_bytes((const uint8_t *)&ip->dst);
	*frame = span_of(frame->p + sizeof(*ip), be16_get(ip->payload_len));
	return true;
}

static bool is_port(const struct streams *s, uint16_t port)
{
	return s->port ? port == s->port : port == OF_PORT || port == PORT_BEFORE;
}

// Leaves the data of a segment; NULL when it is none of OpenFlow.
static const struct tcp_hdr *tcp_skip(const struct streams *s, struct span *frame,
                                      struct streams_message *m)
{
	const struct tcp_hdr *tcp = (const struct tcp_hdr *)frame->p;
	size_t left = span_left(frame);

	if (tcp_check(tcp, left, left) != DROP_NONE)
		return NULL;
	m->from_port = be16_get(tcp->src_port);
	m->to_port = be16_get(tcp->dst_port);
	if (!is_port(s, m->from_port) && !is_port(s, m->to_port))
		return NULL;
	(void)span_take(frame, tcp_hdr_len(tcp));
	return tcp;
}

static bool stream_is(const struct stream *stream, const struct streams_message *m)
{
	return addr_eq(stream->from, m->from) && addr_eq(stream->to, m->to) &&
	       stream->from_port == m->from_port && stream->to_port == m->to_port;
}

// NULL: there are too many.
static struct stream *stream_of(struct streams *s, const struct streams_message *m)
{
	struct stream *stream;

	for (unsigned i = 0; i < s->len; i++)
		if (stream_is(s->stream[i], m))
			return s->stream[i];
	stream = s->len < STREAMS_MAX ? malloc(sizeof(*stream)) : NULL;
	if (!stream)
		return NULL;
	stream->from = m->from;
	stream->to = m->to;
	stream->from_port = m->from_port;
	stream->to_port = m->to_port;
	stream->synced = stream->foreign = false;
	stream->len = 0;
	stream->next_seq = 0;
	s->stream[s->len++] = stream;
	return stream;
}

static bool is_plausible(const uint8_t *p, size_t len)
{
	const struct of_hdr *hdr = (const struct of_hdr *)p;

	return len < sizeof(*hdr) || (hdr->version >= OF10 && hdr->version <= VERSION_MAX &&
	                              be16_get(hdr->len) >= sizeof(*hdr));
}

// Of a segment after a gap, where the middle of a message is not to pass for its beginning.
static bool is_beginning(const uint8_t *p, size_t len)
{
	const struct of_hdr *hdr = (const struct of_hdr *)p;

	return len >= sizeof(*hdr) && is_plausible(p, len) && hdr->type <= TYPE_MAX &&
	       (hdr->version <= OF15 || hdr->type == TYPE_HELLO);
}

// Reports whole messages, and keeps the beginning of the next one.
static void stream_cut(struct streams *s, struct stream *stream, struct streams_message *m)
{
	uint32_t at = 0;

	while (!stream->foreign && stream->len - at >= sizeof(struct of_hdr)) {
		unsigned len = of_hdr_message_len(stream->bytes + at, stream->len - at);

		if (!is_plausible(stream->bytes + at, stream->len - at)) {
			stream->foreign = true;
			s->calls->remark(s->calls->ctx, m,
			                 "what follows is no OpenFlow, or encrypted");
			break;
		}
		if (len > stream->len - at)
			break;
		m->bytes = stream->bytes + at;
		m->len = len;
		s->calls->message(s->calls->ctx, m);
		at += len;
	}
	stream->len -= at;
	memmove(stream->bytes, stream->bytes + at, stream->len);
}

static void stream_append(struct streams *s, struct stream *stream, struct span data,
                          struct streams_message *m)
{
	while (span_left(&data) && !stream->foreign) {
		size_t n = size_min(span_left(&data), sizeof(stream->bytes) - stream->len);

		memcpy(stream->bytes + stream->len, span_take(&data, n), n);
		stream->len += (uint32_t)n;
		stream_cut(s, stream, m);
	}
}

// Brings the segment in line with what is known of the stream; false if nothing of it is new.
static bool segment_place(struct streams *s, struct stream *stream, uint32_t seq, struct span *data,
                          struct streams_message *m)
{
	int32_t ahead = (int32_t)(seq - stream->next_seq);

	if (!stream->synced || ahead > 0) {
		if (!is_beginning(data->p, span_left(data)))
			return false;
		if (stream->synced)
			s->calls->remark(s->calls->ctx, m,
			                 "bytes before this are missing in the capture");
		stream->len = 0;
	} else if (ahead < 0) {
		if ((size_t) - (int64_t)ahead >= span_left(data))
			return false;
		(void)span_take(data, (size_t) - (int64_t)ahead);
		seq = stream->next_seq;
	}
	stream->synced = true;
	stream->next_seq = seq + (uint32_t)span_left(data);
	return true;
}

static void segment_read(struct streams *s, const struct tcp_hdr *tcp, struct span data,
                         struct streams_message *m)
{
	struct stream *stream = stream_of(s, m);
	uint32_t seq = be32_get(tcp->seq);

	if (!stream)
		return;
	if (tcp->flags & TCP_SYN) {
		stream->synced = true;
		stream->foreign = false;
		stream->len = 0;
		stream->next_seq = ++seq;
	}
	if (span_left(&data) && segment_place(s, stream, seq, &data, m))
		stream_append(s, stream, data, m);
}

static void frame_read(struct streams *s, struct span frame)
{
	struct streams_message m = {.at_us = s->at_us};
	uint16_t type = link_skip(s, &frame);
	const struct tcp_hdr *tcp = NULL;

	if ((type == ETH_TYPE_IPV4 && ipv4_skip(&frame, &m)) ||
	    (type == ETH_TYPE_IPV6 && ipv6_skip(&frame, &m)))
		tcp = tcp_skip(s, &frame, &m);
	if (tcp)
		segment_read(s, tcp, frame, &m);
}

static int frames_read(struct streams *s, struct why *why)
{
	while (span_left(&s->rest)) {
		uint64_t seconds = number(s, &s->rest), fraction = number(s, &s->rest);
		uint32_t len = number(s, &s->rest);
		struct span frame;

		(void)number(s, &s->rest); // as long as it was on the wire
		frame = span_sub(&s->rest, len);
		if (frame.bad)
			return why_fail(why, -EINVAL, "ends within a packet");
		s->at_us = seconds * 1000000 + (s->nanoseconds ? fraction / 1000 : fraction);
		frame_read(s, frame);
	}
	return 0;
}

int streams_read(const void *bytes, size_t len, uint16_t port, const struct streams_calls *calls,
                 struct why *why)
{
	struct streams s = {.calls = calls, .rest = span_of(bytes, len), .port = port};
	int err = head_read(&s, why);

	if (!err)
		err = frames_read(&s, why);
	for (unsigned i = 0; i < s.len; i++)
		free(s.stream[i]);
	return err;
}

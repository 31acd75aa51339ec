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

#define PORT_BEFORE 6633 // before IANA gave one
#define STREAMS_MAX 1024
#define VERSION_MAX 0x0f // below the first byte of TLS
#define TYPE_HELLO  0
#define TYPE_MAX    35

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
	struct capture capture;
	uint16_t port;
	struct stream *stream[STREAMS_MAX];
	unsigned len;
};

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

static void frame_read(struct streams *s, struct capture_frame *frame)
{
	struct streams_message m = {.at_us = frame->at_us};
	uint16_t type = capture_unwrap(frame);
	const struct tcp_hdr *tcp = NULL;

	if ((type == ETH_TYPE_IPV4 && ipv4_skip(&frame->bytes, &m)) ||
	    (type == ETH_TYPE_IPV6 && ipv6_skip(&frame->bytes, &m)))
		tcp = tcp_skip(s, &frame->bytes, &m);
	if (tcp)
		segment_read(s, tcp, frame->bytes, &m);
}

static int frames_read(struct streams *s, struct why *why)
{
	struct capture_frame frame;

	while (capture_next(&s->capture, &frame))
		frame_read(s, &frame);
	if (s->capture.cut)
		return why_fail(why, -EINVAL, "ends within a packet");
	return capture_end(&s->capture, why);
}

int streams_read(const void *bytes, size_t len, uint16_t port, const struct streams_calls *calls,
                 struct why *why)
{
	struct streams s = {.calls = calls, .port = port};
	int err = capture_open(&s.capture, bytes, len, why);

	if (!err)
		err = frames_read(&s, why);
	for (unsigned i = 0; i < s.len; i++)
		free(s.stream[i]);
	return err;
}

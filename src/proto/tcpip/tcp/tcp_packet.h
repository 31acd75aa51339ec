// tcp_packet: a segment of ours as a packet: options, headers and checksum around what tcp_out.c,
// tcp_syn.c and tcp_reply.c decide to send.
#ifndef TCPIP_TCP_TCP_PACKET_H
#define TCPIP_TCP_TCP_PACKET_H

#include "proto/tcpip/tcp/tcp_internal.h"

// A segment to be sent, or several that the device cuts.
struct tcp_packet {
	uint16_t local_port, remote_port;
	uint32_t seq;
	uint8_t flags;
	uint8_t options_len; // multiple of 4
	uint16_t len;        // bytes of data
	uint16_t cut;        // bytes of each segment that the device makes of it; 0: it is one
	uint16_t window;
	bool split; // what follows in the page is the next part of the queue
	uint8_t options[TCP_OPTION_BYTES_MAX];
};

// The connection's, towards its peer.
static inline struct ip_flow tcp_packet_flow(const struct tcp_conn *conn)
{
	return (struct ip_flow){.iface = conn->iface,
	                        .src = conn->local,
	                        .dst = conn->remote,
	                        .protocol = IP_PROTOCOL_TCP,
	                        .ttl = IP_TTL};
}

// Completes the headers at pkt->l3 and pkt->l4, behind which the data is, and sends it. The page
// is consumed.
void tcp_packet_send(const struct ip_flow *flow, struct pkt *pkt, const struct tcp_packet *out,
                     uint32_t ack, mono_t now);

// The window of a segment, shifted, which never takes back what was offered before.
uint16_t tcp_packet_window(struct tcp_conn *conn, uint8_t shift);

// Sends a segment without data. Ports are filled in, and window and options but for a SYN, which
// has its own. False when there is no page for it: the connection is touched again soon.
bool tcp_packet_empty(struct tcp_conn *conn, struct tcp_packet *out, mono_t now);

// Sends a segment of the queue; all but flags and split is filled in. False as above.
bool tcp_packet_seg(struct tcp_conn *conn, const struct tcp_seg *seg, struct tcp_packet *out,
                    mono_t now);

// As tcp_packet_seg, of len bytes from there on, in as many parts of the queue as they are: their
// pages, where the device sends a frame of them all, else a copy.
bool tcp_packet_long(struct tcp_conn *conn, uint32_t index, uint16_t len, struct tcp_packet *out,
                     mono_t now);

// As tcp_packet_seg, but the packet is left for tcp_packet_send, to which flow is given. NULL when
// there is no page.
struct pkt *tcp_packet_begin(struct tcp_conn *conn, const struct tcp_seg *seg, struct ip_flow *flow,
                             struct tcp_packet *out, mono_t now);

// Whether the connection's device cuts packets of several segments.
bool tcp_packet_cuts(const struct tcp_conn *conn) PURE;

// Whether the page of a part of the queue can be sent as it is: no one else has it. `split` as in
// struct tcp_packet.
bool tcp_packet_is_ours(const struct iface *iface, const struct tcp_seg *seg, bool split) PURE;

// Bytes of data that the packet may have for the device to cut, as far as IP's length and software
// that cuts instead go; 0: it goes alone.
uint32_t tcp_packet_max(const struct tcp_conn *conn, const struct ip_flow *flow,
                        const struct tcp_packet *out) PURE;

// Appends the segment's page to the packet's last one, which becomes that page. `split` as in
// struct tcp_packet. False when the page has to be copied and there is none.
bool tcp_packet_append(const struct ip_flow *flow, const struct tcp_seg *seg, bool split,
                       struct pkt **last);

// The pool has no page: what was to be sent is tried again TCP_RETRY_US later. Returns false.
bool tcp_packet_retry(struct tcp_conn *conn, mono_t now);

#endif

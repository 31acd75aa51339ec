// udp: datagrams in and out (RFC 768). Listeners are given a whole burst at a
// time, so that an application can overlap its cache misses, and answer in the
// page in which the request came.
#ifndef TCPIP_UDP_H
#define TCPIP_UDP_H

#include "core/addr.h"
#include "core/mono.h"
#include "core/pkt.h"

// The reply_len of a datagram that gets no reply; a reply may be empty.
#define UDP_NO_REPLY UINT16_MAX

struct udp_dgram {
	struct addr src, dst; // of the request
	uint16_t src_port, dst_port;
	uint16_t len;       // bytes of the request
	uint16_t room;      // most bytes of a reply: what the page and the MTU leave
	uint16_t reply_len; // set by the handler; UDP_NO_REPLY until then
	enum drop drop;     // set by the handler when there is no reply; DROP_NONE: silence
	uint8_t *payload;   // the request; the reply is written over it
	struct pkt *pkt;    // the stack's own
};

// Answers the n datagrams in place by setting reply_len, or drop; until then
// there is no reply and silence. The array and the payloads are borrowed for
// the call.
typedef void udp_burst_fn(void *ctx, struct udp_dgram *dgrams, unsigned n, mono_t now);

struct iface;

// Checks the datagram at pkt->l4, whose network header is sound. The packet stays the
// caller's.
enum drop udp_input(struct pkt *pkt, struct addr src, struct addr dst) MUST_CHECK;

// Describes a datagram that was checked; room is for a header of l3_len bytes.
void udp_describe(const struct iface *iface, struct pkt *pkt, struct addr src, struct addr dst,
                  uint16_t l3_len, struct udp_dgram *dgram);

// Sends a datagram of our own, copied into a page of the interface's: counted as a drop
// when it is too long or there is no page.
void udp_send(struct iface *iface, uint16_t src_port, struct addr dst, uint16_t dst_port,
              const void *bytes, uint16_t len, mono_t now);

// Consumes the datagram's packet: sends its reply of reply_len bytes.
void udp_reply(struct iface *iface, const struct udp_dgram *dgram, mono_t now);

#endif

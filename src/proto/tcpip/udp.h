// udp: datagrams in and out (RFC 768). Listeners are given a whole burst at a
// time, so that an application can overlap its cache misses, and answer in the
// page in which the request came.
#ifndef TCPIP_UDP_H
#define TCPIP_UDP_H

#include "core/pkt.h"
#include "proto/tcpip/addr.h"

struct udp_dgram {
	struct addr src, dst; // of the request
	uint16_t src_port, dst_port;
	uint16_t len;       // bytes of the request
	uint16_t room;      // most bytes of a reply: what the page and the MTU leave
	uint16_t reply_len; // set by the handler; 0: no reply
	enum drop drop;     // set by the handler when there is no reply; DROP_NONE: consumed
	uint8_t *payload;   // the request; the reply is written over it
	struct pkt *pkt;    // the stack's own
};

// Answers the n datagrams in place by setting reply_len, or drop. The array
// and the payloads are borrowed for the call.
typedef void udp_burst_fn(void *ctx, struct udp_dgram *dgrams, unsigned n, mono_t now);

#endif

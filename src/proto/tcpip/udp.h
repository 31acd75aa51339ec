// udp: datagrams in and out (RFC 768), for applications. A worker's UDP is reached by
// stack_udp; every function here is called in that worker's thread only, from its callbacks,
// or by the control thread while the worker does not run: before its first turn, in
// worker_open, and after its last, in worker_close. Nothing is allocated after stack_open.
//
// A listener is given a whole burst of datagrams at a time, so that an application can
// overlap its cache misses, and answers each in the page in which it came, or sends the
// page on to another destination. Datagrams of the application's own are written into a
// page of the stack's (udp_draft_*), or copied (udp_send).
#ifndef TCPIP_UDP_H
#define TCPIP_UDP_H

#include "core/mono.h"
#include "core/pkt.h"
#include "proto/tcpip/ip_flow.h"

#define UDP_BURST 32 // most datagrams that a listener is given at a time

// From here to 65535: ports for one conversation each (RFC 6335 section 6).
#define UDP_EPHEMERAL_MIN 49152

struct udp;
struct udp_listener;

// The reply_len of a datagram that gets no reply; a reply may be empty.
#define UDP_NO_REPLY UINT16_MAX

struct udp_dgram {
	struct addr src, dst; // of the request
	uint16_t src_port, dst_port;
	uint16_t len;        // bytes of the request
	uint16_t room;       // most bytes of a reply, from payload on: what the page and the MTU of
	                     // the interface by which it came leave
	uint16_t reply_len;  // set by the listener; UDP_NO_REPLY until then
	enum drop drop;      // set by the listener when there is no reply; DROP_NONE: silence
	uint8_t *payload;    // the request; the reply is written over it
	struct pkt *pkt;     // the stack's own
	struct iface *iface; // the stack's own: by which it came
};

// Has the first len bytes from payload on be the reply, or the datagram dropped when that is more
// than there is room for.
static inline void udp_reply(struct udp_dgram *dgram, size_t len)
{
	if (likely(len <= dgram->room))
		dgram->reply_len = (uint16_t)len;
	else
		dgram->drop = DROP_TX_TOO_LONG;
}

// Handles n datagrams, 1 to UDP_BURST, each by one of: setting reply_len, having
// written the reply to payload; setting drop; udp_forward; nothing, which is silence.
// The array and the payloads are borrowed for the call.
typedef void udp_burst_fn(void *ctx, struct udp_dgram *dgrams, unsigned n, mono_t now);

// An ICMP error about a datagram from src_port, the listener's, to dst_port at
// error->flow.dst. Borrowed for the call.
typedef void udp_error_fn(void *ctx, const struct ip_error *error, uint16_t src_port,
                          uint16_t dst_port, mono_t now);

// Once a turn of the worker, after input, timers and calls: sends as much as udp_room
// says, and returns whether more is ready to be sent; the worker then takes its next turn
// at once. Data that waits for something else, such as a reply or a timer, is not ready.
typedef bool udp_flush_fn(void *ctx, mono_t now);

struct udp_listener_conf {
	struct addr addr; // one of our addresses; addr_is_any: each, of both families
	uint16_t port;    // 0: every port at which no other listener is. None is closed then: the
	                  // stack sends no ICMP port unreachable for those addresses
	udp_burst_fn *fn;
	udp_error_fn *error_fn; // may be NULL
	udp_flush_fn *flush_fn; // may be NULL
	void *ctx;              // passed to all three
};

// Adds a listener. A datagram goes to the one that names most of its destination: address
// and port, then port, then address, then neither. *listener is valid until udp_unlisten
// or stack_close; NULL when it is not wanted. 0; -EADDRINUSE when another listener has the
// same address and port; -ENOSPC when the stack has as many listeners as it has room for
// (STACK_UDP_LISTENERS in an appliance, all services of the worker together).
int udp_listen(struct udp *udp, const struct udp_listener_conf *conf,
               struct udp_listener **listener) MUST_CHECK;

// The same at a random port from UDP_EPHEMERAL_MIN on at which there is no listener
// (RFC 6056 section 3.3.1); conf->port is not read. Answers come to this worker, whichever the
// device gives them to (steer.h). -EADDRINUSE when all those ports have listeners, -ENOSPC as
// above.
int udp_listen_ephemeral(struct udp *udp, const struct udp_listener_conf *conf,
                         struct udp_listener **listener) MUST_CHECK;

// Removes a listener, from within its own functions, too; stack_close removes those that
// are left, and calls none. Datagrams that it has not been
// given yet count as udp.no_listener.
void udp_unlisten(struct udp *udp, struct udp_listener *listener);

// The listener's port; 0 for every port.
uint16_t udp_listener_port(const struct udp_listener *listener) PURE;

// What a datagram that is sent has for addresses. The stack does not check that src is
// ours.
struct udp_flow {
	struct addr src; // addr_is_any: our address on dst's link, else the interface's first
	struct addr dst;
	uint16_t src_port, dst_port;
	uint8_t ttl; // also the hop limit; 0: IP_TTL, not that of a datagram that is forwarded
	uint8_t tos; // DSCP and ECN
};

// How many datagrams to dst find a place in this turn; more are dropped as
// tx.batch_full. 0 when there is no route to dst.
uint32_t udp_room(const struct udp *udp, struct addr dst);

// Sends a copy of len bytes. Counted as neigh.no_route, tx.too_long or tx.no_page when it
// cannot be sent.
void udp_send(struct udp *udp, const struct udp_flow *flow, const void *bytes, uint16_t len,
              mono_t now);

// A datagram that is being written.
struct udp_draft {
	uint8_t *payload; // where its bytes go
	uint16_t room;    // most of them: what the page and the MTU leave
	be16_t src_port, dst_port;
	struct ip_flow flow;
	struct pkt *pkt; // the stack's own
};

// Begins a datagram. False, counted as udp_send does, when there is no route or no page;
// else udp_draft_send or udp_draft_drop must follow, at any time.
bool udp_draft_open(struct udp *udp, const struct udp_flow *flow,
                    struct udp_draft *draft) MUST_CHECK;

// Sends the first len bytes of draft->payload, at most draft->room, and ends the draft.
void udp_draft_send(struct udp *udp, struct udp_draft *draft, uint16_t len, mono_t now);

// Gives the page back unsent.
void udp_draft_drop(struct udp_draft *draft);

// From a udp_burst_fn: sends the first len bytes of dgram->payload, which may have been
// written to, at most dgram->room, to another destination, in the page in which they
// came. `to` may be of the other family: IPv4 becomes IPv6 and the other way round. Nothing
// of the old headers is kept, neither TTL nor ECN. Copied only when the interface's device takes
// pages of its own pools alone. Counted as udp_send does when it cannot be sent; the datagram is
// consumed in any case, and reply_len and drop have no meaning any more.
void udp_forward(struct udp *udp, struct udp_dgram *dgram, const struct udp_flow *to, uint16_t len,
                 mono_t now);

#endif

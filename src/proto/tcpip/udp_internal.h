// udp_internal: a worker's UDP from inside. udp.c moves datagrams, udp_listen.c keeps the
// listeners; stack.c opens it and hands it packets. Applications see udp.h.
#ifndef TCPIP_UDP_INTERNAL_H
#define TCPIP_UDP_INTERNAL_H

#include "core/rand.h"
#include "proto/tcpip/ip.h"
#include "proto/tcpip/steer.h"
#include "proto/tcpip/udp.h"

// Listeners that have datagrams in one burst; more are called in between.
#define UDP_GROUPS 16

#define UDP_PORTS 65536

// The datagrams of a burst for one listener. NULL: it was removed since.
struct udp_group {
	struct udp_listener *listener;
	uint16_t len;
	struct udp_dgram dgram[UDP_BURST];
};

struct udp_listener {
	struct addr addr;
	uint16_t port;
	bool any_addr;
	uint16_t next; // of the same port, or free; numbers as in struct udp
	udp_burst_fn *fn;
	udp_error_fn *error_fn;
	udp_flush_fn *flush_fn;
	void *ctx;
	struct udp_group *group; // of the current burst; NULL: none yet
	bool ephemeral;          // of udp_listen_ephemeral
};

// Listeners are numbered from 1; 0 is none, whose place in the array is empty.
struct udp {
	struct worker_metric *metric;
	struct ip_ifaces *ifaces;
	uint16_t *by_port; // first listener of each port; those with an address come first
	uint16_t any_port; // first listener of every port
	uint16_t free;
	uint16_t listeners_len; // of the array: capacity
	uint16_t flushers_len;
	uint16_t flush_first;  // counts turns
	bool flushers_changed; // since the current turn's flush began
	struct udp_listener *listener;
	uint16_t *flusher; // numbers of the listeners with a flush_fn
	struct rand rand;
	unsigned groups_len;
	struct udp_group group[UDP_GROUPS];
	struct steer_worker *steer; // NULL: there are no other workers
};

// 0 or -ENOMEM; ifaces is borrowed. `listeners` is from 1 to UINT16_MAX.
int udp_open(struct udp *udp, struct ip_ifaces *ifaces, struct worker_metric *metric,
             uint32_t listeners, uint64_t seed) MUST_CHECK;
void udp_close(struct udp *udp);

// Takes over a datagram at pkt->l4 whose network header is sound, until udp_deliver; or
// gives the reason to drop it, which stays the caller's.
enum drop udp_input(struct udp *udp, const struct ip_flow *flow, struct pkt *pkt,
                    mono_t now) MUST_CHECK;

// Calls the listeners that have datagrams, and sends what they answered.
void udp_deliver(struct udp *udp, mono_t now);

// Whether a listener received it.
bool udp_error(struct udp *udp, const struct ip_error *error, mono_t now);

// Calls the listeners that have a flush_fn; whether one of them has more to send.
bool udp_flush(struct udp *udp, mono_t now);

// As udp_find, for all but the first listener of the port.
NOINLINE struct udp_listener *udp_find_other(struct udp *udp, struct addr addr, uint16_t port);

// The listener of our address and port, or NULL.
static inline struct udp_listener *udp_find(struct udp *udp, struct addr addr, uint16_t port)
{
	struct udp_listener *listener = &udp->listener[udp->by_port[port]];

	return likely(listener->any_addr) ? listener : udp_find_other(udp, addr, port);
}

#endif

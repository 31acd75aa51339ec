// steer: packets of conversations that another worker began. The device decides by a hash of its
// own which worker gets a packet. So a worker that opens a connection, or a UDP port for one
// conversation, takes a port of its share of the ports, and each worker passes packets for ports of
// another's share on to that one, whatever the hash is.
//
// Packets cross in rings with one writer and one reader for each pair of workers. Nothing is
// copied: the page crosses with its packet, and comes back to the worker that received it, and so
// to its pool, when the other one frees it. The pages that one worker has of another's are bounded.
#ifndef TCPIP_STEER_H
#define TCPIP_STEER_H

#include "core/netif.h"
#include "core/ring.h"

// Ports from here to 65535 are shared out (RFC 6056 section 3.2 asks for as many as possible).
#define STEER_PORT_MIN 32768
#define STEER_PORTS    (65536 - STEER_PORT_MIN)

#define STEER_WORKERS_MAX NETIF_QUEUES_MAX
#define STEER_PAGES       256 // that one worker has of one other's; a power of two

struct steer;

// A worker's part.
struct steer_worker {
	// Written by this worker.
	CACHE_ALIGNED struct steer *steer;
	unsigned number, workers;
	uint32_t passed; // pages that others have
	unsigned next;   // whose packets are taken first
	struct worker_metric *metric;
	_Atomic uint32_t begun; // conversations; while there are none nothing is passed to it
	// Has steer_take called in this worker's thread, from any other. False: not now.
	bool (*wake)(void *ctx);
	void *ctx;
	// Written by all.
	CACHE_ALIGNED _Atomic bool woken;
};

// For 2 to STEER_WORKERS_MAX workers. NULL without memory.
struct steer *steer_open(unsigned workers) MUST_CHECK;

// All workers' stacks are closed, their pools are not: gives back the pages that are in between.
void steer_close(struct steer *steer);

// The part of a worker with a number below `workers`, before any worker runs.
struct steer_worker *steer_join(struct steer *steer, unsigned number, struct worker_metric *metric,
                                bool (*wake)(void *ctx), void *ctx);

// Whose packets to this local port are, if that is another worker that has begun any; NULL: self
// handles them, whatever they are.
struct steer_worker *steer_owner(const struct steer_worker *self, uint16_t port) MUST_CHECK;

// Passes a packet on as it was received, with pkt->off at its Ethernet header. DROP_NONE, or the
// reason why it was not: the packet then is still the caller's.
enum drop steer_pass(struct steer_worker *self, struct steer_worker *to,
                     struct pkt *pkt) MUST_CHECK;

// Up to n packets that others passed to self, which has not taken any since it was woken; fewer
// than n: there are no more. Self puts them like its own. Packet number i is to
// be copied and put at once when scarce[i] is set: self has more than half of the pages that it may
// have of the other worker.
unsigned steer_take(struct steer_worker *self, struct pkt **pkts, bool *scarce,
                    unsigned n) MUST_CHECK;

// Has steer_take called again.
void steer_wake(struct steer_worker *to);

// Takes back the pages that others are done with. Once a turn, while self->passed is not 0.
void steer_reclaim(struct steer_worker *self);

// Counts the conversations that self has begun. self NULL: there are no other workers.
static inline void steer_begun_add(struct steer_worker *self, int by)
{
	uint32_t begun;

	if (likely(!self))
		return;
	begun = atomic_load_explicit(&self->begun, memory_order_relaxed);
	atomic_store_explicit(&self->begun, begun + (uint32_t)by, memory_order_relaxed);
}

// The ports from `min` on that are self's: how many there are, but for a few, and
// which one number i is. self NULL: all of them.
static inline uint32_t steer_ports(const struct steer_worker *self, uint32_t min)
{
	return self ? (65536 - min) / self->workers - 1 : 65536 - min;
}

static inline uint16_t steer_port(const struct steer_worker *self, uint32_t min, uint32_t i)
{
	return (uint16_t)(self ? (min / self->workers + 1 + i) * self->workers + self->number
	                       : min + i);
}

#endif

// pkt_watch: a worker's packets that match a filter, with what became of each, into a
// ring (core/pkt_ring.h). A watch that is not attached
// costs nothing: while it is, it stands between the loop and the stack, and between packets
// that are dropped and their pools, by functions that it puts in the place of theirs.
//
// A packet that matches goes through the stack in a burst of its own, so that whatever a
// counter or a batch gained is of that packet, and so are the cycles. With a filter by drop
// reasons nothing is known of a packet before it is dropped: bursts stay whole, and nothing is
// done for packets that are not. The cycles of one that is are those since its burst began.
//
// Not seen: packets that another worker passed to this one, until they are answered.
#ifndef CORE_HOST_PKT_WATCH_H
#define CORE_HOST_PKT_WATCH_H

#include "core/host/pipeline.h"
#include "core/pkt_filter.h"
#include "core/pkt_ring.h"

#define PKT_WATCH_RING_BYTES (UINT64_C(1) << 20) // for each worker

#define PKT_WATCH_ERRORS 3 // reasons not to send an error about a packet

struct pkt_watch {
	struct pkt_filter filter;
	uint16_t snap; // most bytes of a frame that are recorded
	struct pkt_ring ring;
	// What follows is the worker's, while it is attached.
	struct pipeline *pipeline;
	pipeline_input_fn *input; // the stack's, with its ctx
	void *input_ctx;
	struct {
		struct page_pool *pool;
		void (*dropped)(struct page_pool *pool, struct pkt *pkt, enum drop reason);
	} pool[PIPELINE_IFACES_MAX];
	unsigned pools_len;
	bool wanted[DROP_COUNT + DROP_OWN_MAX]; // reasons for which a packet is seen when dropped
	uint64_t errors[PKT_WATCH_ERRORS];      // their counters, as last looked at
	uint64_t begin; // cycles at the beginning of this turn's input; 0: none
	mono_t turn;    // of `begin`
	bool judging;   // a record is in the ring whose verdict is open
};

// A watch that is not attached. The filter is copied. 0 or -ENOMEM.
int pkt_watch_open(struct pkt_watch *watch, const struct pkt_filter *filter,
                   uint16_t snap) MUST_CHECK;
void pkt_watch_close(struct pkt_watch *watch);

// In the worker's thread, between two steps of its turn, or while it does not run. A pipeline
// has one watch at a time.
void pkt_watch_attach(struct pkt_watch *watch, struct pipeline *pipeline);
void pkt_watch_detach(struct pkt_watch *watch);

// For the pipeline that it is attached to, before the transmission of a batch.
void pkt_watch_sent(struct pkt_watch *watch, const struct netif *netif, const struct batch *batch);

#endif

// swap: a pointer to an object that many workers read and the control thread replaces
// whole: a zone set, a table of flows. It costs workers one plain load a burst; the
// control thread waits until no worker can hold the old object any more.
#ifndef CORE_HOST_SWAP_H
#define CORE_HOST_SWAP_H

#include "core/host/pipeline.h"

struct swap {
	_Atomic(void *) current;
};

// Before any worker reads it.
static inline void swap_init(struct swap *swap, void *object)
{
	atomic_init(&swap->current, object);
}

// Worker: the object, valid until the end of this turn of the worker's loop. Read it
// again in each turn, and once for a burst, so that all of the burst sees one object.
static inline void *swap_read(const struct swap *swap)
{
	// Ordered against the worker's own count of turns; see swap_publish.
	return atomic_load_explicit(&swap->current, memory_order_seq_cst);
}

// Control thread: puts the object in place, waits until each worker has begun a
// turn after that, or is not in pipeline_run, and returns the object that was
// there before, which is then the caller's. The wait is as long as the longest
// turn; workers that idle are woken. Pipelines outlive the call.
void *swap_publish(struct swap *swap, void *object, struct pipeline *const *workers,
                   unsigned workers_len) MUST_CHECK;

#endif

// swap: see the header.
//
// A worker stores its count of turns, then loads the pointer; the control
// thread stores the pointer, then loads the count. All four are sequentially
// consistent, so at least one of them sees the other's store: if the count read
// here is k, then the turns after the kth read the new object, and when the
// count has left k the kth has ended. The same holds for `running`. On x86 the
// worker's loads are plain ones, and its count was a locked addition anyway.
#include "core/host/swap.h"

#include <time.h>

#define LOOK_AGAIN_NS 20000L

static void wait_for_turn(struct pipeline *worker)
{
	uint64_t turn = atomic_load_explicit(&worker->quiescent, memory_order_seq_cst);

	if (!atomic_load_explicit(&worker->running, memory_order_seq_cst))
		return;
	pipeline_wake(worker);
	while (atomic_load_explicit(&worker->quiescent, memory_order_acquire) == turn &&
	       atomic_load_explicit(&worker->running, memory_order_acquire))
		nanosleep(&(struct timespec){0, LOOK_AGAIN_NS}, NULL);
}

void *swap_publish(struct swap *swap, void *object, struct pipeline *const *workers,
                   unsigned workers_len)
{
	void *old = atomic_exchange_explicit(&swap->current, object, memory_order_seq_cst);

	for (unsigned i = 0; i < workers_len; i++)
		wait_for_turn(workers[i]);
	return old;
}

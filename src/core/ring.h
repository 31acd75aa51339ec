// ring: a bounded, lock-free queue of pointers with one producer and one consumer. Each
// side keeps its index, and a copy of the other side's, on a cache line of its own, so
// that a line moves between cores once per burst instead of once per pointer.
#ifndef CORE_RING_H
#define CORE_RING_H

#include "core/line.h"

#include <errno.h>
#include <stdatomic.h>

struct ring {
	CACHE_ALIGNED _Atomic uint32_t head; // producer: slots filled so far
	uint32_t tail_seen;
	CACHE_ALIGNED _Atomic uint32_t tail; // consumer: slots emptied so far
	uint32_t head_seen;
	CACHE_ALIGNED uint32_t capacity;
	void **slot;
};

// Allocates the slots; capacity is a power of two, at most 2^31. 0, -EINVAL or
// -ENOMEM.
MUST_CHECK static inline int ring_init(struct ring *ring, uint32_t capacity)
{
	*ring = (struct ring){.capacity = capacity};
	if (capacity == 0 || (capacity & (capacity - 1)))
		return -EINVAL;
	ring->slot = line_alloc(capacity, sizeof(*ring->slot));
	return ring->slot ? 0 : -ENOMEM;
}

// Frees the slots. Neither thread uses the ring any more; the caller has dequeued what
// it still needs.
static inline void ring_fini(struct ring *ring)
{
	free(ring->slot);
	ring->slot = NULL;
}

// Producer: appends up to n pointers in order; returns how many fitted.
static inline uint32_t ring_enqueue(struct ring *ring, void *const *items, uint32_t n)
{
	uint32_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);

	if (ring->capacity - (head - ring->tail_seen) < n)
		ring->tail_seen = atomic_load_explicit(&ring->tail, memory_order_acquire);
	n = (uint32_t)size_min(n, ring->capacity - (head - ring->tail_seen));
	for (uint32_t i = 0; i < n; i++)
		ring->slot[(head + i) & (ring->capacity - 1)] = items[i];
	atomic_store_explicit(&ring->head, head + n, memory_order_release);
	return n;
}

// Consumer: removes up to n pointers, oldest first; returns how many.
static inline uint32_t ring_dequeue(struct ring *ring, void **items, uint32_t n)
{
	uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);

	if (ring->head_seen - tail < n)
		ring->head_seen = atomic_load_explicit(&ring->head, memory_order_acquire);
	n = (uint32_t)size_min(n, ring->head_seen - tail);
	for (uint32_t i = 0; i < n; i++)
		items[i] = ring->slot[(tail + i) & (ring->capacity - 1)];
	atomic_store_explicit(&ring->tail, tail + n, memory_order_release);
	return n;
}

// Whether the ring is empty now; for either side.
static inline bool ring_empty(const struct ring *ring)
{
	return atomic_load_explicit(&ring->head, memory_order_acquire) ==
	       atomic_load_explicit(&ring->tail, memory_order_acquire);
}

#endif

// ring: a bounded queue of pointers from one thread to one other, without locks.
// Each side has its index on a cache line of its own beside its last sight of
// the other's, so that the lines move between cores once a burst, not once a
// pointer.
#ifndef CORE_RING_H
#define CORE_RING_H

#include "core/line.h"

#include <errno.h>
#include <stdatomic.h>

struct ring {
	CACHE_ALIGNED _Atomic uint32_t head; // the producer's: slots filled so far
	uint32_t tail_seen;
	CACHE_ALIGNED _Atomic uint32_t tail; // the consumer's: slots emptied so far
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

// Both threads are done; what is in the ring is the caller's to take out before.
static inline void ring_fini(struct ring *ring)
{
	free(ring->slot);
	ring->slot = NULL;
}

// Producer: appends up to n pointers in order; returns how many found a place.
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

// Consumer: takes up to n pointers, oldest first; returns how many there were.
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

// Whether the consumer would find nothing now; either side may ask.
static inline bool ring_empty(const struct ring *ring)
{
	return atomic_load_explicit(&ring->head, memory_order_acquire) ==
	       atomic_load_explicit(&ring->tail, memory_order_acquire);
}

#endif

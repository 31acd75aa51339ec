// pkt_ring: see the header. A record does not go round the ring's end: what is left there is
// skipped, with a mark in place of the next record's size.
#include "core/pkt_ring.h"

#include <errno.h>

#define SKIP UINT32_MAX

int pkt_ring_open(struct pkt_ring *ring, uint64_t size)
{
	assert(size && (size & (size - 1)) == 0);
	*ring = (struct pkt_ring){.size = size};
	ring->bytes = line_alloc(1, size);
	return ring->bytes ? 0 : -ENOMEM;
}

void pkt_ring_close(struct pkt_ring *ring)
{
	free(ring->bytes);
	ring->bytes = NULL;
}

static struct pkt_record *record_at(const struct pkt_ring *ring, uint64_t at)
{
	return (struct pkt_record *)(ring->bytes + (at & (ring->size - 1)));
}

struct pkt_record *pkt_ring_add(struct pkt_ring *ring, uint16_t bytes_len)
{
	uint32_t size = ROUND_UP((uint32_t)sizeof(struct pkt_record) + bytes_len, 8u);
	uint64_t left = ring->size - (ring->at & (ring->size - 1));
	uint64_t skip = left < size ? left : 0;
	uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
	struct pkt_record *record;

	if (ring->at + skip + size - tail > ring->size) {
		uint64_t lost = atomic_load_explicit(&ring->lost, memory_order_relaxed);

		atomic_store_explicit(&ring->lost, lost + 1, memory_order_relaxed);
		return NULL;
	}
	if (skip)
		record_at(ring, ring->at)->size = SKIP;
	ring->at += skip;
	record = record_at(ring, ring->at);
	*record = (struct pkt_record){.size = size, .bytes_len = bytes_len};
	ring->at += size;
	return record;
}

void pkt_ring_publish(struct pkt_ring *ring)
{
	atomic_store_explicit(&ring->head, ring->at, memory_order_release);
}

const struct pkt_record *pkt_ring_first(struct pkt_ring *ring)
{
	uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
	const struct pkt_record *record = record_at(ring, tail);

	if (tail == atomic_load_explicit(&ring->head, memory_order_acquire))
		return NULL;
	if (record->size != SKIP)
		return record;
	tail += ring->size - (tail & (ring->size - 1));
	atomic_store_explicit(&ring->tail, tail, memory_order_release);
	return record_at(ring, tail);
}

void pkt_ring_next(struct pkt_ring *ring, const struct pkt_record *first)
{
	uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);

	atomic_store_explicit(&ring->tail, tail + first->size, memory_order_release);
}

// ring: the frontend's end of a ring that is shared with another domain (xen/io/ring.h describes
// the page): wadi writes requests, the backend writes responses. Both are counted by 32-bit indexes
// that wrap around. What a slot contains depends on the device. Not to be confused with
// core/ring.h, which connects threads of one process.
//
// The backend can write rsp_prod, req_event and the slots at any time. Each is read once into a
// local variable, and an impossible index is an error, so later writes have no effect.
#ifndef BACKENDS_XEN_RING_H
#define BACKENDS_XEN_RING_H

#include "core/base.h"

#include <errno.h>
#include <string.h>

#define XEN_RING_PAGE_BYTES 4096

// The header of the page; the slots follow.
struct xen_ring_shared {
	uint32_t req_prod, req_event;
	uint32_t rsp_prod, rsp_event;
	uint32_t pad[12];
};

_Static_assert(sizeof(struct xen_ring_shared) == 64, "xen/io/ring.h");

typedef uint32_t __attribute__((may_alias)) xen_ring_word_t;

#define XEN_RING_WORDS_MAX 4 // of 32 bits, in a request or response

struct xen_ring {
	struct xen_ring_shared *shared;
	uint32_t mask;       // slots - 1
	uint32_t slot_words; // size of a slot in words of 32 bits
	uint32_t req_prod;   // index of the next request
	uint32_t pushed;     // requests before this index are visible to the backend
	uint32_t rsp_cons;   // index of the next response
};

// Number of slots of a ring on one page: the largest power of two that fits.
static inline uint32_t xen_ring_slots(size_t slot_bytes)
{
	uint32_t max =
	        (uint32_t)((XEN_RING_PAGE_BYTES - sizeof(struct xen_ring_shared)) / slot_bytes);

	return UINT32_C(1) << (31 - __builtin_clz(max));
}

// Starts an empty ring on a page that was not yet published to the backend. No event is requested:
// rsp_event is an index that rsp_prod has already passed.
static inline void xen_ring_init(struct xen_ring *ring, void *page, size_t slot_bytes)
{
	*ring = (struct xen_ring){.shared = page,
	                          .mask = xen_ring_slots(slot_bytes) - 1,
	                          .slot_words = (uint32_t)(slot_bytes / sizeof(uint32_t))};
	memset(page, 0, XEN_RING_PAGE_BYTES);
	ring->shared->req_event = 1;
}

static inline volatile xen_ring_word_t *xen_ring_slot(const struct xen_ring *ring, uint32_t index)
{
	return (xen_ring_word_t *)(ring->shared + 1) +
	       (size_t)(index & ring->mask) * ring->slot_words;
}

// Number of requests that can be put now: slots whose response has been taken.
static inline uint32_t xen_ring_room(const struct xen_ring *ring)
{
	return ring->mask + 1 - (ring->req_prod - ring->rsp_cons);
}

// Number of requests without response.
static inline uint32_t xen_ring_outstanding(const struct xen_ring *ring)
{
	return ring->req_prod - ring->rsp_cons;
}

// Writes a request of `bytes` bytes, a multiple of four, to the next slot, which is free. The
// backend sees it after xen_ring_push.
static inline void xen_ring_put(struct xen_ring *ring, const void *request, size_t bytes)
{
	volatile xen_ring_word_t *slot = xen_ring_slot(ring, ring->req_prod++);
	xen_ring_word_t words[XEN_RING_WORDS_MAX];

	memcpy(words, request, bytes);
	for (size_t i = 0; i < bytes / sizeof(*words); i++)
		slot[i] = words[i];
}

// Publishes the requests that were put; true when the backend has requested an event for them.
static inline bool xen_ring_push(struct xen_ring *ring)
{
	uint32_t old = ring->pushed, event;

	if (old == ring->req_prod)
		return false;
	ring->pushed = ring->req_prod;
	// The backend sets req_event and then reads req_prod again, so at least one of the two
	// sides sees the other's store.
	__atomic_store_n(&ring->shared->req_prod, ring->pushed, __ATOMIC_SEQ_CST);
	event = __atomic_load_n(&ring->shared->req_event, __ATOMIC_SEQ_CST);
	return ring->pushed - event < ring->pushed - old;
}

// Returns the number of responses to take; -EPROTO when the backend claims more responses than
// there are requests.
static inline int xen_ring_responses(const struct xen_ring *ring)
{
	uint32_t n = __atomic_load_n(&ring->shared->rsp_prod, __ATOMIC_ACQUIRE) - ring->rsp_cons;

	return likely(n <= ring->pushed - ring->rsp_cons) ? (int)n : -EPROTO;
}

// Copies the next response, which exists, of `bytes` bytes, a multiple of four.
static inline void xen_ring_take(struct xen_ring *ring, void *response, size_t bytes)
{
	const volatile xen_ring_word_t *slot = xen_ring_slot(ring, ring->rsp_cons++);
	xen_ring_word_t words[XEN_RING_WORDS_MAX];

	for (size_t i = 0; i < bytes / sizeof(*words); i++)
		words[i] = slot[i];
	memcpy(response, words, bytes);
}

// Requests an event at the next response (on), or no event. After a request the caller must check
// for responses again: one that arrived before causes no event.
static inline void xen_ring_arm(struct xen_ring *ring, bool on)
{
	// No event: an index far away. rsp_cons itself may be the backend's next index.
	__atomic_store_n(&ring->shared->rsp_event, ring->rsp_cons + (on ? 1 : UINT32_MAX / 2),
	                 __ATOMIC_SEQ_CST);
}

#endif

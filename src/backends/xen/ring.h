// ring: the front half of a ring that is shared with another domain (xen/io/ring.h
// describes the page): requests of ours in, responses of the backend out, each
// with a running index. It knows no device; what the slots hold is netfront's
// and, later, blkfront's. Not core/ring.h, which joins threads of one process.
//
// The backend writes rsp_prod, req_event and the slots at any time. Each is read
// once into a local, and an index that cannot be is an error, so that what the
// other side does later changes nothing here.
#ifndef BACKENDS_XEN_RING_H
#define BACKENDS_XEN_RING_H

#include "core/base.h"

#include <errno.h>
#include <string.h>

#define XEN_RING_PAGE_BYTES 4096

// The page's head; the slots follow.
struct xen_ring_shared {
	uint32_t req_prod, req_event;
	uint32_t rsp_prod, rsp_event;
	uint32_t pad[12];
};

_Static_assert(sizeof(struct xen_ring_shared) == 64, "xen/io/ring.h");

typedef uint32_t __attribute__((may_alias)) xen_ring_word_t;

#define XEN_RING_WORDS_MAX 4 // of a slot that is copied

struct xen_ring {
	struct xen_ring_shared *shared;
	uint32_t mask;       // slots - 1
	uint32_t slot_words; // of 32 bits
	uint32_t req_prod;   // the next request's index,
	uint32_t pushed;     // and up to where the backend knows of them
	uint32_t rsp_cons;   // the next response's index
};

// Slots of a ring on one page: the largest power of two that fits.
static inline uint32_t xen_ring_slots(size_t slot_bytes)
{
	uint32_t most =
	        (uint32_t)((XEN_RING_PAGE_BYTES - sizeof(struct xen_ring_shared)) / slot_bytes);

	return UINT32_C(1) << (31 - __builtin_clz(most));
}

// Starts a ring on a zeroed page that the backend does not know yet. No event is
// asked for: rsp_event lies where rsp_prod has been.
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

// Requests that may still be put: slots whose response has been taken.
static inline uint32_t xen_ring_room(const struct xen_ring *ring)
{
	return ring->mask + 1 - (ring->req_prod - ring->rsp_cons);
}

// Requests that wait for their response.
static inline uint32_t xen_ring_outstanding(const struct xen_ring *ring)
{
	return ring->req_prod - ring->rsp_cons;
}

// Writes the next request of `bytes`, a multiple of four; there is room for it.
// The backend sees it after xen_ring_push.
static inline void xen_ring_put(struct xen_ring *ring, const void *request, size_t bytes)
{
	volatile xen_ring_word_t *slot = xen_ring_slot(ring, ring->req_prod++);
	xen_ring_word_t words[XEN_RING_WORDS_MAX];

	memcpy(words, request, bytes);
	for (size_t i = 0; i < bytes / sizeof(*words); i++)
		slot[i] = words[i];
}

// Publishes what was put; true when the backend asked to be notified.
static inline bool xen_ring_push(struct xen_ring *ring)
{
	uint32_t old = ring->pushed, event;

	if (old == ring->req_prod)
		return false;
	ring->pushed = ring->req_prod;
	// The backend arms req_event and then looks at req_prod once more: one of
	// the two sides sees the other's store.
	__atomic_store_n(&ring->shared->req_prod, ring->pushed, __ATOMIC_SEQ_CST);
	event = __atomic_load_n(&ring->shared->req_event, __ATOMIC_SEQ_CST);
	return ring->pushed - event < ring->pushed - old;
}

// How many responses there are to take; -EPROTO when the backend claims more than
// was requested.
static inline int xen_ring_responses(const struct xen_ring *ring)
{
	uint32_t n = __atomic_load_n(&ring->shared->rsp_prod, __ATOMIC_ACQUIRE) - ring->rsp_cons;

	return likely(n <= ring->pushed - ring->rsp_cons) ? (int)n : -EPROTO;
}

// Copies the next response, of `bytes`, a multiple of four; there is one.
static inline void xen_ring_take(struct xen_ring *ring, void *response, size_t bytes)
{
	const volatile xen_ring_word_t *slot = xen_ring_slot(ring, ring->rsp_cons++);
	xen_ring_word_t words[XEN_RING_WORDS_MAX];

	for (size_t i = 0; i < bytes / sizeof(*words); i++)
		words[i] = slot[i];
	memcpy(response, words, bytes);
}

// Asks for an event at the next response, or for none. After asking, look for
// responses once more: one that came before gives no event.
static inline void xen_ring_arm(struct xen_ring *ring, bool on)
{
	// "None" is an index far from here: rsp_cons itself may be where the backend is
	// just now.
	__atomic_store_n(&ring->shared->rsp_event, ring->rsp_cons + (on ? 1 : UINT32_MAX / 2),
	                 __ATOMIC_SEQ_CST);
}

#endif

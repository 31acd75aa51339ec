// pkt: a bounds-checked view of a page, with the offsets of its layers. The
// struct lies outside the page: in the private area of an mbuf on DPDK, in a
// dense array elsewhere. A pkt has one owner; functions named _input and _send
// consume it, const views borrow it.
//
// A frame that is longer than a page is a chain: the first packet represents all
// of it and holds every header; the others hold further bytes and are reached by
// `next` only. Owning, putting and counting the first is owning,
// putting and counting the chain. A packet behind the first may have holders of its own: the
// chain has one reference to it, until the first is freed.
#ifndef CORE_PKT_H
#define CORE_PKT_H

#include "core/drop.h"
#include "core/metric.h"
#include "core/page.h"

// What the device has verified of a received packet.
enum pkt_rx {
	PKT_RX_IPV4_CKSUM_OK = 1 << 0,
	PKT_RX_IPV4_CKSUM_BAD = 1 << 1,
	PKT_RX_L4_CKSUM_OK = 1 << 2,
	PKT_RX_L4_CKSUM_BAD = 1 << 3,
	// The sender did not compute the UDP or TCP checksum: its field holds the sum of
	// the pseudo-header. Set together with L4_CKSUM_OK: the bytes never left the host.
	PKT_RX_L4_CKSUM_BLANK = 1 << 4,
	// Not the device's: between the ends that it has, the packet is none that the worker's
	// watch (core/host/pkt_watch.h) looks for.
	PKT_RX_UNWATCHED = 1 << 7,
};

// What the device has to complete in a transmitted packet. The field of a UDP or TCP
// checksum holds the sum of the pseudo-header.
enum pkt_tx {
	PKT_TX_IPV4_CKSUM = 1 << 0,
	PKT_TX_UDP_CKSUM = 1 << 1,
	PKT_TX_TCP_CKSUM = 1 << 2,
	PKT_TX_IPV6 = 1 << 3, // the network header is IPv6's, not IPv4's
};

struct pkt {
	CACHE_ALIGNED uint8_t *page; // first byte of the room
	struct page_pool *pool;
	uint32_t index;      // the page's number in its pool
	uint32_t hash;       // receive-side hash where the device gives one, else 0
	uint16_t room;       // bytes from page
	uint16_t off;        // start of the data, from page
	uint16_t len;        // bytes of data; off + len <= room always
	uint16_t l2, l3, l4; // start of each layer once found, from page
	uint16_t refs;
	uint8_t rx_flags; // enum pkt_rx
	uint8_t tx_flags; // enum pkt_tx
	uint8_t iface;
	uint16_t gso_size; // TCP payload of each segment to cut this packet into; 0: do not cut
	uint32_t more;     // bytes in the packets after this one
	void *back;        // the backend's own
	struct pkt *next;  // the next packet of the chain
};

_Static_assert(sizeof(struct pkt) == CACHE_LINE_BYTES, "a pkt is one cache line");

static inline uint8_t *pkt_data(const struct pkt *pkt)
{
	return pkt->page + pkt->off;
}

// Bytes of the whole frame; pkt->len if it is not a chain.
static inline uint32_t pkt_total_len(const struct pkt *pkt)
{
	return pkt->len + pkt->more;
}

// Bytes of the frame from l4 to its end; l4 is set.
static inline uint32_t pkt_l4_len(const struct pkt *pkt)
{
	return pkt_total_len(pkt) - (uint32_t)(pkt->l4 - pkt->off);
}

// Free bytes after the data, by which a reply written in place may grow.
static inline uint16_t pkt_tailroom(const struct pkt *pkt)
{
	return (uint16_t)(pkt->room - pkt->off - pkt->len);
}

// Removes n bytes from the front; the caller has checked n <= len.
static inline void pkt_pull(struct pkt *pkt, uint16_t n)
{
	assert(n <= pkt->len);
	pkt->off += n;
	pkt->len -= n;
}

// Prepends n bytes and returns them; the caller has checked n <= off.
static inline uint8_t *pkt_push(struct pkt *pkt, uint16_t n)
{
	assert(n <= pkt->off);
	pkt->off -= n;
	pkt->len += n;
	return pkt_data(pkt);
}

// Copies len bytes of the frame from offset `from`, across pages. The caller has checked
// that the frame has them.
void pkt_read(const struct pkt *pkt, uint32_t from, void *to, uint32_t len);

// Copies the whole frame, with its metadata, into as few pages of the pool as hold it;
// layers keep their distance from the data. NULL when the pool has not enough pages.
COLD struct pkt *pkt_copy(struct page_pool *pool, const struct pkt *pkt) MUST_CHECK;

// pkt_trim for a chain.
COLD void pkt_trim_chain(struct pkt *pkt, uint32_t len);

// Shortens the whole frame to len, as to cut Ethernet padding. Pages that become empty
// are returned to their pools. The caller has checked len <= pkt_total_len.
static inline void pkt_trim(struct pkt *pkt, uint32_t len)
{
	assert(len <= pkt_total_len(pkt));
	if (unlikely(pkt->next != NULL)) {
		pkt_trim_chain(pkt, len);
		return;
	}
	pkt->len = (uint16_t)len;
}

// Sets the length of the data in the first page; the caller has checked that it fits.
static inline void pkt_set_len(struct pkt *pkt, uint16_t len)
{
	assert(len <= pkt->room - pkt->off);
	pkt->len = len;
}

// For pools: makes the packet of a free page empty, with one owner and its data
// at off.
static inline void pkt_reset(struct pkt *pkt, uint16_t off)
{
	pkt->off = off;
	pkt->len = 0;
	pkt->l2 = pkt->l3 = pkt->l4 = 0;
	pkt->hash = 0;
	pkt->refs = 1;
	pkt->rx_flags = pkt->tx_flags = 0;
	pkt->gso_size = 0;
	pkt->more = 0;
	pkt->next = NULL;
}

// An empty packet with one owner, or NULL when the pool is empty.
static inline struct pkt *pkt_alloc(struct page_pool *pool)
{
	return pool->alloc(pool);
}

// Adds a reference; the page is freed when all have been put. Holders must not write
// to it.
static inline struct pkt *pkt_get(struct pkt *pkt)
{
	assert(pkt->refs < UINT16_MAX);
	pkt->refs++;
	return pkt;
}

// The packets behind a freed first one: each loses a reference, and all are unlinked.
COLD void pkt_put_rest(struct pkt *pkt);

static inline void pkt_put(struct pkt *pkt)
{
	struct pkt *next;

	assert(pkt->refs > 0);
	if (--pkt->refs > 0)
		return;
	next = pkt->next;
	pkt->pool->free(pkt->pool, pkt);
	if (unlikely(next != NULL))
		pkt_put_rest(next);
}

// Counts the reason and puts the packet.
static inline void pkt_drop(struct worker_metric *metric, struct pkt *pkt, enum drop reason)
{
	struct pkt *next;

	counter_add(&metric->drop[reason], 1);
	assert(pkt->refs > 0);
	if (--pkt->refs > 0)
		return;
	next = pkt->next;
	pkt->pool->dropped(pkt->pool, pkt, reason);
	if (unlikely(next != NULL))
		pkt_put_rest(next);
}

// Packets to be transmitted, in order. Engines append; the worker loop transmits.
#define BATCH_MAX 128

struct batch {
	uint32_t len;
	struct pkt *pkt[BATCH_MAX];
};

// How many more packets fit in the batch. An engine that has more keeps them and sends
// them from its flush function (core/host/pipeline.h).
static inline uint32_t batch_room(const struct batch *batch)
{
	return BATCH_MAX - batch->len;
}

// Consumes pkt: appended, or counted as tx.batch_full when there is no room.
static inline void batch_add(struct batch *batch, struct worker_metric *metric, struct pkt *pkt)
{
	if (unlikely(batch->len == BATCH_MAX)) {
		pkt_drop(metric, pkt, DROP_TX_BATCH_FULL);
		return;
	}
	batch->pkt[batch->len++] = pkt;
}

#endif

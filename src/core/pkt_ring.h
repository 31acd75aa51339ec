// pkt_ring: what became of packets, with the first bytes of each, as records that a worker
// leaves for the control thread: bounded, without locks, one writer and one
// reader. What finds no room is counted. Nothing is shared but the ring.
#ifndef CORE_PKT_RING_H
#define CORE_PKT_RING_H

#include "core/drop.h"
#include "core/line.h"

#include <stdatomic.h>

enum pkt_verdict {
	PKT_TAKEN,    // received: an engine has it, such as a segment of a connection
	PKT_ANSWERED, // received: what is sent was made of it
	PKT_PASSED,   // received: another worker has it
	PKT_SENT,     // handed to the device
	PKT_DROPPED,  // for the reason in `drop`
	PKT_VERDICTS,
};

struct pkt_record {
	uint32_t size;      // of the record with its bytes and padding: a multiple of 8
	uint32_t frame_len; // of the whole frame
	uint64_t at_us;     // the beginning of the worker's turn
	uint32_t cycles;    // as pkt_watch.h says; 0: not known
	uint32_t stages;    // bit S: it went through stage S
	uint16_t drop;      // enum drop
	uint16_t bytes_len;
	uint8_t iface, verdict;
	bool out;   // one of our own, else received
	bool blank; // its checksum is left to the device
	uint8_t bytes[];
};

#define PKT_RECORD_BYTES_MAX UINT16_MAX

struct pkt_ring {
	CACHE_ALIGNED _Atomic uint64_t head; // writer: bytes published so far
	uint64_t at;                         // writer: bytes written so far
	_Atomic uint64_t lost;               // writer: records without room
	CACHE_ALIGNED _Atomic uint64_t tail; // reader: bytes read so far
	CACHE_ALIGNED uint64_t size;         // a power of two
	uint8_t *bytes;
};

// Allocates a ring of `size` bytes, a power of two. 0 or -ENOMEM.
int pkt_ring_open(struct pkt_ring *ring, uint64_t size) MUST_CHECK;
void pkt_ring_close(struct pkt_ring *ring);

// Writer: room for a record with bytes_len bytes, zeroed but for size, bytes_len and the
// bytes; NULL, counted as lost, when there is none. It is read after pkt_ring_publish.
struct pkt_record *pkt_ring_add(struct pkt_ring *ring, uint16_t bytes_len);
void pkt_ring_publish(struct pkt_ring *ring);

// Reader: the oldest record, NULL when there is none; it stays until pkt_ring_next.
const struct pkt_record *pkt_ring_first(struct pkt_ring *ring);
void pkt_ring_next(struct pkt_ring *ring, const struct pkt_record *first);

// From either side.
static inline uint64_t pkt_ring_lost(const struct pkt_ring *ring)
{
	return atomic_load_explicit(&ring->lost, memory_order_relaxed);
}

#endif

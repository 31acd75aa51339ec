// trace: what a worker did last, as 8-byte records in a ring that is always on. For
// events that are rare beside packets: states that changed, bursts of drops, the cost of
// a turn. Counters are core/metric.h; where the rings lie, and how they are read while
// written or after a crash, is core/trace_file.h.
#ifndef CORE_TRACE_H
#define CORE_TRACE_H

#include "core/mono.h"

#include <stdatomic.h>

// E(ID, "name", "a's name", FORM_OF_A, "b's name", FORM_OF_B): an event with its
// arguments, a of 16 bits and b of 32. The list is the whole format: a decoder needs no
// more. A new event goes to the end.
//
// TIME    the instant of the records behind it; written by trace_add itself
// START   a worker's thread, which the system calls `thread`, began; STOP: it ended
// LINK    an interface's link was re-established
// LISTEN  a listener was attached to a UDP port
// NEIGH   a neighbour changed its state; `address` is the last four bytes of its own
// DROP    packets were dropped since the worker last looked (core/host/turn_trace.h)
// TURN    the dearest sampled turn since then, with its packets and timers
// IDLE    the worker has had no work for a while and waits; WAKE: it has work again
// READY, RELOAD, SIGNAL  of the control thread: the appliance serves, a configuration was
//         read again, a signal came
// clang-format off
#define TRACE_LIST(E) \
	E(TIME, "time", "", NONE, "", NONE) \
	E(START, "start", "worker", NUMBER, "thread", NUMBER) \
	E(STOP, "stop", "worker", NUMBER, "", NONE) \
	E(LINK, "link", "iface", NUMBER, "generation", NUMBER) \
	E(LISTEN, "listen", "udp", NUMBER, "", NONE) \
	E(NEIGH, "neigh", "state", NEIGH, "address", ADDRESS) \
	E(DROP, "drop", "reason", DROP, "packets", NUMBER) \
	E(TURN, "turn", "work", NUMBER, "cycles", NUMBER) \
	E(IDLE, "idle", "", NONE, "", NONE) \
	E(WAKE, "wake", "", NONE, "idle_ms", NUMBER) \
	E(READY, "ready", "workers", NUMBER, "ms", NUMBER) \
	E(RELOAD, "reload", "done", NUMBER, "ms", NUMBER) \
	E(SIGNAL, "signal", "number", NUMBER, "", NONE)

enum trace_event {
#define E(id, ...) TRACE_##id,
	TRACE_LIST(E)
#undef E
	TRACE_EVENTS
};
// clang-format on

// A record: the event in the lowest 16 bits, a in the next, b in the highest 32. One
// store writes it, so no reader ever sees half of one.
static inline uint64_t trace_record(uint16_t event, uint16_t a, uint32_t b)
{
	return event | (uint64_t)a << 16 | (uint64_t)b << 32;
}

// TRACE_NEIGH's a.
static inline uint16_t trace_neigh_states(uint8_t from, uint8_t to)
{
	return (uint16_t)(from << 8 | to);
}
#define TRACE_NEIGH_STATES 6 // that the decoder has words for

#define TRACE_NAME_BYTES  16
#define TRACE_RECORDS_MIN 16
#define TRACE_RECORDS_MAX (1 << 20)

// One thread's records. Slot `head % records` is written next.
struct trace_ring {
	CACHE_ALIGNED _Atomic uint64_t head; // records written so far
	char name[TRACE_NAME_BYTES];         // of the thread
	CACHE_ALIGNED _Atomic uint64_t record[];
};
_Static_assert(sizeof(struct trace_ring) == CACHE_LINE_BYTES, "no padding inside a file");

// The writer's end. All zeros: a trace without a ring, to which records are lost.
struct trace {
	struct trace_ring *ring; // NULL: none
	uint32_t mask;           // records - 1
	uint64_t now_us;         // of the turn
	uint64_t stamped_us;     // the last instant that was recorded
};

// Writes to the ring from now on, which is its owner's and outlives the trace. Its
// number of records is a power of two. One thread writes at a time.
void trace_init(struct trace *trace, struct trace_ring *ring, uint32_t records, mono_t now);

// The instant of the records to come: once a turn, so that no record reads a clock.
static inline void trace_turn(struct trace *trace, mono_t now)
{
	trace->now_us = now.us;
}

// What trace_add does.
static inline void trace_put(struct trace *trace, uint64_t record)
{
	struct trace_ring *ring = trace->ring;
	uint64_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);

	// A reader that sees this record also sees the head before it, and thereby that
	// the record in the same slot is gone (trace_ring_read).
	atomic_store_explicit(&ring->record[head & trace->mask], record, memory_order_release);
	atomic_store_explicit(&ring->head, head + 1, memory_order_release);
}

COLD void trace_stamp(struct trace *trace);

// Writer: appends a record over the oldest.
static inline void trace_add(struct trace *trace, enum trace_event event, uint16_t a, uint32_t b)
{
	if (unlikely(!trace->ring))
		return;
	if (trace->stamped_us != trace->now_us)
		trace_stamp(trace);
	trace_put(trace, trace_record(event, a, b));
}

// Copies the whole records of a ring into `to`, which has room for `records` of them,
// oldest first; returns how many there are, at most records - 1. From any thread, while
// the ring is written. What lies in the ring is not trusted.
uint32_t trace_ring_read(const struct trace_ring *ring, uint32_t records, uint64_t *to);

// The instant in a TRACE_TIME record, of up to 48 bits of microseconds.
static inline uint64_t trace_time_us(uint64_t record)
{
	return record >> 32 | (record >> 16 & UINT16_MAX) << 32;
}

static inline uint16_t trace_event_of(uint64_t record)
{
	return (uint16_t)record;
}

// "neigh", or "?" for an event that the list does not have.
const char *trace_event_name(uint16_t event) PURE;

#define TRACE_TEXT_BYTES 96

// The arguments as text: "reason=ipv4.cksum packets=3". Those of an event that the list
// does not have are numbers.
void trace_text(uint64_t record, char text[TRACE_TEXT_BYTES]);

// A digest of the list, by which a decoder knows that records are of the same list.
uint32_t trace_list_digest(void) PURE;

#endif

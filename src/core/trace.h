// trace: the most recent events of a worker, as 8-byte records in a ring that is always
// enabled. For events that are rare compared to packets: state changes, drops, the cost
// of a turn. Counters are core/metric.h; the memory of the rings, and reading them while
// they are written or after a crash, is core/trace_file.h.
#ifndef CORE_TRACE_H
#define CORE_TRACE_H

#include "core/mono.h"

#include <stdatomic.h>

// E(ID, "name", "name of a", FORM_OF_A, "name of b", FORM_OF_B): an event with its
// arguments, a of 16 bits and b of 32. The list is all that a decoder needs. Append new
// events at the end.
//
// TIME    the instant of the records that follow; written by trace_add itself
// START   a worker's thread began, `thread` is its id in the system; STOP: it ended
// LINK    an interface's link was re-established
// LISTEN  a listener was attached to a UDP port
// NEIGH   a neighbour entry changed its state: its IPv4 address
// DROP    packets dropped for a reason since the last such record (core/host/turn_trace.h)
// TURN    the most expensive sampled turn since then; `work` is its packets and timers
// IDLE    a worker had no work for TURN_TRACE_IDLE_US and waits; WAKE: it has work again
// READY, RELOAD, SIGNAL  written by the control thread: the appliance is ready, a reload
//         ended, a signal arrived
// NEIGH6  as NEIGH: the last four bytes of its IPv6 address
// TCP_PEER, TCP_PEER6  the remote end of the connection of which the next record is
// TCP_OPEN   a connection began; `conn` is its number until it ends
// TCP_STATE  it came into a state, other than that of a SYN to a listener, and CLOSED
// TCP_RTT    its smoothed round trip time: at first, and at its end
// TCP_RESEND a segment was sent again, `seq` bytes after the first
// TCP_CWND   its congestion window after a loss was found; TCP_RTO: the timer found it, for
//            the `times` in a row
// TCP_END    it ended, and why
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
	E(SIGNAL, "signal", "number", NUMBER, "", NONE) \
	E(NEIGH6, "neigh6", "state", NEIGH, "address", ADDRESS_END) \
	E(TCP_PEER, "tcp_peer", "port", NUMBER, "address", ADDRESS) \
	E(TCP_PEER6, "tcp_peer6", "port", NUMBER, "address", ADDRESS_END) \
	E(TCP_OPEN, "tcp_open", "conn", CONN, "port", NUMBER) \
	E(TCP_STATE, "tcp_state", "conn", CONN, "state", TCP_STATE) \
	E(TCP_RTT, "tcp_rtt", "conn", CONN, "us", NUMBER) \
	E(TCP_RESEND, "tcp_resend", "conn", CONN, "seq", NUMBER) \
	E(TCP_CWND, "tcp_cwnd", "conn", CONN, "bytes", NUMBER) \
	E(TCP_RTO, "tcp_rto", "conn", CONN, "times", NUMBER) \
	E(TCP_END, "tcp_end", "conn", CONN, "why", TCP_END)

enum trace_event {
#define E(id, ...) TRACE_##id,
	TRACE_LIST(E)
#undef E
	TRACE_EVENTS
};
// clang-format on

// A record: the event in bits 0 to 15, a in bits 16 to 31, b in bits 32 to 63. It is
// written by one store, so that a reader never sees half of it.
static inline uint64_t trace_record(uint16_t event, uint16_t a, uint32_t b)
{
	return event | (uint64_t)a << 16 | (uint64_t)b << 32;
}

// The events of a connection have 24 bits of its number, 8 of them in b, and 24 of a value.
#define TRACE_CONN_MAX 0xffffffu

static inline uint32_t trace_conn_of(uint64_t record)
{
	return (uint32_t)(record >> 16 & UINT16_MAX) | (uint32_t)(record >> 56) << 16;
}

// Whether the event is one of a connection.
bool trace_has_conn(uint16_t event) PURE;

// The a of TRACE_NEIGH and TRACE_NEIGH6.
static inline uint16_t trace_neigh_states(uint8_t from, uint8_t to)
{
	return (uint16_t)(from << 8 | to);
}
#define TRACE_NEIGH_STATES 6 // states whose names the decoder knows
#define TRACE_TCP_STATES   11
#define TRACE_TCP_ENDS     6

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

// The writer's side. All zeros is valid: a trace without a ring, which records nothing.
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

// The store of trace_add.
static inline void trace_put(struct trace *trace, uint64_t record)
{
	struct trace_ring *ring = trace->ring;
	uint64_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);

	// A reader that sees this record also sees a head of at least `head`, and with it
	// that the slot was overwritten (trace_ring_read).
	atomic_store_explicit(&ring->record[head & trace->mask], record, memory_order_release);
	atomic_store_explicit(&ring->head, head + 1, memory_order_release);
}

COLD void trace_stamp(struct trace *trace);

// Writer: appends a record, overwriting the oldest.
static inline void trace_add(struct trace *trace, enum trace_event event, uint16_t a, uint32_t b)
{
	if (unlikely(!trace->ring))
		return;
	if (trace->stamped_us != trace->now_us)
		trace_stamp(trace);
	trace_put(trace, trace_record(event, a, b));
}

// An event of a connection; a value that is too large is recorded as the largest.
static inline void trace_conn(struct trace *trace, enum trace_event event, uint32_t conn,
                              uint32_t value)
{
	value = value < TRACE_CONN_MAX ? value : TRACE_CONN_MAX;
	trace_add(trace, event, (uint16_t)conn, conn >> 16 << 24 | value);
}

// Copies the complete records of a ring to `to`, an array of `records`, oldest first;
// returns their number, at most records - 1. From any thread, while the ring is written.
// The contents of the ring are not trusted.
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

// "neigh"; "?" for an event that is not in the list.
const char *trace_event_name(uint16_t event) PURE;

#define TRACE_TEXT_BYTES 96

// The arguments as text: "reason=ipv4.cksum packets=3"; numbers for an event that is not
// in the list.
void trace_text(uint64_t record, char text[TRACE_TEXT_BYTES]);

// A digest of the list of events and drop reasons: equal if a decoder has the same list.
uint32_t trace_list_digest(void) PURE;

#endif

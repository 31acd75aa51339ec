// of_tally: what became of the packet-ins of a worker's emulated switches, and what else they were
// asked. Written by the worker, readable by any thread. A packet-in is counted once as answered,
// wrong or lost; late, duplicate and stray answers count what came besides.
#ifndef BENCH_OF_TALLY_H
#define BENCH_OF_TALLY_H

#include "proto/bench/hist.h"

// Name in JSON, and what it counts.
#define OF_TALLY_LIST(X)                                                                           \
	X(sent, "packet-ins sent")                                                                 \
	X(answered, "packet-ins answered in time: the packet went to its host, or everywhere")     \
	X(by_flow, "of these, by a flow mod that names the buffer")                                \
	X(flooded, "of these, out of more ports than the host's")                                  \
	X(wrong, "answered in time: the packet went elsewhere, or the flow is for other packets")  \
	X(lost, "packet-ins without an answer in time")                                            \
	X(late, "answers that came after the time")                                                \
	X(duplicate, "answers to what had been answered")                                          \
	X(stray, "answers to no packet-in that is remembered")                                     \
	X(flow_mods, "flow mods")                                                                  \
	X(wrong_flows, "of these, without a buffer and to another port than the host's")           \
	X(packet_outs, "packet-outs")                                                              \
	X(probes, "of these, packets of the controller's own, such as LLDP")                       \
	X(requests, "other requests: features, echo, barriers, multiparts and so on")              \
	X(malformed, "messages that are not OpenFlow as specified")                                \
	X(errors_sent, "errors sent to the controller")                                            \
	X(errors_received, "errors from the controller")                                           \
	X(echo_sent, "echo requests of switches")                                                  \
	X(echo_answered, "of these, answered")                                                     \
	X(full, "times that a packet-in was due and too many were outstanding")                    \
	X(unsent, "packet-ins due while their switch had no connection")                           \
	X(opened, "connections opened")                                                            \
	X(failed, "connections that ended, or could not be opened")                                \
	X(sent_bytes, "bytes of messages sent")                                                    \
	X(got_bytes, "bytes of messages received")

struct of_tally {
#define X(name, help) counter_t name;
	OF_TALLY_LIST(X)
#undef X
	struct hist latency; // of answered packet-ins, from when they were due
	struct hist echo;    // of echo requests
};

// Of OF_TALLY_LIST, in its order.
struct of_tally_row {
	const char *name, *help;
	size_t offset;
};
extern const struct of_tally_row of_tally_rows[];
extern const unsigned of_tally_rows_len;

void of_tally_clear(struct of_tally *tally);
void of_tally_merge(struct of_tally *to, const struct of_tally *from);

// Takes away what an earlier copy of the same tally, or sum of tallies, held.
void of_tally_subtract(struct of_tally *from, const struct of_tally *earlier);

static inline uint64_t of_tally_get(const struct of_tally *tally, const struct of_tally_row *row)
{
	return counter_get((const counter_t *)((const char *)tally + row->offset));
}

// How evenly n counts are spread: Jain's fairness index in millionths, 1000000 when all are the
// same, 1000000 / n when one has all; 0 of none.
uint32_t of_tally_fairness_ppm(const uint64_t *counts, unsigned n) PURE;

#endif

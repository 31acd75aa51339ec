// top_figures: what `wadi-ctl top` shows, made of the replies to commands as they come each second:
// totals, their rates, and the rates before. No input or output, no clock: replies and the instant
// are arguments. top_layout.h puts them on a screen.
#ifndef CTL_TOP_FIGURES_H
#define CTL_TOP_FIGURES_H

#include "core/host/json.h"
#include "core/mono.h"

#define TOP_NAME_BYTES    48
#define TOP_HISTORY       500 // samples
#define TOP_COUNTS_MAX    400 // of one list; what is more is left out
#define TOP_PORTS_MAX     16
#define TOP_WORKERS_MAX   64
#define TOP_CLASSES_MAX   32 // of latency
#define TOP_LATENCY_TICKS 10 // samples that percentiles are of

// A counter of the appliance.
struct top_count {
	char name[TOP_NAME_BYTES];
	uint64_t total;
	uint64_t per_s; // since the sample before; 0 in the first
};

struct top_counts {
	struct top_count item[TOP_COUNTS_MAX];
	unsigned len;
};

// A counter with its history.
struct top_series {
	const char *name;
	struct top_count count;
	uint32_t past[TOP_HISTORY]; // rates, the newest last
	unsigned past_len;
};

enum top_series_kind {
	TOP_RX_PKTS,
	TOP_TX_PKTS,
	TOP_RX_BITS,
	TOP_TX_BITS,
	TOP_QUERIES, // of a service that counts queries, or else requests
	TOP_REPLIES,
	TOP_DROPS,
	TOP_OPENED, // TCP connections
	TOP_SERIES,
};

struct top_stage {
	struct top_count pkts;
	uint64_t cycles_per_pkt; // 0: not sampled yet
};

struct top_port {
	char name[TOP_NAME_BYTES], state[TOP_NAME_BYTES];
	bool up;
	uint64_t pages, pages_free;
	struct top_count missed;
};

struct top_worker {
	struct top_count rx, tx, sleeps;
};

struct top_latency {
	char within[TOP_CLASSES_MAX][16]; // "16 us"; the last may be "longer"
	unsigned classes;
	uint64_t total[TOP_CLASSES_MAX];
	uint64_t recent[TOP_LATENCY_TICKS][TOP_CLASSES_MAX]; // of samples, in a ring
	unsigned next;                                       // of the ring
	uint32_t past[TOP_HISTORY]; // the class that 99 % were within, from 1; 0: nothing was sent
	unsigned past_len;
};

// All zeros before the first replies.
struct top_figures {
	unsigned samples; // since the start, or since the appliance was started again
	mono_t taken;     // when the last replies came
	uint64_t pid;
	char name[TOP_NAME_BYTES], version[TOP_NAME_BYTES];
	uint64_t uptime_s, workers_len, connections;
	struct top_series series[TOP_SERIES];
	struct top_counts drops; // but those that were always zero, as of
	struct top_counts own;   // what services count, "dns queries"
	struct top_stage stages[TOP_WORKERS_MAX];
	unsigned stages_len;
	struct top_port ports[TOP_PORTS_MAX];
	unsigned ports_len;
	struct top_worker workers[TOP_WORKERS_MAX];
	struct top_latency latency;
};

// The replies to the commands of these names.
struct top_replies {
	json_t *status, *stats, *drops, *ports;
};

// Takes the replies that came at `now`; they are borrowed. Members that are missing or of another
// type count as zero. An appliance that was started again begins a new history of rates only.
void top_figures_take(struct top_figures *figures, const struct top_replies *replies, mono_t now);

// Whether the appliance counts what a series is of.
bool top_figures_has(const struct top_figures *figures, enum top_series_kind kind) PURE;

// The bound of the time within which `ppm` millionths of the packets of the last samples were sent,
// such as "16 us"; "-" when there were none.
const char *top_figures_latency(const struct top_figures *figures, uint32_t ppm);

#endif

// ask_run: a run of `wadi-bench dns` from the control thread: has the workers find their
// sources, then run trials, and adds up what they counted. Called every few milliseconds, whatever
// the kind of port.
#ifndef APPS_BENCH_ASK_RUN_H
#define APPS_BENCH_ASK_RUN_H

#include "apps/bench/ask_worker.h"
#include "core/why.h"

#define ASK_WORKERS_MAX 64
#define ASK_TICK_US     (10 * MS_US)

enum ask_phase {
	ASK_PHASE_BEGIN,
	ASK_PHASE_FIND,
	ASK_PHASE_TRIAL,
	ASK_PHASE_END, // of connections, so that the server keeps none of them
	ASK_PHASE_OVER,
};

// Frames that the device of a worker had no room for, those sent and those received.
struct ask_losses {
	uint64_t sent, received;
};

struct ask_run {
	// Set by the caller.
	const struct ask *ask;
	struct ask_worker *worker[ASK_WORKERS_MAX];
	unsigned workers_len;
	void (*losses)(void *ctx, struct ask_losses *losses); // since the start, of all workers
	void *ctx;
	// The run's own.
	enum ask_phase phase;
	struct ask_worker *active[ASK_WORKERS_MAX]; // those that have sources
	unsigned active_len;
	uint32_t sources[2]; // of all of them, by struct ask_way
	struct asker_trial trial;
	struct ask_losses before, during; // the trial
	bool stopped;                     // before its end
	bool failed;                      // why says why
	struct why why;
	struct tally total; // of the trial
	// Of find_max; then total is at the end that of its best trial.
	struct rate_search search;
	uint64_t best_rate; // 0: none passed
	struct tally best;
	struct ask_losses best_losses;
};

// True when the run is over: total is the result, or `failed`.
bool ask_run_tick(struct ask_run *run, mono_t now);

// Ends the trial that runs, as soon as what is in flight has been answered or lost.
void ask_run_stop(struct ask_run *run, mono_t now);

// Of the processor time of the workers while they asked, how much had something to do, in
// thousandths.
unsigned ask_run_busy_ppt(const struct ask_run *run) PURE;

// Of the same time, for how much of it queries were due that the device had no room for: the wire,
// or the server at its other end, took no more.
unsigned ask_run_held_ppt(const struct ask_run *run) PURE;

// What of the generator itself may have been the limit, a sentence; "": nothing.
void ask_run_limit(const struct ask_run *run, char *text, size_t size);

#endif

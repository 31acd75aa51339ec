// live: what a run does at the moment, for a person who waits: on standard error when that is a
// terminal, and not otherwise.
#ifndef APPS_BENCH_LIVE_H
#define APPS_BENCH_LIVE_H

#include "apps/bench/ask_run.h"
#include "apps/bench/live_lines.h"

// All zeros at first.
struct live {
	struct live_lines lines;
	uint64_t trial; // that it is about: when it began
	struct tally now, before;
	struct hist recent; // of what came in between
};

// Called every few milliseconds; prints twice a second.
void live_tick(struct live *live, const struct ask_run *run, mono_t now);

// Takes its lines away.
void live_end(struct live *live);

#endif

// of_live: what emulated switches and their controller do at the moment, for a person who waits: on
// standard error when that is a terminal, and not otherwise.
#ifndef APPS_BENCH_OF_LIVE_H
#define APPS_BENCH_OF_LIVE_H

#include "apps/bench/live_lines.h"
#include "proto/bench/of_tally.h"

// All zeros at first.
struct of_live {
	struct live_lines lines;
	struct of_tally before, recent;
};

// Prints what was counted since the last call, if live_lines_are_due; sum is that of all workers.
void of_live_print(struct of_live *live, const struct of_tally *sum, mono_t now);

// Takes its lines away.
void of_live_end(struct of_live *live);

#endif

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

// A rate with a unit, "1.25 M"; and a history as bars of eight heights, of which the highest is
// the largest value.
#define LIVE_RATE_BYTES 24
char *live_rate(uint64_t rate, char text[LIVE_RATE_BYTES]);
#define LIVE_BARS_BYTES (3 * LIVE_HISTORY + 1)
char *live_bars(const uint32_t *values, unsigned len, char text[LIVE_BARS_BYTES]);

#endif

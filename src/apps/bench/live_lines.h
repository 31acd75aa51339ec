// live_lines: lines on the terminal of a person who waits, replaced twice a second by later ones,
// and the rates of the last periods. Without a terminal on standard error there are none.
#ifndef APPS_BENCH_LIVE_LINES_H
#define APPS_BENCH_LIVE_LINES_H

#include "core/mono.h"

#define LIVE_HISTORY 40 // periods

// All zeros at first.
struct live_lines {
	mono_t last; // when they were printed
	bool begun, on;
	unsigned len; // lines on the terminal
	uint32_t rates[LIVE_HISTORY];
	unsigned rates_len;
};

// Whether it is time to print again.
bool live_lines_are_due(struct live_lines *lines, mono_t now);

// Takes them away; others may be printed, and len set.
void live_lines_remove(struct live_lines *lines);

void live_lines_add_rate(struct live_lines *lines, uint64_t rate);

#endif

// figure: figures that change, as a person reads them at a glance: a rate with its unit, and a
// history as bars. Text only; callers print it.
#ifndef CORE_HOST_FIGURE_H
#define CORE_HOST_FIGURE_H

#include "core/base.h"

#define FIGURE_RATE_BYTES 24
#define FIGURE_HEIGHTS    8 // of a bar

// A rate with a unit, cut and not rounded: "9999", "10.0 k", "1.25 M", "12.34 G".
char *figure_rate(uint64_t rate, char text[FIGURE_RATE_BYTES]);

// The height of a value's bar, from 0 to FIGURE_HEIGHTS - 1, which is that of `most`.
unsigned figure_height(uint32_t value, uint32_t most) PURE;

// A history as bars, of which the highest is the largest value, in UTF-8: up to
// FIGURE_BARS_BYTES(len) with the final zero.
#define FIGURE_BARS_BYTES(len) (3 * (len) + 1)
char *figure_bars(const uint32_t *values, size_t len, char *text);

#endif

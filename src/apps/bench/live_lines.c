// live_lines: see the header.
#include "apps/bench/live_lines.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PERIOD_US (SEC_US / 2)

bool live_lines_are_due(struct live_lines *lines, mono_t now)
{
	if (!lines->begun) {
		lines->begun = true;
		lines->on = isatty(STDERR_FILENO);
		lines->last = now;
	}
	return lines->on && mono_until(lines->last, now) >= PERIOD_US;
}

void live_lines_remove(struct live_lines *lines)
{
	while (lines->len) {
		fputs("\033[A\033[2K", stderr);
		lines->len--;
	}
}

void live_lines_add_rate(struct live_lines *lines, uint64_t rate)
{
	if (lines->rates_len == LIVE_HISTORY) {
		memmove(lines->rates, lines->rates + 1,
		        sizeof(lines->rates) - sizeof(*lines->rates));
		lines->rates_len--;
	}
	lines->rates[lines->rates_len++] = (uint32_t)(rate < UINT32_MAX ? rate : UINT32_MAX);
}

// of_report: the result of a measurement over OpenFlow, for people and for programs.
#ifndef APPS_BENCH_OF_REPORT_H
#define APPS_BENCH_OF_REPORT_H

#include "apps/bench/of_load.h"

#include <stdio.h>

struct of_report {
	const struct of_load *load;
	const struct of_tally *tally; // of the time that counts
	const uint64_t *answered;     // packet-ins of each switch
	uint64_t duration_us;
	uint32_t idle_ppm; // of wadi-bench's own time
	const char *device;
};

// As text, or as one JSON object on one line.
void of_report_print(const struct of_report *report, FILE *out);

#endif

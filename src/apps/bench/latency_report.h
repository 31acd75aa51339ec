// latency_report: the latencies of a run, for people and for programs.
#ifndef APPS_BENCH_LATENCY_REPORT_H
#define APPS_BENCH_LATENCY_REPORT_H

#include "core/host/json.h"
#include "proto/bench/hist.h"

#include <stdio.h>

// Least, mean, percentiles and greatest, in us; nothing when there are none.
void latency_report_print(const struct hist *hist, FILE *out);

// The same as an object, which is the caller's; empty when there are none.
json_t *latency_report_json(const struct hist *hist) MUST_CHECK;

#endif

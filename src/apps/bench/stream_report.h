// stream_report: the result of a run over TCP, for people and for programs.
#ifndef APPS_BENCH_STREAM_REPORT_H
#define APPS_BENCH_STREAM_REPORT_H

#include "apps/bench/stream_worker.h"

#include <stdio.h>

// As text, or as one JSON object on one line.
void stream_report_print(const struct stream *stream, const struct stream_counts *total,
                         uint64_t duration_us, const char *device, FILE *out);

#endif

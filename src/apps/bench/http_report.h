// http_report: the result of a measurement over HTTP, for people and for programs.
#ifndef APPS_BENCH_HTTP_REPORT_H
#define APPS_BENCH_HTTP_REPORT_H

#include "apps/bench/http_worker.h"

#include <stdio.h>

// As text, or as one JSON object on one line.
void http_report_print(const struct http_load *load, const struct http_counts *total,
                       uint64_t duration_us, const char *device, FILE *out);

#endif

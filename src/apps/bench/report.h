// report: the result of a run, for people and for programs.
#ifndef APPS_BENCH_REPORT_H
#define APPS_BENCH_REPORT_H

#include "apps/bench/ask_run.h"

#include <stdio.h>

// As text, or as one JSON object on one line.
void report_print(const struct ask_run *run, const char *device, FILE *out);

// Prints the result to standard output, or the reason for which there is none to standard error.
// Returns the exit status.
int report_end(const struct ask_run *run, const char *device);

#endif

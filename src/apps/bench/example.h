// example: an answer that was not as it should be, in words.
#ifndef APPS_BENCH_EXAMPLE_H
#define APPS_BENCH_EXAMPLE_H

#include "apps/bench/ask_run.h"

#define EXAMPLE_TEXT_BYTES 2500 // two names, and what is said of them

// The first one of the workers' last trial, such as "www.example.org. A was answered NOERROR with 1
// record; wanted was NXDOMAIN". "" when there was none. Returns text.
char *example_text(const struct ask_run *run, char text[EXAMPLE_TEXT_BYTES]);

#endif

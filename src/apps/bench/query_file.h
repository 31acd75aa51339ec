// query_file: reads a file of queries into a set.
#ifndef APPS_BENCH_QUERY_FILE_H
#define APPS_BENCH_QUERY_FILE_H

#include "proto/bench/query.h"

// 0, or negative errno with a sentence in why; the set may then hold some of them. "-" is
// standard input.
int query_file_read(struct query_set *set, const struct query_form *form, const char *path,
                    struct why *why) MUST_CHECK;

#endif

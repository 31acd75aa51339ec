// query_text: a list of queries as dnsperf reads it: a line "NAME TYPE", here with what is wanted
// of the answer behind it, as far as it is: "NAME TYPE RCODE ANSWERS ADDRESS", the response code,
// the number of records in the answer section, and the address of an A or AAAA record that must be
// among them; "*" is any code, or any number. Names without a final dot have one. Empty lines are
// skipped, and those that begin with ";" or "#".
#ifndef BENCH_QUERY_TEXT_H
#define BENCH_QUERY_TEXT_H

#include "proto/bench/query.h"

// Adds the queries of the text to the set; `form` says what all of them have in common, but for
// name, type and what is wanted. 0, or negative errno with a sentence that begins with the line's
// number in why; queries before it may have been added.
int query_text_add(struct query_set *set, const struct query_form *form, const char *text,
                   size_t len, struct why *why) MUST_CHECK;

#endif

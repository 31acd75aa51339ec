// trace_report: decodes a trace for people: of the running process, or of the file that a
// crashed one left (trace_map.h).
#ifndef CORE_HOST_TRACE_REPORT_H
#define CORE_HOST_TRACE_REPORT_H

#include "core/host/json.h"
#include "core/trace_file.h"

#define TRACE_REPORT_LINES 40 // default
#define TRACE_REPORT_USAGE "trace takes how many records to show, such as 100"

// Adds "program", "pid" and "records" to the reply: rows of up to `lines` of the newest
// records, oldest first, with time (UTC), thread, event and arguments. The trace is a
// checked one and may be written meanwhile. 0, or -ENOMEM with a sentence in why.
int trace_report(const struct trace_file *file, uint64_t lines, json_t *reply,
                 struct why *why) MUST_CHECK;

// What one writer's ring has of a connection, or of the last of those with its number: "records",
// of which there may be none. As above otherwise.
int trace_report_conn(const struct trace_file *file, uint32_t ring, uint32_t conn, json_t *reply,
                      struct why *why) MUST_CHECK;

// As above, but for a file, which is checked first. 0, or negative errno with a
// sentence in why.
int trace_report_file(const char *path, uint64_t lines, json_t *reply, struct why *why) MUST_CHECK;

// Parses the number of lines; word NULL: the default. False if it is not a number.
bool trace_report_lines(const char *word, uint64_t *lines) MUST_CHECK;

#endif

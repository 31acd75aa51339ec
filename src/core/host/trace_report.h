// trace_report: a trace decoded for people: of the running process, or of the file that a
// dead one left (trace_map.h).
#ifndef CORE_HOST_TRACE_REPORT_H
#define CORE_HOST_TRACE_REPORT_H

#include "core/host/json.h"
#include "core/trace_file.h"

#define TRACE_REPORT_LINES 40 // where nothing else is asked for
#define TRACE_REPORT_USAGE "trace takes how many records to show, such as 100"

// Adds "program", "pid" and, as rows under "records", up to `lines` of the newest records
// to the reply, oldest first, with time (UTC), thread, event and arguments. The trace is
// checked, and may be written meanwhile. 0, or -ENOMEM with a sentence in why.
int trace_report(const struct trace_file *file, uint64_t lines, json_t *reply,
                 struct why *why) MUST_CHECK;

// The same of a file: whatever lies at path is checked first. 0, or negative errno with a
// sentence in why.
int trace_report_file(const char *path, uint64_t lines, json_t *reply, struct why *why) MUST_CHECK;

// The word that says how many lines are wanted, NULL for none; false when it is no number.
bool trace_report_lines(const char *word, uint64_t *lines) MUST_CHECK;

#endif

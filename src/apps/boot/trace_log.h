// trace_log: at log level debug, the workers' rarer events (neighbours, links, listeners) as
// lines of the log: workers write no log, so the control thread reads their traces. All
// events, in order of time, are core/host/trace_report.h's.
#ifndef BOOT_TRACE_LOG_H
#define BOOT_TRACE_LOG_H

#include "core/host/control_loop.h"
#include "core/trace_file.h"

#define TRACE_LOG_LINES 64 // of one worker and look; more are only counted

struct trace_log {
	struct trace_file *file;
	uint32_t rings_len;             // those of workers come first
	uint64_t seen[TRACE_RINGS_MAX]; // records of each ring
	struct control_loop *loop;
	struct wheel_timer timer;
};

// Looks every half second while the loop runs; at other levels only to know what is new
// when the level changes. file NULL: there is nothing to look at.
void trace_log_watch(struct trace_log *log, struct trace_file *file, uint32_t rings_len,
                     struct control_loop *loop, mono_t now);

// Also when it was not watched.
void trace_log_unwatch(struct trace_log *log);

// One look; the timer's.
void trace_log_look(struct trace_log *log);

#endif

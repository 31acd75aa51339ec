// trace_map: maps the memory of a process's trace rings: a file, which outlives the
// process, if the configuration names one, else anonymous memory. What is recorded is
// core/trace.h; trace_report.h prints it.
#ifndef CORE_HOST_TRACE_MAP_H
#define CORE_HOST_TRACE_MAP_H

#include "core/host/conf.h"
#include "core/trace_file.h"

#include <limits.h>

struct trace_conf {
	const char *file; // "": none
	uint64_t records;
};

extern const struct conf_section trace_section;

struct trace_map {
	struct trace_file *file; // NULL: not open
	size_t size;
	int fd;       // -1: none
	bool crashed; // the process before left its trace, now at `kept`
	char path[PATH_MAX], kept[PATH_MAX];
};

// Creates rings_len rings; conf is borrowed for the call. An existing file was left by a
// process that did not exit normally: it is renamed to FILE.last. The file is locked while
// it is open. 0, or negative errno with a sentence in why; -EADDRINUSE when a running
// process has the file. Needs no trace_map_close when it fails.
int trace_map_open(struct trace_map *map, const struct trace_conf *conf, const char *program,
                   uint32_t rings_len, struct why *why) MUST_CHECK;

// As trace_map_open, while another process has the file: this one's is FILE.next until
// trace_map_settle gives it the name.
int trace_map_open_beside(struct trace_map *map, const struct trace_conf *conf, const char *program,
                          uint32_t rings_len, struct why *why) MUST_CHECK;
int trace_map_settle(struct trace_map *map, const struct trace_conf *conf,
                     struct why *why) MUST_CHECK;

// Removes the file, unless another process's has taken its name: the process exits normally. No
// thread may record any more. Zeroed memory is allowed.
void trace_map_close(struct trace_map *map);

// Has the trace write to a ring of the map, from now on called name.
void trace_map_attach(struct trace_map *map, uint32_t index, const char *name, struct trace *trace,
                      mono_t now);

#endif

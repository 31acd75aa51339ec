// trace_map: a process's trace rings in memory: a mapped file that outlives the process,
// where the configuration names one, else memory of the process alone. What is recorded
// is core/trace.h; how it is read trace_report.h.
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
	bool crashed; // a run before this one left its trace at kept
	char path[PATH_MAX], kept[PATH_MAX];
};

// Makes rings_len rings; conf is borrowed for the call. A file that is there was left by
// a run that did not end in order: it is kept as FILE.last. The file is locked as long as
// it is open. 0, or negative errno with a sentence in why; -EADDRINUSE when a running
// process has the file. Needs no trace_map_close when it fails.
int trace_map_open(struct trace_map *map, const struct trace_conf *conf, const char *program,
                   uint32_t rings_len, struct why *why) MUST_CHECK;

// Removes the file: the process ends in order. No thread records any more. Harmless on
// zeroed memory.
void trace_map_close(struct trace_map *map);

// Has the trace write to a ring of the map, from now on called name.
void trace_map_attach(struct trace_map *map, uint32_t index, const char *name, struct trace *trace,
                      mono_t now);

#endif

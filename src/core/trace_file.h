// trace_file: the layout of a process's trace rings in memory, one for each recording
// thread (core/trace.h), after a header. The memory may be a mapped file, which stays
// readable when the process dies. Byte order is the machine's: it is read on the machine
// that wrote it.
#ifndef CORE_TRACE_FILE_H
#define CORE_TRACE_FILE_H

#include "core/trace.h"
#include "core/why.h"

#define TRACE_RINGS_MAX     129 // two of each worker, and the control thread's
#define TRACE_PROGRAM_BYTES 32

struct trace_file {
	CACHE_ALIGNED char magic[8];
	uint32_t byte_order;
	uint32_t list_digest; // of the events
	uint32_t rings_len;
	uint32_t records; // in each ring, a power of two
	uint64_t pid;
	uint64_t unix_us, mono_us; // one instant by both clocks
	char program[TRACE_PROGRAM_BYTES];
	CACHE_ALIGNED uint8_t rings[];
};
_Static_assert(sizeof(struct trace_file) == 2 * CACHE_LINE_BYTES, "no padding inside a file");

// The process, for the header.
struct trace_process {
	const char *program; // cut to TRACE_PROGRAM_BYTES
	uint64_t pid;
	uint64_t unix_us;
	mono_t mono;
};

// The size of a file with rings_len rings of `records` records each.
size_t trace_file_size(uint32_t rings_len, uint32_t records) PURE;

// Initialises zeroed memory of trace_file_size bytes, aligned to a cache line, as a trace
// without records. The rings have no names yet.
void trace_file_init(struct trace_file *file, uint32_t rings_len, uint32_t records,
                     const struct trace_process *process);

static inline struct trace_ring *trace_file_ring(struct trace_file *file, uint32_t index)
{
	size_t size = sizeof(struct trace_ring) + file->records * sizeof(uint64_t);

	return (struct trace_ring *)(void *)(file->rings + index * size);
}

// Checks bytes from any source, aligned to a cache line: 0 when the header is valid and
// all rings lie inside, else -EINVAL with a sentence in why.
int trace_file_check(const void *bytes, size_t len, struct why *why) MUST_CHECK;

// A record with the thread that wrote it and its instant.
struct trace_line {
	uint32_t ring;
	uint64_t us; // monotonic; 0: not known, its TRACE_TIME was overwritten
	uint64_t record;
};

// Iterates over the records of all rings in order of time. Records that are written after
// trace_file_walk_init are not seen.
struct trace_walk {
	uint32_t rings_len;
	struct {
		const uint64_t *record, *end; // not yet returned
		uint64_t us;
	} ring[TRACE_RINGS_MAX];
};

// Copies the records of a checked file to `copy`, an array of rings_len * records, which
// the walk borrows. From any thread, while workers write. Returns the number of lines.
uint64_t trace_file_walk_init(struct trace_walk *walk, const struct trace_file *file,
                              uint64_t *copy);

// The next line; false at the end.
bool trace_file_walk_next(struct trace_walk *walk, struct trace_line *line);

#endif

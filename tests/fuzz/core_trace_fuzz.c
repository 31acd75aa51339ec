// The first byte chooses: the rest is a file as it is, or the rings of a sound one (heads
// and records). Whatever passes the check is walked, and each record becomes a line.
#include "core/trace_file.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define RECORDS 16

static void walk_all(const struct trace_file *file)
{
	uint64_t *copy = calloc((size_t)file->rings_len * file->records + 1, sizeof(*copy)), lines;
	static struct trace_walk walk;
	struct trace_line line;

	lines = trace_file_walk_init(&walk, file, copy);
	for (; trace_file_walk_next(&walk, &line); lines--) {
		char text[TRACE_TEXT_BYTES];

		trace_text(line.record, text);
		if (line.ring >= file->rings_len || strnlen(text, sizeof(text)) == sizeof(text) ||
		    *trace_event_name(trace_event_of(line.record)) == '\0')
			abort();
	}
	if (lines != 0)
		abort();
	free(copy);
}

static struct trace_file *aligned_copy(const uint8_t *data, size_t size)
{
	void *bytes = aligned_alloc(CACHE_LINE_BYTES, ROUND_UP(size + 1, CACHE_LINE_BYTES));

	memcpy(bytes, data, size);
	return bytes;
}

static void try_file(const uint8_t *data, size_t size)
{
	struct trace_file *file = aligned_copy(data, size);
	struct why why = {""};

	// The digest changes with the list; it is not what is to be found here.
	if (size >= sizeof(*file))
		file->list_digest = trace_list_digest();
	if (trace_file_check(file, size, &why) == 0)
		walk_all(file);
	else if (!*why.text)
		abort();
	free(file);
}

static void try_rings(const uint8_t *data, size_t size)
{
	size_t ring = trace_file_size(1, RECORDS) - trace_file_size(0, RECORDS);
	uint32_t rings = (uint32_t)size_min(size / ring, TRACE_RINGS_MAX);
	struct trace_file *file = aligned_alloc(CACHE_LINE_BYTES, trace_file_size(rings, RECORDS));
	const struct trace_process process = {"fuzz", 1, 2, {3}};

	memset(file, 0, sizeof(*file));
	trace_file_init(file, rings, RECORDS, &process);
	memcpy(file->rings, data, rings * ring);
	walk_all(file);
	free(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size && *data == 0)
		try_file(data + 1, size - 1);
	else if (size)
		try_rings(data + 1, size - 1);
	return 0;
}

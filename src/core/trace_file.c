// trace_file: see the header.
#include "core/trace_file.h"

#include <errno.h>
#include <string.h>

static const char magic[8] = "wadi\x1atr1";
#define BYTE_ORDER_MARK UINT32_C(0x01020304)

size_t trace_file_size(uint32_t rings_len, uint32_t records)
{
	return sizeof(struct trace_file) +
	       (sizeof(struct trace_ring) + records * sizeof(uint64_t)) * rings_len;
}

void trace_file_init(struct trace_file *file, uint32_t rings_len, uint32_t records,
                     const struct trace_process *process)
{
	size_t len = strnlen(process->program, TRACE_PROGRAM_BYTES - 1);

	assert(rings_len <= TRACE_RINGS_MAX);
	memcpy(file->magic, magic, sizeof(magic));
	file->byte_order = BYTE_ORDER_MARK;
	file->list_digest = trace_list_digest();
	file->rings_len = rings_len;
	file->records = records;
	file->pid = process->pid;
	file->unix_us = process->unix_us;
	file->mono_us = process->mono.us;
	memcpy(file->program, process->program, len);
}

static bool is_text(const char *text, size_t size)
{
	size_t len = strnlen(text, size);

	for (size_t i = 0; i < len; i++)
		if (text[i] < ' ' || text[i] > '~')
			return false;
	return len < size;
}

int trace_file_check(const void *bytes, size_t len, struct why *why)
{
	const struct trace_file *file = bytes;

	if (len < sizeof(*file) || memcmp(file->magic, magic, sizeof(magic)) != 0 ||
	    file->byte_order != BYTE_ORDER_MARK)
		return why_fail(why, -EINVAL, "this is no trace of this kind of machine");
	if (file->list_digest != trace_list_digest())
		return why_fail(why, -EINVAL,
		                "this trace was written by another version: use its wadi-ctl");
	if (file->rings_len > TRACE_RINGS_MAX || file->records < TRACE_RECORDS_MIN ||
	    file->records > TRACE_RECORDS_MAX || (file->records & (file->records - 1)) ||
	    len != trace_file_size(file->rings_len, file->records) ||
	    !is_text(file->program, sizeof(file->program)))
		return why_fail(why, -EINVAL, "this trace is damaged or cut off");
	for (uint32_t i = 0; i < file->rings_len; i++)
		if (!is_text(trace_file_ring((struct trace_file *)(uintptr_t)file, i)->name,
		             TRACE_NAME_BYTES))
			return why_fail(why, -EINVAL, "this trace is damaged: ring %u", i);
	return 0;
}

// Passes instants, so that the next record is one with a line of its own.
static void skip_times(struct trace_walk *walk, uint32_t i)
{
	for (; walk->ring[i].record < walk->ring[i].end; walk->ring[i].record++) {
		if (trace_event_of(*walk->ring[i].record) != TRACE_TIME)
			return;
		walk->ring[i].us = trace_time_us(*walk->ring[i].record);
	}
}

uint64_t trace_file_walk_init(struct trace_walk *walk, const struct trace_file *file,
                              uint64_t *copy)
{
	uint64_t lines = 0;

	*walk = (struct trace_walk){.rings_len = file->rings_len};
	for (uint32_t i = 0; i < file->rings_len; i++, copy += file->records) {
		const struct trace_ring *ring =
		        trace_file_ring((struct trace_file *)(uintptr_t)file, i);
		uint32_t len = trace_ring_read(ring, file->records, copy);

		for (uint32_t k = 0; k < len; k++)
			lines += trace_event_of(copy[k]) != TRACE_TIME;
		walk->ring[i].record = copy;
		walk->ring[i].end = copy + len;
		skip_times(walk, i);
	}
	return lines;
}

bool trace_file_walk_next(struct trace_walk *walk, struct trace_line *line)
{
	uint32_t first = walk->rings_len;

	for (uint32_t i = 0; i < walk->rings_len; i++)
		if (walk->ring[i].record < walk->ring[i].end &&
		    (first == walk->rings_len || walk->ring[i].us < walk->ring[first].us))
			first = i;
	if (first == walk->rings_len)
		return false;
	*line = (struct trace_line){first, walk->ring[first].us, *walk->ring[first].record++};
	skip_times(walk, first);
	return true;
}

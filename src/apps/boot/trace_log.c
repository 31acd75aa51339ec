// trace_log: see the header.
#include "apps/boot/trace_log.h"

#include "core/host/log.h"

#define LOOK_US (500 * MS_US)

static bool is_logged(uint64_t record)
{
	switch (trace_event_of(record)) {
	case TRACE_START:
	case TRACE_LINK:
	case TRACE_LISTEN:
	case TRACE_NEIGH:
		return true;
	default:
		return false;
	}
}

static void log_ring(struct trace_log *log, uint32_t index)
{
	const struct trace_ring *ring = trace_file_ring(log->file, index);
	uint64_t head = atomic_load_explicit(&ring->head, memory_order_acquire);
	uint64_t at = log->seen[index], lines = 0;

	log->seen[index] = head;
	if (log_get_level() != LOG_DEBUG)
		return;
	// The oldest may be written over while they are read.
	if (head - at > log->file->records / 2)
		at = head - log->file->records / 2;
	for (; at < head; at++) {
		uint64_t record = atomic_load_explicit(&ring->record[at & (log->file->records - 1)],
		                                       memory_order_acquire);
		char text[TRACE_TEXT_BYTES];

		if (!is_logged(record) || lines++ >= TRACE_LOG_LINES)
			continue;
		trace_text(record, text);
		log_each(LOG_DEBUG, "%s: %s %s", ring->name,
		         trace_event_name(trace_event_of(record)), text);
	}
	if (lines > TRACE_LOG_LINES)
		log_each(LOG_DEBUG, "%s: %ju further events are in the trace", ring->name,
		         (uintmax_t)(lines - TRACE_LOG_LINES));
}

void trace_log_look(struct trace_log *log)
{
	for (uint32_t i = 0; log->file && i < log->rings_len; i++)
		log_ring(log, i);
}

static void on_look(struct wheel_timer *timer, mono_t now)
{
	struct trace_log *log = CONTAINER_OF(timer, struct trace_log, timer);

	trace_log_look(log);
	wheel_add(&log->loop->wheel, timer, mono_add(now, LOOK_US));
}

void trace_log_watch(struct trace_log *log, struct trace_file *file, uint32_t rings_len,
                     struct control_loop *loop, mono_t now)
{
	*log = (struct trace_log){.file = file, .rings_len = rings_len, .loop = loop};
	wheel_timer_init(&log->timer, on_look);
	wheel_add(&loop->wheel, &log->timer, mono_add(now, LOOK_US));
}

void trace_log_unwatch(struct trace_log *log)
{
	if (log->loop)
		wheel_del(&log->loop->wheel, &log->timer);
	log->loop = NULL;
}

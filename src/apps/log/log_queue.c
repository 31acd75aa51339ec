// log_queue: see the header.
#include "apps/log/log_queue.h"

#include "core/line.h"

#include <stdlib.h>

#define LOG_QUEUE_MIN 16

int log_queue_open(struct log_queue *queue, uint64_t len, size_t entry_bytes, uint64_t sample)
{
	uint32_t entries = LOG_QUEUE_MIN;

	while (entries < len)
		entries *= 2;
	*queue = (struct log_queue){.sample = sample};
	queue->entries = line_alloc(entries, entry_bytes);
	if (!queue->entries || ring_init(&queue->full, entries) ||
	    ring_init(&queue->spare, entries)) {
		log_queue_close(queue);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < entries; i++) {
		void *entry = (uint8_t *)queue->entries + i * entry_bytes;

		(void)ring_enqueue(&queue->spare, &entry, 1);
	}
	return 0;
}

void log_queue_close(struct log_queue *queue)
{
	ring_fini(&queue->full);
	ring_fini(&queue->spare);
	free(queue->entries);
	queue->entries = NULL;
}

void *log_queue_get(struct log_queue *queue)
{
	void *entry;

	if (ring_dequeue(&queue->spare, &entry, 1) == 1)
		return entry;
	counter_add(&queue->metric.lost, 1);
	return NULL;
}

void log_queue_put(struct log_queue *queue, void *entry)
{
	counter_add(&queue->metric.taken, 1);
	// The ring has room for all entries.
	(void)ring_enqueue(&queue->full, &entry, 1);
}

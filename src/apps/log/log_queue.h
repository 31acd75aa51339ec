// log_queue: entries between a worker, which copies into them what is to be logged, and the thread
// that writes them (log_writer.h). Neither waits for the other: what finds no free entry is counted
// as lost. What an entry is, the service says.
#ifndef APPS_LOG_LOG_QUEUE_H
#define APPS_LOG_LOG_QUEUE_H

#include "core/metric.h"
#include "core/ring.h"

// Counters of a worker, which takes and loses entries, or of the thread, which writes and loses
// them.
struct log_metric {
	counter_t taken, written, lost;
};

struct log_queue {
	CACHE_ALIGNED uint64_t until; // what is to be skipped before the next entry
	uint64_t sample;              // every n-th
	struct log_metric metric;
	struct ring full, spare; // entries on the way to the thread, and free ones
	void *entries;
};

// Allocates `len` entries, rounded up to a power of two of at least 16. Every sample-th is to be
// logged. 0 or -ENOMEM, then without anything to close. A queue of zeros can be closed.
int log_queue_open(struct log_queue *queue, uint64_t len, size_t entry_bytes,
                   uint64_t sample) MUST_CHECK;
void log_queue_close(struct log_queue *queue);

// Worker: a free entry; NULL, counted as lost, when there is none.
void *log_queue_get(struct log_queue *queue);
// Worker: the entry has been filled in, and is the thread's.
void log_queue_put(struct log_queue *queue, void *entry);

#endif

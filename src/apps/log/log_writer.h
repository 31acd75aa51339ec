// log_writer: the thread that writes what workers put into their queues (log_queue.h) to a file or
// to the socket of a collector. How an entry is written is the service's. While the output is
// closed, entries stay in the queues, and what does not fit is counted as lost there.
#ifndef APPS_LOG_LOG_WRITER_H
#define APPS_LOG_LOG_WRITER_H

#include "apps/log/log_out.h"
#include "apps/log/log_queue.h"
#include "core/mono.h"
#include "core/why.h"

#include <pthread.h>
#include <time.h>

#define LOG_WRITER_QUEUES METRIC_STRUCTS_MAX

// An instant by both clocks.
struct log_clock {
	struct timespec real;
	mono_t mono;
};

// When that was, by the real one.
struct timespec log_writer_time(const struct log_clock *clock, mono_t at);

struct log_writer_form {
	const char *thread; // its name, of up to 15 bytes
	const char *name;   // in sentences: "the query log"
	// Writes an entry. 0 or negative errno, after which the output is closed.
	int (*write)(void *ctx, struct log_out *out, const void *entry,
	             const struct log_clock *clock);
	// Begin and end a stream on an output that was opened; `greet`: it is a socket. NULL:
	// entries are lines, which a file gets appended; a file of a stream that is not empty is
	// renamed, with .1 added to its name, and one that failed is not opened again until
	// log_writer_reopen, which would rename it once a second. What `end` writes is flushed.
	int (*begin)(void *ctx, struct log_out *out, bool greet);
	void (*end)(void *ctx);
};

// What it is opened with; borrowed until log_writer_close.
struct log_writer_conf {
	const struct log_writer_form *form;
	void *ctx;
	const char *path;
	bool socket;                   // the path is that of a Unix socket
	const struct metric_row *rows; // of a struct log_metric
};

struct log_writer {
	struct log_writer_conf conf;
	struct log_queue *queue[LOG_WRITER_QUEUES]; // borrowed
	unsigned queues_len;
	struct log_metric metric; // counted by the thread
	_Atomic bool started, stop, reopen;
	pthread_t thread;
	bool running;

	// The thread's, once it has started.
	struct log_out out;
	bool begun;        // the stream
	uint64_t buffered; // entries in the output that may not have been flushed
	mono_t retry;      // when to open the output again, while it is closed
	// The log has reported that the output is broken, and nothing was written since. The
	// control thread reads it.
	_Atomic bool complained;
};

// Makes the thread, which waits for log_writer_start. 0, or negative errno with a sentence in why;
// then nothing is to be closed. A writer of zeros can be closed.
int log_writer_open(struct log_writer *writer, const struct log_writer_conf *conf,
                    struct why *why) MUST_CHECK;
// Before the start: a queue whose entries are to be written.
void log_writer_add(struct log_writer *writer, struct log_queue *queue);
// Opens the output, and writes from now on; once. A file that cannot be opened is an error; a
// collector may start later. 0, or negative errno with a sentence in why that begins with `key`.
int log_writer_start(struct log_writer *writer, const char *key, struct why *why) MUST_CHECK;
// Writes what is left, and ends the thread. No worker may use a queue any more.
void log_writer_close(struct log_writer *writer);

// Has the thread open the file again: one that was renamed is replaced by a new one.
void log_writer_reopen(struct log_writer *writer);
// The path that cannot be written to at the moment; NULL when all is well.
const char *log_writer_broken(const struct log_writer *writer);
// The counters of workers and thread, borrowed.
void log_writer_metrics(const struct log_writer *writer, struct metric_source *source);

#endif

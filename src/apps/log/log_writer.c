// log_writer: see the header.
#include "apps/log/log_writer.h"

#include "core/host/clock.h"
#include "core/host/log.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define BATCH      32
#define RETRY_US   SEC_US
#define NAP_MIN_US UINT64_C(1000)
#define NAP_MAX_US UINT64_C(32000)

struct timespec log_writer_time(const struct log_clock *clock, mono_t at)
{
	int64_t ns = (int64_t)clock->real.tv_sec * 1000000000 + clock->real.tv_nsec +
	             ((int64_t)at.us - (int64_t)clock->mono.us) * 1000;

	return (struct timespec){ns / 1000000000, ns % 1000000000};
}

static bool is_stream(const struct log_writer *writer)
{
	return writer->conf.form->begin != NULL;
}

// A file holds one stream, so an existing one is renamed.
static int move_aside(const char *path)
{
	char aside[PATH_MAX + 2];
	struct stat status;

	if (stat(path, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size == 0)
		return 0;
	snprintf(aside, sizeof(aside), "%s.1", path);
	return rename(path, aside) == 0 ? 0 : -errno;
}

static void output_close(struct log_writer *writer)
{
	if (writer->begun)
		writer->conf.form->end(writer->conf.ctx);
	writer->begun = false;
	counter_add(log_out_flush(&writer->out) == 0 ? &writer->metric.written
	                                             : &writer->metric.lost,
	            writer->buffered);
	writer->buffered = 0;
	log_out_close(&writer->out);
}

static int output_open(struct log_writer *writer)
{
	const struct log_writer_conf *conf = &writer->conf;
	int err = 0;

	if (is_stream(writer) && !conf->socket)
		err = move_aside(conf->path);
	if (!err)
		err = conf->socket ? log_out_open_socket(&writer->out, conf->path)
		                   : log_out_open_file(&writer->out, conf->path);
	if (!err && is_stream(writer)) {
		err = conf->form->begin(conf->ctx, &writer->out, conf->socket);
		writer->begun = !err;
	} else if (!err) {
		log_out_end_line(&writer->out, conf->path);
	}
	if (err)
		output_close(writer);
	return err;
}

// The output cannot be opened or written to.
static void output_fail(struct log_writer *writer, int err)
{
	bool again = writer->conf.socket || !is_stream(writer);

	counter_add(&writer->metric.lost, writer->buffered);
	writer->buffered = 0;
	output_close(writer);
	writer->retry = again ? mono_add(clock_kernel(), RETRY_US) : MONO_NEVER;
	if (!writer->complained)
		log_warning("%s cannot be written to %s: %s; %s", writer->conf.form->name,
		            writer->conf.path, strerror(-err),
		            again ? "retrying every second" : "logging stops until a reload");
	writer->complained = true;
}

static void output_try(struct log_writer *writer)
{
	int err = output_open(writer);

	if (err)
		output_fail(writer, err);
	else
		log_each(LOG_DEBUG, "%s is opened at %s", writer->conf.form->name,
		         writer->conf.path);
}

static void output_reopen(struct log_writer *writer)
{
	if (writer->conf.socket ||
	    (is_stream(writer) && log_out_is_file(&writer->out, writer->conf.path)))
		return;
	output_close(writer);
	output_try(writer);
}

// Writes up to BATCH entries of a queue; returns how many.
static unsigned queue_drain(struct log_writer *writer, struct log_queue *queue)
{
	const struct log_writer_conf *conf = &writer->conf;
	struct log_clock clock = {.mono = clock_kernel()};
	void *items[BATCH] = {NULL};
	unsigned n = ring_dequeue(&queue->full, items, BATCH);
	int err = 0;

	clock_gettime(CLOCK_REALTIME, &clock.real);
	for (unsigned i = 0; i < n; i++) {
		if (!err)
			err = conf->form->write(conf->ctx, &writer->out, items[i], &clock);
		writer->buffered++;
	}
	(void)ring_enqueue(&queue->spare, items, n);
	if (err)
		output_fail(writer, err);
	return n;
}

// Only a write shows that a disk is no longer full: a file on it can be opened all the time.
static void on_written(struct log_writer *writer)
{
	counter_add(&writer->metric.written, writer->buffered);
	writer->buffered = 0;
	if (writer->complained)
		log_info("%s is written to %s again", writer->conf.form->name, writer->conf.path);
	writer->complained = false;
}

// Writes entries of all queues. False when there were none.
static bool writer_drain(struct log_writer *writer)
{
	unsigned n = 0;
	int err;

	for (unsigned i = 0; i < writer->queues_len && writer->out.fd >= 0; i++)
		n += queue_drain(writer, writer->queue[i]);
	if (writer->out.fd < 0 || n == 0)
		return n;
	err = log_out_flush(&writer->out);
	if (err)
		output_fail(writer, err);
	else
		on_written(writer);
	return true;
}

// One turn of the thread. False when there was nothing to do.
static bool writer_turn(struct log_writer *writer, bool stop)
{
	if (atomic_exchange(&writer->reopen, false))
		output_reopen(writer);
	if (writer->out.fd < 0 && !stop && mono_due(writer->retry, clock_kernel()))
		output_try(writer);
	return writer->out.fd >= 0 && writer_drain(writer);
}

static void *writer_run(void *arg)
{
	struct log_writer *writer = arg;
	uint64_t nap_us = NAP_MIN_US;
	bool stop, did;

	pthread_setname_np(pthread_self(), writer->conf.form->thread);
	do {
		stop = atomic_load(&writer->stop); // first, so that the last turn sees all entries
		did = atomic_load(&writer->started) && writer_turn(writer, stop);
		if (did || stop) {
			nap_us = NAP_MIN_US;
			continue;
		}
		nanosleep(&(struct timespec){.tv_nsec = (long)nap_us * 1000}, NULL);
		nap_us = u64_min(nap_us * 2, NAP_MAX_US);
	} while (did || !stop);
	output_close(writer);
	return NULL;
}

int log_writer_open(struct log_writer *writer, const struct log_writer_conf *conf, struct why *why)
{
	int err;

	writer->conf = *conf;
	log_out_init(&writer->out);
	err = -pthread_create(&writer->thread, NULL, writer_run, writer);
	writer->running = !err;
	return err ? why_fail(why, err, "the thread of %s cannot be started", conf->form->name) : 0;
}

void log_writer_add(struct log_writer *writer, struct log_queue *queue)
{
	assert(writer->queues_len < LOG_WRITER_QUEUES && !writer->started);
	writer->queue[writer->queues_len++] = queue;
}

int log_writer_start(struct log_writer *writer, const char *key, struct why *why)
{
	int err = output_open(writer);

	if (err && !writer->conf.socket)
		return why_fail(why, err, "%s: %s cannot be written to: %s", key, writer->conf.path,
		                strerror(-err));
	if (err)
		output_fail(writer, err);
	atomic_store(&writer->started, true);
	return 0;
}

void log_writer_close(struct log_writer *writer)
{
	if (!writer->running)
		return;
	atomic_store(&writer->stop, true);
	pthread_join(writer->thread, NULL);
	writer->running = false;
}

void log_writer_reopen(struct log_writer *writer)
{
	atomic_store(&writer->reopen, true);
}

const char *log_writer_broken(const struct log_writer *writer)
{
	return writer->complained ? writer->conf.path : NULL;
}

void log_writer_metrics(const struct log_writer *writer, struct metric_source *source)
{
	*source = (struct metric_source){.rows = writer->conf.rows, .len = writer->queues_len + 1};
	for (unsigned i = 0; i < writer->queues_len; i++)
		source->of[i] = &writer->queue[i]->metric;
	source->of[writer->queues_len] = &writer->metric;
}

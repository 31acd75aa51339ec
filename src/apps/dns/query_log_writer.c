// query_log_writer: see the header. While the output is closed, entries stay in the rings of the
// workers, which count the queries that do not fit as lost.
#include "apps/dns/query_log_writer.h"

#include "apps/dns/dnstap.h"
#include "apps/dns/query_text.h"
#include "apps/log/log_out.h"
#include "core/host/feature.h"

#include "core/host/clock.h"
#include "core/host/log.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define BATCH      32
#define RETRY_US   SEC_US
#define NAP_MIN_US UINT64_C(1000)
#define NAP_MAX_US UINT64_C(32000)

static const char *const formats[] = {
        [QUERY_LOG_TEXT] = "text", [QUERY_LOG_DNSTAP] = "dnstap", NULL};

#define KEY(member) offsetof(struct query_log_conf, member)

static const struct conf_key keys[] = {
        {"format", CONF_ENUM, KEY(format), "text", .choices = formats,
         .help = "The format: a line of text for each query, or dnstap."},
        {"file", CONF_PATH, KEY(file), "", .max = PATH_MAX - 1,
         .help = "The log file. A reload opens it again, so that it can be rotated. Text is "
                 "appended to it. A dnstap file cannot be appended to: a file that is not empty is "
                 "renamed, with .1 added to its name."},
        {"socket", CONF_PATH, KEY(socket), "", .max = 107,
         .help = "The Unix socket of a dnstap collector, instead of file. The server reconnects "
                 "when the collector restarts."},
        {"sample", CONF_UNSIGNED, KEY(sample), "1", 1, UINT32_MAX,
         .help = "Logs every n-th query; 1 logs all."},
        {"responses", CONF_BOOL, KEY(responses), "true",
         .help = "Whether responses are logged, too."},
        {"queue", CONF_UNSIGNED, KEY(queue), "1024", 16, 1 << 20,
         .help = "Number of queries of each worker that can wait to be written, rounded up to a "
                 "power of two, 4 KiB each. Queries that do not fit are not logged; query_log_lost "
                 "of wadi-ctl stats counts them."},
        {0},
};
const struct conf_section query_log_writer_section = {sizeof(struct query_log_conf), keys};

struct query_log_writer {
	const struct query_log_conf *conf;
	const char *path;
	bool socket;
	struct query_log_worker *workers;
	unsigned workers_len;
	struct query_log_metric metric; // counted by the thread
	_Atomic bool started, stop, reopen;
	pthread_t thread;
	bool running;

	// Used by the thread only, once it has started.
	struct log_out out;
	struct dnstap *tap;
	uint64_t buffered; // queries in the output that may not have been flushed
	mono_t retry;      // when to open the output again, while it is closed
	// The log has reported that the output is broken; nothing was written since. The
	// control thread reads it.
	_Atomic bool complained;
};

static int query_log_writer_text(struct query_log_writer *log, const struct query_log_entry *entry,
                                 struct timespec time)
{
	char text[QUERY_TEXT_BYTES];

	return log_out_write(&log->out, text, query_text(entry, time, log->conf->responses, text));
}

#if FEATURE_DNSTAP
static int query_log_writer_dnstap(struct query_log_writer *log,
                                   const struct query_log_entry *entry, struct timespec time)
{
	return dnstap_write(log->tap, entry, time, log->conf->responses);
}
#endif

// The formats of this build. A format that is a stream has open and close.
static const struct {
	int (*write)(struct query_log_writer *log, const struct query_log_entry *entry,
	             struct timespec time);
	int (*open)(struct dnstap **tap, struct log_out *out, bool greet);
	void (*close)(struct dnstap *tap);
} writers[] = {
        [QUERY_LOG_TEXT] = {.write = query_log_writer_text},
#if FEATURE_DNSTAP
        [QUERY_LOG_DNSTAP] = {query_log_writer_dnstap, dnstap_open, dnstap_close},
#else
        [QUERY_LOG_DNSTAP] = {NULL},
#endif
};

static bool query_log_writer_is_stream(const struct query_log_writer *log)
{
	return writers[log->conf->format].open != NULL;
}

// A dnstap file holds one stream, so an existing file is renamed.
static int query_log_writer_move_aside(const char *path)
{
	char aside[PATH_MAX + 2];
	struct stat status;

	if (stat(path, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size == 0)
		return 0;
	snprintf(aside, sizeof(aside), "%s.1", path);
	return rename(path, aside) == 0 ? 0 : -errno;
}

static void query_log_writer_close_output(struct query_log_writer *log)
{
	if (query_log_writer_is_stream(log))
		writers[log->conf->format].close(log->tap);
	log->tap = NULL;
	counter_add(log_out_flush(&log->out) == 0 ? &log->metric.written : &log->metric.lost,
	            log->buffered);
	log->buffered = 0;
	log_out_close(&log->out);
}

static int query_log_writer_open_output(struct query_log_writer *log)
{
	int err = 0;

	if (query_log_writer_is_stream(log) && !log->socket)
		err = query_log_writer_move_aside(log->path);
	if (!err)
		err = log->socket ? log_out_open_socket(&log->out, log->path)
		                  : log_out_open_file(&log->out, log->path);
	if (!err && query_log_writer_is_stream(log))
		err = writers[log->conf->format].open(&log->tap, &log->out, log->socket);
	else if (!err)
		log_out_end_line(&log->out, log->path);
	if (err)
		query_log_writer_close_output(log);
	return err;
}

// Handles an output that cannot be opened or written to. A dnstap file is not opened again, since
// that would rename it once a second; a reload opens it.
static void query_log_writer_fail_output(struct query_log_writer *log, int err)
{
	bool again = log->socket || !query_log_writer_is_stream(log);

	counter_add(&log->metric.lost, log->buffered);
	log->buffered = 0;
	query_log_writer_close_output(log);
	log->retry = again ? mono_add(clock_kernel(), RETRY_US) : MONO_NEVER;
	if (!log->complained)
		log_warning("the query log cannot be written to %s: %s; %s", log->path,
		            strerror(-err),
		            again ? "retrying every second" : "logging stops until a reload");
	log->complained = true;
}

static void query_log_writer_try_output(struct query_log_writer *log)
{
	int err = query_log_writer_open_output(log);

	if (err)
		query_log_writer_fail_output(log, err);
	else
		log_each(LOG_DEBUG, "the query log is opened at %s", log->path);
}

static void query_log_writer_reopen_output(struct query_log_writer *log)
{
	if (log->socket ||
	    (query_log_writer_is_stream(log) && log_out_is_file(&log->out, log->path)))
		return;
	query_log_writer_close_output(log);
	query_log_writer_try_output(log);
}

// Converts an instant of the monotonic clock to real time.
static struct timespec query_log_writer_real_time(struct timespec now, mono_t mono_now, mono_t at)
{
	int64_t ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec +
	             ((int64_t)at.us - (int64_t)mono_now.us) * 1000;

	return (struct timespec){ns / 1000000000, ns % 1000000000};
}

// Writes up to BATCH queries of a worker. Returns their number.
static unsigned query_log_writer_drain(struct query_log_writer *log,
                                       struct query_log_worker *worker)
{
	void *items[BATCH] = {NULL};
	unsigned n = ring_dequeue(&worker->full, items, BATCH);
	mono_t mono_now = clock_kernel();
	struct timespec now;
	int err = 0;

	clock_gettime(CLOCK_REALTIME, &now);
	for (unsigned i = 0; i < n; i++) {
		const struct query_log_entry *entry = items[i];

		if (!err)
			err = writers[log->conf->format].write(
			        log, entry, query_log_writer_real_time(now, mono_now, entry->time));
		log->buffered++;
	}
	(void)ring_enqueue(&worker->spare, items, n);
	if (err)
		query_log_writer_fail_output(log, err);
	return n;
}

// Only a write shows that a disk is no longer full: a file on it can be opened all the time.
static void query_log_writer_wrote(struct query_log_writer *log)
{
	counter_add(&log->metric.written, log->buffered);
	log->buffered = 0;
	if (log->complained)
		log_info("the query log is written to %s again", log->path);
	log->complained = false;
}

// Writes queries of all workers. False when there were none.
static bool query_log_writer_drain_all(struct query_log_writer *log)
{
	unsigned n = 0;
	int err;

	for (unsigned i = 0; i < log->workers_len && log->out.fd >= 0; i++)
		n += query_log_writer_drain(log, &log->workers[i]);
	if (log->out.fd < 0 || n == 0)
		return n;
	err = log_out_flush(&log->out);
	if (err) {
		query_log_writer_fail_output(log, err);
		return true;
	}
	query_log_writer_wrote(log);
	return true;
}

// One turn of the thread. False when there was nothing to do.
static bool query_log_writer_turn(struct query_log_writer *log, bool stop)
{
	if (atomic_exchange(&log->reopen, false))
		query_log_writer_reopen_output(log);
	if (log->out.fd < 0 && !stop && mono_due(log->retry, clock_kernel()))
		query_log_writer_try_output(log);
	return log->out.fd >= 0 && query_log_writer_drain_all(log);
}

static void *query_log_writer_run(void *arg)
{
	struct query_log_writer *log = arg;
	uint64_t nap_us = NAP_MIN_US;
	bool stop, did;

	pthread_setname_np(pthread_self(), "query-log");
	do {
		stop = atomic_load(
		        &log->stop); // read first, so that the last turn sees all entries
		did = atomic_load(&log->started) && query_log_writer_turn(log, stop);
		if (did || stop) {
			nap_us = NAP_MIN_US;
			continue;
		}
		nanosleep(&(struct timespec){.tv_nsec = (long)nap_us * 1000}, NULL);
		nap_us = u64_min(nap_us * 2, NAP_MAX_US);
	} while (did || !stop);
	query_log_writer_close_output(log);
	return NULL;
}

static const char *query_log_writer_path(const struct query_log_conf *conf)
{
	if (*conf->file)
		return conf->file;
	return *conf->socket ? conf->socket : NULL;
}

int query_log_writer_check(const struct query_log_conf *conf, struct why *why)
{
	if (*conf->file && *conf->socket)
		why_set(why, "dns.query_log: give either file or socket, not both");
	else if (*conf->socket && conf->format != QUERY_LOG_DNSTAP)
		why_set(why, "dns.query_log.socket: a collector needs the format dnstap");
	else if (query_log_writer_path(conf) && !writers[conf->format].write)
		why_set(why,
		        "dns.query_log.format: this build has no dnstap: build with -Ddnstap=true");
	else
		return 0;
	return -EINVAL;
}

static int query_log_writer_open_workers(struct query_log_writer *log, unsigned len)
{
	uint32_t queue = 16;
	int err = 0;

	while (queue < log->conf->queue)
		queue *= 2;
	log->workers = aligned_alloc(CACHE_LINE_BYTES, len * sizeof(*log->workers));
	if (!log->workers)
		return -ENOMEM;
	for (; log->workers_len < len && !err; log->workers_len++)
		err = query_log_worker_open(&log->workers[log->workers_len], log->conf, queue);
	return err;
}

int query_log_writer_open(struct query_log_writer **log, const struct query_log_conf *conf,
                          unsigned workers_len, struct why *why)
{
	struct query_log_writer *new;
	int err = query_log_writer_check(conf, why);

	*log = NULL;
	if (err || !query_log_writer_path(conf))
		return err;
	why_no_memory(why, "the query log; set dns.query_log.queue lower, or fewer workers");
	new = calloc(1, sizeof(*new));
	if (!new)
		return -ENOMEM;
	new->conf = conf;
	new->path = query_log_writer_path(conf);
	new->socket = *conf->socket;
	log_out_init(&new->out);
	err = query_log_writer_open_workers(new, workers_len);
	if (!err) {
		why_set(why, "the thread of the query log cannot be started");
		err = -pthread_create(&new->thread, NULL, query_log_writer_run, new);
		new->running = !err;
	}
	if (err)
		query_log_writer_close(new);
	else
		*log = new;
	return err;
}

int query_log_writer_start(struct query_log_writer *log, struct why *why)
{
	int err;

	if (!log)
		return 0;
	err = query_log_writer_open_output(log);
	if (err && !log->socket) {
		why_set(why, "dns.query_log.file: %s cannot be written to: %s", log->path,
		        strerror(-err));
		return err;
	}
	if (err)
		query_log_writer_fail_output(log, err);
	atomic_store(&log->started, true);
	return 0;
}

void query_log_writer_close(struct query_log_writer *log)
{
	if (!log)
		return;
	if (log->running) {
		atomic_store(&log->stop, true);
		pthread_join(log->thread, NULL);
	}
	for (unsigned i = 0; i < log->workers_len; i++)
		query_log_worker_close(&log->workers[i]);
	free(log->workers);
	free(log);
}

struct query_log_worker *query_log_writer_worker(struct query_log_writer *log, unsigned number)
{
	return log ? &log->workers[number] : NULL;
}

void query_log_writer_reopen(struct query_log_writer *log)
{
	if (log)
		atomic_store(&log->reopen, true);
}

#define LOG(member, help)                                                                          \
	{                                                                                          \
		"query_log", NULL, NULL, "query_log_" #member, help, METRIC_COUNTER,               \
		        offsetof(struct query_log_metric, member)                                  \
	}

static const struct metric_row rows[] = {
        LOG(taken, "queries copied for the log"),
        LOG(written, "queries written"),
        LOG(lost, "queries not logged: the ring was full, or the output failed"),
        {0},
};

const char *query_log_writer_broken(const struct query_log_writer *log)
{
	return log && log->complained ? log->path : NULL;
}

bool query_log_writer_metrics(const struct query_log_writer *log, struct metric_source *source)
{
	if (!log)
		return false;
	*source = (struct metric_source){.rows = rows, .len = log->workers_len + 1};
	for (unsigned i = 0; i < log->workers_len; i++)
		source->of[i] = &log->workers[i].metric;
	source->of[log->workers_len] = &log->metric;
	return true;
}

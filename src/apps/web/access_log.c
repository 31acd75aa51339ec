// access_log: see the header.
#include "apps/web/access_log.h"

#include "apps/log/log_out.h"
#include "core/host/clock.h"
#include "core/host/log.h"

#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>

#define BATCH      32
#define LINE_BYTES (ACCESS_LOG_TEXT_BYTES + 160)
#define NAP_NS     (20 * 1000 * 1000)

#define KEY(member) offsetof(struct access_log_conf, member)

static const struct conf_key keys[] = {
        {"file", CONF_PATH, KEY(file), "", .max = PATH_MAX - 1,
         .help = "The log file, to which lines are appended: time, client, status, bytes of "
                 "content, "
                 "method, scheme and host, target. A reload opens it again, so that it can be "
                 "rotated. Without it there is no log."},
        {"sample", CONF_UNSIGNED, KEY(sample), "1", 1, UINT32_MAX,
         .help = "Logs every n-th request; 1 logs all."},
        {"queue", CONF_UNSIGNED, KEY(queue), "1024", 16, 1 << 20,
         .help = "Number of requests of each worker that can be in progress or wait to be written, "
                 "rounded up to a power of two, 512 bytes each. Others are not logged; access_log "
                 "of wadi-ctl stats counts them as lost."},
        {0},
};
const struct conf_section access_log_section = {sizeof(struct access_log_conf), keys};

struct access_log {
	const char *path;
	struct access_log_worker *workers;
	unsigned workers_len;
	struct access_log_metric metric; // counted by the thread
	pthread_t thread;
	_Atomic bool stop, reopen, broken;
	bool running;

	// The thread's.
	struct log_out out;
	uint64_t buffered;
};

static int worker_open(struct access_log_worker *worker, const struct access_log_conf *conf)
{
	uint32_t queue = 16;

	while (queue < conf->queue)
		queue *= 2;
	*worker = (struct access_log_worker){.sample = conf->sample};
	worker->entries = line_alloc(queue, sizeof(*worker->entries));
	if (!worker->entries || ring_init(&worker->full, queue) || ring_init(&worker->spare, queue))
		return -ENOMEM;
	for (uint32_t i = 0; i < queue; i++) {
		void *entry = &worker->entries[i];

		(void)ring_enqueue(&worker->spare, &entry, 1);
	}
	return 0;
}

int access_log_open(struct access_log **log, const struct access_log_conf *conf,
                    unsigned workers_len, struct why *why)
{
	struct access_log *new;
	int err = 0;

	*log = NULL;
	if (!*conf->file)
		return 0;
	new = calloc(1, sizeof(*new));
	if (new)
		new->workers = line_alloc(workers_len, sizeof(*new->workers));
	if (!new || !new->workers) {
		free(new);
		return why_no_memory(why, "the access log");
	}
	new->path = conf->file;
	new->workers_len = workers_len;
	log_out_init(&new->out);
	for (unsigned i = 0; i < workers_len && !err; i++)
		err = worker_open(&new->workers[i], conf);
	if (!err) {
		*log = new;
		return 0;
	}
	access_log_close(new);
	return why_no_memory(why, "the access log; set web.access_log.queue lower");
}

// The line of an entry; returns its length.
static size_t line_write(const struct access_log_entry *entry, char line[LINE_BYTES])
{
	time_t seconds = (time_t)(entry->unix_ms / 1000);
	const char *method = entry->text, *host = method + entry->method_len;
	const char *target = host + entry->host_len;
	char date[32], client[ADDR_TEXT_BYTES];
	struct tm tm;
	int len;

	gmtime_r(&seconds, &tm);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
	len = snprintf(line, LINE_BYTES, "%s.%03uZ %s %u %ju%s %.*s %s://%.*s %.*s%s\n", date,
	               (unsigned)(entry->unix_ms % 1000), addr_text(entry->client, client),
	               entry->status, (uintmax_t)entry->bytes, entry->whole ? "" : "!",
	               (int)entry->method_len, method, entry->tls ? "https" : "http",
	               (int)entry->host_len, host, (int)entry->target_len, target,
	               entry->cut ? "..." : "");
	return (size_t)len;
}

static void output_fail(struct access_log *log, int err)
{
	counter_add(&log->metric.lost, log->buffered);
	log->buffered = 0;
	if (!log->broken)
		log_warning("the access log cannot be written to %s: %s", log->path,
		            strerror(-err));
	log->broken = true;
}

static int output_open(struct access_log *log)
{
	int err = log_out_open_file(&log->out, log->path);

	if (!err)
		log_out_end_line(&log->out, log->path);
	return err;
}

// Writes entries of a worker; returns how many.
static unsigned worker_drain(struct access_log *log, struct access_log_worker *worker)
{
	void *items[BATCH];
	unsigned n = ring_dequeue(&worker->full, items, BATCH);
	char line[LINE_BYTES];
	int err = 0;

	for (unsigned i = 0; i < n; i++) {
		if (!err)
			err = log_out_write(&log->out, line, line_write(items[i], line));
		log->buffered++;
	}
	(void)ring_enqueue(&worker->spare, items, n);
	if (err)
		output_fail(log, err);
	return n;
}

static bool log_drain(struct access_log *log)
{
	unsigned n = 0;
	int err;

	for (unsigned i = 0; i < log->workers_len; i++)
		n += worker_drain(log, &log->workers[i]);
	if (log->buffered == 0)
		return n > 0;
	err = log_out_flush(&log->out);
	if (err) {
		output_fail(log, err);
		return true;
	}
	counter_add(&log->metric.written, log->buffered);
	log->buffered = 0;
	log->broken = false;
	return true;
}

static void log_reopen(struct access_log *log)
{
	int err;

	log_out_close(&log->out);
	err = output_open(log);
	if (err)
		output_fail(log, err);
}

static void *log_run(void *arg)
{
	struct access_log *log = arg;
	bool stop, did;

	pthread_setname_np(pthread_self(), "access-log");
	do {
		stop = atomic_load(&log->stop); // first, so that the last turn sees all entries
		if (atomic_exchange(&log->reopen, false))
			log_reopen(log);
		did = log_drain(log);
		if (!did && !stop)
			nanosleep(&(struct timespec){.tv_nsec = NAP_NS}, NULL);
	} while (did || !stop);
	return NULL;
}

int access_log_start(struct access_log *log, struct why *why)
{
	int err = log ? output_open(log) : 0;

	if (err)
		return why_fail(why, err, "web.access_log.file: %s cannot be written to: %s",
		                log->path, strerror(-err));
	if (!log)
		return 0;
	err = -pthread_create(&log->thread, NULL, log_run, log);
	log->running = !err;
	return err ? why_fail(why, err, "the thread of the access log cannot be started") : 0;
}

void access_log_close(struct access_log *log)
{
	if (!log)
		return;
	if (log->running) {
		atomic_store(&log->stop, true);
		pthread_join(log->thread, NULL);
	}
	log_out_close(&log->out);
	for (unsigned i = 0; i < log->workers_len; i++) {
		ring_fini(&log->workers[i].full);
		ring_fini(&log->workers[i].spare);
		free(log->workers[i].entries);
	}
	free(log->workers);
	free(log);
}

void access_log_reopen(struct access_log *log)
{
	if (log)
		atomic_store(&log->reopen, true);
}

struct access_log_worker *access_log_worker(struct access_log *log, unsigned number)
{
	return log ? &log->workers[number] : NULL;
}

const char *access_log_broken(const struct access_log *log)
{
	return log && log->broken ? log->path : NULL;
}

#define LOG(member, text)                                                                          \
	{                                                                                          \
		"access_log", NULL, NULL, #member, text, METRIC_COUNTER,                           \
		        offsetof(struct access_log_metric, member)                                 \
	}
static const struct metric_row rows[] = {
        LOG(taken, "requests copied for the log"),
        LOG(written, "lines written"),
        LOG(lost, "requests not logged: the queue was full, or the file cannot be written"),
        {0},
};

bool access_log_metrics(const struct access_log *log, struct metric_source *source)
{
	if (!log)
		return false;
	*source = (struct metric_source){.rows = rows, .len = log->workers_len + 1};
	for (unsigned i = 0; i < log->workers_len; i++)
		source->of[i] = &log->workers[i].metric;
	source->of[log->workers_len] = &log->metric;
	return true;
}

// Copies a part of the request behind those before, as much as there is room for.
static uint16_t text_add(struct access_log_entry *entry, size_t *at, struct span text)
{
	size_t len = size_min(span_left(&text), ACCESS_LOG_TEXT_BYTES - *at);

	entry->cut |= len < span_left(&text);
	memcpy(entry->text + *at, text.p, len);
	*at += len;
	return (uint16_t)len;
}

void access_log_begin(struct access_log_worker *worker, struct http_exchange *exchange,
                      uint64_t unix_ms)
{
	struct access_log_entry *entry;
	size_t at = 0;
	void *item;

	exchange->entry = NULL;
	if (!worker || worker->until-- > 0)
		return;
	worker->until = worker->sample - 1;
	if (ring_dequeue(&worker->spare, &item, 1) == 0) {
		counter_add(&worker->metric.lost, 1);
		return;
	}
	entry = item;
	entry->unix_ms = unix_ms;
	entry->client = http_exchange_peers(exchange).remote;
	entry->tls = http_exchange_is_tls(exchange);
	entry->cut = false;
	entry->method_len = text_add(entry, &at, exchange->request->method_text);
	entry->host_len = text_add(entry, &at, exchange->request->host);
	entry->target_len = text_add(entry, &at, exchange->request->target_text);
	exchange->entry = entry;
}

void access_log_end(struct access_log_worker *worker, struct http_exchange *exchange, bool whole)
{
	struct access_log_entry *entry = exchange->entry;
	void *item = entry;

	if (!entry)
		return;
	exchange->entry = NULL;
	entry->status = exchange->status;
	entry->bytes = exchange->content;
	entry->whole = whole;
	counter_add(&worker->metric.taken, 1);
	// The ring has room for all entries.
	(void)ring_enqueue(&worker->full, &item, 1);
}

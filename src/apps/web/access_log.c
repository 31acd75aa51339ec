// access_log: see the header. The thread and its output are log_writer.h's.
#include "apps/web/access_log.h"

#include "apps/log/log_writer.h"
#include "core/line.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define LINE_BYTES (ACCESS_LOG_TEXT_BYTES + 160)

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
	struct log_writer writer;
	struct log_queue *workers;
	unsigned workers_len;
};

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

static int entry_write(void *ctx, struct log_out *out, const void *entry,
                       const struct log_clock *clock)
{
	char line[LINE_BYTES];

	return log_out_write(out, line, line_write(entry, line));
}

static const struct log_writer_form form = {
        .thread = "access-log", .name = "the access log", .write = entry_write};

#define LOG(member, text)                                                                          \
	{                                                                                          \
		"access_log", NULL, NULL, #member, text, METRIC_COUNTER,                           \
		        offsetof(struct log_metric, member)                                        \
	}
static const struct metric_row rows[] = {
        LOG(taken, "requests copied for the log"),
        LOG(written, "lines written"),
        LOG(lost, "requests not logged: the queue was full, or the file cannot be written"),
        {0},
};

static int workers_open(struct access_log *log, const struct access_log_conf *conf, unsigned len)
{
	int err = 0;

	log->workers = line_alloc(len, sizeof(*log->workers));
	if (!log->workers)
		return -ENOMEM;
	for (; log->workers_len < len && !err; log->workers_len++) {
		struct log_queue *worker = &log->workers[log->workers_len];

		err = log_queue_open(worker, conf->queue, sizeof(struct access_log_entry),
		                     conf->sample);
		log_writer_add(&log->writer, worker);
	}
	return err;
}

int access_log_open(struct access_log **log, const struct access_log_conf *conf,
                    unsigned workers_len, struct why *why)
{
	const struct log_writer_conf writer = {.form = &form, .path = conf->file, .rows = rows};
	struct access_log *new;
	int err;

	*log = NULL;
	if (!*conf->file)
		return 0;
	why_no_memory(why, "the access log; set web.access_log.queue lower");
	new = calloc(1, sizeof(*new));
	if (!new)
		return -ENOMEM;
	err = workers_open(new, conf, workers_len);
	if (!err)
		err = log_writer_open(&new->writer, &writer, why);
	if (err)
		access_log_close(new);
	else
		*log = new;
	return err;
}

int access_log_start(struct access_log *log, struct why *why)
{
	return log ? log_writer_start(&log->writer, "web.access_log.file", why) : 0;
}

void access_log_close(struct access_log *log)
{
	if (!log)
		return;
	log_writer_close(&log->writer);
	for (unsigned i = 0; i < log->workers_len; i++)
		log_queue_close(&log->workers[i]);
	free(log->workers);
	free(log);
}

void access_log_reopen(struct access_log *log)
{
	if (log)
		log_writer_reopen(&log->writer);
}

struct log_queue *access_log_worker(struct access_log *log, unsigned number)
{
	return log ? &log->workers[number] : NULL;
}

const char *access_log_broken(const struct access_log *log)
{
	return log ? log_writer_broken(&log->writer) : NULL;
}

bool access_log_metrics(const struct access_log *log, struct metric_source *source)
{
	if (log)
		log_writer_metrics(&log->writer, source);
	return log != NULL;
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

void access_log_begin(struct log_queue *worker, struct http_exchange *exchange, uint64_t unix_ms)
{
	struct access_log_entry *entry;
	size_t at = 0;

	exchange->entry = NULL;
	if (!worker || worker->until-- > 0)
		return;
	worker->until = worker->sample - 1;
	entry = log_queue_get(worker);
	if (!entry)
		return;
	entry->unix_ms = unix_ms;
	entry->client = http_exchange_peers(exchange).remote;
	entry->tls = http_exchange_is_tls(exchange);
	entry->cut = false;
	entry->method_len = text_add(entry, &at, exchange->request->method_text);
	entry->host_len = text_add(entry, &at, exchange->request->host);
	entry->target_len = text_add(entry, &at, exchange->request->target_text);
	exchange->entry = entry;
}

void access_log_end(struct log_queue *worker, struct http_exchange *exchange, bool whole)
{
	struct access_log_entry *entry = exchange->entry;

	if (!entry)
		return;
	exchange->entry = NULL;
	entry->status = exchange->status;
	entry->bytes = exchange->content;
	entry->whole = whole;
	log_queue_put(worker, entry);
}

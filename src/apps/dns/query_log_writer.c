// query_log_writer: see the header. The thread and its output are log_writer.h's.
#include "apps/dns/query_log_writer.h"

#include "apps/dns/dnstap.h"
#include "apps/dns/query_json.h"
#include "apps/dns/query_text.h"
#include "apps/log/log_writer.h"
#include "core/host/feature.h"
#include "core/line.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

static const char *const formats[] = {
        [QUERY_LOG_TEXT] = "text", [QUERY_LOG_DNSTAP] = "dnstap", [QUERY_LOG_JSON] = "json", NULL};

#define KEY(member) offsetof(struct query_log_conf, member)

static const struct conf_key keys[] = {
        {"format", CONF_ENUM, KEY(format), "text", .choices = formats,
         .help = "The format: a line of text for each query, an object of JSON on a line for each, "
                 "or "
                 "dnstap."},
        {"enabled", CONF_BOOL, KEY(enabled), "true", .live = true,
         .help = "Whether queries are logged. wadi-ctl query-log switches it in a running server."},
        {"file", CONF_PATH, KEY(file), "", .max = PATH_MAX - 1,
         .help = "The log file. A reload opens it again, so that it can be rotated. Lines are "
                 "appended to it. A dnstap file cannot be appended to: a file that is not empty is "
                 "renamed, with .1 added to its name."},
        {"socket", CONF_PATH, KEY(socket), "", .max = 107,
         .help = "The Unix socket of a dnstap collector, instead of file. The server reconnects "
                 "when the collector restarts."},
        {"sample", CONF_UNSIGNED, KEY(sample), "1", 1, UINT32_MAX, .live = true,
         .help = "Logs every n-th query; 1 logs all. wadi-ctl query-log sample changes it in a "
                 "running server."},
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
	struct log_writer writer;
	const struct query_log_conf *conf;
	struct dnstap *tap; // the thread's
	struct query_log_worker *workers;
	unsigned workers_len;
};

// Of query_text or query_json: an entry as a line.
typedef size_t form_fn(const struct query_log_entry *entry, struct timespec time, bool responses,
                       char *text);
_Static_assert(QUERY_TEXT_BYTES <= QUERY_JSON_BYTES, "a line of either form has room");

static int form_write(form_fn *form, const struct query_log_writer *log, struct log_out *out,
                      const struct query_log_entry *entry, const struct log_clock *clock)
{
	char text[QUERY_JSON_BYTES];
	struct timespec time = log_writer_time(clock, entry->time);

	return log_out_write(out, text, form(entry, time, log->conf->responses, text));
}

static int text_write(void *ctx, struct log_out *out, const void *entry,
                      const struct log_clock *clock)
{
	return form_write(query_text, ctx, out, entry, clock);
}

static int json_write(void *ctx, struct log_out *out, const void *entry,
                      const struct log_clock *clock)
{
	return form_write(query_json, ctx, out, entry, clock);
}

#if FEATURE_DNSTAP
static int dnstap_begin(void *ctx, struct log_out *out, bool greet)
{
	struct query_log_writer *log = ctx;

	return dnstap_open(&log->tap, out, greet);
}

static void dnstap_finish(void *ctx)
{
	struct query_log_writer *log = ctx;

	dnstap_close(log->tap);
	log->tap = NULL;
}

static int dnstap_entry(void *ctx, struct log_out *out, const void *entry,
                        const struct log_clock *clock)
{
	struct query_log_writer *log = ctx;
	const struct query_log_entry *query = entry;

	return dnstap_write(log->tap, query, log_writer_time(clock, query->time),
	                    log->conf->responses);
}
#endif

#define NAMES .thread = "query-log", .name = "the query log"

// The formats of this build.
static const struct log_writer_form forms[] = {
        [QUERY_LOG_TEXT] = {NAMES, .write = text_write},
        [QUERY_LOG_JSON] = {NAMES, .write = json_write},
#if FEATURE_DNSTAP
        [QUERY_LOG_DNSTAP] = {NAMES, .write = dnstap_entry, dnstap_begin, dnstap_finish},
#else
        [QUERY_LOG_DNSTAP] = {NULL},
#endif
};

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
	else if (query_log_writer_path(conf) && !forms[conf->format].write)
		why_set(why,
		        "dns.query_log.format: this build has no dnstap: build with -Ddnstap=true");
	else
		return 0;
	return -EINVAL;
}

#define LOG(member, help)                                                                          \
	{                                                                                          \
		"query_log", NULL, NULL, "query_log_" #member, help, METRIC_COUNTER,               \
		        offsetof(struct log_metric, member)                                        \
	}

static const struct metric_row rows[] = {
        LOG(taken, "queries copied for the log"),
        LOG(written, "queries written"),
        LOG(lost, "queries not logged: the ring was full, or the output failed"),
        {0},
};

static int query_log_writer_open_workers(struct query_log_writer *log, unsigned len)
{
	int err = 0;

	log->workers = line_alloc(len, sizeof(*log->workers));
	if (!log->workers)
		return -ENOMEM;
	for (; log->workers_len < len && !err; log->workers_len++) {
		struct query_log_worker *worker = &log->workers[log->workers_len];

		err = query_log_worker_open(worker, log->conf, log->workers_len);
		log_writer_add(&log->writer, &worker->queue);
	}
	return err;
}

int query_log_writer_open(struct query_log_writer **log, const struct query_log_conf *conf,
                          unsigned workers_len, struct why *why)
{
	struct log_writer_conf writer = {.form = &forms[conf->format],
	                                 .path = query_log_writer_path(conf),
	                                 .socket = *conf->socket,
	                                 .rows = rows};
	struct query_log_writer *new;
	int err = query_log_writer_check(conf, why);

	*log = NULL;
	if (err || !writer.path)
		return err;
	why_no_memory(why, "the query log; set dns.query_log.queue lower, or fewer workers");
	new = calloc(1, sizeof(*new));
	if (!new)
		return -ENOMEM;
	new->conf = conf;
	writer.ctx = new;
	err = query_log_writer_open_workers(new, workers_len);
	if (!err)
		err = log_writer_open(&new->writer, &writer, why);
	if (err)
		query_log_writer_close(new);
	else
		*log = new;
	return err;
}

int query_log_writer_start(struct query_log_writer *log, struct why *why)
{
	return log ? log_writer_start(&log->writer, "dns.query_log.file", why) : 0;
}

void query_log_writer_close(struct query_log_writer *log)
{
	if (!log)
		return;
	log_writer_close(&log->writer);
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
		log_writer_reopen(&log->writer);
}

const char *query_log_writer_broken(const struct query_log_writer *log)
{
	return log ? log_writer_broken(&log->writer) : NULL;
}

bool query_log_writer_metrics(const struct query_log_writer *log, struct metric_source *source)
{
	if (log)
		log_writer_metrics(&log->writer, source);
	return log != NULL;
}

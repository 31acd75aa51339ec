// query_log_writer: the thread that writes what workers copied (query_log_worker.h) to a
// file or a collector, as text (query_text.h) or dnstap (dnstap.h).
#ifndef APPS_DNS_QUERY_LOG_WRITER_H
#define APPS_DNS_QUERY_LOG_WRITER_H

#include "apps/dns/query_log_worker.h"
#include "core/host/conf.h"
#include "core/host/json.h"
#include "core/why.h"

extern const struct conf_section query_log_writer_section;

struct query_log_writer;

// Checks the keys that depend on each other. 0, or -EINVAL with a sentence in why.
int query_log_writer_check(const struct query_log_conf *conf, struct why *why) MUST_CHECK;

// Creates the state of each worker, and the thread, which waits for query_log_writer_start. *log
// is NULL when the configuration, which is borrowed, names no file and no socket. 0, or negative
// errno with a sentence in why.
int query_log_writer_open(struct query_log_writer **log, const struct query_log_conf *conf,
                          unsigned workers_len, struct why *why) MUST_CHECK;

// Opens the file or connects to the collector, and starts writing. Called once, before workers
// run. It is an error when the file cannot be opened; a collector may start later. 0, or
// negative errno with a sentence in why.
int query_log_writer_start(struct query_log_writer *log, struct why *why) MUST_CHECK;

// Writes the remaining entries, ends the thread and frees the log. No worker may use it any more.
// NULL is allowed, here and below.
void query_log_writer_close(struct query_log_writer *log);

// The state of a worker; NULL when there is no log.
struct query_log_worker *query_log_writer_worker(struct query_log_writer *log, unsigned number);

// Has the thread open the file again: a file that was renamed is replaced by a new one.
void query_log_writer_reopen(struct query_log_writer *log);

// The path that cannot be written to at the moment; NULL when all is well.
const char *query_log_writer_broken(const struct query_log_writer *log);

// The counters of workers and thread, as metrics that borrow from the log. False when there
// is none.
bool query_log_writer_metrics(const struct query_log_writer *log, struct metric_source *source);

#endif

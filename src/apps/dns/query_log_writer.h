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

// What no key alone can tell: 0, or -EINVAL with a sentence in why.
int query_log_writer_check(const struct query_log_conf *conf, struct why *why) MUST_CHECK;

// Makes the workers' ends and a thread, which waits; *log is NULL when the configuration,
// which is borrowed, names nothing to write to. 0, or negative errno with a sentence in
// why.
int query_log_writer_open(struct query_log_writer **log, const struct query_log_conf *conf,
                          unsigned workers_len, struct why *why) MUST_CHECK;

// Opens what is written to: a collector may come later, a file must be there now. Once,
// before workers run. 0, or negative errno with a sentence in why.
int query_log_writer_start(struct query_log_writer *log, struct why *why) MUST_CHECK;

// Writes what is left and ends the thread; no worker takes queries any more. NULL is
// harmless, here and below.
void query_log_writer_close(struct query_log_writer *log);

// The end of a worker; NULL when there is no log.
struct query_log_worker *query_log_writer_worker(struct query_log_writer *log, unsigned number);

// Opens the file again, so that one that was moved away is followed by a new one.
void query_log_writer_reopen(struct query_log_writer *log);

// Adds what was written and what was lost, over all workers.
void query_log_writer_report(const struct query_log_writer *log, json_t *reply);

#endif

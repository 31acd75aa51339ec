// query_log_switch: switches the query log on and off, and sets how many queries it takes, while
// workers run: each is posted a function that changes what it looks at (query_watch.h). The log's
// file stays open; queries that were copied before it was switched off are written.
#ifndef APPS_DNS_QUERY_LOG_SWITCH_H
#define APPS_DNS_QUERY_LOG_SWITCH_H

#include "apps/dns/query_log_writer.h"
#include "core/host/task.h"

struct dns_worker;

struct query_log_setting {
	bool on;
	uint64_t sample; // every n-th query
};

// One worker's part.
struct query_log_switch_job {
	struct task task;
	struct dns_worker *worker;
	struct query_log_worker *log;
	struct pipeline *pipeline;
	// What it is to do; the worker reads it in its own time.
	_Atomic bool on;
	_Atomic uint64_t sample;
};

// All zeros is valid: there is no log.
struct query_log_switch {
	struct query_log_switch_job *job; // of each worker
	unsigned len;
	struct query_log_setting set, configured; // what applies, and what a reload compares with
};

// For a log that workers write to as the configuration says; log NULL: there is none. Workers are
// attached by query_log_switch_attach. 0, or -ENOMEM with a sentence in why.
int query_log_switch_open(struct query_log_switch *all, struct query_log_writer *log,
                          const struct query_log_conf *conf, unsigned workers_len,
                          struct why *why) MUST_CHECK;

// A worker that does not run yet, which looks at queries from its start if the log is on.
void query_log_switch_attach(struct query_log_switch *all, struct dns_worker *worker,
                             struct pipeline *pipeline);

// The workers have stopped.
void query_log_switch_close(struct query_log_switch *all);

// Changes the setting, and waits until all workers have. 0, or negative errno with a sentence in
// why: -ENOENT without a log; -ETIMEDOUT when a worker takes no turns, which changes when it does.
int query_log_switch_set(struct query_log_switch *all, struct query_log_setting setting,
                         struct why *why) MUST_CHECK;

// A configuration that was read again: what differs in it from the one before applies, what
// query_log_switch_set has set stays otherwise.
void query_log_switch_reload(struct query_log_switch *all, const struct query_log_conf *conf);

// Reads "[on|off] [sample N]". False with a sentence in why.
bool query_log_switch_parse(struct query_log_setting *setting, const char *const *args,
                            unsigned len, struct why *why) MUST_CHECK;

#endif

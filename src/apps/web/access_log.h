// access_log: every n-th request with its answer, as lines of a file. A worker copies a request
// into an entry of its queue (apps/log/log_queue.h), a thread writes the entries.
#ifndef APPS_WEB_ACCESS_LOG_H
#define APPS_WEB_ACCESS_LOG_H

#include "apps/http/http_exchange.h"
#include "apps/log/log_queue.h"
#include "core/host/conf.h"
#include "core/why.h"

struct access_log_conf {
	const char *file; // "": no log
	uint64_t sample, queue;
};

extern const struct conf_section access_log_section;

#define ACCESS_LOG_TEXT_BYTES 440

struct access_log_entry {
	uint64_t unix_ms; // when the request came
	struct addr client;
	uint64_t bytes; // of the answer's content that were handed over
	uint16_t status;
	uint16_t method_len, host_len, target_len; // in text, one behind the other; cut to its size
	bool tls, whole, cut;
	char text[ACCESS_LOG_TEXT_BYTES];
};

struct access_log;

// *log is NULL when the configuration names no file. The thread waits for access_log_start. 0, or
// negative errno with a sentence in why.
int access_log_open(struct access_log **log, const struct access_log_conf *conf,
                    unsigned workers_len, struct why *why) MUST_CHECK;
// Opens the file and starts writing; once, before workers run.
int access_log_start(struct access_log *log, struct why *why) MUST_CHECK;
// Writes what is left. No worker exists any more. NULL is allowed, here and below.
void access_log_close(struct access_log *log);
// Opens the file again, which was renamed.
void access_log_reopen(struct access_log *log);

// Of one worker, whose until counts requests. NULL: there is no log.
struct log_queue *access_log_worker(struct access_log *log, unsigned number);
// The path that cannot be written to at the moment; NULL when all is well.
const char *access_log_broken(const struct access_log *log);
// False when there is none.
bool access_log_metrics(const struct access_log *log, struct metric_source *source);

// Worker: within `request` of each exchange, and within `closed`. NULL is allowed.
void access_log_begin(struct log_queue *worker, struct http_exchange *exchange, uint64_t unix_ms);
void access_log_end(struct log_queue *worker, struct http_exchange *exchange, bool whole);

#endif

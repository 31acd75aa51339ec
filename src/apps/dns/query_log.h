// query_log: one of so many queries, with its reply, from the workers to a file or a
// collector. A worker copies what it takes into a bounded ring of its own and never
// waits: what finds no room is counted as lost. A thread of the log writes it, as text
// (query_text) or dnstap.
#ifndef APPS_DNS_QUERY_LOG_H
#define APPS_DNS_QUERY_LOG_H

#include "core/host/conf.h"
#include "core/host/json.h"
#include "core/host/pipeline.h"
#include "core/mono.h"
#include "core/ring.h"
#include "core/why.h"
#include "proto/dns/answer/answer.h"
#include "proto/tcpip/udp.h"

enum query_log_format {
	QUERY_LOG_TEXT,
	QUERY_LOG_DNSTAP,
};

struct query_log_conf {
	unsigned format;           // enum query_log_format
	const char *file, *socket; // one of them; "": the other
	bool responses;
	uint64_t sample, queue;
};

extern const struct conf_section query_log_section;

// A query that was taken, in a block of QUERY_LOG_ENTRY_BYTES. A query or reply longer
// than the room that there is left is not kept: 0 bytes of it.
struct query_log_entry {
	mono_t time;
	struct addr client, server;
	uint16_t client_port, server_port;
	uint16_t query_len, kept_len; // in bytes[]: the query, behind it the reply
	uint16_t reply_len;           // as it was sent; 0: none was, and drop says why
	uint16_t rcode;
	enum drop drop;
	enum dns_transport transport;
	uint8_t bytes[];
};

#define QUERY_LOG_ENTRY_BYTES 4096
#define QUERY_LOG_ROOM        (QUERY_LOG_ENTRY_BYTES - sizeof(struct query_log_entry))

// A worker's end.
struct query_log_worker {
	CACHE_ALIGNED uint64_t until; // so many queries are passed over before the next is taken
	uint64_t sample;
	bool responses;
	unsigned pending_len; // taken in this burst
	struct {
		unsigned at; // in the burst
		struct query_log_entry *entry;
	} pending[PIPELINE_BURST];
	counter_t taken, lost;
	struct ring full, spare; // to the thread, and back
	void *entries;
};

// 0, or -ENOMEM; queue is a power of two. Harmless to close when it is all zeros.
int query_log_worker_open(struct query_log_worker *worker, const struct query_log_conf *conf,
                          uint32_t queue) MUST_CHECK;
void query_log_worker_close(struct query_log_worker *worker);

void query_log_take(struct query_log_worker *worker, const struct udp_dgram *dgrams, unsigned n,
                    mono_t now);
void query_log_finish(struct query_log_worker *worker, const struct dns_request *requests);

// Worker, before a burst of up to PIPELINE_BURST is answered: copies the queries whose
// turn it is. NULL: there is no log.
static inline void query_log_queries(struct query_log_worker *worker,
                                     const struct udp_dgram *dgrams, unsigned n, mono_t now)
{
	if (likely(!worker))
		return;
	if (worker->until >= n)
		worker->until -= n;
	else
		query_log_take(worker, dgrams, n, now);
}

// And afterwards: what became of them.
static inline void query_log_replies(struct query_log_worker *worker,
                                     const struct dns_request *requests)
{
	if (worker && worker->pending_len)
		query_log_finish(worker, requests);
}

struct query_log;

// What no key alone can tell: 0, or -EINVAL with a sentence in why.
int query_log_check(const struct query_log_conf *conf, struct why *why) MUST_CHECK;

// Makes the workers' ends and a thread, which waits; *log is NULL when the configuration,
// which is borrowed, names nothing to write to. 0, or negative errno with a sentence in
// why.
int query_log_open(struct query_log **log, const struct query_log_conf *conf, unsigned workers_len,
                   struct why *why) MUST_CHECK;

// Opens what is written to: a collector may come later, a file must be there now. Once,
// before workers run. 0, or negative errno with a sentence in why.
int query_log_start(struct query_log *log, struct why *why) MUST_CHECK;

// Writes what is left and ends the thread; no worker takes queries any more. NULL is
// harmless, here and below.
void query_log_close(struct query_log *log);

// The end of a worker; NULL when there is no log.
struct query_log_worker *query_log_worker(struct query_log *log, unsigned number);

// Opens the file again, so that one that was moved away is followed by a new one.
void query_log_reopen(struct query_log *log);

// Adds what was written and what was lost, over all workers.
void query_log_tell(const struct query_log *log, json_t *reply);

#endif

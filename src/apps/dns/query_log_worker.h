// query_log_worker: the worker's end of the query log: copies every n-th query, with its response,
// into a bounded ring. It never waits: a query for which the ring has no room is counted as
// lost. The other end is query_log_writer.h.
#ifndef APPS_DNS_QUERY_LOG_WORKER_H
#define APPS_DNS_QUERY_LOG_WORKER_H

#include "apps/dns/query_log.h"
#include "apps/log/log_queue.h"
#include "core/host/pipeline.h"
#include "proto/tcpip/udp.h"

// The state of one worker.
struct query_log_worker {
	struct log_queue queue; // of struct query_log_entry; queue.until counts queries
	bool responses;
	unsigned number;
	unsigned pending_len; // queries of this burst that are logged
	struct {
		unsigned at; // index in the burst
		struct query_log_entry *entry;
	} pending[PIPELINE_BURST];
};

// Allocates conf->queue entries, for the worker of that number. 0 or -ENOMEM. A worker of zeros can
// be closed.
int query_log_worker_open(struct query_log_worker *worker, const struct query_log_conf *conf,
                          unsigned number) MUST_CHECK;
void query_log_worker_close(struct query_log_worker *worker);

// The parts of the two functions below that most bursts do not need.
void query_log_worker_take(struct query_log_worker *worker, const struct udp_dgram *dgrams,
                           unsigned n, mono_t now);
void query_log_worker_finish(struct query_log_worker *worker, const struct dns_request *requests);

// Called before a burst of up to PIPELINE_BURST queries is answered: copies the queries that are
// to be logged. A NULL worker: there is no query log, or it is off.
static inline void query_log_worker_queries(struct query_log_worker *worker,
                                            const struct udp_dgram *dgrams, unsigned n, mono_t now)
{
	if (likely(!worker))
		return;
	if (worker->queue.until >= n)
		worker->queue.until -= n;
	else
		query_log_worker_take(worker, dgrams, n, now);
}

// Called after the burst has been answered: adds the responses and passes the entries on.
static inline void query_log_worker_replies(struct query_log_worker *worker,
                                            const struct dns_request *requests)
{
	if (worker && worker->pending_len)
		query_log_worker_finish(worker, requests);
}

#endif

// query_log_worker: the worker's end of the query log: copies one of so many queries, with
// its reply, into a bounded ring and never waits: what finds no room is counted as lost.
// The other end is query_log_writer.h.
#ifndef APPS_DNS_QUERY_LOG_WORKER_H
#define APPS_DNS_QUERY_LOG_WORKER_H

#include "apps/dns/query_log.h"
#include "core/host/pipeline.h"
#include "core/metric.h"
#include "core/ring.h"
#include "proto/tcpip/udp.h"

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

void query_log_worker_take(struct query_log_worker *worker, const struct udp_dgram *dgrams,
                           unsigned n, mono_t now);
void query_log_worker_finish(struct query_log_worker *worker, const struct dns_request *requests);

// Worker, before a burst of up to PIPELINE_BURST is answered: copies the queries whose
// turn it is. NULL: there is no log.
static inline void query_log_worker_queries(struct query_log_worker *worker,
                                            const struct udp_dgram *dgrams, unsigned n, mono_t now)
{
	if (likely(!worker))
		return;
	if (worker->until >= n)
		worker->until -= n;
	else
		query_log_worker_take(worker, dgrams, n, now);
}

// And afterwards: what became of them.
static inline void query_log_worker_replies(struct query_log_worker *worker,
                                            const struct dns_request *requests)
{
	if (worker && worker->pending_len)
		query_log_worker_finish(worker, requests);
}

#endif

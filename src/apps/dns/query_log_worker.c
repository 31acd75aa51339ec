// query_log_worker: see the header. This is the data path.
#include "apps/dns/query_log_worker.h"

#include "core/line.h"

#include <errno.h>
#include <stdlib.h>

int query_log_worker_open(struct query_log_worker *worker, const struct query_log_conf *conf,
                          uint32_t queue)
{
	*worker = (struct query_log_worker){.sample = conf->sample, .responses = conf->responses};
	worker->entries = line_alloc(queue, QUERY_LOG_ENTRY_BYTES);
	if (!worker->entries || ring_init(&worker->full, queue) ||
	    ring_init(&worker->spare, queue)) {
		query_log_worker_close(worker);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < queue; i++) {
		void *entry = (uint8_t *)worker->entries + (size_t)i * QUERY_LOG_ENTRY_BYTES;

		(void)ring_enqueue(&worker->spare, &entry, 1);
	}
	return 0;
}

void query_log_worker_close(struct query_log_worker *worker)
{
	ring_fini(&worker->full);
	ring_fini(&worker->spare);
	free(worker->entries);
	worker->entries = NULL;
}

static void query_log_worker_take_one(struct query_log_worker *worker,
                                      const struct udp_dgram *dgram, unsigned at, mono_t now)
{
	struct query_log_entry *entry;
	void *item;

	if (ring_dequeue(&worker->spare, &item, 1) == 0) {
		counter_add(&worker->metric.lost, 1);
		return;
	}
	entry = item;
	entry->time = now;
	entry->client = dgram->src;
	entry->server = dgram->dst;
	entry->client_port = dgram->src_port;
	entry->server_port = dgram->dst_port;
	entry->query_len = dgram->len <= QUERY_LOG_ROOM ? dgram->len : 0;
	memcpy(entry->bytes, dgram->payload, entry->query_len);
	worker->pending[worker->pending_len].at = at;
	worker->pending[worker->pending_len++].entry = entry;
}

void query_log_worker_take(struct query_log_worker *worker, const struct udp_dgram *dgrams,
                           unsigned n, mono_t now)
{
	uint64_t at = worker->until;

	for (; at < n; at += worker->sample)
		query_log_worker_take_one(worker, &dgrams[at], (unsigned)at, now);
	worker->until = at - n;
}

static void query_log_worker_finish_one(const struct query_log_worker *worker,
                                        struct query_log_entry *entry,
                                        const struct dns_request *request)
{
	entry->transport = request->transport;
	entry->drop = request->drop;
	entry->reply_len = request->reply_len;
	entry->rcode = request->reply_len ? request->outcome.rcode : 0;
	entry->kept_len = 0;
	if (!worker->responses || request->reply_len > QUERY_LOG_ROOM - entry->query_len)
		return;
	entry->kept_len = request->reply_len;
	memcpy(entry->bytes + entry->query_len, request->msg, entry->kept_len);
}

void query_log_worker_finish(struct query_log_worker *worker, const struct dns_request *requests)
{
	for (unsigned i = 0; i < worker->pending_len; i++) {
		void *item = worker->pending[i].entry;

		query_log_worker_finish_one(worker, item, &requests[worker->pending[i].at]);
		// The ring has room for all entries.
		(void)ring_enqueue(&worker->full, &item, 1);
	}
	counter_add(&worker->metric.taken, worker->pending_len);
	worker->pending_len = 0;
}

// query_log_worker: see the header. This is the data path.
#include "apps/dns/query_log_worker.h"

int query_log_worker_open(struct query_log_worker *worker, const struct query_log_conf *conf,
                          unsigned number)
{
	*worker = (struct query_log_worker){.responses = conf->responses, .number = number};
	return log_queue_open(&worker->queue, conf->queue, QUERY_LOG_ENTRY_BYTES, conf->sample);
}

void query_log_worker_close(struct query_log_worker *worker)
{
	log_queue_close(&worker->queue);
}

static void query_log_worker_take_one(struct query_log_worker *worker,
                                      const struct udp_dgram *dgram, unsigned at, mono_t now)
{
	struct query_log_entry *entry = log_queue_get(&worker->queue);

	if (!entry)
		return;
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
	uint64_t at = worker->queue.until;

	for (; at < n; at += worker->queue.sample)
		query_log_worker_take_one(worker, &dgrams[at], (unsigned)at, now);
	worker->queue.until = at - n;
}

static void query_log_worker_finish_one(const struct query_log_worker *worker,
                                        struct query_log_entry *entry,
                                        const struct dns_request *request)
{
	entry->transport = request->transport;
	entry->drop = request->drop;
	entry->reply_len = request->reply_len;
	entry->rcode = entry->reply_flags = 0;
	entry->cookie = COOKIE_NONE;
	entry->worker = (uint16_t)worker->number;
	entry->kept_len = 0;
	if (request->reply_len < DNS_HDR_BYTES)
		return;
	entry->rcode = request->outcome.rcode;
	entry->cookie = (enum cookie_verdict)request->outcome.cookie;
	entry->reply_flags = be16_get(((const struct dns_hdr *)request->msg)->flags);
	if (!worker->responses || request->reply_len > QUERY_LOG_ROOM - entry->query_len)
		return;
	entry->kept_len = request->reply_len;
	memcpy(entry->bytes + entry->query_len, request->msg, entry->kept_len);
}

void query_log_worker_finish(struct query_log_worker *worker, const struct dns_request *requests)
{
	for (unsigned i = 0; i < worker->pending_len; i++) {
		query_log_worker_finish_one(worker, worker->pending[i].entry,
		                            &requests[worker->pending[i].at]);
		log_queue_put(&worker->queue, worker->pending[i].entry);
	}
	worker->pending_len = 0;
}

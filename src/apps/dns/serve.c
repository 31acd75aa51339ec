// serve: from the stack's datagrams to the engine's requests and back: the only
// part of wadi-dns in the data path.
#include "apps/dns/dns.h"

#include "proto/dns/dns_wire.h"

// Replies of one burst, counted in locals and written once.
struct tally {
	uint32_t replies[DNS_RCODES], truncated;
};

static void tally_add(struct tally *tally, const uint8_t *reply)
{
	uint16_t flags = be16_get(((const struct dns_hdr *)reply)->flags);

	tally->replies[flags & DNS_FLAG_RCODE]++;
	tally->truncated += (flags & DNS_FLAG_TC) != 0;
}

static void tally_write(struct dns_metric *metric, const struct tally *tally, unsigned queries)
{
	counter_add(&metric->queries, queries);
	counter_add(&metric->truncated, tally->truncated);
	for (unsigned i = 0; i < DNS_RCODES; i++)
		if (tally->replies[i])
			counter_add(&metric->replies[i], tally->replies[i]);
}

static void serve_some(struct dns_worker *worker, struct udp_dgram *dgrams, unsigned n)
{
	struct dns_request requests[PIPELINE_BURST];
	struct tally tally = {.truncated = 0};
	struct dns_server server = {.zones = swap_read(worker->zones),
	                            .policy = &dns_policy_default};
	uint64_t begin = stage_begin(worker->stages);

	for (unsigned i = 0; i < n; i++)
		requests[i] = (struct dns_request){.msg = dgrams[i].payload,
		                                   .len = dgrams[i].len,
		                                   .room = dgrams[i].room,
		                                   .transport = DNS_UDP,
		                                   .source = (const uint8_t *)&dgrams[i].src};
	dns_answer(&server, requests, n);
	stage_end(worker->stages, STAGE_DNS, begin, n);
	for (unsigned i = 0; i < n; i++) {
		dgrams[i].drop = requests[i].drop;
		if (requests[i].reply_len == 0)
			continue;
		dgrams[i].reply_len = requests[i].reply_len;
		tally_add(&tally, requests[i].msg);
	}
	tally_write(&worker->metric, &tally, n);
}

void dns_serve(void *ctx, struct udp_dgram *dgrams, unsigned n, mono_t now)
{
	for (unsigned done = 0; done < n; done += PIPELINE_BURST)
		serve_some(ctx, dgrams + done,
		           n - done < PIPELINE_BURST ? n - done : PIPELINE_BURST);
}

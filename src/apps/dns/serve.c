// serve: from the stack's datagrams to the engine's requests and back: the only
// part of wadi-dns in the data path.
#include "apps/dns/dns.h"

static void serve_some(struct dns_worker *worker, struct udp_dgram *dgrams, unsigned n)
{
	struct dns_request requests[PIPELINE_BURST];
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
		if (requests[i].reply_len)
			dgrams[i].reply_len = requests[i].reply_len;
	}
	dns_counts_add(&worker->counts, requests, n);
}

void dns_serve(void *ctx, struct udp_dgram *dgrams, unsigned n, mono_t now)
{
	for (unsigned done = 0; done < n; done += PIPELINE_BURST)
		serve_some(ctx, dgrams + done,
		           n - done < PIPELINE_BURST ? n - done : PIPELINE_BURST);
}

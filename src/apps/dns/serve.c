// serve: see the header. Datagrams of the stack become requests of the engine, and its responses
// are sent in the same buffers.
#include "apps/dns/serve.h"

// Rate limits apply to responses whose client address may be forged.
static bool serve_is_limited(const struct dns_request *request)
{
	enum cookie_verdict cookie = (enum cookie_verdict)request->outcome.cookie;

	return request->reply_len && request->transport == DNS_UDP && cookie != COOKIE_GOOD &&
	       cookie != COOKIE_GOOD_RENEW;
}

static void serve_limit(struct rrl *rrl, struct dns_request *requests, unsigned n, mono_t now)
{
	struct rrl_reply replies[PIPELINE_BURST];
	struct dns_request *of[PIPELINE_BURST];
	unsigned len = 0;

	for (unsigned i = 0; i < n; i++) {
		if (!serve_is_limited(&requests[i]))
			continue;
		replies[len] = (struct rrl_reply){.source = requests[i].source,
		                                  .content_id = requests[i].outcome.content_id,
		                                  .kind = requests[i].outcome.kind};
		of[len++] = &requests[i];
	}
	rrl_check(rrl, replies, len, now);
	for (unsigned i = 0; i < len; i++) {
		if (replies[i].drop != DROP_NONE) {
			of[i]->drop = replies[i].drop;
			of[i]->reply_len = 0;
		} else if (replies[i].slip) {
			answer_truncate(of[i]);
		}
	}
}

static void serve_burst(struct dns_worker *worker, struct udp_dgram *dgrams, unsigned n, mono_t now)
{
	const struct dns_served *served = swap_read(worker->served);
	struct dns_settings *settings = served->settings;
	struct dns_request requests[PIPELINE_BURST];
	struct dns_server server = {.zones = served->set,
	                            .policy = &settings->policy,
	                            .now_s = dns_settings_unix_s(settings, now),
	                            .last_resort = settings->udp_only};
	uint64_t begin = stage_begin(worker->stages);

	for (unsigned i = 0; i < n; i++)
		requests[i] = (struct dns_request){.msg = dgrams[i].payload,
		                                   .len = dgrams[i].len,
		                                   .room = dgrams[i].room,
		                                   .transport = DNS_UDP,
		                                   .source = (const uint8_t *)&dgrams[i].src};
	query_watch_queries(worker->watch, served->set, dgrams, n, now);
	answer_queries(&server, requests, n);
	if (settings->rrl[worker->number])
		serve_limit(settings->rrl[worker->number], requests, n, now);
	stage_end(worker->stages, STAGE_DNS, begin, n);
	for (unsigned i = 0; i < n; i++) {
		dgrams[i].drop = requests[i].drop;
		if (requests[i].reply_len)
			dgrams[i].reply_len = requests[i].reply_len;
	}
	dns_counts_add(&worker->counts, requests, n);
	query_watch_replies(worker->watch, requests);
}

void dns_serve(void *ctx, struct udp_dgram *dgrams, unsigned n, mono_t now)
{
	for (unsigned done = 0; done < n; done += PIPELINE_BURST)
		serve_burst(ctx, dgrams + done,
		            n - done < PIPELINE_BURST ? n - done : PIPELINE_BURST, now);
}

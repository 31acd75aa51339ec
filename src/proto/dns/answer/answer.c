// answer: checks queries, finds their zones and nodes, and writes header and OPT record of the
// replies. The records of a zone are chosen in answer_sname.c, those about the server itself
// in answer_chaos.c. All requests of a burst pass each step before the first passes the next
// one, and each step prefetches what the next one reads.
#include "proto/dns/answer/answer.h"

#include "proto/dns/answer/answer_chaos.h"
#include "proto/dns/answer/answer_opt.h"
#include "proto/dns/answer/answer_proof.h"
#include "proto/dns/answer/answer_sname.h"
#include "proto/dns/answer/answer_tsig.h"

#define BURST 16

const struct dns_policy dns_policy_default = {.udp_size = DNS_UDP_OUR_SIZE};

// The state of a query between the steps.
struct query_ctx {
	struct dns_query query;
	enum dns_rcode rcode; // the error that the query itself causes, or NOERROR
	enum dns_ede ede;
	bool in_zone;                   // class IN: a zone is to answer
	const struct zone_origin *zone; // that answers; NULL: text or rcode does
	const char *text;               // the answer to a query of class CH, or NULL
	struct dns_reply_cookie cookie;
	struct dns_sname sname;
	struct zone_guess guess;
	struct zone_match match;
	const struct zone_node *next; // the last prefetched target of a CNAME, or NULL
	bool searching;
	struct dns_denial_search search; // for the denial that covers the sname
};

// Rejects meta types other than ANY: they do not name records of the zone (RFC 6895 section
// 3.1).
static enum dns_rcode qtype_rcode(uint16_t qtype)
{
	if (likely(!dns_type_is_meta(qtype)))
		return DNS_NOERROR;
	switch (qtype) {
	case DNS_TYPE_ANY:
		return DNS_NOERROR;
	case DNS_TYPE_IXFR:
	case DNS_TYPE_AXFR:
		return DNS_REFUSED; // as of a server that knows them and gives none
	case DNS_TYPE_MAILB:
	case DNS_TYPE_MAILA:
		return DNS_NOTIMP;
	default:
		return DNS_FORMERR;
	}
}

static void query_refuse(struct query_ctx *ctx, enum dns_rcode rcode, enum dns_ede ede)
{
	ctx->rcode = rcode;
	ctx->ede = ede;
}

static void query_find_text(struct query_ctx *ctx, const struct dns_server *server,
                            const uint8_t *name)
{
	ctx->text = answer_chaos_text(server->policy, name, ctx->query.qtype);
	if (!ctx->text)
		query_refuse(ctx, DNS_REFUSED, DNS_EDE_NOT_AUTHORITATIVE);
}

// Finds the zone that answers. Tries that of the previous query first: queries of a burst
// often share a zone.
static void query_find_zone(struct query_ctx *ctx, const struct dns_server *server,
                            struct dns_request *request, const struct zone_origin *before)
{
	const struct dns_query *query = &ctx->query;
	const struct zone_origin *zone;

	if (!ctx->in_zone)
		return;
	zone = answer_sname_zone(server->zones, &ctx->sname, query->qtype, before);
	if (!zone) {
		if (server->policy->unknown == DNS_UNKNOWN_DROP)
			request->drop = DROP_DNS_NOT_SERVED;
		query_refuse(ctx, DNS_REFUSED, DNS_EDE_NOT_AUTHORITATIVE);
		return;
	}
	if (!zone_origin_allows(zone, request->source)) {
		query_refuse(ctx, DNS_REFUSED, DNS_EDE_PROHIBITED);
		return;
	}
	if (!zone_is_read(zone->image)) {
		query_refuse(ctx, DNS_SERVFAIL, DNS_EDE_NOT_READY);
		return;
	}
	ctx->zone = zone;
	zone_index_prefetch(zone->image, &ctx->sname.name);
}

// The copy of the name is read in the next step, not in this one: that avoids a
// store-forwarding stall.
static void query_set_sname(struct query_ctx *ctx, const struct dns_request *request)
{
	sname_question(&ctx->sname, request->msg, ctx->query.name_len);
	ctx->in_zone = true;
}

static void query_read(struct query_ctx *ctx, struct dns_request *request,
                       const struct dns_server *server)
{
	struct dns_query *query = &ctx->query;

	ctx->in_zone = false;
	ctx->zone = NULL;
	ctx->next = NULL;
	ctx->text = NULL;
	ctx->ede = DNS_EDE_NONE;
	ctx->cookie.len = 0;
	ctx->cookie.verdict = COOKIE_NONE;
	request->reply_len = 0;
	request->drop = dns_hdr_check(request->msg, request->len);
	if (request->drop != DROP_NONE)
		return;
	ctx->rcode = dns_query_parse(query, request->msg, request->len);
	if (query->cookie)
		answer_opt_cookie(&ctx->cookie, server, query, request->source);
	if (ctx->cookie.verdict == COOKIE_MALFORMED)
		ctx->rcode = DNS_FORMERR;
	if (ctx->rcode != DNS_NOERROR || query->question_len == 0)
		return;
	ctx->rcode = qtype_rcode(query->qtype);
	if (ctx->rcode != DNS_NOERROR)
		ctx->ede = DNS_EDE_NOT_SUPPORTED;
	else if (query->qclass == DNS_CLASS_IN)
		query_set_sname(ctx, request);
	else if (query->qclass == DNS_CLASS_CH)
		query_find_text(ctx, server, request->msg + DNS_HDR_BYTES);
	else
		query_refuse(ctx, DNS_REFUSED, DNS_EDE_NOT_AUTHORITATIVE);
}

static void query_guess_node(struct query_ctx *ctx)
{
	if (!ctx->zone)
		return;
	ctx->guess = zone_index_guess(ctx->zone->image, &ctx->sname.name);
	if (ctx->guess.node)
		zone_node_prefetch(ctx->guess.node);
}

// Finds the node that answers. Returns true when a search for a denial has begun.
static bool query_look_up(struct query_ctx *ctx)
{
	const struct zone_image *image;

	ctx->searching = false;
	if (!ctx->zone)
		return false;
	image = ctx->zone->image;
	zone_index_match_guessed(&ctx->match, image, &ctx->sname.name, ctx->guess);
	ctx->next = answer_sname_prefetch(image, &ctx->match);
	if (ctx->query.dnssec_ok && image->denial != ZONE_DENIAL_NONE)
		ctx->searching = answer_proof_search_begin(&ctx->search, image, &ctx->sname,
		                                           &ctx->match, ctx->query.qtype);
	return ctx->searching;
}

// Advances all searches by one step at a time, until all have ended.
static void queries_search_denials(struct query_ctx *ctx, unsigned n)
{
	bool more = true;

	while (more) {
		more = false;
		for (unsigned i = 0; i < n; i++) {
			if (!ctx[i].searching)
				continue;
			ctx[i].searching = answer_proof_search_step(&ctx[i].search);
			more |= ctx[i].searching;
			if (!ctx[i].searching)
				answer_proof_search_end(&ctx[i].search, &ctx[i].match);
		}
	}
}

// Prefetches the nodes of CNAME chains: in each round, the next target of each query.
static void queries_follow_cnames(struct query_ctx *ctx, unsigned n)
{
	bool more = true;

	for (unsigned round = 1; more && round < ZONE_CHAIN_MAX; round++) {
		more = false;
		for (unsigned i = 0; i < n; i++) {
			if (!ctx[i].next)
				continue;
			ctx[i].next = answer_sname_prefetch_target(ctx[i].zone->image, ctx[i].next);
			more |= ctx[i].next != NULL;
		}
	}
}

static uint16_t reply_size(const struct dns_request *request, const struct dns_query *query,
                           const struct dns_policy *policy)
{
	uint16_t size = DNS_UDP_MIN_SIZE;

	if (request->transport != DNS_UDP)
		return request->room;
	// RFC 6891 section 6.2.3: less than 512 means 512.
	if (query->edns && query->udp_size > size)
		size = (uint16_t)size_min(query->udp_size, policy->udp_size);
	return (uint16_t)size_min(size, request->room);
}

// Opcode and RD are copied from the query; RA, AD, CD and Z are never set (RFC 1035 section
// 4.1.1, RFC 4035 section 3.1.6).
static void put_header(const struct dns_reply *reply, const struct dns_query *query)
{
	struct dns_hdr *hdr = (struct dns_hdr *)reply->msg;
	unsigned kept = be16_get(hdr->flags) & (DNS_FLAG_OPCODE | DNS_FLAG_RD);

	hdr->flags = be16((uint16_t)(DNS_FLAG_QR | kept | reply->flags));
	hdr->qdcount = be16(query->question_len != 0);
	hdr->ancount = be16(reply->count[DNS_ANSWER]);
	hdr->nscount = be16(reply->count[DNS_AUTHORITY]);
	hdr->arcount = be16(reply->count[DNS_ADDITIONAL]);
}

static enum dns_kind reply_kind(const struct dns_reply *reply, const struct query_ctx *ctx)
{
	switch (reply->flags & DNS_FLAG_RCODE) {
	case DNS_NOERROR:
		break;
	case DNS_NXDOMAIN:
		return DNS_KIND_NXDOMAIN;
	default:
		return DNS_KIND_ERROR;
	}
	if (!ctx->zone && !ctx->text)
		return DNS_KIND_ERROR;
	// A reply without any records is positive, too: its records did not fit.
	if (reply->count[DNS_ANSWER] != 0 || reply->count[DNS_AUTHORITY] == 0)
		return DNS_KIND_POSITIVE;
	return reply->flags & DNS_FLAG_AA ? DNS_KIND_NODATA : DNS_KIND_REFERRAL;
}

static void put_outcome(struct dns_outcome *outcome, const struct dns_reply *reply,
                        const struct query_ctx *ctx)
{
	const struct dns_query *query = &ctx->query;
	unsigned rcode = ctx->zone ? reply->flags & DNS_FLAG_RCODE : ctx->rcode;

	*outcome = (struct dns_outcome){
	        .qtype = query->qtype,
	        .rcode = (uint16_t)rcode,
	        .zone = ctx->zone ? ctx->zone->number : ZONE_NUMBER_NONE,
	        .kind = (uint8_t)reply_kind(reply, ctx),
	        .cookie = (uint8_t)ctx->cookie.verdict,
	        .edns = query->edns,
	        .dnssec_ok = query->dnssec_ok,
	        .question_len = query->question_len,
	        .content_id = reply->content_id,
	};
}

static void put_answer(struct dns_reply *reply, struct query_ctx *ctx,
                       const struct dns_server *server, const struct dns_request *request)
{
	const struct dns_query *query = &ctx->query;

	if (ctx->zone) {
		reply->flags = DNS_FLAG_AA;
		if (query->qtype == DNS_TYPE_ANY && server->policy->any == DNS_ANY_REFUSE &&
		    request->transport == DNS_UDP && !server->last_resort)
			reply->flags |= DNS_FLAG_TC;
		else
			answer_sname_write(server, reply, ctx->zone, &ctx->sname, &ctx->match,
			                   query->qtype, request->source);
	} else if (ctx->text) {
		reply->flags = DNS_FLAG_AA;
		answer_chaos_write(reply, ctx->text);
	} else {
		reply->flags = ctx->rcode & DNS_FLAG_RCODE;
	}
}

// A reply that did not fit, where the client has no other transport to ask over: TC would send it
// to one. It may ask another server of the zone instead.
static NOINLINE void fail_reply(struct dns_reply *reply, struct query_ctx *ctx)
{
	reply->len = (uint16_t)(DNS_HDR_BYTES + ctx->query.question_len);
	memset(reply->count, 0, sizeof(reply->count));
	reply->flags = DNS_SERVFAIL;
	query_refuse(ctx, DNS_SERVFAIL, DNS_EDE_NOT_SUPPORTED);
}

// Appends the OPT record, then the TSIG record.
static void put_tail(struct dns_reply *reply, struct dns_outcome *outcome,
                     const struct dns_server *server, const struct query_ctx *ctx,
                     const struct dns_reply_tsig *tsig, size_t size)
{
	unsigned len = reply->len, records = reply->count[DNS_ADDITIONAL];

	answer_opt_write(reply, server, &ctx->query, &ctx->cookie, ctx->rcode, ctx->ede,
	                 size - tsig->len);
	if (unlikely(ctx->query.wants & DNS_QUERY_WANTS_PADDING) && server->padding_bytes)
		answer_opt_pad(reply, len, server->padding_bytes, tsig->len, size);
	if (unlikely(tsig->len))
		answer_tsig_write(reply, tsig);
	outcome->tail_len = (uint16_t)(reply->len - len);
	outcome->tail_records = (uint8_t)(reply->count[DNS_ADDITIONAL] - records);
}

static void query_answer(struct query_ctx *ctx, struct dns_request *request,
                         const struct dns_server *server)
{
	const struct dns_query *query = &ctx->query;
	const struct dns_policy *policy = server->policy;
	struct dns_reply reply = {.msg = request->msg,
	                          .dnssec = query->dnssec_ok,
	                          .last_resort = server->last_resort};
	size_t tail = answer_opt_bytes(server, query, &ctx->cookie);
	size_t size = reply_size(request, query, policy);
	struct dns_reply_tsig tsig;
	bool truncated;

	tsig.len = 0;
	if (unlikely(query->tsig))
		answer_tsig_build(&tsig, query, ((const struct dns_hdr *)request->msg)->id);
	tail += tsig.len;
	reply.len = (uint16_t)(DNS_HDR_BYTES + query->question_len);
	if (size < reply.len + tail) {
		request->drop = DROP_DNS_NO_ROOM;
		return;
	}
	reply.limit = (uint16_t)(size - tail);
	if (unlikely(request->out != NULL))
		reply.msg = request->msg = memcpy(request->out, request->msg, reply.len);
	put_answer(&reply, ctx, server, request);
	truncated = reply.flags & DNS_FLAG_TC;
	if (unlikely(truncated) && reply.last_resort)
		fail_reply(&reply, ctx);
	put_outcome(&request->outcome, &reply, ctx);
	request->outcome.truncated = truncated;
	put_tail(&reply, &request->outcome, server, ctx, &tsig, size);
	request->outcome.cut = reply.cut;
	put_header(&reply, query);
	request->reply_len = reply.len;
}

void answer_queries(const struct dns_server *server, struct dns_request *requests, unsigned n)
{
	struct query_ctx ctx[BURST];

	while (n > 0) {
		unsigned burst = (unsigned)size_min(n, BURST);
		bool searching = false;

		for (unsigned i = 0; i < burst; i++)
			query_read(&ctx[i], &requests[i], server);
		for (unsigned i = 0; i < burst; i++)
			query_find_zone(&ctx[i], server, &requests[i],
			                i > 0 ? ctx[i - 1].zone : NULL);
		for (unsigned i = 0; i < burst; i++)
			query_guess_node(&ctx[i]);
		for (unsigned i = 0; i < burst; i++)
			searching |= query_look_up(&ctx[i]);
		queries_follow_cnames(ctx, burst);
		if (searching)
			queries_search_denials(ctx, burst);
		for (unsigned i = 0; i < burst; i++) {
			if (requests[i].drop == DROP_NONE)
				query_answer(&ctx[i], &requests[i], server);
		}
		requests += burst;
		n -= burst;
	}
}

void answer_truncate(struct dns_request *request)
{
	struct dns_hdr *hdr = (struct dns_hdr *)request->msg;
	struct dns_outcome *outcome = &request->outcome;
	uint8_t *tail = request->msg + DNS_HDR_BYTES + outcome->question_len;

	memmove(tail, request->msg + request->reply_len - outcome->tail_len, outcome->tail_len);
	request->reply_len = (uint16_t)(tail - request->msg + outcome->tail_len);
	hdr->flags = be16(be16_get(hdr->flags) | DNS_FLAG_TC);
	hdr->ancount = hdr->nscount = be16(0);
	hdr->arcount = be16(outcome->tail_records);
	outcome->truncated = true;
}

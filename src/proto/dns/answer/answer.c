// answer: checks a query and decides whether it is answered from a zone, as an
// error, or about the server itself; what a zone says is answer_sname.c's. The
// requests of a burst are taken together through a few steps, each of which
// fetches ahead what the next one reads.
#include "proto/dns/answer/answer.h"

#include "proto/dns/answer/answer_chaos.h"
#include "proto/dns/answer/answer_opt.h"
#include "proto/dns/answer/answer_proof.h"
#include "proto/dns/answer/answer_sname.h"
#include "proto/dns/answer/answer_tsig.h"

#define BURST 16

const struct dns_policy dns_policy_default = {.udp_size = DNS_UDP_OUR_SIZE};

// A request between its steps.
struct asked {
	struct dns_query query;
	enum dns_rcode rcode; // of the query itself
	enum dns_ede ede;
	bool of_zone;                   // the question is
	const struct zone_origin *zone; // NULL: rcode is all there is to say, or text
	const char *text;               // what class CH is answered with
	struct dns_reply_cookie cookie;
	struct dns_subject subject;
	struct zone_guess guess;      // of the subject
	struct zone_match match;      // of the subject
	const struct zone_node *next; // what an alias leads on to, as far as it is fetched
	bool searching;
	struct dns_search search; // for what covers the subject
};

// Meta types that ask for no records of a name (RFC 6895 section 3.1).
static enum dns_rcode qtype_rcode(uint16_t qtype)
{
	if (likely(!dns_type_is_meta(qtype)))
		return DNS_NOERROR;
	switch (qtype) {
	case DNS_TYPE_ANY:
		return DNS_NOERROR;
	case DNS_TYPE_IXFR:
	case DNS_TYPE_AXFR:
	case DNS_TYPE_MAILB:
	case DNS_TYPE_MAILA:
		return DNS_NOTIMP;
	default:
		return DNS_FORMERR;
	}
}

static void refuse(struct asked *asked, enum dns_rcode rcode, enum dns_ede ede)
{
	asked->rcode = rcode;
	asked->ede = ede;
}

static void ask_chaos(struct asked *asked, const struct dns_server *server, const uint8_t *name)
{
	asked->text = chaos_text(server->policy, name, asked->query.qtype);
	if (!asked->text)
		refuse(asked, DNS_REFUSED, DNS_EDE_NOT_AUTHORITATIVE);
}

// The zone of a question, often that of the query before.
static void ask_zone(struct asked *asked, const struct dns_server *server,
                     const struct dns_request *request, const struct zone_origin *before)
{
	const struct dns_query *query = &asked->query;
	const struct zone_origin *zone;

	if (!asked->of_zone)
		return;
	zone = chain_zone(server->zones, &asked->subject, query->qtype, before);
	if (!zone) {
		refuse(asked, DNS_REFUSED, DNS_EDE_NOT_AUTHORITATIVE);
		return;
	}
	if (!chain_may_ask(zone, request->source)) {
		refuse(asked, DNS_REFUSED, DNS_EDE_PROHIBITED);
		return;
	}
	if (!zone_is_read(zone->image)) {
		refuse(asked, DNS_SERVFAIL, DNS_EDE_NOT_READY);
		return;
	}
	asked->zone = zone;
	zone_index_prefetch(zone->image, &asked->subject.name);
}

// The question is one for a zone. Its name is read again only in the next step: what
// was just stored in words is slow to be loaded at other places.
static void ask_name(struct asked *asked, const struct dns_request *request)
{
	subject_question(&asked->subject, request->msg, asked->query.name_len);
	asked->of_zone = true;
}

static void ask(struct asked *asked, struct dns_request *request, const struct dns_server *server)
{
	struct dns_query *query = &asked->query;

	asked->of_zone = false;
	asked->zone = NULL;
	asked->next = NULL;
	asked->text = NULL;
	asked->ede = DNS_EDE_NONE;
	asked->cookie.len = 0;
	asked->cookie.verdict = COOKIE_NONE;
	request->reply_len = 0;
	request->drop = dns_hdr_check(request->msg, request->len);
	if (request->drop != DROP_NONE)
		return;
	asked->rcode = dns_query_parse(query, request->msg, request->len);
	if (query->cookie)
		reply_cookie_make(&asked->cookie, server, query, request->source);
	if (asked->cookie.verdict == COOKIE_MALFORMED)
		asked->rcode = DNS_FORMERR;
	if (asked->rcode != DNS_NOERROR || query->question_len == 0)
		return;
	asked->rcode = qtype_rcode(query->qtype);
	if (asked->rcode != DNS_NOERROR)
		asked->ede = DNS_EDE_NOT_SUPPORTED;
	else if (query->qclass == DNS_CLASS_IN)
		ask_name(asked, request);
	else if (query->qclass == DNS_CLASS_CH)
		ask_chaos(asked, server, request->msg + DNS_HDR_BYTES);
	else
		refuse(asked, DNS_REFUSED, DNS_EDE_NOT_AUTHORITATIVE);
}

static void look_ahead(struct asked *asked)
{
	if (!asked->zone)
		return;
	asked->guess = zone_index_guess(asked->zone->image, &asked->subject.name);
	if (asked->guess.node)
		zone_node_prefetch(asked->guess.node);
}

// True: a search has begun.
static bool find(struct asked *asked)
{
	const struct zone_image *image;

	asked->searching = false;
	if (!asked->zone)
		return false;
	image = asked->zone->image;
	zone_index_match_guessed(&asked->match, image, &asked->subject.name, asked->guess);
	asked->next = chain_fetch(image, &asked->match);
	if (asked->query.dnssec_ok && image->denial != ZONE_DENIAL_NONE)
		asked->searching = search_begin(&asked->search, image, &asked->subject,
		                                &asked->match, asked->query.qtype);
	return asked->searching;
}

// Takes the searches to their ends, step by step.
static void search(struct asked *asked, unsigned n)
{
	bool more = true;

	while (more) {
		more = false;
		for (unsigned i = 0; i < n; i++) {
			if (!asked[i].searching)
				continue;
			asked[i].searching = search_step(&asked[i].search);
			more |= asked[i].searching;
			if (!asked[i].searching)
				search_end(&asked[i].search, &asked[i].match);
		}
	}
}

// Fetches what aliases lead on to, one after the other.
static void follow(struct asked *asked, unsigned n)
{
	bool more = true;

	for (unsigned round = 1; more && round < ZONE_CHAIN_MAX; round++) {
		more = false;
		for (unsigned i = 0; i < n; i++) {
			if (!asked[i].next)
				continue;
			asked[i].next = chain_fetch_next(asked[i].zone->image, asked[i].next);
			more |= asked[i].next != NULL;
		}
	}
}

static uint16_t reply_size(const struct dns_request *request, const struct dns_query *query,
                           const struct dns_policy *policy)
{
	uint16_t size = DNS_UDP_MIN_SIZE;

	if (request->transport == DNS_TCP)
		return request->room;
	// RFC 6891 section 6.2.3: less than 512 means 512.
	if (query->edns && query->udp_size > size)
		size = (uint16_t)size_min(query->udp_size, policy->udp_size);
	return (uint16_t)size_min(size, request->room);
}

// RD comes back, the opcode too; RA, AD, CD and Z never (RFC 1035 section 4.1.1, RFC
// 4035 section 3.1.6).
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

static enum dns_kind reply_kind(const struct dns_reply *reply, const struct asked *asked)
{
	switch (reply->flags & DNS_FLAG_RCODE) {
	case DNS_NOERROR:
		break;
	case DNS_NXDOMAIN:
		return DNS_KIND_NXDOMAIN;
	default:
		return DNS_KIND_ERROR;
	}
	if (!asked->zone && !asked->text)
		return DNS_KIND_ERROR;
	// With nothing at all there was something that did not fit.
	if (reply->count[DNS_ANSWER] != 0 || reply->count[DNS_AUTHORITY] == 0)
		return DNS_KIND_POSITIVE;
	return reply->flags & DNS_FLAG_AA ? DNS_KIND_NODATA : DNS_KIND_REFERRAL;
}

static void put_outcome(struct dns_outcome *outcome, const struct dns_reply *reply,
                        const struct asked *asked)
{
	const struct dns_query *query = &asked->query;
	unsigned rcode = asked->zone ? reply->flags & DNS_FLAG_RCODE : asked->rcode;

	*outcome = (struct dns_outcome){
	        .qtype = query->qtype,
	        .rcode = (uint16_t)rcode,
	        .zone = asked->zone ? asked->zone->number : ZONE_NUMBER_NONE,
	        .kind = (uint8_t)reply_kind(reply, asked),
	        .cookie = (uint8_t)asked->cookie.verdict,
	        .edns = query->edns,
	        .dnssec_ok = query->dnssec_ok,
	        .truncated = reply->flags & DNS_FLAG_TC,
	        .question_len = query->question_len,
	        .subject = reply->subject,
	};
}

static void put_answer(struct dns_reply *reply, struct asked *asked,
                       const struct dns_server *server, const struct dns_request *request)
{
	const struct dns_query *query = &asked->query;

	if (asked->zone) {
		reply->flags = DNS_FLAG_AA;
		if (query->qtype == DNS_TYPE_ANY && server->policy->any == DNS_ANY_REFUSE &&
		    request->transport == DNS_UDP)
			reply->flags |= DNS_FLAG_TC;
		else
			chain_answer(server, reply, asked->zone, &asked->subject, &asked->match,
			             query->qtype, request->source);
	} else if (asked->text) {
		reply->flags = DNS_FLAG_AA;
		reply_chaos(reply, asked->text);
	} else {
		reply->flags = asked->rcode & DNS_FLAG_RCODE;
	}
}

// What follows the records of zones: OPT, then TSIG.
static void put_tail(struct dns_reply *reply, struct dns_outcome *outcome,
                     const struct dns_policy *policy, const struct asked *asked,
                     const struct dns_reply_tsig *tsig, size_t size)
{
	unsigned len = reply->len, records = reply->count[DNS_ADDITIONAL];

	reply_opt(reply, policy, &asked->query, &asked->cookie, asked->rcode, asked->ede,
	          size - tsig->len);
	if (unlikely(tsig->len))
		reply_tsig(reply, tsig);
	outcome->tail_len = (uint16_t)(reply->len - len);
	outcome->tail_records = (uint8_t)(reply->count[DNS_ADDITIONAL] - records);
}

static void answer(struct asked *asked, struct dns_request *request,
                   const struct dns_server *server)
{
	const struct dns_query *query = &asked->query;
	const struct dns_policy *policy = server->policy;
	struct dns_reply reply = {.msg = request->msg, .dnssec = query->dnssec_ok};
	size_t tail = reply_opt_bytes(policy, query, &asked->cookie);
	size_t size = reply_size(request, query, policy);
	struct dns_reply_tsig tsig;

	tsig.len = 0;
	if (unlikely(query->tsig))
		reply_tsig_error(&tsig, query, ((const struct dns_hdr *)request->msg)->id);
	tail += tsig.len;
	reply.len = (uint16_t)(DNS_HDR_BYTES + query->question_len);
	if (size < reply.len + tail) {
		request->drop = DROP_DNS_NO_ROOM;
		return;
	}
	reply.limit = (uint16_t)(size - tail);
	put_answer(&reply, asked, server, request);
	put_outcome(&request->outcome, &reply, asked);
	put_tail(&reply, &request->outcome, policy, asked, &tsig, size);
	put_header(&reply, query);
	request->reply_len = reply.len;
}

void dns_answer(const struct dns_server *server, struct dns_request *requests, unsigned n)
{
	struct asked asked[BURST];

	while (n > 0) {
		unsigned burst = (unsigned)size_min(n, BURST);
		bool searching = false;

		for (unsigned i = 0; i < burst; i++)
			ask(&asked[i], &requests[i], server);
		for (unsigned i = 0; i < burst; i++)
			ask_zone(&asked[i], server, &requests[i], i > 0 ? asked[i - 1].zone : NULL);
		for (unsigned i = 0; i < burst; i++)
			look_ahead(&asked[i]);
		for (unsigned i = 0; i < burst; i++)
			searching |= find(&asked[i]);
		follow(asked, burst);
		if (searching)
			search(asked, burst);
		for (unsigned i = 0; i < burst; i++) {
			if (requests[i].drop == DROP_NONE)
				answer(&asked[i], &requests[i], server);
		}
		requests += burst;
		n -= burst;
	}
}

void dns_truncate(struct dns_request *request)
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

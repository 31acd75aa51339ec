// answer: decides what a query is answered with (RFC 1034 section 4.3.2, RFC
// 4592, RFC 2308). Bytes are answer_write.c's, look-ups zone_index.c's. The
// requests of a burst are taken together through three steps, each of which
// fetches ahead what the next one reads.
#include "proto/dns/answer.h"

#include "proto/dns/answer_write.h"

#define BURST 16

// A request between its steps.
struct asked {
	struct dns_query query;
	enum dns_rcode rcode;           // of the query itself
	const struct zone_image *image; // NULL: no zone of ours, or rcode is an error
	uint32_t zone;
	struct dns_subject subject;
};

// A name of a CNAME chain; its hash within a zone stands for it.
struct chain_link {
	const struct zone_image *image;
	uint64_t hash;
};

// The zone above the one that begins at the subject, if it is ours and delegates
// the subject; NULL otherwise. Left in the name are hashes of that zone.
static const struct zone_origin *delegating_zone(const struct zone_set *zones,
                                                 struct zone_name *name)
{
	const struct zone_origin *parent = zone_set_find(zones, name, true);

	if (!parent)
		return NULL;
	zone_name_hash(name, parent->image->origin_labels, name->labels, parent->image->hash_key);
	return zone_find(parent->image, name).kind == ZONE_CUT ? parent : NULL;
}

// Finds the zone of the subject and hashes the name for it. DS is asked of the
// parent (RFC 4035 section 3.1.4.1), if that is ours and knows the child: a
// denial by one that does not would hide the child's names (RFC 8020).
static const struct zone_origin *subject_zone(const struct zone_set *zones,
                                              struct dns_subject *subject, uint16_t qtype)
{
	struct zone_name *name = &subject->name;
	const struct zone_origin *zone = zone_set_find(zones, name, false);

	if (zone && qtype == DNS_TYPE_DS && zone->image->origin_labels == name->labels) {
		const struct zone_origin *parent = delegating_zone(zones, name);

		if (parent)
			return parent;
	}
	if (zone)
		zone_name_hash(name, zone->image->origin_labels, name->labels,
		               zone->image->hash_key);
	return zone;
}

// Meta types that ask for no records of a name (RFC 6895 section 3.1).
static enum dns_rcode qtype_rcode(uint16_t qtype)
{
	switch (qtype) {
	case DNS_TYPE_ANY:
		return DNS_NOERROR;
	case DNS_TYPE_IXFR:
	case DNS_TYPE_AXFR:
	case DNS_TYPE_MAILB:
	case DNS_TYPE_MAILA:
		return DNS_NOTIMP;
	default:
		return dns_type_is_meta(qtype) ? DNS_FORMERR : DNS_NOERROR;
	}
}

static void ask(struct asked *asked, struct dns_request *request, const struct zone_set *zones)
{
	struct dns_query *query = &asked->query;
	const struct zone_origin *zone;

	asked->image = NULL;
	asked->zone = ZONE_NUMBER_NONE;
	request->reply_len = 0;
	request->drop = dns_hdr_check(request->msg, request->len);
	if (request->drop != DROP_NONE)
		return;
	asked->rcode = dns_query_parse(query, request->msg, request->len);
	if (asked->rcode != DNS_NOERROR)
		return;
	asked->rcode = query->qclass == DNS_CLASS_IN ? qtype_rcode(query->qtype) : DNS_REFUSED;
	if (asked->rcode != DNS_NOERROR)
		return;
	subject_question(&asked->subject, request->msg, query->name_len);
	zone = subject_zone(zones, &asked->subject, query->qtype);
	if (!zone) {
		asked->rcode = DNS_REFUSED;
		return;
	}
	asked->image = zone->image;
	asked->zone = zone->number;
	__builtin_prefetch(zone_buckets(asked->image) +
	                   zone_index_home(asked->image->buckets,
	                                   asked->subject.name.hash[asked->subject.name.labels]));
}

static void look_ahead(const struct asked *asked)
{
	const struct zone_name *name = &asked->subject.name;
	const struct zone_node *node;

	if (!asked->image)
		return;
	node = zone_index_guess(asked->image, name->hash[name->labels]);
	if (node) {
		__builtin_prefetch(node);
		__builtin_prefetch((const uint8_t *)node + CACHE_LINE_BYTES);
	}
}

// NXDOMAIN and NODATA carry the SOA (RFC 2308 section 2).
static void put_negative(struct dns_reply *reply, const struct zone_image *image,
                         const struct dns_subject *subject)
{
	if (!reply_rrset(reply, DNS_AUTHORITY, zone_at(image, image->negative_soa), subject,
	                 image->origin_labels))
		reply->flags |= DNS_FLAG_TC;
}

// A referral is not authoritative; what came before it in a chain is.
static void put_referral(struct dns_reply *reply, const struct zone_image *image,
                         const struct dns_subject *subject, const struct zone_node *cut)
{
	const struct zone_rrset *ns = zone_node_find(cut, DNS_TYPE_NS);
	unsigned start = reply->len;

	if (reply->count[DNS_ANSWER] == 0)
		reply->flags &= (uint16_t)~DNS_FLAG_AA;
	if (reply_rrset(reply, DNS_AUTHORITY, ns, subject, image->origin_labels + cut->labels))
		reply_addresses(reply, image, ns, start);
	else
		reply->flags |= DNS_FLAG_TC;
}

// The RRset that answers: of the type, or the CNAME. ANY gets one RRset (RFC
// 8482 section 4.1).
static const struct zone_rrset *node_answer(const struct zone_node *node, uint16_t qtype)
{
	const struct zone_rrset *rrset = zone_node_rrsets(node), *cname = NULL;

	for (unsigned i = 0; i < node->rrsets; i++, rrset = zone_rrset_next(rrset)) {
		if (rrset->type == qtype || qtype == DNS_TYPE_ANY)
			return rrset;
		if (rrset->type == DNS_TYPE_CNAME)
			cname = rrset;
	}
	return cname;
}

// Answers from a node. True: it was a CNAME, and its target is the new subject.
static bool put_node(struct dns_reply *reply, const struct zone_image *image,
                     struct dns_subject *subject, const struct zone_node *node, uint16_t qtype)
{
	const struct zone_rrset *rrset = node_answer(node, qtype);
	unsigned start = reply->len;

	if (!rrset) {
		put_negative(reply, image, subject);
		return false;
	}
	if (!reply_rrset(reply, DNS_ANSWER, rrset, subject, subject->name.labels)) {
		reply->flags |= DNS_FLAG_TC;
		return false;
	}
	if (rrset->type == DNS_TYPE_CNAME && qtype != DNS_TYPE_CNAME && qtype != DNS_TYPE_ANY) {
		subject_message(subject, reply->msg,
		                start + sizeof(be16_t) + sizeof(struct dns_rr_hdr));
		return true;
	}
	reply_addresses(reply, image, rrset, start);
	return false;
}

// One name of a chain. True: it leads on to a new subject.
static bool put_subject(struct dns_reply *reply, const struct zone_image *image,
                        struct dns_subject *subject, uint16_t qtype)
{
	struct zone_match match = zone_find(image, &subject->name);

	reply->subject = (uintptr_t)(match.node ? (const void *)match.node : image);
	switch (match.kind) {
	case ZONE_ABSENT:
		reply->flags |= DNS_NXDOMAIN; // of a chain: RFC 6604
		put_negative(reply, image, subject);
		return false;
	case ZONE_CUT:
		if (!match.at_cut || qtype != DNS_TYPE_DS) {
			put_referral(reply, image, subject, match.node);
			return false;
		}
		break;
	case ZONE_EXACT:
	case ZONE_WILDCARD:
		break;
	}
	return put_node(reply, image, subject, match.node, qtype);
}

// Follows a CNAME chain through all zones, until it leaves them, returns to a
// name that it had, or is too long.
static void put_chain(struct dns_reply *reply, const struct zone_set *zones, struct asked *asked)
{
	struct dns_subject *subject = &asked->subject;
	const struct zone_image *image = asked->image;
	const struct zone_origin *zone;
	struct chain_link links[ZONE_CHAIN_MAX];
	uint16_t qtype = asked->query.qtype;

	for (unsigned i = 0; image && i < ZONE_CHAIN_MAX; i++) {
		links[i] = (struct chain_link){image, subject->name.hash[subject->name.labels]};
		for (unsigned j = 0; j < i; j++) {
			if (links[j].image == image && links[j].hash == links[i].hash)
				return;
		}
		if (likely(!put_subject(reply, image, subject, qtype)))
			return;
		zone = subject_zone(zones, subject, qtype);
		image = zone ? zone->image : NULL;
	}
}

static uint16_t reply_size(const struct dns_request *request, const struct dns_query *query)
{
	uint16_t size = DNS_UDP_MIN_SIZE;

	if (request->transport == DNS_TCP)
		return request->room;
	// RFC 6891 section 6.2.3: less than 512 means 512.
	if (query->edns && query->udp_size > size)
		size = (uint16_t)size_min(query->udp_size, DNS_UDP_OUR_SIZE);
	return (uint16_t)size_min(size, request->room);
}

static void put_opt(struct dns_reply *reply, const struct dns_query *query, unsigned rcode)
{
	struct dns_opt *opt = (struct dns_opt *)(reply->msg + reply->len);

	*opt = (struct dns_opt){
	        .type = be16(DNS_TYPE_OPT),
	        .udp_size = be16(DNS_UDP_OUR_SIZE),
	        .rcode = (uint8_t)(rcode >> 4),
	        .flags = be16(query->dnssec_ok ? DNS_OPT_DO : 0),
	};
	reply->len = (uint16_t)(reply->len + sizeof(*opt));
	reply->count[DNS_ADDITIONAL]++;
}

// RD and CD come back, the opcode too; RA, AD and Z never (RFC 1035 section
// 4.1.1, RFC 4035 section 3.1.6).
static void put_header(const struct dns_reply *reply, const struct dns_query *query)
{
	struct dns_hdr *hdr = (struct dns_hdr *)reply->msg;
	unsigned kept = be16_get(hdr->flags) & (DNS_FLAG_OPCODE | DNS_FLAG_RD | DNS_FLAG_CD);

	hdr->flags = be16((uint16_t)(DNS_FLAG_QR | kept | reply->flags));
	hdr->qdcount = be16(query->question_len != 0);
	hdr->ancount = be16(reply->count[DNS_ANSWER]);
	hdr->nscount = be16(reply->count[DNS_AUTHORITY]);
	hdr->arcount = be16(reply->count[DNS_ADDITIONAL]);
}

static enum dns_kind reply_kind(const struct dns_reply *reply, const struct asked *asked)
{
	if (!asked->image)
		return DNS_KIND_ERROR;
	if (reply->flags & DNS_FLAG_RCODE)
		return DNS_KIND_NXDOMAIN;
	if (reply->count[DNS_ANSWER] != 0)
		return DNS_KIND_POSITIVE;
	return reply->flags & DNS_FLAG_AA ? DNS_KIND_NODATA : DNS_KIND_REFERRAL;
}

static void put_outcome(struct dns_outcome *outcome, const struct dns_reply *reply,
                        const struct asked *asked)
{
	*outcome = (struct dns_outcome){
	        .qtype = asked->query.qtype,
	        .rcode = (uint16_t)(asked->image ? reply->flags & DNS_FLAG_RCODE : asked->rcode),
	        .zone = asked->zone,
	        .kind = (uint8_t)reply_kind(reply, asked),
	        .edns = asked->query.edns,
	        .dnssec_ok = asked->query.dnssec_ok,
	        .truncated = reply->flags & DNS_FLAG_TC,
	        .subject = reply->subject,
	};
}

static void answer(struct asked *asked, struct dns_request *request, const struct zone_set *zones)
{
	const struct dns_query *query = &asked->query;
	struct dns_reply reply = {.msg = request->msg};
	size_t opt = query->edns ? sizeof(struct dns_opt) : 0;
	size_t size = reply_size(request, query);

	reply.len = (uint16_t)(DNS_HDR_BYTES + query->question_len);
	if (size < reply.len + opt) {
		request->drop = DROP_DNS_NO_ROOM;
		return;
	}
	reply.limit = (uint16_t)(size - opt);
	if (asked->image) {
		reply.flags = DNS_FLAG_AA;
		put_chain(&reply, zones, asked);
	} else {
		reply.flags = asked->rcode & DNS_FLAG_RCODE;
	}
	if (query->edns)
		put_opt(&reply, query, asked->rcode);
	put_header(&reply, query);
	request->reply_len = reply.len;
	put_outcome(&request->outcome, &reply, asked);
}

void dns_answer(const struct dns_server *server, struct dns_request *requests, unsigned n)
{
	struct asked asked[BURST];

	while (n > 0) {
		unsigned burst = (unsigned)size_min(n, BURST);

		for (unsigned i = 0; i < burst; i++)
			ask(&asked[i], &requests[i], server->zones);
		for (unsigned i = 0; i < burst; i++)
			look_ahead(&asked[i]);
		for (unsigned i = 0; i < burst; i++) {
			if (requests[i].drop == DROP_NONE)
				answer(&asked[i], &requests[i], server->zones);
		}
		requests += burst;
		n -= burst;
	}
}

// dns_query: parses the question, skips records, and reads OPT and TSIG.
#include "proto/dns/wire/dns_query.h"

// Skips a name that may be compressed. It does not follow pointers.
static void name_skip(struct span *s)
{
	for (;;) {
		uint8_t len = span_u8(s);

		if (s->bad || len == 0)
			return;
		if (len >= DNS_PTR >> 8) {
			span_u8(s);
			return;
		}
		if (len > DNS_LABEL_MAX_BYTES)
			s->bad = true;
		span_take(s, len);
	}
}

static bool question_parse(struct dns_query *query, struct span *s)
{
	const uint8_t *start = s->p;

	query->name_len = (uint16_t)dns_name_check(s->p, span_left(s));
	if (query->name_len == 0)
		return false;
	span_take(s, query->name_len);
	query->qtype = span_u16(s);
	query->qclass = span_u16(s);
	if (s->bad)
		return false;
	query->question_len = (uint16_t)(s->p - start);
	return true;
}

// Ignores all options but NSID, cookie and keepalive: unknown ones (RFC 6891 section 6.1.2),
// padding (RFC 7830), which without encryption only makes replies longer.
static bool options_parse(struct dns_query *query, struct span options)
{
	while (span_left(&options)) {
		const struct dns_option *option =
		        (const struct dns_option *)span_take(&options, sizeof(*option));
		const uint8_t *data = option ? span_take(&options, be16_get(option->len)) : NULL;

		if (!data)
			return false;
		if (be16_get(option->code) == DNS_OPTION_NSID)
			query->wants |= DNS_QUERY_WANTS_NSID;
		if (be16_get(option->code) == DNS_OPTION_KEEPALIVE)
			query->wants |= DNS_QUERY_WANTS_KEEPALIVE;
		if (be16_get(option->code) == DNS_OPTION_PADDING)
			query->wants |= DNS_QUERY_WANTS_PADDING;
		if (be16_get(option->code) == DNS_OPTION_COOKIE && !query->cookie) {
			query->cookie = data;
			query->cookie_len = be16_get(option->len);
		}
	}
	return true;
}

static bool opt_parse(struct dns_query *query, const struct dns_rr_hdr *rr)
{
	uint32_t ttl = be32_get(rr->ttl);

	query->edns = true;
	query->udp_size = be16_get(rr->rr_class);
	query->edns_version = (uint8_t)(ttl >> 16);
	query->dnssec_ok = ttl & DNS_OPT_DO;
	return options_parse(query, span_of(rr + 1, be16_get(rr->rdlen)));
}

// Requires key and algorithm names without compression, so that they can be copied to the
// reply, and checks the lengths of signature and other data (RFC 8945 section 4.2).
static bool tsig_parse(struct dns_query *query, const uint8_t *owner, const struct dns_rr_hdr *rr)
{
	struct span s = span_of(rr + 1, be16_get(rr->rdlen));
	size_t owner_len = dns_name_check(owner, (size_t)((const uint8_t *)rr - owner));
	size_t algorithm_len = dns_name_check(s.p, span_left(&s));

	if (owner_len == 0 || algorithm_len == 0)
		return false;
	span_take(&s, algorithm_len + DNS_TSIG_TIMES_BYTES);
	span_take(&s, span_u16(&s));
	span_take(&s, 4); // id and error
	span_take(&s, span_u16(&s));
	if (s.bad || span_left(&s))
		return false;
	query->tsig = owner;
	return true;
}

// Parses one record of the additional section; `last`: no other record follows.
static enum dns_rcode additional_parse(struct dns_query *query, struct span *s, bool last)
{
	const uint8_t *owner = s->p;
	const struct dns_rr_hdr *rr;

	name_skip(s);
	rr = (const struct dns_rr_hdr *)span_take(s, sizeof(*rr));
	if (!rr || !span_take(s, be16_get(rr->rdlen)))
		return DNS_FORMERR;
	switch (be16_get(rr->type)) {
	case DNS_TYPE_OPT:
		// RFC 6891 section 6.1.1: one OPT, and its owner is the root.
		if (!query->edns && *owner == 0 && opt_parse(query, rr))
			return DNS_NOERROR;
		query->edns = false;
		return DNS_FORMERR;
	case DNS_TYPE_TSIG:
		// RFC 8945 section 5.1: TSIG must be the last record.
		return last && tsig_parse(query, owner, rr) ? DNS_NOTAUTH : DNS_FORMERR;
	default:
		return DNS_NOERROR;
	}
}

// Only queries for IXFR have a record, the client's SOA, in the authority section (RFC 1995).
static bool authority_skip(const struct dns_query *query, struct span *s, unsigned records)
{
	const struct dns_rr_hdr *rr;

	if (records != 0 && query->qtype != DNS_TYPE_IXFR)
		return false;
	for (; records > 0; records--) {
		name_skip(s);
		rr = (const struct dns_rr_hdr *)span_take(s, sizeof(*rr));
		if (!rr || !span_take(s, be16_get(rr->rdlen)))
			return false;
	}
	return true;
}

enum dns_rcode dns_query_parse(struct dns_query *query, const uint8_t *msg, size_t len)
{
	const struct dns_hdr hdr = *(const struct dns_hdr *)msg;
	struct span s = span_of(msg + sizeof(hdr), len - sizeof(hdr));
	unsigned questions = be16_get(hdr.qdcount), additional = be16_get(hdr.arcount);
	enum dns_rcode rcode = DNS_NOERROR;

	*query = (struct dns_query){0};
	if (unlikely(be16_get(hdr.flags) & DNS_FLAG_OPCODE)) // only QUERY is answered
		return (be16_get(hdr.flags) & DNS_FLAG_OPCODE) == DNS_OPCODE_NOTIFY ? DNS_REFUSED
		                                                                    : DNS_NOTIMP;
	if (questions > 1 || be16_get(hdr.ancount) != 0)
		return DNS_FORMERR;
	if (questions == 1 && !question_parse(query, &s))
		return DNS_FORMERR;
	if (!authority_skip(query, &s, be16_get(hdr.nscount)))
		rcode = DNS_FORMERR;
	for (; additional > 0 && rcode == DNS_NOERROR; additional--)
		rcode = additional_parse(query, &s, additional == 1);
	if (questions == 0 && !query->cookie)
		rcode = DNS_FORMERR;
	if (unlikely(rcode == DNS_FORMERR))
		*query = (struct dns_query){.edns = query->edns,
		                            .dnssec_ok = query->dnssec_ok,
		                            .udp_size = query->udp_size};
	if (rcode == DNS_NOERROR && query->edns_version > 0)
		rcode = DNS_BADVERS;
	return rcode;
}

// Finds an option among those of an OPT record.
static bool option_find(struct span options, uint16_t code, struct span *data)
{
	while (span_left(&options)) {
		const struct dns_option *option =
		        (const struct dns_option *)span_take(&options, sizeof(*option));
		const uint8_t *bytes = option ? span_take(&options, be16_get(option->len)) : NULL;

		if (!bytes)
			return false;
		if (be16_get(option->code) != code)
			continue;
		*data = span_of(bytes, be16_get(option->len));
		return true;
	}
	return false;
}

bool dns_query_option(const uint8_t *msg, size_t len, uint16_t code, struct span *data)
{
	const struct dns_hdr hdr = *(const struct dns_hdr *)msg;
	unsigned records = be16_get(hdr.ancount) + be16_get(hdr.nscount) + be16_get(hdr.arcount);
	struct span s = span_of(msg + sizeof(hdr), len - sizeof(hdr));

	for (unsigned questions = be16_get(hdr.qdcount); questions > 0 && !s.bad; questions--) {
		name_skip(&s);
		span_take(&s, 2 * sizeof(be16_t));
	}
	for (; records > 0; records--) {
		const struct dns_rr_hdr *rr;

		name_skip(&s);
		rr = (const struct dns_rr_hdr *)span_take(&s, sizeof(*rr));
		if (!rr || !span_take(&s, be16_get(rr->rdlen)))
			return false;
		if (be16_get(rr->type) == DNS_TYPE_OPT)
			return option_find(span_of(rr + 1, be16_get(rr->rdlen)), code, data);
	}
	return false;
}

// model: a resolver for tests that is slow and plain. It looks through a list
// of records for every question, following RFC 1034 section 4.3.2 and RFC 4592
// to the letter, and knows nothing of indexes, images or wire form.
#ifndef UNIT_DNS_MODEL_H
#define UNIT_DNS_MODEL_H

#include "message.h"

#include <ctype.h>

#include "proto/dns/load/zonefile.h"

#define MODEL_ZONES_MAX   4
#define MODEL_RECORDS_MAX 256
#define MODEL_LINES_MAX   512

struct model_record {
	struct dns_name owner;
	uint16_t type;
	uint32_t ttl;
	uint8_t rdata[512];
	size_t rdata_len;
};

struct model_zone {
	struct dns_name origin;
	struct model_record records[MODEL_RECORDS_MAX];
	unsigned len;
};

struct model {
	struct model_zone zones[MODEL_ZONES_MAX];
	unsigned len;
};

struct model_reply {
	unsigned rcode;
	bool aa;
	char *lines[3][MODEL_LINES_MAX];
	unsigned len[3];
};

static inline void model_on_record(void *ctx, const struct zone_record *record)
{
	struct model_zone *zone = ctx;
	struct model_record *r = &zone->records[zone->len++];

	assert_true(zone->len < MODEL_RECORDS_MAX && record->rdata_len <= sizeof(r->rdata));
	r->owner.len = (uint8_t)dns_name_lower(r->owner.wire, record->owner);
	r->type = record->type;
	r->ttl = record->ttl;
	r->rdata_len = record->rdata_len;
	memcpy(r->rdata, record->rdata, record->rdata_len);
}

// RFC 2181 section 5.2: a set has one TTL, here the lowest.
static inline uint32_t model_ttl(const struct model_zone *zone, const struct model_record *of)
{
	uint32_t ttl = of->ttl;

	for (unsigned i = 0; i < zone->len; i++) {
		const struct model_record *r = &zone->records[i];

		if (r->type == of->type && dns_name_eq(r->owner.wire, of->owner.wire) &&
		    r->ttl < ttl)
			ttl = r->ttl;
	}
	return ttl;
}

static inline bool model_is_put(const struct model_reply *reply, unsigned section, const char *line)
{
	for (unsigned i = 0; i < reply->len[section]; i++) {
		if (strcmp(reply->lines[section][i], line) == 0)
			return true;
	}
	return false;
}

// False when the reply has the record already.
static inline bool model_put(struct model_reply *reply, unsigned section, const uint8_t *owner,
                             const struct model_record *r, uint32_t ttl)
{
	static char line[4096];
	size_t len = message_line(line, sizeof(line), owner, ttl, r->type, r->rdata, r->rdata_len);

	for (size_t i = 0; i < len; i++)
		line[i] = (char)tolower((unsigned char)line[i]);
	if (model_is_put(reply, section, line) ||
	    (section == 2 && r->type == DNS_TYPE_HTTPS && model_is_put(reply, 0, line)))
		return false;
	assert_true(reply->len[section] < MODEL_LINES_MAX);
	reply->lines[section][reply->len[section]++] = strdup(line);
	return true;
}

static inline bool model_has(const struct model_zone *zone, const uint8_t *name, uint16_t type)
{
	for (unsigned i = 0; i < zone->len; i++) {
		if (zone->records[i].type == type && dns_name_eq(zone->records[i].owner.wire, name))
			return true;
	}
	return false;
}

// A name exists when it or a name below it has records.
static inline bool model_exists(const struct model_zone *zone, const uint8_t *name)
{
	for (unsigned i = 0; i < zone->len; i++) {
		if (dns_name_under(zone->records[i].owner.wire, name))
			return true;
	}
	return false;
}

// The topmost delegation at or above the name, or NULL.
static inline const uint8_t *model_cut(const struct model_zone *zone, const uint8_t *name)
{
	const uint8_t *cut = NULL;

	for (; !dns_name_eq(name, zone->origin.wire); name += 1 + name[0]) {
		if (model_has(zone, name, DNS_TYPE_NS) && !(name[0] == 1 && name[1] == '*'))
			cut = name;
	}
	return cut;
}

// The name itself, or the wildcard that stands for it; false: neither exists.
static inline bool model_match(const struct model_zone *zone, const uint8_t *name,
                               struct dns_name *match)
{
	match->len = (uint8_t)dns_name_len(name);
	memcpy(match->wire, name, match->len);
	if (model_exists(zone, name))
		return true;
	while (!model_exists(zone, name))
		name += 1 + name[0];
	match->len = (uint8_t)(2 + dns_name_len(name));
	memcpy(match->wire, "\1*", 2);
	memcpy(match->wire + 2, name, match->len - 2u);
	return model_exists(zone, match->wire);
}

static inline const uint8_t *model_target(const struct model_record *r, const uint8_t *owner)
{
	return dns_rdata_host(r->type, r->rdata, r->rdata_len, owner);
}

// The addresses for one target; below a cut they are glue, which only NS bring.
static inline void model_addresses(struct model_reply *reply, const struct model_zone *zone,
                                   const uint8_t *target, bool glue)
{
	const uint8_t *cut;
	struct dns_name match;

	if (!dns_name_under(target, zone->origin.wire))
		return;
	cut = model_cut(zone, target);
	if (cut && (!glue || !model_exists(zone, target)))
		return;
	if (!model_match(zone, target, &match))
		return;
	for (unsigned i = 0; i < zone->len; i++) {
		const struct model_record *r = &zone->records[i];

		if ((r->type == DNS_TYPE_A || r->type == DNS_TYPE_AAAA) &&
		    dns_name_eq(r->owner.wire, match.wire))
			model_put(reply, 2, target, r, model_ttl(zone, r));
	}
}

static inline void model_rrset(struct model_reply *reply, unsigned section,
                               const struct model_zone *zone, const uint8_t *node,
                               const uint8_t *owner, uint16_t type);

// The target's own records of the type, for SVCB and HTTPS (RFC 9460 section 4.1).
static inline void model_svcb(struct model_reply *reply, const struct model_zone *zone,
                              const uint8_t *target, uint16_t type)
{
	struct dns_name match;

	if (dns_name_under(target, zone->origin.wire) && !model_cut(zone, target) &&
	    model_match(zone, target, &match))
		model_rrset(reply, 2, zone, match.wire, target, type);
}

// All records of a type at a node under another owner's name, and what belongs
// to them.
static inline void model_rrset(struct model_reply *reply, unsigned section,
                               const struct model_zone *zone, const uint8_t *node,
                               const uint8_t *owner, uint16_t type)
{
	bool new = false;

	for (unsigned i = 0; i < zone->len; i++) {
		const struct model_record *r = &zone->records[i];

		if (r->type == type && dns_name_eq(r->owner.wire, node))
			new |= model_put(reply, section, owner, r, model_ttl(zone, r));
	}
	for (unsigned i = 0; new &&i < zone->len; i++) {
		const struct model_record *r = &zone->records[i];
		const uint8_t *target = model_target(r, owner);

		// "." in AliasMode means that there is no service (RFC 9460 section 2.5.1).
		if (r->type != type || !dns_name_eq(r->owner.wire, node) || !target ||
		    (dns_type_is_svcb(type) && !*target && target != owner))
			continue;
		model_addresses(reply, zone, target, type == DNS_TYPE_NS);
		if (dns_type_is_svcb(type))
			model_svcb(reply, zone, target, type);
	}
}

static inline void model_negative(struct model_reply *reply, const struct model_zone *zone)
{
	for (unsigned i = 0; i < zone->len; i++) {
		const struct model_record *r = &zone->records[i];
		struct span s = span_of(r->rdata + r->rdata_len - 4, 4);
		uint32_t minimum = span_u32(&s);

		if (r->type == DNS_TYPE_SOA)
			model_put(reply, 1, zone->origin.wire, r,
			          minimum < r->ttl ? minimum : r->ttl);
	}
}

static inline const struct model_zone *model_zone_find(const struct model *model,
                                                       const uint8_t *name, uint16_t qtype)
{
	const struct model_zone *best = NULL, *second = NULL;

	for (unsigned i = 0; i < model->len; i++) {
		const struct model_zone *zone = &model->zones[i];

		if (!dns_name_under(name, zone->origin.wire))
			continue;
		if (!best || zone->origin.len > best->origin.len) {
			second = best;
			best = zone;
		} else if (!second || zone->origin.len > second->origin.len) {
			second = zone;
		}
	}
	if (best && second && qtype == DNS_TYPE_DS && dns_name_eq(best->origin.wire, name) &&
	    model_cut(second, name))
		return second;
	return best;
}

// What ANY is answered with: the lowest type.
static inline uint16_t model_any(const struct model_zone *zone, const uint8_t *node)
{
	uint16_t type = 0;

	for (unsigned i = 0; i < zone->len; i++) {
		const struct model_record *r = &zone->records[i];

		if (dns_name_eq(r->owner.wire, node) && (!type || r->type < type))
			type = r->type;
	}
	return type;
}

// One name. NULL: the reply is complete; otherwise the CNAME's target.
static inline const uint8_t *model_step(struct model_reply *reply, const struct model_zone *zone,
                                        const uint8_t *name, uint16_t qtype)
{
	const uint8_t *cut = model_cut(zone, name);
	struct dns_name node;

	if (cut && !(qtype == DNS_TYPE_DS && dns_name_eq(cut, name))) {
		if (reply->len[0] == 0)
			reply->aa = false;
		model_rrset(reply, 1, zone, cut, cut, DNS_TYPE_NS);
		return NULL;
	}
	if (!model_match(zone, name, &node)) {
		reply->rcode = DNS_NXDOMAIN;
		model_negative(reply, zone);
		return NULL;
	}
	if (qtype == DNS_TYPE_ANY)
		qtype = model_any(zone, node.wire);
	if (qtype && model_has(zone, node.wire, qtype)) {
		model_rrset(reply, 0, zone, node.wire, name, qtype);
		return NULL;
	}
	if (!model_has(zone, node.wire, DNS_TYPE_CNAME)) {
		model_negative(reply, zone);
		return NULL;
	}
	model_rrset(reply, 0, zone, node.wire, name, DNS_TYPE_CNAME);
	for (unsigned i = 0;; i++) {
		if (zone->records[i].type == DNS_TYPE_CNAME &&
		    dns_name_eq(zone->records[i].owner.wire, node.wire))
			return zone->records[i].rdata;
	}
}

// The reply in the form of message_text, all in lower case.
static inline char *model_ask(const struct model *model, const uint8_t *qname, uint16_t qtype)
{
	static const char *const sections[] = {"answer", "authority", "additional"};
	static char text[1 << 18];
	struct model_reply reply = {.aa = true};
	const uint8_t *seen[16];
	unsigned links = 0;
	size_t len;

	for (const uint8_t *name = qname; name && links < ARRAY_LEN(seen);) {
		const struct model_zone *zone = model_zone_find(model, name, qtype);

		for (unsigned i = 0; i < links; i++)
			zone = dns_name_eq(seen[i], name) ? NULL : zone;
		if (!zone)
			break;
		seen[links++] = name;
		name = model_step(&reply, zone, name, qtype);
	}
	if (links == 0) {
		reply.rcode = DNS_REFUSED;
		reply.aa = false;
	}
	len = (size_t)sprintf(text, "%s%s\n",
	                      reply.rcode == DNS_NXDOMAIN  ? "nxdomain"
	                      : reply.rcode == DNS_REFUSED ? "refused"
	                                                   : "noerror",
	                      reply.aa ? " aa" : "");
	for (unsigned s = 0; s < 3; s++) {
		qsort(reply.lines[s], reply.len[s], sizeof(char *), message_line_cmp);
		for (unsigned i = 0; i < reply.len[s]; i++) {
			len += (size_t)sprintf(text + len, "%s %s\n", sections[s],
			                       reply.lines[s][i]);
			free(reply.lines[s][i]);
		}
	}
	return text;
}

#endif

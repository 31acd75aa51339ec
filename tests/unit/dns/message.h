// message: DNS messages as tests make and read them. The reader believes
// nothing: pointers that do not lead backwards, records cut short and bytes
// left over fail the test. It shares no code with the engine's writer.
#ifndef UNIT_DNS_MESSAGE_H
#define UNIT_DNS_MESSAGE_H

#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "proto/dns/rdata/dns_rdata.h"
#include "proto/dns/wire/dns_wire.h"

#define MESSAGE_RECORDS_MAX 8192
#define MESSAGE_TEXT_BYTES  (1 << 20)

struct message_query {
	const char *name; // absolute, without the final dot or with it
	uint16_t qtype, qclass;
	uint16_t flags;
	bool edns, dnssec_ok;
	uint16_t udp_size;
};

struct message_record {
	unsigned section; // 0 answer, 1 authority, 2 additional
	uint8_t owner[DNS_NAME_MAX_BYTES];
	uint16_t type, rr_class;
	uint32_t ttl;
	const uint8_t *rdata; // without compression
	size_t rdata_len;
};

struct message {
	uint16_t flags;
	unsigned rcode;
	bool question, edns, dnssec_ok;
	uint16_t udp_size;
	unsigned len;
	struct message_record records[MESSAGE_RECORDS_MAX];
	uint8_t rdata[1 << 18];
	size_t rdata_used;
};

static inline struct dns_name message_name(const char *text)
{
	struct dns_name name;
	const char *why = NULL;

	if (!dns_name_parse(&name, text, strlen(text), (const uint8_t *)"", &why))
		fail_msg("%s: %s", text, why);
	return name;
}

static inline size_t message_build(uint8_t *to, size_t size, const struct message_query *query)
{
	struct fill f = fill_of(to, size);
	struct dns_name name = message_name(query->name);

	fill_u16(&f, 0x1234);
	fill_u16(&f, query->flags);
	fill_u16(&f, 1);
	fill_u32(&f, 0);
	fill_u16(&f, query->edns);
	fill_bytes(&f, name.wire, name.len);
	fill_u16(&f, query->qtype);
	fill_u16(&f, query->qclass ? query->qclass : DNS_CLASS_IN);
	if (query->edns) {
		fill_u8(&f, 0);
		fill_u16(&f, DNS_TYPE_OPT);
		fill_u16(&f, query->udp_size);
		fill_u32(&f, query->dnssec_ok ? DNS_OPT_DO : 0);
		fill_u16(&f, 0);
	}
	assert_false(f.bad);
	return fill_len(&f);
}

// Reads a name that may be compressed; returns the place behind it.
static inline size_t message_name_read(uint8_t *to, const uint8_t *msg, size_t len, size_t at)
{
	size_t used = 0, behind = 0, before = at, len_byte;

	for (;;) {
		assert_true(at < len);
		if (msg[at] >= 0xc0) {
			size_t target = (msg[at] & 0x3fu) << 8;

			assert_true(at + 1 < len);
			target |= msg[at + 1];
			behind = behind ? behind : at + 2;
			assert_true(target >= 12 && target < before);
			at = before = target;
			continue;
		}
		len_byte = msg[at];
		assert_true(len_byte < 64 && at + 1 + len_byte <= len);
		assert_true(used + 1 + len_byte <= DNS_NAME_MAX_BYTES);
		memcpy(to + used, msg + at, 1 + len_byte);
		used += 1 + len_byte;
		at += 1 + len_byte;
		if (len_byte == 0)
			return behind ? behind : at;
	}
}

// Rdata with the names of RFC 1035 types expanded.
static inline void message_rdata_read(struct message *m, struct message_record *r,
                                      const uint8_t *msg, size_t at, size_t rdlen)
{
	const struct dns_rdata_type *info = dns_rdata_type(r->type);
	size_t end = at + rdlen;
	uint8_t *to = m->rdata + m->rdata_used;
	size_t used = 0;

	assert_true(m->rdata_used + rdlen + 2048 < sizeof(m->rdata));
	for (unsigned i = 0; info && info->fields[i] != DNS_FIELD_END; i++) {
		struct span rest = span_of(msg + at, end - at);

		if (info->fields[i] == DNS_FIELD_NAME) {
			at = message_name_read(to + used, msg, end, at);
			used += dns_name_len(to + used);
			continue;
		}
		struct span field = dns_rdata_take(info->fields[i], &rest);

		assert_false(rest.bad);
		memcpy(to + used, field.p, span_left(&field));
		used += span_left(&field);
		at += span_left(&field);
	}
	memcpy(to + used, msg + at, end - at);
	r->rdata = to;
	r->rdata_len = used + end - at;
	assert_true(dns_rdata_check(r->type, r->rdata, r->rdata_len));
	m->rdata_used += r->rdata_len;
}

static inline size_t message_record_read(struct message *m, unsigned section, const uint8_t *msg,
                                         size_t len, size_t at)
{
	struct message_record *r = &m->records[m->len];
	struct span s;
	size_t rdlen;

	assert_true(m->len < MESSAGE_RECORDS_MAX);
	r->section = section;
	at = message_name_read(r->owner, msg, len, at);
	s = span_of(msg + at, len - at);
	r->type = span_u16(&s);
	r->rr_class = span_u16(&s);
	r->ttl = span_u32(&s);
	rdlen = span_u16(&s);
	assert_true(!s.bad && rdlen <= span_left(&s));
	at = (size_t)(s.p - msg);
	if (r->type != DNS_TYPE_OPT) {
		message_rdata_read(m, r, msg, at, rdlen);
		m->len++;
		return at + rdlen;
	}
	assert_int_equal(section, 2);
	assert_false(m->edns);
	assert_int_equal(r->owner[0], 0);
	m->edns = true;
	m->udp_size = r->rr_class;
	m->rcode |= (r->ttl >> 24) << 4;
	assert_int_equal(r->ttl >> 16 & 0xff, 0);
	m->dnssec_ok = r->ttl & DNS_OPT_DO;
	return at + rdlen;
}

static inline void message_read(struct message *m, const uint8_t *msg, size_t len)
{
	struct span s = span_of(msg, len);
	unsigned questions, counts[3];
	size_t at = 12;

	assert_int_equal(span_u16(&s), 0x1234);
	m->len = 0;
	m->rdata_used = 0;
	m->edns = m->dnssec_ok = false;
	m->flags = span_u16(&s);
	m->rcode = m->flags & 15;
	questions = span_u16(&s);
	for (unsigned i = 0; i < 3; i++)
		counts[i] = span_u16(&s);
	assert_true(!s.bad && questions <= 1);
	m->question = questions == 1;
	if (m->question)
		at += dns_name_check(msg + at, len - at) + 4;
	for (unsigned i = 0; i < 3; i++)
		for (unsigned j = 0; j < counts[i]; j++)
			at = message_record_read(m, i, msg, len, at);
	assert_int_equal(at, len);
}

static inline int message_line_cmp(const void *a, const void *b)
{
	return strcasecmp(*(char *const *)a, *(char *const *)b);
}

// "owner ttl TYPE rdata" in lower case for names, as one line.
static inline size_t message_line(char *text, size_t size, const uint8_t *owner, uint32_t ttl,
                                  uint16_t type, const uint8_t *rdata, size_t rdata_len)
{
	char name[DNS_NAME_TEXT_BYTES], type_text[16];
	uint8_t lower[DNS_NAME_MAX_BYTES];
	size_t len;

	dns_name_lower(lower, owner);
	len = (size_t)snprintf(text, size, "%s %u %s ", dns_name_text(lower, name), ttl,
	                       dns_type_text(type, type_text));
	assert_true(len < size);
	return len + dns_rdata_text(type, rdata, rdata_len, text + len, size - len);
}

// The message as text: "RCODE flags", then each section's records, sorted, one
// a line: "answer www.example.org. 300 A 192.0.2.1".
static inline char *message_text(const struct message *m)
{
	static const char *const sections[] = {"answer", "authority", "additional"};
	static const char *const rcodes[] = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN",
	                                     "NOTIMP",  "REFUSED", "6",        "7",
	                                     "8",       "NOTAUTH"};
	static char text[MESSAGE_TEXT_BYTES], lines[MESSAGE_TEXT_BYTES];
	char *sorted[MESSAGE_RECORDS_MAX];
	size_t used = 0, len = 0;

	len += (size_t)snprintf(text, sizeof(text), "%s%s%s\n",
	                        m->rcode == DNS_BADVERS ? "BADVERS" : rcodes[m->rcode],
	                        m->flags & DNS_FLAG_AA ? " aa" : "",
	                        m->flags & DNS_FLAG_TC ? " tc" : "");
	for (unsigned i = 0; i < m->len; i++) {
		const struct message_record *r = &m->records[i];

		sorted[i] = lines + used;
		used += (size_t)snprintf(lines + used, sizeof(lines) - used, "%s ",
		                         sections[r->section]);
		used += message_line(lines + used, sizeof(lines) - used, r->owner, r->ttl, r->type,
		                     r->rdata, r->rdata_len) +
		        1;
		assert_true(used < sizeof(lines));
	}
	for (unsigned i = 0, end = 0; i < m->len; i = end) {
		while (end < m->len && m->records[end].section == m->records[i].section)
			end++;
		qsort(sorted + i, end - i, sizeof(sorted[0]), message_line_cmp);
	}
	for (unsigned i = 0; i < m->len; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s\n", sorted[i]);
	return text;
}

#endif

// query_fields: see the header.
#include "apps/dns/query_fields.h"

#include <stdio.h>
#include <string.h>

static void read_time(char text[QUERY_FIELDS_TIME_BYTES], struct timespec time)
{
	struct tm tm;
	size_t len;

	gmtime_r(&time.tv_sec, &tm);
	len = strftime(text, QUERY_FIELDS_TIME_BYTES, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + len, QUERY_FIELDS_TIME_BYTES - len, ".%03uZ",
	         (unsigned)(time.tv_nsec / 1000000) % 1000);
}

static void read_question(struct query_fields *fields, const uint8_t *msg, size_t len)
{
	const struct dns_hdr *hdr = (const struct dns_hdr *)msg;
	size_t name_len;

	fields->asked = false;
	if (dns_hdr_check(msg, len) != DROP_NONE)
		return;
	// The rcode of the response shows what is wrong with the query.
	(void)!dns_query_parse(&fields->query, msg, len);
	if (fields->query.question_len == 0)
		return;
	fields->asked = true;
	name_len = strlen(dns_name_text(msg + DNS_HDR_BYTES, fields->name));
	if (name_len > 1)
		fields->name[name_len - 1] = '\0';
	dns_class_text(fields->query.qclass, fields->rr_class);
	dns_type_text(fields->query.qtype, fields->type);
	fields->rd = be16_get(hdr->flags) & DNS_FLAG_RD;
	fields->cd = be16_get(hdr->flags) & DNS_FLAG_CD;
}

static void read_ecs(struct query_fields *fields, const uint8_t *msg, size_t len)
{
	struct dns_ecs ecs;
	enum dns_ecs_state state = DNS_ECS_NONE;

	fields->ecs[0] = '\0';
	if (dns_hdr_check(msg, len) == DROP_NONE)
		state = dns_ecs_find(&ecs, msg, len);
	if (state == DNS_ECS_SOUND)
		dns_ecs_text(&ecs, fields->ecs);
	else if (state == DNS_ECS_MALFORMED)
		snprintf(fields->ecs, sizeof(fields->ecs), "malformed");
}

static void read_flags(struct query_fields *fields, unsigned flags)
{
	static const struct {
		uint16_t flag;
		const char *name;
	} names[] = {
	        {DNS_FLAG_AA, "aa"}, {DNS_FLAG_TC, "tc"}, {DNS_FLAG_RA, "ra"}, {DNS_FLAG_AD, "ad"}};
	_Static_assert(ARRAY_LEN(names) < QUERY_FIELDS_FLAGS, "the last is NULL");
	unsigned len = 0;

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (flags & names[i].flag)
			fields->flags[len++] = names[i].name;
	fields->flags[len] = NULL;
}

static const char *cookie_name(enum cookie_verdict cookie)
{
	static const char *const names[] = {
	        [COOKIE_NONE] = "none",          [COOKIE_MALFORMED] = "malformed",
	        [COOKIE_CLIENT_ONLY] = "client", [COOKIE_BAD] = "bad",
	        [COOKIE_GOOD] = "good",          [COOKIE_GOOD_RENEW] = "renew"};

	return names[cookie];
}

void query_fields_read(struct query_fields *fields, const struct query_log_entry *entry,
                       struct timespec time)
{
	static const char *const transports[] = {
	        [DNS_UDP] = "udp", [DNS_TCP] = "tcp", [DNS_TLS] = "tls", [DNS_HTTPS] = "https"};

	read_time(fields->time, time);
	fields->transport = transports[entry->transport];
	addr_text(entry->client, fields->client);
	addr_text(entry->server, fields->server);
	read_question(fields, entry->bytes, entry->query_len);
	read_ecs(fields, entry->bytes, entry->query_len);
	read_flags(fields, entry->reply_flags);
	fields->cookie = entry->reply_len ? cookie_name(entry->cookie) : NULL;
	fields->drop = NULL;
	if (entry->reply_len)
		dns_rcode_text(entry->rcode, fields->rcode);
	else
		fields->drop = entry->drop == DROP_NONE ? "-" : drop_name(entry->drop);
}

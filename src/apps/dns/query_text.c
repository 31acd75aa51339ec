// query_text: see the header. Names, types and codes are printed by proto/dns/wire.
#include "apps/dns/query_text.h"

#include "proto/dns/wire/dns_class.h"
#include "proto/dns/wire/dns_query.h"
#include "proto/dns/wire/dns_rcode.h"

#include <stdio.h>

static size_t query_text_time(char *text, size_t size, struct timespec time)
{
	struct tm tm;
	size_t len;

	gmtime_r(&time.tv_sec, &tm);
	len = strftime(text, size, "%Y-%m-%dT%H:%M:%S", &tm);
	return len + (size_t)snprintf(text + len, size - len, ".%03ldZ", time.tv_nsec / 1000000);
}

// "example.org IN A +E(0)D"
static size_t query_text_question(char *text, size_t size, const uint8_t *msg, size_t len)
{
	const struct dns_hdr *hdr = (const struct dns_hdr *)msg;
	char name[DNS_NAME_TEXT_BYTES], rr_class[DNS_CLASS_TEXT_BYTES], type[DNS_TYPE_TEXT_BYTES];
	struct dns_query query;
	size_t name_len;
	unsigned flags;

	if (dns_hdr_check(msg, len) != DROP_NONE)
		return (size_t)snprintf(text, size, "- - - -");
	// The rcode of the response shows what is wrong with the query.
	(void)!dns_query_parse(&query, msg, len);
	if (query.question_len == 0)
		return (size_t)snprintf(text, size, "- - - -");
	name_len = strlen(dns_name_text(msg + DNS_HDR_BYTES, name));
	flags = be16_get(hdr->flags);
	len = (size_t)snprintf(text, size, "%.*s %s %s %c", (int)(name_len - (name_len > 1)), name,
	                       dns_class_text(query.qclass, rr_class),
	                       dns_type_text(query.qtype, type), flags & DNS_FLAG_RD ? '+' : '-');
	if (query.edns)
		len += (size_t)snprintf(text + len, size - len, "E(%u)%s", query.edns_version,
		                        query.dnssec_ok ? "D" : "");
	return len + (size_t)snprintf(text + len, size - len, "%s", flags & DNS_FLAG_CD ? "C" : "");
}

size_t query_text(const struct query_log_entry *entry, struct timespec time, bool responses,
                  char text[QUERY_TEXT_BYTES])
{
	static const char *const transports[] = {
	        [DNS_UDP] = "udp", [DNS_TCP] = "tcp", [DNS_TLS] = "tls", [DNS_HTTPS] = "https"};
	char client[ADDR_TEXT_BYTES], rcode[DNS_RCODE_TEXT_BYTES];
	size_t size = QUERY_TEXT_BYTES, len = query_text_time(text, size, time);

	len += (size_t)snprintf(text + len, size - len, " %s %s#%u ", transports[entry->transport],
	                        addr_text(entry->client, client), entry->client_port);
	len += query_text_question(text + len, size - len, entry->bytes, entry->query_len);
	if (responses && entry->reply_len)
		len += (size_t)snprintf(text + len, size - len, " %s %u",
		                        dns_rcode_text(entry->rcode, rcode), entry->reply_len);
	else if (responses)
		len += (size_t)snprintf(text + len, size - len, " %s -",
		                        entry->drop == DROP_NONE ? "-" : drop_name(entry->drop));
	text[len++] = '\n';
	return len;
}

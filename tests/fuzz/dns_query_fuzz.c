// The check of queries: whatever the message, what is said about it lies
// within it.
#include "proto/dns/wire/dns_query.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// RFC 7873 section 5.4: a query that only asks for a cookie has no question.
static bool question_sound(const struct dns_query *query, const uint8_t *msg, size_t size)
{
	if (query->question_len == 0)
		return query->name_len == 0 && query->cookie;
	return query->question_len == query->name_len + 4 &&
	       query->name_len == dns_name_check(msg + DNS_HDR_BYTES, size - DNS_HDR_BYTES);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_query query;

	if (dns_hdr_check(data, size) != DROP_NONE)
		return 0;
	if (dns_query_parse(&query, data, size) == DNS_NOERROR &&
	    !question_sound(&query, data, size))
		abort();
	if (query.question_len > size - DNS_HDR_BYTES)
		abort();
	if (query.cookie && (query.cookie < data + DNS_HDR_BYTES ||
	                     query.cookie_len > size - (size_t)(query.cookie - data)))
		abort();
	return 0;
}

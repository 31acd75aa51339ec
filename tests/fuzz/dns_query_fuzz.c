// The check of queries: whatever the message, what is said about it lies
// within it.
#include "proto/dns/dns_wire.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_query query;

	if (dns_hdr_check(data, size) != DROP_NONE)
		return 0;
	if (dns_query_parse(&query, data, size) == DNS_NOERROR &&
	    (query.question_len != query.name_len + 4 ||
	     query.name_len != dns_name_check(data + DNS_HDR_BYTES, size - DNS_HDR_BYTES)))
		abort();
	if (query.question_len > size - DNS_HDR_BYTES)
		abort();
	return 0;
}

// query_fields: what a logged query and its response say, for the forms of the query log that print
// it (query_text.h, query_json.h). Names, types and codes are printed by proto/dns/wire.
#ifndef APPS_DNS_QUERY_FIELDS_H
#define APPS_DNS_QUERY_FIELDS_H

#include "apps/dns/query_log.h"
#include "proto/dns/wire/dns_ecs.h"
#include "proto/dns/wire/dns_query.h"

#include <time.h>

#define QUERY_FIELDS_TIME_BYTES 32
#define QUERY_FIELDS_FLAGS      5

struct query_fields {
	char time[QUERY_FIELDS_TIME_BYTES]; // "2026-11-24T21:40:12.123Z"
	const char *transport;
	char client[ADDR_TEXT_BYTES], server[ADDR_TEXT_BYTES];
	bool asked; // there is a question; without one the fields up to cd are not set
	char name[DNS_NAME_TEXT_BYTES]; // without the last dot, unless it is the root
	char rr_class[DNS_CLASS_TEXT_BYTES], type[DNS_TYPE_TEXT_BYTES];
	bool rd, cd;
	struct dns_query query;
	char ecs[DNS_ECS_TEXT_BYTES]; // "malformed"; "": the query has none
	const char *cookie;           // NULL: without a response it was not checked
	// Of the response.
	char rcode[DNS_RCODE_TEXT_BYTES];
	const char
	        *flags[QUERY_FIELDS_FLAGS]; // "aa", "tc"; NULL after the last, QR and RD left out
	const char *drop;                   // why there was none; NULL: there was
};

void query_fields_read(struct query_fields *fields, const struct query_log_entry *entry,
                       struct timespec time);

#endif

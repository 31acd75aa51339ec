// query_json: a logged query as an object of JSON on a line (RFC 8259, I-JSON), with the members
//
//	time, transport, client, client_port, server, server_port, worker
//	name, class, type, rd, cd           unless there is no valid question
//	edns, do, udp_size                  if the query has EDNS; edns is its version
//	cookie, ecs                         as in query_text.h; ecs only if the query has one
//	rcode, bytes, flags                 of the response; flags is a list of "aa", "tc", "ra",
//"ad" 	drop                                instead of these: why none was sent
//
// Members may be added.
#ifndef APPS_DNS_QUERY_JSON_H
#define APPS_DNS_QUERY_JSON_H

#include "apps/dns/query_log.h"

#include <time.h>

#define QUERY_JSON_BYTES 4096 // a name of 255 characters that JSON escapes, and the other members

// Writes the line, which ends with a newline and without a zero byte. Returns its length.
// Without `responses` it says nothing of the response.
size_t query_json(const struct query_log_entry *entry, struct timespec time, bool responses,
                  char text[QUERY_JSON_BYTES]);

#endif

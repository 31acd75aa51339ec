// query_text: a query that was taken as a line of text:
//
//	2026-11-24T21:40:12.123Z udp 192.0.2.1#4711 example.org IN A +E(0)D NOERROR 120
//
// The time, the transport, the client; name, class and type that it asked for; its flags:
// + or - for RD, E and the version for EDNS, D for DO, C for CD; the rcode and the bytes
// of the reply, or why there was none. What could not be read is "-".
#ifndef APPS_DNS_QUERY_TEXT_H
#define APPS_DNS_QUERY_TEXT_H

#include "apps/dns/query_log.h"

#include <time.h>

#define QUERY_TEXT_BYTES 1536 // a name of 1024 characters and all the rest

// Writes the line with its end; returns its length. Without responses it ends behind
// the flags.
size_t query_text(const struct query_log_entry *entry, struct timespec time, bool responses,
                  char text[QUERY_TEXT_BYTES]);

#endif

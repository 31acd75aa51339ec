// query_text: a logged query as a line of text:
//
//	2026-11-24T21:40:12.123Z udp 192.0.2.1#4711 example.org IN A +E(0)D
//	NOERROR 120 aa 10.53.0.2#53 w0 none -
//
// on one line. Time, transport and client; name, class and type of the question; flags of the
// query: + or - for RD, E(version) for EDNS, D for DO, C for CD; rcode and length of the response
// in bytes, or the reason for which none was sent; the response's flags AA, TC, RA and AD; the
// server's address and the worker; the state of the cookie: none, malformed, client (there is no
// server cookie yet), bad, good or renew (good, but old); the network of Client Subnet (RFC 7871).
// A field that could not be parsed, or that is not there, is "-".
#ifndef APPS_DNS_QUERY_TEXT_H
#define APPS_DNS_QUERY_TEXT_H

#include "apps/dns/query_log.h"

#include <time.h>

#define QUERY_TEXT_BYTES 2048 // a name of up to 1024 characters, and the other fields

// Writes the line, which ends with a newline and without a zero byte. Returns its length.
// Without `responses` the three fields of the response are left out.
size_t query_text(const struct query_log_entry *entry, struct timespec time, bool responses,
                  char text[QUERY_TEXT_BYTES]);

#endif

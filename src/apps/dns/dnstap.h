// dnstap: queries and responses as a dnstap stream (https://dnstap.info): Protocol Buffers in
// Frame Streams, by libprotobuf-c and libfstrm. Built with -Ddnstap=true only
// (FEATURE_DNSTAP).
#ifndef APPS_DNS_DNSTAP_H
#define APPS_DNS_DNSTAP_H

#include "apps/dns/query_log.h"
#include "apps/log/log_out.h"

#include <time.h>

struct dnstap;

// Starts a stream on an open output, which must stay open until dnstap_close. With `handshake`
// the stream is bidirectional: the collector is offered the content type and has to accept it.
// 0, -EPROTO when the collector does not follow the protocol, or -ENOMEM.
int dnstap_open(struct dnstap **tap, struct log_out *out, bool handshake) MUST_CHECK;

// Writes a frame for the query and, with `responses`, one for the response if one was sent. 0,
// or -EIO, after which the stream can only be closed.
int dnstap_write(struct dnstap *tap, const struct query_log_entry *entry, struct timespec time,
                 bool responses) MUST_CHECK;

// Ends the stream, without an error when the collector has gone. The owner of the output then
// flushes it. NULL is allowed.
void dnstap_close(struct dnstap *tap);

#endif

// dnstap: queries and replies as frames of a stream that collectors read
// (https://dnstap.info): Protocol Buffers in Frame Streams, by libprotobuf-c and
// libfstrm. Built with -Ddnstap=true only (FEATURE_DNSTAP).
#ifndef APPS_DNS_DNSTAP_H
#define APPS_DNS_DNSTAP_H

#include "apps/dns/log_out.h"
#include "apps/dns/query_log.h"

#include <time.h>

struct dnstap;

// Begins a stream on an output that is open and stays open until dnstap_close; with
// `greet` the other end is asked what it takes, and waited for. 0, -EPROTO when the
// other end does not speak the protocol, or -ENOMEM.
int dnstap_open(struct dnstap **tap, struct log_out *out, bool greet) MUST_CHECK;

// One frame for the query, and one for the reply when it was kept. 0 or -EIO, after
// which the stream can only be closed.
int dnstap_write(struct dnstap *tap, const struct query_log_entry *entry, struct timespec time,
                 bool responses) MUST_CHECK;

// Ends the stream as far as the other end lets it; the output's last bytes are its
// owner's to flush. NULL is harmless.
void dnstap_close(struct dnstap *tap);

#endif

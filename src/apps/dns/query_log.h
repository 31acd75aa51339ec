// query_log: the types that both ends of the query log share: its configuration, and the entry
// that a worker (query_log_worker.h) passes to the thread that writes the log
// (query_log_writer.h).
#ifndef APPS_DNS_QUERY_LOG_H
#define APPS_DNS_QUERY_LOG_H

#include "core/addr.h"
#include "core/drop.h"
#include "core/mono.h"
#include "proto/dns/answer/answer.h"

enum query_log_format {
	QUERY_LOG_TEXT,
	QUERY_LOG_DNSTAP,
	QUERY_LOG_JSON,
};

struct query_log_conf {
	unsigned format;           // enum query_log_format
	const char *file, *socket; // one of them is ""; both are when there is no log
	bool enabled, responses;
	uint64_t sample, queue;
};

// A logged query and its response, in a block of QUERY_LOG_ENTRY_BYTES. Of a query or response
// that does not fit into the block no bytes are kept.
struct query_log_entry {
	mono_t time;
	struct addr client, server;
	uint16_t client_port, server_port;
	uint16_t query_len, kept_len; // lengths in bytes[]: the query, followed by the response
	uint16_t reply_len;           // of the response sent; 0: none, for the reason in drop
	uint16_t rcode, reply_flags;  // of the response; reply_flags: the header's
	uint16_t worker;
	enum cookie_verdict cookie; // of a query that has a response
	enum drop drop;
	enum dns_transport transport;
	uint8_t bytes[];
};

#define QUERY_LOG_ENTRY_BYTES 4096
#define QUERY_LOG_ROOM        (QUERY_LOG_ENTRY_BYTES - sizeof(struct query_log_entry))

#endif

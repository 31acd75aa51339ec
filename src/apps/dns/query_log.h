// query_log: what a log of queries is: its configuration, and a query with its reply as
// they go from a worker (query_log_worker.h) to the thread that writes them
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
};

struct query_log_conf {
	unsigned format;           // enum query_log_format
	const char *file, *socket; // one of them; "": the other
	bool responses;
	uint64_t sample, queue;
};

// A query that was taken, in a block of QUERY_LOG_ENTRY_BYTES. A query or reply longer
// than the room that there is left is not kept: 0 bytes of it.
struct query_log_entry {
	mono_t time;
	struct addr client, server;
	uint16_t client_port, server_port;
	uint16_t query_len, kept_len; // in bytes[]: the query, behind it the reply
	uint16_t reply_len;           // as it was sent; 0: none was, and drop says why
	uint16_t rcode;
	enum drop drop;
	enum dns_transport transport;
	uint8_t bytes[];
};

#define QUERY_LOG_ENTRY_BYTES 4096
#define QUERY_LOG_ROOM        (QUERY_LOG_ENTRY_BYTES - sizeof(struct query_log_entry))

#endif

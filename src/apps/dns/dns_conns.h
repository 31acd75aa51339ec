// dns_conns: what a worker knows of its clients' TCP connections: who they are, how long they have
// been idle, and the buffers that some of them hold. Bounded and without allocation once it is
// open; knows nothing of TCP itself, which serve_tcp.c brings.
//
// Of connections that are idle nothing is kept but a struct dns_conn, and one struct
// client_entry for all of a client's.
#ifndef APPS_DNS_DNS_CONNS_H
#define APPS_DNS_DNS_CONNS_H

#include "core/client_table.h"
#include "core/metric.h"
#include "core/mono.h"
#include "proto/dns/wire/dns_stream.h"

struct tcp_conn;

#define DNS_CONNS_NONE UINT32_MAX

// A buffer holds a query of which a part has come, or what is left of replies: a page of short ones
// and a long one.
#define DNS_CONNS_BUFFERS      256
#define DNS_CONNS_REPLY_BYTES  (DNS_STREAM_LENGTH_BYTES + DNS_MSG_MAX_BYTES)
#define DNS_CONNS_BUFFER_BYTES ((size_t)DNS_CONNS_REPLY_BYTES + 4096)

#define DNS_CONNS_IDLE_MIN_US (200 * MS_US)

enum dns_conn_flag {
	DNS_CONN_CLOSING = 1 << 0, // our FIN is on its way; nothing more is answered
	DNS_CONN_SENDING = 1 << 1, // the buffer holds what is left of a reply
	DNS_CONN_ENDED = 1 << 2,   // the client's FIN has come
	DNS_CONN_WATCHED = 1 << 3, // `unsent` is valid
	DNS_CONN_ASKED = 1 << 4,   // a query has come
};

struct dns_conn {
	struct dns_conns *all;
	struct tcp_conn *tcp;
	struct dns_stream stream;
	mono_t active;         // when the last query came whole, or the last reply made progress
	uint32_t older, newer; // in the order of `active`
	uint32_t client;
	uint32_t unsent; // bytes, when it was last found to be idle
	uint16_t taken;  // bytes of the stream's first part that were handled before
	uint16_t buffer; // 1 + its number; 0: none
	uint8_t flags;   // enum dns_conn_flag
};
_Static_assert(sizeof(struct dns_conn) <= CACHE_LINE_BYTES, "what an idle connection costs");

// What is queued in a buffer, and who holds it; the oldest holder is robbed first.
struct dns_conns_buffer {
	uint32_t holder, older, newer;
	uint32_t from, end; // of the reply's rest
};

// What may change while connections exist.
struct dns_conns_limits {
	uint32_t per_client; // connections of one prefix
	uint8_t ipv4_prefix, ipv6_prefix;
	uint64_t idle_us;
};

struct dns_conns_metric {
	counter_t conns; // a gauge
	counter_t opened, closed;
	counter_t idle, slow, evicted, refused, garbage, incomplete, no_buffer;
	counter_t gathered, chained;
};

struct dns_conns {
	struct dns_conn *conn;
	struct dns_conns_buffer *buffer;
	uint8_t *bytes; // of the buffers, and behind them `reply`
	uint8_t *reply; // of DNS_CONNS_REPLY_BYTES, for one that is larger than a page
	uint32_t conns_max, conns_used, conns_len, free_conn;
	uint32_t oldest, newest;
	uint32_t buffers_len, buffers_used, free_buffer, oldest_buffer, newest_buffer;
	struct client_table clients; // with how many connections each has
	bool tls;                    // the table is of a struct serve_tls
	struct dns_conns_metric metric;
};

// Room for `max` connections, 1 to 2^24, and `buffers` buffers, up to UINT16_MAX - 1. Memory that
// no connection has used yet is not touched. 0 or -ENOMEM; all zeros can be closed.
int dns_conns_open(struct dns_conns *all, uint32_t max, uint32_t buffers, uint64_t seed) MUST_CHECK;
void dns_conns_close(struct dns_conns *all);

// Adds a connection of a client's; NULL when its prefix has as many as it may have (counted as
// refused). There is room: see dns_conns_full.
struct dns_conn *dns_conns_add(struct dns_conns *all, const struct dns_conns_limits *limits,
                               struct addr client, struct tcp_conn *tcp, mono_t now) MUST_CHECK;
// Gives back all that it holds.
void dns_conns_del(struct dns_conn *conn);

static inline bool dns_conns_full(const struct dns_conns *all)
{
	return all->conns_len == all->conns_max;
}

// Of 0 to conns_max - 1, as long as the connection exists.
static inline uint32_t dns_conns_number(const struct dns_conn *conn)
{
	return (uint32_t)(conn - conn->all->conn);
}

// The connection that has been idle for longest; NULL when there is none.
static inline struct dns_conn *dns_conns_oldest(const struct dns_conns *all)
{
	return all->oldest == DNS_CONNS_NONE ? NULL : &all->conn[all->oldest];
}

// It did something: it is idle from now on.
void dns_conns_touch(struct dns_conn *conn, mono_t now);

// How long a connection may be idle: the limit while less than half of the table is used, then
// less and less (RFC 7766 section 6.2.3), at least DNS_CONNS_IDLE_MIN_US.
uint64_t dns_conns_idle_us(const struct dns_conns *all, const struct dns_conns_limits *limits);

// The connection has a buffer now, of DNS_CONNS_BUFFER_BYTES. When all are in use, the one that has
// had its for longest loses it: *robbed is that connection, which cannot go on, or NULL.
uint8_t *dns_conns_buffer_get(struct dns_conn *conn, struct dns_conn **robbed);
void dns_conns_buffer_put(struct dns_conn *conn);
// Its bytes, and the rest of a reply in it.
uint8_t *dns_conns_buffer_bytes(const struct dns_conn *conn);
struct dns_conns_buffer *dns_conns_buffer(const struct dns_conn *conn);

// The metrics of len workers' tables, borrowed.
void dns_conns_metrics(struct dns_conns *const *all, unsigned len, struct metric_source *source);

#endif

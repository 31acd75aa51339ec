// dns_conns: see the header. Lists are linked by numbers, which take half of a pointer's room.
#include "apps/dns/dns_conns.h"

#include "core/line.h"

#include <errno.h>
#include <stdlib.h>

int dns_conns_open(struct dns_conns *all, uint32_t max, uint32_t buffers, uint64_t seed)
{
	*all = (struct dns_conns){.conns_max = max,
	                          .free_conn = DNS_CONNS_NONE,
	                          .oldest = DNS_CONNS_NONE,
	                          .newest = DNS_CONNS_NONE,
	                          .buffers_len = buffers,
	                          .free_buffer = DNS_CONNS_NONE,
	                          .oldest_buffer = DNS_CONNS_NONE,
	                          .newest_buffer = DNS_CONNS_NONE};
	// Not zeroed, so that what is not used costs no memory; whole lines, since each is of one
	// worker.
	all->conn = aligned_alloc(CACHE_LINE_BYTES, max * sizeof(*all->conn));
	all->buffer = line_alloc(buffers, sizeof(*all->buffer));
	all->bytes =
	        aligned_alloc(CACHE_LINE_BYTES,
	                      ROUND_UP((buffers + 1) * DNS_CONNS_BUFFER_BYTES, CACHE_LINE_BYTES));
	all->reply = all->bytes + buffers * DNS_CONNS_BUFFER_BYTES;
	if (all->conn && all->buffer && all->bytes &&
	    client_table_open(&all->clients, max, seed) == 0)
		return 0;
	dns_conns_close(all);
	return -ENOMEM;
}

void dns_conns_close(struct dns_conns *all)
{
	client_table_close(&all->clients);
	free(all->conn);
	free(all->buffer);
	free(all->bytes);
	*all = (struct dns_conns){0};
}

// Removes the connection from the list by age.
static void unlink_conn(struct dns_conn *conn)
{
	struct dns_conns *all = conn->all;

	if (conn->older != DNS_CONNS_NONE)
		all->conn[conn->older].newer = conn->newer;
	else
		all->oldest = conn->newer;
	if (conn->newer != DNS_CONNS_NONE)
		all->conn[conn->newer].older = conn->older;
	else
		all->newest = conn->older;
}

static void link_newest(struct dns_conn *conn)
{
	struct dns_conns *all = conn->all;
	uint32_t number = dns_conns_number(conn);

	conn->older = all->newest;
	conn->newer = DNS_CONNS_NONE;
	if (all->newest != DNS_CONNS_NONE)
		all->conn[all->newest].newer = number;
	else
		all->oldest = number;
	all->newest = number;
}

struct dns_conn *dns_conns_add(struct dns_conns *all, const struct dns_conns_limits *limits,
                               struct addr client, struct tcp_conn *tcp, mono_t now)
{
	const struct client_prefix prefix = {limits->ipv4_prefix, limits->ipv6_prefix};
	uint32_t number = all->free_conn, of;
	struct dns_conn *conn;

	if (!client_table_get(&all->clients, client, prefix, limits->per_client, &of)) {
		counter_add(&all->metric.refused, 1);
		return NULL;
	}
	assert(!dns_conns_full(all));
	if (number != DNS_CONNS_NONE)
		all->free_conn = all->conn[number].newer;
	else
		number = all->conns_used++;
	conn = &all->conn[number];
	*conn = (struct dns_conn){.all = all, .tcp = tcp, .client = of, .active = now};
	link_newest(conn);
	counter_set(&all->metric.conns, ++all->conns_len);
	counter_add(&all->metric.opened, 1);
	return conn;
}

void dns_conns_del(struct dns_conn *conn)
{
	struct dns_conns *all = conn->all;

	if (conn->buffer)
		dns_conns_buffer_put(conn);
	unlink_conn(conn);
	client_table_put(&all->clients, conn->client);
	conn->newer = all->free_conn;
	all->free_conn = dns_conns_number(conn);
	counter_set(&all->metric.conns, --all->conns_len);
	counter_add(&all->metric.closed, 1);
}

void dns_conns_touch(struct dns_conn *conn, mono_t now)
{
	conn->active = now;
	conn->flags &= (uint8_t)~DNS_CONN_WATCHED;
	if (conn->newer == DNS_CONNS_NONE)
		return;
	unlink_conn(conn);
	link_newest(conn);
}

uint64_t dns_conns_idle_us(const struct dns_conns *all, const struct dns_conns_limits *limits)
{
	uint64_t free_len = all->conns_max - all->conns_len, idle_us;

	if (2 * free_len >= all->conns_max)
		return limits->idle_us;
	idle_us = limits->idle_us * 2 * free_len / all->conns_max;
	return idle_us < DNS_CONNS_IDLE_MIN_US ? DNS_CONNS_IDLE_MIN_US : idle_us;
}

static void unlink_buffer(struct dns_conns *all, struct dns_conns_buffer *buffer)
{
	if (buffer->older != DNS_CONNS_NONE)
		all->buffer[buffer->older].newer = buffer->newer;
	else
		all->oldest_buffer = buffer->newer;
	if (buffer->newer != DNS_CONNS_NONE)
		all->buffer[buffer->newer].older = buffer->older;
	else
		all->newest_buffer = buffer->older;
}

static void link_buffer(struct dns_conns *all, uint32_t number, uint32_t holder)
{
	all->buffer[number] = (struct dns_conns_buffer){
	        .holder = holder, .older = all->newest_buffer, .newer = DNS_CONNS_NONE};
	if (all->newest_buffer != DNS_CONNS_NONE)
		all->buffer[all->newest_buffer].newer = number;
	else
		all->oldest_buffer = number;
	all->newest_buffer = number;
}

struct dns_conns_buffer *dns_conns_buffer(const struct dns_conn *conn)
{
	assert(conn->buffer);
	return &conn->all->buffer[conn->buffer - 1];
}

uint8_t *dns_conns_buffer_bytes(const struct dns_conn *conn)
{
	assert(conn->buffer);
	return conn->all->bytes + (conn->buffer - 1) * DNS_CONNS_BUFFER_BYTES;
}

uint8_t *dns_conns_buffer_get(struct dns_conn *conn, struct dns_conn **robbed)
{
	struct dns_conns *all = conn->all;
	uint32_t number = all->free_buffer;

	assert(!conn->buffer);
	*robbed = NULL;
	if (number == DNS_CONNS_NONE && all->buffers_used < all->buffers_len) {
		number = all->buffers_used++;
	} else if (number == DNS_CONNS_NONE) {
		*robbed = &all->conn[all->buffer[all->oldest_buffer].holder];
		dns_conns_buffer_put(*robbed);
		counter_add(&all->metric.no_buffer, 1);
		number = all->free_buffer;
	}
	if (number == all->free_buffer)
		all->free_buffer = all->buffer[number].newer;
	link_buffer(all, number, dns_conns_number(conn));
	conn->buffer = (uint16_t)(number + 1);
	return dns_conns_buffer_bytes(conn);
}

void dns_conns_buffer_put(struct dns_conn *conn)
{
	struct dns_conns *all = conn->all;
	struct dns_conns_buffer *buffer = dns_conns_buffer(conn);

	unlink_buffer(all, buffer);
	buffer->newer = all->free_buffer;
	all->free_buffer = (uint32_t)(buffer - all->buffer);
	conn->buffer = 0;
	conn->stream.buffer = NULL;
	conn->flags &= (uint8_t)~DNS_CONN_SENDING;
}

// clang-format off
#define ROW(table, name, kind, help) \
	{table, NULL, NULL, #name, help, kind, offsetof(struct dns_conns, metric.name)},
#define ROWS(table, protocol) \
	{ \
		ROW(table, conns, METRIC_GAUGE, protocol " connections of clients") \
		ROW(table, opened, METRIC_COUNTER, protocol " connections accepted") \
		ROW(table, closed, METRIC_COUNTER, "of these, ended, whoever ended them") \
		ROW(table, idle, METRIC_COUNTER, "closed because the client sent no query for idle_timeout_s") \
		ROW(table, slow, METRIC_COUNTER, "reset because the client took no bytes of its replies") \
		ROW(table, evicted, METRIC_COUNTER, "reset, as idle for longest, when max_connections was reached") \
		ROW(table, refused, METRIC_COUNTER, "reset because the client had max_per_client already") \
		ROW(table, garbage, METRIC_COUNTER, "reset because of a message that is no query") \
		ROW(table, incomplete, METRIC_COUNTER, "ended by the client within a query") \
		ROW(table, no_buffer, METRIC_COUNTER, "reset because others needed the buffer of a long message") \
		ROW(table, gathered, METRIC_COUNTER, "queries that came in several pages, and were copied") \
		ROW(table, chained, METRIC_COUNTER, "replies that were sent in several pages") \
		{0} \
	}

static const struct metric_row tcp_rows[] = ROWS("dns_tcp", "TCP");
static const struct metric_row tls_rows[] = ROWS("dns_tls", "TLS");
// clang-format on

void dns_conns_metrics(struct dns_conns *const *all, unsigned len, struct metric_source *source)
{
	*source = (struct metric_source){.rows = all[0]->tls ? tls_rows : tcp_rows, .len = len};
	for (unsigned i = 0; i < len; i++)
		source->of[i] = all[i];
}

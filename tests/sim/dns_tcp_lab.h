// dns_tcp_lab: a worker of wadi-dns and clients of wadi's own TCP on virtual time. Each reply has
// to be the one that the engine gives without a network, byte for byte, and every page is returned
// at the end. The tests are dns_tcp_sim.c's.
#ifndef SIM_DNS_TCP_LAB_H
#define SIM_DNS_TCP_LAB_H

#include "sim.h"

#include "apps/dns_conf.h"
#include "dns/zones.h"

#include "apps/boot/boot.h"
#include "apps/dns/serve_tcp.h"
#include "core/rand.h"
#include "proto/tcpip/tcp/tcp.h"

#include <stdlib.h>

#define CLIENTS   4
#define IN_BYTES  (4 << 20)
#define QUERY_MAX 64
#define PERCENT   ((UINT64_C(1) << 32) / 100)

static struct sim sim;

static struct client {
	struct tcp_conn *conn;
	uint8_t *in; // what the server sent
	size_t in_len, in_read;
	uint32_t budget; // bytes that it takes yet
	bool open, ended, closed;
	enum tcp_end how;
	mono_t ended_at, closed_at;
} clients[CLIENTS];

// The server, its zones, and what it is configured to.
static struct {
	struct dns_worker worker;
	struct service_worker service;
	struct dns_tcp_conf conf;
	struct dns_settings *settings;
	struct dns_served served;
	struct swap swap;
	struct zone_set *other; // takes the place of the zones in one test
} server;

static char zone_text[1 << 18];

// TXT records of 240 bytes at a name, each about 253 bytes of a reply.
static size_t zone_add_texts(size_t len, const char *name, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		len += (size_t)sprintf(zone_text + len, "%s TXT \"%0240u\"\n", name, i);
	return len;
}

// `a` is the address of www, by which one zone differs from the other.
static struct zone_set *zones_make(unsigned a)
{
	struct zone_set *set;
	struct zone *zone;
	size_t len = (size_t)sprintf(zone_text,
	                             "$TTL 60\n@ SOA ns admin 1 2 3 4 5\n@ NS ns.u.\n"
	                             "www A 192.0.2.%u\n",
	                             a);

	len = zone_add_texts(len, "page", 5);
	len = zone_add_texts(len, "pages", 20);
	(void)zone_add_texts(len, "huge", 255);
	zone = zones_load_sound("t.", zone_text);
	set = zones_set_new(&zone, 1);
	zone_put(zone);
	return set;
}

static void on_opened(void *ctx, struct tcp_conn *conn, mono_t now)
{
	((struct client *)ctx)->open = true;
}

static unsigned on_data(void *ctx, struct tcp_conn *conn, struct tcp_data *data, unsigned n,
                        mono_t now)
{
	struct client *client = ctx;

	for (unsigned i = 0; i < n; i++) {
		if (client->budget < data[i].len)
			return i;
		assert_true(client->in_len + data[i].len <= IN_BYTES);
		memcpy(client->in + client->in_len, data[i].bytes, data[i].len);
		client->in_len += data[i].len;
		client->budget -= data[i].len;
	}
	return n;
}

// The client does not close its own side; each test says when.
static void on_ended(void *ctx, struct tcp_conn *conn, mono_t now)
{
	struct client *client = ctx;

	client->ended = true;
	client->ended_at = now;
}

static void on_closed(void *ctx, struct tcp_conn *conn, enum tcp_end how, mono_t now)
{
	struct client *client = ctx;

	client->conn = NULL;
	client->closed = true;
	client->closed_at = now;
	client->how = how;
}

static const struct tcp_ops ops = {
        .opened = on_opened, .data = on_data, .ended = on_ended, .closed = on_closed};

static void run_ms(uint64_t ms)
{
	sim_run_until(&sim, mono_add(sim.now, ms * MS_US));
}

static inline struct client *client_open(unsigned number, const char *remote)
{
	struct client *client = &clients[number];
	struct tcp_connect_conf conf = {.remote = ip(remote),
	                                .remote_port = 53,
	                                .ops = &ops,
	                                .ctx = client,
	                                .nodelay = true};

	free(client->in);
	*client = (struct client){.in = malloc(IN_BYTES), .budget = UINT32_MAX};
	assert_int_equal(tcp_connect(stack_tcp(sim.client.stack), &conf, &client->conn, sim.now),
	                 0);
	run_ms(50);
	return client;
}

static void say(struct client *client, const void *bytes, size_t len)
{
	assert_int_equal(tcp_send(client->conn, bytes, (uint32_t)len), len);
}

// A query "NAME TYPE" with its length in front.
static size_t query_make(uint8_t to[QUERY_MAX], const char *question, uint16_t id)
{
	struct message_query query = zones_query(question);
	size_t len;

	query.edns = true;
	query.udp_size = 1232;
	len = message_build(to + 2, QUERY_MAX - 2, &query);
	to[0] = (uint8_t)(len >> 8);
	to[1] = (uint8_t)len;
	to[2] = (uint8_t)(id >> 8);
	to[3] = (uint8_t)id;
	return 2 + len;
}

static void ask(struct client *client, const char *question, uint16_t id)
{
	uint8_t bytes[QUERY_MAX];

	say(client, bytes, query_make(bytes, question, id));
}

// The next reply that came is the one to this query.
static void expect_of(struct client *client, const struct zone_set *set, const char *question,
                      uint16_t id)
{
	static uint8_t wanted[UINT16_MAX];
	uint8_t query[QUERY_MAX];
	size_t query_len = query_make(query, question, id), len;
	const uint8_t *reply = client->in + client->in_read;
	enum drop drop;

	len = zones_answer(set, wanted, query + 2, query_len - 2, UINT16_MAX, DNS_TCP, &drop);
	if (client->in_len - client->in_read < 2 + len)
		fail_msg("%s: %zu bytes of %zu came", question, client->in_len - client->in_read,
		         2 + len);
	assert_int_equal(reply[0] << 8 | reply[1], len);
	assert_memory_equal(reply + 2, wanted, len);
	client->in_read += 2 + len;
}

static inline void expect(struct client *client, const char *question, uint16_t id)
{
	expect_of(client, server.served.set, question, id);
}

static void expect_no_more(const struct client *client)
{
	assert_int_equal(client->in_len, client->in_read);
}

static uint64_t metric(const counter_t *counter)
{
	return counter_get(counter);
}

static void server_open(void)
{
	static const struct dns_zone_conf zones[1];
	static uint8_t secret[COOKIE_SECRET_BYTES];
	struct dns_conf conf = dns_conf_of(zones, 0);
	struct why why;

	conf.tcp = &server.conf;
	server.settings = dns_settings_new(&conf, 1, secret, &why);
	assert_non_null(server.settings);
	server.served = (struct dns_served){zones_make(1), server.settings};
	swap_init(&server.swap, &server.served);
	server.worker = (struct dns_worker){.served = &server.swap, .stages = &sim.server.metric};
	assert_int_equal(dns_counts_open(&server.worker.counts), 0);
	server.service = (struct service_worker){.stack = sim.server.stack,
	                                         .pipeline = &sim.server.pipeline,
	                                         .metric = &sim.server.metric};
	if (serve_tcp_open(&server.worker, &server.conf, &server.service, &why) != 0)
		fail_msg("%s", why.text);
}

static void lab_open_line(struct impair_conf line)
{
	server.conf = (struct dns_tcp_conf){.enabled = true,
	                                    .max_connections = 16,
	                                    .max_per_client = 8,
	                                    .ipv4_prefix = 32,
	                                    .ipv6_prefix = 64,
	                                    .idle_timeout_s = 10};
	sim_open(&sim, line);
	server_open();
}

static void lab_open(void)
{
	lab_open_line((struct impair_conf){.delay_us = MS_US});
}

// The settings as a reload makes them.
static inline void lab_limit(uint64_t per_client, uint64_t idle_s)
{
	server.settings->tcp.per_client = (uint32_t)per_client;
	server.settings->tcp.idle_us = idle_s * SEC_US;
}

// All connections end, and with them all that they held.
static void lab_close(void)
{
	struct dns_conns *conns = &server.worker.conns;

	for (unsigned i = 0; i < CLIENTS; i++)
		if (clients[i].conn)
			tcp_abort(clients[i].conn);
	run_ms(100);
	sim_run_until(&sim, mono_add(sim.now, 61 * SEC_US)); // TIME-WAIT
	assert_int_equal(conns->conns_len, 0);
	assert_int_equal(conns->clients.hash.len, 0);
	assert_int_equal(conns->oldest_buffer, DNS_CONNS_NONE);
	serve_tcp_close(&server.worker);
	sim_close(&sim);
	dns_conns_close(conns);
	dns_counts_close(&server.worker.counts);
	zone_set_free(server.served.set);
	dns_settings_free(server.settings);
	for (unsigned i = 0; i < CLIENTS; i++) {
		free(clients[i].in);
		clients[i] = (struct client){0};
	}
}

// What the client ends first is over without a reset.
static inline void close_well(struct client *client)
{
	tcp_shutdown(client->conn);
	run_ms(100);
	assert_true(client->ended && client->closed);
	assert_int_equal(client->how, TCP_END_DONE);
	expect_no_more(client);
}

#endif

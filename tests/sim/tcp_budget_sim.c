// tcp_budget: a thousand connections at once that share a few pages, with data both ways over a
// lossy link: each of them gets through, whatever the others hold, and all pages come home.
#define SIM_PAGES     2048
#define SIM_TCP_CONNS 2048
#define SIM_TCP_PAGES 600
#include "sim.h"

#include "proto/tcpip/tcp/tcp.h"

#define PORT     9000
#define CONNS    1000
#define BYTES    8000 // each way
#define CHUNK    3000
#define PERCENT  ((UINT64_C(1) << 32) / 100)
#define LIMIT_S  3600
#define REPORT_S 60 // in which something must have come for some connection

static struct sim sim;

// The client's side of a connection, whose bytes come back.
struct client {
	struct tcp_conn *conn;
	uint32_t sent, got;
	bool done;
};

static struct client clients[CONNS];
static unsigned done;
static uint64_t got_all;

static uint8_t byte_at(const struct client *client, uint32_t at)
{
	return (uint8_t)((at + (uint32_t)(client - clients) * 7919) * UINT32_C(2654435761) >> 24);
}

static void send_more(struct client *client)
{
	uint8_t bytes[CHUNK];

	while (client->sent < BYTES) {
		uint32_t len = (uint32_t)size_min(CHUNK, BYTES - client->sent), taken;

		for (uint32_t i = 0; i < len; i++)
			bytes[i] = byte_at(client, client->sent + i);
		taken = tcp_send(client->conn, bytes, len);
		client->sent += taken;
		if (taken < len)
			return;
	}
	tcp_shutdown(client->conn);
}

static void opened(void *ctx, struct tcp_conn *conn, mono_t now)
{
	struct client *client = ctx;

	client->conn = conn;
	send_more(client);
}

static unsigned data(void *ctx, struct tcp_conn *conn, struct tcp_data *data, unsigned n,
                     mono_t now)
{
	struct client *client = ctx;

	for (unsigned i = 0; i < n; i++) {
		for (uint32_t k = 0; k < data[i].len; k++)
			assert_int_equal(data[i].bytes[k], byte_at(client, client->got + k));
		client->got += data[i].len;
		got_all += data[i].len;
	}
	return n;
}

static void writable(void *ctx, struct tcp_conn *conn, mono_t now)
{
	send_more(ctx);
}

static void closed(void *ctx, struct tcp_conn *conn, enum tcp_end how, mono_t now)
{
	struct client *client = ctx;

	assert_false(client->done);
	if (client->got != BYTES || how != TCP_END_DONE)
		fail_msg("connection %d got %u bytes and ended with %d", (int)(client - clients),
		         client->got, (int)how);
	client->done = true;
	client->conn = NULL;
	done++;
}

static const struct tcp_ops client_ops = {
        .opened = opened, .data = data, .writable = writable, .closed = closed};

// The server sends the pages back in which the bytes came.
static unsigned echo(void *ctx, struct tcp_conn *conn, struct tcp_data *data, unsigned n,
                     mono_t now)
{
	return tcp_send_pages(conn, data, n);
}

static const struct tcp_ops server_ops = {.data = echo};

static void open_all(const char *server)
{
	struct tcp_listener_conf listener = {.port = PORT, .backlog = CONNS, .ops = &server_ops};
	struct tcp_connect_conf connect = {
	        .remote = ip(server), .remote_port = PORT, .ops = &client_ops};

	done = 0;
	got_all = 0;
	assert_int_equal(tcp_listen(stack_tcp(sim.server.stack), &listener, NULL), 0);
	for (unsigned i = 0; i < CONNS; i++) {
		clients[i] = (struct client){0};
		connect.ctx = &clients[i];
		assert_int_equal(tcp_connect(stack_tcp(sim.client.stack), &connect, NULL, sim.now),
		                 0);
	}
}

static void share(struct impair_conf line, uint64_t seed, const char *server)
{
	uint64_t got_before = 0;

	line.seed = seed;
	sim_open(&sim, line);
	open_all(server);
	for (uint64_t s = 1; s <= LIMIT_S && done < CONNS; s++) {
		sim_run_until(&sim, mono_add(sim.now, SEC_US));
		if (s % REPORT_S)
			continue;
		if (got_all == got_before)
			fail_msg("seed %ju: nothing came for %d s, %u are done", (uintmax_t)seed,
			         REPORT_S, done);
		got_before = got_all;
	}
	if (done < CONNS)
		fail_msg("seed %ju: %u of %d are done after an hour", (uintmax_t)seed, done, CONNS);
	sim_run_until(&sim, mono_add(sim.now, 61 * SEC_US)); // TIME-WAIT
	sim_close(&sim);
}

static void test_without_loss(void **state)
{
	share((struct impair_conf){.delay_us = 5 * MS_US}, 1, "10.0.0.2");
}

static void test_with_loss(void **state)
{
	share((struct impair_conf){.delay_us = 5 * MS_US,
	                           .loss_q32 = 2 * PERCENT,
	                           .reorder_q32 = 2 * PERCENT},
	      2, "fd00::2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_without_loss),
	        cmocka_unit_test(test_with_loss),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

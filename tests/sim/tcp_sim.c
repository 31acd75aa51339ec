// tcp: a client and a server of wadi's own, on lossy links of growing badness. Both send
// megabytes at once; every byte is compared, every page is returned, and a failure prints the
// seed that repeats it: WADI_SIM_SEED=N runs that one alone, WADI_SIM_RUNS=N more seeds,
// WADI_SIM_CPU_S=N seeds until they have taken so many seconds of the processor, and WADI_LONG=1
// many more.
#include "sim.h"

#include "proto/tcpip/tcp/tcp.h"

#include <stdlib.h>
#include <time.h>

#define PORT            9000
#define CHUNK           5000
#define PERCENT         ((UINT64_C(1) << 32) / 100)
#define SEEDS_OF_A_LINE 100000

static struct sim sim;

// One end of a connection: what it has to send, and what it has got.
struct end {
	const char *name;
	struct tcp_conn *conn;
	uint32_t size; // bytes that it sends
	uint32_t sent, got;
	uint32_t key; // of the bytes that it sends; the other's is expected
	bool opened, ended, closed;
	enum tcp_end how;
	bool pages;     // sends pages of its own, by reference
	uint32_t stall; // stops taking data at each multiple; 0: never
	bool stalled;
};

static struct end client, server;
static uint64_t seed;

// Byte number `at` of the stream with the key.
static uint8_t byte_at(uint32_t key, uint32_t at)
{
	return (uint8_t)((at + key) * UINT32_C(2654435761) >> 24);
}

static struct end *other(const struct end *end)
{
	return end == &client ? &server : &client;
}

static uint32_t send_copied(struct end *end, uint32_t len)
{
	uint8_t bytes[CHUNK];

	for (uint32_t i = 0; i < len; i++)
		bytes[i] = byte_at(end->key, end->sent + i);
	return tcp_send(end->conn, bytes, len);
}

static uint32_t send_page(struct end *end, uint32_t len)
{
	struct tcp_data page;

	if (!tcp_page(end->conn, &page))
		return send_copied(end, len); // waits for room like the others
	page.len = (uint16_t)size_min(len, page.room);
	for (uint32_t i = 0; i < page.len; i++)
		page.bytes[i] = byte_at(end->key, end->sent + i);
	len = page.len;
	if (tcp_send_pages(end->conn, &page, 1) == 1)
		return len;
	tcp_page_put(&page);
	return 0;
}

static void send_more(struct end *end)
{
	while (end->sent < end->size) {
		uint32_t len = (uint32_t)size_min(CHUNK, end->size - end->sent);
		uint32_t taken = end->pages ? send_page(end, len) : send_copied(end, len);

		end->sent += taken;
		if (taken == 0)
			return;
	}
	tcp_shutdown(end->conn);
}

static void opened(void *ctx, struct tcp_conn *conn, mono_t now)
{
	struct end *end = ctx;

	assert_false(end->opened);
	end->opened = true;
	end->conn = conn;
	tcp_set_keepalive(conn, 600, 10, 9); // the other may give up without a word
	send_more(end);
}

static unsigned data(void *ctx, struct tcp_conn *conn, struct tcp_data *data, unsigned n,
                     mono_t now)
{
	struct end *end = ctx;
	uint32_t key = other(end)->key;

	if (end->stalled)
		return 0;
	for (unsigned i = 0; i < n; i++) {
		for (uint32_t k = 0; k < data[i].len; k++)
			if (data[i].bytes[k] != byte_at(key, end->got + k))
				fail_msg("seed %ju: the %s got a wrong byte at %u", (uintmax_t)seed,
				         end->name, end->got + k);
		end->stalled = end->stall &&
		               end->got / end->stall != (end->got + data[i].len) / end->stall;
		end->got += data[i].len;
		if (end->stalled)
			return i + 1;
	}
	return n;
}

static void writable(void *ctx, struct tcp_conn *conn, mono_t now)
{
	send_more(ctx);
}

static void ended(void *ctx, struct tcp_conn *conn, mono_t now)
{
	struct end *end = ctx;

	assert_false(end->ended);
	end->ended = true;
	assert_int_equal(end->got, other(end)->size);
}

static void closed(void *ctx, struct tcp_conn *conn, enum tcp_end how, mono_t now)
{
	struct end *end = ctx;

	assert_false(end->closed);
	end->closed = true;
	end->how = how;
	end->conn = NULL;
}

static const struct tcp_ops ops = {
        .opened = opened, .data = data, .ended = ended, .writable = writable, .closed = closed};

static void open_both(struct impair_conf line, const char *server_addr, bool ecn)
{
	struct tcp_listener_conf listener = {
	        .port = PORT, .backlog = 4, .ops = &ops, .ctx = &server};
	struct tcp_connect_conf connect = {
	        .remote_port = PORT, .ops = &ops, .ctx = &client, .ecn = ecn};

	line.seed = seed;
	sim_open(&sim, line);
	connect.remote = ip(server_addr);
	assert_int_equal(tcp_listen(stack_tcp(sim.server.stack), &listener, NULL), 0);
	assert_int_equal(tcp_connect(stack_tcp(sim.client.stack), &connect, &client.conn, sim.now),
	                 0);
}

// Ends that stopped taking data go on after a while.
static void resume(struct end *end)
{
	if (!end->stalled || !end->conn)
		return;
	end->stalled = false;
	tcp_resume(end->conn);
}

// What happens beside losses.
struct story {
	struct end ends;      // what both have in common
	uint16_t narrow;      // from now and then on no more than this goes through; 0: never
	bool reports;         // and routers report that
	uint32_t abort_after; // bytes that the server gets before it aborts; 0: never
	bool ecn;
};

// The path is as wide as the link and narrow in turn, for ten seconds each, and wide at last, so
// that every transfer comes to an end.
static void change_path(const struct story *story, uint64_t tenths)
{
	bool narrow = story->narrow && tenths % 200 < 100;

	sim.path->mtu = narrow ? story->narrow : 1500;
	sim.path->reports = story->reports;
}

static void run_until_closed(const struct story *story, uint64_t seconds)
{
	for (uint64_t i = 0;
	     i < seconds * 10 && !(client.closed && (server.closed || !server.opened)); i++) {
		change_path(story, i);
		sim_run_until(&sim, mono_add(sim.now, 100 * MS_US));
		resume(&client);
		resume(&server);
		if (story->abort_after && server.conn && server.got >= story->abort_after)
			tcp_abort(server.conn);
	}
}

// With many losses one end's last FIN may come after the other's TIME-WAIT, and be reset.
static bool ends_well(const struct end *a, const struct end *b)
{
	return (a->how == TCP_END_DONE && (b->how == TCP_END_DONE || b->how == TCP_END_RESET)) ||
	       (a->how == TCP_END_RESET && b->how == TCP_END_DONE);
}

// A peer that is not heard for minutes is given up, as happens in one of some hundred runs; or the
// handshake is, after 30 s, of which the client hears when it sends.
static bool gave_up(struct impair_conf line)
{
	return line.loss_q32 >= 30 * PERCENT &&
	       (client.how == TCP_END_TIMEOUT || server.how == TCP_END_TIMEOUT || !server.opened);
}

// Nothing is said of the one that aborts; the other may not hear of it.
static bool was_aborted(const struct story *story)
{
	return story->abort_after && server.how == TCP_END_ABORTED &&
	       (client.how == TCP_END_RESET || client.how == TCP_END_TIMEOUT ||
	        client.how == TCP_END_DONE);
}

static bool has_all(void)
{
	return client.got == server.size && server.got == client.size &&
	       ends_well(&client, &server);
}

static void transfer(struct impair_conf line, uint32_t size, const struct story *story)
{
	client = server = story->ends;
	client.name = "client";
	server.name = "server";
	client.key = (uint32_t)seed;
	server.key = ~(uint32_t)seed;
	client.size = size;
	server.size = size / 3;
	open_both(line, seed % 2 ? "10.0.0.2" : "fd00::2", story->ecn);
	run_until_closed(story, 3600);
	if (!client.closed || (server.opened && !server.closed) ||
	    !(has_all() || gave_up(line) || was_aborted(story)))
		fail_msg("seed %ju: the client got %u of %u and ended with %d, the server %u of "
		         "%u, %d",
		         (uintmax_t)seed, client.got, server.size, (int)client.how, server.got,
		         client.size, (int)server.how);
	sim_run_until(&sim, mono_add(sim.now, 61 * SEC_US)); // TIME-WAIT
	sim_close(&sim);
}

static void test_a_clean_link(void **state)
{
	seed = 1;
	transfer((struct impair_conf){.delay_us = MS_US}, 3000000, &(struct story){0});
	seed = 2;
	transfer((struct impair_conf){.delay_us = MS_US}, 3000000,
	         &(struct story){.ends.pages = true});
}

static void test_stalls_of_the_application(void **state)
{
	seed = 3;
	transfer((struct impair_conf){.delay_us = MS_US}, 2000000,
	         &(struct story){.ends.stall = 300000});
}

static bool long_mode(void)
{
	const char *is_long = getenv("WADI_LONG");

	return is_long && (strcmp(is_long, "yes") == 0 || strcmp(is_long, "1") == 0);
}

// Both ends' links of the table, each with seeds of its own.
static const struct {
	const char *name;
	struct impair_conf line;
	uint32_t size;
	struct story story;
} lines[] = {
        {"loss 2 %", {.loss_q32 = 2 * PERCENT, .delay_us = 5 * MS_US}, 600000},
        {"loss 10 %", {.loss_q32 = 10 * PERCENT, .delay_us = 5 * MS_US}, 200000},
        {"loss 30 %", {.loss_q32 = 30 * PERCENT, .delay_us = 2 * MS_US}, 20000},
        {"reordering", {.reorder_q32 = 20 * PERCENT, .delay_us = 3 * MS_US}, 600000},
        {"duplicates", {.dup_q32 = 20 * PERCENT, .delay_us = 3 * MS_US}, 600000},
        {"corruption", {.corrupt_q32 = 5 * PERCENT, .delay_us = 3 * MS_US}, 300000},
        {"all of them",
         {.loss_q32 = 3 * PERCENT,
          .reorder_q32 = 5 * PERCENT,
          .dup_q32 = 5 * PERCENT,
          .corrupt_q32 = 3 * PERCENT,
          .delay_us = 4 * MS_US},
         200000},
        {"a path that gets narrower, reported",
         {.loss_q32 = PERCENT, .delay_us = 50 * MS_US},
         600000,
         {.narrow = 1300, .reports = true}},
        {"a path that gets narrower",
         {.loss_q32 = PERCENT, .delay_us = 50 * MS_US},
         600000,
         {.narrow = 1280}},
        {"stalls and losses",
         {.loss_q32 = 5 * PERCENT, .reorder_q32 = 5 * PERCENT, .delay_us = 5 * MS_US},
         300000,
         {.ends.stall = 20000}},
        {"an abort",
         {.loss_q32 = 5 * PERCENT, .delay_us = 5 * MS_US},
         300000,
         {.abort_after = 100000}},
        {"a long way", {.loss_q32 = PERCENT, .delay_us = 300 * MS_US}, 600000, {.ecn = true}},
};

// The story of a seed: half of them send pages, a third have applications that stall.
static struct story story_of(unsigned line, uint64_t run)
{
	struct story story = lines[line].story;

	story.ends.pages = run % 2;
	if (run % 3 == 2 && !story.ends.stall)
		story.ends.stall = 50000;
	return story;
}

static void play(unsigned line, uint64_t run, const char *only)
{
	struct story story = story_of(line, run);

	seed = SEEDS_OF_A_LINE * line + run;
	if (!only || seed == strtoull(only, NULL, 10))
		transfer(lines[line].line, lines[line].size, &story);
}

static void test_lossy_links(void **state)
{
	const char *only = getenv("WADI_SIM_SEED"), *more = getenv("WADI_SIM_RUNS");
	const char *cpu_s = getenv("WADI_SIM_CPU_S");
	uint64_t runs = more ? strtoull(more, NULL, 10) : long_mode() ? 20000 : 100;
	clock_t until = clock() + (cpu_s ? atoi(cpu_s) * CLOCKS_PER_SEC : 0);

	for (uint64_t run = 0; run < runs || (clock() < until && run < SEEDS_OF_A_LINE); run++)
		for (unsigned i = 0; i < ARRAY_LEN(lines); i++)
			play(i, run, only);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_a_clean_link),
	        cmocka_unit_test(test_stalls_of_the_application),
	        cmocka_unit_test(test_lossy_links),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// channel: two handlers, one on each of two nodes, that read in every way and write as they like,
// on lines of growing badness, by a seed. One of them, or both, are in the control thread, whose
// turns come when the seed says so. Every byte is compared, every page is returned, each channel
// is closed once. A failure prints the seed: WADI_SIM_SEED=N runs that one alone,
// WADI_SIM_RUNS=N more seeds.
#include "sim.h"

#include "apps/cross/crossing.h"
#include "core/rand.h"
#include "proto/tcpip/tcp/channels.h"

#include <stdlib.h>

#define PORT         9000
#define BUFFER_BYTES 3000
#define PERCENT      ((UINT64_C(1) << 32) / 100)
#define PAIRS        4 // connections at a time

static struct sim sim;
static struct rand dice;
static uint64_t seed;

// How an end behaves once it has sent all.
enum finale { FINALE_SHUTDOWN, FINALE_CLOSE, FINALE_ABORT, FINALES };

struct end {
	struct end *other;
	struct channel *channel;
	uint32_t key, size, sent, got;
	enum finale finale;
	bool opened, finished, ended, closed;
	enum tcp_end how;
};

static struct end client[PAIRS], server[PAIRS];
static struct control_loop loop;

// The table of a node's channels: one of both.
static struct table {
	struct channels *channels;
	struct crossing *crossing;
} clients, servers;

static uint8_t byte_at(uint32_t key, uint32_t at)
{
	return (uint8_t)((at + key) * UINT32_C(2654435761) >> 24);
}

static void check(struct end *end, const uint8_t *bytes, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (bytes[i] != byte_at(end->other->key, end->got + i))
			fail_msg("seed %ju: a wrong byte at %u", (uintmax_t)seed, end->got + i);
	end->got += n;
}

// Lines and messages, of which the bytes are compared, too: the end of the line is the last.
static void read_line(struct end *end)
{
	uint32_t max = (uint32_t)rand_below(&dice, BUFFER_BYTES), len;
	uint8_t first, second;
	char *line;

	if (channel_read_line(end->channel, max, &line, &len) != CHANNEL_GOT)
		return;
	check(end, (uint8_t *)line, len);
	first = byte_at(end->other->key, end->got);
	second = byte_at(end->other->key, end->got + 1);
	assert_true(first == '\n' || (first == '\r' && second == '\n'));
	end->got += first == '\n' ? 1 : 2;
}

static void read_exact(struct end *end)
{
	uint32_t len = (uint32_t)rand_below(&dice, BUFFER_BYTES + 1);
	uint8_t *bytes;

	if (channel_read_exact(end->channel, len, &bytes) == CHANNEL_GOT)
		check(end, bytes, len);
}

static void read_in_place(struct end *end)
{
	uint32_t len;
	uint8_t *bytes = channel_peek(end->channel, &len);

	len = len ? 1 + (uint32_t)rand_below(&dice, len) : 0;
	check(end, bytes, len);
	channel_skip(end->channel, len);
}

static void read_copy(struct end *end)
{
	uint8_t bytes[5000];
	uint32_t len = (uint32_t)rand_below(&dice, sizeof(bytes));

	check(end, bytes, channel_read(end->channel, bytes, len));
}

static void read_somehow(struct end *end)
{
	static void (*const ways[])(struct end *) = {read_line, read_exact, read_in_place,
	                                             read_copy, read_copy};

	ways[rand_below(&dice, ARRAY_LEN(ways))](end);
	end->ended = channel_ended(end->channel);
}

static void finish(struct end *end)
{
	end->finished = true;
	if (end->finale == FINALE_ABORT)
		channel_abort(end->channel);
	else if (end->finale == FINALE_CLOSE)
		channel_close(end->channel);
	else
		channel_shutdown(end->channel);
}

static void write_more(struct end *end)
{
	uint8_t bytes[5000];

	while (end->sent < end->size) {
		uint32_t len = (uint32_t)size_min(1 + rand_below(&dice, sizeof(bytes)),
		                                  end->size - end->sent);
		uint32_t taken;

		for (uint32_t i = 0; i < len; i++)
			bytes[i] = byte_at(end->key, end->sent + i);
		taken = channel_write(end->channel, bytes, len);
		end->sent += taken;
		if (taken < len)
			return;
	}
	if (!end->finished)
		finish(end);
}

static bool is_over(const struct end *end)
{
	return end->closed || (end->finished && end->finale != FINALE_SHUTDOWN);
}

static void on_opened(void *ctx, struct channel *channel, mono_t now)
{
	struct end *end = ctx;

	assert_false(end->opened);
	end->opened = true;
	end->channel = channel;
}

static void on_readable(void *ctx, struct channel *channel, mono_t now)
{
	struct end *end = ctx;

	end->ended = channel_ended(channel);
	for (uint64_t i = rand_below(&dice, 4); i > 0 && !is_over(end); i--)
		read_somehow(end);
}

static void on_writable(void *ctx, struct channel *channel, mono_t now)
{
	if (rand_below(&dice, 2))
		write_more(ctx);
}

static void on_closed(void *ctx, struct channel *channel, enum tcp_end how, mono_t now)
{
	struct end *end = ctx;

	assert_false(end->closed);
	end->closed = true;
	end->how = how;
	end->channel = NULL;
}

static const struct channel_ops ops = {
        .opened = on_opened, .readable = on_readable, .writable = on_writable, .closed = on_closed};

static void on_accepted(void *ctx, struct channel *channel, mono_t now)
{
	struct end *end = &server[channel_peers(channel).remote_port - 1000];

	channel_set_handler(channel, &ops, end);
	on_opened(end, channel, now);
}

static const struct channel_ops accepting = {.opened = on_accepted};

static void table_open(struct table *table, struct node *node)
{
	struct channels_conf conf = {.tcp = stack_tcp(node->stack),
	                             .wheel = &node->pipeline.wheel,
	                             .metric = &node->metric,
	                             .channels = PAIRS,
	                             .buffer_bytes = BUFFER_BYTES};

	table->channels = channels_open(&conf);
	assert_non_null(table->channels);
}

static void table_open_crossing(struct table *table, struct node *node)
{
	struct crossing_conf conf = {.loop = &loop,
	                             .channels = PAIRS,
	                             .connects = PAIRS,
	                             .buffer_bytes = BUFFER_BYTES,
	                             .out_bytes = 8192};

	table->crossing = crossing_open(&conf);
	assert_non_null(table->crossing);
	assert_int_equal(
	        crossing_worker_open(table->crossing, 0, &node->pipeline, stack_tcp(node->stack)),
	        0);
}

static void table_close(struct table *table)
{
	if (table->channels)
		channels_close(table->channels, sim.now);
	if (table->crossing) {
		crossing_worker_close(table->crossing, 0, sim.now);
		crossing_close(table->crossing);
	}
	*table = (struct table){0};
}

static void table_listen(const struct table *table, const struct channels_listener_conf *conf)
{
	assert_int_equal(table->crossing ? crossing_listen(table->crossing, 0, conf)
	                                 : channels_listen(table->channels, conf),
	                 0);
}

static void table_connect(const struct table *table, const struct channels_connect_conf *conf,
                          struct channel **channel)
{
	assert_int_equal(table->crossing
	                         ? crossing_connect(table->crossing, 0, conf, channel)
	                         : channels_connect(table->channels, conf, channel, sim.now),
	                 0);
}

static void open_pair(unsigned i, uint32_t size)
{
	struct channels_connect_conf conf = {.remote = ip(i % 2 ? "10.0.0.2" : "fd00::2"),
	                                     .local_port = (uint16_t)(1000 + i),
	                                     .remote_port = PORT,
	                                     .keepalive_s = 30,
	                                     .ops = &ops,
	                                     .ctx = &client[i]};

	client[i] = (struct end){.other = &server[i],
	                         .key = (uint32_t)rand_u64(&dice),
	                         .size = size,
	                         .finale = (enum finale)rand_below(&dice, FINALES)};
	server[i] = (struct end){.other = &client[i],
	                         .key = (uint32_t)rand_u64(&dice),
	                         .size = size / 3,
	                         .finale = (enum finale)rand_below(&dice, FINALES)};
	table_connect(&clients, &conf, &client[i].channel);
}

// What ends do outside of callbacks.
static void act(struct end *end)
{
	if (!end->opened || is_over(end) || rand_below(&dice, 4) == 0)
		return;
	if (rand_below(&dice, 2))
		write_more(end);
	for (uint64_t i = rand_below(&dice, 8); i > 0 && !is_over(end); i--)
		read_somehow(end);
	if (end->channel && rand_below(&dice, 2))
		channel_flush(end->channel);
}

static bool is_done(const struct end *end)
{
	return end->closed || !end->opened;
}

static bool all_closed(void)
{
	for (unsigned i = 0; i < PAIRS; i++)
		if (!(client[i].opened || client[i].closed) || !is_done(&client[i]) ||
		    !is_done(&server[i]))
			return false;
	return true;
}

// Both that finish by closing their half have got everything.
static void judge(const struct end *end)
{
	const struct end *other = end->other;

	assert_true(end->closed || !end->opened);
	if (end->finale != FINALE_SHUTDOWN || other->finale != FINALE_SHUTDOWN || !end->opened)
		return;
	if (end->how == TCP_END_TIMEOUT || other->how == TCP_END_TIMEOUT)
		return; // given up: lines are that bad
	if (end->got != other->size || !end->ended)
		fail_msg("seed %ju: got %u of %u, end %d", (uintmax_t)seed, end->got, other->size,
		         (int)end->how);
}

static void run(struct impair_conf line, uint32_t size)
{
	struct channels_listener_conf listener = {
	        .port = PORT, .backlog = 8, .ops = &accepting, .keepalive_s = 30};

	line.seed = seed;
	rand_init(&dice, seed);
	sim_open(&sim, line);
	assert_int_equal(control_loop_init(&loop), 0);
	(seed & 1 ? table_open_crossing : table_open)(&servers, &sim.server);
	(seed & 2 ? table_open_crossing : table_open)(&clients, &sim.client);
	table_listen(&servers, &listener);
	for (unsigned i = 0; i < PAIRS; i++)
		open_pair(i, size);
	for (unsigned i = 0; i < 100000 && !all_closed(); i++) {
		sim_run_until(&sim, mono_add(sim.now, rand_below(&dice, 20 * MS_US)));
		for (unsigned k = 0; k < PAIRS; k++) {
			act(&client[k]);
			act(&server[k]);
		}
		for (uint64_t turns = rand_below(&dice, 4); turns > 0; turns--)
			control_loop_turn(&loop, 0);
	}
	if (!all_closed())
		fail_msg("seed %ju: channels that do not close", (uintmax_t)seed);
	table_close(&clients);
	table_close(&servers);
	control_loop_fini(&loop);
	for (unsigned i = 0; i < PAIRS; i++) {
		judge(&client[i]);
		judge(&server[i]);
	}
	sim_close(&sim);
}

static const struct {
	struct impair_conf line;
	uint32_t size;
} lines[] = {
        {{.delay_us = MS_US}, 400000},
        {{.loss_q32 = 3 * PERCENT, .delay_us = 3 * MS_US}, 200000},
        {{.reorder_q32 = 10 * PERCENT, .dup_q32 = 10 * PERCENT, .delay_us = 2 * MS_US}, 200000},
        {{.loss_q32 = 10 * PERCENT, .corrupt_q32 = 2 * PERCENT, .delay_us = MS_US}, 50000},
};

static void test_two_handlers(void **state)
{
	const char *only = getenv("WADI_SIM_SEED"), *more = getenv("WADI_SIM_RUNS");
	uint64_t runs = more ? strtoull(more, NULL, 10) : 5;

	for (unsigned i = 0; i < ARRAY_LEN(lines); i++)
		for (uint64_t n = 0; n < runs; n++) {
			seed = only ? strtoull(only, NULL, 10) : 1000 * i + n;
			if (only && seed / 1000 != i)
				break;
			run(lines[i].line, lines[i].size);
			if (only)
				break;
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_two_handlers)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

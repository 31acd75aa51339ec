// race: connecting to a host of several addresses, of which some are dead, refuse, or are slow, by
// tcp_race and by a channel; both ends are wadi's.
#include "sim.h"

#include "proto/tcpip/tcp/channels.h"
#include "proto/tcpip/tcp/tcp_race.h"

#include <errno.h>

#define PORT     80
#define CHANNELS 4
#define MS(us)   ((unsigned)((us) / MS_US))
#define BUFFER   64

static struct sim sim;

static struct {
	struct tcp_race race;
	struct channels *channels;
	struct channel *channel;
	// What the client saw.
	unsigned opened, closed;
	unsigned opened_ms, closed_ms; // since the begin
	enum tcp_end end;
	struct addr with;
	struct tcp_conn *conn;
	mono_t begin;
	// What the server did.
	unsigned accepted, gone;
	char got[64];
} run;

static void client_opened(void *ctx, struct tcp_conn *conn, mono_t now)
{
	assert_ptr_equal(ctx, &run);
	run.opened++;
	run.opened_ms = MS(mono_until(run.begin, now));
	run.with = tcp_peers(conn).remote;
	run.conn = conn;
	assert_int_equal(tcp_send(conn, "hello", 5), 5);
}

static void client_closed(void *ctx, struct tcp_conn *conn, enum tcp_end end, mono_t now)
{
	assert_ptr_equal(ctx, &run);
	assert_ptr_equal(conn, run.conn); // NULL if none was opened
	run.closed++;
	run.closed_ms = MS(mono_until(run.begin, now));
	run.end = end;
}

static const struct tcp_ops client_ops = {.opened = client_opened, .closed = client_closed};

static void channel_opened(void *ctx, struct channel *channel, mono_t now)
{
	assert_ptr_equal(ctx, &run);
	run.opened++;
	run.opened_ms = MS(mono_until(run.begin, now));
	run.with = channel_peers(channel).remote;
	assert_int_equal(channel_write(channel, "hello", 5), 5);
}

static void channel_closed(void *ctx, struct channel *channel, enum tcp_end end, mono_t now)
{
	run.closed++;
	run.closed_ms = MS(mono_until(run.begin, now));
	run.end = end;
}

static const struct channel_ops channel_ops = {.opened = channel_opened, .closed = channel_closed};

static void server_opened(void *ctx, struct tcp_conn *conn, mono_t now)
{
	run.accepted++;
}

static unsigned server_data(void *ctx, struct tcp_conn *conn, struct tcp_data *data, unsigned n,
                            mono_t now)
{
	for (unsigned i = 0; i < n; i++)
		strncat(run.got, (const char *)data[i].bytes, data[i].len);
	return n;
}

static void server_closed(void *ctx, struct tcp_conn *conn, enum tcp_end end, mono_t now)
{
	run.gone++;
}

static const struct tcp_ops server_ops = {
        .opened = server_opened, .data = server_data, .closed = server_closed};

// What happens to a race between the addresses. 10.0.0.2 and fd00::2 are the server's, others are
// dead; one that `refuses` has no listener. IPv4 comes first, because fd00::/7 comes after it (RFC
// 6724 section 2.1).
struct story {
	const char *name;
	const char *addrs[4];
	unsigned delay_ms; // each way
	const char *refuses;
	uint64_t timeout_us;
	// What is expected: the winner and when, or the end and when.
	const char *wins;
	enum tcp_end end;
	unsigned from_ms, to_ms;
};

static const struct story stories[] = {
        {.name = "the first works",
         .addrs = {"fd00::2", "10.0.0.2"},
         .wins = "10.0.0.2",
         .to_ms = 5},
        {.name = "the first is dead",
         .addrs = {"fd00::2", "10.0.0.77"},
         .wins = "fd00::2",
         .from_ms = 250,
         .to_ms = 255},
        {.name = "all but the last are dead",
         .addrs = {"10.0.0.77", "fd00::77", "10.0.0.78", "fd00::2"},
         .wins = "fd00::2",
         .from_ms = 750,
         .to_ms = 755},
        {.name = "the first refuses",
         .addrs = {"10.0.0.2", "fd00::2"},
         .refuses = "10.0.0.2",
         .wins = "fd00::2",
         .from_ms = 10,
         .to_ms = 15},
        {.name = "both are slow, the first is first",
         .addrs = {"10.0.0.2", "fd00::2"},
         .delay_ms = 200,
         .wins = "10.0.0.2",
         .from_ms = 400,
         .to_ms = 1100}, // with resolving neighbours
        {.name = "all refuse",
         .addrs = {"10.0.0.2", "fd00::2"},
         .refuses = "both",
         .end = TCP_END_REFUSED,
         .from_ms = 10,
         .to_ms = 15},
        {.name = "all are dead",
         .addrs = {"10.0.0.77", "fd00::77"},
         .timeout_us = 2 * SEC_US,
         .end = TCP_END_TIMEOUT,
         .from_ms = 2000,
         .to_ms = 2005},
        {.name = "there is no time for the second",
         .addrs = {"10.0.0.77", "fd00::2"},
         .timeout_us = 100 * MS_US,
         .end = TCP_END_TIMEOUT,
         .from_ms = 100,
         .to_ms = 105},
        {.name = "one without a route does not count",
         .addrs = {"192.0.2.1", "fd00::2"},
         .wins = "fd00::2",
         .to_ms = 5},
        {.name = "one address", .addrs = {"fd00::2"}, .wins = "fd00::2", .to_ms = 5},
        {.name = "one that refuses",
         .addrs = {"fd00::2"},
         .refuses = "both",
         .end = TCP_END_REFUSED,
         .to_ms = 5},
};

static void story_open(const struct story *story)
{
	struct tcp_listener_conf listener = {.port = PORT, .backlog = 8, .ops = &server_ops};
	struct channels_conf conf = {.channels = CHANNELS, .buffer_bytes = BUFFER};
	struct impair_conf line = {.delay_us = story->delay_ms * MS_US, .seed = 1};
	const char *const families[] = {"10.0.0.2", "fd00::2"};

	memset(&run, 0, sizeof(run));
	sim_open(&sim, line);
	for (unsigned i = 0; i < 2; i++) {
		listener.addr = ip(families[i]);
		if (story->refuses && (strcmp(story->refuses, "both") == 0 ||
		                       strcmp(story->refuses, families[i]) == 0))
			continue;
		assert_int_equal(tcp_listen(stack_tcp(sim.server.stack), &listener, NULL), 0);
	}
	conf.tcp = stack_tcp(sim.client.stack);
	conf.wheel = &sim.client.pipeline.wheel;
	conf.metric = &sim.client.metric;
	run.channels = channels_open(&conf);
	assert_non_null(run.channels);
	sim_run_until(&sim, mono_add(sim.now, 5 * SEC_US)); // addresses are checked
	run.begin = sim.now;
}

static unsigned addresses(const struct story *story, struct addr remotes[RACE_ADDRS])
{
	unsigned n = 0;

	for (; n < ARRAY_LEN(story->addrs) && story->addrs[n]; n++)
		remotes[n] = ip(story->addrs[n]);
	return n;
}

static int begin_race(const struct story *story)
{
	struct addr remotes[RACE_ADDRS];
	struct tcp_race_conf conf = {.connect = {.remote_port = PORT,
	                                         .ops = &client_ops,
	                                         .ctx = &run,
	                                         .timeout_us = story->timeout_us},
	                             .remotes = remotes,
	                             .remotes_len = addresses(story, remotes)};

	return tcp_race_begin(&run.race, stack_tcp(sim.client.stack), &conf, sim.now);
}

static int begin_channel(const struct story *story)
{
	struct addr remotes[RACE_ADDRS];
	unsigned n = addresses(story, remotes);
	struct channels_connect_conf conf = {.remote = remotes[0],
	                                     .others_len = n - 1,
	                                     .remote_port = PORT,
	                                     .ops = &channel_ops,
	                                     .ctx = &run,
	                                     .timeout_us = story->timeout_us};

	memcpy(conf.others, remotes + 1, (n - 1) * sizeof(*remotes));
	return channels_connect(run.channels, &conf, &run.channel, sim.now);
}

static void story_close(void)
{
	channels_close(run.channels, sim.now);
	sim_close(&sim);
}

// Connections that either side has.
static unsigned count(const struct node *node)
{
	struct tcp_row rows[16];
	uint32_t from = 0;

	return tcp_list(stack_tcp(node->stack), &from, 1 << 16, rows, ARRAY_LEN(rows));
}

static void expect_ms(const struct story *story, const char *what, unsigned ms)
{
	if (ms < story->from_ms || ms > story->to_ms)
		fail_msg("%s: %s after %u ms, not %u to %u", story->name, what, ms, story->from_ms,
		         story->to_ms);
}

static void play(const struct story *story, int (*begin)(const struct story *story))
{
	char text[ADDR_TEXT_BYTES];

	story_open(story);
	assert_int_equal(begin(story), 0);
	assert_int_equal(run.opened + run.closed, 0);
	sim_run_until(&sim, mono_add(sim.now, 10 * SEC_US));
	if (story->wins) {
		if (run.opened != 1 || run.closed)
			fail_msg("%s: opened %u times, closed %u as %d", story->name, run.opened,
			         run.closed, (int)run.end);
		assert_string_equal(addr_text(run.with, text), story->wins);
		expect_ms(story, "opened", run.opened_ms);
		assert_string_equal(run.got, "hello");
		// The others are gone on both sides.
		assert_int_equal(count(&sim.client), 1);
		assert_int_equal(count(&sim.server), 1);
		assert_int_equal(run.accepted - run.gone, 1);
	} else {
		assert_int_equal(run.opened, 0);
		assert_int_equal(run.closed, 1);
		assert_int_equal(run.end, story->end);
		expect_ms(story, "closed", run.closed_ms);
		assert_int_equal(count(&sim.client), 0);
	}
	story_close();
	assert_int_equal(run.opened + run.closed, story->wins && run.channel ? 2 : 1);
}

static void test_each_story(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(stories); i++)
		play(&stories[i], begin_race);
}

static void test_each_story_by_a_channel(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(stories); i++)
		play(&stories[i], begin_channel);
}

static void test_without_any_route(void **state)
{
	static const struct story story = {.addrs = {"2001:db8::1", "192.0.2.1"}};

	story_open(&story);
	assert_int_equal(begin_race(&story), -ENETUNREACH);
	assert_int_equal(begin_channel(&story), -ENETUNREACH);
	sim_run_until(&sim, mono_add(sim.now, 10 * SEC_US));
	assert_int_equal(run.opened + run.closed, 0);
	story_close();
}

// At any moment before it is won; nothing is called after that, and the memory is free.
static void test_a_race_is_cancelled(void **state)
{
	static const struct story story = {.addrs = {"10.0.0.2", "fd00::2"}, .delay_ms = 200};

	for (unsigned ms = 0; ms <= 400; ms += 50) {
		story_open(&story);
		assert_int_equal(begin_race(&story), 0);
		sim_run_until(&sim, mono_add(sim.now, ms * MS_US));
		assert_int_equal(run.opened, 0);
		tcp_race_cancel(&run.race);
		memset(&run.race, 0xa5, sizeof(run.race));
		sim_run_until(&sim, mono_add(sim.now, 60 * SEC_US));
		assert_int_equal(run.opened + run.closed, 0);
		assert_int_equal(count(&sim.client) + count(&sim.server), 0);
		story_close();
	}
}

// By each of the ways in which a handler ends a channel, which is told once.
static void test_a_channel_that_races_is_given_up(void **state)
{
	static const struct story story = {.addrs = {"10.0.0.2", "fd00::2"}, .delay_ms = 200};
	void (*const ways[])(struct channel * channel) = {channel_abort, channel_close,
	                                                  channel_shutdown};

	for (unsigned i = 0; i < ARRAY_LEN(ways); i++) {
		for (unsigned ms = 0; ms <= 300; ms += 100) {
			story_open(&story);
			assert_int_equal(begin_channel(&story), 0);
			sim_run_until(&sim, mono_add(sim.now, ms * MS_US));
			assert_int_equal(channel_write(run.channel, "early", 5), 0);
			ways[i](run.channel);
			assert_int_equal(run.closed, 0); // not from within
			sim_run_until(&sim, mono_add(sim.now, 60 * SEC_US));
			assert_int_equal(run.opened, 0);
			assert_int_equal(run.closed, 1);
			assert_int_equal(run.end, TCP_END_ABORTED);
			assert_int_equal(count(&sim.client) + count(&sim.server), 0);
			story_close();
		}
	}
}

// A table that ends while some race.
static void test_a_table_is_closed_while_channels_race(void **state)
{
	static const struct story story = {.addrs = {"fd00::77", "10.0.0.77"}};

	story_open(&story);
	for (unsigned i = 0; i < CHANNELS; i++)
		assert_int_equal(begin_channel(&story), 0);
	assert_int_equal(begin_channel(&story), -ENOSPC);
	sim_run_until(&sim, mono_add(sim.now, 300 * MS_US));
	story_close();
	assert_int_equal(run.closed, CHANNELS);
	assert_int_equal(run.end, TCP_END_ABORTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_each_story),
	        cmocka_unit_test(test_each_story_by_a_channel),
	        cmocka_unit_test(test_without_any_route),
	        cmocka_unit_test(test_a_race_is_cancelled),
	        cmocka_unit_test(test_a_channel_that_races_is_given_up),
	        cmocka_unit_test(test_a_table_is_closed_while_channels_race),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

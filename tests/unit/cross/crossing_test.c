// crossing: channels between workers and the control thread, in threads: two workers serve lines
// whose handlers are here, in the control thread; clients in workers of their own ask, and leave
// in every way, at any time. Also the other way round: clients in the control thread. Then what
// happens when all of it is stopped at some moment. TSan watches; the order of events by a seed
// is tests/sim/channel_sim.c.
#include "sim.h"

#include "apps/cross/crossing.h"
#include "core/rand.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#define WORKERS      2
#define PORT         9000
#define SECOND_PORT  9001
#define BUFFER_BYTES 512
#define AT_A_TIME    6   // connections of each client
#define CONNS        150 // of each client, in all
#define LINES        40

// A worker, a node whose channels have their handlers in it, and the thread that it runs in.
struct worker {
	struct node node;
	struct channels *channels;
	pthread_t thread;
};

static struct worker far[WORKERS];  // handlers within
static struct worker near[WORKERS]; // handlers in the control thread
static struct control_loop loop;
static struct crossing *crossing;

// Echoes lines; what the peer does not take waits. In any thread.
struct echo {
	struct channel *channel;
	uint32_t len; // of what waits
	char line[BUFFER_BYTES + 1];
};

static _Atomic unsigned echoes; // that exist

static void echo_go_on(struct echo *echo)
{
	enum channel_got got = CHANNEL_WAIT;
	uint32_t sent, len;
	char *line;

	for (;;) {
		sent = channel_write(echo->channel, echo->line, echo->len);
		echo->len -= sent;
		memmove(echo->line, echo->line + sent, echo->len);
		if (echo->len > 0)
			return;
		got = channel_read_line(echo->channel, BUFFER_BYTES, &line, &len);
		if (got != CHANNEL_GOT)
			break;
		memcpy(echo->line, line, len);
		echo->line[len] = '\n';
		echo->len = len + 1;
	}
	if (got == CHANNEL_TOO_LONG)
		channel_abort(echo->channel);
	else if (got == CHANNEL_END)
		channel_close(echo->channel);
}

static void echo_event(void *ctx, struct channel *channel, mono_t now)
{
	echo_go_on(ctx);
}

static void echo_closed(void *ctx, struct channel *channel, enum tcp_end end, mono_t now)
{
	free(ctx);
	atomic_fetch_sub(&echoes, 1);
}

static const struct channel_ops echo_ops = {
        .readable = echo_event, .writable = echo_event, .closed = echo_closed};

static void echo_opened(void *ctx, struct channel *channel, mono_t now)
{
	struct echo *echo = calloc(1, sizeof(*echo));

	assert_non_null(echo);
	atomic_fetch_add(&echoes, 1);
	echo->channel = channel;
	channel_set_handler(channel, &echo_ops, echo);
}

static const struct channel_ops echo_accepts = {.opened = echo_opened};

// A client of lines: its connections one after the other, some at a time. In one thread.
struct client {
	unsigned number;
	bool in_control;
	struct rand dice;
	unsigned begun, ended, done; // of connections; done: all lines came back
	unsigned most;
	unsigned broken;            // ended by the other side or the network
	unsigned accepted, refused; // connections to the second port
	bool stops;                 // begins no more
};

struct talk {
	struct client *client;
	struct channel *channel;
	unsigned sent, got, leaves_at; // lines
};

static struct client clients[WORKERS];

static unsigned line_of(const struct talk *talk, unsigned i, char line[BUFFER_BYTES])
{
	unsigned len = (i * 37 + talk->leaves_at * 11) % 300;

	memset(line, 'a' + (int)(i % 26), len);
	line[len] = '\n';
	return len + 1;
}

static void talk_leave(struct talk *talk)
{
	if (rand_below(&talk->client->dice, 2))
		channel_close(talk->channel);
	else
		channel_abort(talk->channel);
	talk->channel = NULL;
}

static void talk_send(struct talk *talk)
{
	char line[BUFFER_BYTES];

	while (talk->channel && talk->sent < LINES) {
		unsigned len = line_of(talk, talk->sent, line);

		// All of it or nothing: more follows when some of it has come back.
		if (channel_room(talk->channel) < len)
			return;
		assert_int_equal(channel_write(talk->channel, line, len), len);
		talk->sent++;
	}
}

static void talk_readable(void *ctx, struct channel *channel, mono_t now)
{
	char *line, wanted[BUFFER_BYTES];
	struct talk *talk = ctx;
	uint32_t len;

	while (talk->channel &&
	       channel_read_line(channel, BUFFER_BYTES, &line, &len) == CHANNEL_GOT) {
		assert_int_equal(len + 1, line_of(talk, talk->got++, wanted));
		assert_memory_equal(line, wanted, len);
		if (talk->got == talk->leaves_at)
			talk_leave(talk);
	}
	talk_send(talk);
	if (!talk->channel || talk->got < LINES)
		return;
	talk->client->done++;
	talk_leave(talk);
}

static void talk_opened(void *ctx, struct channel *channel, mono_t now)
{
	talk_send(ctx);
}

static void client_begin(struct client *client, mono_t now);

static void talk_closed(void *ctx, struct channel *channel, enum tcp_end end, mono_t now)
{
	struct talk *talk = ctx;
	struct client *client = talk->client;

	client->broken += talk->channel && end != TCP_END_DONE;
	free(talk);
	client->ended++;
	client_begin(client, now);
}

static const struct channel_ops talk_ops = {
        .opened = talk_opened, .readable = talk_readable, .closed = talk_closed};

static void stop_loop(void *ctx, mono_t now)
{
	static unsigned ready;

	if (++ready == WORKERS) {
		ready = 0;
		control_loop_stop(&loop);
	}
}

static void client_begin(struct client *client, mono_t now)
{
	struct channels_connect_conf conf = {.remote_port = PORT, .ops = &talk_ops};
	struct talk *talk;
	int err;

	if (client->stops)
		return;
	if (client->begun == client->most) {
		if (client->ended == client->most && !mailbox_post(&loop.mailbox, stop_loop, NULL))
			abort();
		return;
	}
	talk = calloc(1, sizeof(*talk));
	assert_non_null(talk);
	client->begun++;
	talk->client = client;
	talk->leaves_at = (unsigned)rand_below(&client->dice, 2 * LINES);
	conf.ctx = talk;
	conf.remote = ip(client->in_control ? "10.0.0.9" : "10.0.0.2");
	conf.others[0] = ip(client->in_control ? "fd00::9" : "fd00::2");
	conf.others_len = (unsigned)rand_below(&client->dice, 2);
	err = client->in_control
	              ? crossing_connect(crossing, client->number, &conf, &talk->channel)
	              : channels_connect(far[client->number].channels, &conf, &talk->channel, now);
	if (err)
		fail_msg("connect: %d", err);
}

static void client_start(void *ctx, mono_t now)
{
	struct client *client = ctx;

	for (unsigned i = 0; i < AT_A_TIME; i++)
		client_begin(client, now);
}

static void *run(void *ctx)
{
	pipeline_run(&((struct worker *)ctx)->node.pipeline);
	return NULL;
}

static void open_far(struct worker *worker, const char *wire, mono_t now)
{
	struct channels_listener_conf listener = {
	        .port = PORT, .backlog = 64, .ops = &echo_accepts};
	struct channels_conf conf = {.metric = &worker->node.metric,
	                             .wheel = &worker->node.pipeline.wheel,
	                             .channels = 4 * AT_A_TIME,
	                             .buffer_bytes = BUFFER_BYTES + 2};

	assert_int_equal(mem_open(wire, 1, SIM_PAGES, &worker->node.netif), 0);
	put_mac(worker->node.netif->mac, HOST);
	node_open(&worker->node, now, "10.0.0.9/24", "fd00::9/64");
	conf.tcp = stack_tcp(worker->node.stack);
	worker->channels = channels_open(&conf);
	assert_non_null(worker->channels);
	assert_int_equal(channels_listen(worker->channels, &listener), 0);
}

static void open_near(struct worker *worker, unsigned number, const char *wire, mono_t now)
{
	struct channels_listener_conf listener = {
	        .port = PORT, .backlog = 64, .ops = &echo_accepts};

	assert_int_equal(mem_open(wire, 1, SIM_PAGES, &worker->node.netif), 0);
	put_mac(worker->node.netif->mac, US);
	node_open(&worker->node, now, "10.0.0.2/24", "fd00::2/64");
	assert_int_equal(crossing_worker_open(crossing, number, &worker->node.pipeline,
	                                      stack_tcp(worker->node.stack)),
	                 0);
	assert_int_equal(crossing_listen(crossing, number, &listener), 0);
}

static void start(struct worker *worker)
{
	worker->node.pipeline.idle = IDLE_ADAPTIVE;
	assert_int_equal(pthread_create(&worker->thread, NULL, run, worker), 0);
}

static void stop(struct worker *worker)
{
	pipeline_stop(&worker->node.pipeline);
	pthread_join(worker->thread, NULL);
}

static void open_all(bool in_control, unsigned conns)
{
	struct crossing_conf conf = {.loop = &loop,
	                             .channels = 4 * AT_A_TIME,
	                             .connects = 4 * AT_A_TIME,
	                             .buffer_bytes = BUFFER_BYTES + 2,
	                             .out_bytes = 1024};
	mono_t now = clock_kernel();

	assert_int_equal(control_loop_init(&loop), 0);
	crossing = crossing_open(&conf);
	assert_non_null(crossing);
	for (unsigned i = 0; i < WORKERS; i++) {
		const char *wire = i ? "one" : "other";

		open_far(&far[i], wire, now);
		open_near(&near[i], i, wire, now);
		clients[i] = (struct client){.number = i, .in_control = in_control, .most = conns};
		rand_init(&clients[i].dice, i);
	}
	for (unsigned i = 0; i < WORKERS; i++) {
		start(&far[i]);
		start(&near[i]);
		assert_true(mailbox_post(in_control ? &loop.mailbox : &far[i].node.pipeline.mailbox,
		                         client_start, &clients[i]));
	}
}

static void close_all(void)
{
	for (unsigned i = 0; i < WORKERS; i++) {
		stop(&far[i]);
		stop(&near[i]);
		clients[i].stops = true;
	}
	for (unsigned i = 0; i < WORKERS; i++) {
		channels_close(far[i].channels, clock_kernel());
		crossing_worker_close(crossing, i, clock_kernel());
		crossing_worker_close(crossing, i, clock_kernel());
	}
	crossing_close(crossing);
	assert_int_equal(atomic_load(&echoes), 0);
	for (unsigned i = 0; i < WORKERS; i++) {
		assert_int_equal(clients[i].ended, clients[i].begun);
		node_close(&far[i].node);
		node_close(&near[i].node);
	}
	// Which assert that every page is home.
	for (unsigned i = 0; i < WORKERS; i++) {
		far[i].node.netif->ops->close(far[i].node.netif);
		near[i].node.netif->ops->close(near[i].node.netif);
	}
	control_loop_fini(&loop);
}

static void run_to_the_end(bool in_control)
{
	open_all(in_control, CONNS);
	control_loop_run(&loop);
	close_all();
	for (unsigned i = 0; i < WORKERS; i++) {
		assert_int_equal(clients[i].ended, CONNS);
		assert_true(clients[i].done > CONNS / 10);
	}
}

static void test_servers_in_the_control_thread(void **state)
{
	run_to_the_end(false);
}

// A listener that comes and goes at all workers while they serve another one, with connections of
// its own in every state, harms none of the other's. Its errors reach the control thread.
static struct wheel_timer change;
static struct {
	unsigned changes, refused;
	bool open;
} second;

static void change_listener(struct wheel_timer *timer, mono_t now)
{
	const struct channels_listener_conf conf = {
	        .port = SECOND_PORT, .backlog = 1, .ops = &echo_accepts};

	if (second.open) {
		assert_int_equal(crossing_listen_all(crossing, &conf), -EADDRINUSE);
		assert_int_equal(crossing_unlisten_all(crossing, conf.addr, SECOND_PORT), 0);
	} else {
		assert_int_equal(crossing_unlisten_all(crossing, conf.addr, SECOND_PORT), -ENOENT);
		assert_int_equal(crossing_listen_all(crossing, &conf), 0);
	}
	second.open = !second.open;
	second.changes++;
	wheel_add(&loop.wheel, timer, mono_add(now, MS_US));
}

// In the far worker: connects to the second listener all the time, and leaves at once when it can.
static void knock_closed(void *ctx, struct channel *channel, enum tcp_end end, mono_t now);

static void knock_opened(void *ctx, struct channel *channel, mono_t now)
{
	struct client *client = ctx;

	client->accepted++;
	channel_abort(channel);
}

static const struct channel_ops knock_ops = {.opened = knock_opened, .closed = knock_closed};

static void knock(void *ctx, mono_t now)
{
	const struct channels_connect_conf conf = {.remote = ip("10.0.0.2"),
	                                           .remote_port = SECOND_PORT,
	                                           .ops = &knock_ops,
	                                           .ctx = ctx};
	const struct client *client = ctx;
	struct channel *channel;

	if (client->stops || client->ended == client->most)
		return;
	assert_int_equal(channels_connect(far[client->number].channels, &conf, &channel, now), 0);
}

static void knock_closed(void *ctx, struct channel *channel, enum tcp_end end, mono_t now)
{
	struct client *client = ctx;

	client->refused += end == TCP_END_REFUSED;
	knock(ctx, now);
}

static void test_a_listener_that_comes_and_goes_under_load(void **state)
{
	unsigned accepted = 0, refused = 0;

	memset(&second, 0, sizeof(second));
	open_all(false, CONNS);
	for (unsigned i = 0; i < WORKERS; i++)
		for (unsigned k = 0; k < 3; k++)
			assert_true(
			        mailbox_post(&far[i].node.pipeline.mailbox, knock, &clients[i]));
	wheel_timer_init(&change, change_listener);
	wheel_add(&loop.wheel, &change, mono_add(clock_kernel(), MS_US));
	control_loop_run(&loop);
	wheel_del(&loop.wheel, &change);
	close_all();
	assert_true(second.changes > 4);
	for (unsigned i = 0; i < WORKERS; i++) {
		assert_int_equal(clients[i].ended, CONNS);
		// None was reset or refused: those that are not done left by themselves.
		assert_int_equal(clients[i].broken, 0);
		accepted += clients[i].accepted;
		refused += clients[i].refused;
	}
	assert_true(accepted > 0 && refused > 0);
}

// At a worker that takes no turns nothing is opened, neither now nor when it takes some again.
static void test_a_worker_that_takes_no_turns(void **state)
{
	const struct channels_listener_conf conf = {
	        .port = SECOND_PORT, .backlog = 1, .ops = &echo_accepts};

	open_all(false, 0);
	stop(&near[1]);
	assert_int_equal(crossing_listen_all(crossing, &conf), -ETIMEDOUT);
	assert_int_equal(crossing_listen_all(crossing, &conf), -EBUSY);
	near[1].node.pipeline.stop = false;
	start(&near[1]);
	while (crossing_listen_all(crossing, &conf) == -EBUSY)
		usleep(1000);
	assert_int_equal(crossing_unlisten_all(crossing, conf.addr, SECOND_PORT), 0);
	close_all();
}

static void test_clients_in_the_control_thread(void **state)
{
	run_to_the_end(true);
}

// All is stopped with connections in every state, and messages under way.
static void test_a_stop_at_any_moment(void **state)
{
	for (unsigned turns = 1; turns < 200; turns += turns / 2 + 1)
		for (unsigned in_control = 0; in_control < 2; in_control++) {
			open_all(in_control, UINT32_MAX);
			for (unsigned i = 0; i < turns; i++)
				control_loop_turn(&loop, 10 * MS_US);
			close_all();
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_servers_in_the_control_thread),
	        cmocka_unit_test(test_clients_in_the_control_thread),
	        cmocka_unit_test(test_a_listener_that_comes_and_goes_under_load),
	        cmocka_unit_test(test_a_worker_that_takes_no_turns),
	        cmocka_unit_test(test_a_stop_at_any_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

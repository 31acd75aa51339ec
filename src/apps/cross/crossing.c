// crossing: the bells between the two sides of channels in two threads. What the sides do is
// channel.c and channel_tcp.c of proto/tcpip/tcp.
//
// A bell puts its channel into a ring, unless it is in there already, and posts a function that
// empties the ring, unless one is posted already. So a ring never holds a channel twice, has a
// place for each, and a turn of a busy side costs the other one wake-up.
#include "apps/cross/crossing.h"

#include "core/host/task.h"
#include "core/ring.h"
#include "proto/tcpip/tcp/channel_internal.h"

#include <stdlib.h>

#define CROSSING_BURST    64    // channels that are served before others of the thread
#define CROSSING_RETRY_US MS_US // when a mailbox was full

// One direction: from the thread that rings to the one that serves.
struct crossing_bell {
	struct ring ring; // of struct channel
	CACHE_ALIGNED _Atomic bool posted;
	struct mailbox *mailbox; // of the one that serves
	mailbox_fn *serve;
	struct wheel_timer retry; // of the one that rings
	struct wheel_timer again; // of the one that serves
};

enum order_state { ORDER_WAITS, ORDER_TAKEN, ORDER_WITHDRAWN };

// A change of a worker's listeners.
struct crossing_order {
	struct task task;
	struct channels_listener_conf conf;
	bool removes;
	_Atomic unsigned state; // enum order_state: the worker takes it, or it is withdrawn
	int err;
};

struct crossing_worker {
	struct crossing *crossing;
	struct pipeline *pipeline;
	struct channels *channels;
	struct channel *free; // by `next`: for crossing_connect
	bool asleep;          // the bell down was rung, and nothing is posted for it yet
	struct crossing_order order;
	CACHE_ALIGNED struct crossing_bell up, down;
};

struct crossing {
	struct crossing_conf conf;
	bool serving; // handlers are being called: what they ring for is posted after that
	struct crossing_worker *worker[CROSSING_WORKERS_MAX];
};

// From the thread that rings, with its wheel.
static void bell_post(struct crossing_worker *worker, struct crossing_bell *bell,
                      struct wheel *wheel, mono_t now)
{
	if (atomic_exchange_explicit(&bell->posted, true, memory_order_acq_rel) ||
	    mailbox_post(bell->mailbox, bell->serve, worker))
		return;
	atomic_store_explicit(&bell->posted, false, memory_order_release);
	wheel_add(wheel, &bell->retry, mono_add(now, CROSSING_RETRY_US));
}

// From the thread that serves: what is left waits for the next turn.
static void bell_post_again(struct crossing_worker *worker, struct crossing_bell *bell,
                            struct wheel *wheel, mono_t now)
{
	if (ring_empty(&bell->ring) ||
	    atomic_exchange_explicit(&bell->posted, true, memory_order_acq_rel) ||
	    mailbox_post(bell->mailbox, bell->serve, worker))
		return;
	atomic_store_explicit(&bell->posted, false, memory_order_release);
	wheel_add(wheel, &bell->again, mono_add(now, CROSSING_RETRY_US));
}

// False: it was there already.
static bool bell_add(struct crossing_bell *bell, _Atomic bool *rung, struct channel *channel)
{
	void *item = channel;

	if (atomic_exchange_explicit(rung, true, memory_order_acq_rel))
		return false;
	if (ring_enqueue(&bell->ring, &item, 1) != 1)
		assert(false);
	return true;
}

static void wake_control(struct crossing_worker *worker)
{
	bell_post(worker, &worker->up, &worker->pipeline->wheel, worker->pipeline->now);
}

static void wake_worker(struct crossing_worker *worker)
{
	worker->asleep = false;
	bell_post(worker, &worker->down, &worker->crossing->conf.loop->wheel, clock_kernel());
}

static void ring_up(struct channel *channel)
{
	struct crossing_worker *worker = channel->all->ctx;

	if (bell_add(&worker->up, &channel->rung_up, channel))
		wake_control(worker);
}

static void ring_down(struct channel *channel)
{
	struct crossing_worker *worker = channel->all->ctx;

	if (!bell_add(&worker->down, &channel->rung_down, channel))
		return;
	worker->asleep = true;
	if (!worker->crossing->serving)
		wake_worker(worker);
}

static void flush(struct channel *channel)
{
	struct crossing_worker *worker = channel->all->ctx;

	if (worker->asleep)
		wake_worker(worker);
}

static const struct channels_bells bells = {ring_up, ring_down, flush};

// One that crossing_connect may use again.
static bool take_back(struct crossing_worker *worker, struct channel *channel)
{
	uint32_t status = atomic_load_explicit(&channel->status, memory_order_acquire);

	if (!channel->handler_allocates ||
	    !(channel_word_flags(status, channel->generation) & CHANNEL_FREE))
		return false;
	if (!channel->listed) {
		channel->listed = true;
		channel->next = worker->free;
		worker->free = channel;
	}
	return true;
}

static void wake_workers(const struct crossing *crossing)
{
	for (unsigned i = 0; i < CROSSING_WORKERS_MAX; i++)
		if (crossing->worker[i] && crossing->worker[i]->asleep)
			wake_worker(crossing->worker[i]);
}

// In the control thread.
static void serve_up(void *ctx, mono_t now)
{
	struct crossing_worker *worker = ctx;
	struct crossing *crossing = worker->crossing;
	void *items[CROSSING_BURST];
	uint32_t n;

	if (!worker->channels)
		return;
	// Before the ring is read: a bell that this misses posts again.
	atomic_exchange_explicit(&worker->up.posted, false, memory_order_acq_rel);
	n = ring_dequeue(&worker->up.ring, items, CROSSING_BURST);
	crossing->serving = true;
	for (uint32_t i = 0; i < n; i++) {
		struct channel *channel = items[i];

		atomic_exchange_explicit(&channel->rung_up, false, memory_order_acq_rel);
		if (!take_back(worker, channel))
			channel_dispatch(channel, now);
	}
	crossing->serving = false;
	wake_workers(crossing);
	bell_post_again(worker, &worker->up, &crossing->conf.loop->wheel, now);
}

// In the worker.
static void serve_down(void *ctx, mono_t now)
{
	struct crossing_worker *worker = ctx;
	void *items[CROSSING_BURST];
	uint32_t n;

	atomic_exchange_explicit(&worker->down.posted, false, memory_order_acq_rel);
	n = ring_dequeue(&worker->down.ring, items, CROSSING_BURST);
	for (uint32_t i = 0; i < n; i++) {
		struct channel *channel = items[i];

		atomic_exchange_explicit(&channel->rung_down, false, memory_order_acq_rel);
		if (channel->handler_allocates)
			channel_tcp_service_connect(channel, now);
		else
			channel_tcp_service(channel);
	}
	bell_post_again(worker, &worker->down, &worker->pipeline->wheel, now);
}

static void retry_up(struct wheel_timer *timer, mono_t now)
{
	wake_control(CONTAINER_OF(timer, struct crossing_worker, up.retry));
}

static void retry_down(struct wheel_timer *timer, mono_t now)
{
	wake_worker(CONTAINER_OF(timer, struct crossing_worker, down.retry));
}

static void serve_up_again(struct wheel_timer *timer, mono_t now)
{
	serve_up(CONTAINER_OF(timer, struct crossing_worker, up.again), now);
}

static void serve_down_again(struct wheel_timer *timer, mono_t now)
{
	serve_down(CONTAINER_OF(timer, struct crossing_worker, down.again), now);
}

struct crossing *crossing_open(const struct crossing_conf *conf)
{
	struct crossing *crossing = calloc(1, sizeof(*crossing));

	if (crossing)
		crossing->conf = *conf;
	return crossing;
}

void crossing_close(struct crossing *crossing)
{
	for (unsigned i = 0; i < CROSSING_WORKERS_MAX; i++)
		free(crossing->worker[i]);
	free(crossing);
}

static int bell_init(struct crossing_bell *bell, uint32_t channels, struct mailbox *mailbox,
                     mailbox_fn *serve, wheel_fn *retry, wheel_fn *again)
{
	uint32_t capacity = 1;

	while (capacity < channels)
		capacity *= 2;
	bell->mailbox = mailbox;
	bell->serve = serve;
	wheel_timer_init(&bell->retry, retry);
	wheel_timer_init(&bell->again, again);
	return ring_init(&bell->ring, capacity);
}

static struct channels *open_table(struct crossing_worker *worker, struct tcp *tcp)
{
	const struct crossing_conf *conf = &worker->crossing->conf;
	struct channels_conf of = {.tcp = tcp,
	                           .wheel = &worker->pipeline->wheel,
	                           .metric = worker->pipeline->metric,
	                           .channels = conf->channels,
	                           .buffer_bytes = conf->buffer_bytes};
	struct channels *channels =
	        channels_open_crossing(&of, &bells, worker, conf->connects, conf->out_bytes);

	for (uint32_t i = 0; channels && i < conf->connects; i++)
		take_back(worker, &channels->channel[conf->channels + i]);
	return channels;
}

// In the worker.
static void serve_order(void *ctx, mono_t now)
{
	struct crossing_worker *worker = ctx;
	struct crossing_order *order = &worker->order;
	unsigned waits = ORDER_WAITS;

	if (!atomic_compare_exchange_strong(&order->state, &waits, ORDER_TAKEN))
		return;
	order->err = order->removes ? channels_unlisten(worker->channels, order->conf.addr,
	                                                order->conf.port)
	                            : channels_listen(worker->channels, &order->conf);
}

int crossing_worker_open(struct crossing *crossing, unsigned number, struct pipeline *pipeline,
                         struct tcp *tcp)
{
	struct crossing_worker *worker = line_alloc(1, sizeof(*worker));
	uint32_t channels = crossing->conf.channels + crossing->conf.connects;

	assert(number < CROSSING_WORKERS_MAX && !crossing->worker[number]);
	if (!worker)
		return -ENOMEM;
	worker->crossing = crossing;
	worker->pipeline = pipeline;
	task_init(&worker->order.task, serve_order, worker);
	if (bell_init(&worker->up, channels, &crossing->conf.loop->mailbox, serve_up, retry_up,
	              serve_up_again) == 0 &&
	    bell_init(&worker->down, channels, &pipeline->mailbox, serve_down, retry_down,
	              serve_down_again) == 0)
		worker->channels = open_table(worker, tcp);
	if (worker->channels) {
		crossing->worker[number] = worker;
		return 0;
	}
	ring_fini(&worker->up.ring);
	ring_fini(&worker->down.ring);
	task_fini(&worker->order.task);
	free(worker);
	return -ENOMEM;
}

void crossing_worker_close(struct crossing *crossing, unsigned number, mono_t now)
{
	struct crossing_worker *worker = crossing->worker[number];

	if (!worker || !worker->channels)
		return;
	channels_close(worker->channels, now);
	worker->channels = NULL;
	worker->free = NULL;
	wheel_del(&worker->pipeline->wheel, &worker->up.retry);
	wheel_del(&worker->pipeline->wheel, &worker->down.again);
	wheel_del(&crossing->conf.loop->wheel, &worker->down.retry);
	wheel_del(&crossing->conf.loop->wheel, &worker->up.again);
	ring_fini(&worker->up.ring);
	ring_fini(&worker->down.ring);
	task_fini(&worker->order.task);
}

int crossing_listen(struct crossing *crossing, unsigned number,
                    const struct channels_listener_conf *conf)
{
	return channels_listen(crossing->worker[number]->channels, conf);
}

static int order_begin(struct crossing_worker *worker, const struct channels_listener_conf *conf,
                       bool removes)
{
	struct crossing_order *order = &worker->order;

	if (task_is_out(&order->task))
		return -EBUSY;
	order->conf = *conf;
	order->removes = removes;
	atomic_store(&order->state, ORDER_WAITS);
	return task_send(&order->task, &worker->pipeline->mailbox) ? 0 : -EAGAIN;
}

// What the worker made of it. One that does not take it in time does not take it later either.
static int order_end(struct crossing_worker *worker, mono_t until)
{
	struct crossing_order *order = &worker->order;
	unsigned waits = ORDER_WAITS;

	while (!task_wait(&order->task, until)) {
		if (atomic_compare_exchange_strong(&order->state, &waits, ORDER_WITHDRAWN))
			return -ETIMEDOUT;
		until = mono_add(until, CROSSING_PATIENCE_US); // it is being served
	}
	return order->err;
}

// Has all workers make a change; returns the first of their errors, which are then in errs.
static int order_all(struct crossing *crossing, const struct channels_listener_conf *conf,
                     bool removes, int errs[CROSSING_WORKERS_MAX])
{
	mono_t until = mono_add(clock_kernel(), CROSSING_PATIENCE_US);
	int err = 0;

	for (unsigned i = 0; i < CROSSING_WORKERS_MAX; i++)
		errs[i] = crossing->worker[i] ? order_begin(crossing->worker[i], conf, removes) : 0;
	for (unsigned i = 0; i < CROSSING_WORKERS_MAX; i++) {
		if (crossing->worker[i] && !errs[i])
			errs[i] = order_end(crossing->worker[i], until);
		if (errs[i] && !err)
			err = errs[i];
	}
	return err;
}

int crossing_listen_all(struct crossing *crossing, const struct channels_listener_conf *conf)
{
	int errs[CROSSING_WORKERS_MAX];
	int err = order_all(crossing, conf, false, errs);
	mono_t until = mono_add(clock_kernel(), CROSSING_PATIENCE_US);

	for (unsigned i = 0; err && i < CROSSING_WORKERS_MAX; i++)
		if (crossing->worker[i] && !errs[i] &&
		    !order_begin(crossing->worker[i], conf, true))
			(void)order_end(crossing->worker[i], until);
	return err;
}

int crossing_unlisten_all(struct crossing *crossing, struct addr addr, uint16_t port)
{
	const struct channels_listener_conf conf = {.addr = addr, .port = port};
	int errs[CROSSING_WORKERS_MAX];

	return order_all(crossing, &conf, true, errs);
}

int crossing_connect(struct crossing *crossing, unsigned number,
                     const struct channels_connect_conf *conf, struct channel **channel)
{
	struct crossing_worker *worker = crossing->worker[number];
	struct channel *added = worker->free;

	if (!added)
		return -ENOSPC;
	worker->free = added->next;
	added->listed = false;
	channel_connect(added, conf);
	*channel = added;
	return 0;
}

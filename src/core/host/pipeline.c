// pipeline: the worker loop; see the header. A packet goes from here to
// proto/tcpip/stack.c and from there to its protocol.
#include "core/host/pipeline.h"

#include "core/host/clock.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

// How long a loop without work spins before it waits, and how long a wait may
// last when a device cannot wake us.
#define SPIN_US      UINT64_C(100)
#define SLEEP_MAX_US UINT64_C(500)
#define WAIT_MAX_US  SEC_US

// A loop in this many has its stages timed.
#define SAMPLE_LOOPS 64

// How often a full transmit ring is tried again before packets are dropped.
#define TX_RETRIES 64

int pipeline_init(struct pipeline *pipeline, unsigned queue, enum idle idle,
                  struct netif *const *netifs, unsigned netifs_len, struct worker_metric *metric)
{
	*pipeline =
	        (struct pipeline){.queue = queue, .idle = idle, .metric = metric, .wake_fd = -1};
	if (netifs_len > PIPELINE_PORTS_MAX)
		return -E2BIG;
	for (unsigned i = 0; i < netifs_len; i++)
		if (queue >= netifs[i]->queues)
			return -EINVAL;
	pipeline->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (pipeline->wake_fd < 0)
		return -errno;
	for (unsigned i = 0; i < netifs_len; i++) {
		struct netif *netif = netifs[i];

		netif->metric[queue] = metric;
		pipeline->port[i].netif = netif;
		pipeline->port[i].generation =
		        atomic_load_explicit(&netif->generation, memory_order_acquire);
		pipeline->port[i].fd = netif->ops->rx_fd ? netif->ops->rx_fd(netif, queue) : -1;
	}
	pipeline->ports_len = netifs_len;
	clock_init(&pipeline->clock);
	pipeline->now = pipeline->last_work = clock_now(&pipeline->clock);
	wheel_init(&pipeline->wheel, pipeline->now);
	return 0;
}

void pipeline_fini(struct pipeline *pipeline)
{
	for (unsigned i = 0; i < pipeline->ports_len; i++) {
		struct batch *out = &pipeline->port[i].out;

		for (unsigned k = 0; k < out->len; k++)
			pkt_put(out->pkt[k]);
		out->len = 0;
	}
	if (pipeline->wake_fd >= 0)
		close(pipeline->wake_fd);
	pipeline->wake_fd = -1;
}

void pipeline_attach(struct pipeline *pipeline, pipeline_input_fn *input, pipeline_link_fn *link,
                     void *ctx)
{
	pipeline->input = input;
	pipeline->link = link;
	pipeline->ctx = ctx;
}

void pipeline_attach_call(struct pipeline *pipeline, pipeline_call_fn *call, void *ctx)
{
	pipeline->call = call;
	pipeline->call_ctx = ctx;
}

void pipeline_call(struct pipeline *pipeline)
{
	atomic_store_explicit(&pipeline->called, true, memory_order_release);
	pipeline_wake(pipeline);
}

static COLD void do_call(struct pipeline *pipeline)
{
	atomic_exchange_explicit(&pipeline->called, false, memory_order_acquire);
	if (pipeline->call)
		pipeline->call(pipeline->call_ctx, pipeline->now);
}

static uint64_t bytes_of(struct pkt *const *pkts, unsigned n)
{
	uint64_t bytes = 0;

	for (unsigned i = 0; i < n; i++)
		bytes += pkt_total_len(pkts[i]);
	return bytes;
}

// Takes the chains out of a batch for a device that cannot send them.
static COLD void drop_chains(struct pipeline *pipeline, struct batch *out)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < out->len; i++) {
		if (out->pkt[i]->next)
			pkt_drop(pipeline->metric, out->pkt[i], DROP_TX_CHAIN);
		else
			out->pkt[kept++] = out->pkt[i];
	}
	out->len = kept;
}

static bool any_chain(const struct batch *out)
{
	uintptr_t any = 0;

	for (uint32_t i = 0; i < out->len; i++)
		any |= (uintptr_t)out->pkt[i]->next;
	return any;
}

static unsigned port_rx(struct pipeline *pipeline, struct pipeline_port *port)
{
	struct worker_metric *metric = pipeline->metric;
	struct pkt *burst[PIPELINE_BURST];
	uint64_t begin = stage_begin(metric);
	unsigned n =
	        port->netif->ops->rx_burst(port->netif, pipeline->queue, burst, PIPELINE_BURST);

	if (n == 0)
		return 0;
	stage_end(metric, STAGE_RX, begin, n);
	counter_add(&metric->rx_pkts, n);
	counter_add(&metric->rx_bytes, bytes_of(burst, n));
	pipeline->input(pipeline->ctx, burst, n, pipeline->now);
	return n;
}

static void port_tx(struct pipeline *pipeline, struct pipeline_port *port)
{
	struct worker_metric *metric = pipeline->metric;
	struct batch *out = &port->out;
	uint64_t begin = stage_begin(metric), bytes;
	unsigned sent = 0;

	if (unlikely(any_chain(out)) && !(port->netif->offloads & NETIF_TX_CHAIN))
		drop_chains(pipeline, out);
	// The device owns what it takes and may hand a page to the next receive
	// at once, so bytes are counted before.
	bytes = bytes_of(out->pkt, out->len);
	for (unsigned tries = 0; sent < out->len && tries < TX_RETRIES; tries++)
		sent += port->netif->ops->tx_burst(port->netif, pipeline->queue, out->pkt + sent,
		                                   out->len - sent);
	bytes -= bytes_of(out->pkt + sent, out->len - sent);
	for (unsigned i = sent; i < out->len; i++)
		pkt_drop(metric, out->pkt[i], DROP_TX_DEVICE_FULL);
	out->len = 0;
	stage_end(metric, STAGE_TX, begin, sent);
	counter_add(&metric->tx_pkts, sent);
	counter_add(&metric->tx_bytes, bytes);
}

// Sends the batches that hold at least `least` packets.
static void ports_tx(struct pipeline *pipeline, uint32_t least)
{
	for (unsigned i = 0; i < pipeline->ports_len; i++)
		if (pipeline->port[i].out.len >= least)
			port_tx(pipeline, &pipeline->port[i]);
}

unsigned pipeline_turn(struct pipeline *pipeline)
{
	return pipeline_turn_at(pipeline, clock_now(&pipeline->clock));
}

static void port_look(struct pipeline *pipeline, struct pipeline_port *port)
{
	uint32_t generation = atomic_load_explicit(&port->netif->generation, memory_order_acquire);

	if (likely(generation == port->generation))
		return;
	port->generation = generation;
	if (pipeline->link)
		pipeline->link(pipeline->ctx, port->netif, pipeline->now);
}

unsigned pipeline_turn_at(struct pipeline *pipeline, mono_t now)
{
	struct worker_metric *metric = pipeline->metric;
	uint64_t loops = counter_get(&metric->loops);
	unsigned rx = 0, fired;
	uint64_t begin;

	metric->sampling = loops % SAMPLE_LOOPS == 0;
	pipeline->now = now;
	for (unsigned i = 0; i < pipeline->ports_len; i++) {
		port_look(pipeline, &pipeline->port[i]);
		rx += port_rx(pipeline, &pipeline->port[i]);
		// What several ports send to one is not to overflow its batch.
		ports_tx(pipeline, BATCH_MAX / 2);
	}
	if (unlikely(atomic_load_explicit(&pipeline->called, memory_order_relaxed)))
		do_call(pipeline);
	begin = stage_begin(metric);
	fired = wheel_tick(&pipeline->wheel, pipeline->now);
	if (fired)
		stage_end(metric, STAGE_TIMER, begin, fired);
	ports_tx(pipeline, 1);
	counter_add(&metric->loops, 1);
	if (rx + fired) {
		counter_add(&metric->busy_loops, 1);
		pipeline->last_work = pipeline->now;
	}
	atomic_fetch_add_explicit(&pipeline->quiescent, 1, memory_order_seq_cst);
	return rx + fired;
}

mono_t pipeline_deadline(const struct pipeline *pipeline)
{
	mono_t next = wheel_next(&pipeline->wheel);

	for (unsigned i = 0; i < pipeline->ports_len; i++) {
		struct netif *netif = pipeline->port[i].netif;

		if (netif->ops->deadline)
			next = mono_earlier(next, netif->ops->deadline(netif, pipeline->queue));
	}
	return next;
}

// How many ports can wake us.
static unsigned wakers(const struct pipeline *pipeline)
{
	unsigned n = 0;

	for (unsigned i = 0; i < pipeline->ports_len; i++)
		n += pipeline->port[i].fd >= 0;
	return n;
}

static void arm(struct pipeline *pipeline, bool on)
{
	for (unsigned i = 0; i < pipeline->ports_len; i++) {
		struct netif *netif = pipeline->port[i].netif;

		if (pipeline->port[i].fd >= 0)
			netif->ops->rx_arm(netif, pipeline->queue, on);
	}
}

static void wait_us(struct pipeline *pipeline, uint64_t us)
{
	struct pollfd fds[PIPELINE_PORTS_MAX + 1];
	struct timespec limit = {(time_t)(us / SEC_US), (long)(us % SEC_US * 1000)};
	uint64_t wakes;
	nfds_t n = 0;

	fds[n++] = (struct pollfd){.fd = pipeline->wake_fd, .events = POLLIN};
	for (unsigned i = 0; i < pipeline->ports_len; i++)
		if (pipeline->port[i].fd >= 0)
			fds[n++] = (struct pollfd){.fd = pipeline->port[i].fd, .events = POLLIN};
	if (ppoll(fds, n, &limit, NULL) > 0 && fds[0].revents)
		(void)!read(pipeline->wake_fd, &wakes, sizeof(wakes));
}

// Waits until a device, the control thread or a timer wants us. A packet may
// have come between the last turn and the arming without an event, hence the
// turn in between.
static void idle(struct pipeline *pipeline)
{
	unsigned armed = wakers(pipeline);
	uint64_t limit_us = armed == pipeline->ports_len ? WAIT_MAX_US : SLEEP_MAX_US;
	uint64_t us;

	arm(pipeline, true);
	if (armed == 0 || pipeline_turn(pipeline) == 0) {
		us = u64_min(mono_until(pipeline->now, pipeline_deadline(pipeline)), limit_us);
		if (us && !atomic_load_explicit(&pipeline->stop, memory_order_acquire)) {
			counter_add(&pipeline->metric->sleeps, 1);
			wait_us(pipeline, us);
		}
	}
	arm(pipeline, false);
}

void pipeline_run(struct pipeline *pipeline)
{
	// Without this the kernel adds 50 us to each sleep.
	prctl(PR_SET_TIMERSLACK, 1000UL, 0UL, 0UL, 0UL);
	atomic_store_explicit(&pipeline->running, true, memory_order_seq_cst);
	while (!atomic_load_explicit(&pipeline->stop, memory_order_acquire)) {
		if (pipeline_turn(pipeline) || pipeline->idle == IDLE_SPIN)
			continue;
		if (mono_until(pipeline->last_work, pipeline->now) >= SPIN_US)
			idle(pipeline);
	}
	atomic_store_explicit(&pipeline->running, false, memory_order_seq_cst);
}

void pipeline_stop(struct pipeline *pipeline)
{
	atomic_store_explicit(&pipeline->stop, true, memory_order_release);
	pipeline_wake(pipeline);
}

void pipeline_wake(struct pipeline *pipeline)
{
	uint64_t one = 1;

	(void)!write(pipeline->wake_fd, &one, sizeof(one));
}

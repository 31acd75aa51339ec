// pipeline: a worker's loop; see the header. To follow a packet, begin at
// pipeline_turn_at, then open proto/tcpip/stack.c and the protocol.
#include "core/host/pipeline.h"

#include "core/host/clock.h"
#include "core/host/pkt_watch.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

// An adaptive worker polls on for SPIN_US after its last work before it waits. A
// wait lasts at most SLEEP_MAX_US when some device cannot wake the worker.
#define SPIN_US      UINT64_C(100)
#define SLEEP_MAX_US UINT64_C(500)
#define WAIT_MAX_US  SEC_US

// One turn in SAMPLE_LOOPS has its stages timed.
#define SAMPLE_LOOPS 64

// Attempts at a full transmit ring before packets are dropped.
#define TX_RETRIES 64

int pipeline_init(struct pipeline *pipeline, unsigned queue, enum idle idle,
                  struct netif *const *netifs, unsigned netifs_len, struct worker_metric *metric)
{
	*pipeline =
	        (struct pipeline){.queue = queue, .idle = idle, .metric = metric, .wake_fd = -1};
	if (netifs_len > PIPELINE_IFACES_MAX)
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
		pipeline->iface[i].netif = netif;
		pipeline->iface[i].generation =
		        atomic_load_explicit(&netif->generation, memory_order_acquire);
		pipeline->iface[i].fd = netif->ops->rx_fd ? netif->ops->rx_fd(netif, queue) : -1;
		pipeline->iface[i].fd_more =
		        netif->ops->rx_fd_more ? netif->ops->rx_fd_more(netif, queue) : -1;
	}
	pipeline->ifaces_len = netifs_len;
	pipeline->ifaces_end = pipeline->iface + netifs_len;
	mailbox_init(&pipeline->mailbox, pipeline->wake_fd);
	clock_init(&pipeline->clock);
	pipeline->now = pipeline->last_work = clock_now(&pipeline->clock);
	wheel_init(&pipeline->wheel, pipeline->now);
	return 0;
}

void pipeline_fini(struct pipeline *pipeline)
{
	for (unsigned i = 0; i < pipeline->ifaces_len; i++) {
		struct batch *out = &pipeline->iface[i].out;

		for (unsigned k = 0; k < out->len; k++)
			pkt_put(out->pkt[k]);
		out->len = 0;
	}
	if (pipeline->wake_fd >= 0)
		close(pipeline->wake_fd);
	pipeline->wake_fd = -1;
}

void pipeline_attach(struct pipeline *pipeline, pipeline_input_fn *input, pipeline_link_fn *link,
                     pipeline_flush_fn *flush, void *ctx)
{
	pipeline->input = input;
	pipeline->link = link;
	pipeline->flush = flush;
	pipeline->ctx = pipeline->input_ctx = ctx;
}

// A pipeline_input_fn with ctx a struct pipeline, in place of the stack's.
static void input_watched(void *ctx, struct pkt **pkts, unsigned n, mono_t now)
{
	struct pipeline *pipeline = ctx;

	for (struct pipeline_watch *watch = pipeline->watches; watch; watch = watch->next)
		watch->fn(watch->ctx, pkts, n, now);
	pipeline->watched(pipeline->watched_ctx, pkts, n, now);
}

void pipeline_watch_add(struct pipeline *pipeline, struct pipeline_watch *watch)
{
	watch->next = pipeline->watches;
	pipeline->watches = watch;
	if (pipeline->watched)
		return;
	pipeline->watched = pipeline->input;
	pipeline->watched_ctx = pipeline->input_ctx;
	pipeline->input = input_watched;
	pipeline->input_ctx = pipeline;
}

void pipeline_watch_del(struct pipeline *pipeline, struct pipeline_watch *watch)
{
	struct pipeline_watch **at = &pipeline->watches;

	while (*at && *at != watch)
		at = &(*at)->next;
	if (*at)
		*at = watch->next;
	// What has put another function before this one since then calls it still.
	if (pipeline->watches || pipeline->input != input_watched)
		return;
	pipeline->input = pipeline->watched;
	pipeline->input_ctx = pipeline->watched_ctx;
	pipeline->watched = NULL;
}

static uint64_t bytes_of(struct pkt *const *pkts, unsigned n)
{
	uint64_t bytes = 0;

	for (unsigned i = 0; i < n; i++)
		bytes += pkt_total_len(pkts[i]);
	return bytes;
}

// Reports a link that was re-established, before the packets that came by it.
static void iface_check_link(struct pipeline *pipeline, struct pipeline_iface *iface)
{
	uint32_t generation = atomic_load_explicit(&iface->netif->generation, memory_order_acquire);

	if (likely(generation == iface->generation))
		return;
	iface->generation = generation;
	trace_add(&pipeline->metric->trace, TRACE_LINK, iface->netif->iface, generation);
	if (pipeline->link)
		pipeline->link(pipeline->ctx, iface->netif, pipeline->now);
}

static unsigned iface_receive(struct pipeline *pipeline, struct pipeline_iface *iface)
{
	struct worker_metric *metric = pipeline->metric;
	struct pkt *burst[PIPELINE_BURST];
	uint64_t begin = stage_begin(metric);
	unsigned n =
	        iface->netif->ops->rx_burst(iface->netif, pipeline->queue, burst, PIPELINE_BURST);

	if (n == 0)
		return 0;
	stage_end(metric, STAGE_RX, begin, n);
	counter_add(&metric->rx_bytes, bytes_of(burst, n));
	pipeline->burst = burst;
	pipeline->burst_len = n;
	pipeline->input(pipeline->input_ctx, burst, n, pipeline->now);
	return n;
}

// The device has taken the first `sent` packets of the batch.
static void iface_end_batch(struct pipeline *pipeline, struct batch *out, unsigned sent)
{
	unsigned left = out->len - sent;

	out->len = 0;
	if (likely(left == 0))
		return;
	if (pipeline->tx_holds) {
		memmove(out->pkt, out->pkt + sent, left * sizeof(*out->pkt));
		out->len = left;
		return;
	}
	for (unsigned i = 0; i < left; i++)
		pkt_drop(pipeline->metric, out->pkt[sent + i], DROP_TX_DEVICE_FULL);
}

// The device took only the first `sent` packets at once; returns how many at last. *bytes are those
// of the batch, and then those sent.
static COLD unsigned iface_retry(struct pipeline *pipeline, struct pipeline_iface *iface,
                                 unsigned sent, uint64_t *bytes)
{
	struct batch *out = &iface->out;

	for (unsigned tries = 1; sent < out->len && tries < TX_RETRIES; tries++)
		sent += iface->netif->ops->tx_burst(iface->netif, pipeline->queue, out->pkt + sent,
		                                    out->len - sent);
	*bytes -= bytes_of(out->pkt + sent, out->len - sent);
	iface_end_batch(pipeline, out, sent);
	return sent;
}

static NOINLINE void iface_transmit(struct pipeline *pipeline, struct pipeline_iface *iface)
{
	struct worker_metric *metric = pipeline->metric;
	struct batch *out = &iface->out;
	uint64_t begin = stage_begin(metric), bytes;
	unsigned sent;

	// The device owns what it takes and may hand a page to the next receive
	// at once, so bytes are counted before.
	bytes = bytes_of(out->pkt, out->len);
	sent = iface->netif->ops->tx_burst(iface->netif, pipeline->queue, out->pkt, out->len);
	if (unlikely(sent < out->len))
		sent = iface_retry(pipeline, iface, sent, &bytes);
	else
		out->len = 0;
	stage_end(metric, STAGE_TX, begin, sent);
	counter_add(&metric->tx_bytes, bytes);
	pipeline->sent += sent;
}

static COLD void iface_transmit_watched(struct pipeline *pipeline, struct pipeline_iface *iface)
{
	pkt_watch_sent(pipeline->pkt_watch, iface->netif, &iface->out);
	iface_transmit(pipeline, iface);
}

// Sends the batches that hold at least min packets.
static inline void transmit_from(struct pipeline *pipeline, uint32_t min)
{
	for (struct pipeline_iface *iface = pipeline->iface; iface < pipeline->ifaces_end; iface++)
		if (iface->out.len >= min) {
			if (unlikely(pipeline->pkt_watch))
				iface_transmit_watched(pipeline, iface);
			else
				iface_transmit(pipeline, iface);
		}
}

static unsigned turn_input(struct pipeline *pipeline)
{
	unsigned received = 0;

	for (struct pipeline_iface *iface = pipeline->iface; iface < pipeline->ifaces_end;
	     iface++) {
		unsigned n;

		iface_check_link(pipeline, iface);
		n = iface_receive(pipeline, iface);
		received += n;
		// Several interfaces may send through one: its batch must not overflow.
		if (n && pipeline->ifaces_len > 1)
			transmit_from(pipeline, BATCH_MAX / 2);
	}
	return received;
}

static unsigned turn_timers(struct pipeline *pipeline)
{
	uint64_t begin = stage_begin(pipeline->metric);
	unsigned fired = wheel_tick(&pipeline->wheel, pipeline->now);

	if (fired)
		stage_end(pipeline->metric, STAGE_TIMER, begin, fired);
	return fired;
}

static unsigned turn_calls(struct pipeline *pipeline)
{
	if (likely(!mailbox_has_posts(&pipeline->mailbox)))
		return 0;
	return mailbox_run(&pipeline->mailbox, pipeline->now);
}

static bool turn_flush(struct pipeline *pipeline)
{
	return pipeline->flush && pipeline->flush(pipeline->ctx, pipeline->now);
}

// Whether frames wait for a device, so that the next turn is due at once.
static bool turn_transmit(struct pipeline *pipeline)
{
	bool held = false;

	transmit_from(pipeline, 1);
	for (unsigned i = 0; unlikely(pipeline->tx_holds) && i < pipeline->ifaces_len; i++)
		held |= pipeline->iface[i].out.len > 0;
	return held;
}

// What the turn before sent took as long as that turn, whose end is this one's beginning: a turn
// that has work is followed by another one at once. Turns that send nothing pay one comparison.
static NOINLINE void turn_latency(struct pipeline *pipeline, mono_t now)
{
	struct worker_metric *metric = pipeline->metric;
	uint64_t us = mono_until(pipeline->now, now), n = pipeline->sent;

	pipeline->sent = 0;
	counter_add(&metric->latency[metric_latency_of(us)], n);
	counter_add(&metric->latency_us, us * n);
}

unsigned pipeline_turn(struct pipeline *pipeline)
{
	return pipeline_turn_at(pipeline, clock_now(&pipeline->clock));
}

static inline void turn_begin(struct pipeline *pipeline, mono_t now)
{
	struct worker_metric *metric = pipeline->metric;

	if (unlikely(pipeline->sent))
		turn_latency(pipeline, now);
	pipeline->now = now;
	metric->sampling = counter_get(&metric->loops) % SAMPLE_LOOPS == 0;
	turn_trace_begin(&pipeline->turns, metric, now);
}

static inline void turn_end(struct pipeline *pipeline, unsigned work)
{
	struct worker_metric *metric = pipeline->metric;

	counter_add(&metric->loops, 1);
	if (work) {
		turn_trace_end(&pipeline->turns, metric, work, pipeline->now);
		counter_add(&metric->busy_loops, 1);
		pipeline->last_work = pipeline->now;
	}
	// A quiescent point: this worker holds nothing that a swap replaces.
	atomic_fetch_add_explicit(&pipeline->quiescent, 1, memory_order_seq_cst);
}

static inline void turn_step(struct pipeline *pipeline, enum pipeline_step step)
{
	atomic_store_explicit(&pipeline->step, (uint8_t)step, memory_order_relaxed);
}

unsigned pipeline_turn_at(struct pipeline *pipeline, mono_t now)
{
	unsigned work;

	turn_begin(pipeline, now);
	turn_step(pipeline, PIPELINE_INPUT);
	work = turn_input(pipeline);
	turn_step(pipeline, PIPELINE_TIMERS);
	work += turn_timers(pipeline);
	turn_step(pipeline, PIPELINE_CALLS);
	work += turn_calls(pipeline);
	turn_step(pipeline, PIPELINE_FLUSH);
	work += turn_flush(pipeline);
	turn_step(pipeline, PIPELINE_TRANSMIT);
	work += turn_transmit(pipeline);
	turn_step(pipeline, PIPELINE_WAITS);
	turn_end(pipeline, work);
	return work;
}

const char *pipeline_step_name(enum pipeline_step step)
{
	static const char *const names[PIPELINE_STEPS] = {
	        [PIPELINE_WAITS] = "wait",    [PIPELINE_INPUT] = "input",
	        [PIPELINE_TIMERS] = "timers", [PIPELINE_CALLS] = "calls",
	        [PIPELINE_FLUSH] = "flush",   [PIPELINE_TRANSMIT] = "transmit"};

	return step < PIPELINE_STEPS ? names[step] : "?";
}

mono_t pipeline_deadline(const struct pipeline *pipeline)
{
	mono_t next = wheel_next(&pipeline->wheel);

	for (unsigned i = 0; i < pipeline->ifaces_len; i++) {
		struct netif *netif = pipeline->iface[i].netif;

		if (netif->ops->deadline)
			next = mono_earlier(next, netif->ops->deadline(netif, pipeline->queue));
	}
	return next;
}

// Ports whose device can wake the worker.
static unsigned count_wakers(const struct pipeline *pipeline)
{
	unsigned n = 0;

	for (unsigned i = 0; i < pipeline->ifaces_len; i++)
		n += pipeline->iface[i].fd >= 0;
	return n;
}

static void arm_interrupts(struct pipeline *pipeline, bool on)
{
	for (unsigned i = 0; i < pipeline->ifaces_len; i++) {
		struct netif *netif = pipeline->iface[i].netif;

		if (pipeline->iface[i].fd >= 0)
			netif->ops->rx_arm(netif, pipeline->queue, on);
	}
}

static void wait_for_events(struct pipeline *pipeline, uint64_t us)
{
	struct pollfd fds[2 * PIPELINE_IFACES_MAX + 1];
	struct timespec limit = {(time_t)(us / SEC_US), (long)(us % SEC_US * 1000)};
	uint64_t wakes;
	nfds_t n = 0;

	fds[n++] = (struct pollfd){.fd = pipeline->wake_fd, .events = POLLIN};
	for (unsigned i = 0; i < pipeline->ifaces_len; i++) {
		const struct pipeline_iface *iface = &pipeline->iface[i];

		if (iface->fd >= 0)
			fds[n++] = (struct pollfd){.fd = iface->fd, .events = POLLIN};
		if (iface->fd_more >= 0)
			fds[n++] = (struct pollfd){.fd = iface->fd_more, .events = POLLIN};
	}
	if (ppoll(fds, n, &limit, NULL) > 0 && fds[0].revents)
		(void)!read(pipeline->wake_fd, &wakes, sizeof(wakes));
}

// Waits for a device, another thread or a timer. Takes a turn after arming the
// interrupts, because packets that came before that give no event.
static void pipeline_idle(struct pipeline *pipeline)
{
	unsigned armed = count_wakers(pipeline);
	uint64_t limit_us = armed == pipeline->ifaces_len ? WAIT_MAX_US : SLEEP_MAX_US;
	uint64_t us;

	arm_interrupts(pipeline, true);
	if (armed == 0 || pipeline_turn(pipeline) == 0) {
		us = u64_min(mono_until(pipeline->now, pipeline_deadline(pipeline)), limit_us);
		if (us && !atomic_load_explicit(&pipeline->stop, memory_order_acquire)) {
			counter_add(&pipeline->metric->sleeps, 1);
			turn_trace_wait(&pipeline->turns, pipeline->metric, pipeline->last_work,
			                pipeline->now);
			wait_for_events(pipeline, us);
		}
	}
	arm_interrupts(pipeline, false);
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
			pipeline_idle(pipeline);
	}
	atomic_store_explicit(&pipeline->running, false, memory_order_seq_cst);
}

void pipeline_stop(struct pipeline *pipeline)
{
	atomic_store_explicit(&pipeline->stop, true, memory_order_release);
	pipeline_wake(pipeline);
}

void pipeline_rearm(struct pipeline *pipeline)
{
	atomic_store_explicit(&pipeline->stop, false, memory_order_release);
}

void pipeline_wake(struct pipeline *pipeline)
{
	uint64_t one = 1;

	(void)!write(pipeline->wake_fd, &one, sizeof(one));
}

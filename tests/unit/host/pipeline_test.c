// pipeline: one turn with a device of the test's own, and the ways in which a
// worker goes to sleep and is woken.
#include "harness.h"

#include "core/host/clock.h"
#include "core/host/pipeline.h"

#include <errno.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

// A device that gives the packets put into `in` and keeps what is sent, as much
// as it has room for. With an fd it wakes like a NIC's interrupt.
#define DEVICE_PKTS (2 * BATCH_MAX)

struct device {
	struct netif netif;
	struct pkt *in[DEVICE_PKTS], *sent[DEVICE_PKTS];
	unsigned in_len, sent_len;
	unsigned room_per_call; // packets taken by each tx_burst
	unsigned room;          // packets taken at all
	unsigned tx_calls;
	int fd;
	_Atomic bool armed, rang; // rang: a packet is to be given to the next poll
	_Atomic unsigned polls;
	mono_t deadline;
};

static unsigned device_rx(struct netif *netif, unsigned queue, struct pkt **pkts, unsigned n)
{
	struct device *device = CONTAINER_OF(netif, struct device, netif);
	unsigned taken = (unsigned)size_min(n, device->in_len);

	device->polls++;
	if (device->rang) {
		device->rang = false;
		pkts[0] = harness_pkt("ring", 4);
		return 1;
	}
	memcpy(pkts, device->in, taken * sizeof(*pkts));
	memmove(device->in, device->in + taken, (device->in_len - taken) * sizeof(*pkts));
	device->in_len -= taken;
	return taken;
}

static unsigned device_tx(struct netif *netif, unsigned queue, struct pkt **pkts, unsigned n)
{
	struct device *device = CONTAINER_OF(netif, struct device, netif);

	n = (unsigned)size_min(n, size_min(device->room_per_call, device->room));
	device->tx_calls++;
	device->room -= n;
	memcpy(device->sent + device->sent_len, pkts, n * sizeof(*pkts));
	device->sent_len += n;
	return n;
}

static int device_rx_fd(struct netif *netif, unsigned queue)
{
	return CONTAINER_OF(netif, struct device, netif)->fd;
}

// Of a device that receives in two ways; a test sets it before it starts.
static int second_fd = -1;

static int device_rx_fd_more(struct netif *netif, unsigned queue)
{
	return second_fd;
}

static void device_rx_arm(struct netif *netif, unsigned queue, bool on)
{
	struct device *device = CONTAINER_OF(netif, struct device, netif);
	uint64_t events;

	device->armed = on;
	if (!on)
		(void)!read(device->fd, &events, sizeof(events));
}

static mono_t device_deadline(struct netif *netif, unsigned queue)
{
	return CONTAINER_OF(netif, struct device, netif)->deadline;
}

static const struct netif_ops device_ops = {
        .rx_burst = device_rx,
        .tx_burst = device_tx,
        .rx_fd = device_rx_fd,
        .rx_fd_more = device_rx_fd_more,
        .rx_arm = device_rx_arm,
        .deadline = device_deadline,
};

// What a test works on: a loop over two devices, and a "stack" that sends each
// packet back through the port `out` and remembers the calls.
static struct device device[2];
static struct pipeline pipeline;
static unsigned out, inputs;
static mono_t input_now;

static void echo(void *ctx, struct pkt **pkts, unsigned n, mono_t now)
{
	assert_ptr_equal(ctx, &pipeline);
	assert_in_range(n, 1, PIPELINE_BURST);
	inputs++;
	input_now = now;
	for (unsigned i = 0; i < n; i++)
		batch_add(&pipeline.iface[out].out, &harness_metric, pkts[i]);
}

static void swallow(void *ctx, struct pkt **pkts, unsigned n, mono_t now)
{
	for (unsigned i = 0; i < n; i++)
		pkt_put(pkts[i]);
	inputs += n;
}

static unsigned links;

static void count_link(void *ctx, const struct netif *netif, mono_t now)
{
	assert_ptr_equal(netif, &device[1].netif);
	links++;
}

static void start(enum idle idle, unsigned devices, pipeline_input_fn *input)
{
	struct netif *netifs[ARRAY_LEN(device)];

	inputs = out = 0;
	for (unsigned i = 0; i < ARRAY_LEN(device); i++) {
		device[i] = (struct device){.netif = {.ops = &device_ops, .queues = 1},
		                            .room = DEVICE_PKTS,
		                            .room_per_call = DEVICE_PKTS,
		                            .fd = -1,
		                            .deadline = MONO_NEVER};
		netifs[i] = &device[i].netif;
	}
	assert_int_equal(pipeline_init(&pipeline, 0, idle, netifs, devices, &harness_metric), 0);
	pipeline_attach(&pipeline, input, NULL, NULL, &pipeline);
}

static void arrive(struct device *on, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		on->in[on->in_len++] = harness_pkt("0123456789", 1 + i);
}

static void finish(void)
{
	for (unsigned d = 0; d < ARRAY_LEN(device); d++)
		for (unsigned i = 0; i < device[d].sent_len; i++)
			pkt_put(device[d].sent[i]);
	pipeline_fini(&pipeline);
}

static void test_a_burst_goes_in_and_its_replies_out_in_order(void **state)
{
	struct pkt *expected[3];

	start(IDLE_SPIN, 1, echo);
	arrive(&device[0], 3);
	memcpy(expected, device[0].in, sizeof(expected));
	assert_int_equal(pipeline_turn_at(&pipeline, (mono_t){77}), 3);
	assert_int_equal(input_now.us, 77);
	assert_int_equal(device[0].sent_len, 3);
	assert_memory_equal(device[0].sent, expected, sizeof(expected));
	assert_int_equal(counter_get(&harness_metric.stage[STAGE_RX].pkts), 3);
	assert_int_equal(counter_get(&harness_metric.rx_bytes), 1 + 2 + 3);
	assert_int_equal(counter_get(&harness_metric.stage[STAGE_TX].pkts), 3);
	assert_int_equal(counter_get(&harness_metric.tx_bytes), 1 + 2 + 3);
	assert_int_equal(counter_get(&harness_metric.busy_loops), 1);
	assert_int_equal(pipeline_turn(&pipeline), 0);
	assert_int_equal(inputs, 1);
	assert_int_equal(counter_get(&harness_metric.loops), 2);
	assert_int_equal(counter_get(&harness_metric.busy_loops), 1);
	finish();
}

// What a turn sends took until the next one begins.
static void test_latency_is_that_of_the_turn(void **state)
{
	uint64_t before = counter_get(&harness_metric.latency[metric_latency_of(16)]);
	uint64_t before_us = counter_get(&harness_metric.latency_us);

	start(IDLE_SPIN, 1, echo);
	arrive(&device[0], 3);
	pipeline_turn_at(&pipeline, (mono_t){100});
	pipeline_turn_at(&pipeline, (mono_t){115});
	pipeline_turn_at(&pipeline, (mono_t){500});
	assert_int_equal(counter_get(&harness_metric.latency[metric_latency_of(15)]) - before, 3);
	assert_int_equal(counter_get(&harness_metric.latency_us) - before_us, 3 * 15);
	finish();
}

static void test_a_slow_device_is_asked_again(void **state)
{
	start(IDLE_SPIN, 1, echo);
	device[0].room_per_call = 1;
	arrive(&device[0], 5);
	pipeline_turn(&pipeline);
	assert_int_equal(device[0].sent_len, 5);
	assert_int_equal(device[0].tx_calls, 5);
	assert_int_equal(harness_drops(DROP_TX_DEVICE_FULL), 0);
	finish();
}

static void test_a_full_device_drops_by_name(void **state)
{
	start(IDLE_SPIN, 1, echo);
	device[0].room = 2;
	arrive(&device[0], 5);
	pipeline_turn(&pipeline);
	assert_int_equal(device[0].sent_len, 2);
	assert_int_equal(harness_drops(DROP_TX_DEVICE_FULL), 3);
	assert_int_equal(counter_get(&harness_metric.stage[STAGE_TX].pkts), 2);
	assert_int_equal(counter_get(&harness_metric.tx_bytes), 1 + 2);
	finish();
}

// A full device keeps the order of what is held, the loop awake, and no frame is lost.
static void test_a_full_device_has_a_sender_that_holds_wait(void **state)
{
	struct pkt *expected[5];

	start(IDLE_SPIN, 1, echo);
	pipeline.tx_holds = true;
	device[0].room = 2;
	arrive(&device[0], 4);
	memcpy(expected, device[0].in, 4 * sizeof(*expected));
	assert_int_equal(pipeline_turn(&pipeline), 4 + 1);
	assert_int_equal(device[0].sent_len, 2);
	assert_int_equal(counter_get(&harness_metric.stage[STAGE_TX].pkts), 2);
	assert_int_equal(counter_get(&harness_metric.tx_bytes), 1 + 2);
	assert_int_equal(batch_room(&pipeline.iface[0].out), BATCH_MAX - 2);
	assert_int_equal(pipeline_turn(&pipeline), 1);
	device[0].room = 10;
	arrive(&device[0], 1);
	expected[4] = device[0].in[0];
	assert_int_equal(pipeline_turn(&pipeline), 1);
	assert_int_equal(device[0].sent_len, 5);
	assert_memory_equal(device[0].sent, expected, sizeof(expected));
	assert_int_equal(counter_get(&harness_metric.tx_bytes), 1 + 2 + 3 + 4 + 1);
	assert_int_equal(harness_drops(DROP_TX_DEVICE_FULL), 0);
	assert_int_equal(pipeline_turn(&pipeline), 0);
	finish();
}

static void test_chains_count_whole(void **state)
{
	const size_t cut = 4;

	start(IDLE_SPIN, 1, echo);
	arrive(&device[0], 1);
	device[0].in[device[0].in_len++] = harness_chain("0123456789", 10, &cut, 1);
	arrive(&device[0], 2);
	pipeline_turn(&pipeline);
	assert_int_equal(device[0].sent_len, 4);
	assert_int_equal(counter_get(&harness_metric.rx_bytes), 1 + 10 + 1 + 2);
	assert_int_equal(counter_get(&harness_metric.tx_bytes), 1 + 10 + 1 + 2);
	assert_int_equal(counter_get(&harness_metric.stage[STAGE_TX].pkts), 4);
	finish();
}

static void test_a_batch_fed_by_many_ports_does_not_overflow(void **state)
{
	struct pkt *pkt = harness_pkt("x", 1);
	struct netif *netifs[8];

	start(IDLE_SPIN, 1, echo);
	pipeline_fini(&pipeline);
	for (unsigned i = 0; i < ARRAY_LEN(netifs); i++)
		netifs[i] = &device[0].netif;
	assert_int_equal(
	        pipeline_init(&pipeline, 0, IDLE_SPIN, netifs, ARRAY_LEN(netifs), &harness_metric),
	        0);
	pipeline_attach(&pipeline, echo, NULL, NULL, &pipeline);
	for (device[0].in_len = 0; device[0].in_len < DEVICE_PKTS; device[0].in_len++)
		device[0].in[device[0].in_len] = pkt_get(pkt);
	assert_int_equal(pipeline_turn(&pipeline), DEVICE_PKTS);
	assert_int_equal(device[0].sent_len, DEVICE_PKTS);
	assert_int_equal(harness_drops(DROP_TX_BATCH_FULL), 0);
	pkt_put(pkt);
	finish();
}

static void test_fini_puts_what_was_not_sent(void **state)
{
	start(IDLE_SPIN, 1, echo);
	batch_add(&pipeline.iface[0].out, &harness_metric, harness_pkt("x", 1));
	finish(); // the teardown sees that the page came back
}

static void test_init_refuses_what_cannot_work(void **state)
{
	struct netif netif = {.ops = &device_ops, .queues = 1};
	struct netif *netifs[PIPELINE_IFACES_MAX + 1] = {&netif};

	assert_int_equal(
	        pipeline_init(&pipeline, 0, IDLE_SPIN, netifs, ARRAY_LEN(netifs), &harness_metric),
	        -E2BIG);
	assert_int_equal(pipeline_init(&pipeline, 1, IDLE_SPIN, netifs, 1, &harness_metric),
	                 -EINVAL);
	pipeline_fini(&pipeline); // harmless
}

static void test_init_tells_the_device_where_to_count(void **state)
{
	start(IDLE_SPIN, 2, echo);
	assert_ptr_equal(device[0].netif.metric[0], &harness_metric);
	assert_ptr_equal(device[1].netif.metric[0], &harness_metric);
	finish();
}

// An engine like TCP: each packet that comes in releases SEGMENTS packets, more in
// all than a batch takes, which it sends from its flush as the batch has room.
#define SEGMENTS 10

static struct {
	struct pkt *pkt; // one packet stands for all
	unsigned ready, flushes;
} sender;

static void release_segments(void *ctx, struct pkt **pkts, unsigned n, mono_t now)
{
	swallow(ctx, pkts, n, now);
	sender.ready += SEGMENTS * n;
}

static bool send_segments(void *ctx, mono_t now)
{
	struct batch *batch = &pipeline.iface[0].out;

	assert_ptr_equal(ctx, &pipeline);
	sender.flushes++;
	for (; sender.ready && batch_room(batch); sender.ready--)
		batch_add(batch, &harness_metric, pkt_get(sender.pkt));
	return sender.ready != 0;
}

static void sender_start(enum idle idle)
{
	start(idle, 1, release_segments);
	pipeline.flush = send_segments;
	sender.pkt = harness_pkt("segment", 7);
	sender.ready = sender.flushes = 0;
}

static void sender_finish(void)
{
	pkt_put(sender.pkt);
	finish();
}

static void test_packets_that_each_release_ten_segments_lose_none(void **state)
{
	unsigned turns = 1;

	sender_start(IDLE_SPIN);
	device[0].room = device[0].room_per_call = BATCH_MAX;
	for (unsigned i = 0; i < 4; i++)
		arrive(&device[0], PIPELINE_BURST / 4);
	assert_int_equal(pipeline_turn(&pipeline), PIPELINE_BURST + 1);
	for (bool more = true; more; turns++) {
		assert_true(device[0].sent_len == BATCH_MAX || sender.ready == 0);
		while (device[0].sent_len)
			pkt_put(device[0].sent[--device[0].sent_len]);
		device[0].room = BATCH_MAX;
		more = pipeline_turn(&pipeline) != 0;
	}
	assert_int_equal(sender.flushes, turns);
	assert_int_equal(counter_get(&harness_metric.stage[STAGE_TX].pkts),
	                 PIPELINE_BURST * SEGMENTS);
	assert_int_equal(counter_get(&harness_metric.busy_loops), 2);
	assert_int_equal(harness_drops(DROP_TX_BATCH_FULL), 0);
	assert_int_equal(harness_drops(DROP_TX_DEVICE_FULL), 0);
	sender_finish();
}

static void test_room_is_what_a_batch_still_takes(void **state)
{
	struct batch batch = {.len = 0};
	struct pkt *pkt = harness_pkt("x", 1);

	assert_int_equal(batch_room(&batch), BATCH_MAX);
	for (unsigned i = BATCH_MAX; i-- > 0;) {
		batch_add(&batch, &harness_metric, pkt);
		assert_int_equal(batch_room(&batch), i);
	}
	pkt_get(pkt);
	batch_add(&batch, &harness_metric, pkt); // one more than the room
	assert_int_equal(harness_drops(DROP_TX_BATCH_FULL), 1);
	pkt_put(pkt);
}

// The steps of a turn, each noted as it runs.
static char steps[8];

static void note(char step)
{
	size_t len = strlen(steps);

	assert_true(len + 1 < sizeof(steps));
	steps[len] = step;
}

static void note_input(void *ctx, struct pkt **pkts, unsigned n, mono_t now)
{
	note('i');
	pkt_put(pkts[0]);
	assert_true(mailbox_post(&pipeline.mailbox, ctx, NULL));
}

static void note_timer(struct wheel_timer *timer, mono_t now)
{
	note('t');
}

static void note_call(void *ctx, mono_t now)
{
	note('c');
	assert_int_equal(now.us, SEC_US);
}

static bool note_flush(void *ctx, mono_t now)
{
	note('f');
	assert_int_equal(device[0].tx_calls, 0);
	batch_add(&pipeline.iface[0].out, &harness_metric, harness_pkt("flushed", 7));
	return false;
}

static void test_a_turn_is_input_timers_calls_flush_transmit(void **state)
{
	struct wheel_timer timer;

	memset(steps, 0, sizeof(steps));
	start(IDLE_SPIN, 1, note_input);
	pipeline_attach(&pipeline, note_input, NULL, note_flush, note_call);
	wheel_init(&pipeline.wheel, (mono_t){0});
	wheel_timer_init(&timer, note_timer);
	wheel_add(&pipeline.wheel, &timer, (mono_t){1});
	arrive(&device[0], 1);
	assert_int_equal(pipeline_turn_at(&pipeline, (mono_t){SEC_US}), 3);
	assert_string_equal(steps, "itcf");
	assert_int_equal(device[0].sent_len, 1);
	finish();
}

static _Atomic unsigned fired;

static void fire(struct wheel_timer *timer, mono_t now)
{
	fired++;
	batch_add(&pipeline.iface[0].out, &harness_metric, harness_pkt("timer", 5));
}

static void test_timers_fire_in_a_turn_and_their_packets_leave_in_it(void **state)
{
	struct wheel_timer timer;

	start(IDLE_SPIN, 1, echo);
	fired = 0;
	wheel_init(&pipeline.wheel, (mono_t){0});
	wheel_timer_init(&timer, fire);
	wheel_add(&pipeline.wheel, &timer, (mono_t){SEC_US});
	assert_int_equal(pipeline_turn_at(&pipeline, (mono_t){SEC_US - 1}), 0);
	assert_int_equal(pipeline_turn_at(&pipeline, (mono_t){SEC_US + WHEEL_TICK_US}), 1);
	assert_int_equal(fired, 1);
	assert_int_equal(device[0].sent_len, 1);
	assert_int_equal(counter_get(&harness_metric.stage[STAGE_TIMER].pkts), 1);
	finish();
}

static void test_deadline_is_the_first_of_timers_and_devices(void **state)
{
	struct wheel_timer timer;

	start(IDLE_SPIN, 2, echo);
	assert_int_equal(pipeline_deadline(&pipeline).us, MONO_NEVER.us);
	device[1].deadline = (mono_t){2 * SEC_US};
	assert_int_equal(pipeline_deadline(&pipeline).us, 2 * SEC_US);
	wheel_init(&pipeline.wheel, (mono_t){SEC_US});
	wheel_timer_init(&timer, fire);
	wheel_add(&pipeline.wheel, &timer, (mono_t){SEC_US + MS_US});
	assert_in_range(pipeline_deadline(&pipeline).us, SEC_US + 1, SEC_US + 2 * MS_US);
	device[0].deadline = (mono_t){5};
	assert_int_equal(pipeline_deadline(&pipeline).us, 5);
	finish();
}

static void test_one_turn_in_64_is_timed(void **state)
{
	const struct stage_metric *rx = &harness_metric.stage[STAGE_RX];

	start(IDLE_SPIN, 1, swallow);
	for (int turn = 0; turn < 128; turn++) {
		arrive(&device[0], 2);
		pipeline_turn(&pipeline);
	}
	assert_int_equal(counter_get(&rx->pkts), 256);
	assert_int_equal(counter_get(&rx->sampled_pkts), 4);
	assert_true(counter_get(&rx->sampled_cycles) > 0);
	finish();
}

// From here on the loop runs in a thread of its own.

static void *run(void *arg)
{
	pipeline_run(arg);
	return NULL;
}

static void run_thread(pthread_t *thread)
{
	assert_int_equal(pthread_create(thread, NULL, run, &pipeline), 0);
}

static uint64_t sleeps(void)
{
	return counter_get(&harness_metric.sleeps);
}

// Waits until the worker has gone to sleep once more than `before`, or more.
static void await_sleep(uint64_t before)
{
	for (int ms = 0; sleeps() <= before && ms < 5000; ms++)
		usleep(1000);
	assert_true(sleeps() > before);
}

// Stops the loop; tells how long that took.
static uint64_t stop(pthread_t thread)
{
	mono_t begin = clock_kernel();

	pipeline_stop(&pipeline);
	pthread_join(thread, NULL);
	return mono_until(begin, clock_kernel());
}

static void use_fd(struct device *with)
{
	with->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	assert_true(with->fd >= 0);
	pipeline.iface[with - device].fd = with->fd;
}

static void test_stop_ends_a_spinning_loop(void **state)
{
	pthread_t thread;

	start(IDLE_SPIN, 1, swallow);
	run_thread(&thread);
	while (device[0].polls < 1000)
		usleep(100);
	stop(thread);
	assert_int_equal(sleeps(), 0);
	finish();
}

static void test_stop_before_run_is_not_lost(void **state)
{
	start(IDLE_ADAPTIVE, 1, swallow);
	pipeline_stop(&pipeline);
	pipeline_run(&pipeline);
	assert_int_equal(counter_get(&harness_metric.loops), 0);
	finish();
}

static void test_a_device_without_fd_is_polled_every_half_millisecond(void **state)
{
	pthread_t thread;
	unsigned polls;

	start(IDLE_ADAPTIVE, 1, swallow);
	run_thread(&thread);
	await_sleep(3);
	polls = device[0].polls;
	usleep(200 * MS_US);
	polls = device[0].polls - polls;
	// 400 where nothing else runs; a busy machine makes it fewer, spinning
	// would make it a hundred thousand.
	assert_in_range(polls, 10, 450);
	assert_false(device[0].armed);
	stop(thread);
	finish();
}

// As long as it is readable no wait lasts, so that there are many; else each lasts a second.
static void test_a_second_descriptor_ends_the_wait_too(void **state)
{
	pthread_t thread;

	second_fd = eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC);
	assert_true(second_fd >= 0);
	start(IDLE_ADAPTIVE, 1, swallow);
	use_fd(&device[0]);
	run_thread(&thread);
	await_sleep(100);
	stop(thread);
	close(device[0].fd);
	close(second_fd);
	second_fd = -1;
	finish();
}

static void test_a_waiting_loop_wakes_and_stops_at_once(void **state)
{
	uint64_t turns, before, waited_us;
	pthread_t thread;

	start(IDLE_ADAPTIVE, 1, swallow);
	use_fd(&device[0]);
	run_thread(&thread);
	await_sleep(0);
	usleep(20 * MS_US);
	assert_true(device[0].armed);
	turns = atomic_load(&pipeline.quiescent);
	before = sleeps();
	pipeline_wake(&pipeline);
	await_sleep(before);
	assert_true(atomic_load(&pipeline.quiescent) > turns);

	usleep(20 * MS_US);
	before = sleeps();
	device[0].rang = true;
	(void)!write(device[0].fd, &(uint64_t){1}, sizeof(uint64_t));
	await_sleep(before);
	waited_us = stop(thread);
	assert_int_equal(inputs, 1);
	assert_true(waited_us < WHEEL_TICK_US * 2000); // not the second of a full wait
	close(device[0].fd);
	finish();
}

static void test_a_timer_or_a_deadline_ends_a_wait(void **state)
{
	struct wheel_timer timer;
	pthread_t thread;

	start(IDLE_ADAPTIVE, 1, swallow);
	use_fd(&device[0]);
	fired = 0;
	wheel_timer_init(&timer, fire);
	wheel_add(&pipeline.wheel, &timer, mono_add(pipeline.now, 30 * MS_US));
	device[0].deadline = mono_add(pipeline.now, 10 * MS_US);
	run_thread(&thread);
	for (int ms = 0; !(fired && device[0].polls > 100) && ms < 60000; ms++)
		usleep(1000);
	stop(thread);
	assert_int_equal(fired, 1);
	assert_int_equal(device[0].sent_len, 1);
	// A deadline that stays due keeps the loop polling.
	assert_true(device[0].polls > 100);
	close(device[0].fd);
	finish();
}

// A worker whose device stays silent has data to send: it must not sleep on it.
static void test_data_to_send_keeps_a_worker_awake(void **state)
{
	pthread_t thread;

	sender_start(IDLE_ADAPTIVE);
	use_fd(&device[0]);
	device[0].room = device[0].room_per_call = 0; // whatever is sent is dropped, by count
	sender.ready = 1000 * BATCH_MAX;
	run_thread(&thread);
	await_sleep(0);
	stop(thread);
	assert_int_equal(sender.ready, 0);
	assert_int_equal(harness_drops(DROP_TX_DEVICE_FULL), 1000 * BATCH_MAX);
	assert_in_range(counter_get(&harness_metric.busy_loops), 999, 1000);
	close(device[0].fd);
	sender_finish();
}

static pthread_t called_in;
static _Atomic bool called;

static void call(void *ctx, mono_t now)
{
	assert_ptr_equal(ctx, &called);
	called_in = pthread_self();
	called = true;
}

static void *post_call(void *arg)
{
	assert_true(mailbox_post(&pipeline.mailbox, call, &called));
	return NULL;
}

// The worker waits for a device that never rings; a third thread posts to it. A worker that is
// not woken runs a function only at the end of its wait, of a second: so many would take longer
// than the limit.
static void test_a_posted_function_runs_on_the_sleeping_worker(void **state)
{
	uint64_t before = 0;
	unsigned posts = 0;
	pthread_t worker, third;

	start(IDLE_ADAPTIVE, 1, swallow);
	use_fd(&device[0]);
	run_thread(&worker);
	called = true;
	for (int ms = 0; !(posts == 60 && called) && ms < 20000; ms++) {
		if (called && sleeps() > before) {
			before = sleeps();
			called = false;
			assert_int_equal(pthread_create(&third, NULL, post_call, NULL), 0);
			pthread_join(third, NULL);
			posts++;
		}
		usleep(1000);
	}
	stop(worker);
	assert_true(called);
	assert_int_equal(posts, 60);
	assert_true(pthread_equal(called_in, worker));
	close(device[0].fd);
	finish();
}

// A link that was made anew is told once, before the packets that came by it.
static void test_a_new_link_is_told_once(void **state)
{
	start(IDLE_SPIN, 2, swallow);
	pipeline.link = count_link;
	links = 0;
	pipeline_turn(&pipeline);
	assert_int_equal(links, 0);
	device[1].netif.generation++;
	pipeline_turn(&pipeline);
	pipeline_turn(&pipeline);
	assert_int_equal(links, 1);
	finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        POOL_TEST(test_a_new_link_is_told_once),
	        POOL_TEST(test_a_burst_goes_in_and_its_replies_out_in_order),
	        POOL_TEST(test_latency_is_that_of_the_turn),
	        POOL_TEST(test_a_slow_device_is_asked_again),
	        POOL_TEST(test_a_full_device_drops_by_name),
	        POOL_TEST(test_a_full_device_has_a_sender_that_holds_wait),
	        POOL_TEST(test_chains_count_whole),
	        POOL_TEST(test_a_batch_fed_by_many_ports_does_not_overflow),
	        POOL_TEST(test_packets_that_each_release_ten_segments_lose_none),
	        POOL_TEST(test_room_is_what_a_batch_still_takes),
	        POOL_TEST(test_a_turn_is_input_timers_calls_flush_transmit),
	        POOL_TEST(test_data_to_send_keeps_a_worker_awake),
	        POOL_TEST(test_a_posted_function_runs_on_the_sleeping_worker),
	        POOL_TEST(test_fini_puts_what_was_not_sent),
	        POOL_TEST(test_init_refuses_what_cannot_work),
	        POOL_TEST(test_init_tells_the_device_where_to_count),
	        POOL_TEST(test_timers_fire_in_a_turn_and_their_packets_leave_in_it),
	        POOL_TEST(test_deadline_is_the_first_of_timers_and_devices),
	        POOL_TEST(test_one_turn_in_64_is_timed),
	        POOL_TEST(test_stop_ends_a_spinning_loop),
	        POOL_TEST(test_stop_before_run_is_not_lost),
	        POOL_TEST(test_a_device_without_fd_is_polled_every_half_millisecond),
	        POOL_TEST(test_a_second_descriptor_ends_the_wait_too),
	        POOL_TEST(test_a_waiting_loop_wakes_and_stops_at_once),
	        POOL_TEST(test_a_timer_or_a_deadline_ends_a_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// packets: two workers that run, with devices of the test's own, and clients that ask for their
// packets: rows by time, one client at a time, and nothing left when it is gone, silent, or done.
#include "harness.h"

#include "apps/boot/boot_conf.h"
#include "apps/boot/packets.h"
#include "core/base64.h"
#include "core/host/clock.h"
#include "frames.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#define WORKERS 2

// Hands over as many frames as `arrive` says, and keeps what is sent.
static struct device {
	struct netif netif;
	struct page_array pages;
	_Atomic unsigned arrive;
	_Atomic unsigned taken; // by the stack
} devices[WORKERS];

static struct worker workers[WORKERS];
static pthread_t threads[WORKERS];
static struct control_loop loop;
static struct packets packets;
static struct why why;
static json_t *reply;

static const struct control_peer one = {.pid = 4711, .session = 1},
                                 two = {.pid = 4712, .session = 2};
static const struct boot_port_conf port = {.name = "net0"};
static const struct packets_names names = {&port, 1, metric_drop_rows};

static unsigned device_rx(struct netif *netif, unsigned queue, struct pkt **pkts, unsigned n)
{
	struct device *device = CONTAINER_OF(netif, struct device, netif);
	struct frame frame = frame_of_hex(FRAME_DNS4);

	if (device->arrive == 0)
		return 0;
	device->arrive--;
	pkts[0] = pkt_alloc(&device->pages.pool);
	memcpy(pkt_data(pkts[0]), frame.bytes, frame.len);
	pkt_set_len(pkts[0], (uint16_t)frame.len);
	return 1;
}

static unsigned device_tx(struct netif *netif, unsigned queue, struct pkt **pkts, unsigned n)
{
	return 0;
}

static const struct netif_ops device_ops = {.rx_burst = device_rx, .tx_burst = device_tx};

static void stack(void *ctx, struct pkt **pkts, unsigned n, mono_t now)
{
	struct worker *worker = ctx;

	for (unsigned i = 0; i < n; i++)
		pkt_drop(&worker->metric, pkts[i], DROP_UDP_CKSUM);
	devices[worker - workers].taken += n;
}

static void *run(void *arg)
{
	pipeline_run(arg);
	return NULL;
}

static int setup(void **state)
{
	for (unsigned i = 0; i < WORKERS; i++) {
		struct netif *netif = &devices[i].netif;

		devices[i] = (struct device){.netif = {.ops = &device_ops, .queues = 1}};
		workers[i] = (struct worker){.cpu = -1};
		assert_int_equal(page_array_open(&devices[i].pages, 16), 0);
		netif->pool[0] = &devices[i].pages.pool;
		assert_int_equal(pipeline_init(&workers[i].pipeline, 0, IDLE_ADAPTIVE, &netif, 1,
		                               &workers[i].metric),
		                 0);
		pipeline_attach(&workers[i].pipeline, stack, NULL, NULL, &workers[i]);
		assert_int_equal(pthread_create(&threads[i], NULL, run, &workers[i].pipeline), 0);
	}
	return control_loop_init(&loop);
}

static void stop_workers(void)
{
	for (unsigned i = 0; i < WORKERS; i++) {
		pipeline_stop(&workers[i].pipeline);
		pthread_join(threads[i], NULL);
	}
}

static int teardown(void **state)
{
	stop_workers();
	packets_close(&packets);
	assert_null(packets.of);
	for (unsigned i = 0; i < WORKERS; i++) {
		assert_null(workers[i].pipeline.pkt_watch);
		assert_null(devices[i].pages.pool.watch);
		assert_int_equal(devices[i].pages.pool.avail(&devices[i].pages.pool), 16);
		page_array_close(&devices[i].pages);
		pipeline_fini(&workers[i].pipeline);
	}
	json_decref(reply);
	reply = NULL;
	control_loop_fini(&loop);
	return 0;
}

static int start(const struct control_peer *peer, const char *filter, const char *snap)
{
	const struct packets_start with = {.workers = workers,
	                                   .len = WORKERS,
	                                   .loop = &loop,
	                                   .drops = metric_drop_rows,
	                                   .filter = filter,
	                                   .snap = snap,
	                                   .peer = peer};

	return packets_start(&packets, &with, &why);
}

// The rows of the next reply, or -1.
static int next(const struct control_peer *peer)
{
	json_decref(reply);
	reply = json_object();
	if (packets_next(&packets, peer, &names, reply, &why))
		return -1;
	return (int)json_array_size(json_object_get(reply, "packets"));
}

static void arrive(unsigned worker, unsigned n)
{
	unsigned before = devices[worker].taken;

	devices[worker].arrive = n;
	while (devices[worker].taken < before + n)
		pipeline_wake(&workers[worker].pipeline);
}

// Until as many rows have come, of which the last reply is `reply`.
static void await(const struct control_peer *peer, int rows)
{
	for (int n; rows > 0; rows -= n) {
		n = next(peer);
		assert_in_range(n, 0, rows);
	}
}

static void test_rows(void **state)
{
	struct frame frame = frame_of_hex(FRAME_DNS4);
	const json_t *row;
	char base64[FRAME_BYTES * 2] = "";
	struct fill to = fill_of(base64, sizeof(base64));

	assert_int_equal(start(&one, "port 53", "64"), 0);
	arrive(1, 1);
	await(&one, 1);
	row = json_array_get(json_object_get(reply, "packets"), 0);
	assert_string_equal(json_string_value(json_object_get(row, "port")), "net0");
	assert_string_equal(json_string_value(json_object_get(row, "verdict")), "dropped");
	assert_string_equal(json_string_value(json_object_get(row, "reason")), "udp.cksum");
	assert_string_equal(json_string_value(json_object_get(row, "direction")), "in");
	assert_int_equal(json_integer_value(json_object_get(row, "worker")), 1);
	assert_int_equal(json_integer_value(json_object_get(row, "length")), frame.len);
	base64_encode(span_of(frame.bytes, 64), &to);
	assert_string_equal(json_string_value(json_object_get(row, "bytes")), base64);
	assert_int_equal(json_integer_value(json_object_get(reply, "lost")), 0);
	assert_true(json_is_true(json_object_get(reply, "armed")));
	packets_gone(&packets, &one);
}

// Those of both workers, and then an end that a client sees.
static void test_stop(void **state)
{
	assert_int_equal(start(&one, "", NULL), 0);
	for (unsigned i = 0; i < 10; i++)
		arrive(i % 2, 1);
	assert_int_equal(packets_stop(&packets, &one, &why), 0);
	arrive(0, 3); // not seen any more
	assert_int_equal(next(&one), 10);
	assert_true(json_is_false(json_object_get(reply, "armed")));
	assert_int_equal(next(&one), 0);
	assert_null(packets.of);
	assert_int_equal(next(&one), -1);
	assert_non_null(strstr(why.text, "this client captures nothing"));
}

static void test_one_at_a_time(void **state)
{
	assert_int_equal(start(&one, "", NULL), 0);
	assert_int_equal(start(&two, "", NULL), -EBUSY);
	assert_string_equal(why.text, "another client captures already: pid 4711");
	assert_int_equal(next(&two), -1);
	assert_int_equal(packets_stop(&packets, &two, &why), -ENOENT);
	packets_gone(&packets, &two);
	assert_int_equal(next(&one), 0);
	packets_gone(&packets, &one);
	assert_null(packets.of);
	assert_int_equal(start(&two, "", NULL), 0);
}

static void test_refused(void **state)
{
	assert_int_equal(start(&one, "hots x", NULL), -EINVAL);
	assert_int_equal(start(&one, "", "63"), -EINVAL);
	assert_int_equal(start(&one, "", "65536"), -EINVAL);
	assert_int_equal(start(&one, "", "64k"), -EINVAL);
	assert_string_equal(why.text, "'64k' is no number of bytes, 64 to 65535");
	assert_int_equal(start(&one, "", ""), -EINVAL);
	assert_null(packets.of);
}

static void test_silence(void **state)
{
	mono_t begin = clock_kernel();

	assert_int_equal(start(&one, "", NULL), 0);
	wheel_run(&loop.wheel, mono_add(begin, PACKETS_LEASE_US / 2), 1000000);
	assert_non_null(packets.of);
	wheel_run(&loop.wheel, mono_add(begin, PACKETS_LEASE_US + 3 * SEC_US), 1000000);
	assert_null(packets.of);
}

// The workers stop while they are watched, as at the end of the appliance.
static void test_close(void **state)
{
	assert_int_equal(start(&one, "drop any", NULL), 0);
	arrive(0, 2);
}

#define PACKETS_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        PACKETS_TEST(test_rows),          PACKETS_TEST(test_stop),
	        PACKETS_TEST(test_one_at_a_time), PACKETS_TEST(test_refused),
	        PACKETS_TEST(test_silence),       PACKETS_TEST(test_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// mem: frames cross the wire between two ends, by hand and by two threads.
// Closing an end asserts that its pools are whole again.
#include "harness.h"

#include "backends/mem/mem.h"
#include "core/host/pipeline.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>

#define PAGES 32

static struct netif *a, *b;

static struct netif *open_end(const char *name, unsigned queues, uint32_t pages)
{
	struct netif *netif;

	assert_int_equal(mem_open(name, queues, pages, &netif), 0);
	for (unsigned i = 0; i < queues; i++)
		netif->metric[i] = &harness_metric;
	return netif;
}

static void open_pair(unsigned queues_a, unsigned queues_b)
{
	a = open_end("test", queues_a, PAGES);
	b = open_end("test", queues_b, PAGES);
}

static void close_end(struct netif *netif)
{
	netif->ops->close(netif);
}

static void close_pair(void)
{
	close_end(a);
	close_end(b);
}

// Sends a frame that holds the number; whether the wire took it.
static bool send_number(struct netif *from, unsigned queue, uint32_t number, size_t len)
{
	struct pkt *pkt = pkt_alloc(from->pool[queue]);

	assert_non_null(pkt);
	pkt_set_len(pkt, (uint16_t)len);
	memset(pkt_data(pkt), 0, len);
	memcpy(pkt_data(pkt), &number, sizeof(number));
	if (from->ops->tx_burst(from, queue, &pkt, 1) == 1)
		return true;
	pkt_put(pkt);
	return false;
}

static uint32_t number_in(const struct pkt *pkt)
{
	uint32_t number;

	memcpy(&number, pkt_data(pkt), sizeof(number));
	return number;
}

// The number in the next frame, or UINT32_MAX when there is none.
static uint32_t receive_number(struct netif *at, unsigned queue)
{
	struct pkt *pkt;
	uint32_t number;

	if (at->ops->rx_burst(at, queue, &pkt, 1) == 0)
		return UINT32_MAX;
	number = number_in(pkt);
	pkt_put(pkt);
	return number;
}

static bool link_up(struct netif *netif)
{
	struct netif_status status;

	netif->ops->status(netif, &status);
	return status.link_up;
}

static void test_a_frame_arrives_in_a_page_of_the_receiver(void **state)
{
	static const char text[] = "a frame, or what passes for one";
	struct pkt *sent, *got;

	open_pair(1, 1);
	b->iface = 5;
	sent = pkt_alloc(a->pool[0]);
	pkt_set_len(sent, sizeof(text));
	memcpy(pkt_data(sent), text, sizeof(text));
	assert_int_equal(a->ops->tx_burst(a, 0, &sent, 1), 1);
	assert_int_equal(a->pool[0]->avail(a->pool[0]), PAGES); // the sender's page is free again
	assert_int_equal(b->ops->rx_burst(b, 0, &got, 1), 1);
	assert_ptr_equal(got->pool, b->pool[0]);
	assert_int_equal(got->iface, 5);
	assert_int_equal(got->len, sizeof(text));
	assert_memory_equal(pkt_data(got), text, sizeof(text));
	pkt_put(got);
	assert_int_equal(b->ops->rx_burst(b, 0, &got, 1), 0);
	close_pair();
}

static void test_frames_keep_their_order_in_both_directions(void **state)
{
	open_pair(1, 1);
	for (uint32_t round = 0; round < 3; round++) {
		for (uint32_t i = 0; i < MEM_RING_LEN; i++) {
			assert_true(send_number(a, 0, i, 60));
			assert_true(send_number(b, 0, i + 1000, 60));
		}
		for (uint32_t i = 0; i < MEM_RING_LEN; i++) {
			assert_int_equal(receive_number(b, 0), i);
			assert_int_equal(receive_number(a, 0), i + 1000);
		}
		assert_int_equal(receive_number(a, 0), UINT32_MAX);
		assert_int_equal(receive_number(b, 0), UINT32_MAX);
	}
	close_pair();
}

static void test_a_full_wire_takes_no_more(void **state)
{
	open_pair(1, 1);
	for (uint32_t i = 0; i < MEM_RING_LEN; i++)
		assert_true(send_number(a, 0, i, 60));
	assert_false(send_number(a, 0, 9999, 60));
	assert_int_equal(receive_number(b, 0), 0);
	assert_true(send_number(a, 0, MEM_RING_LEN, 60));
	close_pair(); // with frames on the wire, which belong to nobody's pool
}

static void test_frames_wait_for_a_free_page(void **state)
{
	struct pkt *hold[PAGES], *pkt;

	open_pair(1, 1);
	for (int i = 0; i < PAGES; i++)
		hold[i] = pkt_alloc(b->pool[0]);
	assert_true(send_number(a, 0, 7, 60));
	assert_int_equal(b->ops->rx_burst(b, 0, &pkt, 1), 0);
	for (int i = 0; i < PAGES; i++)
		pkt_put(hold[i]);
	assert_int_equal(receive_number(b, 0), 7);
	close_pair();
}

static void test_frames_beyond_the_mtu_are_dropped_by_name(void **state)
{
	open_pair(1, 1);
	assert_true(send_number(a, 0, 1, MEM_MTU + 18)); // header and a VLAN tag
	assert_true(send_number(a, 0, 2, MEM_MTU + 19));
	assert_int_equal(harness_drops(DROP_TX_TOO_LONG), 1);
	a->mtu = MEM_MTU_MAX;
	assert_true(send_number(a, 0, 3, MEM_MTU_MAX + 18));
	assert_true(send_number(a, 0, 4, 60));
	assert_int_equal(receive_number(b, 0), 1);
	assert_int_equal(receive_number(b, 0), UINT32_MAX); // 3 is too long for b
	assert_int_equal(harness_drops(DROP_RX_TOO_LONG), 1);
	assert_int_equal(receive_number(b, 0), 4);
	close_pair();
}

static void test_a_frame_of_several_pages_arrives_in_one(void **state)
{
	static const uint8_t zeros[MEM_MTU + 19];
	const size_t cuts[] = {4, 7};
	struct pkt *pkt = harness_chain("0123456789", 10, cuts, 2), *got;
	uint64_t drops = harness_drops(DROP_TX_TOO_LONG);

	open_pair(1, 1);
	assert_int_equal(a->ops->tx_burst(a, 0, &pkt, 1), 1);
	assert_int_equal(b->ops->rx_burst(b, 0, &got, 1), 1);
	assert_int_equal(got->len, 10);
	assert_null(got->next);
	assert_memory_equal(pkt_data(got), "0123456789", 10);
	pkt_put(got);
	// It is the whole frame that can be too long.
	pkt = harness_chain(zeros, sizeof(zeros), cuts, 2);
	assert_int_equal(a->ops->tx_burst(a, 0, &pkt, 1), 1);
	assert_int_equal(harness_drops(DROP_TX_TOO_LONG), drops + 1);
	close_pair();
}

static void test_names_have_two_ends(void **state)
{
	struct netif *third;

	a = open_end("one", 1, PAGES);
	assert_false(link_up(a));
	assert_false(send_number(a, 0, 1, 60)); // nobody at the other end
	assert_int_equal(receive_number(a, 0), UINT32_MAX);
	b = open_end("two", 1, PAGES);
	assert_false(link_up(a));
	close_end(b);
	b = open_end("one", 1, PAGES);
	assert_true(link_up(a) && link_up(b));
	assert_int_equal(mem_open("one", 1, PAGES, &third), -EBUSY);
	assert_string_equal(a->device, "mem:one");
	assert_memory_not_equal(a->mac, b->mac, sizeof(a->mac));
	assert_int_equal(a->mac[0] & 3, 2); // local, of one station
	close_pair();
}

static void test_a_closed_end_may_be_opened_again(void **state)
{
	open_pair(1, 1);
	assert_true(send_number(b, 0, 1, 60));
	close_end(a);
	assert_false(link_up(b));
	assert_false(send_number(b, 0, 2, 60));
	a = open_end("test", 2, PAGES);
	assert_true(link_up(b));
	assert_int_equal(receive_number(a, 0), UINT32_MAX); // 1 is lost
	assert_true(send_number(a, 1, 3, 60));
	assert_int_equal(receive_number(b, 0), 3);
	close_pair();
}

static void test_open_refuses_what_it_cannot_make(void **state)
{
	static const char long_name[] =
	        "0123456789012345678901234567890123456789012345678901234567890";
	static const struct {
		const char *name;
		unsigned queues;
		uint32_t pages;
	} cases[] = {
	        {"", 1, PAGES},        {"x", 0, PAGES}, {"x", MEM_QUEUES_MAX + 1, PAGES},
	        {long_name, 1, PAGES}, {"x", 1, 0},
	};
	struct netif *netif;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(mem_open(cases[i].name, cases[i].queues, cases[i].pages, &netif),
		                 -EINVAL);
}

// A UDP datagram whose source port tells the flows apart.
static void send_flow(unsigned queue, uint16_t port)
{
	struct pkt *pkt = pkt_alloc(a->pool[queue]);
	uint8_t *p = pkt_data(pkt);

	pkt_set_len(pkt, 60);
	memset(p, 0, 60);
	p[12] = 0x08;
	p[14] = 0x45;
	p[23] = 17;
	memcpy(p + 34, &port, sizeof(port));
	assert_int_equal(a->ops->tx_burst(a, queue, &pkt, 1), 1);
}

static void test_flows_spread_over_queues_and_stay_there(void **state)
{
	unsigned at[64], used[3] = {0};

	open_pair(2, 3);
	for (int round = 0; round < 4; round++) {
		for (unsigned flow = 0; flow < ARRAY_LEN(at); flow++) {
			unsigned queue, got = 0;
			struct pkt *pkt;

			send_flow(flow % 2, (uint16_t)flow);
			for (queue = 0; queue < 3 && !got; queue++)
				got = b->ops->rx_burst(b, queue, &pkt, 1);
			assert_int_equal(got, 1);
			assert_int_not_equal(pkt->hash, 0);
			pkt_put(pkt);
			if (round == 0)
				used[at[flow] = queue - 1]++;
			assert_int_equal(at[flow], queue - 1);
		}
	}
	for (int queue = 0; queue < 3; queue++)
		assert_in_range(used[queue], 8, 40);
	close_pair();
}

static bool readable(struct netif *netif, unsigned queue)
{
	struct pollfd fd = {.fd = netif->ops->rx_fd(netif, queue), .events = POLLIN};

	return poll(&fd, 1, 0) == 1;
}

static void test_an_armed_queue_rings_until_disarmed(void **state)
{
	open_pair(1, 1);
	assert_true(send_number(a, 0, 1, 60));
	assert_false(readable(b, 0));
	b->ops->rx_arm(b, 0, true);
	assert_false(readable(b, 0)); // what came before gives no event
	assert_true(send_number(a, 0, 2, 60));
	assert_true(readable(b, 0));
	b->ops->rx_arm(b, 0, false);
	assert_false(readable(b, 0));
	assert_true(send_number(a, 0, 3, 60));
	assert_false(readable(b, 0));
	close_pair();
}

// A worker at end b sends back what it gets, while this thread keeps frames on
// their way from end a. Every number comes back once, in order.
#define PASSED 10000u

static struct pipeline echo;

static void echo_input(void *ctx, struct pkt **pkts, unsigned n, mono_t now)
{
	for (unsigned i = 0; i < n; i++)
		batch_add(&echo.iface[0].out, echo.metric, pkts[i]);
}

static void *echo_main(void *arg)
{
	pipeline_run(&echo);
	return arg;
}

static void test_two_threads_at_two_ends(void **state)
{
	static struct worker_metric echo_metric;
	uint32_t sent = 0, received = 0;
	pthread_t thread;

	open_pair(1, 1);
	assert_int_equal(pipeline_init(&echo, 0, IDLE_ADAPTIVE, &b, 1, &echo_metric), 0);
	pipeline_attach(&echo, echo_input, NULL, NULL, NULL);
	assert_int_equal(pthread_create(&thread, NULL, echo_main, NULL), 0);
	while (received < PASSED) {
		uint32_t number = receive_number(a, 0);

		// The first frame finds b asleep; later the wire is left empty from
		// time to time, so that b may sleep again.
		while (sent == 0 && counter_get(&echo_metric.sleeps) == 0)
			sched_yield();
		if (sent < PASSED && sent - received < 16 && (sent % 1000 || sent == received))
			sent += send_number(a, 0, sent, 60);
		if (number == UINT32_MAX)
			sched_yield();
		else
			assert_int_equal(number, received++);
	}
	pipeline_stop(&echo);
	pthread_join(thread, NULL);
	assert_int_equal(counter_get(&echo_metric.stage[STAGE_RX].pkts), PASSED);
	assert_int_equal(counter_get(&echo_metric.stage[STAGE_TX].pkts), PASSED);
	assert_true(counter_get(&echo_metric.sleeps) > 0);
	pipeline_fini(&echo);
	close_pair();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        POOL_TEST(test_a_frame_arrives_in_a_page_of_the_receiver),
	        POOL_TEST(test_frames_keep_their_order_in_both_directions),
	        POOL_TEST(test_a_full_wire_takes_no_more),
	        POOL_TEST(test_frames_wait_for_a_free_page),
	        POOL_TEST(test_frames_beyond_the_mtu_are_dropped_by_name),
	        POOL_TEST(test_a_frame_of_several_pages_arrives_in_one),
	        POOL_TEST(test_names_have_two_ends),
	        POOL_TEST(test_a_closed_end_may_be_opened_again),
	        POOL_TEST(test_open_refuses_what_it_cannot_make),
	        POOL_TEST(test_flows_spread_over_queues_and_stay_there),
	        POOL_TEST(test_an_armed_queue_rings_until_disarmed),
	        POOL_TEST(test_two_threads_at_two_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

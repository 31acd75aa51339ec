// steer: packets go from worker to worker and their pages come home, in one thread step by step,
// then with two threads at once, for TSan as well. What stacks make of it is tests/sim/steer_sim.c.
#include "harness.h"

#include "proto/tcpip/steer.h"

#include <pthread.h>
#include <sched.h>

#define WORKERS 3
#define PAGES   1024
#define MANY    100000

static struct {
	struct steer *steer;
	struct node {
		struct steer_worker *worker;
		struct worker_metric metric;
		struct page_array pages;
		unsigned wakes;
		bool refuses; // to be woken
	} node[WORKERS];
} run;

static bool wake(void *ctx)
{
	struct node *node = ctx;

	node->wakes += !node->refuses;
	return !node->refuses;
}

static int setup(void **state)
{
	memset(&run, 0, sizeof(run));
	run.steer = steer_open(WORKERS);
	assert_non_null(run.steer);
	for (unsigned i = 0; i < WORKERS; i++) {
		struct node *node = &run.node[i];

		assert_int_equal(page_array_open(&node->pages, PAGES), 0);
		node->worker = steer_join(run.steer, i, &node->metric, wake, node);
		steer_begun_add(node->worker, 1);
	}
	return 0;
}

// Every page is home, also those that were on their way.
static int teardown(void **state)
{
	steer_close(run.steer);
	for (unsigned i = 0; i < WORKERS; i++) {
		assert_int_equal(run.node[i].pages.free_len, PAGES);
		page_array_close(&run.node[i].pages);
	}
	return 0;
}

static struct steer_worker *worker(unsigned i)
{
	return run.node[i].worker;
}

// A packet of so many pages, of worker `of`'s pool.
static struct pkt *packet(unsigned of, unsigned pages)
{
	struct pkt *first = pkt_alloc(&run.node[of].pages.pool), *last = first;

	assert_non_null(first);
	for (unsigned i = 1; i < pages; i++, last = last->next) {
		last->next = pkt_alloc(&run.node[of].pages.pool);
		assert_non_null(last->next);
	}
	return first;
}

static void test_each_port_is_one_worker_s(void **state)
{
	static const uint32_t from[] = {STEER_PORT_MIN, 49152};
	static uint8_t owners[65536];

	for (unsigned k = 0; k < ARRAY_LEN(from); k++) {
		memset(owners, 0, sizeof(owners));
		for (unsigned w = 0; w < WORKERS; w++)
			for (uint32_t i = 0; i < steer_ports(worker(w), from[k]); i++) {
				uint16_t port = steer_port(worker(w), from[k], i);

				assert_true(port >= from[k]);
				owners[port]++;
				for (unsigned other = 0; other < WORKERS; other++)
					assert_ptr_equal(steer_owner(worker(other), port),
					                 other == w ? NULL : worker(w));
			}
		for (uint32_t port = from[k] + WORKERS; port < 65536 - 2 * WORKERS; port++)
			assert_int_equal(owners[port], 1);
	}
	assert_null(steer_owner(worker(0), STEER_PORT_MIN - 1));
	assert_int_equal(steer_ports(NULL, 49152), 16384);
	assert_int_equal(steer_port(NULL, 49152, 16383), 65535);
}

static void test_nothing_is_passed_to_a_worker_that_began_nothing(void **state)
{
	uint16_t port = steer_port(worker(1), STEER_PORT_MIN, 5);

	steer_begun_add(worker(1), -1);
	assert_null(steer_owner(worker(0), port));
	steer_begun_add(worker(1), 1);
	assert_ptr_equal(steer_owner(worker(0), port), worker(1));
}

// Each pages' packets from 0 and 2 to 1, which takes and frees them.
static void test_packets_cross_and_pages_come_home(void **state)
{
	static const unsigned pages[] = {1, 2, 18};

	for (unsigned k = 0; k < ARRAY_LEN(pages); k++) {
		struct pkt *sent[] = {packet(0, pages[k]), packet(2, pages[k])}, *got[4];
		struct page_pool *pool[] = {sent[0]->pool, sent[1]->pool};
		bool scarce[4];

		assert_int_equal(steer_pass(worker(0), worker(1), sent[0]), DROP_NONE);
		assert_int_equal(steer_pass(worker(2), worker(1), sent[1]), DROP_NONE);
		assert_int_equal(run.node[1].wakes, k + 1); // one for both
		assert_int_equal(steer_take(worker(1), got, scarce, 4), 2);
		for (unsigned i = 0; i < 2; i++) {
			assert_true(got[i] == sent[0] || got[i] == sent[1]);
			assert_false(scarce[i]);
			// A device that sends only its own pages copies this one.
			assert_non_null(got[i]->pool->kind);
			pkt_put(got[i]);
		}
		for (unsigned i = 0; i < WORKERS; i += 2) {
			assert_int_equal(run.node[i].pages.free_len, PAGES - pages[k]);
			assert_int_equal(worker(i)->passed, pages[k]);
			steer_reclaim(worker(i));
			assert_int_equal(run.node[i].pages.free_len, PAGES);
			assert_int_equal(worker(i)->passed, 0);
		}
		assert_ptr_equal(sent[0]->pool, pool[0]);
		assert_ptr_equal(sent[1]->pool, pool[1]);
	}
	assert_int_equal(counter_get(&run.node[0].metric.steered), 3);
}

// As many pages as may be, in packets of different lengths; then one more is refused until some
// come back. Those beyond half of them are to be copied.
static void test_pages_are_bounded(void **state)
{
	struct pkt *got[STEER_PAGES], *more = packet(0, 2);
	bool scarce[STEER_PAGES];
	unsigned n = 0, held = 0;

	for (unsigned pages = 0; pages + 3 <= STEER_PAGES; pages += 3, n++)
		assert_int_equal(steer_pass(worker(0), worker(1), packet(0, 3)), DROP_NONE);
	assert_int_equal(steer_pass(worker(0), worker(1), more), DROP_RX_STEER_FULL);
	assert_int_equal(more->refs, 1);
	assert_ptr_equal(more->pool, &run.node[0].pages.pool); // untouched
	assert_int_equal(steer_take(worker(1), got, scarce, STEER_PAGES), n);
	for (unsigned i = 0; i < n; i++) {
		held += 3;
		assert_int_equal(scarce[i], held > STEER_PAGES / 2);
	}
	assert_int_equal(steer_pass(worker(0), worker(1), more), DROP_RX_STEER_FULL);
	pkt_put(got[0]);
	assert_int_equal(steer_pass(worker(0), worker(1), more), DROP_NONE);
	for (unsigned i = 1; i < n; i++)
		pkt_put(got[i]);
	// The last one is on its way when all is closed.
}

// A full mailbox: the next packet tries again.
static void test_a_wake_up_that_fails_is_tried_again(void **state)
{
	run.node[1].refuses = true;
	assert_int_equal(steer_pass(worker(0), worker(1), packet(0, 1)), DROP_NONE);
	assert_int_equal(run.node[1].wakes, 0);
	run.node[1].refuses = false;
	assert_int_equal(steer_pass(worker(0), worker(1), packet(0, 1)), DROP_NONE);
	assert_int_equal(run.node[1].wakes, 1);
}

static _Atomic bool stopped;

// Takes what comes, and keeps up to 100 of them for a while.
static void *take_all(void *arg)
{
	struct pkt *kept[100] = {NULL}, *got[8];
	uint32_t *sum = arg;
	bool scarce[8], last;
	unsigned at = 0, n;

	do {
		last = atomic_load(&stopped);
		n = steer_take(worker(1), got, scarce, 8);
		for (unsigned i = 0; i < n; i++) {
			*sum += *(uint32_t *)pkt_data(got[i]);
			if (kept[at])
				pkt_put(kept[at]);
			kept[at] = got[i];
			at = (at + 1) % 100;
		}
		if (n == 0)
			sched_yield();
	} while (n || !last);
	for (unsigned i = 0; i < 100; i++)
		if (kept[i])
			pkt_put(kept[i]);
	return NULL;
}

static void test_two_threads(void **state)
{
	uint32_t sum = 0, wanted = 0;
	pthread_t taker;

	run.node[1].refuses = true; // it looks by itself
	atomic_store(&stopped, false);
	assert_int_equal(pthread_create(&taker, NULL, take_all, &sum), 0);
	for (uint32_t i = 0; i < MANY; i++) {
		struct pkt *pkt = packet(0, 1 + i % 2);

		*(uint32_t *)pkt_data(pkt) = i;
		wanted += i;
		while (steer_pass(worker(0), worker(1), pkt) != DROP_NONE)
			sched_yield();
		if (i % 64 == 0)
			steer_reclaim(worker(0));
	}
	atomic_store(&stopped, true);
	pthread_join(taker, NULL);
	assert_int_equal(sum, wanted);
}

#define STEER_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        STEER_TEST(test_each_port_is_one_worker_s),
	        STEER_TEST(test_nothing_is_passed_to_a_worker_that_began_nothing),
	        STEER_TEST(test_packets_cross_and_pages_come_home),
	        STEER_TEST(test_pages_are_bounded),
	        STEER_TEST(test_a_wake_up_that_fails_is_tried_again),
	        STEER_TEST(test_two_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

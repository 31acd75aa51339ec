// ring: order, bounds, the turn of its indices, and two threads at its ends.
#include "harness.h"

#include "core/rand.h"
#include "core/ring.h"

#include <pthread.h>
#include <sched.h>

static void test_capacity_is_a_power_of_two(void **state)
{
	static const uint32_t bad[] = {0, 3, 6, 1000};
	struct ring ring;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(ring_init(&ring, bad[i]), -EINVAL);
}

static void test_full_takes_what_fits_and_empty_gives_what_is_there(void **state)
{
	int numbers[10];
	void *in[10], *out[10];
	struct ring ring;

	for (int i = 0; i < 10; i++)
		in[i] = &numbers[i];
	assert_int_equal(ring_init(&ring, 8), 0);
	assert_true(ring_empty(&ring));
	assert_int_equal(ring_dequeue(&ring, out, 10), 0);
	assert_int_equal(ring_enqueue(&ring, in, 10), 8);
	assert_int_equal(ring_enqueue(&ring, in, 1), 0);
	assert_false(ring_empty(&ring));
	assert_int_equal(ring_dequeue(&ring, out, 3), 3);
	assert_int_equal(ring_enqueue(&ring, in + 8, 2), 2);
	assert_int_equal(ring_dequeue(&ring, out + 3, 10), 7);
	assert_memory_equal(out, in, sizeof(in));
	assert_true(ring_empty(&ring));
	ring_fini(&ring);
}

static void test_indices_run_over(void **state)
{
	struct ring ring;
	int number;
	void *item = &number, *out = NULL;

	assert_int_equal(ring_init(&ring, 2), 0);
	ring.head = ring.tail = ring.head_seen = ring.tail_seen = UINT32_MAX - 1;
	for (int i = 0; i < 5; i++) {
		assert_int_equal(ring_enqueue(&ring, &item, 1), 1);
		assert_int_equal(ring_enqueue(&ring, &item, 1), 1);
		assert_int_equal(ring_enqueue(&ring, &item, 1), 0);
		assert_int_equal(ring_dequeue(&ring, &out, 1), 1);
		assert_int_equal(ring_dequeue(&ring, &out, 1), 1);
		assert_int_equal(ring_dequeue(&ring, &out, 1), 0);
		assert_ptr_equal(out, item);
	}
	ring_fini(&ring);
}

// Each side knows every number that must pass, and moves them in bursts of its
// own. The numbers lie in memory that only the ring orders between the threads.
#define PASSED 200000u

static struct ring shared;
static uint32_t number[PASSED];

static void *produce(void *arg)
{
	struct rand rand;
	void *burst[16];

	rand_init(&rand, 1);
	for (uint32_t next = 0; next < PASSED;) {
		uint32_t n = (uint32_t)u64_min(1 + rand_below(&rand, 16), PASSED - next);

		for (uint32_t i = 0; i < n; i++) {
			number[next + i] = next + i;
			burst[i] = &number[next + i];
		}
		n = ring_enqueue(&shared, burst, n);
		next += n;
		if (n == 0)
			sched_yield();
	}
	return arg;
}

static void test_two_threads_pass_each_pointer_once_in_order(void **state)
{
	uint32_t expected = 0, wrong = 0;
	pthread_t producer;
	struct rand rand;

	rand_init(&rand, 2);
	assert_int_equal(ring_init(&shared, 64), 0);
	assert_int_equal(pthread_create(&producer, NULL, produce, NULL), 0);
	while (expected < PASSED) {
		void *burst[16];
		uint32_t n = ring_dequeue(&shared, burst, (uint32_t)(1 + rand_below(&rand, 16)));

		for (uint32_t i = 0; i < n; i++)
			wrong += *(uint32_t *)burst[i] != expected++;
		if (n == 0)
			sched_yield();
	}
	pthread_join(producer, NULL);
	assert_int_equal(wrong, 0);
	assert_true(ring_empty(&shared));
	ring_fini(&shared);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_capacity_is_a_power_of_two),
	        cmocka_unit_test(test_full_takes_what_fits_and_empty_gives_what_is_there),
	        cmocka_unit_test(test_indices_run_over),
	        cmocka_unit_test(test_two_threads_pass_each_pointer_once_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

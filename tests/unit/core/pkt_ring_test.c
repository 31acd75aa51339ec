// pkt_ring: records of every size through a ring, in order, round its end; a full ring; two
// threads.
#include "harness.h"

#include "core/pkt_ring.h"

#include <pthread.h>

#define RING_BYTES 4096

static struct pkt_ring ring;

static int setup(void **state)
{
	return pkt_ring_open(&ring, RING_BYTES);
}

static int teardown(void **state)
{
	pkt_ring_close(&ring);
	return 0;
}

// A record whose bytes follow from its number.
static bool add(uint32_t number, uint16_t len)
{
	struct pkt_record *record = pkt_ring_add(&ring, len);

	if (!record)
		return false;
	assert_int_equal(record->bytes_len, len);
	assert_int_equal(record->drop, 0);
	record->frame_len = number;
	memset(record->bytes, (int)(uint8_t)number, len);
	pkt_ring_publish(&ring);
	return true;
}

static void take(uint32_t number)
{
	const struct pkt_record *record = pkt_ring_first(&ring);

	assert_non_null(record);
	assert_int_equal(record->frame_len, number);
	for (uint16_t i = 0; i < record->bytes_len; i++)
		assert_int_equal(record->bytes[i], (uint8_t)number);
	pkt_ring_next(&ring, record);
}

static void test_order(void **state)
{
	uint32_t added = 0, taken = 0;

	for (unsigned round = 0; round < 2000; round++) {
		while (add(added, (uint16_t)(added * 37 % 700)))
			added++;
		assert_true(added > taken);
		while (taken < added - round % 3)
			take(taken++);
	}
	assert_int_equal(pkt_ring_lost(&ring), 2000);
}

static void test_published_only(void **state)
{
	assert_non_null(pkt_ring_add(&ring, 10));
	assert_null(pkt_ring_first(&ring));
	pkt_ring_publish(&ring);
	assert_non_null(pkt_ring_first(&ring));
}

static void test_too_large(void **state)
{
	assert_null(pkt_ring_add(&ring, RING_BYTES));
	assert_int_equal(pkt_ring_lost(&ring), 1);
	assert_true(add(1, 100));
	take(1);
}

#define THREAD_RECORDS 20000

static void *write_all(void *arg)
{
	for (uint32_t i = 0; i < THREAD_RECORDS; i++)
		while (!add(i, (uint16_t)(i * 7919 % 300)))
			;
	return arg;
}

static void test_threads(void **state)
{
	pthread_t writer;

	assert_int_equal(pthread_create(&writer, NULL, write_all, NULL), 0);
	for (uint32_t i = 0; i < THREAD_RECORDS; i++) {
		while (!pkt_ring_first(&ring))
			;
		take(i);
	}
	pthread_join(writer, NULL);
	assert_null(pkt_ring_first(&ring));
}

#define RING_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        RING_TEST(test_order),
	        RING_TEST(test_published_only),
	        RING_TEST(test_too_large),
	        RING_TEST(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

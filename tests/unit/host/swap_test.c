// swap: objects replaced while workers read them. The old one is overwritten and
// freed as soon as it is given back, so a reader that came too late is a wrong
// sum here, a use after free under ASan and a race under TSan.
#include "harness.h"

#include "core/host/swap.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#define WORKERS 2
#define SWAPS   2000
#define WORDS   32

struct object {
	uint64_t word[WORDS]; // all alike
};

static struct object *object_make(uint64_t value)
{
	struct object *object = malloc(sizeof(*object));

	for (int i = 0; i < WORDS; i++)
		object->word[i] = value;
	return object;
}

static void object_destroy(struct object *object)
{
	for (int i = 0; i < WORDS; i++)
		object->word[i] = (uint64_t)i;
	free(object);
}

// A port on which nothing arrives: polling it reads the shared object as a
// stack would.
struct reader {
	struct netif netif;
	struct swap *swap;
	struct worker_metric metric;
	struct pipeline pipeline;
	pthread_t thread;
	uint64_t last;
	unsigned wrong, back;
};

static unsigned reader_rx(struct netif *netif, unsigned queue, struct pkt **pkts, unsigned n)
{
	struct reader *reader = CONTAINER_OF(netif, struct reader, netif);
	const struct object *object = swap_read(reader->swap);

	for (int i = 1; i < WORDS; i++)
		reader->wrong += object->word[i] != object->word[0];
	reader->back += object->word[0] < reader->last;
	reader->last = object->word[0];
	return 0;
}

static const struct netif_ops reader_ops = {.rx_burst = reader_rx};

static void *reader_main(void *arg)
{
	struct reader *reader = arg;

	pipeline_run(&reader->pipeline);
	return NULL;
}

static void reader_init(struct reader *reader, struct swap *swap, enum idle idle)
{
	struct netif *netif = &reader->netif;

	*reader = (struct reader){.netif = {.ops = &reader_ops, .queues = 1}, .swap = swap};
	assert_int_equal(pipeline_init(&reader->pipeline, 0, idle, &netif, 1, &reader->metric), 0);
}

static void test_nobody_reads_what_was_given_back(void **state)
{
	static struct reader reader[WORKERS];
	struct pipeline *workers[WORKERS];
	struct swap swap;

	swap_init(&swap, object_make(1));
	for (int i = 0; i < WORKERS; i++) {
		reader_init(&reader[i], &swap, i ? IDLE_ADAPTIVE : IDLE_SPIN);
		workers[i] = &reader[i].pipeline;
	}
	for (uint64_t n = 2; n < SWAPS; n++) {
		// The first swaps meet workers that have not yet started, the next
		// ones workers that are about to.
		for (int i = 0; i < WORKERS && n == 10; i++)
			pthread_create(&reader[i].thread, NULL, reader_main, &reader[i]);
		for (int i = 0; i < WORKERS && n == 20; i++)
			while (!atomic_load(&reader[i].pipeline.running))
				sched_yield();
		object_destroy(swap_publish(&swap, object_make(n), workers, WORKERS));
	}
	for (int i = 0; i < WORKERS; i++) {
		pipeline_stop(&reader[i].pipeline);
		pthread_join(reader[i].thread, NULL);
		assert_int_equal(reader[i].wrong, 0);
		assert_int_equal(reader[i].back, 0);
		assert_true(reader[i].last > 1);
	}
	// And the last ones workers that have ended.
	object_destroy(swap_publish(&swap, object_make(SWAPS), workers, WORKERS));
	object_destroy(swap_read(&swap));
	for (int i = 0; i < WORKERS; i++)
		pipeline_fini(&reader[i].pipeline);
}

static void test_publish_gives_back_what_was_there(void **state)
{
	struct swap swap;
	int a, b;

	swap_init(&swap, &a);
	assert_ptr_equal(swap_read(&swap), &a);
	assert_ptr_equal(swap_publish(&swap, &b, NULL, 0), &a);
	assert_ptr_equal(swap_read(&swap), &b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_publish_gives_back_what_was_there),
	        cmocka_unit_test(test_nobody_reads_what_was_given_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

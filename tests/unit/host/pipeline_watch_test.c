// pipeline_watch: what watches see of packets, and that the stack gets them all the same.
#include "harness.h"

#include "core/host/pipeline.h"

static struct pipeline pipeline;
static unsigned inputs;

static unsigned receive(struct netif *netif, unsigned queue, struct pkt **pkts, unsigned n)
{
	for (unsigned i = 0; i < 3; i++)
		pkts[i] = harness_pkt("0123456789", 1 + i);
	return 3;
}

static const struct netif_ops ops = {.rx_burst = receive};

static void swallow(void *ctx, struct pkt **pkts, unsigned n, mono_t now)
{
	assert_ptr_equal(ctx, &inputs);
	inputs += n;
	for (unsigned i = 0; i < n; i++)
		pkt_put(pkts[i]);
}

static void see(void *ctx, struct pkt *const *pkts, unsigned n, mono_t now)
{
	assert_int_equal(now.us, 77);
	for (unsigned i = 0; i < n; i++)
		*(unsigned *)ctx += pkts[i]->len;
}

// Whichever of two comes and goes.
static void test_watches_see_packets(void **state)
{
	static const struct {
		int add, del; // a watch, or -1
		bool sees[2];
	} steps[] = {{-1, -1, {false, false}}, {0, -1, {true, false}}, {1, -1, {true, true}},
	             {-1, 0, {false, true}},   {-1, 0, {false, true}}, {0, 1, {true, false}},
	             {-1, 0, {false, false}}};
	struct netif netif = {.ops = &ops, .queues = 1}, *netifs[] = {&netif};
	unsigned seen[2] = {0, 0}, wanted[2] = {0, 0};
	struct pipeline_watch watch[2] = {{.fn = see, .ctx = &seen[0]},
	                                  {.fn = see, .ctx = &seen[1]}};

	inputs = 0;
	assert_int_equal(pipeline_init(&pipeline, 0, IDLE_SPIN, netifs, 1, &harness_metric), 0);
	pipeline_attach(&pipeline, swallow, NULL, NULL, &inputs);
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		if (steps[i].add >= 0)
			pipeline_watch_add(&pipeline, &watch[steps[i].add]);
		if (steps[i].del >= 0)
			pipeline_watch_del(&pipeline, &watch[steps[i].del]);
		pipeline_turn_at(&pipeline, (mono_t){77});
		assert_int_equal(inputs, 3 * (i + 1));
		for (unsigned k = 0; k < 2; k++) {
			wanted[k] += steps[i].sees[k] ? 1 + 2 + 3 : 0;
			assert_int_equal(seen[k], wanted[k]);
		}
	}
	pipeline_fini(&pipeline);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        POOL_TEST(test_watches_see_packets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

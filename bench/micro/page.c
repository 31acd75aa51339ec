// page: what it costs to take a page from a pool and give it back, in the orders in
// which workers and devices do.
#include "measure.h"

#include "core/pkt.h"

#define PAGES  1024
#define ITEMS  1024
#define SLICES 64
#define BURST  32
#define RING   512

struct bench {
	struct page_array array;
	struct pkt *posted[RING];
	unsigned head;
};

static void run_single(void *ctx, unsigned slice)
{
	struct bench *bench = ctx;

	for (unsigned i = 0; i < ITEMS; i++)
		pkt_put(pkt_alloc(&bench->array.pool));
}

static void run_burst(void *ctx, unsigned slice)
{
	struct bench *bench = ctx;
	struct pkt *burst[BURST];

	for (unsigned i = 0; i < ITEMS; i += BURST) {
		for (unsigned k = 0; k < BURST; k++)
			burst[k] = pkt_alloc(&bench->array.pool);
		for (unsigned k = 0; k < BURST; k++)
			pkt_put(burst[k]);
	}
}

// Each page that comes is the one that was posted longest ago.
static void run_ring(void *ctx, unsigned slice)
{
	struct bench *bench = ctx;

	for (unsigned i = 0; i < ITEMS; i++) {
		struct pkt **slot = &bench->posted[bench->head++ % RING];
		struct pkt *pkt = *slot;

		*slot = pkt_alloc(&bench->array.pool);
		pkt_put(pkt);
	}
}

int main(int argc, char **argv)
{
	static const struct measure_about about = {
	        .bench = "page",
	        .text = "Measures taking a page from an array pool and giving it back. Kinds: "
	                "single\n"
	                "(one page again and again), burst-32 (32 taken, then 32 given back),\n"
	                "ring-512 (through a ring as long as a NIC's).\n",
	        .item = "page",
	};
	struct measure_case c = {.slices = SLICES, .items = ITEMS};
	static struct measure measure;
	static struct bench bench;

	measure_open(&measure, &about, argv);
	if (page_array_open(&bench.array, PAGES))
		measure_fail("page: memory is too short for %u pages", PAGES);
	for (unsigned i = 0; i < RING; i++)
		bench.posted[i] = pkt_alloc(&bench.array.pool);
	c.ctx = &bench;
	c.kind = "single";
	c.run = run_single;
	measure_run(&measure, &c);
	c.kind = "burst-32";
	c.run = run_burst;
	measure_run(&measure, &c);
	c.kind = "ring-512";
	c.run = run_ring;
	measure_run(&measure, &c);
	for (unsigned i = 0; i < RING; i++)
		pkt_put(bench.posted[i]);
	page_array_close(&bench.array);
	measure_close(&measure);
	return 0;
}

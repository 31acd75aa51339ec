// pkt: what the operations on a packet cost: moving its start over headers, references,
// drops, copies.
#include "measure.h"

#include "core/pkt.h"

#include <stdlib.h>
#include <string.h>

#define PAGES   64
#define ITEMS   1024
#define SLICES  64
#define HEADERS 42 // Ethernet, IPv4, UDP
#define SHORT   90
#define LONG    1400

struct bench {
	struct page_array array;
	struct worker_metric *metric;
	struct pkt *burst[PAGES / 2];
};

static struct pkt *at(struct bench *bench, unsigned i)
{
	return bench->burst[i % ARRAY_LEN(bench->burst)];
}

static void run_headers(void *ctx, unsigned slice)
{
	for (unsigned i = 0; i < ITEMS; i++) {
		struct pkt *pkt = at(ctx, i);

		pkt_pull(pkt, HEADERS);
		memset(pkt_push(pkt, HEADERS), 0, HEADERS);
	}
}

static void run_references(void *ctx, unsigned slice)
{
	for (unsigned i = 0; i < ITEMS; i++)
		pkt_put(pkt_get(at(ctx, i)));
}

static void run_drop(void *ctx, unsigned slice)
{
	struct bench *bench = ctx;

	for (unsigned i = 0; i < ITEMS; i++)
		pkt_drop(bench->metric, pkt_alloc(&bench->array.pool), DROP_ETH_SHORT);
}

static void run_copy(void *ctx, unsigned slice)
{
	struct bench *bench = ctx;

	for (unsigned i = 0; i < ITEMS; i++) {
		struct pkt *copy = pkt_copy(&bench->array.pool, at(bench, i));

		if (copy)
			pkt_put(copy);
	}
}

static void measure_copy(struct measure *measure, struct bench *bench, const char *kind,
                         uint16_t len)
{
	for (unsigned i = 0; i < ARRAY_LEN(bench->burst); i++)
		pkt_set_len(bench->burst[i], len);
	measure_run(measure, &(struct measure_case){.kind = kind,
	                                            .slices = SLICES,
	                                            .items = ITEMS,
	                                            .run = run_copy,
	                                            .ctx = bench});
}

int main(int argc, char **argv)
{
	static const struct measure_about about = {
	        .bench = "pkt",
	        .text = "Measures operations on packets of a pool of 64 pages. Kinds: headers "
	                "(pull 42\n"
	                "bytes, push and clear them), references (get, put), drop (alloc, count,\n"
	                "put), copy-90 and copy-1400 (into another page of the pool, put).\n",
	        .item = "packet",
	};
	struct measure_case c = {.slices = SLICES, .items = ITEMS};
	static struct measure measure;
	static struct bench bench;

	measure_open(&measure, &about, argv);
	bench.metric = measure_alloc(sizeof(*bench.metric));
	memset(bench.metric, 0, sizeof(*bench.metric));
	if (page_array_open(&bench.array, PAGES))
		measure_fail("pkt: memory is too short for %u pages", PAGES);
	for (unsigned i = 0; i < ARRAY_LEN(bench.burst); i++) {
		bench.burst[i] = pkt_alloc(&bench.array.pool);
		pkt_set_len(bench.burst[i], SHORT);
	}
	c.ctx = &bench;
	c.kind = "headers";
	c.run = run_headers;
	measure_run(&measure, &c);
	c.kind = "references";
	c.run = run_references;
	measure_run(&measure, &c);
	c.kind = "drop";
	c.run = run_drop;
	measure_run(&measure, &c);
	measure_copy(&measure, &bench, "copy-90", SHORT);
	measure_copy(&measure, &bench, "copy-1400", LONG);
	for (unsigned i = 0; i < ARRAY_LEN(bench.burst); i++)
		pkt_put(bench.burst[i]);
	page_array_close(&bench.array);
	free(bench.metric);
	measure_close(&measure);
	return 0;
}

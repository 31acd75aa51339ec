// sdn_paths: what a controller of 1,000 switches computes when links change: the spanning tree, all
// shortest paths, and those that one link concerns that fails, then returns. Switches have eight
// links each, to random others.
#include "measure.h"

#include "core/rand.h"
#include "proto/sdn/sdn_path.h"
#include "proto/sdn/sdn_tree.h"

#define SWITCHES 1000
#define CABLES   4000
#define SLICES   4
#define TREES    16 // of a slice

struct cable {
	uint16_t a, b;
};

struct bench {
	struct cable cable[CABLES];
	struct sdn_graph whole, other, lacking[SLICES]; // other: of the latter half of the cables
	struct sdn_tree tree;
	struct sdn_path path;
	uint64_t reported;
};

static void graph_open(struct sdn_graph *graph)
{
	if (sdn_graph_open(graph, SWITCHES, 2 * CABLES))
		measure_fail("sdn_paths: not enough memory");
}

// The cables from `from` on, without one.
static void graph_fill(struct bench *bench, struct sdn_graph *graph, uint32_t from,
                       uint32_t without)
{
	graph_open(graph);
	sdn_graph_clear(graph);
	for (uint32_t at = 0; at < SWITCHES; at++) {
		sdn_graph_add_switch(graph, at + 1);
		for (uint32_t i = from; i < CABLES; i++) {
			struct cable cable = bench->cable[i];
			uint32_t port = 2 * i + (cable.a != at);

			if (i != without && (cable.a == at || cable.b == at))
				sdn_graph_add_arc(graph,
				                  &(struct sdn_arc){
				                          .port = port,
				                          .peer = port ^ 1,
				                          .port_number = port,
				                          .to = cable.a == at ? cable.b : cable.a,
				                  });
		}
	}
}

static void bench_open(struct bench *bench)
{
	struct rand rand;

	rand_init(&rand, 1);
	for (uint32_t i = 0; i < CABLES; i++) {
		uint16_t a = (uint16_t)rand_below(&rand, SWITCHES);

		bench->cable[i].a = a;
		bench->cable[i].b =
		        (uint16_t)((a + 1 + rand_below(&rand, SWITCHES - 1)) % SWITCHES);
	}
	graph_fill(bench, &bench->whole, 0, CABLES);
	graph_fill(bench, &bench->other, CABLES / 2, CABLES);
	for (uint32_t i = 0; i < SLICES; i++)
		graph_fill(bench, &bench->lacking[i], 0, (uint32_t)rand_below(&rand, CABLES));
	if (sdn_tree_open(&bench->tree, SWITCHES, 2 * CABLES) ||
	    sdn_path_open(&bench->path, SWITCHES, 2 * CABLES))
		measure_fail("sdn_paths: not enough memory");
}

static void changed(void *ctx, uint32_t from, uint32_t to)
{
	uint64_t *reported = ctx;

	++*reported;
}

static void pass(struct bench *bench, const struct sdn_graph *graph)
{
	sdn_path_begin(&bench->path, graph);
	sdn_path_step(&bench->path, SWITCHES, changed, &bench->reported);
}

static void run_tree(void *ctx, unsigned slice)
{
	struct bench *bench = ctx;

	for (unsigned i = 0; i < TREES; i++)
		sdn_tree_build(&bench->tree, i % 2 ? &bench->whole : &bench->lacking[slice]);
}

// From one network to another that has half of its links, and back.
static void run_all(void *ctx, unsigned slice)
{
	struct bench *bench = ctx;

	pass(bench, &bench->other);
	pass(bench, &bench->whole);
}

static void run_link(void *ctx, unsigned slice)
{
	struct bench *bench = ctx;

	pass(bench, &bench->lacking[slice]);
	pass(bench, &bench->whole);
}

int main(int argc, char **argv)
{
	static const struct measure_about about = {
	        .bench = "sdn_paths",
	        .text = "Measures what a controller computes for a network of 1,000 switches with\n"
	                "4,000 links. Kinds are tree, a spanning tree; all, the paths between all\n"
	                "switches; and link, those that the loss or return of one link concerns.\n",
	        .item = "change",
	};
	static struct measure measure;
	static struct bench bench;

	measure_open(&measure, &about, argv);
	bench_open(&bench);
	pass(&bench, &bench.whole);
	measure_run(&measure, &(struct measure_case){
	                              .kind = "tree",
	                              .slices = SLICES,
	                              .items = TREES,
	                              .run = run_tree,
	                              .ctx = &bench,
	                      });
	measure_run(&measure, &(struct measure_case){
	                              .kind = "all",
	                              .slices = SLICES,
	                              .items = 2,
	                              .run = run_all,
	                              .ctx = &bench,
	                      });
	measure_run(&measure, &(struct measure_case){
	                              .kind = "link",
	                              .slices = SLICES,
	                              .items = 2,
	                              .run = run_link,
	                              .ctx = &bench,
	                      });
	measure_close(&measure);
	return 0;
}

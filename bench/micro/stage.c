// stage: what the worker's loop costs by itself: a pipeline whose only stage sends each
// packet back as it came.
#include "lab.h"
#include "measure.h"

#include <stdlib.h>
#include <string.h>

#define FRAMES (16 * LAB_SLICE)
#define PORT   7

struct bench {
	struct lab lab;
	struct lab_frame *frames;
};

static void pass(void *ctx, struct pkt **pkts, unsigned n, mono_t now)
{
	struct lab *lab = ctx;

	for (unsigned i = 0; i < n; i++)
		batch_add(&lab->pipeline.iface[0].out, &lab->metric, pkts[i]);
}

static void run_burst(void *ctx, unsigned slice)
{
	struct bench *bench = ctx;

	lab_run(&bench->lab, bench->frames + slice * LAB_SLICE, LAB_SLICE);
}

static void run_burst_device(void *ctx, unsigned slice)
{
	struct bench *bench = ctx;

	lab_run_device(&bench->lab, bench->frames + slice * LAB_SLICE, LAB_SLICE);
}

static void run_single(void *ctx, unsigned slice)
{
	struct bench *bench = ctx;

	for (unsigned i = 0; i < LAB_SLICE; i++)
		lab_run(&bench->lab, bench->frames + slice * LAB_SLICE + i, 1);
}

static void run_single_device(void *ctx, unsigned slice)
{
	struct bench *bench = ctx;

	for (unsigned i = 0; i < LAB_SLICE; i++)
		lab_run_device(&bench->lab, bench->frames + slice * LAB_SLICE + i, 1);
}

static void run_idle(void *ctx, unsigned slice)
{
	struct bench *bench = ctx;

	for (unsigned i = 0; i < LAB_SLICE; i++)
		pipeline_turn_at(&bench->lab.pipeline, bench->lab.now);
}

int main(int argc, char **argv)
{
	static const struct measure_about about = {
	        .bench = "stage",
	        .text = "Measures the worker's loop alone: packets are received, counted and sent "
	                "back.\n"
	                "Kinds: burst-32 (a packet of a full burst), burst-1 (one packet a turn), "
	                "idle\n"
	                "(a turn without packets). The device's part is taken off.\n",
	        .item = "packet or turn",
	};
	struct measure_case c = {.slices = FRAMES / LAB_SLICE, .items = LAB_SLICE};
	static struct measure measure;
	static struct lab_device device;
	static struct bench bench;
	struct rand rand;

	measure_open(&measure, &about, argv);
	lab_device_open(&device, 1);
	lab_open(&bench.lab, &device, 0);
	pipeline_attach(&bench.lab.pipeline, pass, NULL, NULL, &bench.lab);
	bench.frames = measure_alloc(FRAMES * sizeof(*bench.frames));
	rand_init(&rand, 1);
	for (unsigned i = 0; i < FRAMES; i++)
		lab_frame_build(&bench.frames[i], &rand, false, PORT, "packet", 6);
	c.ctx = &bench;
	c.kind = "burst-32";
	c.run = run_burst;
	c.bare = run_burst_device;
	measure_run(&measure, &c);
	c.kind = "burst-1";
	c.run = run_single;
	c.bare = run_single_device;
	measure_run(&measure, &c);
	c.kind = "idle";
	c.run = run_idle;
	c.bare = NULL;
	measure_run(&measure, &c);
	free(bench.frames);
	lab_close(&bench.lab);
	lab_device_close(&device);
	measure_close(&measure);
	return 0;
}

// udp_echo: a datagram's way from a page through the pipeline and the stack to the
// reply, with an application that sends it back: what the network costs any appliance.
#include "lab.h"
#include "measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FRAMES    (16 * LAB_SLICE)
#define ECHO_PORT 7

struct echo {
	struct lab *lab;
	struct lab_frame *frames;
};

static void echo(void *ctx, struct udp_dgram *dgrams, unsigned n, mono_t now)
{
	for (unsigned i = 0; i < n; i++)
		dgrams[i].reply_len = dgrams[i].len;
}

static void run(void *ctx, unsigned slice)
{
	struct echo *e = ctx;

	lab_run(e->lab, e->frames + slice * LAB_SLICE, LAB_SLICE);
}

static void run_device(void *ctx, unsigned slice)
{
	struct echo *e = ctx;

	lab_run_device(e->lab, e->frames + slice * LAB_SLICE, LAB_SLICE);
}

static void measure_size(struct measure *measure, struct lab *lab, bool ipv6, unsigned bytes)
{
	struct echo e = {lab, measure_alloc(FRAMES * sizeof(*e.frames))};
	uint8_t payload[LAB_FRAME_MAX];
	struct rand rand;
	char kind[32];
	size_t len;

	rand_init(&rand, 1);
	memset(payload, 'e', sizeof(payload));
	for (unsigned i = 0; i < FRAMES; i++)
		lab_frame_build(&e.frames[i], &rand, ipv6, ECHO_PORT, payload, bytes);
	lab_ask(lab, &e.frames[0], &len);
	if (len != bytes)
		measure_fail("udp_echo: %zu bytes came back of %u", len, bytes);
	snprintf(kind, sizeof(kind), "ipv%c-%u", ipv6 ? '6' : '4', bytes);
	measure_run(measure, &(struct measure_case){.kind = kind,
	                                            .slices = FRAMES / LAB_SLICE,
	                                            .items = LAB_SLICE,
	                                            .run = run,
	                                            .bare = run_device,
	                                            .ctx = &e});
	free(e.frames);
}

int main(int argc, char **argv)
{
	static const struct measure_about about = {
	        .bench = "udp_echo",
	        .text = "Measures a UDP datagram's way from a page through pipeline and stack to "
	                "the\n"
	                "reply, in bursts of 32, with an application that sends it back. Kinds "
	                "are\n"
	                "ipv4-BYTES and ipv6-BYTES of payload. The device's part is taken off.\n",
	        .item = "datagram",
	};
	static const unsigned sizes[] = {16, 64};
	static const struct udp_listener_conf listener = {.port = ECHO_PORT, .fn = echo};
	static struct measure measure;
	static struct lab_device device;
	static struct lab lab;

	measure_open(&measure, &about, argv);
	lab_device_open(&device, 1);
	lab_open(&lab, &device, 0);
	if (udp_listen(stack_udp(lab.stack), &listener, NULL))
		measure_fail("udp_echo: the port cannot be listened at");
	for (unsigned i = 0; i < 2 * ARRAY_LEN(sizes); i++)
		measure_size(&measure, &lab, i % 2, sizes[i / 2]);
	lab_close(&lab);
	lab_device_close(&device);
	measure_close(&measure);
	return 0;
}

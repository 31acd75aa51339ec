// cksum: the Internet checksum's sum by the number of bytes.
#include "measure.h"

#include "proto/tcpip/cksum.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ITEMS  1024
#define SLICES 64
#define SPOTS  16 // of the bytes, so that they are in the first cache but not always the same
#define STRIDE 2048

struct bench {
	uint8_t *bytes;
	size_t len;
	be16_t sink;
};

static void run(void *ctx, unsigned slice)
{
	struct bench *bench = ctx;

	for (unsigned i = 0; i < ITEMS; i++) {
		const uint8_t *from = bench->bytes + i % SPOTS * STRIDE;

		bench->sink = cksum_finish(cksum_add((cksum_t){bench->sink.be}, from, bench->len));
	}
}

int main(int argc, char **argv)
{
	static const struct measure_about about = {
	        .bench = "cksum",
	        .text = "Measures the Internet checksum of bytes in the first cache. Kinds are "
	                "their\n"
	                "number: 20 is an IPv4 header, 60 a query, 1472 the largest datagram.\n",
	        .item = "checksum",
	};
	static const unsigned lens[] = {20, 60, 120, 512, 1472};
	static struct measure measure;
	struct bench bench;
	char kind[16];

	measure_open(&measure, &about, argv);
	bench.sink = be16(0);
	bench.bytes = measure_alloc(SPOTS * STRIDE);
	memset(bench.bytes, 0x5a, SPOTS * STRIDE);
	for (size_t i = 0; i < ARRAY_LEN(lens); i++) {
		bench.len = lens[i];
		snprintf(kind, sizeof(kind), "%u", lens[i]);
		measure_run(&measure, &(struct measure_case){.kind = kind,
		                                             .slices = SLICES,
		                                             .items = ITEMS,
		                                             .run = run,
		                                             .ctx = &bench});
	}
	free(bench.bytes);
	measure_close(&measure);
	return 0;
}

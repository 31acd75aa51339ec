// A frame: what the filter reads of it is inside of it, and its line is one line of printable
// text.
#include "apps/ctl/packet_line.h"
#include "core/pkt_filter.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_inside(struct span part, struct span frame)
{
	if (part.p && (part.p < frame.p || part.p > part.end || part.end != frame.end))
		abort();
}

static void check_match(struct span frame)
{
	struct pkt_filter filter = {.hosts_len = 0};
	struct pkt_ends ends;

	if (!pkt_filter_add_name(&filter, (const uint8_t *)"", 1))
		abort();
	pkt_filter_ends(&ends, frame);
	check_inside(ends.l3, frame);
	check_inside(ends.l4, frame);
	check_inside(ends.payload, frame);
	// A question is in a payload.
	if (pkt_filter_match(&filter, frame) &&
	    (!ends.payload.p || pkt_filter_misses(&filter, frame.p, span_left(&frame))))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct packet packet;
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	packet = (struct packet){.port = "net0",
	                         .verdict = "taken",
	                         .frame_len = (uint32_t)size,
	                         .bytes = span_of(data, size)};
	check_match(packet.bytes);
	packet_line(&packet, out);
	fclose(out);
	if (len == 0 || text[len - 1] != '\n')
		abort();
	for (size_t i = 0; i < len - 1; i++)
		if (text[i] < ' ' || text[i] > '~')
			abort();
	free(text);
	return 0;
}

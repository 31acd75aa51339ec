// What wadi-ofp reads: a capture, whose messages lie within it and have the length that they say;
// or text, that holds no more bytes than half of its digits.
#include "apps/ofp/hex.h"
#include "apps/ofp/streams.h"
#include "proto/openflow/of_wire.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void message(void *ctx, const struct streams_message *m)
{
	(void)ctx;
	if (m->len < sizeof(struct of_hdr) || of_hdr_message_len(m->bytes, m->len) != m->len)
		abort();
}

static void remark(void *ctx, const struct streams_message *m, const char *sentence)
{
	(void)ctx, (void)m;
	if (!*sentence)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct streams_calls calls = {message, remark, NULL};
	uint8_t *room = malloc(size / 2 + 1);
	struct fill out = fill_of(room, size / 2);
	struct why why;

	(void)!streams_read(data, size, 0, &calls, &why);
	if (hex_read((const char *)data, size, &out, &why) == 0 && out.bad)
		abort();
	free(room);
	return 0;
}

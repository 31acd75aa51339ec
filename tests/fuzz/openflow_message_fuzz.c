// A message: whatever decodes is encoded, and that decodes to what is encoded to the same bytes.
// All of it is printed, so that each item of each list is read.
#include "proto/openflow/of_print.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t once[OF_MESSAGE_MAX_BYTES], twice[OF_MESSAGE_MAX_BYTES];
static char text[OF_PRINT_BYTES];

// Bytes into `to`; what was decoded once is always expressible in its own version.
static size_t encode(const uint8_t *data, size_t size, uint8_t *to)
{
	struct fill out = fill_of(to, OF_MESSAGE_MAX_BYTES);
	struct of_msg msg;

	if (of_decode(&msg, data, size, NULL) != OF_FAULT_NONE)
		return 0;
	if (of_encode(&msg, &out) != OF_FAULT_NONE)
		abort();
	return fill_len(&out);
}

// In the other versions: encoded and decoded again, or refused.
static void convert(const uint8_t *data, size_t size)
{
	static const uint8_t versions[] = {OF10, OF13, OF14, OF15};
	struct of_msg msg, read;

	for (unsigned i = 0; i < ARRAY_LEN(versions); i++) {
		struct fill out = fill_of(twice, sizeof(twice));

		if (of_decode(&msg, data, size, NULL) != OF_FAULT_NONE)
			return;
		msg.version = versions[i];
		if (of_encode(&msg, &out) == OF_FAULT_NONE &&
		    of_decode(&read, twice, fill_len(&out), NULL) != OF_FAULT_NONE)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fill out = fill_of(text, sizeof(text));
	size_t len;

	if (size > OF_MESSAGE_MAX_BYTES)
		return 0;
	of_print(&out, data, size);
	len = encode(data, size, once);
	if (len && (encode(once, len, twice) != len || memcmp(once, twice, len)))
		abort();
	convert(data, size);
	return 0;
}

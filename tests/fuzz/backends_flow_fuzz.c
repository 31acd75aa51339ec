// Frames from hostile bytes: the queue they are steered to hangs on nothing that
// lies behind their end.
#include "backends/mem/flow.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *longer = malloc(size + 64);
	uint32_t hash = flow_hash(data, size);

	memcpy(longer, data, size);
	memset(longer + size, 0xa5, 64);
	assert(flow_hash(longer, size) == hash);
	free(longer);
	return 0;
}

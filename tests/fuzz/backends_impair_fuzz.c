// The text of an impairment from hostile characters: what is accepted is within
// its bounds and names a device in the text, what is refused says why.
#include "backends/mem/impair.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);
	struct impair_conf conf;
	const char *device;
	struct why why = {""};

	if (!text)
		abort();
	if (!impair_is(text)) {
		free(text);
		return 0;
	}
	if (impair_parse(text, &conf, &device, &why) == 0) {
		assert(device > text && *device && device < text + strlen(text));
		assert(conf.loss_q32 <= UINT64_C(1) << 32 && conf.dup_q32 <= UINT64_C(1) << 32);
		assert(conf.corrupt_q32 <= UINT64_C(1) << 32);
		assert(conf.reorder_q32 <= UINT64_C(1) << 32);
		assert(conf.limit >= 1 && conf.limit <= IMPAIR_LIMIT_MAX);
		assert(conf.delay_us <= 60 * SEC_US && conf.queue_us <= 60 * SEC_US);
		assert(conf.rate_bps <= UINT64_C(100000000000));
	} else {
		assert(*why.text);
	}
	free(text);
	return 0;
}

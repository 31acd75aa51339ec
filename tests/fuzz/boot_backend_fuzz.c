// boot_backend: device strings of the configuration, told apart by their kind.
// What is accepted points into the string, what is refused says why.
#include "apps/boot/backend.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);
	struct backend_conf conf = {.device = text};
	struct backend_device device;
	struct why why = {""};

	if (!text)
		abort();
	if (backend_parse(text, &device, &why) == 0) {
		const char *end = text + strlen(text);

		assert(device.text >= text && device.words > device.text && device.words < end);
		assert(device.words[-1] == ':' && device.impaired == (device.text != text));
		assert(backend_any_dpdk(&conf, 1) == (device.backend == BACKEND_DPDK));
	} else {
		assert(*why.text && !backend_any_dpdk(&conf, 1));
	}
	free(text);
	return 0;
}

// boot_backends: device strings of the configuration, told apart by their kind.
// What is accepted points into the string, what is refused says why.
#include "apps/boot/backends.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);
	struct backends_device device;
	struct why why = {""};

	if (!text)
		abort();
	if (backends_parse(text, &device, &why) == 0) {
		const struct backend_conf *conf = &device.conf;
		const char *end = text + strlen(text);

		assert(conf->device >= text && conf->device < end);
		assert(device.impaired == (conf->device != text));
		assert(*conf->argument && strstr(conf->device, conf->argument));
	} else {
		assert(*why.text);
	}
	free(text);
	return 0;
}

// dpdk_device: device strings on their way to DPDK, whose arguments are cut at
// commas: none may be smuggled in, and nothing may be cut short.
#include "backends/dpdk/device.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_limits(const struct device *device)
{
	const struct device_options *options = &device->options;

	if (device->kind == DEVICE_MEMIF) {
		assert(options->role <= DEVICE_CLIENT && options->id <= UINT32_MAX);
		assert(options->ring >= 5 && options->ring <= 14);
		assert(options->bsize >= 256 && options->bsize <= 65535);
	}
	assert(!(options->mac[0] & 1));
}

static void check_words(const struct device *device)
{
	char args[DEVICE_ARGS_BYTES], name[64];
	uint8_t mac[6];

	assert(*device->name && !strchr(device->name, ',') && !strchr(device->out, ','));
	assert((*device->out != '\0') == (device->kind == DEVICE_PCAP));
	device_args(device, args, sizeof(args));
	device_name(device, UINT32_MAX, name, sizeof(name));
	assert(*name && strlen(name) < sizeof(name) - 1 && strlen(args) < sizeof(args) - 1);
	device_mac(device, "host", mac);
	assert((mac[0] & 3) == 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);
	static const struct backend backend = {.kinds = device_kinds};
	struct backend_conf conf;
	struct device device;
	struct why sentence = {""};
	int err;

	if (!text)
		abort();
	err = backend_conf_parse(&conf, &backend, text, &sentence);
	if (err == 0) {
		device_init(&device, &conf);
		check_limits(&device);
		check_words(&device);
	} else {
		assert(err == -ENOENT ? !*sentence.text : *sentence.text != 0);
	}
	free(text);
	return 0;
}

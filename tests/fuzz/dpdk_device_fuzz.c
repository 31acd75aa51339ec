// dpdk_device: device strings on their way to DPDK, whose arguments are cut at
// commas: none may be smuggled in, and nothing may be cut short.
#include "backends/dpdk/device.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_limits(const struct device *device)
{
	assert(device->start <= 1023 && device->busy <= 1024 && device->copy <= 1);
	assert(device->frames >= 64 && device->frames <= 65536 && device->bypass <= 1);
	assert(device->client <= 1 && device->ring >= 5 && device->ring <= 14);
	assert(device->bsize >= 256 && device->bsize <= 65535);
	assert(!(device->mac[0] & 1));
}

static void check_words(const struct device *device)
{
	char args[DEVICE_ARGS_BYTES], name[64];
	uint8_t mac[6];

	assert(*device->name && !strchr(device->name, ',') && !strchr(device->out, ','));
	assert((*device->out != '\0') == (device->kind == DEVICE_PCAP));
	device_args(device, UINT32_MAX, UINT32_MAX, args, sizeof(args));
	device_name(device, UINT32_MAX, name, sizeof(name));
	assert(*name && strlen(name) < sizeof(name) - 1 && strlen(args) < sizeof(args) - 1);
	device_mac(device, "host", mac);
	assert((mac[0] & 3) == 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);
	struct device device;
	struct why sentence = {""};

	if (!text)
		abort();
	if (device_parse(text, &device, &sentence) == 0) {
		check_limits(&device);
		check_words(&device);
	} else {
		assert(*sentence.text);
	}
	free(text);
	return 0;
}

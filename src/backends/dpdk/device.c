// device: see the header. Kinds and options are declared once, in tables.
#include "backends/dpdk/device.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#define SOCKET_PATH_MAX (sizeof(((struct sockaddr_un *)0)->sun_path) - 1)
#define VDEV_NAME_MAX   32 // less than RTE_DEV_NAME_MAX_LEN

// What the drivers call their devices.
static const char *const vdevs[] = {
        [DEVICE_MEMIF] = "net_memif",
        [DEVICE_PCAP] = "net_pcap",
};

static const char *const roles[] = {[DEVICE_SERVER] = "server", [DEVICE_CLIENT] = "client", NULL};

#define OPTION(member) offsetof(struct device_options, member)
#define MAC_KEY                                                                                    \
	{                                                                                          \
		"mac", OPTION_MAC, OPTION(mac),                                                    \
		        .help = "Our Ethernet address; made from the name when not given."         \
	}

static const struct option_key memif_keys[] = {
        {"role", OPTION_CHOICE, OPTION(role), DEVICE_SERVER, .choices = roles,
         .help = "Which side makes the socket (server)."},
        {"id", OPTION_NUMBER, OPTION(id), .max = UINT32_MAX,
         .help = "Number of the link, equal on both sides (0)."},
        {"ring", OPTION_NUMBER, OPTION(ring), 11, 5, 14,
         .help = "log2 of the slots of a ring (11: 2048 frames, 4 MiB each way and worker)."},
        {"bsize", OPTION_NUMBER, OPTION(bsize), 2048, 256, 65535,
         .help = "Bytes of a slot's buffer (2048)."},
        MAC_KEY,
        {0},
};

#define TABLE(keys) (&(const struct option_table){sizeof(struct device_options), keys})

static int check_socket(const struct backend_conf *conf, struct why *why)
{
	if (!strchr(conf->argument, '/'))
		return why_fail(why, -EINVAL, "names a socket without a slash; write ./%.40s",
		                conf->argument);
	if (strlen(conf->argument) <= SOCKET_PATH_MAX)
		return 0;
	return why_fail(why, -EINVAL, "names a socket whose path is longer than %zu bytes",
	                SOCKET_PATH_MAX);
}

// DDDD:BB:DD.F in hexadecimal digits.
static int check_pci(const struct backend_conf *conf, struct why *why)
{
	static const char form[] = "xxxx:xx:xx.x";

	for (size_t i = 0; i < sizeof(form); i++) {
		char c = conf->argument[i];

		if (form[i] == 'x' ? !isxdigit((unsigned char)c) : c != form[i])
			return why_fail(why, -EINVAL,
			                "names \"%s\", which is not a PCI address such as "
			                "0000:01:00.0",
			                conf->argument);
	}
	return 0;
}

// net_DRIVERn, as DPDK finds a driver by the name.
static int check_vdev(const struct backend_conf *conf, struct why *why)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
	size_t len = strlen(conf->argument);

	if (strncmp(conf->argument, "net_", 4) == 0 && len > 5 && len < VDEV_NAME_MAX &&
	    strspn(conf->argument, letters) == len &&
	    isdigit((unsigned char)conf->argument[len - 1]))
		return 0;
	return why_fail(why, -EINVAL,
	                "names \"%.40s\", which is not a driver of DPDK's and a number, such as "
	                "net_virtio_user0",
	                conf->argument);
}

const struct backend_kind device_kinds[] = {
        [DEVICE_MEMIF] = {"memif", "SOCKET",
                          "shared memory to another process, which spreads flows over as many "
                          "queues as there are workers",
                          TABLE(memif_keys), .socket = true, .check = check_socket},
        [DEVICE_PCAP] = {"pcap", "IN,OUT", "reads one captured file, writes another"},
        [DEVICE_PCI] = {"pci", "DDDD:BB:DD.F", "a NIC bound to vfio-pci or uio, by its DPDK driver",
                        .driver_options = true, .check = check_pci},
        [DEVICE_VDEV] = {"vdev", "net_DRIVERn",
                         "a virtual device of DPDK's, such as net_virtio_user0 at Open vSwitch's "
                         "vhost-user socket",
                         .driver_options = true, .check = check_vdev},
        {0},
};

void device_init(struct device *device, const struct backend_conf *conf)
{
	char *comma;

	*device = (struct device){.kind = (enum device_kind)(conf->kind - device_kinds),
	                          .driver_options = conf->driver_options};
	memcpy(&device->options, conf->options, sizeof(device->options));
	memcpy(device->name, conf->argument, sizeof(device->name));
	comma = device->kind == DEVICE_PCAP ? strchr(device->name, ',') : NULL;
	if (comma) {
		*comma = '\0';
		snprintf(device->out, sizeof(device->out), "%s", comma + 1);
	}
}

void device_name(const struct device *device, unsigned index, char *text, size_t size)
{
	if (device_is_drivers(device))
		snprintf(text, size, "%s", device->name);
	else
		snprintf(text, size, "%s%u", vdevs[device->kind], index);
}

void device_args(const struct device *device, char *text, size_t size)
{
	const struct device_options *options = &device->options;

	switch (device->kind) {
	case DEVICE_MEMIF:
		snprintf(text, size,
		         "socket=%s,socket-abstract=no,role=%s,id=%" PRIu64 ",rsize=%" PRIu64
		         ",bsize=%" PRIu64,
		         device->name, roles[options->role], options->id, options->ring,
		         options->bsize);
		break;
	case DEVICE_PCAP:
		snprintf(text, size, "rx_pcap=%s,tx_pcap=%s", device->name, device->out);
		break;
	case DEVICE_PCI:
	case DEVICE_VDEV:
		snprintf(text, size, "%s", device->driver_options);
		break;
	}
}

void device_mac(const struct device *device, const char *host, uint8_t mac[6])
{
	backend_mac(host, device_kinds[device->kind].name, device->name,
	            device->options.role ^ device->options.id << 8, mac);
}

// guest_pci: see the header.
#include "apps/boot/guest_pci.h"

#include "core/host/folder.h"
#include "core/host/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DRIVER        "uio_pci_generic"
#define VENDOR_VIRTIO 0x1af4
#define NET_LEGACY    0x1000 // virtio 0.9, and devices that speak both
#define NET_MODERN    0x1041 // virtio 1.0

// Whether the kernel takes what is written to a file of that folder.
static bool file_write(int folder, const char *name, const char *text)
{
	ssize_t len = (ssize_t)strlen(text);
	int fd = openat(folder, name, O_WRONLY | O_CLOEXEC);
	bool taken;

	if (fd < 0)
		return false;
	taken = write(fd, text, (size_t)len) == len;
	close(fd);
	return taken;
}

// The hexadecimal number in a file of that folder; 0: there is none.
static unsigned long file_number(int folder, const char *name)
{
	char text[16] = "";
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return 0;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	close(fd);
	return strtoul(text, NULL, 16);
}

static bool is_virtio_net(int device)
{
	unsigned long model = file_number(device, "device");

	return file_number(device, "vendor") == VENDOR_VIRTIO &&
	       (model == NET_LEGACY || model == NET_MODERN);
}

static bool is_handed_over(int device)
{
	char target[256];
	ssize_t len = readlinkat(device, "driver", target, sizeof(target) - 1);
	const char *slash;

	target[len > 0 ? len : 0] = '\0';
	slash = strrchr(target, '/');
	return slash && strcmp(slash + 1, DRIVER) == 0;
}

// The override comes before the device is free: whatever asks for a driver then gets that one.
static void device_hand_over(int bus, int device, const char *address)
{
	if (!file_write(device, "driver_override", DRIVER))
		log_each(LOG_WARNING, "%s takes no driver_override: %s", address, strerror(errno));
	file_write(device, "driver/unbind", address); // of no driver there is no such file
	file_write(bus, "drivers_probe", address);
	if (!is_handed_over(device))
		log_each(LOG_WARNING, "%s has not been taken by %s, and DPDK cannot drive it",
		         address, DRIVER);
}

void guest_pci_hand_over(const char *bus)
{
	int fd = open(bus, O_RDONLY | O_DIRECTORY | O_CLOEXEC), devices;
	struct folder_list list = {0};
	char path[256];

	snprintf(path, sizeof(path), "%s/devices", bus);
	devices = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (faccessat(fd, "drivers/" DRIVER, F_OK, 0) || folder_read(path, NULL, NULL, &list))
		list.len = 0;
	for (size_t i = 0; i < list.len; i++) {
		const char *address = list.items[i]->name;
		int device = openat(devices, address, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (device < 0)
			continue;
		if (is_virtio_net(device) && !is_handed_over(device))
			device_hand_over(fd, device, address);
		close(device);
	}
	folder_free(&list);
	if (devices >= 0)
		close(devices);
	if (fd >= 0)
		close(fd);
}

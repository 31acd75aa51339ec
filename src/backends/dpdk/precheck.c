// precheck: see the header.
#include "backends/dpdk/precheck.h"

#include "backends/dpdk/memif.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HUGE_PAGE_BYTES (2048u * 1024)
#define MTU_DEFAULT     1500

static int precheck_client(const struct device *device, struct why *why)
{
	int err = memif_probe(device->name);

	if (err == -ENOENT || err == -ECONNREFUSED)
		return why_fail(why, err,
		                "memif:%s: no server listens there; start it first, or be it: "
		                "role=server",
		                device->name);
	if (err)
		return why_fail(why, err, "memif:%s: the server's socket cannot be used: %s",
		                device->name, strerror(-err));
	return 0;
}

static int precheck_memif(const struct device *device, struct why *why)
{
	char copy[BACKEND_ARGUMENT_BYTES], *dir;
	struct stat st;

	if (memif_is_client(device))
		return precheck_client(device, why);
	strcpy(copy, device->name);
	dir = dirname(copy);
	if (access(dir, R_OK | W_OK | X_OK))
		return why_fail(why, -errno,
		                "memif:%s: the socket's directory %s cannot be used (%s); make it, "
		                "or choose another",
		                device->name, dir, strerror(errno));
	// A dead socket that a killed process left is removed when the port opens.
	if (stat(device->name, &st))
		return 0;
	if (!S_ISSOCK(st.st_mode))
		return why_fail(why, -EADDRINUSE,
		                "memif:%s: a file that is no socket is there; choose another path",
		                device->name);
	if (memif_probe(device->name) == 0)
		return why_fail(why, -EADDRINUSE,
		                "memif:%s: another process listens there; choose another socket, "
		                "or role=client",
		                device->name);
	return 0;
}

static int precheck_pcap(const struct device *device, unsigned queues, struct why *why)
{
	char copy[BACKEND_ARGUMENT_BYTES], *dir;

	if (queues != 1)
		return why_fail(why, -EINVAL, "pcap:%s: captured files serve one worker, not %u",
		                device->name, queues);
	if (access(device->name, R_OK))
		return why_fail(why, -errno, "pcap:%s: the input cannot be read: %s", device->name,
		                strerror(errno));
	strcpy(copy, device->out);
	dir = dirname(copy);
	if (access(dir, W_OK | X_OK) ||
	    (access(device->out, F_OK) == 0 && access(device->out, W_OK)))
		return why_fail(why, -EACCES, "pcap: the output %s cannot be written: %s",
		                device->out, strerror(errno));
	return 0;
}

// The name of the kernel driver that the device is bound to; empty: none.
static void pci_driver(const char *address, char *name, size_t size)
{
	char path[64 + BACKEND_ARGUMENT_BYTES], target[256];
	ssize_t len;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/driver", address);
	len = readlink(path, target, sizeof(target) - 1);
	target[len > 0 ? len : 0] = 0;
	snprintf(name, size, "%s", basename(target));
	if (len <= 0)
		name[0] = 0;
}

static int precheck_pci(const struct device *device, struct why *why)
{
	char path[64 + BACKEND_ARGUMENT_BYTES], driver[64];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s", device->name);
	if (access(path, F_OK))
		return why_fail(why, -ENODEV, "pci:%s: there is no such device; see: lspci -D",
		                device->name);
	if (geteuid() != 0)
		return why_fail(why, -EPERM, "pci:%s: driving a PCI device needs root",
		                device->name);
	pci_driver(device->name, driver, sizeof(driver));
	// mlx5 works beside its kernel driver; the others need the device alone.
	if (strcmp(driver, "mlx5_core") == 0 || strcmp(driver, "vfio-pci") == 0 ||
	    strcmp(driver, "uio_pci_generic") == 0 || strcmp(driver, "igb_uio") == 0)
		return 0;
	if (access("/sys/bus/pci/drivers/vfio-pci", F_OK))
		return why_fail(why, -ENODEV,
		                "pci:%s: the kernel has no driver vfio-pci loaded; load it with: "
		                "modprobe vfio-pci, then bind the device to it",
		                device->name);
	return why_fail(why, -EBUSY,
	                "pci:%s: the device is bound to %s; give it to DPDK with: "
	                "dpdk-devbind.py --bind=vfio-pci %s",
	                device->name, *driver ? driver : "no driver", device->name);
}

int precheck_device(const struct device *device, unsigned queues, uint16_t *mtu, struct why *why)
{
	int err = 0;

	switch (device->kind) {
	case DEVICE_MEMIF:
		err = precheck_memif(device, why);
		break;
	case DEVICE_PCAP:
		err = precheck_pcap(device, queues, why);
		break;
	case DEVICE_PCI:
		err = precheck_pci(device, why);
		break;
	case DEVICE_VDEV:
		break; // what its driver needs, it says when it opens
	}
	if (*mtu == 0)
		*mtu = MTU_DEFAULT;
	return err;
}

// The number behind a word in a file of /proc or /sys; the first number of the
// file when the word is empty.
static uint64_t file_number(const char *path, const char *word)
{
	unsigned long long number = 0;
	FILE *file = fopen(path, "re");
	char line[256];

	while (file && fgets(line, sizeof(line), file))
		if (strncmp(line, word, strlen(word)) == 0) {
			number = strtoull(line + strlen(word), NULL, 10);
			break;
		}
	if (file)
		fclose(file);
	return number;
}

int precheck_memory(uint64_t bytes, bool pci, bool *huge, struct why *why)
{
	uint64_t pages = (bytes + HUGE_PAGE_BYTES - 1) / HUGE_PAGE_BYTES;
	uint64_t free_pages =
	        file_number("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "");
	uint64_t available = file_number("/proc/meminfo", "MemAvailable:") * 1024;

	*huge = free_pages >= pages;
	if (*huge)
		return 0;
	if (pci)
		return why_fail(
		        why, -ENOMEM,
		        "a PCI device needs %llu huge pages of 2 MiB and %llu are free; get "
		        "more with: sysctl vm.nr_hugepages=%llu",
		        (unsigned long long)pages, (unsigned long long)free_pages,
		        (unsigned long long)(pages - free_pages +
		                             file_number("/proc/sys/vm/nr_hugepages", "")));
	if (available < bytes)
		return why_fail(why, -ENOMEM,
		                "the ports need %llu MiB and %llu MiB of memory are free; ask for "
		                "fewer pages or workers",
		                (unsigned long long)(bytes >> 20),
		                (unsigned long long)(available >> 20));
	return 0;
}

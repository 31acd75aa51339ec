// dpdk: the order in which things are looked at, opened and closed.
#include "backends/dpdk/dpdk.h"

#include "backends/dpdk/eal.h"
#include "backends/dpdk/pool.h"
#include "backends/dpdk/port.h"
#include "backends/dpdk/precheck.h"

#include <errno.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <string.h>

// What EAL, a port's driver and its tables take beside the pools.
#define EAL_BYTES  (UINT64_C(16) << 20)
#define PORT_BYTES (UINT64_C(8) << 20)

static bool memory_huge;

static int port_plan(const struct backend_conf *from, unsigned index, struct port_conf *conf,
                     struct why *why)
{
	int err;

	*conf = (struct port_conf){.text = from->device,
	                           .index = index,
	                           .queues = from->queues,
	                           .pages = from->pages,
	                           .mtu = from->mtu};
	device_init(&conf->device, from);
	err = precheck_device(&conf->device, conf->queues, &conf->mtu, why);
	if (!from->mtu && conf->mtu > port_mtu_max(&conf->device))
		conf->mtu = port_mtu_max(&conf->device);
	return err ? err : port_check(conf, why);
}

static int dpdk_check(const struct backend_conf *conf, struct why *why)
{
	struct port_conf port;

	return port_plan(conf, 0, &port, why);
}

// Checks all devices; nothing is changed yet.
static int ports_check(const struct backend_conf *from, unsigned len, struct port_conf *confs,
                       struct why *why)
{
	int err = 0;

	for (unsigned i = 0; i < len && !err; i++)
		err = port_plan(&from[i], i, &confs[i], why);
	return err;
}

static int memory_plan(const struct port_conf *confs, unsigned len, struct eal_conf *eal,
                       struct why *why)
{
	eal->bytes = EAL_BYTES;
	for (unsigned i = 0; i < len; i++) {
		if (confs[i].device.kind == DEVICE_PCI)
			eal->pci[eal->pci_len++] = &confs[i].device;
		eal->bytes += PORT_BYTES + confs[i].queues * pool_bytes(port_pages(&confs[i]),
		                                                        port_room_bytes(&confs[i]));
	}
	return precheck_memory(eal->bytes, eal->pci_len > 0, &eal->huge, why);
}

static int ports_open(struct port_conf *confs, unsigned len, struct netif **netifs, struct why *why)
{
	unsigned opened = 0;
	int err = 0;

	for (unsigned i = 0; i < len; i++)
		if (!port_has_driver(&confs[i].device))
			return why_fail(
			        why, -ENODEV,
			        "%s: this build has no driver for the device, or the driver "
			        "refused it (%s); choose the driver with meson's option "
			        "pci_drivers",
			        confs[i].text, eal_complaint());
	while (!err && opened < len) {
		err = port_open(&confs[opened], &netifs[opened], why);
		if (!err)
			opened++;
	}
	while (err && opened) {
		struct netif *netif = netifs[--opened];

		netif->ops->close(netif);
	}
	return err;
}

static int dpdk_open(const char *app_name, const struct backend_conf *from, unsigned len,
                     struct netif **netifs, struct why *why)
{
	struct port_conf confs[BACKEND_DEVICES_MAX];
	struct eal_conf eal = {.app_name = app_name};
	int err;

	assert(len <= BACKEND_DEVICES_MAX);
	err = ports_check(from, len, confs, why);
	if (!err)
		err = memory_plan(confs, len, &eal, why);
	if (err)
		return err;
	memory_huge = eal.huge;
	err = eal_open(&eal, why);
	if (err)
		return err;
	err = ports_open(confs, len, netifs, why);
	if (err)
		eal_close();
	return err;
}

static int dpdk_worker_enter(unsigned worker)
{
	return rte_thread_register() ? -rte_errno : 0;
}

static void dpdk_worker_leave(void)
{
	rte_thread_unregister();
}

static const char *dpdk_memory(void)
{
	return memory_huge ? "2 MiB huge pages" : "plain memory (not enough free huge pages)";
}

const struct backend dpdk_backend = {
        .kinds = device_kinds,
        .check = dpdk_check,
        .open = dpdk_open,
        .close = eal_close,
        .worker_enter = dpdk_worker_enter,
        .worker_leave = dpdk_worker_leave,
        .memory = dpdk_memory,
};

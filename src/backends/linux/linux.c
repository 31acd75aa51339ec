// linux: see the header. What must be true of an interface is checked here, before
// anything is changed.
#include "backends/linux/linux.h"

#include "backends/linux/packet.h"
#include "backends/linux/tap_port.h"
#include "core/host/ifinfo.h"
#include "core/host/log.h"
#include "core/host/rights.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MTU_DEFAULT 1500

static const struct backend_kind kinds[] = {
        {"tap", "NAME", "a kernel TAP, made at start and gone with the process", &tap_port_options,
         .check = backend_check_iface},
        {"af_packet", "IFACE", "a Linux interface, by packet sockets", &packet_options,
         .check = backend_check_iface},
        {0},
};

static bool has_capability(unsigned capability)
{
	return rights_in_effect() >> capability & 1;
}

static int query(const char *name, struct ifinfo *info)
{
	int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int err;

	if (sock < 0)
		return -errno;
	err = ifinfo_by_name(sock, name, info);
	close(sock);
	return err;
}

static int check_queues(const struct backend_conf *conf, struct why *why)
{
	if (conf->queues >= 1 && conf->queues <= NETIF_QUEUES_MAX)
		return 0;
	return why_fail(why, -E2BIG,
	                "%s: %u queues requested; 1 to %u are possible, one for each worker: set "
	                "workers",
	                conf->device, conf->queues, NETIF_QUEUES_MAX);
}

static int check_mtu(const struct backend_conf *conf, uint16_t max, struct why *why)
{
	if (conf->mtu <= max)
		return 0;
	return why_fail(why, -EMSGSIZE,
	                "%s: an MTU of %u requested; this kind of device serves %u at most: set "
	                "the port's mtu",
	                conf->device, conf->mtu, max);
}

// Each looks at what its kind of device needs, and sets the MTU that follows.
static int packet_precheck(const struct backend_conf *conf, uint16_t *mtu, struct why *why)
{
	const char *device = conf->device, *name = conf->argument;
	struct ifinfo info = {0};
	int err = query(name, &info);

	if (err == -ENODEV)
		return why_fail(why, err, "%s: there is no such interface; see: ip link", device);
	if (err)
		return why_fail(why, err, "%s: the interface cannot be queried: %s", device,
		                strerror(-err));
	if (!info.ethernet)
		return why_fail(why, -EINVAL, "%s: %s is no Ethernet interface", device, name);
	if (!has_capability(CAP_NET_RAW))
		return why_fail(
		        why, -EPERM,
		        "%s: taking packets from an interface needs CAP_NET_RAW; give it to "
		        "the process or start it as root",
		        device);
	if (!info.up)
		return why_fail(why, -ENETDOWN,
		                "%s: the interface is down; bring it up with: ip link set %s up",
		                device, name);
	if (conf->mtu > info.mtu)
		return why_fail(why, -EMSGSIZE,
		                "%s: an MTU of %u is wanted, the interface has %u; raise it with: "
		                "ip link set %s mtu %u",
		                device, conf->mtu, info.mtu, name, conf->mtu);
	*mtu = (uint16_t)size_min(info.mtu, PACKET_MTU_MAX);
	return 0;
}

static int tap_precheck(const struct backend_conf *conf, uint16_t *mtu, struct why *why)
{
	const char *device = conf->device, *name = conf->argument;
	struct ifinfo info;

	if (access("/dev/net/tun", F_OK))
		return why_fail(why, -ENOENT,
		                "%s: there is no /dev/net/tun; load it with: modprobe tun", device);
	if (!has_capability(CAP_NET_ADMIN))
		return why_fail(why, -EPERM,
		                "%s: making a TAP needs CAP_NET_ADMIN; give it to the process or "
		                "start it as root",
		                device);
	if (access("/dev/net/tun", R_OK | W_OK))
		return why_fail(why, -EACCES, "%s: /dev/net/tun cannot be opened: %s", device,
		                strerror(errno));
	if (query(name, &info) == 0 && !conf->from)
		return why_fail(why, -EEXIST,
		                "%s: an interface %s is there already, perhaps another process's; "
		                "choose another name, or remove it with: ip link del %s",
		                device, name, name);
	*mtu = MTU_DEFAULT;
	return 0;
}

static bool is_tap(const struct backend_conf *conf)
{
	return conf->kind->options == &tap_port_options;
}

static int precheck(const struct backend_conf *conf, uint16_t *mtu, struct why *why)
{
	bool tap = is_tap(conf);
	int err = check_queues(conf, why);

	if (!err)
		err = check_mtu(conf, (uint16_t)size_min(TAP_MTU_MAX, PACKET_MTU_MAX), why);
	if (!err)
		err = tap ? tap_precheck(conf, mtu, why) : packet_precheck(conf, mtu, why);
	return err;
}

static int linux_check(const struct backend_conf *conf, struct why *why)
{
	uint16_t mtu;

	return precheck(conf, &mtu, why);
}

// A host that forwards does so with what is for us, and sends the clients redirects and
// errors about it.
static void warn_of_forwarding(const struct backend_conf *conf)
{
	static const char *const families[] = {"ipv4", "ipv6"};

	for (size_t i = 0; i < ARRAY_LEN(families); i++) {
		char path[64 + BACKEND_ARGUMENT_BYTES];
		FILE *file;

		snprintf(path, sizeof(path), "/proc/sys/net/%s/conf/%s/forwarding", families[i],
		         conf->argument);
		file = fopen(path, "re");
		if (!file)
			continue;
		if (fgetc(file) == '1')
			log_warning("%s: the host forwards %s packets from this interface, also "
			            "those for the appliance, and sends redirects and errors to "
			            "clients; prevent it with, for each address of the port: ip "
			            "route add blackhole ADDRESS",
			            conf->device, families[i]);
		fclose(file);
	}
}

static int device_open(const struct backend_conf *from, struct netif **netif, struct why *why)
{
	struct backend_conf conf = *from;
	uint16_t mtu = 0;
	int err = precheck(from, &mtu, why);

	if (err)
		return err;
	if (conf.mtu == 0)
		conf.mtu = mtu;
	if (!is_tap(from))
		warn_of_forwarding(from);
	return is_tap(from) ? tap_port_open(&conf, netif, why) : packet_open(&conf, netif, why);
}

static int linux_open(const char *app_name, const struct backend_conf *confs, unsigned len,
                      struct netif **netifs, struct why *why)
{
	return backend_open_each(device_open, confs, len, netifs, why);
}

static const char *linux_memory(void)
{
	return "plain memory";
}

const struct backend linux_backend = {
        .kinds = kinds,
        .check = linux_check,
        .open = linux_open,
        .memory = linux_memory,
};

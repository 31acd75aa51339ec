// linux: see the header. What must be true of an interface is checked here, before
// anything is changed.
#include "backends/linux/linux.h"

#include "backends/linux/packet.h"
#include "core/host/ifinfo.h"

#include <ctype.h>
#include <errno.h>
#include <linux/capability.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static int linux_check_iface(const struct backend_conf *conf, struct why *why)
{
	const char *name = conf->argument;
	bool sound = strlen(name) < IFNAMSIZ && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;

	for (const char *c = name; *c; c++)
		sound = sound && *c != '/' && isgraph((unsigned char)*c);
	if (sound)
		return 0;
	return why_fail(why, -EINVAL,
	                "names \"%s\", which cannot be an interface: 1 to %d printable characters "
	                "without a slash or a space",
	                name, IFNAMSIZ - 1);
}

static const struct backend_kind kinds[] = {
        {"af_packet", "IFACE", "a Linux interface, by packet sockets", &packet_options,
         .check = linux_check_iface},
        {0},
};

static bool has_capability(unsigned capability)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {0};

	if (syscall(SYS_capget, &header, data))
		return false;
	return data[capability / 32].effective >> capability % 32 & 1;
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

static int check_mtu(const struct backend_conf *conf, const struct ifinfo *info, struct why *why)
{
	const char *name = conf->argument;

	if (conf->mtu > PACKET_MTU_MAX)
		return why_fail(
		        why, -EMSGSIZE,
		        "%s: an MTU of %u requested; this kind of device serves %u at most: "
		        "set the port's mtu",
		        conf->device, conf->mtu, PACKET_MTU_MAX);
	if (conf->mtu <= info->mtu)
		return 0;
	return why_fail(why, -EMSGSIZE,
	                "%s: an MTU of %u is wanted, the interface has %u; raise it with: ip link "
	                "set %s mtu %u",
	                conf->device, conf->mtu, info->mtu, name, conf->mtu);
}

// Looks at what a device needs; changes nothing.
static int packet_precheck(const struct backend_conf *conf, struct ifinfo *info, struct why *why)
{
	const char *name = conf->argument;
	int err = query(name, info);

	if (err == -ENODEV)
		return why_fail(why, err, "%s: there is no such interface; see: ip link",
		                conf->device);
	if (err)
		return why_fail(why, err, "%s: the interface cannot be asked for: %s", conf->device,
		                strerror(-err));
	if (!info->ethernet)
		return why_fail(why, -EINVAL, "%s: %s is no Ethernet interface", conf->device,
		                name);
	if (!has_capability(CAP_NET_RAW))
		return why_fail(
		        why, -EPERM,
		        "%s: taking packets from an interface needs CAP_NET_RAW; give it to "
		        "the process or start it as root",
		        conf->device);
	if (!info->up)
		return why_fail(why, -ENETDOWN,
		                "%s: the interface is down; bring it up with: ip link set %s up",
		                conf->device, name);
	err = check_queues(conf, why);
	return err ? err : check_mtu(conf, info, why);
}

static int linux_check(const struct backend_conf *conf, struct why *why)
{
	struct ifinfo info;

	return packet_precheck(conf, &info, why);
}

static int device_open(const struct backend_conf *from, struct netif **netif, struct why *why)
{
	struct backend_conf conf = *from;
	struct ifinfo info;
	int err = packet_precheck(from, &info, why);

	if (err)
		return err;
	if (conf.mtu == 0)
		conf.mtu = (uint16_t)size_min(info.mtu, PACKET_MTU_MAX);
	return packet_open(&conf, netif, why);
}

static int linux_open(const char *app_name, const struct backend_conf *confs, unsigned len,
                      struct netif **netifs, struct why *why)
{
	unsigned opened = 0;
	int err = 0;

	while (!err && opened < len) {
		err = device_open(&confs[opened], &netifs[opened], why);
		if (!err)
			opened++;
	}
	while (err && opened) {
		struct netif *netif = netifs[--opened];

		netif->ops->close(netif);
	}
	return err;
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

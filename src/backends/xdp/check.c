// check: see the header. Rights: an XDP program of our own attached by a link needs CAP_BPF
// and CAP_NET_ADMIN, the sockets CAP_NET_RAW; pages stay in memory, which needs CAP_IPC_LOCK
// where they exceed the limit.
#include "backends/xdp/check.h"

#include "core/host/rights.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static const struct {
	unsigned number;
	const char *name;
} capabilities[] = {
        {CAP_NET_RAW, "CAP_NET_RAW"},
        {CAP_NET_ADMIN, "CAP_NET_ADMIN"},
        {CAP_BPF, "CAP_BPF"},
        {CAP_IPC_LOCK, "CAP_IPC_LOCK"},
};

static int check_rights(const struct backend_conf *conf, uint64_t bytes, struct why *why)
{
	uint64_t held = rights_in_effect();
	char missing[96] = "";
	struct rlimit limit;
	bool locks = false;

	// CAP_SYS_ADMIN stands for CAP_BPF, as it did before that was made.
	if (held >> CAP_SYS_ADMIN & 1)
		held |= UINT64_C(1) << CAP_BPF;
	if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur >= bytes)
		held |= UINT64_C(1) << CAP_IPC_LOCK;
	for (size_t i = 0, len = 0; i < ARRAY_LEN(capabilities); i++) {
		if (held >> capabilities[i].number & 1)
			continue;
		locks = capabilities[i].number == CAP_IPC_LOCK;
		len += (size_t)snprintf(missing + len, sizeof(missing) - len, "%s%s",
		                        len ? ", " : "", capabilities[i].name);
	}
	if (!*missing)
		return 0;
	if (locks)
		return why_fail(
		        why, -EPERM,
		        "%s: the process lacks %s: give it CAP_NET_RAW, CAP_NET_ADMIN, "
		        "CAP_BPF and CAP_IPC_LOCK, or in place of the last a limit on locked "
		        "memory (ulimit -l, LimitMEMLOCK=) of %ju KiB, which fewer frames "
		        "lower",
		        conf->device, missing, (uintmax_t)(bytes >> 10));
	return why_fail(why, -EPERM,
	                "%s: the process lacks %s: give it CAP_NET_RAW, CAP_NET_ADMIN and CAP_BPF",
	                conf->device, missing);
}

static int check_queues(const struct backend_conf *conf, unsigned start,
                        const struct xdp_iface *iface, struct why *why)
{
	if (conf->queues == 0 || conf->queues > NETIF_QUEUES_MAX)
		return why_fail(why, -E2BIG,
		                "%s: %u queues requested; 1 to %u are possible, one for each "
		                "worker: set workers",
		                conf->device, conf->queues, NETIF_QUEUES_MAX);
	if (start + conf->queues <= iface->queues)
		return 0;
	return why_fail(why, -ERANGE,
	                "%s: queues %u to %u are wanted, but the interface has %u; use fewer "
	                "workers, or more queues: ethtool -L %s ...",
	                conf->device, start, start + conf->queues - 1, iface->queues,
	                conf->argument);
}

static int check_mtu(const struct backend_conf *conf, unsigned mtu_max,
                     const struct xdp_iface *iface, struct why *why)
{
	if (conf->mtu > mtu_max)
		return why_fail(
		        why, -EMSGSIZE,
		        "%s: an MTU of %u requested; this kind of device serves %u at most: "
		        "set the port's mtu",
		        conf->device, conf->mtu, mtu_max);
	if (conf->mtu <= iface->info.mtu)
		return 0;
	return why_fail(why, -EMSGSIZE,
	                "%s: an MTU of %u is wanted, the interface has %u; raise it with: ip link "
	                "set %s mtu %u",
	                conf->device, conf->mtu, iface->info.mtu, conf->argument, conf->mtu);
}

int xdp_check_device(const struct backend_conf *conf, unsigned start, unsigned mtu_max,
                     uint64_t bytes, struct xdp_iface *iface, struct why *why)
{
	const char *name = conf->argument;
	int err = xdp_iface_query(name, iface);

	if (err == -ENODEV)
		return why_fail(why, err, "%s: there is no such interface; see: ip link",
		                conf->device);
	if (err)
		return why_fail(why, err, "%s: the interface cannot be queried: %s", conf->device,
		                strerror(-err));
	if (!iface->info.ethernet)
		return why_fail(why, -EINVAL, "%s: %s is no Ethernet interface", conf->device,
		                name);
	err = check_rights(conf, bytes, why);
	if (err)
		return err;
	if (!iface->info.up)
		return why_fail(why, -ENETDOWN,
		                "%s: the interface is down; bring it up with: ip link set %s up",
		                conf->device, name);
	if (iface->xdp_prog)
		return why_fail(why, -EBUSY,
		                "%s: XDP program %u is on the interface; end the process that uses "
		                "it, or if none does: ip link set %s xdp off",
		                conf->device, iface->xdp_prog, name);
	err = check_queues(conf, start, iface, why);
	return err ? err : check_mtu(conf, mtu_max, iface, why);
}

// backend: kinds of devices and the backends behind them; see the header.
#include "apps/boot/backend.h"

#include "backends/dpdk/dpdk.h"
#include "backends/mem/mem.h"
#include "backends/xen/netfront.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define MEM_PAGES 2048

static const struct {
	const char *kind;
	enum backend_kind backend;
} kinds[] = {
        {"tap", BACKEND_DPDK},   {"af_xdp", BACKEND_DPDK}, {"af_packet", BACKEND_DPDK},
        {"memif", BACKEND_DPDK}, {"pcap", BACKEND_DPDK},   {"pci", BACKEND_DPDK},
        {"mem", BACKEND_MEM},    {"xen", BACKEND_XEN},
};

static int parse_kind(struct backend_device *device, struct why *why)
{
	size_t len = strcspn(device->text, ":");

	if (device->text[len] != ':' || device->text[len + 1] == '\0')
		return why_fail(why, -EINVAL, "is not KIND:ARGUMENT, such as tap:wadi0");
	device->words = device->text + len + 1;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (strlen(kinds[i].kind) == len && memcmp(kinds[i].kind, device->text, len) == 0) {
			device->backend = kinds[i].backend;
			return 0;
		}
	}
	return why_fail(
	        why, -EINVAL,
	        "has no known kind; these are tap, af_xdp, af_packet, memif, pcap, pci, mem, xen "
	        "and impair(...)");
}

int backend_parse(const char *text, struct backend_device *device, struct why *why)
{
	*device = (struct backend_device){.text = text};
	if (impair_is(text)) {
		device->impaired = true;
		if (impair_parse(text, &device->impair, &device->text, why))
			return -EINVAL;
	}
	return parse_kind(device, why);
}

static bool any(const struct backend_conf *confs, unsigned len, enum backend_kind backend)
{
	struct backend_device device;
	struct why why;

	for (unsigned i = 0; i < len; i++)
		if (backend_parse(confs[i].device, &device, &why) == 0 && device.backend == backend)
			return true;
	return false;
}

bool backend_any_dpdk(const struct backend_conf *confs, unsigned len)
{
	return any(confs, len, BACKEND_DPDK);
}

const char *backend_memory_kind(const struct backend_conf *confs, unsigned len)
{
	if (any(confs, len, BACKEND_DPDK))
		return dpdk_memory_kind();
	return any(confs, len, BACKEND_XEN) ? "granted memory" : "plain memory";
}

// The ports that DPDK opens, with the place of each among all ports.
struct dpdk_share {
	struct dpdk_port_conf conf[DPDK_PORTS_MAX];
	unsigned place[DPDK_PORTS_MAX];
	unsigned len;
};

static bool dpdk_open_now;

static int open_dpdk(const char *app_name, const struct dpdk_share *share, struct netif **netifs,
                     struct why *why)
{
	struct netif *opened[DPDK_PORTS_MAX];
	int err;

	if (share->len == 0)
		return 0;
	err = dpdk_open(app_name, share->conf, share->len, opened, why);
	if (err)
		return err;
	dpdk_open_now = true;
	for (unsigned i = 0; i < share->len; i++)
		netifs[share->place[i]] = opened[i];
	return 0;
}

// The same for vifs.
struct xen_share {
	struct netfront_conf conf[NETFRONT_PORTS_MAX];
	unsigned place[NETFRONT_PORTS_MAX];
	unsigned len;
};

static int open_xen(const struct xen_share *share, struct netif **netifs, struct why *why)
{
	struct netif *opened[NETFRONT_PORTS_MAX];
	int err;

	if (share->len == 0)
		return 0;
	err = netfront_open(share->conf, share->len, opened, why);
	for (unsigned i = 0; !err && i < share->len; i++)
		netifs[share->place[i]] = opened[i];
	return err;
}

static int open_mem(const struct backend_device *device, const struct backend_conf *conf,
                    unsigned queues, struct netif **netif, struct why *why)
{
	int err;

	if (queues > MEM_QUEUES_MAX || conf->mtu > MEM_MTU_MAX)
		return why_fail(why, -EINVAL, "%s has at most %d queues and an MTU of at most %d",
		                device->text, MEM_QUEUES_MAX, MEM_MTU_MAX);
	err = mem_open(device->words, queues, conf->pages ? conf->pages : MEM_PAGES, netif);
	if (err)
		why_set(why, "%s cannot be opened: %s", device->text, strerror(-err));
	else if (conf->mtu)
		(*netif)->mtu = conf->mtu;
	return err;
}

static int wrap(const struct backend_device *device, struct netif **netif, struct why *why)
{
	struct netif *outer;
	int err = impair_open(*netif, &device->impair, &outer);

	if (err)
		why_set(why, "the impairment of %s cannot be opened: %s", device->text,
		        strerror(-err));
	else
		*netif = outer;
	return err;
}

int backend_open_all(const char *app_name, const struct backend_conf *confs, unsigned len,
                     unsigned queues, struct netif **netifs, struct why *why)
{
	struct dpdk_share share = {.len = 0};
	struct xen_share vifs = {.len = 0};
	struct backend_device devices[DPDK_PORTS_MAX];
	int err = 0;

	assert(len <= DPDK_PORTS_MAX);
	memset(netifs, 0, len * sizeof(*netifs));
	for (unsigned i = 0; i < len && !err; i++) {
		err = backend_parse(confs[i].device, &devices[i], why);
		if (!err && devices[i].backend == BACKEND_XEN) {
			vifs.conf[vifs.len] =
			        (struct netfront_conf){devices[i].text, devices[i].words, queues,
			                               confs[i].pages, confs[i].mtu};
			vifs.place[vifs.len++] = i;
		}
		if (err || devices[i].backend != BACKEND_DPDK)
			continue;
		share.conf[share.len] = (struct dpdk_port_conf){devices[i].text, queues,
		                                                confs[i].pages, confs[i].mtu};
		share.place[share.len++] = i;
	}
	if (!err)
		err = open_dpdk(app_name, &share, netifs, why);
	if (!err)
		err = open_xen(&vifs, netifs, why);
	for (unsigned i = 0; i < len && !err; i++) {
		if (devices[i].backend == BACKEND_MEM)
			err = open_mem(&devices[i], &confs[i], queues, &netifs[i], why);
		if (!err && devices[i].impaired)
			err = wrap(&devices[i], &netifs[i], why);
		if (!err)
			netifs[i]->iface = (uint16_t)i;
	}
	if (err)
		backend_close_all(netifs, len);
	return err;
}

void backend_close_all(struct netif **netifs, unsigned len)
{
	for (unsigned i = 0; i < len; i++) {
		if (netifs[i])
			netifs[i]->ops->close(netifs[i]);
		netifs[i] = NULL;
	}
	if (dpdk_open_now)
		dpdk_close();
	dpdk_open_now = false;
	netfront_close();
}

int backend_fd(void)
{
	return netfront_fd();
}

mono_t backend_serve(mono_t now)
{
	return netfront_serve(now);
}

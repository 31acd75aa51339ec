// port: opening, starting and closing; the bursts are in burst.c.
#include "backends/dpdk/port.h"

#include "backends/dpdk/burst.h"
#include "backends/dpdk/eal.h"
#include "backends/dpdk/memif.h"

#include <errno.h>
#include <rte_bus_vdev.h>
#include <rte_errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ROOM_BYTES 2048 // network cards count in whole KiB
#define VLAN_BYTES 4
#define MTU_PAGE   2900 // what a page leaves
#define TSO_PAGES  64   // of one packet, whose segments are as many at most

static const struct {
	uint16_t mtu_max; // memif's frames may lie in several pages
	uint16_t rx_desc, tx_desc;
	uint32_t held;  // pages in the rings
	uint32_t spare; // pages for bursts in flight and packets of our own
} sizes[] = {
        [DEVICE_MEMIF] = {9000, 512, 512, 0, 512},
        [DEVICE_PCAP] = {MTU_PAGE, 512, 512, 0, 512},
        [DEVICE_PCI] = {MTU_PAGE, 1024, 1024, 2048, 1024},
        [DEVICE_VDEV] = {MTU_PAGE, 1024, 1024, 2048, 2048}, // frames of 64 KiB among them
};

uint32_t port_room_bytes(const struct port_conf *conf)
{
	uint32_t frame = RTE_ETHER_HDR_LEN + VLAN_BYTES + RTE_MIN(conf->mtu, MTU_PAGE);

	if (device_is_drivers(&conf->device))
		frame = RTE_MAX(frame, ROOM_BYTES);
	return RTE_PKTMBUF_HEADROOM + frame;
}

uint32_t port_pages(const struct port_conf *conf)
{
	uint32_t need = sizes[conf->device.kind].held + sizes[conf->device.kind].spare;

	return RTE_MAX(conf->pages, need);
}

uint16_t port_mtu_max(const struct device *device)
{
	return sizes[device->kind].mtu_max;
}

int port_check(const struct port_conf *conf, struct why *why)
{
	if (conf->queues == 0 || conf->queues > NETIF_QUEUES_MAX)
		return why_fail(why, -E2BIG,
		                "%s: %u queues requested; 1 to %u are possible, one for each "
		                "worker: set workers",
		                conf->text, conf->queues, NETIF_QUEUES_MAX);
	if (conf->mtu > port_mtu_max(&conf->device))
		return why_fail(why, -EMSGSIZE,
		                "%s: an MTU of %u requested; this kind of device serves "
		                "%u at most: set the port's mtu",
		                conf->text, conf->mtu, port_mtu_max(&conf->device));
	return 0;
}

int port_check_driver(const struct port_conf *conf, unsigned queues_max, unsigned mtu_max,
                      struct why *why)
{
	if (conf->queues > queues_max)
		return why_fail(why, -E2BIG,
		                "%s: %u queues requested, one for each worker, and the device has "
		                "%u: set workers to %u at most",
		                conf->text, conf->queues, queues_max, queues_max);
	if (mtu_max && conf->mtu > mtu_max)
		return why_fail(why, -EMSGSIZE,
		                "%s: an MTU of %u requested; the device serves %u at most: set the "
		                "port's mtu",
		                conf->text, conf->mtu, mtu_max);
	return 0;
}

bool port_has_driver(const struct device *device)
{
	uint16_t id;

	return device->kind != DEVICE_PCI || rte_eth_dev_get_port_by_name(device->name, &id) == 0;
}

static int port_fail(const struct port_conf *conf, int err, const char *step, struct why *why)
{
	const char *complaint = eal_complaint();

	return why_fail(why, err, "%s: %s: %s", conf->text, step,
	                *complaint ? complaint : strerror(-err));
}

static void port_close(struct netif *netif)
{
	struct port *port = port_of(netif);

	if (port->made) {
		rte_eth_dev_stop(port->dev);
		rte_eth_dev_close(port->dev);
	}
	for (unsigned i = 0; i < netif->queues; i++)
		pool_close(&port->queue[i].pool);
	free(port);
}

static bool port_link_up(const struct port *port)
{
	struct rte_eth_link link;

	return rte_eth_link_get_nowait(port->dev, &link) == 0 && link.link_status;
}

// Each is the sum over the queues.
static const struct metric_row queue_rows[] = {
        {"counters", "name", "tx_copied", "value", "frames of several pages sent as a copy in one",
         METRIC_COUNTER, offsetof(struct queue, tx_copied)},
        {0},
};

static void port_status(struct netif *netif, struct netif_status *status)
{
	struct port *port = port_of(netif);
	struct rte_eth_stats stats;

	*status = (struct netif_status){.link_up = port_link_up(port), .own_len = 1};
	status->lost = memif_is_client(&port->device) && (!status->link_up || port->shut);
	status->own[0] = (struct metric_source){.rows = queue_rows, .len = netif->queues};
	for (unsigned i = 0; i < netif->queues; i++)
		status->own[0].of[i] = &port->queue[i];
	if (rte_eth_stats_get(port->dev, &stats) == 0) {
		status->rx_missed = stats.imissed + stats.rx_nombuf;
		status->rx_errors = stats.ierrors;
		status->tx_errors = stats.oerrors;
	}
	// The speed that drivers of virtual devices report is made up.
	if (port->device.kind == DEVICE_PCI) {
		struct rte_eth_link link;

		if (rte_eth_link_get_nowait(port->dev, &link) == 0 &&
		    link.link_speed != RTE_ETH_SPEED_NUM_UNKNOWN)
			status->speed_mbps = link.link_speed;
	}
}

static int port_rx_fd(struct netif *netif, unsigned queue)
{
	return port_of(netif)->queue[queue].fd;
}

static void port_rx_arm(struct netif *netif, unsigned queue, bool on)
{
	struct queue *q = &port_of(netif)->queue[queue];
	uint64_t events;

	if (port_of(netif)->device.kind != DEVICE_PCI)
		return;
	if (on) {
		rte_eth_dev_rx_intr_enable(q->dev, q->number);
	} else {
		rte_eth_dev_rx_intr_disable(q->dev, q->number);
		(void)!read(q->fd, &events, sizeof(events));
	}
}

// The descriptor that wakes a queue's worker; -1: none, the worker sleeps.
static int queue_fd(const struct port *port, const struct queue *q)
{
	switch (port->device.kind) {
	case DEVICE_PCI:
		return rte_eth_dev_rx_intr_ctl_q_get_fd(q->dev, q->number);
	default:
		return -1;
	}
}

// TCP packets of several segments: sent wherever the driver can; joined where they come joined
// anyway, from a program of the same machine. A NIC that joins has its driver receive more slowly.
static void segments_choose(struct port *port, const struct rte_eth_dev_info *info,
                            struct rte_eth_conf *conf)
{
	const uint64_t cuts = RTE_ETH_TX_OFFLOAD_TCP_TSO | RTE_ETH_TX_OFFLOAD_MULTI_SEGS;

	if ((info->tx_offload_capa & cuts) == cuts) {
		conf->txmode.offloads |= RTE_ETH_TX_OFFLOAD_TCP_TSO;
		port->netif.offloads |= NETIF_TX_TSO4 | NETIF_TX_TSO6;
		port->netif.tso_pages = RTE_MIN(info->tx_desc_lim.nb_seg_max, TSO_PAGES);
	}
	if ((info->rx_offload_capa & RTE_ETH_RX_OFFLOAD_TCP_LRO) && !port->apart &&
	    strstr(info->driver_name, "virtio")) {
		conf->rxmode.offloads |= RTE_ETH_RX_OFFLOAD_TCP_LRO;
		conf->rxmode.max_lro_pkt_size = info->max_lro_pkt_size;
		port->joins = true;
	}
}

static void offloads_choose(struct port *port, const struct rte_eth_dev_info *info,
                            struct rte_eth_conf *conf)
{
	const uint64_t rx_l4 = RTE_ETH_RX_OFFLOAD_UDP_CKSUM | RTE_ETH_RX_OFFLOAD_TCP_CKSUM;
	const uint64_t tx_l4 = RTE_ETH_TX_OFFLOAD_UDP_CKSUM | RTE_ETH_TX_OFFLOAD_TCP_CKSUM;

	conf->txmode.offloads |= info->tx_offload_capa & RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
	// What other virtual devices offer is software, and slower than ours.
	if (!device_is_drivers(&port->device))
		return;
	if ((info->rx_offload_capa & rx_l4) == rx_l4) {
		conf->rxmode.offloads |=
		        rx_l4 | (info->rx_offload_capa & RTE_ETH_RX_OFFLOAD_IPV4_CKSUM);
		port->netif.offloads |= NETIF_RX_CKSUM;
	}
	if (info->tx_offload_capa & RTE_ETH_TX_OFFLOAD_IPV4_CKSUM) {
		conf->txmode.offloads |= RTE_ETH_TX_OFFLOAD_IPV4_CKSUM;
		port->netif.offloads |= NETIF_TX_IPV4_CKSUM;
	}
	if ((info->tx_offload_capa & tx_l4) == tx_l4) {
		conf->txmode.offloads |= tx_l4;
		port->netif.offloads |= NETIF_TX_L4_CKSUM;
	}
	segments_choose(port, info, conf);
}

// Pages of a frame that the driver sends.
static uint16_t port_segs_max(const struct rte_eth_dev_info *info)
{
	if (!(info->tx_offload_capa & RTE_ETH_TX_OFFLOAD_MULTI_SEGS))
		return 1;
	return RTE_MIN(info->tx_desc_lim.nb_seg_max, info->tx_desc_lim.nb_mtu_seg_max);
}

static int dev_configure(struct port *port, unsigned queues, bool interrupts)
{
	struct rte_eth_conf conf = {.intr_conf.rxq = interrupts, .rxmode.mtu = port->netif.mtu};
	struct rte_eth_dev_info info;
	int err = rte_eth_dev_info_get(port->dev, &info);

	if (err)
		return err;
	// memif's driver claims Ethernet's usual length, and chains buffers for any other.
	if (port->device.kind == DEVICE_MEMIF)
		conf.rxmode.mtu = RTE_MIN(port->netif.mtu, RTE_ETHER_MTU);
	offloads_choose(port, &info, &conf);
	if (queues > 1 && info.flow_type_rss_offloads && port->device.kind == DEVICE_PCI) {
		conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
		conf.rx_adv_conf.rss_conf.rss_hf =
		        info.flow_type_rss_offloads &
		        (RTE_ETH_RSS_IP | RTE_ETH_RSS_UDP | RTE_ETH_RSS_TCP);
		conf.rxmode.offloads |= info.rx_offload_capa & RTE_ETH_RX_OFFLOAD_RSS_HASH;
	}
	return rte_eth_dev_configure(port->dev, (uint16_t)queues, (uint16_t)queues, &conf);
}

static int queues_setup(struct port *port, unsigned queues)
{
	uint16_t dev = port->dev;
	uint16_t rx_desc = sizes[port->device.kind].rx_desc;
	uint16_t tx_desc = sizes[port->device.kind].tx_desc;
	struct rte_eth_dev_info info;
	int err = rte_eth_dev_info_get(dev, &info);

	if (!err)
		err = rte_eth_dev_adjust_nb_rx_tx_desc(dev, &rx_desc, &tx_desc);

	for (unsigned i = 0; !err && i < queues; i++) {
		struct queue *q = &port->queue[i];

		q->dev = dev;
		q->number = (uint16_t)i;
		q->segs_max = port->netif.tx_pages = port_segs_max(&info);
		q->tso_segs_max = port->netif.tso_pages;
		err = rte_eth_rx_queue_setup(dev, q->number, rx_desc, SOCKET_ID_ANY, NULL,
		                             q->pool.mempool);
		if (!err)
			err = rte_eth_tx_queue_setup(dev, q->number, tx_desc, SOCKET_ID_ANY, NULL);
	}
	return err;
}

// Configures, sets up the queues and starts. Not every driver has receive
// interrupts; then it is done once more without.
static int dev_start(struct port *port, unsigned queues)
{
	int err = -ENOTSUP;

	// Workers wait for no virtual device.
	for (int interrupts = port->device.kind != DEVICE_VDEV; err && interrupts >= 0;
	     interrupts--) {
		err = dev_configure(port, queues, interrupts);
		if (!err)
			err = queues_setup(port, queues);
		if (!err)
			err = rte_eth_dev_start(port->dev);
		if (port->device.kind != DEVICE_PCI)
			break;
	}
	for (unsigned i = 0; !err && i < queues; i++)
		port->queue[i].fd = queue_fd(port, &port->queue[i]);
	return err;
}

static void port_apart(struct netif *netif)
{
	struct port *port = port_of(netif);

	if (!port->joins)
		return;
	port->apart = true;
	port->joins = false;
	rte_eth_dev_stop(port->dev);
	(void)!dev_start(port, netif->queues); // its link is down when it does not
}

static const struct netif_ops ops = {
        .rx_burst = burst_rx,
        .tx_burst = burst_tx,
        .rx_fd = port_rx_fd,
        .rx_arm = port_rx_arm,
        .apart = port_apart,
        .status = port_status,
        .close = port_close,
};
static const struct netif_ops client_ops = {
        .rx_burst = memif_client_rx,
        .tx_burst = memif_client_tx,
        .status = port_status,
        .reopen = memif_client_reopen,
        .close = port_close,
};

static int dev_check(const struct port *port, const struct port_conf *conf, struct why *why)
{
	struct rte_eth_dev_info info;
	int err = rte_eth_dev_info_get(port->dev, &info);

	if (err)
		return port_fail(conf, err, "the limits of the device cannot be read", why);
	return port_check_driver(conf, RTE_MIN(info.max_rx_queues, info.max_tx_queues),
	                         info.max_mtu, why);
}

// Makes (or for PCI finds) the device of DPDK.
static int dev_open(struct port *port, const struct port_conf *conf, struct why *why)
{
	char name[BACKEND_ARGUMENT_BYTES], args[DEVICE_ARGS_BYTES];
	int err = 0;

	device_name(&conf->device, conf->index, name, sizeof(name));
	device_args(&conf->device, args, sizeof(args));
	eal_complaint_clear();
	if (conf->device.kind == DEVICE_MEMIF && conf->device.options.role == DEVICE_SERVER)
		unlink(conf->device.name);
	if (conf->device.kind != DEVICE_PCI)
		err = rte_vdev_init(name, args);
	// -EPERM is what the bus of vdevs says, which means -1.
	if ((err == -EINVAL || err == -EPERM) && conf->device.kind == DEVICE_VDEV &&
	    !*eal_complaint())
		return why_fail(why, -ENODEV,
		                "%s: this build has no driver for the device; choose it with "
		                "meson's option pci_drivers",
		                conf->text);
	if (!err)
		err = rte_eth_dev_get_port_by_name(name, &port->dev);
	if (err)
		return port_fail(conf, err, "the device cannot be made", why);
	port->made = true;
	err = dev_check(port, conf, why);
	if (err)
		return err;
	eal_complaint_clear();
	err = dev_start(port, conf->queues);
	if (err)
		return port_fail(conf, err, "the device does not start", why);
	if (memif_is_client(&conf->device))
		memif_client_started(port);
	return 0;
}

static int pools_open(struct port *port, const struct port_conf *conf, struct why *why)
{
	char name[RTE_MEMPOOL_NAMESIZE];
	int err = 0;

	for (unsigned i = 0; !err && i < conf->queues; i++) {
		snprintf(name, sizeof(name), "port%u_queue%u", conf->index, i);
		err = pool_open(&port->queue[i].pool, name, port_pages(conf), port_room_bytes(conf),
		                conf->device.kind != DEVICE_PCI, why);
		port->netif.pool[i] = &port->queue[i].pool.pool;
	}
	return err;
}

// Our Ethernet address. On memif the driver would take a new one at each start.
static int mac_choose(struct port *port)
{
	static const uint8_t none[6];
	const struct device *device = &port->device;
	struct rte_ether_addr addr;
	char host[64] = "";
	int err;

	if (memcmp(device->options.mac, none, sizeof(none)) != 0) {
		memcpy(port->netif.mac, device->options.mac, sizeof(device->options.mac));
		return 0;
	}
	if (device->kind == DEVICE_MEMIF) {
		gethostname(host, sizeof(host) - 1);
		device_mac(device, host, port->netif.mac);
		return 0;
	}
	err = rte_eth_macaddr_get(port->dev, &addr);
	if (!err)
		memcpy(port->netif.mac, addr.addr_bytes, sizeof(addr.addr_bytes));
	return err;
}

// Frames to IPv6's groups must arrive.
static int groups_join(struct port *port)
{
	int err;

	if (!device_is_drivers(&port->device) || rte_eth_allmulticast_enable(port->dev) == 0)
		return 0;
	err = rte_eth_promiscuous_enable(port->dev);
	// A virtual device without either filters nothing.
	return port->device.kind == DEVICE_PCI ? err : 0;
}

int port_open(const struct port_conf *conf, struct netif **netif, struct why *why)
{
	struct port *port = calloc(1, sizeof(*port));
	int err;

	if (!port)
		return why_no_memory(why, "%s", conf->text);
	port->device = conf->device;
	port->netif = (struct netif){.ops = memif_is_client(&conf->device) ? &client_ops : &ops,
	                             .mtu = conf->mtu,
	                             .queues = (uint16_t)conf->queues};
	snprintf(port->netif.device, sizeof(port->netif.device), "%s", conf->text);
	for (unsigned i = 0; i < conf->queues; i++)
		port->queue[i].fd = -1;
	err = pools_open(port, conf, why);
	if (!err)
		err = dev_open(port, conf, why);
	if (!err) {
		err = mac_choose(port);
		if (!err)
			err = groups_join(port);
		if (err)
			port_fail(conf, err, "its addresses cannot be read or set", why);
	}
	if (err)
		port_close(&port->netif);
	else
		*netif = &port->netif;
	return err;
}

// tap_port: see the header. The data path is in rx_tap.c and tx_tap.c.
//
// When the TAP is deleted its queues stay, and would end every wait at once: until they are
// attached to another TAP of the name, the workers' descriptors are ones that never do.
// Attaching makes the TAP again where the process still may; otherwise it has to be made by
// others first.
#include "backends/linux/tap_port.h"

#include "backends/linux/rx_tap.h"
#include "backends/linux/tx_tap.h"
#include "backends/linux/vnet.h"
#include "core/host/ifinfo.h"
#include "core/line.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

// Pages of a queue: bursts in flight, packets of our own, and what the next frame is read into.
#define PAGES (512 + RX_TAP_PAGES)

// Frames that the kernel queues for each worker at most: as many as packet sockets hold.
#define QUEUE_FRAMES 8192

// Of a line of /proc/net/dev: eight counters of what the interface received, three of what
// it transmitted, then transmissions that were dropped.
#define COUNTERS "%*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %llu"

#define OFFLOADS (NETIF_RX_CKSUM | NETIF_TX_L4_CKSUM | NETIF_TX_TSO4 | NETIF_TX_TSO6)
#define JOINED   (TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN)

static const struct option_key keys[] = {
        {"mac", OPTION_MAC, offsetof(struct tap_options, mac),
         .help = "Our Ethernet address; made from the name when not given."},
        {"gso", OPTION_FLAG, offsetof(struct tap_options, gso), 1,
         .help = "Whether TCP's bytes pass between the kernel and us in packets of several "
                 "segments, "
                 "and checksums are left to who needs them (1)."},
        {0},
};
const struct option_table tap_port_options = {sizeof(struct tap_options), keys};

struct queue {
	CACHE_ALIGNED int fd; // the worker's
	struct page_array pages;
	int detached; // the queue while the TAP is gone, or -1
};

struct tap {
	struct netif netif;
	char name[IFNAMSIZ];
	bool gso;
	_Atomic bool vnet; // frames have the header of vnet.h; the workers read it
	unsigned takes;    // what the kernel may leave to us
	int sock;          // to ask for the interface and set it up
	FILE *counters;    // /proc/net/dev
	int index;
	uint64_t missed, missed_before; // by this TAP, by those before it
	struct queue queue[];
};

static struct tap *tap_of(struct netif *netif)
{
	return CONTAINER_OF(netif, struct tap, netif);
}

static bool has_vnet(const struct tap *tap)
{
	return atomic_load_explicit(&tap->vnet, memory_order_relaxed);
}

static unsigned tap_rx_burst(struct netif *netif, unsigned queue, struct pkt **pkts, unsigned n)
{
	const struct tap *tap = tap_of(netif);

	return rx_tap_burst(tap->queue[queue].fd, has_vnet(tap), netif, queue, pkts, n);
}

static unsigned tap_tx_burst(struct netif *netif, unsigned queue, struct pkt **pkts, unsigned n)
{
	const struct tap *tap = tap_of(netif);

	return tx_tap_burst(tap->queue[queue].fd, has_vnet(tap), netif, queue, pkts, n);
}

static int tap_rx_fd(struct netif *netif, unsigned queue)
{
	return tap_of(netif)->queue[queue].fd;
}

static void tap_rx_arm(struct netif *netif, unsigned queue, bool on)
{
	// A queue always polls readable when it has frames.
}

// Frames that the kernel could not queue for us: what it counts as dropped transmissions of
// this TAP.
static uint64_t tap_missed(const struct tap *tap)
{
	size_t len = strlen(tap->name);
	unsigned long long missed = 0;
	char line[512];

	rewind(tap->counters);
	while (fgets(line, sizeof(line), tap->counters)) {
		const char *name = line + strspn(line, " ");

		if (strncmp(name, tap->name, len) == 0 && name[len] == ':')
			return sscanf(name + len + 1, COUNTERS, &missed) == 1 ? missed : 0;
	}
	return 0;
}

static void tap_status(struct netif *netif, struct netif_status *status)
{
	struct tap *tap = tap_of(netif);
	struct ifinfo info;

	*status = (struct netif_status){0};
	status->lost = ifinfo_by_index(tap->sock, tap->index, &info) != 0;
	status->link_up = info.running;
	if (!status->lost)
		tap->missed = tap_missed(tap);
	status->rx_missed = tap->missed_before + tap->missed;
}

static void tap_close(struct netif *netif)
{
	struct tap *tap = tap_of(netif);

	for (unsigned i = 0; i < netif->queues; i++) {
		page_array_close(&tap->queue[i].pages);
		if (tap->queue[i].fd >= 0)
			close(tap->queue[i].fd);
		if (tap->queue[i].detached >= 0)
			close(tap->queue[i].detached);
	}
	if (tap->counters)
		fclose(tap->counters);
	if (tap->sock >= 0)
		close(tap->sock);
	free(tap);
}

// Attaches the queue to the TAP of the name, which the first one makes. 0 or negative errno.
static int queue_attach(const struct tap *tap, int fd)
{
	int flags = IFF_TAP | IFF_NO_PI | IFF_MULTI_QUEUE | (tap->gso ? IFF_VNET_HDR : 0);
	struct ifreq request = {.ifr_flags = (short)flags};

	memcpy(request.ifr_name, tap->name, sizeof(request.ifr_name));
	return ioctl(fd, TUNSETIFF, &request) ? -errno : 0;
}

// Takes over whether frames have virtio's header: the kernel ignores what the first queue asked for
// when the program that made the TAP still has one of its own open. Before the workers have the
// queues.
static int tap_settle(struct tap *tap, int fd)
{
	int hdr_bytes = sizeof(struct virtio_net_hdr);
	struct ifreq request = {0};
	bool vnet;

	if (ioctl(fd, TUNGETIFF, &request))
		return -errno;
	vnet = request.ifr_flags & IFF_VNET_HDR;
	if ((vnet && ioctl(fd, TUNSETVNETHDRSZ, &hdr_bytes)) ||
	    ioctl(fd, TUNSETOFFLOAD, vnet && tap->gso ? tap->takes : 0u))
		return -errno;
	atomic_store_explicit(&tap->vnet, vnet, memory_order_relaxed);
	tap->netif.offloads = vnet && tap->gso ? OFFLOADS : 0;
	return 0;
}

static int iface_set(const struct tap *tap, unsigned long what, int value)
{
	struct ifreq request = {.ifr_mtu = value};

	if (what == SIOCSIFFLAGS)
		request.ifr_flags = (short)value;
	if (what == SIOCSIFTXQLEN)
		request.ifr_qlen = value;
	memcpy(request.ifr_name, tap->name, sizeof(request.ifr_name));
	return ioctl(tap->sock, what, &request) ? -errno : 0;
}

// Gives the interface our MTU and a long queue, and brings it up. One that was made for us
// is as it is where the process has no right to change it.
static int tap_set_up(struct tap *tap)
{
	struct ifinfo info;
	int err = ifinfo_by_name(tap->sock, tap->name, &info);

	if (!err && info.mtu != tap->netif.mtu)
		err = iface_set(tap, SIOCSIFMTU, tap->netif.mtu);
	if (!err)
		err = iface_set(tap, SIOCSIFTXQLEN, QUEUE_FRAMES);
	if (!err && !info.up)
		err = iface_set(tap, SIOCSIFFLAGS, IFF_UP);
	tap->index = info.index;
	return err == -EPERM ? 0 : err;
}

// The workers' descriptors become ones that never poll ready; their queues are kept.
static int queues_detach(struct tap *tap)
{
	int silent = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC), err = 0;

	if (silent < 0)
		return -errno;
	for (unsigned i = 0; i < tap->netif.queues && !err; i++) {
		struct queue *q = &tap->queue[i];

		if (q->detached < 0)
			q->detached = fcntl(q->fd, F_DUPFD_CLOEXEC, 0);
		if (q->detached < 0 || dup3(silent, q->fd, O_CLOEXEC) < 0)
			err = -errno;
	}
	close(silent);
	return err;
}

static int queues_reattach(struct tap *tap)
{
	int err = 0;

	for (unsigned i = 0; i < tap->netif.queues && !err; i++) {
		struct queue *q = &tap->queue[i];

		err = queue_attach(tap, q->detached);
		// Of an earlier attempt, in which another one failed.
		if (err == -EEXIST)
			err = 0;
	}
	if (!err)
		err = tap_settle(tap, tap->queue[0].detached);
	for (unsigned i = 0; i < tap->netif.queues && !err; i++) {
		struct queue *q = &tap->queue[i];

		dup3(q->detached, q->fd, O_CLOEXEC);
		close(q->detached);
		q->detached = -1;
	}
	return err;
}

static int tap_reopen(struct netif *netif, struct why *why)
{
	struct tap *tap = tap_of(netif);
	int err = queues_detach(tap);

	if (!err)
		err = queues_reattach(tap);
	if (!err)
		err = tap_set_up(tap);
	if (err)
		return why_fail(why, err,
		                "the TAP cannot be made again: %s; make it for the appliance: ip "
		                "tuntap add %s mode tap multi_queue",
		                strerror(-err), tap->name);
	tap->missed_before += tap->missed;
	tap->missed = 0;
	atomic_fetch_add_explicit(&netif->generation, 1, memory_order_release);
	return 0;
}

// The queues are all: what waits in them waits for whichever process reads.
static void tap_give(struct netif *netif, struct netif_handover *to)
{
	struct tap *tap = tap_of(netif);

	*to = (struct netif_handover){.fds_len = netif->queues};
	for (unsigned i = 0; i < netif->queues; i++)
		to->fd[i] = tap->queue[i].fd;
}

static int tap_take(struct netif *netif, const struct netif_handover *from)
{
	return from->numbers_len == 0 ? 0 : -EINVAL;
}

static void tap_apart(struct netif *netif)
{
	struct tap *tap = tap_of(netif);

	tap->takes &= ~(unsigned)JOINED;
	if (has_vnet(tap))
		(void)ioctl(tap->queue[0].fd, TUNSETOFFLOAD, tap->takes);
}

static const struct netif_ops tap_ops = {
        .rx_burst = tap_rx_burst,
        .tx_burst = tap_tx_burst,
        .rx_fd = tap_rx_fd,
        .rx_arm = tap_rx_arm,
        .apart = tap_apart,
        .status = tap_status,
        .reopen = tap_reopen,
        .give = tap_give,
        .take = tap_take,
        .close = tap_close,
};

// The kernel's side has an address of its own, so ours is another one.
static void tap_address(struct tap *tap, const struct backend_conf *conf)
{
	const struct tap_options *options = (const void *)conf->options;
	static const uint8_t none[6];
	char host[64] = "";

	if (memcmp(options->mac, none, sizeof(none)) != 0)
		memcpy(tap->netif.mac, options->mac, sizeof(options->mac));
	else if (gethostname(host, sizeof(host) - 1) == 0)
		backend_mac(host, conf->kind->name, tap->name, 0, tap->netif.mac);
}

// given: the queue as another process has it; -1: a new one.
static int queue_open(struct tap *tap, struct queue *q, uint32_t pages, int given)
{
	int err = page_array_open(&q->pages, pages);

	if (err)
		return err;
	q->fd = given >= 0 ? fcntl(given, F_DUPFD_CLOEXEC, 0)
	                   : open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (q->fd < 0)
		return -errno;
	return given >= 0 ? 0 : queue_attach(tap, q->fd);
}

static int tap_start(struct tap *tap, uint32_t pages, const struct netif_handover *from)
{
	int err = 0;

	tap->sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	tap->counters = fopen("/proc/net/dev", "re");
	if (tap->sock < 0 || !tap->counters)
		return -errno;
	if (from && from->fds_len != tap->netif.queues)
		return -EINVAL;
	for (unsigned i = 0; i < tap->netif.queues && !err; i++) {
		err = queue_open(tap, &tap->queue[i], pages, from ? from->fd[i] : -1);
		tap->netif.pool[i] = &tap->queue[i].pages.pool;
	}
	if (!err)
		err = tap_settle(tap, tap->queue[0].fd);
	return err ? err : tap_set_up(tap);
}

int tap_port_open(const struct backend_conf *conf, struct netif **netif, struct why *why)
{
	struct tap *tap = line_alloc(1, sizeof(*tap) + conf->queues * sizeof(tap->queue[0]));
	uint32_t pages = conf->pages > PAGES ? conf->pages : PAGES;
	int err;

	if (!tap)
		return why_no_memory(why, "%s", conf->device);
	tap->netif = (struct netif){.ops = &tap_ops,
	                            .mtu = conf->mtu,
	                            .queues = (uint16_t)conf->queues,
	                            .tx_pages = TX_TAP_PIECES};
	snprintf(tap->name, sizeof(tap->name), "%.*s", IFNAMSIZ - 1, conf->argument);
	snprintf(tap->netif.device, sizeof(tap->netif.device), "%s", conf->device);
	tap->sock = -1;
	tap->gso = ((const struct tap_options *)(const void *)conf->options)->gso;
	if (tap->gso) {
		tap->takes = TUN_F_CSUM | JOINED;
		tap->netif.tso_pages = TX_TAP_PIECES;
	}
	for (unsigned i = 0; i < conf->queues; i++)
		tap->queue[i] = (struct queue){.fd = -1, .detached = -1};
	tap_address(tap, conf);
	err = tap_start(tap, pages, conf->from);
	if (err == -ENOMEM)
		why_set(why,
		        "%s: there is not enough memory for %u pages of each worker; ask for fewer "
		        "workers, or set the port's pages",
		        conf->device, pages);
	else if (err)
		why_set(why, "%s: the TAP cannot be %s: %s", conf->device,
		        conf->from ? "taken over" : "made", strerror(-err));
	if (err) {
		tap_close(&tap->netif);
		return err;
	}
	*netif = &tap->netif;
	return 0;
}

// packet: see the header. The data path is in rx_ring.c and tx_socket.c.
//
// When the interface is gone its sockets stay, deaf. A single socket is bound again
// to the interface that returns. Those of a fanout group cannot be, so others take their
// places: the descriptor's number stays the worker's, and the worker takes the new ring at
// its next burst.
#include "backends/linux/packet.h"

#include "backends/linux/packet_socket.h"
#include "backends/linux/tx_socket.h"
#include "core/host/ifinfo.h"
#include "core/host/log.h"
#include "core/line.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// Pages of a queue for bursts in flight and packets of our own: none is in the ring.
#define PAGES 512

// How often a group of sockets can be replaced without the right to make sockets.
#define SPARES 4

#define OPTION(member) offsetof(struct packet_options, member)

static const struct option_key keys[] = {
        {"frames", OPTION_NUMBER, OPTION(frames), PACKET_FRAMES, PACKET_FRAMES_MIN,
         PACKET_FRAMES_MAX,
         .help = "Frames that wait for each worker at most; what exceeds them is counted as "
                 "rx_missed. Each takes 2 KiB of the kernel's memory (8192: 16 MiB a worker)."},
        {"bypass", OPTION_FLAG, OPTION(bypass), 1,
         .help = "Whether packets go around the kernel's queueing discipline (1)."},
        {"gso", OPTION_FLAG, OPTION(gso), 1,
         .help = "Whether TCP's bytes go to the kernel in packets of several segments, which the "
                 "interface or the kernel cuts (1). Another wadi on packet sockets at the far "
                 "end of a veth pair needs 0, since nothing cuts there."},
        {0},
};
const struct option_table packet_options = {sizeof(struct packet_options), keys};

struct queue {
	CACHE_ALIGNED struct rx_ring ring; // the worker's
	int fd;
	_Atomic bool renewed; // the control thread's, for the worker: take `fresh`
	struct tx_socket tx;  // its fd is this one
	struct page_array pages;
	// The control thread's while not renewed: the ring to take, or one that was given up.
	CACHE_ALIGNED struct rx_ring fresh;
	// Sockets for when the interface returns: the right to make some may be gone by then.
	int spare[SPARES];
	unsigned spares_len;
	uint64_t lost;
};

struct packet {
	struct netif netif;
	struct packet_options options;
	char name[BACKEND_ARGUMENT_BYTES];
	int index;
	struct queue queue[];
};

static struct packet *packet_of(struct netif *netif)
{
	return CONTAINER_OF(netif, struct packet, netif);
}

// The worker takes the ring of the socket that its descriptor has become.
static COLD void queue_renew(struct queue *q)
{
	struct rx_ring old = q->ring;

	q->ring = q->fresh;
	q->fresh = old;
	atomic_store_explicit(&q->renewed, false, memory_order_release);
}

static unsigned packet_rx_burst(struct netif *netif, unsigned queue, struct pkt **pkts, unsigned n)
{
	struct queue *q = &packet_of(netif)->queue[queue];

	if (unlikely(atomic_load_explicit(&q->renewed, memory_order_acquire)))
		queue_renew(q);
	return rx_ring_burst(&q->ring, netif, queue, pkts, n);
}

static unsigned packet_tx_burst(struct netif *netif, unsigned queue, struct pkt **pkts, unsigned n)
{
	struct queue *q = &packet_of(netif)->queue[queue];

	return tx_socket_burst(&q->tx, netif->metric[queue], pkts, n);
}

static int packet_rx_fd(struct netif *netif, unsigned queue)
{
	return packet_of(netif)->queue[queue].fd;
}

static void packet_rx_arm(struct netif *netif, unsigned queue, bool on)
{
	if (on)
		packet_socket_clear(packet_of(netif)->queue[queue].fd);
}

// Both sides would answer: the kernel, without a server, that the port is closed. A
// link-local address that both have is of use to each.
static void packet_own(struct netif *netif, uint16_t vlan, const struct addr *addrs, unsigned len)
{
	const struct packet *packet = packet_of(netif);
	char text[ADDR_TEXT_BYTES];
	struct addr found;

	for (unsigned i = 0; i < len && !vlan; i++)
		if (!addr_is_link_local(addrs[i]) &&
		    ifinfo_find_addr(packet->name, &addrs[i], &found))
			log_warning("%s: %s is the kernel's address on %s as well, which answers "
			            "clients that the port is closed; give the port another one",
			            netif->device, addr_text(addrs[i], text), packet->name);
}

static void packet_status(struct netif *netif, struct netif_status *status)
{
	struct packet *packet = packet_of(netif);
	struct ifinfo info;

	*status = (struct netif_status){0};
	status->lost = ifinfo_by_index(packet->queue[0].fd, packet->index, &info) != 0 ||
	               packet_socket_index(packet->queue[0].fd) != packet->index;
	status->link_up = info.running;
	if (!status->lost)
		netif_take_mac(netif, info.mac);
	for (unsigned i = 0; i < netif->queues; i++) {
		struct queue *q = &packet->queue[i];

		q->lost += packet_socket_lost(q->fd);
		status->rx_missed += q->lost;
	}
}

// What packet_give writes: the rings' shape, whether there are sockets that only send, and
// where each ring is read next.
enum { GIVEN_SLOTS, GIVEN_SLOT_BYTES, GIVEN_GSO, GIVEN_NEXT };

static void packet_give(struct netif *netif, struct netif_handover *to)
{
	struct packet *packet = packet_of(netif);
	unsigned queues = netif->queues;

	*to = (struct netif_handover){.fds_len = queues, .numbers_len = GIVEN_NEXT + queues};
	to->number[GIVEN_GSO] = packet->options.gso;
	for (unsigned i = 0; i < queues; i++) {
		const struct queue *q = &packet->queue[i];
		bool renewed = atomic_load_explicit(&q->renewed, memory_order_acquire);
		const struct rx_ring *ring = renewed ? &q->fresh : &q->ring;

		to->number[GIVEN_SLOTS] = ring->slots;
		to->number[GIVEN_SLOT_BYTES] = ring->slot_bytes;
		to->number[GIVEN_NEXT + i] = __atomic_load_n(&ring->next, __ATOMIC_RELAXED);
		to->fd[i] = q->fd;
		if (packet->options.gso)
			to->fd[to->fds_len++] = q->tx.gso_fd;
	}
}

// Whether the numbers are those of rings that this device can go on with.
static bool is_given_sound(const struct packet *packet, const struct netif_handover *from)
{
	unsigned queues = packet->netif.queues;
	const uint64_t *number = from->number;

	if (from->numbers_len != GIVEN_NEXT + queues || number[GIVEN_SLOTS] == 0 ||
	    number[GIVEN_SLOTS] > 2 * PACKET_FRAMES_MAX || number[GIVEN_SLOT_BYTES] > UINT16_MAX ||
	    number[GIVEN_SLOT_BYTES] < rx_ring_slot_bytes(packet->netif.mtu) ||
	    from->fds_len != queues * (number[GIVEN_GSO] ? 2 : 1))
		return false;
	for (unsigned i = 0; i < queues; i++)
		if (number[GIVEN_NEXT + i] >= number[GIVEN_SLOTS])
			return false;
	return true;
}

static int packet_take(struct netif *netif, const struct netif_handover *from)
{
	struct packet *packet = packet_of(netif);

	if (!is_given_sound(packet, from) ||
	    from->number[GIVEN_SLOTS] != packet->queue[0].ring.slots ||
	    from->number[GIVEN_SLOT_BYTES] != packet->queue[0].ring.slot_bytes)
		return -EINVAL;
	for (unsigned i = 0; i < netif->queues; i++)
		packet->queue[i].ring.next = (uint32_t)from->number[GIVEN_NEXT + i];
	return 0;
}

static void packet_close(struct netif *netif)
{
	struct packet *packet = packet_of(netif);

	for (unsigned i = 0; i < netif->queues; i++) {
		struct queue *q = &packet->queue[i];

		packet_socket_unmap(&q->ring);
		packet_socket_unmap(&q->fresh);
		page_array_close(&q->pages);
		if (q->fd >= 0)
			close(q->fd);
		if (q->tx.gso_fd >= 0)
			close(q->tx.gso_fd);
		while (q->spares_len)
			close(q->spare[--q->spares_len]);
	}
	free(packet);
}

// Sockets for each queue, bound, with rings, and joined when there are several.
static int sockets_bind(struct packet *packet, const int *socks, struct rx_ring *rings, int index)
{
	unsigned queues = packet->netif.queues;
	int group = PACKET_SOCKET_ALONE, err = 0;

	for (unsigned i = 0; i < queues && !err; i++) {
		err = packet_socket_ring(socks[i], (uint32_t)packet->options.frames,
		                         packet->netif.mtu, packet->options.bypass, &rings[i]);
		if (!err)
			err = packet_socket_bind(socks[i], index);
		if (!err && queues > 1) {
			group = packet_socket_join(socks[i], group);
			err = group < 0 ? group : 0;
		}
	}
	for (unsigned i = 0; i < queues && !err; i++)
		err = packet_socket_receive(socks[i]);
	return err;
}

// As many spare sockets as the process may make.
static void spares_fill(struct queue *q)
{
	while (q->spares_len < SPARES) {
		int sock = packet_socket_open();

		if (sock < 0)
			return;
		q->spare[q->spares_len++] = sock;
	}
}

// A spare socket of each queue into socks. 0, or negative errno and none is taken.
static int spares_take(struct packet *packet, int *socks)
{
	for (unsigned i = 0; i < packet->netif.queues; i++) {
		struct queue *q = &packet->queue[i];

		if (atomic_load_explicit(&q->renewed, memory_order_acquire))
			return -EAGAIN;
		spares_fill(q);
		if (q->spares_len == 0)
			return -EPERM;
	}
	for (unsigned i = 0; i < packet->netif.queues; i++)
		socks[i] = packet->queue[i].spare[--packet->queue[i].spares_len];
	return 0;
}

// Each queue's socket of a group is replaced by another, under the same number.
static int packet_renew(struct packet *packet, int index)
{
	struct rx_ring rings[NETIF_QUEUES_MAX] = {0};
	int socks[NETIF_QUEUES_MAX] = {0};
	int err = spares_take(packet, socks);

	if (err)
		return err;
	err = sockets_bind(packet, socks, rings, index);
	for (unsigned i = 0; i < packet->netif.queues; i++) {
		struct queue *q = &packet->queue[i];

		if (err) {
			packet_socket_unmap(&rings[i]);
		} else {
			packet_socket_unmap(&q->fresh);
			q->fresh = rings[i];
			atomic_store_explicit(&q->renewed, true, memory_order_release);
			dup3(socks[i], q->fd, O_CLOEXEC);
		}
		close(socks[i]);
	}
	return err;
}

// The sockets that only send, which no group has.
static int gso_bind(struct packet *packet, int index)
{
	int err = 0;

	for (unsigned i = 0; i < packet->netif.queues && packet->options.gso && !err; i++)
		err = packet_socket_send_by(packet->queue[i].tx.gso_fd, index);
	return err;
}

static int packet_rebind(struct packet *packet, int index)
{
	int err = packet_socket_bind(packet->queue[0].fd, index);

	return err ? err : packet_socket_receive(packet->queue[0].fd);
}

static int packet_reopen(struct netif *netif, struct why *why)
{
	struct packet *packet = packet_of(netif);
	struct ifinfo info;
	int err = ifinfo_by_name(packet->queue[0].fd, packet->name, &info);

	if (err)
		return -ENODEV;
	err = netif->queues == 1 ? packet_rebind(packet, info.index)
	                         : packet_renew(packet, info.index);
	if (!err)
		err = gso_bind(packet, info.index);
	if (err)
		return why_fail(why, err,
		                "the interface is back and cannot be taken up: %s; restart the "
		                "appliance",
		                strerror(-err));
	packet->index = info.index;
	memcpy(netif->mac, info.mac, sizeof(netif->mac));
	atomic_fetch_add_explicit(&netif->generation, 1, memory_order_release);
	return 0;
}

static const struct netif_ops packet_ops = {
        .rx_burst = packet_rx_burst,
        .tx_burst = packet_tx_burst,
        .rx_fd = packet_rx_fd,
        .rx_arm = packet_rx_arm,
        .own = packet_own,
        .status = packet_status,
        .reopen = packet_reopen,
        .give = packet_give,
        .take = packet_take,
        .close = packet_close,
};

static int gso_open(struct queue *q)
{
	q->tx.gso_fd = packet_socket_open();
	return q->tx.gso_fd < 0 ? q->tx.gso_fd : packet_socket_gso(q->tx.gso_fd);
}

// The sockets of a device that opens, and spare ones for each queue of a group.
static int queues_open(struct packet *packet, uint32_t pages)
{
	int err = 0;

	for (unsigned i = 0; i < packet->netif.queues && !err; i++) {
		struct queue *q = &packet->queue[i];

		err = page_array_open(&q->pages, pages);
		packet->netif.pool[i] = &q->pages.pool;
		if (!err)
			q->fd = q->tx.fd = packet_socket_open();
		if (!err && packet->netif.queues > 1)
			spares_fill(q);
		err = err ? err : q->fd < 0 ? q->fd : 0;
		if (!err && packet->options.gso)
			err = gso_open(q);
	}
	return err;
}

// Starts the sockets on the interface, whose address becomes ours.
static int packet_start(struct packet *packet)
{
	struct rx_ring rings[NETIF_QUEUES_MAX] = {0};
	int socks[NETIF_QUEUES_MAX] = {0};
	struct ifinfo info;
	int err = ifinfo_by_name(packet->queue[0].fd, packet->name, &info);

	if (err)
		return err;
	packet->index = info.index;
	memcpy(packet->netif.mac, info.mac, sizeof(info.mac));
	for (unsigned i = 0; i < packet->netif.queues; i++)
		socks[i] = packet->queue[i].fd;
	err = sockets_bind(packet, socks, rings, info.index);
	for (unsigned i = 0; i < packet->netif.queues; i++)
		packet->queue[i].ring = rings[i];
	return err ? err : gso_bind(packet, info.index);
}

// The sockets as another process has them, with its rings: bound, joined, and filling.
static int queues_take(struct packet *packet, uint32_t pages, const struct netif_handover *from)
{
	unsigned queues = packet->netif.queues;
	int err = is_given_sound(packet, from) ? 0 : -EINVAL;

	for (unsigned i = 0; i < queues && !err; i++) {
		struct queue *q = &packet->queue[i];

		err = page_array_open(&q->pages, pages);
		packet->netif.pool[i] = &q->pages.pool;
		q->ring = (struct rx_ring){.slots = (uint32_t)from->number[GIVEN_SLOTS],
		                           .slot_bytes = (uint32_t)from->number[GIVEN_SLOT_BYTES]};
		q->fd = q->tx.fd = fcntl(from->fd[i], F_DUPFD_CLOEXEC, 0);
		if (!err && q->fd < 0)
			err = -errno;
		if (!err)
			err = packet_socket_map(q->fd, &q->ring);
		if (!err && queues > 1)
			spares_fill(q);
		if (!err && packet->options.gso && !from->number[GIVEN_GSO])
			err = gso_open(q);
		else if (!err && packet->options.gso)
			q->tx.gso_fd = fcntl(from->fd[queues + i], F_DUPFD_CLOEXEC, 0);
		if (!err && packet->options.gso && q->tx.gso_fd < 0)
			err = -errno;
	}
	return err;
}

// The interface of the sockets that were taken over, whose address is ours.
static int packet_resume(struct packet *packet)
{
	struct ifinfo info;
	int err = ifinfo_by_name(packet->queue[0].fd, packet->name, &info);

	if (!err && packet_socket_index(packet->queue[0].fd) != info.index)
		err = -ENODEV;
	if (err)
		return err;
	packet->index = info.index;
	memcpy(packet->netif.mac, info.mac, sizeof(info.mac));
	return gso_bind(packet, info.index);
}

static int packet_fail(const struct packet *packet, int err, struct why *why)
{
	const char *device = packet->netif.device;

	if (err == -ENOMEM)
		return why_fail(
		        why, err,
		        "%s: there is not enough memory for %u rings of %ju frames; ask for "
		        "fewer workers, or set the device's option frames",
		        device, packet->netif.queues, (uintmax_t)packet->options.frames);
	if (err == -EMFILE || err == -ENFILE)
		return why_fail(
		        why, err,
		        "%s: no file descriptors are left for its sockets; raise the limit: "
		        "ulimit -n",
		        device);
	return why_fail(why, err, "%s: packet sockets cannot be set up: %s", device,
	                strerror(-err));
}

int packet_open(const struct backend_conf *conf, struct netif **netif, struct why *why)
{
	struct packet *packet =
	        line_alloc(1, sizeof(*packet) + conf->queues * sizeof(packet->queue[0]));
	uint32_t pages;
	int err;

	if (!packet)
		return why_no_memory(why, "%s", conf->device);
	packet->netif = (struct netif){.ops = &packet_ops,
	                               .mtu = conf->mtu,
	                               .queues = (uint16_t)conf->queues,
	                               .tx_pages = TX_SOCKET_PIECES};
	memcpy(&packet->options, conf->options, sizeof(packet->options));
	memcpy(packet->name, conf->argument, sizeof(packet->name));
	snprintf(packet->netif.device, sizeof(packet->netif.device), "%s", conf->device);
	if (packet->options.gso) {
		packet->netif.offloads = NETIF_TX_TSO4 | NETIF_TX_TSO6;
		packet->netif.tso_pages = TX_SOCKET_PAGES;
	}
	for (unsigned i = 0; i < conf->queues; i++)
		packet->queue[i].fd = packet->queue[i].tx.gso_fd = -1;
	pages = conf->pages > PAGES ? conf->pages : PAGES;
	err = conf->from ? queues_take(packet, pages, conf->from) : queues_open(packet, pages);
	if (!err)
		err = conf->from ? packet_resume(packet) : packet_start(packet);
	if (err) {
		packet_fail(packet, err, why);
		packet_close(&packet->netif);
		return err;
	}
	*netif = &packet->netif;
	return 0;
}

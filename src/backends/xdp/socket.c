// socket: see the header. System calls alone; libxdp would load a program of its own, and
// looks programs up by number, which needs CAP_SYS_ADMIN.
#include "backends/xdp/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

// Microseconds that the kernel polls the device for us when asked (SO_BUSY_POLL).
#define BUSY_POLL_US 20

// The kernel gives a queue back a moment after the socket of a process that was killed.
#define BUSY_TRIES   200
#define BUSY_WAIT_NS 5000000

static int socket_set(int fd, int option, const void *value, socklen_t len)
{
	return setsockopt(fd, SOL_XDP, option, value, len) ? -errno : 0;
}

static int ring_map(struct xdp_ring *ring, int fd, uint32_t slots, size_t slot_bytes,
                    const struct xdp_ring_offset *offset, off_t where)
{
	ring->map_bytes = offset->desc + slots * slot_bytes;
	ring->map = mmap(NULL, ring->map_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
	                 fd, where);
	if (ring->map == MAP_FAILED) {
		ring->map = NULL;
		return -errno;
	}
	ring->producer = (uint32_t *)((char *)ring->map + offset->producer);
	ring->consumer = (uint32_t *)((char *)ring->map + offset->consumer);
	ring->flags = (uint32_t *)((char *)ring->map + offset->flags);
	ring->slots = (char *)ring->map + offset->desc;
	ring->mask = slots - 1;
	return 0;
}

static int rings_map(struct xdp_socket *sock, const struct xdp_socket_conf *conf)
{
	struct xdp_mmap_offsets at;
	socklen_t len = sizeof(at);
	int err;

	if (getsockopt(sock->fd, SOL_XDP, XDP_MMAP_OFFSETS, &at, &len))
		return -errno;
	err = ring_map(&sock->rx, sock->fd, conf->rx, sizeof(struct xdp_desc), &at.rx,
	               XDP_PGOFF_RX_RING);
	if (!err)
		err = ring_map(&sock->tx, sock->fd, conf->tx, sizeof(struct xdp_desc), &at.tx,
		               XDP_PGOFF_TX_RING);
	if (!err)
		err = ring_map(&sock->fill, sock->fd, conf->fill, sizeof(uint64_t), &at.fr,
		               (off_t)XDP_UMEM_PGOFF_FILL_RING);
	if (!err)
		err = ring_map(&sock->done, sock->fd, conf->done, sizeof(uint64_t), &at.cr,
		               (off_t)XDP_UMEM_PGOFF_COMPLETION_RING);
	// Producers may fill a whole ring at first.
	sock->tx.limit = conf->tx;
	sock->fill.limit = conf->fill;
	return err;
}

static int rings_size(int fd, const struct xdp_socket_conf *conf)
{
	int err = socket_set(fd, XDP_UMEM_FILL_RING, &conf->fill, sizeof(conf->fill));

	if (!err)
		err = socket_set(fd, XDP_UMEM_COMPLETION_RING, &conf->done, sizeof(conf->done));
	if (!err)
		err = socket_set(fd, XDP_RX_RING, &conf->rx, sizeof(conf->rx));
	if (!err)
		err = socket_set(fd, XDP_TX_RING, &conf->tx, sizeof(conf->tx));
	return err;
}

static int memory_register(int fd, const struct xdp_socket_conf *conf)
{
	// Frames begin where each page's colour has them, at no multiple of the chunk.
	struct xdp_umem_reg reg = {.addr = (uintptr_t)conf->pages,
	                           .len = conf->bytes,
	                           .chunk_size = conf->chunk,
	                           .flags = XDP_UMEM_UNALIGNED_CHUNK_FLAG};

	return socket_set(fd, XDP_UMEM_REG, &reg, sizeof(reg));
}

static int socket_bind(int fd, const struct xdp_socket_conf *conf)
{
	struct sockaddr_xdp addr = {.sxdp_family = AF_XDP,
	                            .sxdp_flags = XDP_USE_NEED_WAKEUP,
	                            .sxdp_ifindex = (uint32_t)conf->index,
	                            .sxdp_queue_id = conf->queue};
	struct timespec wait = {0, BUSY_WAIT_NS};

	if (conf->copy)
		addr.sxdp_flags |= XDP_COPY;
	for (unsigned tries = 0; bind(fd, (struct sockaddr *)&addr, sizeof(addr)); tries++) {
		if (errno != EBUSY || tries == BUSY_TRIES)
			return -errno;
		nanosleep(&wait, NULL);
	}
	return 0;
}

static int busy_poll(int fd, uint32_t budget)
{
	int on = 1, us = BUSY_POLL_US, packets = (int)budget;

	if (budget == 0)
		return 0;
	if (setsockopt(fd, SOL_SOCKET, SO_PREFER_BUSY_POLL, &on, sizeof(on)) ||
	    setsockopt(fd, SOL_SOCKET, SO_BUSY_POLL, &us, sizeof(us)) ||
	    setsockopt(fd, SOL_SOCKET, SO_BUSY_POLL_BUDGET, &packets, sizeof(packets)))
		return -errno;
	return 0;
}

int xdp_socket_open(struct xdp_socket *sock, const struct xdp_socket_conf *conf, const char **step)
{
	int err;

	*sock = (struct xdp_socket){.fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0)};
	*step = "an XDP socket cannot be made";
	if (sock->fd < 0)
		return -errno;
	*step = "its pages cannot be registered";
	err = memory_register(sock->fd, conf);
	*step = err ? *step : "its rings cannot be made";
	if (!err)
		err = rings_size(sock->fd, conf);
	if (!err)
		err = rings_map(sock, conf);
	*step = err ? *step : "busy polling cannot be set";
	if (!err)
		err = busy_poll(sock->fd, conf->busy);
	*step = err ? *step : "its queue cannot be taken";
	if (!err)
		err = socket_bind(sock->fd, conf);
	if (err)
		xdp_socket_close(sock);
	return err;
}

int xdp_socket_take(struct xdp_socket *sock, const struct xdp_socket_conf *conf, int fd)
{
	int err;

	*sock = (struct xdp_socket){.fd = fcntl(fd, F_DUPFD_CLOEXEC, 0)};
	if (sock->fd < 0)
		return -errno;
	err = rings_map(sock, conf);
	if (err)
		xdp_socket_close(sock);
	return err;
}

// What the kernel has done meanwhile is read before the first slot is used.
void xdp_socket_resume(struct xdp_socket *sock)
{
	sock->rx.at = sock->rx.limit = *sock->rx.consumer;
	sock->done.at = sock->done.limit = *sock->done.consumer;
	sock->tx.at = sock->tx.limit = *sock->tx.producer;
	sock->fill.at = sock->fill.limit = *sock->fill.producer;
}

static void ring_unmap(struct xdp_ring *ring)
{
	if (ring->map)
		munmap(ring->map, ring->map_bytes);
}

void xdp_socket_close(struct xdp_socket *sock)
{
	ring_unmap(&sock->rx);
	ring_unmap(&sock->tx);
	ring_unmap(&sock->fill);
	ring_unmap(&sock->done);
	if (sock->fd >= 0)
		close(sock->fd);
	*sock = (struct xdp_socket){.fd = -1};
}

bool xdp_socket_lost(const struct xdp_socket *sock)
{
	int err = 0;
	socklen_t len = sizeof(err);

	return getsockopt(sock->fd, SOL_SOCKET, SO_ERROR, &err, &len) == 0 && err == ENETDOWN;
}

int xdp_socket_statistics(const struct xdp_socket *sock, struct xdp_statistics *stats)
{
	socklen_t len = sizeof(*stats);

	*stats = (struct xdp_statistics){0};
	return getsockopt(sock->fd, SOL_XDP, XDP_STATISTICS, stats, &len) ? -errno : 0;
}

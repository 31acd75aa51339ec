// memif: see the header. DPDK's driver connects a client only when its device starts, and no
// worker may be within the driver while a device stops or starts: each notes in its queue
// that it is, and looks whether it may be.
#include "backends/dpdk/memif.h"

#include "backends/dpdk/burst.h"
#include "backends/dpdk/eal.h"

#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define LINK_POLL_US  1000
#define LINK_FIRST_MS 2000
#define LINK_AGAIN_MS 300 // the control thread does nothing else meanwhile
#define LINK_TRIES    5   // a busy server takes some seconds for the link

// A connection that ends before it was accepted makes DPDK's server deaf: it closes the
// socket and goes on watching its number. A datagram socket is refused before the listener
// hears of it, and the error says whether there is one.
int memif_probe(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int err;

	if (sock < 0)
		return -errno;
	memcpy(addr.sun_path, path, strnlen(path, sizeof(addr.sun_path) - 1));
	err = connect(sock, (struct sockaddr *)&addr, sizeof(addr)) == 0 ? -EPROTOTYPE : -errno;
	close(sock);
	return err == -EPROTOTYPE ? 0 : err;
}

bool memif_is_client(const struct device *device)
{
	return device->kind == DEVICE_MEMIF && device->options.role == DEVICE_CLIENT;
}

// The order of both is what client_shut relies on: the note first, then the look.
static bool client_enter(struct port *port, struct queue *q)
{
	atomic_store_explicit(&q->inside, true, memory_order_seq_cst);
	if (likely(!atomic_load_explicit(&port->shut, memory_order_seq_cst)))
		return true;
	atomic_store_explicit(&q->inside, false, memory_order_release);
	return false;
}

static void client_leave(struct queue *q)
{
	atomic_store_explicit(&q->inside, false, memory_order_release);
}

unsigned memif_client_rx(struct netif *netif, unsigned queue, struct pkt **pkts, unsigned n)
{
	struct port *port = port_of(netif);
	struct queue *q = &port->queue[queue];
	unsigned got;

	if (unlikely(!client_enter(port, q)))
		return 0;
	got = burst_rx(netif, queue, pkts, n);
	client_leave(q);
	return got;
}

unsigned memif_client_tx(struct netif *netif, unsigned queue, struct pkt **pkts, unsigned n)
{
	struct port *port = port_of(netif);
	struct queue *q = &port->queue[queue];
	unsigned sent;

	if (unlikely(!client_enter(port, q)))
		return 0;
	sent = burst_tx(netif, queue, pkts, n);
	client_leave(q);
	return sent;
}

// Returns when no worker is within the driver; none enters before client_open.
static void client_shut(struct port *port)
{
	atomic_store_explicit(&port->shut, true, memory_order_seq_cst);
	for (unsigned i = 0; i < port->netif.queues; i++)
		while (atomic_load_explicit(&port->queue[i].inside, memory_order_seq_cst))
			sched_yield();
}

static void client_open(struct port *port)
{
	atomic_store_explicit(&port->shut, false, memory_order_release);
}

static bool client_link_up(const struct port *port)
{
	struct rte_eth_link link;

	return rte_eth_link_get_nowait(port->dev, &link) == 0 && link.link_status;
}

static bool client_await(const struct port *port, unsigned limit_ms)
{
	for (unsigned us = 0; us < limit_ms * 1000; us += LINK_POLL_US) {
		if (client_link_up(port))
			return true;
		usleep(LINK_POLL_US);
	}
	return client_link_up(port);
}

void memif_client_started(struct port *port)
{
	if (!client_await(port, LINK_FIRST_MS))
		client_shut(port);
}

static bool connects_to(int fd, const char *path)
{
	struct sockaddr_un addr = {0};
	socklen_t len = sizeof(addr) - 1;

	return getpeername(fd, (struct sockaddr *)&addr, &len) == 0 && addr.sun_family == AF_UNIX &&
	       strcmp(addr.sun_path, path) == 0;
}

// Whether the driver, which has no call for it, has a connection to the server: it has been
// accepted without a link so far, or waits for that.
static bool client_connected(const char *path)
{
	DIR *folder = opendir("/proc/self/fd");
	const struct dirent *entry;
	bool found = false;

	while (folder && !found && (entry = readdir(folder)) != NULL)
		found = connects_to(atoi(entry->d_name), path);
	if (folder)
		closedir(folder);
	return found;
}

static void client_connect(struct port *port)
{
	client_shut(port);
	rte_eth_dev_stop(port->dev);
	eal_complaint_clear();
	if (rte_eth_dev_start(port->dev) == 0)
		client_await(port, LINK_AGAIN_MS);
}

static int client_back(struct port *port)
{
	port->tries = 0;
	client_open(port);
	atomic_fetch_add_explicit(&port->netif.generation, 1, memory_order_release);
	return 0;
}

// While one connection stands no other is made: it would wait in the driver for ever when
// the server accepts none.
int memif_client_reopen(struct netif *netif, struct why *why)
{
	struct port *port = port_of(netif);
	const char *path = port->device.name;
	int err = memif_probe(path);

	if (err == -ENOENT || err == -ECONNREFUSED)
		return -ENODEV;
	if (err)
		return why_fail(why, err, "its server's socket %s cannot be used: %s", path,
		                strerror(-err));
	if (!client_link_up(port) && !client_connected(path))
		client_connect(port);
	if (client_link_up(port))
		return client_back(port);
	if (++port->tries < LINK_TRIES)
		return -EAGAIN;
	return why_fail(why, -EBUSY,
	                "a server listens at %s and does not make the link: it is stopped, it has "
	                "another client, or no link of this id; it is tried again each second",
	                path);
}

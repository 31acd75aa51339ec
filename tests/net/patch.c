// patch: a patch cable between two DPDK ports: what one receives the other
// sends. tests/net/memif.sh ties the far end of a memif to a TAP with it; no
// stack, no addresses. usage: patch DEVICE DEVICE
#include "backends/dpdk/dpdk.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#define BURST   32
#define IDLE_US 50

static volatile sig_atomic_t stopping;

static void on_signal(int number)
{
	stopping = number;
}

static unsigned move(struct netif *from, struct netif *to)
{
	struct pkt *pkts[BURST];
	unsigned n = from->ops->rx_burst(from, 0, pkts, BURST);
	unsigned sent = n ? to->ops->tx_burst(to, 0, pkts, n) : 0;

	for (unsigned i = sent; i < n; i++)
		pkt_put(pkts[i]);
	return n;
}

int main(int argc, char **argv)
{
	struct dpdk_port_conf confs[2] = {{.queues = 1}, {.queues = 1}};
	struct netif *netifs[2];
	char why[512];

	if (argc != 3) {
		fprintf(stderr, "usage: %s DEVICE DEVICE\n", argv[0]);
		return 2;
	}
	confs[0].device = argv[1];
	confs[1].device = argv[2];
	if (dpdk_open("patch", confs, 2, netifs, why, sizeof(why)) || dpdk_worker_enter(0)) {
		fprintf(stderr, "%s\n", why);
		return 1;
	}
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	while (!stopping)
		if (move(netifs[0], netifs[1]) + move(netifs[1], netifs[0]) == 0)
			usleep(IDLE_US);
	dpdk_worker_leave();
	for (unsigned i = 0; i < 2; i++)
		netifs[i]->ops->close(netifs[i]);
	dpdk_close();
	return 0;
}

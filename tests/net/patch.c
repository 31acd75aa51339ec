// patch: a patch cable between two DPDK ports: what one receives on a queue the other
// sends on the queue of that number. tests/net/memif.sh and two_workers.sh tie the far
// end of a memif to a TAP with it; no stack, no addresses. At its end it tells what each
// queue of the first port sent and received. usage: patch DEVICE DEVICE [QUEUES]
#include "backends/dpdk/dpdk.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define BURST      32
#define IDLE_US    50
#define QUEUES_MAX 8

static volatile sig_atomic_t stopping;

static void on_signal(int number)
{
	stopping = number;
}

static unsigned move(struct netif *from, struct netif *to, unsigned queue)
{
	struct pkt *pkts[BURST];
	unsigned n = from->ops->rx_burst(from, queue, pkts, BURST);
	unsigned sent = n ? to->ops->tx_burst(to, queue, pkts, n) : 0;

	for (unsigned i = sent; i < n; i++)
		pkt_put(pkts[i]);
	return n;
}

static void run(struct netif **netifs, unsigned queues)
{
	unsigned in[QUEUES_MAX] = {0}, out[QUEUES_MAX] = {0};

	while (!stopping) {
		unsigned moved = 0;

		for (unsigned i = 0; i < queues; i++) {
			unsigned from = move(netifs[0], netifs[1], i);
			unsigned to = move(netifs[1], netifs[0], i);

			in[i] += from;
			out[i] += to;
			moved += from + to;
		}
		if (!moved)
			usleep(IDLE_US);
	}
	for (unsigned i = 0; i < queues; i++)
		printf("queue %u: %u in, %u out\n", i, in[i], out[i]);
}

int main(int argc, char **argv)
{
	int queues = argc > 3 ? atoi(argv[3]) : 1;
	struct backend_conf confs[2];
	struct netif *netifs[2];
	struct why why;

	if (argc < 3 || argc > 4 || queues < 1 || queues > QUEUES_MAX) {
		fprintf(stderr, "usage: %s DEVICE DEVICE [QUEUES]\n", argv[0]);
		return 2;
	}
	for (unsigned i = 0; i < 2; i++) {
		if (backend_conf_parse(&confs[i], &dpdk_backend, argv[1 + i], &why)) {
			fprintf(stderr, "%s is not a device of DPDK\n", argv[1 + i]);
			return 1;
		}
		confs[i].queues = (unsigned)queues;
	}
	if (dpdk_backend.open("patch", confs, 2, netifs, &why) || dpdk_backend.worker_enter(0)) {
		fprintf(stderr, "%s\n", why.text);
		return 1;
	}
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	run(netifs, (unsigned)queues);
	dpdk_backend.worker_leave();
	for (unsigned i = 0; i < 2; i++)
		netifs[i]->ops->close(netifs[i]);
	dpdk_backend.close();
	return 0;
}

// patch: a patch cable between two ports: what one receives on a queue the other
// sends on the queue of that number. tests/net/memif.sh and two_workers.sh tie the far
// end of a memif to a TAP with it; no stack, no addresses. At its end it tells what each
// queue of the first port sent and received. usage: patch DEVICE DEVICE [QUEUES]
#include "apps/boot/backends.h"
#include "proto/tcpip/offload.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define BURST      32
#define IDLE_US    200
#define FULL_US    50
#define TRIES_MAX  20
#define QUEUES_MAX 8

static volatile sig_atomic_t stopping;

static void on_signal(int number)
{
	stopping = number;
}

// Sends what is in the batch; a device that stays full loses the rest.
static void send_all(struct netif *to, unsigned queue, struct batch *batch)
{
	unsigned sent = 0;

	for (unsigned tries = 0; sent < batch->len && tries < TRIES_MAX; tries++) {
		if (tries)
			usleep(FULL_US);
		sent += to->ops->tx_burst(to, queue, batch->pkt + sent, batch->len - sent);
	}
	for (unsigned i = sent; i < batch->len; i++)
		pkt_put(batch->pkt[i]);
	batch->len = 0;
}

static unsigned move(struct netif *from, struct netif *to, unsigned queue)
{
	static struct batch batch;
	struct pkt *pkts[BURST];
	unsigned n = from->ops->rx_burst(from, queue, pkts, BURST);
	struct offload_iface out = {.netif = to,
	                            .pool = to->pool[queue],
	                            .out = &batch,
	                            .metric = to->metric[queue],
	                            .lacks = offload_lacks(to->offloads)};

	for (unsigned i = 0; i < n; i++) {
		if (batch_room(&batch) < OFFLOAD_SEGMENTS_MAX)
			send_all(to, queue, &batch);
		offload_send(&out, pkts[i]);
	}
	send_all(to, queue, &batch);
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
	static struct worker_metric metric;
	int queues = argc > 3 ? atoi(argv[3]) : 1;
	struct backends_conf confs[2] = {0};
	struct netif *netifs[2];
	struct why why;

	if (argc < 3 || argc > 4 || queues < 1 || queues > QUEUES_MAX) {
		fprintf(stderr, "usage: %s DEVICE DEVICE [QUEUES]\n", argv[0]);
		return 2;
	}
	for (unsigned i = 0; i < 2; i++)
		confs[i].device = argv[1 + i];
	if (backends_open("patch", confs, 2, (unsigned)queues, netifs, &why) ||
	    backends_worker_enter(0)) {
		fprintf(stderr, "%s\n", why.text);
		return 1;
	}
	for (unsigned i = 0; i < 2; i++)
		for (int q = 0; q < queues; q++)
			netifs[i]->metric[q] = &metric;
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	run(netifs, (unsigned)queues);
	backends_worker_leave();
	backends_close(netifs, 2);
	return 0;
}

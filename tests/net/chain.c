// chain: sends frames of three pages through a device, each behind the same frame in
// one page, ten times a second until SIGTERM. tests/net/chain.sh compares what arrives.
// At its end it prints how many frames left as a copy. usage: chain DEVICE
#include "apps/boot/backends.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define HEADER_BYTES 14
#define FRAME_BYTES  1200
#define PAUSE_US     100000
#define BURST        32

static const uint16_t cuts[] = {HEADER_BYTES + 40, 500, FRAME_BYTES - HEADER_BYTES - 540};
static const uint16_t whole[] = {FRAME_BYTES};

static volatile sig_atomic_t stopping;

static void on_signal(int number)
{
	stopping = number;
}

// To everybody, of the type for local experiments; byte i is i % 251.
static void frame_fill(uint8_t frame[FRAME_BYTES])
{
	static const uint8_t header[HEADER_BYTES] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2,
	                                             0,    0,    0,    0,    7,    0x88, 0xb5};

	memcpy(frame, header, sizeof(header));
	for (unsigned i = HEADER_BYTES; i < FRAME_BYTES; i++)
		frame[i] = (uint8_t)(i % 251);
}

static struct pkt *frame_new(struct page_pool *pool, const uint16_t *lens, size_t n)
{
	struct pkt *first = NULL, **link = &first;
	uint8_t frame[FRAME_BYTES], *at = frame;

	frame_fill(frame);
	for (size_t i = 0; i < n; i++) {
		struct pkt *pkt = pkt_alloc(pool);

		if (!pkt)
			return NULL;
		pkt_set_len(pkt, lens[i]);
		memcpy(pkt_data(pkt), at, lens[i]);
		at += lens[i];
		*link = pkt;
		link = &pkt->next;
	}
	first->more = FRAME_BYTES - first->len;
	return first;
}

// What comes in is of no interest.
static void drain(struct netif *netif)
{
	struct pkt *pkts[BURST];
	unsigned n;

	while ((n = netif->ops->rx_burst(netif, 0, pkts, BURST)) > 0)
		for (unsigned i = 0; i < n; i++)
			pkt_put(pkts[i]);
}

static unsigned send_round(struct netif *netif)
{
	struct pkt *pkts[] = {frame_new(netif->pool[0], whole, ARRAY_LEN(whole)),
	                      frame_new(netif->pool[0], cuts, ARRAY_LEN(cuts))};
	unsigned sent = 0;

	if (pkts[0] && pkts[1])
		sent = netif->ops->tx_burst(netif, 0, pkts, 2);
	for (unsigned i = sent; i < 2; i++)
		if (pkts[i])
			pkt_put(pkts[i]);
	return sent;
}

static void run(struct netif *netif)
{
	struct netif_status status;
	unsigned sent = 0;

	while (!stopping) {
		drain(netif);
		sent += send_round(netif);
		usleep(PAUSE_US);
	}
	netif->ops->status(netif, &status);
	for (const struct metric_row *row = status.own[0].rows; row && row->table; row++)
		printf("%s %ju\n", row->value,
		       (uintmax_t)counter_get(
		               (const counter_t *)((const char *)status.own[0].of[0] +
		                                   row->offset)));
	printf("sent %u\n", sent);
}

int main(int argc, char **argv)
{
	static struct worker_metric metric;
	struct netif *netif;
	struct why why = {""};

	if (argc != 2) {
		fprintf(stderr, "usage: %s DEVICE\n", argv[0]);
		return 2;
	}
	if (backends_open("chain", &(struct backends_conf){.device = argv[1]}, 1, 1, &netif,
	                  &why) ||
	    backends_worker_enter(0)) {
		fprintf(stderr, "%s\n", why.text);
		return 1;
	}
	netif->metric[0] = &metric;
	signal(SIGTERM, on_signal);
	run(netif);
	backends_worker_leave();
	backends_close(&netif, 1);
	return 0;
}

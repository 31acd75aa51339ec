// bench_ask: what a query and its answer cost the load generator: from the slot in flight to
// the frame, and from the answer's page to the histogram, through pipeline and stack. The server
// is the device, which turns each query round as an answer without records.
#include "lab.h"
#include "measure.h"

#include "apps/bench/ask_port.h"
#include "proto/bench/query_text.h"
#include "proto/tcpip/eth_wire.h"
#include "proto/tcpip/ipv4_wire.h"
#include "proto/tcpip/udp_wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUERIES 10000
#define WINDOW  256
#define WIRE    1024 // frames under way

static struct lab_device device;
static struct lab lab;
static struct pkt *wire[WIRE];
static unsigned wire_head, wire_tail;
static uint64_t answered;

static unsigned server_rx(struct netif *netif, unsigned queue, struct pkt **pkts, unsigned n)
{
	unsigned k = 0;

	for (; k < n && wire_head != wire_tail; k++)
		pkts[k] = wire[wire_head++ % WIRE];
	answered += k;
	return k;
}

// Addresses, ports and the bit QR; what is swapped leaves checksums as they are.
static void turn_round(struct pkt *pkt)
{
	struct eth_hdr *eth = (struct eth_hdr *)pkt_data(pkt), old = *eth;
	struct ipv4_hdr *ip = (struct ipv4_hdr *)(eth + 1);
	struct udp_hdr *udp = (struct udp_hdr *)(ip + 1);
	struct dns_hdr *dns = (struct dns_hdr *)(udp + 1);
	be16_t before = dns->flags, port = udp->src_port;
	be32_t src = ip->src;

	memcpy(eth->dst, old.src, sizeof(eth->dst));
	memcpy(eth->src, old.dst, sizeof(eth->src));
	ip->src = ip->dst;
	ip->dst = src;
	udp->src_port = udp->dst_port;
	udp->dst_port = port;
	dns->flags.be |= be16(DNS_FLAG_QR).be;
	udp->cksum = cksum_update(udp->cksum, before, dns->flags);
	pkt->hash = 0;
	pkt->rx_flags = 0;
	pkt->iface = 0;
}

static unsigned server_tx(struct netif *netif, unsigned queue, struct pkt **pkts, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		turn_round(pkts[i]);
		wire[wire_tail++ % WIRE] = pkts[i];
	}
	return n;
}

static const struct netif_ops server_ops = {.rx_burst = server_rx, .tx_burst = server_tx};

static void run(void *ctx, unsigned slice)
{
	uint64_t until = answered + LAB_SLICE;

	while (answered < until)
		pipeline_turn_at(&lab.pipeline, lab.now);
}

// What the device does, with the packets that are under way.
static void run_server(void *ctx, unsigned slice)
{
	struct pkt *burst[PIPELINE_BURST];

	for (unsigned n, all = 0; all < LAB_SLICE; all += n) {
		n = server_rx(lab.netif, 0, burst, PIPELINE_BURST);
		server_tx(lab.netif, 0, burst, n);
	}
}

static void add_queries(struct ask *ask, bool random_label)
{
	static char text[QUERIES * 32];
	const struct query_form form = {.udp_bytes = 1232, .random_label = random_label};
	size_t len = 0;
	struct why why;

	for (unsigned i = 0; i < QUERIES; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "n%u.example.org A\n", i);
	if (query_text_add(&ask->set, &form, text, len, &why))
		measure_fail("%s", why.text);
}

static struct ask_worker *open_port(struct ask *ask, struct ask_port *port)
{
	if (!target_parse(LAB_GATEWAY, 53, &ask->way[0].target) ||
	    ask_worker_open(&port->worker, ask, 0, 4 * WINDOW, 1) ||
	    ask_port_open(port, &lab.pipeline, lab.stack))
		measure_fail("bench_ask: the worker cannot be opened");
	return &port->worker;
}

// Finds the sources, then begins a trial that does not end: time stands still.
static void begin(struct ask_worker *worker)
{
	struct asker_trial trial = {.begin = lab.now, .run_us = SEC_US, .window = WINDOW};

	ask_worker_order(worker, ASK_FIND, NULL);
	for (unsigned i = 0; i < 100; i++)
		pipeline_turn_at(&lab.pipeline, lab.now);
	if (!ask_worker_is_done(worker) || worker->sources_len == 0)
		measure_fail("bench_ask: the server does not answer");
	ask_worker_order(worker, ASK_TRIAL, &trial);
}

static void measure_kind(struct measure *measure, const char *kind, bool random_label,
                         enum picker_order order)
{
	const struct ask_conf conf = {.order = order, .timeout_ms = 1000, .sources = 16};
	struct ask ask = {.conf = &conf, .ways_len = 1};
	struct ask_port *port = measure_alloc(sizeof(*port));

	if (!measure_wants(measure, kind)) {
		free(port);
		return;
	}
	lab_device_open(&device, 1);
	lab_open(&lab, &device, 0);
	device.netif.ops = &server_ops;
	add_queries(&ask, random_label);
	memset(port, 0, sizeof(*port));
	begin(open_port(&ask, port));
	measure_run(measure, &(struct measure_case){.kind = kind,
	                                            .slices = 16,
	                                            .items = LAB_SLICE,
	                                            .run = run,
	                                            .bare = run_server});
	if (counter_get(&port->worker.asker.tally.answered) == 0 ||
	    counter_get(&port->worker.asker.tally.wrong))
		measure_fail("bench_ask: the answers do not match");
	while (wire_head != wire_tail)
		pkt_put(wire[wire_head++ % WIRE]);
	ask_port_close(port);
	query_set_close(&ask.set);
	lab_close(&lab);
	lab_device_close(&device);
	free(port);
}

int main(int argc, char **argv)
{
	static const struct measure_about about = {
	        .bench = "bench_ask",
	        .text = "Measures a query and its answer in the load generator, over IPv4, with\n"
	                "256 in flight, of 10,000: asked in their order (listed), at random\n"
	                "(uniform), and with a random first label (random). The device, which is\n"
	                "the server, is taken off.\n",
	        .item = "query",
	};
	static struct measure measure;

	measure_open(&measure, &about, argv);
	measure_kind(&measure, "listed", false, PICKER_LISTED);
	measure_kind(&measure, "uniform", false, PICKER_UNIFORM);
	measure_kind(&measure, "random", true, PICKER_LISTED);
	measure_close(&measure);
	return 0;
}

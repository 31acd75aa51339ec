// lab: see the header.
#include "lab.h"

#include "measure.h"

#include "proto/tcpip/arp_wire.h"
#include "proto/tcpip/icmp_wire.h"
#include "proto/tcpip/ip_wire.h"
#include "proto/tcpip/ipv4_wire.h"
#include "proto/tcpip/ipv6_wire.h"
#include "proto/tcpip/ndp_wire.h"
#include "proto/tcpip/udp_wire.h"

#include <string.h>

#define TRACE_RECORDS 4096
#define TCP_CONNS     4096
#define PAGES         (8 * LAB_RING)
#define SERVER6       "2001:db8::2"
#define GATEWAY6      "2001:db8::1"
#define CLIENTS       "198.18.0.0" // 2^16 of them
#define CLIENTS6      "2001:db8:1::"

static struct lab_queue *queue_of(struct netif *netif, unsigned queue)
{
	return &CONTAINER_OF(netif, struct lab_device, netif)->queue[queue];
}

static unsigned device_rx(struct netif *netif, unsigned queue, struct pkt **pkts, unsigned n)
{
	struct lab_queue *q = queue_of(netif, queue);
	unsigned k;

	for (k = 0; k < n && q->next < q->end; k++, q->next++) {
		struct pkt **slot = &q->posted[q->head++ % LAB_RING];
		struct pkt *pkt = *slot;

		*slot = pkt_alloc(&q->pages.pool);
		memcpy(pkt_data(pkt), q->next->bytes, q->next->len);
		pkt_set_len(pkt, q->next->len);
		pkt->iface = 0;
		pkts[k] = pkt;
	}
	return k;
}

static unsigned device_tx(struct netif *netif, unsigned queue, struct pkt **pkts, unsigned n)
{
	struct lab_queue *q = queue_of(netif, queue);

	for (unsigned i = 0; i < n; i++) {
		if (unlikely(q->asking)) {
			q->last_len = pkts[i]->len;
			memcpy(q->last, pkt_data(pkts[i]), pkts[i]->len);
		}
		pkt_put(pkts[i]);
	}
	q->sent += n;
	return n;
}

static const struct netif_ops device_ops = {.rx_burst = device_rx, .tx_burst = device_tx};

static struct addr address(const char *text)
{
	struct addr addr;

	if (!addr_parse(text, &addr))
		measure_fail("%s is no address", text);
	return addr;
}

static struct eth_hdr *eth_build(struct lab_frame *frame, uint16_t type, size_t len)
{
	struct eth_hdr *eth = (struct eth_hdr *)frame->bytes;

	if (sizeof(*eth) + len > sizeof(frame->bytes))
		measure_fail("a frame of %zu bytes has no room in the lab", sizeof(*eth) + len);
	memset(frame, 0, sizeof(*frame));
	memcpy(eth->dst, LAB_SERVER_MAC, sizeof(eth->dst));
	memcpy(eth->src, LAB_GATEWAY_MAC, sizeof(eth->src));
	eth->type = be16(type);
	frame->len = (uint16_t)(sizeof(*eth) + len);
	return eth;
}

// The header in front of l4_len bytes; returns their place.
static void *ipv6_header(struct lab_frame *frame, struct addr src, uint8_t next, size_t l4_len)
{
	struct ipv6_hdr *ip;

	ip = (struct ipv6_hdr *)(eth_build(frame, ETH_TYPE_IPV6, sizeof(*ip) + l4_len) + 1);
	ip->version_class_flow = be32(UINT32_C(6) << 28);
	ip->payload_len = be16((uint16_t)l4_len);
	ip->next = next;
	ip->hop_limit = 255;
	addr_to_bytes(src, ip->src);
	addr_to_bytes(address(SERVER6), ip->dst);
	return ip + 1;
}

static void *ipv4_header(struct lab_frame *frame, struct addr src, size_t l4_len)
{
	struct ipv4_hdr *ip;

	ip = (struct ipv4_hdr *)(eth_build(frame, ETH_TYPE_IPV4, sizeof(*ip) + l4_len) + 1);
	ip->version_ihl = IPV4_VERSION_IHL;
	ip->total_len = be16((uint16_t)(sizeof(*ip) + l4_len));
	ip->ttl = IP_TTL;
	ip->protocol = IP_PROTOCOL_UDP;
	ip->src = addr_ipv4(src);
	ip->dst = addr_ipv4(address(LAB_SERVER));
	ip->cksum = cksum_finish(cksum_add((cksum_t){0}, ip, sizeof(*ip)));
	return ip + 1;
}

void lab_frame_build(struct lab_frame *frame, struct rand *rand, bool ipv6, uint16_t port,
                     const void *payload, size_t len)
{
	uint16_t l4_len = (uint16_t)(sizeof(struct udp_hdr) + len);
	struct addr src = address(ipv6 ? CLIENTS6 : CLIENTS);
	struct udp_hdr *udp;

	src.lo |= (uint64_t)rand_below(rand, 1 << 16) << 48; // addresses lie in network order
	udp = ipv6 ? ipv6_header(frame, src, IP_PROTOCOL_UDP, l4_len)
	           : ipv4_header(frame, src, l4_len);
	udp->src_port = be16((uint16_t)(1024 + rand_below(rand, 64512)));
	udp->dst_port = be16(port);
	udp->len = be16(l4_len);
	memcpy(udp + 1, payload, len);
	udp->cksum = cksum_finish_udp(cksum_add(
	        cksum_pseudo(src, address(ipv6 ? SERVER6 : LAB_SERVER), IP_PROTOCOL_UDP, l4_len),
	        udp, l4_len));
}

void lab_run(struct lab *lab, const struct lab_frame *frames, unsigned n)
{
	struct lab_queue *q = lab->queue;

	q->next = frames;
	q->end = frames + n;
	while (q->next < q->end)
		pipeline_turn_at(&lab->pipeline, lab->now);
}

void lab_run_device(struct lab *lab, const struct lab_frame *frames, unsigned n)
{
	struct netif *netif = lab->netif;
	unsigned queue = lab->pipeline.queue, len;
	struct pkt *burst[PIPELINE_BURST];

	// What the watch does with a page that is freed is not the device's part.
	if (lab->watch)
		pkt_watch_detach(lab->watch);
	lab->queue->next = frames;
	lab->queue->end = frames + n;
	while ((len = netif->ops->rx_burst(netif, queue, burst, PIPELINE_BURST)))
		netif->ops->tx_burst(netif, queue, burst, len);
	if (lab->watch)
		pkt_watch_attach(lab->watch, &lab->pipeline);
}

const uint8_t *lab_ask(struct lab *lab, const struct lab_frame *frame, size_t *len)
{
	struct lab_queue *q = lab->queue;
	const struct eth_hdr *eth = (const struct eth_hdr *)q->last;
	const struct udp_hdr *udp;
	uint64_t before = q->sent;

	q->asking = true;
	lab_run(lab, frame, 1);
	q->asking = false;
	if (q->sent != before + 1)
		measure_fail("the stack does not answer");
	udp = be16_get(eth->type) == ETH_TYPE_IPV4
	              ? (const struct udp_hdr *)((const struct ipv4_hdr *)(eth + 1) + 1)
	              : (const struct udp_hdr *)((const struct ipv6_hdr *)(eth + 1) + 1);
	*len = be16_get(udp->len) - sizeof(*udp);
	return (const uint8_t *)(udp + 1);
}

void lab_gateway_asks(struct lab_frame *frame)
{
	struct arp_hdr *arp = (struct arp_hdr *)(eth_build(frame, ETH_TYPE_ARP, sizeof(*arp)) + 1);

	arp_build(arp, ARP_REQUEST, mac_load((const uint8_t *)LAB_GATEWAY_MAC),
	          addr_ipv4(address(LAB_GATEWAY)), (struct mac){0}, addr_ipv4(address(LAB_SERVER)));
}

// The gateway asks who we are, by ARP and by neighbour discovery.
static void introduce(struct lab *lab)
{
	struct mac gateway = mac_load((const uint8_t *)LAB_GATEWAY_MAC);
	struct lab_frame frame;
	struct ndp_hdr *ndp;
	struct ndp_mac_option *option;
	size_t len = sizeof(*ndp) + sizeof(*option);

	lab_gateway_asks(&frame);
	lab_run(lab, &frame, 1);
	ndp = ipv6_header(&frame, address(GATEWAY6), IP_PROTOCOL_ICMP6, len);
	option = (struct ndp_mac_option *)(ndp + 1);
	ndp->type = ICMP6_NEIGHBOR_SOLICIT;
	addr_to_bytes(address(SERVER6), ndp->target);
	option->type = NDP_OPTION_SOURCE_MAC;
	option->len = 1;
	mac_store(option->mac, gateway);
	ndp->cksum = cksum_finish(cksum_add(
	        cksum_pseudo(address(GATEWAY6), address(SERVER6), IP_PROTOCOL_ICMP6, (uint32_t)len),
	        ndp, len));
	lab_run(lab, &frame, 1);
	if (lab->queue->sent != 2)
		measure_fail("the stack does not tell who it is");
}

static void open_stack(struct lab *lab)
{
	static struct stack_conf conf;
	struct stack_iface_conf *iface = &conf.iface[0];

	conf = (struct stack_conf){
	        .ifaces_len = 1,
	        .neighbours = 64,
	        .tcp_conns = CONTAINER_OF(lab->netif, struct lab_device, netif)->tcp_conns,
	        .icmp_errors_per_s = 100,
	        .seed = 1,
	        .metric = &lab->metric,
	        .wheel = &lab->pipeline.wheel};
	iface->netif = lab->netif;
	iface->out = &lab->pipeline.iface[0].out;
	iface->pool = &lab->queue->pages.pool;
	iface->ipv4_len = iface->ipv6_len = 1;
	iface->gateway4 = address(LAB_GATEWAY);
	iface->gateway6 = address(GATEWAY6);
	if (!addr_prefix_parse(LAB_SERVER "/24", &iface->ipv4[0]) ||
	    !addr_prefix_parse(SERVER6 "/64", &iface->ipv6[0]))
		measure_fail("the lab's addresses are wrong");
	lab->stack = stack_open(&conf, lab->now);
	if (!lab->stack)
		measure_fail("memory is too short for a stack");
	pipeline_attach(&lab->pipeline, stack_input, stack_link, stack_flush, lab->stack);
}

static void open_queue(struct lab_queue *q)
{
	if (page_array_open(&q->pages, PAGES))
		measure_fail("memory is too short for a device's pages");
	for (unsigned i = 0; i < LAB_RING; i++)
		q->posted[i] = pkt_alloc(&q->pages.pool);
}

void lab_device_open(struct lab_device *device, unsigned queues)
{
	assert(queues <= LAB_QUEUES_MAX);
	memset(device, 0, sizeof(*device));
	device->tcp_conns = TCP_CONNS;
	device->netif = (struct netif){.ops = &device_ops, .mtu = 1500, .queues = (uint16_t)queues};
	memcpy(device->netif.mac, LAB_SERVER_MAC, sizeof(device->netif.mac));
	for (unsigned i = 0; i < queues; i++) {
		open_queue(&device->queue[i]);
		device->netif.pool[i] = &device->queue[i].pages.pool;
	}
}

void lab_device_close(struct lab_device *device)
{
	for (unsigned i = 0; i < device->netif.queues; i++) {
		for (unsigned k = 0; k < LAB_RING; k++)
			pkt_put(device->queue[i].posted[k]);
		page_array_close(&device->queue[i].pages);
	}
}

void lab_open(struct lab *lab, struct lab_device *device, unsigned queue)
{
	struct netif *netifs[] = {&device->netif};

	memset(lab, 0, sizeof(*lab));
	lab->now = (mono_t){SEC_US};
	lab->netif = &device->netif;
	lab->queue = &device->queue[queue];
	if (pipeline_init(&lab->pipeline, queue, IDLE_SPIN, netifs, 1, &lab->metric))
		measure_fail("memory is too short for a worker");
	wheel_init(&lab->pipeline.wheel, lab->now);
	open_stack(lab);
	introduce(lab);
}

void lab_trace(struct lab *lab)
{
	struct trace *traces[] = {&lab->metric.trace, &lab->metric.tcp_trace};
	size_t bytes = sizeof(struct trace_ring) + TRACE_RECORDS * sizeof(uint64_t);

	for (unsigned i = 0; i < ARRAY_LEN(traces); i++) {
		lab->ring[i] = measure_alloc(bytes);
		memset(lab->ring[i], 0, bytes);
		trace_init(traces[i], lab->ring[i], TRACE_RECORDS, lab->now);
	}
}

void lab_watch(struct lab *lab, const struct pkt_filter *filter)
{
	lab->watch = measure_alloc(sizeof(*lab->watch));
	if (pkt_watch_open(lab->watch, filter, UINT16_MAX))
		measure_fail("memory is too short for a watch");
	pkt_watch_attach(lab->watch, &lab->pipeline);
}

static void close_watch(struct lab *lab)
{
	if (!lab->watch)
		return;
	pkt_watch_detach(lab->watch);
	pkt_watch_close(lab->watch);
	free(lab->watch);
}

void lab_close(struct lab *lab)
{
	close_watch(lab);
	stack_close(lab->stack);
	pipeline_fini(&lab->pipeline);
	for (unsigned i = 0; i < ARRAY_LEN(lab->ring); i++)
		free(lab->ring[i]);
}

// stack: where each protocol's packets come from and go to. A frame goes from
// stack_input by frame_input to arp.c, ipv4.c or ipv6.c, and on to icmp.c,
// icmp6.c or a listener; replies leave through port.c.
#include "proto/tcpip/stack.h"

#include "proto/tcpip/arp.h"
#include "proto/tcpip/icmp.h"
#include "proto/tcpip/icmp6.h"
#include "proto/tcpip/ipv4.h"
#include "proto/tcpip/ipv6.h"
#include "proto/tcpip/mld.h"
#include "proto/tcpip/ndp.h"
#include "proto/tcpip/port.h"
#include "proto/tcpip/udp.h"
#include "proto/tcpip/udp_wire.h"

#include <errno.h>
#include <stdlib.h>

#define BURST         32 // packets between two calls of the listeners
#define PREFETCH      4  // packets ahead
#define ANNOUNCEMENTS 2  // RFC 5227 section 1.1, ANNOUNCE_NUM and ANNOUNCE_INTERVAL
#define ANNOUNCE_US   (2 * SEC_US)

struct listener {
	uint16_t port;
	uint16_t len; // datagrams of the burst at hand
	udp_burst_fn *fn;
	void *ctx;
	struct udp_dgram dgram[BURST];
};

struct stack {
	struct worker_metric *metric;
	unsigned ports_len;
	unsigned listeners_len;
	struct port *by_netif[STACK_PORTS_MAX]; // by netif->port, which packets carry
	uint32_t seen[STAGE_COUNT];             // packets of the burst at hand, by stage
	bool announces;                         // this worker does
	uint32_t announcing;                    // ports that are at it,
	unsigned announced;                     // and how often they have
	struct wheel *wheel;
	struct wheel_timer announce;
	struct port port[STACK_PORTS_MAX];
	struct listener listener[STACK_LISTENERS_MAX];
};

// DROP_NONE: the datagram waits for its listener. The caller reports ports
// without one.
static enum drop datagram_input(struct stack *stack, struct port *port, struct pkt *pkt,
                                struct addr src, struct addr dst, uint16_t l3_len)
{
	const struct udp_hdr *udp = (const struct udp_hdr *)(pkt->page + pkt->l4);
	enum drop reason = udp_input(pkt, src, dst);

	stack->seen[STAGE_UDP]++;
	if (unlikely(reason))
		return reason;
	for (unsigned i = 0; i < stack->listeners_len; i++) {
		struct listener *listener = &stack->listener[i];

		if (likely(listener->port == be16_get(udp->dst_port))) {
			udp_describe(port, pkt, src, dst, l3_len,
			             &listener->dgram[listener->len++]);
			return DROP_NONE;
		}
	}
	return DROP_UDP_NO_LISTENER;
}

static enum drop packet4_input(struct stack *stack, struct port *port, struct pkt *pkt, mono_t now)
{
	const struct ipv4_hdr *ip = (const struct ipv4_hdr *)(pkt->page + pkt->l3);
	enum drop reason = ipv4_input(port, pkt);

	stack->seen[STAGE_IPV4]++;
	if (unlikely(reason))
		return reason;
	if (likely(ip->protocol == IPV4_PROTOCOL_UDP)) {
		reason = datagram_input(stack, port, pkt, addr_from_ipv4(ip->src),
		                        addr_from_ipv4(ip->dst), sizeof(*ip));
		if (unlikely(reason == DROP_UDP_NO_LISTENER))
			icmp_unreachable(port, pkt, ICMP_UNREACHABLE_PORT, now);
		return reason;
	}
	if (ip->protocol == IPV4_PROTOCOL_ICMP) {
		stack->seen[STAGE_ICMP4]++;
		return icmp_input(port, pkt, now);
	}
	icmp_unreachable(port, pkt, ICMP_UNREACHABLE_PROTOCOL, now);
	return DROP_IPV4_PROTOCOL;
}

static enum drop packet6_input(struct stack *stack, struct port *port, struct pkt *pkt, mono_t now)
{
	const struct ipv6_hdr *ip = (const struct ipv6_hdr *)(pkt->page + pkt->l3);
	struct ipv6_walk walk;
	enum drop reason = ipv6_input(port, pkt, &walk);

	stack->seen[STAGE_IPV6]++;
	if (unlikely(reason)) {
		if (walk.problem_code >= 0)
			icmp6_error(port, pkt, ICMP6_PARAMETER, (enum icmp6_code)walk.problem_code,
			            walk.pointer, now);
		return reason;
	}
	if (likely(walk.next == IPV6_NEXT_UDP)) {
		if (unlikely(ip->dst[0] == 0xff))
			return DROP_UDP_GROUP;
		reason = datagram_input(stack, port, pkt, addr_from_bytes(ip->src),
		                        addr_from_bytes(ip->dst), sizeof(*ip));
		if (unlikely(reason == DROP_UDP_NO_LISTENER))
			icmp6_error(port, pkt, ICMP6_UNREACHABLE, ICMP6_UNREACHABLE_PORT, 0, now);
		return reason;
	}
	if (walk.next == IPV6_NEXT_ICMP6) {
		stack->seen[STAGE_ICMP6]++;
		return icmp6_input(port, pkt, &walk, now);
	}
	icmp6_error(port, pkt, ICMP6_PARAMETER, ICMP6_PARAMETER_NEXT_HEADER, walk.pointer, now);
	return DROP_IPV6_PROTOCOL;
}

// Whether the port takes frames for this destination.
static bool frame_is_ours(const struct port *port, struct mac dst)
{
	if (likely(mac_eq(dst, port->mac)))
		return true;
	return mac_eq(dst, MAC_BROADCAST) || (mac_is_ipv6_group(dst) && port->ipv6_len);
}

// DROP_NONE: the packet was consumed or waits for its listener.
static enum drop frame_input(struct stack *stack, struct pkt *pkt, mono_t now)
{
	struct port *port = stack->by_netif[pkt->port];
	const struct eth_hdr *eth = (const struct eth_hdr *)pkt_data(pkt);
	uint16_t hdr_len, type;
	enum drop reason = eth_check(pkt_data(pkt), pkt->len, &hdr_len, &type);

	if (unlikely(reason))
		return reason;
	if (unlikely(!frame_is_ours(port, mac_load(eth->dst))))
		return DROP_ETH_NOT_OURS;
	if (unlikely(mac_is_group(mac_load(eth->src))))
		return DROP_ETH_SOURCE;
	if (unlikely(eth_vid(pkt_data(pkt), hdr_len) != port->vlan))
		return DROP_ETH_VLAN;
	pkt->l2 = pkt->off;
	pkt->l3 = (uint16_t)(pkt->l2 + hdr_len);
	if (likely(type == ETH_TYPE_IPV4 && port->ipv4_len))
		return packet4_input(stack, port, pkt, now);
	if (type == ETH_TYPE_IPV6 && port->ipv6_len)
		return packet6_input(stack, port, pkt, now);
	if (type == ETH_TYPE_ARP && port->ipv4_len) {
		stack->seen[STAGE_ARP]++;
		return arp_input(port, pkt, now);
	}
	return DROP_ETH_TYPE;
}

// Hands a listener its datagrams and sends what it answered.
static void listener_call(struct stack *stack, struct listener *listener, mono_t now)
{
	struct worker_metric *metric = stack->metric;
	unsigned n = listener->len;
	uint64_t begin = stage_begin(metric);

	listener->len = 0;
	listener->fn(listener->ctx, listener->dgram, n, now);
	stage_end(metric, STAGE_APP, begin, n);
	for (unsigned i = 0; i < n; i++) {
		const struct udp_dgram *dgram = &listener->dgram[i];

		if (likely(dgram->reply_len != UDP_NO_REPLY))
			udp_reply(stack->by_netif[dgram->pkt->port], dgram, now);
		else if (dgram->drop)
			pkt_drop(metric, dgram->pkt, dgram->drop);
		else
			pkt_put(dgram->pkt);
	}
}

static void burst_input(struct stack *stack, struct pkt **pkts, unsigned n, mono_t now)
{
	for (unsigned i = 0; i < n && i < PREFETCH; i++)
		prefetch(pkt_data(pkts[i]));
	for (unsigned i = 0; i < n; i++) {
		enum drop reason;

		if (i + PREFETCH < n)
			prefetch(pkt_data(pkts[i + PREFETCH]));
		reason = frame_input(stack, pkts[i], now);
		if (unlikely(reason))
			pkt_drop(stack->metric, pkts[i], reason);
	}
	for (unsigned i = 0; i < stack->listeners_len; i++)
		if (stack->listener[i].len)
			listener_call(stack, &stack->listener[i], now);
}

// Only the whole way is timed, and the application's part of it; the stages in
// between are counted.
static void count_seen(struct stack *stack)
{
	static const enum stage stages[] = {STAGE_ARP,   STAGE_IPV4,  STAGE_IPV6,
	                                    STAGE_ICMP4, STAGE_ICMP6, STAGE_UDP};

	for (unsigned i = 0; i < ARRAY_LEN(stages); i++) {
		if (stack->seen[stages[i]])
			stage_end(stack->metric, stages[i], 0, stack->seen[stages[i]]);
		stack->seen[stages[i]] = 0;
	}
}

void stack_input(void *ctx, struct pkt **pkts, unsigned n, mono_t now)
{
	struct stack *stack = ctx;
	uint64_t begin = stage_begin(stack->metric);

	for (unsigned done = 0; done < n; done += BURST)
		burst_input(stack, pkts + done, (unsigned)size_min(n - done, BURST), now);
	count_seen(stack);
	stage_end(stack->metric, STAGE_ETH, begin, n);
}

int stack_udp_listen(struct stack *stack, uint16_t port, udp_burst_fn *fn, void *ctx)
{
	struct listener *listener = &stack->listener[stack->listeners_len];

	for (unsigned i = 0; i < stack->listeners_len; i++)
		if (stack->listener[i].port == port)
			return -EADDRINUSE;
	if (stack->listeners_len == STACK_LISTENERS_MAX)
		return -ENOSPC;
	listener->port = port;
	listener->fn = fn;
	listener->ctx = ctx;
	stack->listeners_len++;
	return 0;
}

static struct port *port_towards(struct stack *stack, struct addr dst)
{
	struct port *port = NULL;

	for (unsigned i = stack->ports_len; i-- > 0;) {
		struct port *p = &stack->port[i];
		bool ipv4 = addr_is_ipv4(dst);

		if (ipv4 ? p->ipv4_len == 0 : p->ipv6_len == 0)
			continue;
		if (port_on_link(p, dst))
			return p;
		if (!addr_is_any(ipv4 ? p->gateway4 : p->gateway6))
			port = p;
	}
	return port;
}

void stack_udp_send(struct stack *stack, uint16_t src_port, struct addr dst, uint16_t dst_port,
                    const void *bytes, uint16_t len, mono_t now)
{
	struct port *port = port_towards(stack, dst);

	if (port)
		udp_send(port, src_port, dst, dst_port, bytes, len, now);
	else
		counter_add(&stack->metric->drop[DROP_NEIGH_NO_ROUTE], 1);
}

static void announce(struct wheel_timer *timer, mono_t now)
{
	struct stack *stack = CONTAINER_OF(timer, struct stack, announce);

	for (unsigned i = 0; i < stack->ports_len; i++) {
		struct port *port = &stack->port[i];

		if (!(stack->announcing >> i & 1))
			continue;
		for (unsigned k = 0; k < port->ipv4_len; k++)
			arp_announce(port, port->ipv4[k].addr);
		if (port->ipv6_len)
			mld_announce(port);
		for (unsigned k = 0; k < port->ipv6_len; k++)
			ndp_announce(port, port->ipv6[k].addr);
	}
	if (++stack->announced < ANNOUNCEMENTS)
		wheel_add(stack->wheel, timer, mono_add(now, ANNOUNCE_US));
}

static void announce_begin(struct stack *stack, uint32_t ports, mono_t now)
{
	if (!stack->announces)
		return;
	if (!wheel_timer_armed(&stack->announce))
		stack->announcing = 0;
	wheel_del(stack->wheel, &stack->announce);
	stack->announcing |= ports;
	stack->announced = 0;
	announce(&stack->announce, now);
}

void stack_link(void *ctx, const struct netif *netif, mono_t now)
{
	struct stack *stack = ctx;
	struct port *port = stack->by_netif[netif->port];

	port_relink(port, netif, now);
	announce_begin(stack, UINT32_C(1) << (port - stack->port), now);
}

unsigned stack_groups(const struct stack *stack, const struct netif *netif, uint8_t (*macs)[6],
                      unsigned size)
{
	const struct port *port = stack->by_netif[netif->port];
	unsigned n = 0;

	if (port->ipv6_len == 0)
		return 0;
	for (unsigned i = 0; i <= port->ipv6_len; i++, n++) {
		struct addr group =
		        i ? ipv6_solicited_group(port->ipv6[i - 1].addr) : ipv6_all_nodes();

		if (n < size)
			mac_store(macs[n], mac_of_ipv6_group(group));
	}
	return n;
}

struct stack *stack_open(const struct stack_conf *conf, mono_t now)
{
	struct stack *stack =
	        aligned_alloc(CACHE_LINE_BYTES, ROUND_UP(sizeof(*stack), CACHE_LINE_BYTES));

	if (!stack)
		return NULL;
	assert(conf->ports_len <= STACK_PORTS_MAX);
	*stack = (struct stack){
	        .metric = conf->metric, .wheel = conf->wheel, .announces = conf->announce};
	for (unsigned i = 0; i < conf->ports_len; i++) {
		assert(conf->port[i].netif->port < STACK_PORTS_MAX);
		if (port_init(&stack->port[i], conf, i)) {
			stack_close(stack);
			return NULL;
		}
		stack->by_netif[conf->port[i].netif->port] = &stack->port[i];
		stack->ports_len++;
	}
	wheel_timer_init(&stack->announce, announce);
	announce_begin(stack, UINT32_MAX, now);
	return stack;
}

void stack_close(struct stack *stack)
{
	wheel_del(stack->wheel, &stack->announce);
	for (unsigned i = 0; i < stack->ports_len; i++)
		port_fini(&stack->port[i]);
	free(stack);
}

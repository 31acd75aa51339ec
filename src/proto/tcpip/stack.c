// stack: where each protocol's packets come from and go to. A frame goes from
// stack_input by frame_input to arp.c, ipv4.c or ipv6.c, and on to icmp.c,
// icmp6.c or a listener; replies leave through iface.c.
#include "proto/tcpip/stack.h"

#include "proto/tcpip/arp.h"
#include "proto/tcpip/icmp.h"
#include "proto/tcpip/icmp6.h"
#include "proto/tcpip/iface.h"
#include "proto/tcpip/ipv4.h"
#include "proto/tcpip/ipv6.h"
#include "proto/tcpip/mld.h"
#include "proto/tcpip/ndp.h"
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
	unsigned ifaces_len;
	unsigned listeners_len;
	struct iface *by_netif[STACK_IFACES_MAX]; // by netif->iface, which packets carry
	uint32_t seen[STAGE_COUNT];               // packets of the burst at hand, by stage
	bool announces;                           // this worker does
	uint32_t announcing;                      // interfaces that are at it,
	unsigned announced;                       // and how often they have
	struct wheel *wheel;
	struct wheel_timer announce;
	struct iface iface[STACK_IFACES_MAX];
	struct listener listener[STACK_LISTENERS_MAX];
};

// DROP_NONE: the datagram waits for its listener. The caller reports ports
// without one.
static enum drop datagram_input(struct stack *stack, struct iface *iface, struct pkt *pkt,
                                struct addr src, struct addr dst, uint16_t l3_len)
{
	const struct udp_hdr *udp = udp_hdr_of(pkt);
	enum drop reason = udp_input(pkt, src, dst);

	stack->seen[STAGE_UDP]++;
	if (unlikely(reason))
		return reason;
	for (unsigned i = 0; i < stack->listeners_len; i++) {
		struct listener *listener = &stack->listener[i];

		if (likely(listener->port == be16_get(udp->dst_port))) {
			udp_describe(iface, pkt, src, dst, l3_len,
			             &listener->dgram[listener->len++]);
			return DROP_NONE;
		}
	}
	return DROP_UDP_NO_LISTENER;
}

static enum drop packet4_input(struct stack *stack, struct iface *iface, struct pkt *pkt,
                               mono_t now)
{
	const struct ipv4_hdr *ip = ipv4_hdr_of(pkt);
	enum drop reason = ipv4_input(iface, pkt);

	stack->seen[STAGE_IPV4]++;
	if (unlikely(reason))
		return reason;
	if (likely(ip->protocol == IP_PROTOCOL_UDP)) {
		reason = datagram_input(stack, iface, pkt, addr_from_ipv4(ip->src),
		                        addr_from_ipv4(ip->dst), sizeof(*ip));
		if (unlikely(reason == DROP_UDP_NO_LISTENER))
			icmp_unreachable(iface, pkt, ICMP_UNREACHABLE_PORT, now);
		return reason;
	}
	if (ip->protocol == IP_PROTOCOL_ICMP) {
		stack->seen[STAGE_ICMP4]++;
		return icmp_input(iface, pkt, now);
	}
	icmp_unreachable(iface, pkt, ICMP_UNREACHABLE_PROTOCOL, now);
	return DROP_IPV4_PROTOCOL;
}

static enum drop packet6_input(struct stack *stack, struct iface *iface, struct pkt *pkt,
                               mono_t now)
{
	const struct ipv6_hdr *ip = ipv6_hdr_of(pkt);
	struct ipv6_walk walk;
	enum drop reason = ipv6_input(iface, pkt, &walk);

	stack->seen[STAGE_IPV6]++;
	if (unlikely(reason)) {
		if (walk.problem_code >= 0)
			icmp6_error(iface, pkt, ICMP6_PARAMETER, (enum icmp6_code)walk.problem_code,
			            walk.pointer, now);
		return reason;
	}
	if (likely(walk.next == IP_PROTOCOL_UDP)) {
		if (unlikely(ip->dst[0] == 0xff))
			return DROP_UDP_GROUP;
		reason = datagram_input(stack, iface, pkt, addr_from_bytes(ip->src),
		                        addr_from_bytes(ip->dst), sizeof(*ip));
		if (unlikely(reason == DROP_UDP_NO_LISTENER))
			icmp6_error(iface, pkt, ICMP6_UNREACHABLE, ICMP6_UNREACHABLE_PORT, 0, now);
		return reason;
	}
	if (walk.next == IP_PROTOCOL_ICMP6) {
		stack->seen[STAGE_ICMP6]++;
		return icmp6_input(iface, pkt, &walk, now);
	}
	icmp6_error(iface, pkt, ICMP6_PARAMETER, ICMP6_PARAMETER_NEXT_HEADER, walk.pointer, now);
	return DROP_IPV6_PROTOCOL;
}

// Whether the interface takes frames for this destination.
static bool frame_is_ours(const struct iface *iface, struct mac dst)
{
	if (likely(mac_eq(dst, iface->mac)))
		return true;
	return mac_eq(dst, MAC_BROADCAST) || (mac_is_ipv6_group(dst) && iface->ipv6_len);
}

// DROP_NONE: the packet was consumed or waits for its listener.
static enum drop frame_input(struct stack *stack, struct pkt *pkt, mono_t now)
{
	struct iface *iface = stack->by_netif[pkt->iface];
	const struct eth_hdr *eth;
	uint16_t hdr_len, type;
	enum drop reason = eth_check(pkt_data(pkt), pkt->len, &hdr_len, &type);

	if (unlikely(reason))
		return reason;
	pkt->l2 = pkt->off;
	eth = eth_hdr_of(pkt);
	if (unlikely(!frame_is_ours(iface, mac_load(eth->dst))))
		return DROP_ETH_NOT_OURS;
	if (unlikely(mac_is_group(mac_load(eth->src))))
		return DROP_ETH_SOURCE;
	if (unlikely(eth_vid(pkt_data(pkt), hdr_len) != iface->vlan))
		return DROP_ETH_VLAN;
	pkt->l3 = (uint16_t)(pkt->l2 + hdr_len);
	if (likely(type == ETH_TYPE_IPV4 && iface->ipv4_len))
		return packet4_input(stack, iface, pkt, now);
	if (type == ETH_TYPE_IPV6 && iface->ipv6_len)
		return packet6_input(stack, iface, pkt, now);
	if (type == ETH_TYPE_ARP && iface->ipv4_len) {
		stack->seen[STAGE_ARP]++;
		return arp_input(iface, pkt, now);
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
			udp_reply(stack->by_netif[dgram->pkt->iface], dgram, now);
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
	trace_add(&stack->metric->trace, TRACE_LISTEN, port, 0);
	return 0;
}

static struct iface *iface_towards(struct stack *stack, struct addr dst)
{
	struct iface *iface = NULL;

	for (unsigned i = stack->ifaces_len; i-- > 0;) {
		struct iface *p = &stack->iface[i];
		bool ipv4 = addr_is_ipv4(dst);

		if (ipv4 ? p->ipv4_len == 0 : p->ipv6_len == 0)
			continue;
		if (iface_on_link(p, dst))
			return p;
		if (!addr_is_any(ipv4 ? p->gateway4 : p->gateway6))
			iface = p;
	}
	return iface;
}

void stack_udp_send(struct stack *stack, uint16_t src_port, struct addr dst, uint16_t dst_port,
                    const void *bytes, uint16_t len, mono_t now)
{
	struct iface *iface = iface_towards(stack, dst);

	if (iface)
		udp_send(iface, src_port, dst, dst_port, bytes, len, now);
	else
		counter_add(&stack->metric->drop[DROP_NEIGH_NO_ROUTE], 1);
}

static void announce(struct wheel_timer *timer, mono_t now)
{
	struct stack *stack = CONTAINER_OF(timer, struct stack, announce);

	for (unsigned i = 0; i < stack->ifaces_len; i++) {
		struct iface *iface = &stack->iface[i];

		if (!(stack->announcing >> i & 1))
			continue;
		for (unsigned k = 0; k < iface->ipv4_len; k++)
			arp_announce(iface, iface->ipv4[k].addr);
		if (iface->ipv6_len)
			mld_announce(iface);
		for (unsigned k = 0; k < iface->ipv6_len; k++)
			ndp_announce(iface, iface->ipv6[k].addr);
	}
	if (++stack->announced < ANNOUNCEMENTS)
		wheel_add(stack->wheel, timer, mono_add(now, ANNOUNCE_US));
}

static void announce_begin(struct stack *stack, uint32_t ifaces, mono_t now)
{
	if (!stack->announces)
		return;
	if (!wheel_timer_armed(&stack->announce))
		stack->announcing = 0;
	wheel_del(stack->wheel, &stack->announce);
	stack->announcing |= ifaces;
	stack->announced = 0;
	announce(&stack->announce, now);
}

void stack_link(void *ctx, const struct netif *netif, mono_t now)
{
	struct stack *stack = ctx;
	struct iface *iface = stack->by_netif[netif->iface];

	iface_relink(iface, netif, now);
	announce_begin(stack, UINT32_C(1) << (iface - stack->iface), now);
}

unsigned stack_groups(const struct stack *stack, const struct netif *netif, uint8_t (*macs)[6],
                      unsigned size)
{
	const struct iface *iface = stack->by_netif[netif->iface];
	unsigned n = 0;

	if (iface->ipv6_len == 0)
		return 0;
	for (unsigned i = 0; i <= iface->ipv6_len; i++, n++) {
		struct addr group =
		        i ? ipv6_solicited_group(iface->ipv6[i - 1].addr) : ipv6_all_nodes();

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
	assert(conf->ifaces_len <= STACK_IFACES_MAX);
	*stack = (struct stack){
	        .metric = conf->metric, .wheel = conf->wheel, .announces = conf->announce};
	for (unsigned i = 0; i < conf->ifaces_len; i++) {
		assert(conf->iface[i].netif->iface < STACK_IFACES_MAX);
		if (iface_init(&stack->iface[i], conf, i)) {
			stack_close(stack);
			return NULL;
		}
		stack->by_netif[conf->iface[i].netif->iface] = &stack->iface[i];
		stack->ifaces_len++;
	}
	wheel_timer_init(&stack->announce, announce);
	announce_begin(stack, UINT32_MAX, now);
	return stack;
}

void stack_close(struct stack *stack)
{
	wheel_del(stack->wheel, &stack->announce);
	for (unsigned i = 0; i < stack->ifaces_len; i++)
		iface_fini(&stack->iface[i]);
	free(stack);
}

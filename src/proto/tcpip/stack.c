// stack: where each protocol's packets come from and go to: the one file that knows all
// of them. A frame goes from stack_input by frame_input to arp.c, ipv4.c or ipv6.c, and
// on to icmp.c, icmp6.c or one of the protocols in the table below; what leaves goes
// through ip.c and iface.c.
#include "proto/tcpip/stack.h"

#include "proto/tcpip/arp.h"
#include "proto/tcpip/icmp.h"
#include "proto/tcpip/icmp6.h"
#include "proto/tcpip/ip.h"
#include "proto/tcpip/ipv4.h"
#include "proto/tcpip/ipv6.h"
#include "proto/tcpip/loop.h"
#include "proto/tcpip/mld.h"
#include "proto/tcpip/ndp.h"
#include "proto/tcpip/steer.h"
#include "proto/tcpip/tcp/tcp_internal.h"
#include "proto/tcpip/udp_internal.h"

#include <stdlib.h>

#define PREFETCH 4 // packets ahead

// Sets the ephemeral ports apart from the other uses of the seed.
#define EPHEMERAL_SEED UINT64_C(0x5bd1e9955bd1e995)
#define TCP_SEED       UINT64_C(0x9e3779b97f4a7c15)

// The share of the interfaces' pages that connections may hold together: the rest is for
// receiving, and for other protocols.
#define TCP_PAGES_OF(pages) ((pages) / 2)

struct stack {
	struct worker_metric *metric;
	uint32_t seen[STAGE_COUNT]; // packets of the current burst, by stage
	struct ip_ifaces ifaces;
	struct steer_worker *steer;
	struct udp udp;
	struct loop loop;
	struct tcp tcp;
};

// What the stack needs of a protocol above IP.
struct protocol {
	uint8_t number;  // IP_PROTOCOL_*
	enum drop group; // the reason to drop what is for a multicast group of IPv6

	// Takes over the packet at pkt->l4, whose IP header is sound and goes from flow.src
	// to flow.dst, one of our addresses; or gives the reason to drop it. ttl and tos are
	// not set: few want them, and they are in the packet.
	enum drop (*input)(struct stack *stack, const struct ip_flow *flow, struct pkt *pkt,
	                   mono_t now);

	// After a burst of packets: acts on what input has put aside.
	void (*deliver)(struct stack *stack, mono_t now);

	// An ICMP error about a packet of the protocol. False: none of its users sent that.
	// Neither sends nor allocates: what is forged costs no more than its check.
	bool (*error)(struct stack *stack, const struct ip_error *error, mono_t now);

	// As stack_flush says.
	bool (*flush)(struct stack *stack, mono_t now);
};

static COLD void report_closed_port(const struct ip_flow *flow, const struct pkt *pkt, mono_t now)
{
	if (addr_is_ipv4(flow->dst))
		icmp_unreachable(flow->iface, pkt, ICMP_UNREACHABLE_PORT, now);
	else
		icmp6_error(flow->iface, pkt, ICMP6_UNREACHABLE, ICMP6_UNREACHABLE_PORT, 0, now);
}

static enum drop datagram_input(struct stack *stack, const struct ip_flow *flow, struct pkt *pkt,
                                mono_t now)
{
	enum drop reason;

	stack->seen[STAGE_UDP]++;
	reason = udp_input(&stack->udp, flow, pkt, now);
	if (unlikely(reason == DROP_UDP_NO_LISTENER))
		report_closed_port(flow, pkt, now);
	return reason;
}

static void datagrams_deliver(struct stack *stack, mono_t now)
{
	udp_deliver(&stack->udp, now);
}

static bool datagram_error(struct stack *stack, const struct ip_error *error, mono_t now)
{
	return udp_error(&stack->udp, error, now);
}

static bool datagrams_flush(struct stack *stack, mono_t now)
{
	return udp_flush(&stack->udp, now);
}

static enum drop segment_input(struct stack *stack, const struct ip_flow *flow, struct pkt *pkt,
                               mono_t now)
{
	stack->seen[STAGE_TCP]++;
	return tcp_input(&stack->tcp, flow, pkt, now);
}

// Connections call their applications when all input of the turn has come (tcp_flush).
static void segments_deliver(struct stack *stack, mono_t now)
{
}

static bool segment_error(struct stack *stack, const struct ip_error *error, mono_t now)
{
	return tcp_error(&stack->tcp, error, now);
}

static bool segments_flush(struct stack *stack, mono_t now)
{
	return tcp_flush(&stack->tcp, now);
}

static const struct protocol protocols[] = {
        {IP_PROTOCOL_UDP, DROP_UDP_GROUP, datagram_input, datagrams_deliver, datagram_error,
         datagrams_flush},
        {IP_PROTOCOL_TCP, DROP_TCP_GROUP, segment_input, segments_deliver, segment_error,
         segments_flush},
};

// NULL when there is none with the number. The table is so short that the compiler turns
// this into comparisons and direct calls.
static inline const struct protocol *protocol_find(uint8_t number)
{
	for (unsigned i = 0; i < ARRAY_LEN(protocols); i++)
		if (protocols[i].number == number)
			return &protocols[i];
	return NULL;
}

// The worker that has begun the conversation of this local port, if it is another.
static struct steer_worker *owner_of(const struct stack *stack, uint16_t port)
{
	return stack->steer ? steer_owner(stack->steer, port) : NULL;
}

// Passes the error to the protocol, which consumes the packet, or returns the reason to
// drop it.
static enum drop error_input(struct stack *stack, const struct ip_error *error, struct pkt *pkt,
                             enum drop reason, mono_t now)
{
	const struct protocol *protocol = protocol_find(error->flow.protocol);
	struct steer_worker *owner;

	if (!protocol)
		return reason;
	if (!protocol->error(stack, error, now)) {
		// Both protocols begin with the source port.
		owner = owner_of(stack, (uint16_t)(error->quoted[0] << 8 | error->quoted[1]));
		return owner ? steer_pass(stack->steer, owner, pkt) : reason;
	}
	pkt_put(pkt);
	return DROP_NONE;
}

static enum drop icmp4_input(struct stack *stack, const struct ip_flow *flow, struct pkt *pkt,
                             mono_t now)
{
	struct ip_error error;
	enum drop reason = icmp_input(flow->iface, pkt, &error, now);

	stack->seen[STAGE_ICMP4]++;
	if (reason != DROP_ICMP4_ERROR)
		return reason;
	return error_input(stack, &error, pkt, reason, now);
}

static enum drop packet4_input(struct stack *stack, struct iface *iface, struct pkt *pkt,
                               mono_t now)
{
	const struct ipv4_hdr *ip = ipv4_hdr_of(pkt);
	enum drop reason = ipv4_input(iface, pkt);
	const struct protocol *protocol;
	struct ip_flow flow;

	stack->seen[STAGE_IPV4]++;
	if (unlikely(reason))
		return reason;
	flow.iface = iface;
	flow.src = addr_from_ipv4(ip->src);
	flow.dst = addr_from_ipv4(ip->dst);
	flow.protocol = ip->protocol;
	protocol = protocol_find(ip->protocol);
	if (likely(protocol != NULL))
		return protocol->input(stack, &flow, pkt, now);
	if (ip->protocol == IP_PROTOCOL_ICMP)
		return icmp4_input(stack, &flow, pkt, now);
	icmp_unreachable(iface, pkt, ICMP_UNREACHABLE_PROTOCOL, now);
	return DROP_IPV4_PROTOCOL;
}

static enum drop icmpv6_input(struct stack *stack, const struct ip_flow *flow, struct pkt *pkt,
                              const struct ipv6_walk *walk, mono_t now)
{
	struct ip_error error;
	enum drop reason = icmp6_input(flow->iface, pkt, walk, &error, now);

	stack->seen[STAGE_ICMP6]++;
	if (reason != DROP_ICMP6_ERROR)
		return reason;
	return error_input(stack, &error, pkt, reason, now);
}

static enum drop packet6_input(struct stack *stack, struct iface *iface, struct pkt *pkt,
                               mono_t now)
{
	const struct ipv6_hdr *ip = ipv6_hdr_of(pkt);
	const struct protocol *protocol;
	struct ipv6_walk walk;
	enum drop reason = ipv6_input(iface, pkt, &walk);
	struct ip_flow flow;

	stack->seen[STAGE_IPV6]++;
	if (unlikely(reason)) {
		if (walk.problem_code >= 0)
			icmp6_error(iface, pkt, ICMP6_PARAMETER, (enum icmp6_code)walk.problem_code,
			            walk.pointer, now);
		return reason;
	}
	flow.iface = iface;
	flow.src = addr_from_bytes(ip->src);
	flow.dst = addr_from_bytes(ip->dst);
	flow.protocol = walk.next;
	protocol = protocol_find(walk.next);
	if (likely(protocol != NULL))
		return unlikely(ip->dst[0] == 0xff) ? protocol->group
		                                    : protocol->input(stack, &flow, pkt, now);
	if (walk.next == IP_PROTOCOL_ICMP6)
		return icmpv6_input(stack, &flow, pkt, &walk, now);
	icmp6_error(iface, pkt, ICMP6_PARAMETER, ICMP6_PARAMETER_NEXT_HEADER, walk.pointer, now);
	return DROP_IPV6_PROTOCOL;
}

// Whether the interface takes frames for this destination.
static bool frame_is_ours(const struct iface *iface, struct mac dst)
{
	if (likely(mac_eq(dst, iface->mac)))
		return true;
	return mac_eq(dst, MAC_BROADCAST) || (mac_is_ipv6_group(dst) && iface->has_ipv6);
}

// DROP_NONE: the packet was consumed or waits for its listener.
static enum drop frame_input(struct stack *stack, struct pkt *pkt, mono_t now)
{
	struct iface *iface = stack->ifaces.by_netif[pkt->iface];
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
	if (likely(type == ETH_TYPE_IPV4 && iface->has_ipv4))
		return packet4_input(stack, iface, pkt, now);
	if (type == ETH_TYPE_IPV6 && iface->has_ipv6)
		return packet6_input(stack, iface, pkt, now);
	if (type == ETH_TYPE_ARP && iface->has_ipv4) {
		stack->seen[STAGE_ARP]++;
		return arp_input(iface, pkt, now);
	}
	return DROP_ETH_TYPE;
}

static void burst_input(struct stack *stack, struct pkt **pkts, unsigned n, mono_t now)
{
	for (unsigned i = 0; i < n && i < PREFETCH; i++)
		prefetch(pkt_data(pkts[i]));
	for (unsigned i = 0; i < n; i++) {
		struct pkt *pkt = pkts[i];
		enum drop reason;

		if (i + PREFETCH < n)
			prefetch(pkt_data(pkts[i + PREFETCH]));
		reason = frame_input(stack, pkt, now);
		if (unlikely(reason))
			pkt_drop(stack->metric, pkt, reason);
	}
	for (unsigned i = 0; i < ARRAY_LEN(protocols); i++)
		protocols[i].deliver(stack, now);
}

// Only the whole way is timed, and the application's part of it; the stages in
// between are counted.
static void count_seen(struct stack *stack)
{
	static const enum stage stages[] = {STAGE_ARP,   STAGE_IPV4, STAGE_IPV6, STAGE_ICMP4,
	                                    STAGE_ICMP6, STAGE_UDP,  STAGE_TCP};

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

	for (unsigned done = 0; done < n; done += UDP_BURST)
		burst_input(stack, pkts + done, (unsigned)size_min(n - done, UDP_BURST), now);
	count_seen(stack);
	stage_end(stack->metric, STAGE_ETH, begin, n);
}

// What other workers passed to this one, with copies in place of pages of which it has many.
static unsigned take_steered(struct stack *stack, struct pkt *pkts[UDP_BURST], unsigned *taken)
{
	bool scarce[UDP_BURST];
	unsigned n = 0;

	*taken = steer_take(stack->steer, pkts, scarce, UDP_BURST);
	for (unsigned i = 0; i < *taken; i++) {
		struct pkt *pkt = pkts[i], *copy;

		if (!scarce[i]) {
			pkts[n++] = pkt;
			continue;
		}
		copy = pkt_copy(stack->ifaces.by_netif[pkt->iface]->pool, pkt);
		if (copy) {
			pkt_put(pkt);
			pkts[n++] = copy;
		} else {
			pkt_drop(stack->metric, pkt, DROP_RX_NO_PAGE);
		}
	}
	return n;
}

void stack_steered(void *ctx, mono_t now)
{
	struct stack *stack = ctx;
	struct pkt *pkts[UDP_BURST];
	unsigned taken, n = take_steered(stack, pkts, &taken);

	if (n)
		stack_input(stack, pkts, n, now);
	if (taken == UDP_BURST)
		steer_wake(stack->steer); // there may be more, for the next turn
}

bool stack_flush(void *ctx, mono_t now)
{
	struct stack *stack = ctx;
	bool more = false;

	if (unlikely(stack->steer != NULL) && stack->steer->passed)
		steer_reclaim(stack->steer);
	for (unsigned i = 0; i < ARRAY_LEN(protocols); i++)
		more |= protocols[i].flush(stack, now);
	return more;
}

enum stack_probe_result stack_probe(struct stack *stack, struct stack_probe *probe, mono_t now)
{
	struct iface **slot = &stack->ifaces.by_netif[probe->netif->iface], *iface = *slot;
	enum stack_probe_result result;
	struct pkt *pkt;

	loop_mirror(&stack->loop, iface);
	pkt = loop_request(&stack->loop, probe, &result);
	if (!pkt)
		return result;
	*slot = &stack->loop.iface;
	stack_input(stack, &pkt, 1, now);
	*slot = iface;
	return loop_reply(&stack->loop, probe);
}

struct udp *stack_udp(struct stack *stack)
{
	return &stack->udp;
}

struct tcp *stack_tcp(struct stack *stack)
{
	return &stack->tcp;
}

void stack_link(void *ctx, const struct netif *netif, mono_t now)
{
	struct stack *stack = ctx;

	iface_relink(stack->ifaces.by_netif[netif->iface], netif, now);
}

unsigned stack_groups(const struct stack *stack, const struct netif *netif, uint8_t (*macs)[6],
                      unsigned size)
{
	const struct iface *iface = stack->ifaces.by_netif[netif->iface];
	unsigned n = 0;

	if (!iface->has_ipv6)
		return 0;
	for (unsigned i = 0; i <= iface->groups_len; i++, n++) {
		struct addr group = i ? iface->groups[i - 1] : ipv6_all_nodes();

		if (n < size)
			mac_store(macs[n], mac_of_ipv6_group(group));
	}
	return n;
}

unsigned stack_neighbours(const struct stack *stack, const struct netif *netif,
                          struct stack_neigh *to, unsigned size)
{
	const struct neigh_table *table = &stack->ifaces.by_netif[netif->iface]->neigh;
	unsigned n = 0;

	for (uint32_t i = 0; i < table->conf.capacity && n < size; i++) {
		const struct neigh *neigh = &table->entries[i];

		if (neigh->state == NEIGH_NONE || neigh->state == NEIGH_INCOMPLETE)
			continue;
		to[n].addr = neigh->addr;
		mac_store(to[n++].mac, neigh->mac);
	}
	return n;
}

void stack_neighbour_seen(struct stack *stack, const struct netif *netif,
                          const struct stack_neigh *neigh, mono_t now)
{
	neigh_seen(&stack->ifaces.by_netif[netif->iface]->neigh, neigh->addr, mac_load(neigh->mac),
	           now);
}

unsigned stack_own(const struct stack *stack, const struct netif *netif,
                   struct addr addrs[STACK_OWN_MAX], uint16_t *vlan)
{
	const struct iface *iface = stack->ifaces.by_netif[netif->iface];

	*vlan = iface->vlan;
	// Also those that are not used yet: they may be later.
	for (unsigned i = 0; i < iface->acd.len; i++)
		addrs[i] = iface->acd.addr[i].prefix.addr;
	return iface->acd.len;
}

static void start(struct iface *iface, const struct stack_iface_conf *conf, mono_t now)
{
	acd_start(iface, now);
	if (conf->watch_gateways)
		gateway_start(iface, now);
}

// 0 or -ENOMEM, then nothing of them is open.
static int open_protocols(struct stack *stack, const struct stack_conf *conf)
{
	struct tcp_conf tcp = {.conns = conf->tcp_conns ? conf->tcp_conns : STACK_TCP_CONNS,
	                       .seed = conf->seed ^ TCP_SEED,
	                       .steer = conf->steer,
	                       .shared_seed = {conf->shared_seed[0], conf->shared_seed[1]}};
	int err;

	for (unsigned i = 0; i < conf->ifaces_len; i++)
		tcp.pages += conf->iface[i].pool->pages;
	tcp.pages = conf->tcp_pages ? (uint32_t)size_min(conf->tcp_pages, tcp.pages)
	                            : TCP_PAGES_OF(tcp.pages);
	err = udp_open(&stack->udp, &stack->ifaces, conf->metric,
	               conf->udp_listeners ? conf->udp_listeners : STACK_UDP_LISTENERS,
	               conf->seed ^ EPHEMERAL_SEED);
	if (err)
		return err;
	stack->udp.steer = conf->steer;
	err = tcp_open(&stack->tcp, &stack->ifaces, conf->metric, conf->wheel, &tcp);
	if (err)
		goto fail_tcp;
	err = loop_init(&stack->loop, conf);
	if (err)
		goto fail_loop;
	return 0;
fail_loop:
	tcp_close(&stack->tcp);
fail_tcp:
	udp_close(&stack->udp);
	return err;
}

struct stack *stack_open(const struct stack_conf *conf, mono_t now)
{
	struct stack *stack =
	        aligned_alloc(CACHE_LINE_BYTES, ROUND_UP(sizeof(*stack), CACHE_LINE_BYTES));

	if (!stack)
		return NULL;
	assert(conf->ifaces_len <= STACK_IFACES_MAX);
	*stack = (struct stack){.metric = conf->metric, .steer = conf->steer};
	if (open_protocols(stack, conf)) {
		free(stack);
		return NULL;
	}
	for (unsigned i = 0; i < conf->ifaces_len; i++) {
		assert(conf->iface[i].netif->iface < STACK_IFACES_MAX);
		if (iface_init(&stack->ifaces.iface[i], conf, i)) {
			stack_close(stack);
			return NULL;
		}
		stack->ifaces.by_netif[conf->iface[i].netif->iface] = &stack->ifaces.iface[i];
		stack->ifaces.len++;
	}
	for (unsigned i = 0; i < conf->ifaces_len; i++)
		start(&stack->ifaces.iface[i], &conf->iface[i], now);
	return stack;
}

void stack_close(struct stack *stack)
{
	tcp_close(&stack->tcp);
	for (unsigned i = 0; i < stack->ifaces.len; i++)
		iface_fini(&stack->ifaces.iface[i]);
	loop_fini(&stack->loop);
	udp_close(&stack->udp);
	free(stack);
}

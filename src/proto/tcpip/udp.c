// udp: a datagram's checks, its way to the listener, and what leaves. Who listens is in
// udp_listen.c.
#include "proto/tcpip/udp.h"

#include "proto/tcpip/udp_internal.h"
#include "proto/tcpip/udp_wire.h"

static enum drop check_sum(const struct pkt *pkt, const struct udp_hdr *udp,
                           const struct ip_flow *flow)
{
	uint16_t len = be16_get(udp->len);
	cksum_t pseudo;

	if (udp->cksum.be == 0)
		return addr_is_ipv4(flow->src) ? DROP_NONE : DROP_UDP_NO_CKSUM;
	if (pkt->rx_flags & PKT_RX_L4_CKSUM_OK)
		return DROP_NONE;
	if (unlikely(pkt->rx_flags & PKT_RX_L4_CKSUM_BAD))
		return DROP_UDP_CKSUM;
	pseudo = cksum_pseudo(flow->src, flow->dst, IP_PROTOCOL_UDP, len);
	return likely(cksum_ok(cksum_add(pseudo, udp, len))) ? DROP_NONE : DROP_UDP_CKSUM;
}

// Checks the datagram at pkt->l4; a listener sees one piece.
static enum drop check(struct pkt *pkt, const struct ip_flow *flow)
{
	const struct udp_hdr *udp = udp_hdr_of(pkt);
	size_t len = (size_t)(pkt->off + pkt->len - pkt->l4);
	enum drop reason = udp_check(udp, len, pkt_l4_len(pkt));

	if (unlikely(reason))
		return reason;
	if (unlikely(pkt->next != NULL)) {
		if (be16_get(udp->len) > len)
			return DROP_UDP_CHAINED;
		// What follows the datagram does not belong to it.
		pkt_trim(pkt, (uint32_t)(pkt->l4 - pkt->off) + be16_get(udp->len));
	}
	return check_sum(pkt, udp, flow);
}

static void describe(const struct ip_flow *flow, struct pkt *pkt, struct udp_dgram *dgram)
{
	const struct udp_hdr *udp = udp_hdr_of(pkt);
	uint16_t payload = (uint16_t)(pkt->l4 + sizeof(*udp));

	dgram->src = flow->src;
	dgram->dst = flow->dst;
	dgram->src_port = be16_get(udp->src_port);
	dgram->dst_port = be16_get(udp->dst_port);
	dgram->len = (uint16_t)(be16_get(udp->len) - sizeof(*udp));
	dgram->room = (uint16_t)size_min(pkt->room - payload, ip_room(flow) - sizeof(*udp));
	dgram->reply_len = UDP_NO_REPLY;
	dgram->drop = DROP_NONE;
	dgram->payload = pkt->page + payload;
	dgram->pkt = pkt;
	dgram->iface = flow->iface;
}

// The group of a listener that has none in this burst yet; NULL when it was removed by
// one that was called to make room.
static NOINLINE struct udp_group *group_add(struct udp *udp, struct udp_listener *listener,
                                            const struct ip_flow *flow, uint16_t port, mono_t now)
{
	struct udp_group *group;

	if (udp->groups_len == UDP_GROUPS) {
		udp_deliver(udp, now);
		listener = udp_find(udp, flow->dst, port);
		if (!listener)
			return NULL;
	}
	group = &udp->group[udp->groups_len++];
	group->listener = listener;
	group->len = 0;
	listener->group = group;
	return group;
}

// A datagram that has no listener here.
static COLD enum drop stray_input(struct udp *udp, uint16_t port, struct pkt *pkt)
{
	struct steer_worker *owner = udp->steer ? steer_owner(udp->steer, port) : NULL;

	return owner ? steer_pass(udp->steer, owner, pkt) : DROP_UDP_NO_LISTENER;
}

enum drop udp_input(struct udp *udp, const struct ip_flow *flow, struct pkt *pkt, mono_t now)
{
	enum drop reason = check(pkt, flow);
	struct udp_listener *listener;
	struct udp_group *group;
	uint16_t port;

	if (unlikely(reason))
		return reason;
	port = be16_get(udp_hdr_of(pkt)->dst_port);
	listener = udp_find(udp, flow->dst, port);
	if (unlikely(!listener))
		return stray_input(udp, port, pkt);
	group = listener->group;
	if (unlikely(!group)) {
		group = group_add(udp, listener, flow, port, now);
		if (!group)
			return DROP_UDP_NO_LISTENER;
	}
	describe(flow, pkt, &group->dgram[group->len++]);
	return DROP_NONE;
}

// The headers of a datagram of len bytes at pkt->l4. The sum takes the header's fields
// from registers: reading back the header just written would stall on store forwarding.
static void headers_build(const struct ip_flow *flow, struct pkt *pkt, be16_t src_port,
                          be16_t dst_port, uint16_t len)
{
	struct udp_hdr *udp = udp_hdr_of(pkt);
	cksum_t sum = cksum_pseudo(flow->src, flow->dst, IP_PROTOCOL_UDP, len);
	be16_t cksum = cksum_fold(sum);

	ip_build(flow, pkt, len);
	if (flow->iface->offloads & NETIF_TX_L4_CKSUM) {
		pkt->tx_flags |= PKT_TX_UDP_CKSUM;
	} else {
		sum.sum += (uint64_t)src_port.be + dst_port.be + be16(len).be;
		cksum = cksum_finish_udp(cksum_add(sum, udp + 1, len - sizeof(*udp)));
	}
	*udp = (struct udp_hdr){src_port, dst_port, be16(len), cksum};
}

static void reply(const struct udp_dgram *dgram, mono_t now)
{
	struct ip_flow flow = {dgram->iface, dgram->dst, dgram->src, IP_PROTOCOL_UDP, IP_TTL, 0};
	struct pkt *pkt = dgram->pkt;

	assert(dgram->reply_len <= dgram->room);
	ip_turn(&flow, pkt);
	headers_build(&flow, pkt, be16(dgram->dst_port), be16(dgram->src_port),
	              (uint16_t)(sizeof(struct udp_hdr) + dgram->reply_len));
	ip_send(&flow, pkt, now);
}

// Hands a listener its datagrams and sends what it answered.
static void group_call(struct udp *udp, struct udp_group *group, mono_t now)
{
	struct worker_metric *metric = udp->metric;
	struct udp_listener *listener = group->listener;
	uint64_t begin = stage_begin(metric);

	if (likely(listener != NULL)) {
		listener->group = NULL;
		listener->fn(listener->ctx, group->dgram, group->len, now);
		stage_end(metric, STAGE_APP, begin, group->len);
	}
	for (unsigned i = 0; i < group->len; i++) {
		const struct udp_dgram *dgram = &group->dgram[i];

		if (likely(dgram->reply_len != UDP_NO_REPLY))
			reply(dgram, now);
		else if (!listener)
			pkt_drop(metric, dgram->pkt, DROP_UDP_NO_LISTENER);
		else if (dgram->drop)
			pkt_drop(metric, dgram->pkt, dgram->drop);
		else if (dgram->pkt)
			pkt_put(dgram->pkt);
	}
}

void udp_deliver(struct udp *udp, mono_t now)
{
	for (unsigned i = 0; i < udp->groups_len; i++)
		group_call(udp, &udp->group[i], now);
	udp->groups_len = 0;
}

bool udp_error(struct udp *udp, const struct ip_error *error, mono_t now)
{
	const struct udp_hdr *hdr = (const struct udp_hdr *)error->quoted;
	uint16_t src_port = be16_get(hdr->src_port);
	struct udp_listener *listener = udp_find(udp, error->flow.src, src_port);

	if (!listener || !listener->error_fn)
		return false;
	listener->error_fn(listener->ctx, error, src_port, be16_get(hdr->dst_port), now);
	return true;
}

// The way of a datagram of the application's; false, counted, when there is none.
static bool route(const struct udp *udp, const struct udp_flow *to, struct ip_flow *flow)
{
	*flow = (struct ip_flow){.src = to->src,
	                         .dst = to->dst,
	                         .protocol = IP_PROTOCOL_UDP,
	                         .ttl = to->ttl ? to->ttl : IP_TTL,
	                         .tos = to->tos};
	if (ip_route(udp->ifaces, flow))
		return true;
	counter_add(&udp->metric->drop[DROP_NEIGH_NO_ROUTE], 1);
	return false;
}

uint32_t udp_room(const struct udp *udp, struct addr dst)
{
	struct ip_flow flow = {.dst = dst};

	return ip_route(udp->ifaces, &flow) ? batch_room(flow.iface->exit.out) : 0;
}

bool udp_draft_open(struct udp *udp, const struct udp_flow *flow, struct udp_draft *draft)
{
	uint16_t payload;
	struct pkt *pkt;

	if (!route(udp, flow, &draft->flow))
		return false;
	pkt = ip_alloc(&draft->flow, sizeof(struct udp_hdr));
	if (!pkt)
		return false;
	payload = (uint16_t)(pkt->l4 + sizeof(struct udp_hdr));
	draft->src_port = be16(flow->src_port);
	draft->dst_port = be16(flow->dst_port);
	draft->payload = pkt->page + payload;
	draft->room = (uint16_t)size_min(pkt->room - payload,
	                                 ip_room(&draft->flow) - sizeof(struct udp_hdr));
	draft->pkt = pkt;
	return true;
}

void udp_draft_send(struct udp *udp, struct udp_draft *draft, uint16_t len, mono_t now)
{
	assert(len <= draft->room);
	headers_build(&draft->flow, draft->pkt, draft->src_port, draft->dst_port,
	              (uint16_t)(sizeof(struct udp_hdr) + len));
	ip_send(&draft->flow, draft->pkt, now);
	draft->pkt = NULL;
}

void udp_draft_drop(struct udp_draft *draft)
{
	pkt_put(draft->pkt);
	draft->pkt = NULL;
}

void udp_send(struct udp *udp, const struct udp_flow *flow, const void *bytes, uint16_t len,
              mono_t now)
{
	struct udp_draft draft;

	if (!udp_draft_open(udp, flow, &draft))
		return;
	if (len > draft.room) {
		counter_add(&udp->metric->drop[DROP_TX_TOO_LONG], 1);
		udp_draft_drop(&draft);
		return;
	}
	memcpy(draft.payload, bytes, len);
	udp_draft_send(udp, &draft, len, now);
}

// The packet in a page that the interface's device takes, or NULL. Consumes it.
static struct pkt *adopt(const struct iface *iface, struct pkt *pkt)
{
	struct pkt *copy;

	if (likely(!iface->pool->kind || iface->pool->kind == pkt->pool->kind))
		return pkt;
	copy = pkt_copy(iface->pool, pkt);
	pkt_put(pkt);
	return copy;
}

void udp_forward(struct udp *udp, struct udp_dgram *dgram, const struct udp_flow *to, uint16_t len,
                 mono_t now)
{
	struct pkt *pkt = dgram->pkt;
	struct ip_flow flow;

	assert(len <= dgram->room && pkt->refs == 1);
	dgram->pkt = NULL;
	dgram->reply_len = UDP_NO_REPLY;
	dgram->drop = DROP_NONE;
	if (!route(udp, to, &flow)) {
		pkt_put(pkt);
		return;
	}
	pkt_set_len(pkt, (uint16_t)(pkt->l4 - pkt->off + sizeof(struct udp_hdr) + len));
	pkt = adopt(flow.iface, pkt);
	if (!pkt) {
		counter_add(&udp->metric->drop[DROP_TX_NO_PAGE], 1);
		return;
	}
	if (!ip_readdress(&flow, pkt)) {
		pkt_drop(udp->metric, pkt, DROP_TX_TOO_LONG);
		return;
	}
	headers_build(&flow, pkt, be16(to->src_port), be16(to->dst_port),
	              (uint16_t)(sizeof(struct udp_hdr) + len));
	ip_send(&flow, pkt, now);
}

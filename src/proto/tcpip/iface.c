// iface: addresses, next hops and Ethernet headers of packets that leave; see
// the header. What comes in is taken apart in stack.c.
#include "proto/tcpip/iface.h"

#include "proto/tcpip/arp.h"
#include "proto/tcpip/iface_board.h"
#include "proto/tcpip/ipv4_wire.h"
#include "proto/tcpip/ipv6_wire.h"
#include "proto/tcpip/mld.h"
#include "proto/tcpip/ndp.h"

#include <errno.h>
#include <stdlib.h>

// One request to a group has every host of the link answer, and one answer to all nodes is
// heard by each: neither is worth more than a few.
#define GROUP_ANSWERS_PER_S 20
#define GROUP_ANSWERS_BURST 20

// Without an address in use there is no source: one that is held must not be claimed (RFC 5227
// section 2.4, RFC 4862 section 5.4).
static void solicit(void *ctx, struct addr addr, const struct mac *mac)
{
	struct iface *iface = ctx;

	if (addr_is_ipv4(addr) && iface->ipv4_len)
		arp_solicit(iface, addr_ipv4(addr), mac);
	else if (!addr_is_ipv4(addr) && iface->ipv6_len)
		ndp_solicit(iface, addr, mac);
}

static bool is_dst(const struct pkt *pkt, struct addr addr)
{
	if (addr_is_ipv4(addr))
		return be32_eq(ipv4_hdr_of(pkt)->dst, addr_ipv4(addr));
	return addr_eq(addr_from_bytes(ipv6_hdr_of(pkt)->dst), addr);
}

// The interface identifier is made of the hardware address.
struct prefix iface_link_local(const struct iface *iface)
{
	uint8_t m[6], bytes[16] = {0xfe, 0x80};

	mac_store(m, iface->mac);
	memcpy(bytes + 8, m, 3);
	bytes[8] ^= 0x02;
	bytes[11] = 0xff;
	bytes[12] = 0xfe;
	memcpy(bytes + 13, m + 3, 3);
	return (struct prefix){addr_from_bytes(bytes), 64};
}

void iface_board_init(struct iface_board *board, uint64_t key, const struct stack_iface_conf *conf)
{
	memset(board, 0, sizeof(*board));
	neigh_board_init(&board->neighbours, key, conf->gateway4, conf->gateway6);
}

// The board of conf, or one of the interface's own.
static int open_board(struct iface *iface, const struct stack_iface_conf *conf, uint64_t key)
{
	iface->board = conf->board;
	if (iface->board)
		return 0;
	iface->board = iface->own_board = malloc(sizeof(*iface->own_board));
	if (!iface->own_board)
		return -ENOMEM;
	iface_board_init(iface->own_board, key, conf);
	return 0;
}

int iface_init(struct iface *iface, const struct stack_conf *conf, unsigned index)
{
	const struct stack_iface_conf *pc = &conf->iface[index];
	uint32_t echoes_per_s =
	        conf->icmp_echoes_per_s ? conf->icmp_echoes_per_s : STACK_ECHOES_PER_S;
	struct neigh_conf neigh = {
	        .capacity = conf->neighbours,
	        .seed = conf->seed + index,
	        .wheel = conf->wheel,
	        .out = &iface->exit,
	        .metric = conf->metric,
	        .solicit = solicit,
	        .is_dst = is_dst,
	        .ctx = iface,
	};

	*iface = (struct iface){
	        .mac = mac_load(pc->netif->mac),
	        .offloads = pc->netif->offloads,
	        .tso_pages = pc->netif->tso_pages,
	        .tx_pages = pc->netif->tx_pages,
	        .mtu = pc->netif->mtu,
	        .vlan = pc->vlan,
	        .has_ipv4 = pc->ipv4_len != 0,
	        .has_ipv6 = pc->ipv6_len != 0,
	        .shared = pc->netif->queues > 1,
	        .hdr_len = pc->vlan ? sizeof(struct eth_vlan_hdr) : sizeof(struct eth_hdr),
	        .exit = {pc->netif, pc->pool, pc->out, conf->metric,
	                 offload_lacks(pc->netif->offloads)},
	        .metric = conf->metric,
	        .pool = pc->pool,
	        .wheel = conf->wheel,
	        .gateway4 = pc->gateway4,
	        .gateway6 = pc->gateway6,
	};
	rand_init(&iface->rand, ~neigh.seed);
	wheel_timer_init(&iface->mld, mld_report);
	rate_init(&iface->to_groups, rate_interval_us(GROUP_ANSWERS_PER_S), GROUP_ANSWERS_BURST);
	rate_init(&iface->errors, rate_interval_us(conf->icmp_errors_per_s),
	          conf->icmp_errors_per_s / 10 + 1);
	rate_init(&iface->echoes, rate_interval_us(echoes_per_s), echoes_per_s);
	if (open_board(iface, pc, conf->seed))
		return -ENOMEM;
	neigh.board = iface->shared ? &iface->board->neighbours : NULL;
	if (neigh_open(&iface->neigh, &neigh)) {
		free(iface->own_board);
		return -ENOMEM;
	}
	acd_init(iface, pc, conf->announce);
	for (unsigned i = 0; i < pc->pinned_len; i++)
		neigh_pin(&iface->neigh, pc->pinned[i].addr, mac_load(pc->pinned[i].mac));
	return 0;
}

void iface_relink(struct iface *iface, const struct netif *netif, mono_t now)
{
	iface->mac = mac_load(netif->mac);
	iface->offloads = netif->offloads;
	iface->tso_pages = netif->tso_pages;
	iface->tx_pages = netif->tx_pages;
	iface->exit.lacks = offload_lacks(netif->offloads);
	neigh_doubt(&iface->neigh, now);
	acd_relink(iface, now);
}

void iface_fini(struct iface *iface)
{
	wheel_del(iface->wheel, &iface->mld);
	acd_fini(iface);
	gateway_fini(iface);
	neigh_close(&iface->neigh);
	free(iface->own_board);
}

struct addr iface_source(const struct iface *iface, struct addr dst)
{
	if (addr_is_ipv4(dst)) {
		be32_t ipv4 = addr_ipv4(dst);

		for (unsigned i = 0; i < iface->ipv4_len; i++)
			if (((iface->ipv4[i].addr.be ^ ipv4.be) & iface->ipv4[i].mask.be) == 0)
				return addr_from_ipv4(iface->ipv4[i].addr);
		return addr_from_ipv4(iface->ipv4[0].addr);
	}
	for (unsigned i = 0; i < iface->ipv6_len; i++)
		if (addr_prefix_has(iface->ipv6[i], dst))
			return iface->ipv6[i].addr;
	for (unsigned i = 0; i < iface->ipv6_len; i++)
		if (!addr_is_link_local(iface->ipv6[i].addr))
			return iface->ipv6[i].addr;
	return iface->ipv6[0].addr;
}

// The Ethernet header before pkt->l3, where the packet begins, but for its destination.
static void eth_build(const struct iface *iface, struct pkt *pkt, uint16_t type)
{
	struct eth_hdr *eth;

	pkt->l2 = pkt->off;
	pkt->tx_flags = 0;
	eth = eth_hdr_of(pkt);
	mac_store(eth->dst, (struct mac){0});
	mac_store(eth->src, iface->mac);
	eth->type = be16(type);
	if (iface->vlan) {
		struct eth_vlan_hdr *tagged = (struct eth_vlan_hdr *)eth;

		tagged->tpid = be16(ETH_TYPE_VLAN);
		tagged->tci = be16(iface->vlan);
		tagged->type = be16(type);
	}
}

struct pkt *iface_alloc(struct iface *iface, uint16_t type, uint16_t l3_len)
{
	struct pkt *pkt = pkt_alloc(iface->pool);

	if (!pkt || iface->hdr_len + l3_len > pkt->room - pkt->off) {
		counter_add(&iface->metric->drop[DROP_TX_NO_PAGE], 1);
		if (pkt)
			pkt_put(pkt);
		return NULL;
	}
	pkt->l3 = (uint16_t)(pkt->off + iface->hdr_len);
	pkt_set_len(pkt, (uint16_t)(iface->hdr_len + l3_len));
	eth_build(iface, pkt, type);
	return pkt;
}

void iface_frame(const struct iface *iface, struct pkt *pkt, uint16_t type)
{
	pkt_push(pkt, (uint16_t)(pkt->off - pkt->l3 + iface->hdr_len));
	eth_build(iface, pkt, type);
}

void iface_turn(const struct iface *iface, struct pkt *pkt, uint16_t l3_len)
{
	uint16_t hdr_len = (uint16_t)(pkt->l3 - pkt->l2);
	uint8_t *before = pkt->page + pkt->l2;
	struct eth_hdr *eth;

	pkt->l3 = (uint16_t)(pkt->l4 - l3_len);
	pkt->l2 = (uint16_t)(pkt->l3 - hdr_len);
	if (unlikely(pkt->page + pkt->l2 != before))
		memmove(pkt->page + pkt->l2, before, hdr_len);
	pkt_pull(pkt, (uint16_t)(pkt->l2 - pkt->off));
	eth = eth_hdr_of(pkt);
	memcpy(eth->dst, eth->src, sizeof(eth->dst));
	mac_store(eth->src, iface->mac);
	pkt->gso_size = 0; // as received; what leaves is one packet
}

void iface_send_to(struct iface *iface, struct pkt *pkt, struct mac dst)
{
	iface_pad(pkt);
	mac_store(eth_hdr_of(pkt)->dst, dst);
	offload_out(&iface->exit, pkt);
}

// iface: addresses, next hops and Ethernet headers of packets that leave; see
// the header. What comes in is taken apart in stack.c.
#include "proto/tcpip/iface.h"

#include "proto/tcpip/arp.h"
#include "proto/tcpip/mld.h"
#include "proto/tcpip/ndp.h"

#include <errno.h>

// RFC 5227 section 1.1.
#define DEFEND_INTERVAL_US (10 * SEC_US)

static void solicit(void *ctx, struct addr addr, const struct mac *mac)
{
	if (addr_is_ipv4(addr))
		arp_solicit(ctx, addr_ipv4(addr), mac);
	else
		ndp_solicit(ctx, addr, mac);
}

static void add_ipv4(struct iface *iface, struct prefix prefix)
{
	struct iface_ipv4 *ipv4 = &iface->ipv4[iface->ipv4_len++];

	ipv4->addr = addr_ipv4(prefix.addr);
	ipv4->mask = addr_prefix_mask4(prefix.len);
	// RFC 3021: a link of two hosts has no broadcast address of its own.
	ipv4->broadcast.be = prefix.len >= 31 ? UINT32_MAX : ipv4->addr.be | ~ipv4->mask.be;
}

// RFC 4291 appendix A: the interface identifier out of the hardware address.
static struct addr link_local(struct mac mac)
{
	uint8_t m[6], bytes[16] = {0xfe, 0x80};

	mac_store(m, mac);
	memcpy(bytes + 8, m, 3);
	bytes[8] ^= 0x02;
	bytes[11] = 0xff;
	bytes[12] = 0xfe;
	memcpy(bytes + 13, m + 3, 3);
	return addr_from_bytes(bytes);
}

int iface_init(struct iface *iface, const struct stack_conf *conf, unsigned index)
{
	const struct stack_iface_conf *pc = &conf->iface[index];
	struct neigh_conf neigh = {
	        .capacity = conf->neighbours,
	        .seed = conf->seed + index,
	        .board = pc->board,
	        .wheel = conf->wheel,
	        .out = &iface->exit,
	        .metric = conf->metric,
	        .solicit = solicit,
	        .ctx = iface,
	};

	*iface = (struct iface){
	        .mac = mac_load(pc->netif->mac),
	        .offloads = pc->netif->offloads,
	        .mtu = pc->netif->mtu,
	        .vlan = pc->vlan,
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
	rate_init(&iface->errors, rate_interval_us(conf->icmp_errors_per_s),
	          conf->icmp_errors_per_s / 10 + 1);
	rate_init(&iface->defences, DEFEND_INTERVAL_US, 1);
	for (unsigned i = 0; i < pc->ipv4_len; i++)
		add_ipv4(iface, pc->ipv4[i]);
	if (pc->ipv6_len)
		iface->ipv6[iface->ipv6_len++] = (struct prefix){link_local(iface->mac), 64};
	for (unsigned i = 0; i < pc->ipv6_len; i++)
		iface->ipv6[iface->ipv6_len++] = pc->ipv6[i];
	if (neigh_open(&iface->neigh, &neigh))
		return -ENOMEM;
	for (unsigned i = 0; i < pc->pinned_len; i++)
		neigh_pin(&iface->neigh, pc->pinned[i].addr, mac_load(pc->pinned[i].mac));
	return 0;
}

void iface_relink(struct iface *iface, const struct netif *netif, mono_t now)
{
	iface->mac = mac_load(netif->mac);
	iface->offloads = netif->offloads;
	iface->exit.lacks = offload_lacks(netif->offloads);
	if (iface->ipv6_len)
		iface->ipv6[0].addr = link_local(iface->mac);
	neigh_doubt(&iface->neigh, now);
}

void iface_fini(struct iface *iface)
{
	wheel_del(iface->wheel, &iface->mld);
	neigh_close(&iface->neigh);
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
	return iface->ipv6[1].addr;
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

// loop: see the header. Its neighbours are the two sources of probes; both are pinned, so
// that nothing is solicited.
#include "proto/tcpip/loop.h"

#include "proto/tcpip/ip.h"
#include "proto/tcpip/udp_wire.h"

#include <string.h>

#define LOOP_NEIGHBOURS   2
#define LOOP_PORT         50053
#define LOOP_ERRORS_PER_S 1000

// RFC 7600 section 4.8: the dummy address, a source that no client can have. For IPv6 one of
// the discard prefix (RFC 6666).
static struct addr loop_source(bool ipv6)
{
	static const uint8_t ipv4[4] = {192, 0, 0, 8}, discard[16] = {0x01, [15] = 0x01};
	be32_t dummy;

	if (ipv6)
		return addr_from_bytes(discard);
	memcpy(&dummy, ipv4, sizeof(dummy));
	return addr_from_ipv4(dummy);
}

static void loop_solicit(void *ctx, struct addr addr, const struct mac *mac)
{
	assert(false); // all neighbours are pinned
}

static bool loop_is_dst(const struct pkt *pkt, struct addr addr)
{
	return true;
}

int loop_init(struct loop *loop, const struct stack_conf *conf)
{
	const struct neigh_conf neigh = {
	        .capacity = LOOP_NEIGHBOURS,
	        .seed = conf->seed,
	        .wheel = conf->wheel,
	        .out = &loop->iface.exit,
	        .metric = conf->metric,
	        .solicit = loop_solicit,
	        .is_dst = loop_is_dst,
	};
	const struct mac peer = {0x02}; // a host's, whose value is of no concern
	int err;

	*loop = (struct loop){.iface = {.metric = conf->metric, .wheel = conf->wheel}};
	loop->iface.exit = (struct offload_iface){
	        .out = &loop->out, .metric = conf->metric, .lacks = offload_lacks(0)};
	rate_init(&loop->iface.errors, rate_interval_us(LOOP_ERRORS_PER_S), LOOP_ERRORS_PER_S);
	rate_init(&loop->iface.echoes, rate_interval_us(STACK_ECHOES_PER_S), STACK_ECHOES_PER_S);
	err = neigh_open(&loop->iface.neigh, &neigh);
	if (err)
		return err;
	neigh_pin(&loop->iface.neigh, loop_source(false), peer);
	neigh_pin(&loop->iface.neigh, loop_source(true), peer);
	return 0;
}

void loop_fini(struct loop *loop)
{
	neigh_close(&loop->iface.neigh);
}

void loop_mirror(struct loop *loop, const struct iface *of)
{
	struct iface *iface = &loop->iface;

	iface->mac = of->mac;
	iface->mtu = of->mtu;
	iface->vlan = of->vlan;
	iface->hdr_len = of->hdr_len;
	iface->ipv4_len = of->ipv4_len;
	iface->ipv6_len = of->ipv6_len;
	iface->has_ipv4 = of->has_ipv4;
	iface->has_ipv6 = of->has_ipv6;
	memcpy(iface->ipv4, of->ipv4, sizeof(iface->ipv4));
	memcpy(iface->ipv6, of->ipv6, sizeof(iface->ipv6));
	iface->pool = of->pool;
	iface->exit.netif = of->exit.netif;
	iface->exit.pool = of->pool;
	// The way to the sources of probes.
	iface->gateway4 = loop_source(false);
	iface->gateway6 = loop_source(true);
}

// The first address in use of the family, if possible one that is not link-local.
static bool loop_address(const struct iface *iface, bool ipv6, struct addr *addr)
{
	if (ipv6 ? iface->ipv6_len == 0 : iface->ipv4_len == 0)
		return false;
	*addr = ipv6 ? iface->ipv6[0].addr : addr_from_ipv4(iface->ipv4[0].addr);
	for (unsigned i = 0; ipv6 && i < iface->ipv6_len && addr_is_link_local(*addr); i++)
		*addr = iface->ipv6[i].addr;
	return true;
}

static void loop_udp(const struct ip_flow *flow, struct pkt *pkt, const struct stack_probe *probe)
{
	uint16_t len = (uint16_t)(sizeof(struct udp_hdr) + probe->len);
	struct udp_hdr *udp = udp_hdr_of(pkt);

	*udp = (struct udp_hdr){be16(LOOP_PORT), be16(probe->port), be16(len), be16(0)};
	memcpy(udp + 1, probe->bytes, probe->len);
	udp->cksum = cksum_finish_udp(
	        cksum_add(cksum_pseudo(flow->src, flow->dst, flow->protocol, len), udp, len));
}

struct pkt *loop_request(struct loop *loop, struct stack_probe *probe,
                         enum stack_probe_result *result)
{
	struct ip_flow flow = {.iface = &loop->iface,
	                       .src = loop_source(probe->ipv6),
	                       .protocol = IP_PROTOCOL_UDP,
	                       .ttl = IP_TTL};
	uint16_t len = (uint16_t)(sizeof(struct udp_hdr) + probe->len);
	struct pkt *pkt;

	if (!loop_address(&loop->iface, probe->ipv6, &flow.dst)) {
		*result = STACK_PROBE_NO_ADDRESS;
		return NULL;
	}
	probe->dst = flow.dst;
	pkt = ip_alloc(&flow, len);
	if (!pkt) {
		*result = STACK_PROBE_NO_PAGE;
		return NULL;
	}
	loop_udp(&flow, pkt, probe);
	ip_build(&flow, pkt, len);
	mac_store(eth_hdr_of(pkt)->src, (struct mac){0x02});
	mac_store(eth_hdr_of(pkt)->dst, loop->iface.mac);
	pkt->iface = (uint8_t)loop->iface.exit.netif->iface;
	pkt->tx_flags = 0;
	return pkt;
}

static bool loop_is_udp(const struct pkt *pkt, bool ipv6)
{
	return ipv6 ? ipv6_hdr_of(pkt)->next == IP_PROTOCOL_UDP
	            : ipv4_hdr_of(pkt)->protocol == IP_PROTOCOL_UDP;
}

// Whether the packet is the reply, which is then copied to the probe.
static bool loop_take(const struct pkt *pkt, struct stack_probe *probe)
{
	const struct udp_hdr *udp = udp_hdr_of(pkt);
	uint32_t payload = (uint32_t)(pkt->l4 - pkt->off) + (uint32_t)sizeof(*udp);
	uint16_t len;

	if (!loop_is_udp(pkt, probe->ipv6) || be16_get(udp->src_port) != probe->port ||
	    be16_get(udp->dst_port) != LOOP_PORT)
		return false;
	len = be16_get(udp->len);
	if (!cksum_ok(cksum_add_pkt(
	            cksum_pseudo(probe->dst, loop_source(probe->ipv6), IP_PROTOCOL_UDP, len), pkt,
	            pkt->l4, len)))
		return false;
	probe->reply_len = (uint16_t)size_min(len - sizeof(*udp), probe->size);
	pkt_read(pkt, payload, probe->reply, probe->reply_len);
	return true;
}

enum stack_probe_result loop_reply(struct loop *loop, struct stack_probe *probe)
{
	bool answered = false;

	for (unsigned i = 0; i < loop->out.len; i++) {
		answered |= loop_take(loop->out.pkt[i], probe);
		pkt_put(loop->out.pkt[i]);
	}
	loop->out.len = 0;
	return answered ? STACK_PROBE_ANSWERED : STACK_PROBE_SILENT;
}

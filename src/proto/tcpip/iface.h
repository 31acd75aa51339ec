// iface: one network interface of a stack, as its protocols see it: hardware and
// network addresses, the neighbours, the way out. Only the protocols and
// stack.c include it; what an application sees is stack.h.
#ifndef TCPIP_IFACE_H
#define TCPIP_IFACE_H

#include "core/mono.h"
#include "proto/tcpip/acd.h"
#include "proto/tcpip/gateway.h"
#include "proto/tcpip/neigh.h"
#include "proto/tcpip/stack.h"

struct iface_ipv4 {
	be32_t addr, mask, broadcast;
};

struct iface {
	struct mac mac;
	uint32_t offloads; // enum netif_offload
	uint16_t mtu, vlan;
	uint16_t hdr_len;             // of the Ethernet header of packets of our own
	uint16_t tso_pages, tx_pages; // as netif has them
	uint16_t ipv4_len, ipv6_len;
	struct offload_iface exit;
	struct worker_metric *metric;
	struct page_pool *pool;
	bool has_ipv4, has_ipv6; // by configuration, whether used or not
	// Addresses in use; the link-local one, which is made of the MAC, comes first.
	struct iface_ipv4 ipv4[STACK_ADDRS_MAX];
	struct prefix ipv6[STACK_ADDRS_MAX + 1];
	struct addr gateway4, gateway6;
	struct rate errors;    // ICMP errors
	struct rate echoes;    // answers to echo requests
	struct rate to_groups; // answers that concern groups: icmp6.group_rate
	struct neigh_table neigh;
	struct wheel *wheel;
	struct wheel_timer mld; // when to report groups
	struct rand rand;
	struct addr groups[STACK_ADDRS_MAX + 1]; // that are listened to besides all nodes
	uint16_t groups_len;
	bool shared;    // other workers have queues of the interface
	struct acd acd; // all addresses, used or not
	struct gateway_watch watch;
	struct iface_board *board, *own_board; // own_board: NULL, or made by iface_init
};

// 0 or -ENOMEM, then iface_fini is not needed. The neighbour table is open after it.
int iface_init(struct iface *iface, const struct stack_conf *conf, unsigned index) MUST_CHECK;
void iface_fini(struct iface *iface);

// The link was re-established: reads the interface's own address and abilities from netif
// again, and marks its neighbours as stale.
void iface_relink(struct iface *iface, const struct netif *netif, mono_t now);

// Whether the address is one of the interface's own.
static inline bool iface_has_ipv4(const struct iface *iface, be32_t addr)
{
	for (unsigned i = 0; i < iface->ipv4_len; i++)
		if (be32_eq(iface->ipv4[i].addr, addr))
			return true;
	return false;
}

static inline bool iface_has_ipv6(const struct iface *iface, struct addr addr)
{
	for (unsigned i = 0; i < iface->ipv6_len; i++)
		if (addr_eq(iface->ipv6[i].addr, addr))
			return true;
	return false;
}

// Whether the interface listens to the group, which is not that of all nodes.
static inline bool iface_in_group(const struct iface *iface, struct addr group)
{
	for (unsigned i = 0; i < iface->groups_len; i++)
		if (addr_eq(iface->groups[i], group))
			return true;
	return false;
}

// The link-local address (RFC 4291 appendix A).
struct prefix iface_link_local(const struct iface *iface) PURE;

// Whether the IPv4 address is on the interface's link.
static inline bool iface_on_link4(const struct iface *iface, be32_t addr)
{
	for (unsigned i = 0; i < iface->ipv4_len; i++)
		if (((iface->ipv4[i].addr.be ^ addr.be) & iface->ipv4[i].mask.be) == 0)
			return true;
	return false;
}

// As iface_on_link4, for an address of either family.
static inline bool iface_on_link(const struct iface *iface, struct addr addr)
{
	if (addr_is_ipv4(addr))
		return iface_on_link4(iface, addr_ipv4(addr));
	for (unsigned i = 0; i < iface->ipv6_len; i++)
		if (addr_prefix_has(iface->ipv6[i], addr))
			return true;
	return false;
}

// Why a message about a neighbour with this hardware address is not believed; DROP_NONE
// when it is. One check for ARP and NDP.
static inline enum drop iface_check_mac(const struct iface *iface, struct mac mac, enum drop bad,
                                        enum drop own)
{
	if (!mac_is_host(mac))
		return bad;
	return mac_eq(mac, iface->mac) ? own : DROP_NONE;
}

// Our address to talk to dst with: one of its network, else the first of its
// family, if possible one that is not link-local. The interface uses an address of the family.
struct addr iface_source(const struct iface *iface, struct addr dst) PURE;

// A packet of our own with l3_len bytes behind an Ethernet header that lacks
// its destination; l3 is set. NULL, counted as tx.no_page, when there is none.
struct pkt *iface_alloc(struct iface *iface, uint16_t type, uint16_t l3_len);

// Puts a new Ethernet header, but for its destination, before pkt->l3. The caller has
// seen to iface->hdr_len bytes of room; l3 is at most the packet's begin.
void iface_frame(const struct iface *iface, struct pkt *pkt, uint16_t type);

// Turns a received packet round: its Ethernet header, tag included, is moved
// before the l3_len bytes in front of l4, and goes from us to who sent it. l3_len
// is at most what it was, so it always fits.
void iface_turn(const struct iface *iface, struct pkt *pkt, uint16_t l3_len);

// Zeros up to the shortest frame that a cable carries (IEEE 802.3): not every device
// pads, and the page's previous contents must not leak. Devices that take chains do pad.
static inline void iface_pad(struct pkt *pkt)
{
	uint16_t len = pkt->len;

	if (likely(len >= ETH_MIN_BYTES) || pkt->next || pkt_tailroom(pkt) < ETH_MIN_BYTES - len)
		return;
	pkt_set_len(pkt, ETH_MIN_BYTES);
	memset(pkt_data(pkt) + len, 0, ETH_MIN_BYTES - len);
}

// Consumes a whole frame but for its destination address: to a neighbour's or
// group's hardware address.
void iface_send_to(struct iface *iface, struct pkt *pkt, struct mac dst);

// The same, to the neighbour that has the network address hop.
static inline void iface_send(struct iface *iface, struct pkt *pkt, struct addr hop, mono_t now)
{
	iface_pad(pkt);
	neigh_send(&iface->neigh, hop, pkt, now);
}

#endif

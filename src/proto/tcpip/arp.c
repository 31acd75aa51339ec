// arp: answers requests in place and enters senders as neighbours. The states of
// neighbours are in neigh.c, the layout of messages in arp_wire.h.
#include "proto/tcpip/arp.h"

#include "proto/tcpip/arp_wire.h"

static void send_request(struct iface *iface, be32_t spa, be32_t tpa, struct mac dst)
{
	struct pkt *pkt = iface_alloc(iface, ETH_TYPE_ARP, sizeof(struct arp_hdr));

	if (!pkt)
		return;
	arp_build(arp_hdr_of(pkt), ARP_REQUEST, iface->mac, spa, (struct mac){0}, tpa);
	iface_send_to(iface, pkt, dst);
}

void arp_solicit(struct iface *iface, be32_t addr, const struct mac *mac)
{
	be32_t spa = addr_ipv4(iface_source(iface, addr_from_ipv4(addr)));

	send_request(iface, spa, addr, mac ? *mac : MAC_BROADCAST);
}

void arp_probe(struct iface *iface, be32_t addr)
{
	send_request(iface, (be32_t){0}, addr, MAC_BROADCAST);
}

void arp_announce(struct iface *iface, be32_t addr)
{
	send_request(iface, addr, addr, MAC_BROADCAST);
}

static void reply(struct iface *iface, struct pkt *pkt, struct arp_hdr *arp)
{
	struct mac sender = mac_load(arp->sha);

	arp_build(arp, ARP_REPLY, iface->mac, arp->tpa, sender, arp->spa);
	pkt->tx_flags = 0;
	pkt->gso_size = 0;
	pkt_trim(pkt, (uint32_t)(pkt->l3 - pkt->off + sizeof(*arp)));
	mac_store(eth_hdr_of(pkt)->src, iface->mac);
	iface_send_to(iface, pkt, sender);
}

// RFC 826: updates a known sender; enters one that requests our address.
static void learn(struct iface *iface, const struct pkt *pkt, const struct arp_hdr *arp, mono_t now)
{
	const struct eth_hdr *eth = eth_hdr_of(pkt);
	struct addr sender = addr_from_ipv4(arp->spa);
	struct mac mac = mac_load(arp->sha);
	bool for_us = iface_has_ipv4(iface, arp->tpa);

	if (be16_get(arp->oper) == ARP_REQUEST && for_us)
		neigh_seen(&iface->neigh, sender, mac, now);
	else
		neigh_advertised(&iface->neigh, sender, &mac,
		                 for_us && mac_eq(mac_load(eth->dst), iface->mac), true, now);
}

// The address of ours that the message claims for its sender, as an index of acd.h, or -1. A
// probe claims one that we probe ourselves (RFC 5227 section 2.1.1).
static int claimed_address(const struct iface *iface, const struct arp_hdr *arp)
{
	int index;

	if (arp->spa.be != 0)
		return acd_find(iface, addr_from_ipv4(arp->spa));
	index = acd_find(iface, addr_from_ipv4(arp->tpa));
	return acd_is_probed(iface, index) ? index : -1;
}

enum drop arp_input(struct iface *iface, struct pkt *pkt, mono_t now)
{
	struct arp_hdr *arp = arp_hdr_of(pkt);
	enum drop reason = arp_check(arp, pkt->len - (size_t)(pkt->l3 - pkt->off));
	uint8_t first;
	int claimed;

	if (reason)
		return reason;
	reason = iface_check_mac(iface, mac_load(arp->sha), DROP_ARP_SENDER, DROP_ARP_OWN);
	if (reason)
		return reason;
	first = (uint8_t)(be32_get(arp->spa) >> 24);
	if (first == 127 || first >= 224)
		return DROP_ARP_SENDER;
	claimed = claimed_address(iface, arp);
	if (claimed >= 0) {
		acd_conflict(iface, claimed, mac_load(arp->sha), now);
		return DROP_ARP_CONFLICT;
	}
	// A probe has no sender address (RFC 5227 section 2.1.1), and a host
	// that is not on the link is never a next hop.
	if (arp->spa.be != 0 && iface_on_link4(iface, arp->spa))
		learn(iface, pkt, arp, now);
	if (!iface_has_ipv4(iface, arp->tpa))
		return DROP_ARP_NOT_OURS;
	if (be16_get(arp->oper) == ARP_REQUEST)
		reply(iface, pkt, arp);
	else
		pkt_put(pkt);
	return DROP_NONE;
}

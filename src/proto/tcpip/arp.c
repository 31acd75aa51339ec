// arp: requests answered in place, and who the neighbours are; the neighbours'
// states are in neigh.c, the layout in arp_wire.h.
#include "proto/tcpip/arp.h"

#include "proto/tcpip/arp_wire.h"

static void send_request(struct port *port, be32_t spa, be32_t tpa, struct mac dst)
{
	struct pkt *pkt = port_alloc(port, ETH_TYPE_ARP, sizeof(struct arp_hdr));

	if (!pkt)
		return;
	arp_build((struct arp_hdr *)(pkt->page + pkt->l3), ARP_REQUEST, port->mac, spa,
	          (struct mac){0}, tpa);
	port_send_to(port, pkt, dst);
}

void arp_solicit(struct port *port, be32_t addr, const struct mac *mac)
{
	be32_t spa = addr_ipv4(port_source(port, addr_from_ipv4(addr)));

	send_request(port, spa, addr, mac ? *mac : MAC_BROADCAST);
}

void arp_announce(struct port *port, be32_t addr)
{
	send_request(port, addr, addr, MAC_BROADCAST);
}

static void reply(struct port *port, struct pkt *pkt, struct arp_hdr *arp)
{
	struct mac asker = mac_load(arp->sha);

	arp_build(arp, ARP_REPLY, port->mac, arp->tpa, asker, arp->spa);
	pkt->tx_flags = 0;
	pkt->gso_size = 0;
	pkt_trim(pkt, (uint32_t)(pkt->l3 - pkt->off + sizeof(*arp)));
	mac_store(((struct eth_hdr *)pkt_data(pkt))->src, port->mac);
	port_send_to(port, pkt, asker);
}

// RFC 826: update who is known; enter who asks for us.
static void learn(struct port *port, const struct pkt *pkt, const struct arp_hdr *arp, mono_t now)
{
	const struct eth_hdr *eth = (const struct eth_hdr *)(pkt->page + pkt->l2);
	struct addr sender = addr_from_ipv4(arp->spa);
	struct mac mac = mac_load(arp->sha);
	bool for_us = port_has_ipv4(port, arp->tpa);

	if (be16_get(arp->oper) == ARP_REQUEST && for_us)
		neigh_seen(&port->neigh, sender, mac, now);
	else
		neigh_advertised(&port->neigh, sender, &mac,
		                 for_us && mac_eq(mac_load(eth->dst), port->mac), true, now);
}

enum drop arp_input(struct port *port, struct pkt *pkt, mono_t now)
{
	struct arp_hdr *arp = (struct arp_hdr *)(pkt->page + pkt->l3);
	enum drop reason = arp_check(arp, pkt->len - (size_t)(pkt->l3 - pkt->off));
	uint8_t first;

	if (reason)
		return reason;
	first = (uint8_t)(be32_get(arp->spa) >> 24);
	if (mac_is_group(mac_load(arp->sha)) || mac_load(arp->sha).bits == 0 || first == 127 ||
	    first >= 224)
		return DROP_ARP_SENDER;
	if (mac_eq(mac_load(arp->sha), port->mac))
		return DROP_ARP_OWN;
	if (port_has_ipv4(port, arp->spa)) {
		// RFC 5227 section 2.4 (b): say once that it is ours.
		if (rate_take(&port->defences, now))
			arp_announce(port, arp->spa);
		return DROP_ARP_CONFLICT;
	}
	// A probe has no sender address (RFC 5227 section 2.1.1), and who is
	// not on the link is never a next hop.
	if (arp->spa.be != 0 && port_on_link4(port, arp->spa))
		learn(port, pkt, arp, now);
	if (!port_has_ipv4(port, arp->tpa))
		return DROP_ARP_NOT_OURS;
	if (be16_get(arp->oper) == ARP_REQUEST)
		reply(port, pkt, arp);
	else
		pkt_put(pkt);
	return DROP_NONE;
}

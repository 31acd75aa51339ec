// arp: resolves IPv4 addresses on Ethernet (RFC 826) and detects address conflicts
// (RFC 5227). Neighbours go into the interface's table, neigh.h.
#ifndef TCPIP_ARP_H
#define TCPIP_ARP_H

#include "core/mono.h"
#include "proto/tcpip/iface.h"

// Consumes the message at pkt->l3, or returns the reason to drop it.
enum drop arp_input(struct iface *iface, struct pkt *pkt, mono_t now) MUST_CHECK;

// Sends a request for addr: broadcast when mac is NULL, else to that neighbour.
void arp_solicit(struct iface *iface, be32_t addr, const struct mac *mac);

// Asks whether another host has addr (RFC 5227 section 2.1.1).
void arp_probe(struct iface *iface, be32_t addr);

// Announces that we have addr (RFC 5227 section 2.3).
void arp_announce(struct iface *iface, be32_t addr);

#endif

// ndp: neighbour discovery for IPv6 (RFC 4861) as a host without
// autoconfiguration needs it: it answers solicitations, learns neighbours and
// announces its addresses. Neighbours go into the interface's table, neigh.h.
#ifndef TCPIP_NDP_H
#define TCPIP_NDP_H

#include "core/mono.h"
#include "proto/tcpip/iface.h"

// Consumes the solicitation or advertisement at pkt->l4, whose checksum is
// right, or returns the reason to drop it. fragment_hdr: the packet had a fragment header.
enum drop ndp_input(struct iface *iface, struct pkt *pkt, bool fragment_hdr, mono_t now) MUST_CHECK;

// Solicits addr: by its solicited-node group when mac is NULL, else by unicast to mac.
void ndp_solicit(struct iface *iface, struct addr addr, const struct mac *mac);

// Asks whether another host has addr (RFC 4862 section 5.4.2). nonce: by which the
// solicitation is known for ours when the link loops it back (RFC 7527).
void ndp_probe(struct iface *iface, struct addr addr, uint64_t nonce);

// Announces that we have addr (RFC 4861 section 7.2.6).
void ndp_announce(struct iface *iface, struct addr addr);

#endif

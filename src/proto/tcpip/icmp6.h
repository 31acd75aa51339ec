// icmp6: ICMPv6 (RFC 4443): echo, errors about packets of ours, and errors that we send.
// Neighbour discovery's messages go on to ndp.c, queries for listeners to mld.c.
#ifndef TCPIP_ICMP6_H
#define TCPIP_ICMP6_H

#include "core/mono.h"
#include "proto/tcpip/icmp_wire.h"
#include "proto/tcpip/ip.h"
#include "proto/tcpip/ipv6.h"

// Consumes the message at pkt->l4, or gives the reason to drop it. When that is
// DROP_ICMP6_ERROR, *error describes it; it points into the packet, and the packet that
// it quotes goes from one of our addresses and is long enough for ports.
enum drop icmp6_input(struct iface *iface, struct pkt *pkt, const struct ipv6_walk *walk,
                      struct ip_error *error, mono_t now) MUST_CHECK;

// Sends an error about pkt, which is for us and stays the caller's; or counts
// icmp6.rate. `rest` is the pointer of a parameter problem.
void icmp6_error(struct iface *iface, const struct pkt *pkt, enum icmp6_type type,
                 enum icmp6_code code, uint32_t rest, mono_t now);

// Writes the IPv6 header for the len bytes of the message at pkt->l4, those in packets
// behind included, and the message's checksum.
void icmp6_build(const struct ip_flow *flow, struct pkt *pkt, uint16_t len);

#endif

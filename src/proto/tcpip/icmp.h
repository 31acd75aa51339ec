// icmp: ICMP for IPv4 (RFC 792, RFC 1122 section 3.2.2): echo, errors about packets of
// ours, and errors that we send. ICMPv6 is in icmp6.h.
#ifndef TCPIP_ICMP_H
#define TCPIP_ICMP_H

#include "core/mono.h"
#include "proto/tcpip/icmp_wire.h"
#include "proto/tcpip/iface.h"
#include "proto/tcpip/ip_flow.h"

// Consumes the message at pkt->l4, or gives the reason to drop it. When that is
// DROP_ICMP4_ERROR, *error describes it; it points into the packet, and the packet that
// it quotes goes from one of our addresses and is long enough for ports.
enum drop icmp_input(struct iface *iface, struct pkt *pkt, struct ip_error *error,
                     mono_t now) MUST_CHECK;

// Sends an unreachable error about pkt, which ipv4_input has passed and which
// stays the caller's; or counts icmp4.rate.
void icmp_unreachable(struct iface *iface, const struct pkt *pkt, enum icmp_unreachable_code code,
                      mono_t now);

#endif

// mld: reports to multicast routers and snooping switches which groups an interface hears
// (RFC 3810), without which solicitations for our addresses would not reach us
// on some links.
#ifndef TCPIP_MLD_H
#define TCPIP_MLD_H

#include "core/mono.h"
#include "proto/tcpip/iface.h"
#include "proto/tcpip/ipv6.h"

// Consumes the query at pkt->l4, whose checksum is right, or returns the reason
// to drop it. The report is sent after a random part of the query's maximum delay.
enum drop mld_input(struct iface *iface, struct pkt *pkt, const struct ipv6_walk *walk,
                    mono_t now) MUST_CHECK;

// Reports that we now listen to the groups of our addresses.
void mld_announce(struct iface *iface);

// A wheel_fn on iface->mld: reports the groups that we listen to.
void mld_report(struct wheel_timer *timer, mono_t now);

#endif

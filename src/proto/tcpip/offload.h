// offload: passes frames on from one interface to another in a form that the other's
// device takes. A virtual device hands out frames whose checksum was never computed,
// TCP packets that stand for many segments, and chains; a plain one takes none of
// these. Which interface a frame goes to is its caller's business.
#ifndef TCPIP_OFFLOAD_H
#define TCPIP_OFFLOAD_H

#include "core/netif.h"

#define OFFLOAD_SEGMENTS_MAX 64 // of one packet

// Where frames go: the worker's part of an interface.
struct offload_iface {
	const struct netif *netif;
	struct page_pool *pool; // for segments and copies
	struct batch *out;
	struct worker_metric *metric;
};

// Consumes a frame as a device gave it: appended to the interface's batch, whole or in
// segments, or dropped by name. What others hold as well is not written to, so only
// a frame of one owner may have a blank checksum or a gso_size.
//
// A blank checksum is left to the device if it does them, else completed. A packet
// with a gso_size stays one where the device cuts it, else it becomes segments, each
// complete (flags, sequence numbers and identifications as the sender would have
// written them). A chain stays one where the device takes it, else it is copied into
// one page. A device that wants pages of its own pools gets copies.
void offload_send(const struct offload_iface *iface, struct pkt *pkt);

#endif

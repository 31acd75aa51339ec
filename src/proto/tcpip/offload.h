// offload: gives a device frames in a form that it takes. Protocols leave checksums and
// segmentation to the device, and virtual devices hand out frames in which both are still
// to be done; what a device cannot do is done here. Which interface a frame goes to is its
// caller's business.
#ifndef TCPIP_OFFLOAD_H
#define TCPIP_OFFLOAD_H

#include "core/netif.h"

#define OFFLOAD_SEGMENTS_MAX 64 // of one packet

// The way out of an interface: the worker's part of it.
struct offload_iface {
	const struct netif *netif;
	struct page_pool *pool; // for segments and copies
	struct batch *out;
	struct worker_metric *metric;
	uint8_t lacks; // enum pkt_tx that the device leaves to us; of offload_lacks
};

// What a device with these abilities (enum netif_offload) does not complete.
static inline uint8_t offload_lacks(uint32_t offloads)
{
	return (uint8_t)((offloads & NETIF_TX_IPV4_CKSUM ? 0 : PKT_TX_IPV4_CKSUM) |
	                 (offloads & NETIF_TX_L4_CKSUM ? 0 : PKT_TX_UDP_CKSUM | PKT_TX_TCP_CKSUM));
}

// As offload_out, for a packet with a gso_size or with flags that the device lacks. Headers
// are written to, payload is not.
void offload_finish(const struct offload_iface *iface, struct pkt *pkt);

// Consumes a whole frame of the stack's own, its l2, l3 and l4 set: appended to the
// interface's batch. Checksums that tx_flags leaves open are completed when the device
// does not do that. A TCP packet with a gso_size becomes segments when the device does not
// cut it, each complete, in pages of the pool; when that runs out, the rest counts as
// tx.no_page, and TCP sends it again. Each segment takes a place of the batch.
static inline void offload_out(const struct offload_iface *iface, struct pkt *pkt)
{
	if (unlikely(pkt->gso_size || (pkt->tx_flags & iface->lacks)))
		offload_finish(iface, pkt);
	else
		batch_add(iface->out, iface->metric, pkt);
}

// Consumes a frame as a device gave it: appended to the interface's batch, whole or in
// segments, or dropped by name. What others hold as well is not written to, so only
// a frame of one owner may have a blank checksum or a gso_size.
//
// A blank checksum is left to the device if it does them, else completed. A packet
// with a gso_size stays one where the device cuts it, else it becomes segments, each
// complete (flags, sequence numbers and identifications as the sender would have
// written them). A chain stays one where the device takes it, else it is copied into
// one page. A device that sends only pages of its own pools gets copies.
void offload_send(const struct offload_iface *iface, struct pkt *pkt);

#endif

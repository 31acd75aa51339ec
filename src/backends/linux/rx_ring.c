// rx_ring: see the header. No allocation, lock, log or system call in here.
#include "backends/linux/rx_ring.h"

#include "core/be.h"

#include <linux/if_packet.h>
#include <string.h>

#define ETH_ADDRS_BYTES 12
#define TAG_BYTES       4
#define ETHERTYPE_VLAN  0x8100
#define PREFETCH_AHEAD  4

_Static_assert(TPACKET_ALIGN(TPACKET2_HDRLEN + 16) == RX_RING_HEADER_BYTES,
               "as the kernel lays it");

// What the slot's header says of its frame.
struct slot {
	const uint8_t *frame;
	uint32_t status, len, whole_len; // bytes in the slot, and those on the wire
	uint16_t tpid, tci;              // the tag that the kernel took out of the frame
};

uint32_t rx_ring_slot_bytes(uint16_t mtu)
{
	uint32_t bytes = 2048;

	while (bytes < RX_RING_HEADER_BYTES + TAG_BYTES + (uint32_t)mtu)
		bytes *= 2;
	return bytes;
}

static inline struct tpacket2_hdr *slot_header(const struct rx_ring *ring, uint32_t slot)
{
	return (struct tpacket2_hdr *)(void *)(ring->map + (size_t)slot * ring->slot_bytes);
}

// The kernel wrote the slots on another core, and they lie far apart: without this the
// worker waits for each.
static inline void slots_prefetch(const struct rx_ring *ring, uint32_t ahead)
{
	uint32_t slot = ring->next + ahead;
	const uint8_t *at;

	if (slot >= ring->slots)
		slot -= ring->slots;
	at = ring->map + (size_t)slot * ring->slot_bytes;
	__builtin_prefetch(at);
	__builtin_prefetch(at + CACHE_LINE_BYTES);
	__builtin_prefetch(at + 2 * CACHE_LINE_BYTES);
}

static inline struct slot slot_read(const struct tpacket2_hdr *header, uint32_t status)
{
	bool tpid = status & TP_STATUS_VLAN_TPID_VALID;

	return (struct slot){.frame = (const uint8_t *)header + header->tp_mac,
	                     .status = status,
	                     .len = header->tp_snaplen,
	                     .whole_len = header->tp_len,
	                     .tpid = tpid ? header->tp_vlan_tpid : ETHERTYPE_VLAN,
	                     .tci = header->tp_vlan_tci};
}

// Copies the frame, with its VLAN tag where it was.
static COLD void copy_tagged(struct pkt *pkt, const struct slot *slot)
{
	const be16_t tag[2] = {be16(slot->tpid), be16(slot->tci)};
	uint8_t *to = pkt_data(pkt);

	memcpy(to, slot->frame, ETH_ADDRS_BYTES);
	memcpy(to + ETH_ADDRS_BYTES, tag, TAG_BYTES);
	memcpy(to + ETH_ADDRS_BYTES + TAG_BYTES, slot->frame + ETH_ADDRS_BYTES,
	       slot->len - ETH_ADDRS_BYTES);
	pkt_set_len(pkt, (uint16_t)(slot->len + TAG_BYTES));
}

// A frame of this host's own may come without its checksum: the kernel leaves that to the
// device that sends it.
static inline uint8_t rx_flags_of(uint32_t status)
{
	if (unlikely(status & TP_STATUS_CSUMNOTREADY))
		return PKT_RX_L4_CKSUM_OK | PKT_RX_L4_CKSUM_BLANK;
	return status & TP_STATUS_CSUM_VALID ? PKT_RX_L4_CKSUM_OK : 0;
}

// Copies the frame into the page. DROP_NONE, or why the frame is dropped.
static inline enum drop slot_copy(const struct slot *slot, uint32_t max, struct pkt *pkt)
{
	bool tagged = slot->status & TP_STATUS_VLAN_VALID;

	if (unlikely(slot->whole_len + (tagged ? TAG_BYTES : 0) > max))
		return DROP_RX_TOO_LONG;
	if (unlikely(slot->len != slot->whole_len || slot->len < ETH_ADDRS_BYTES))
		return DROP_RX_BAD;
	if (unlikely(tagged)) {
		copy_tagged(pkt, slot);
	} else {
		memcpy(pkt_data(pkt), slot->frame, slot->len);
		pkt_set_len(pkt, (uint16_t)slot->len);
	}
	pkt->rx_flags = rx_flags_of(slot->status);
	return DROP_NONE;
}

unsigned rx_ring_burst(struct rx_ring *ring, const struct netif *netif, unsigned queue,
                       struct pkt **pkts, unsigned n)
{
	const uint32_t max = netif->mtu + (uint32_t)RX_RING_ETH_BYTES;
	unsigned got = 0;

	for (unsigned taken = 0; taken < n; taken++) {
		struct tpacket2_hdr *header = slot_header(ring, ring->next);
		uint32_t status = __atomic_load_n(&header->tp_status, __ATOMIC_ACQUIRE);
		struct pkt *pkt;
		struct slot slot;
		enum drop drop;

		if (!(status & TP_STATUS_USER))
			break;
		pkt = pkt_alloc(netif->pool[queue]);
		if (unlikely(!pkt))
			break;
		ring->next = ring->next + 1 == ring->slots ? 0 : ring->next + 1;
		slots_prefetch(ring, PREFETCH_AHEAD);
		slot = slot_read(header, status);
		drop = slot_copy(&slot, max, pkt);
		__atomic_store_n(&header->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
		pkt->iface = (uint8_t)netif->iface;
		if (likely(drop == DROP_NONE))
			pkts[got++] = pkt;
		else
			pkt_drop(netif->metric[queue], pkt, drop);
	}
	return got;
}

// rx_tap: see the header. No allocation, lock, log or clock in here.
#include "backends/linux/rx_tap.h"

#include "backends/linux/vnet.h"

#include <sys/uio.h>
#include <unistd.h>

#define ETH_BYTES 18 // header and one VLAN tag

// Pages for the next frame.
struct room {
	bool vnet;
	unsigned len;
	struct pkt *page[RX_TAP_PAGES];
};

// Pages for the longest frame; false: the pool has not enough, and frames stay in the kernel.
static bool fill(struct room *room, struct page_pool *pool)
{
	unsigned max = room->vnet ? RX_TAP_PAGES : 1;

	while (room->len < max) {
		struct pkt *pkt = pkt_alloc(pool);

		if (!pkt)
			return false;
		room->page[room->len++] = pkt;
	}
	return true;
}

// Takes the pages of a frame of len bytes out of the array.
static struct pkt *take(struct room *room, uint32_t len)
{
	struct pkt *first = room->page[0];
	unsigned n = 0;

	for (uint32_t left = len; n == 0 || left > 0; n++) {
		struct pkt *pkt = room->page[n];

		assert(pkt && n < room->len);
		if (n > 0)
			pkt->off = 0; // no header will be before its bytes
		pkt_set_len(pkt, (uint16_t)size_min(left, (size_t)(pkt->room - pkt->off)));
		left -= pkt->len;
		if (n > 0)
			room->page[n - 1]->next = pkt;
	}
	first->more = len - first->len;
	room->len -= n;
	memmove(room->page, room->page + n, room->len * sizeof(room->page[0]));
	return first;
}

// Reads a frame, its length without the header; negative when there is none.
static ssize_t frame_read(struct room *room, int fd, uint32_t max, struct virtio_net_hdr *hdr)
{
	struct iovec pieces[1 + RX_TAP_PAGES] = {{hdr, sizeof(*hdr)}};
	ssize_t len;

	// One byte more shows a frame that is too long.
	if (!room->vnet)
		return read(fd, pkt_data(room->page[0]), max + 1);
	for (unsigned i = 0; i < RX_TAP_PAGES; i++)
		pieces[1 + i] = (struct iovec){room->page[i]->page, room->page[i]->room};
	pieces[1] = (struct iovec){pkt_data(room->page[0]), pkt_tailroom(room->page[0])};
	len = readv(fd, pieces, 1 + RX_TAP_PAGES);
	return len < (ssize_t)sizeof(*hdr) ? -1 : len - (ssize_t)sizeof(*hdr);
}

unsigned rx_tap_burst(int fd, bool vnet, const struct netif *netif, unsigned queue,
                      struct pkt **pkts, unsigned n)
{
	const uint32_t max = netif->mtu + (uint32_t)ETH_BYTES;
	struct room room = {.vnet = vnet};
	unsigned got = 0;

	for (unsigned taken = 0; taken < n && fill(&room, netif->pool[queue]); taken++) {
		struct virtio_net_hdr hdr = {0};
		ssize_t len = frame_read(&room, fd, max, &hdr);
		enum drop reason;
		struct pkt *pkt;

		if (len < 0)
			break;
		pkt = take(&room, (uint32_t)len);
		pkt->iface = (uint8_t)netif->iface;
		reason = vnet_read(&hdr, max, pkt);
		if (unlikely(reason))
			pkt_drop(netif->metric[queue], pkt, reason);
		else
			pkts[got++] = pkt;
	}
	while (room.len > 0)
		pkt_put(room.page[--room.len]);
	return got;
}

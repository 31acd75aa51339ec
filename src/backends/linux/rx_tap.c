// rx_tap: see the header. No allocation, lock, log or clock in here.
#include "backends/linux/rx_tap.h"

#include <unistd.h>

#define ETH_BYTES 18 // header and one VLAN tag

unsigned rx_tap_burst(int fd, const struct netif *netif, unsigned queue, struct pkt **pkts,
                      unsigned n)
{
	const size_t max = netif->mtu + (size_t)ETH_BYTES;
	unsigned got = 0;

	for (unsigned taken = 0; taken < n; taken++) {
		struct pkt *pkt = pkt_alloc(netif->pool[queue]);
		ssize_t len;

		if (unlikely(!pkt))
			break;
		// One byte more shows a frame that is too long.
		len = read(fd, pkt_data(pkt), max + 1);
		if (len < 0) {
			pkt_put(pkt);
			break;
		}
		pkt->iface = (uint8_t)netif->iface;
		if (unlikely((size_t)len > max)) {
			pkt_drop(netif->metric[queue], pkt, DROP_RX_TOO_LONG);
			continue;
		}
		pkt_set_len(pkt, (uint16_t)len);
		pkts[got++] = pkt;
	}
	return got;
}

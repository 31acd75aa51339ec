// tx_tap: see the header. No allocation, lock, log or clock in here.
#include "backends/linux/tx_tap.h"

#include "backends/linux/vnet.h"

#include <errno.h>
#include <sys/uio.h>
#include <unistd.h>

// 0, or the errno with which the kernel refuses the frame.
static int pieces_write(int fd, bool vnet, const struct pkt *pkt)
{
	struct virtio_net_hdr hdr;
	struct iovec pieces[1 + TX_TAP_PIECES];
	int n = 0;

	if (vnet) {
		hdr = vnet_write(pkt);
		pieces[n++] = (struct iovec){&hdr, sizeof(hdr)};
	}
	for (; pkt; pkt = pkt->next) {
		if (n == vnet + TX_TAP_PIECES)
			return EMSGSIZE;
		pieces[n++] = (struct iovec){pkt_data(pkt), pkt->len};
	}
	return writev(fd, pieces, n) < 0 ? errno : 0;
}

static inline int frame_write(int fd, bool vnet, const struct pkt *pkt)
{
	if (vnet || unlikely(pkt->next != NULL))
		return pieces_write(fd, vnet, pkt);
	return write(fd, pkt_data(pkt), pkt->len) < 0 ? errno : 0;
}

static COLD enum drop refused(int err)
{
	return err == EMSGSIZE || err == EINVAL ? DROP_TX_TOO_LONG : DROP_TX_LINK_DOWN;
}

unsigned tx_tap_burst(int fd, bool vnet, const struct netif *netif, unsigned queue,
                      struct pkt **pkts, unsigned n)
{
	const uint32_t max = netif->mtu + 18u;
	unsigned done = 0;

	for (; done < n; done++) {
		struct pkt *pkt = pkts[done];
		// The kernel takes frames of any length here.
		bool too_long = pkt_total_len(pkt) > max && !pkt->gso_size;
		int err = unlikely(too_long) ? EMSGSIZE : frame_write(fd, vnet, pkt);

		if (likely(err == 0))
			pkt_put(pkt);
		else if (err == EAGAIN || err == EINTR || err == ENOBUFS || err == ENOMEM)
			break;
		else
			pkt_drop(netif->metric[queue], pkt, refused(err));
	}
	return done;
}

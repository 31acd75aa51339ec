// tx_socket: see the header. No allocation, lock, log or clock in here.
#include "backends/linux/tx_socket.h"

#include <errno.h>

// Describes the pages of a frame, from pieces[used] on. How many are used then; `used`
// itself when they find no room.
static inline unsigned frame_describe(struct tx_socket *tx, unsigned msg, unsigned used,
                                      const struct pkt *pkt)
{
	struct msghdr *header = &tx->msgs[msg].msg_hdr;
	unsigned at = used;

	for (; pkt; pkt = pkt->next) {
		if (unlikely(at == TX_SOCKET_PIECES))
			return used;
		tx->pieces[at++] = (struct iovec){pkt_data(pkt), pkt->len};
	}
	header->msg_iov = &tx->pieces[used];
	header->msg_iovlen = at - used;
	return at;
}

// What becomes of the first frame when the kernel took none: it stays, to be sent again,
// or it is dropped. How many frames are consumed.
static COLD unsigned first_refused(int err, struct worker_metric *metric, struct pkt *pkt)
{
	switch (err) {
	case EAGAIN:
	case ENOBUFS:
	case ENOMEM:
	case EINTR:
		return 0;
	case EMSGSIZE:
	case EINVAL:
		pkt_drop(metric, pkt, DROP_TX_TOO_LONG);
		return 1;
	default:
		pkt_drop(metric, pkt, DROP_TX_LINK_DOWN);
		return 1;
	}
}

unsigned tx_socket_burst(struct tx_socket *tx, int fd, struct worker_metric *metric,
                         struct pkt **pkts, unsigned n)
{
	unsigned used = 0, ready = 0;
	int sent;

	for (; ready < n && ready < TX_SOCKET_BURST; ready++) {
		unsigned now = frame_describe(tx, ready, used, pkts[ready]);

		if (unlikely(now == used))
			break;
		used = now;
	}
	if (unlikely(ready == 0))
		return first_refused(EMSGSIZE, metric, pkts[0]);
	sent = sendmmsg(fd, tx->msgs, ready, MSG_DONTWAIT);
	if (unlikely(sent < 0))
		return first_refused(errno, metric, pkts[0]);
	for (int i = 0; i < sent; i++)
		pkt_put(pkts[i]);
	return (unsigned)sent;
}

// tx_socket: see the header. No allocation, lock, log or clock in here.
#include "backends/linux/tx_socket.h"

#include <errno.h>

// Describes the pages of a frame, with virtio's header before them when it is to be cut, from
// pieces[used] on. How many are used then; `used` itself when they find no room.
static inline unsigned frame_describe(struct tx_socket *tx, unsigned msg, unsigned used,
                                      const struct pkt *pkt)
{
	struct msghdr *header = &tx->msgs[msg].msg_hdr;
	unsigned at = used;

	if (pkt->gso_size) {
		if (unlikely(at == TX_SOCKET_PIECES))
			return used;
		tx->headers[msg] = vnet_write(pkt);
		tx->pieces[at++] = (struct iovec){&tx->headers[msg], sizeof(tx->headers[msg])};
	}
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

// Sends those of the packets that go by the socket of the first one, as many as a call takes.
static inline unsigned run_send(struct tx_socket *tx, struct worker_metric *metric,
                                struct pkt **pkts, unsigned n)
{
	bool cut = pkts[0]->gso_size;
	unsigned used = 0, ready = 0;
	int sent;

	for (; ready < n && ready < TX_SOCKET_BURST && cut == !!pkts[ready]->gso_size; ready++) {
		unsigned now = frame_describe(tx, ready, used, pkts[ready]);

		if (unlikely(now == used))
			break;
		used = now;
	}
	if (unlikely(ready == 0))
		return first_refused(EMSGSIZE, metric, pkts[0]);
	sent = sendmmsg(cut ? tx->gso_fd : tx->fd, tx->msgs, ready, MSG_DONTWAIT);
	if (unlikely(sent < 0))
		return first_refused(errno, metric, pkts[0]);
	for (int i = 0; i < sent; i++)
		pkt_put(pkts[i]);
	return (unsigned)sent;
}

unsigned tx_socket_burst(struct tx_socket *tx, struct worker_metric *metric, struct pkt **pkts,
                         unsigned n)
{
	unsigned done = 0, now;

	do {
		now = run_send(tx, metric, pkts + done, n - done);
		done += now;
	} while (now && done < n);
	return done;
}

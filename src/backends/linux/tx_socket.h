// tx_socket: sends bursts by a packet socket, many frames in a system call. The kernel
// copies; a frame of several pages goes out as it is.
#ifndef BACKENDS_LINUX_TX_SOCKET_H
#define BACKENDS_LINUX_TX_SOCKET_H

#include "core/pkt.h"

#include <sys/socket.h>

#define TX_SOCKET_BURST  64
#define TX_SOCKET_PIECES 128 // pages of a burst, and of a frame

// Room for the arguments of a call; all zero at first.
struct tx_socket {
	struct mmsghdr msgs[TX_SOCKET_BURST];
	struct iovec pieces[TX_SOCKET_PIECES];
};

// Sends packets in order by the bound socket, as netif_ops.tx_burst does. Frames that the
// kernel refuses for good are dropped.
unsigned tx_socket_burst(struct tx_socket *tx, int fd, struct worker_metric *metric,
                         struct pkt **pkts, unsigned n);

#endif

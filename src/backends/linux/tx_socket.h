// tx_socket: sends bursts by packet sockets, many frames in a system call. The kernel copies; a
// frame of several pages goes out as it is. What is to be cut into segments goes by a socket of its
// own, whose frames have virtio's header before them (vnet.h) and which does not go around the
// queueing discipline: that is where the kernel cuts for devices that do not.
#ifndef BACKENDS_LINUX_TX_SOCKET_H
#define BACKENDS_LINUX_TX_SOCKET_H

#include "backends/linux/vnet.h"

#include <sys/socket.h>

#define TX_SOCKET_BURST  64
#define TX_SOCKET_PIECES 128 // pages of a burst
#define TX_SOCKET_PAGES  64  // of a frame that is to be cut

// The sockets, and room for the arguments of a call, all zero at first.
struct tx_socket {
	int fd, gso_fd;
	struct virtio_net_hdr headers[TX_SOCKET_BURST];
	struct mmsghdr msgs[TX_SOCKET_BURST];
	struct iovec pieces[TX_SOCKET_PIECES];
};

// Sends packets in order by the bound sockets, as netif_ops.tx_burst does. Frames that the
// kernel refuses for good are dropped.
unsigned tx_socket_burst(struct tx_socket *tx, struct worker_metric *metric, struct pkt **pkts,
                         unsigned n);

#endif

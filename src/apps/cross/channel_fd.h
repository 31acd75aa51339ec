// channel_fd: a channel of the control thread as a descriptor, for libraries that insist on one:
// a connected stream socket, whose other end the control loop moves bytes from and to. What the
// library does not read closes TCP's window; what the peer does not read fills the socket. The
// library may run in the control thread, without blocking, or in a thread of its own.
//
// The ends of the two directions cross as well: shutdown(fd, SHUT_WR) sends a FIN, the peer's FIN
// is the end of what is read. A reset of either side is the end of both, and looks like it:
// sockets of this kind have no resets.
#ifndef CROSS_CHANNEL_FD_H
#define CROSS_CHANNEL_FD_H

#include "core/host/control_loop.h"
#include "proto/tcpip/tcp/channel.h"

struct channel_fd_conf {
	struct control_loop *loop; // in whose thread the channel's handlers are called
	bool nonblocking;          // the library's end; its other end never blocks
	// The channel is closed, and the library gets no more bytes; in the control thread. May be
	// NULL.
	void (*closed)(void *ctx, enum tcp_end end, mono_t now);
	void *ctx;
};

// Becomes the channel's handler and returns the library's descriptor, which is the caller's to
// close: then the channel is closed, too. Negative errno when there are no descriptors or no
// memory; the channel is then unchanged. Called from the channel's `opened`, or at a later time.
int channel_fd_open(struct channel *channel, const struct channel_fd_conf *conf) MUST_CHECK;

#endif

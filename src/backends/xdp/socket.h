// socket: an XDP socket with its memory and its four rings, as
// Documentation/networking/af_xdp.rst describes them. Which frames come in is program's
// matter, what is in the rings is queue's.
#ifndef BACKENDS_XDP_SOCKET_H
#define BACKENDS_XDP_SOCKET_H

#include "core/base.h"

#include <linux/if_xdp.h>

// One side of a ring writes `producer`, the other `consumer`; both count without end.
struct xdp_ring {
	uint32_t *producer, *consumer, *flags;
	void *slots; // of uint64_t or struct xdp_desc
	uint32_t mask;
	uint32_t at;    // where our side is,
	uint32_t limit; // and how far it may go, as last read
	void *map;
	size_t map_bytes;
};

struct xdp_socket {
	int fd;
	struct xdp_ring rx, tx;
	struct xdp_ring fill, done; // pages for frames to come; pages that were sent
};

struct xdp_socket_conf {
	int index;                   // of the interface
	unsigned queue;              // of the interface
	void *pages;                 // the memory that frames lie in, a multiple of 4 KiB,
	size_t bytes;                // which must outlive the socket
	uint32_t chunk;              // bytes that the kernel may fill from an address of `fill` on
	uint32_t rx, tx, fill, done; // slots of the rings, powers of 2
	bool copy;                   // zero copy is refused
	uint32_t busy;               // packets that one busy poll may take; 0: no busy polling
};

// Opens and binds the socket; frames come when the program sends them. Needs CAP_NET_RAW,
// and CAP_IPC_LOCK or a limit on locked memory that holds the pages. 0, or a negative errno
// with the step that failed in *step; then there is nothing to close.
int xdp_socket_open(struct xdp_socket *sock, const struct xdp_socket_conf *conf,
                    const char **step) MUST_CHECK;
// Goes on with the socket of another process, whose descriptor is duplicated, and with its
// rings: of conf their slots count. 0 or a negative errno; then there is nothing to close.
int xdp_socket_take(struct xdp_socket *sock, const struct xdp_socket_conf *conf, int fd) MUST_CHECK;

// As the other process has stopped: where its side of each ring is, ours is.
void xdp_socket_resume(struct xdp_socket *sock);

void xdp_socket_close(struct xdp_socket *sock);

// Whether the socket has lost its interface since the last call, also one that was in
// another network namespace and is back.
bool xdp_socket_lost(const struct xdp_socket *sock) MUST_CHECK;

// What the kernel counted. 0 or a negative errno.
int xdp_socket_statistics(const struct xdp_socket *sock, struct xdp_statistics *stats) MUST_CHECK;

#endif

// program: the XDP program of one device: loaded, given the addresses that are wadi's, and
// attached by a link that the kernel undoes when the process ends, however it ends. What it
// does with a frame is prog.bpf.c.
#ifndef BACKENDS_XDP_PROGRAM_H
#define BACKENDS_XDP_PROGRAM_H

#include "backends/xdp/own.h"
#include "core/addr.h"
#include "core/why.h"

struct bpf_object;

struct xdp_program {
	struct bpf_object *object;
	int sockets;         // map: queue of the interface to socket
	int link;            // -1: not attached
	int own_map;         // map: own
	struct xdp_own *own; // shared with the program
};

// Loads the program for an interface of `queues` queues; with `share` it leaves to the
// kernel what is not for addresses that xdp_program_own set, otherwise it takes every
// frame. Needs CAP_BPF and CAP_NET_ADMIN. 0, or a negative errno with a sentence without
// its subject in why; then there is nothing to close.
int xdp_program_open(struct xdp_program *program, unsigned queues, bool share,
                     struct why *why) MUST_CHECK;

// Goes on with the program of another process, which stays attached: by duplicates of its link
// and of the map of its addresses. 0 or a negative errno; then there is nothing to close.
int xdp_program_take(struct xdp_program *program, int link, int own_map) MUST_CHECK;

// Detaches it, unless another process has its link, and gives it up; also one that is all zero.
void xdp_program_close(struct xdp_program *program);

// Has the program send the frames of a queue to the socket. 0 or a negative errno.
int xdp_program_socket(struct xdp_program *program, unsigned queue, int sock) MUST_CHECK;

// Puts the program on the interface: in the driver where that can, else in front of the
// kernel's stack (*generic). 0, -EBUSY when another one is there, or another errno.
int xdp_program_attach(struct xdp_program *program, int index, bool *generic) MUST_CHECK;

// Replaces what is wadi's: addresses of both families, and the VLAN (0: untagged frames).
// -E2BIG, nothing changed, when there are more than XDP_ADDRS_MAX of a family.
int xdp_program_own(struct xdp_program *program, uint16_t vlan, const struct addr *addrs,
                    unsigned len) MUST_CHECK;

// A packet socket receives what the kernel got and wadi must see as well. 0 or a negative
// errno.
int xdp_program_copies(struct xdp_program *program, int sock) MUST_CHECK;

#endif

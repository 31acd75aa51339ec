// mem: the device mem:NAME, a wire between two ports of one process. A frame is
// copied off the sender's page onto the wire and from there into a page of the
// receiver's pool, so each end may be driven by its own thread. Impairments are
// in impair.h, around this or any other device.
#ifndef BACKENDS_MEM_MEM_H
#define BACKENDS_MEM_MEM_H

#include "core/netif.h"

#define MEM_QUEUES_MAX 16
#define MEM_MTU        1500 // netif->mtu as opened; may be set up to MEM_MTU_MAX before use
#define MEM_MTU_MAX    2000
#define MEM_PAGES      2048 // of a queue, unless the configuration says
#define MEM_RING_LEN   256  // frames on the wire from one queue to another

struct backend;
extern const struct backend mem_backend;

// Opens an end of the wire of that name: the first opening makes the wire and is
// given end A, the second is given end B; a third gets -EBUSY. `queues` queues
// (the ends may differ in number; the receiver's queue is chosen by the hash of
// addresses and ports), each with a pool of `pages` pages of its own. 0, -EINVAL
// or -ENOMEM. Until both ends are open the wire takes nothing. When an end is
// closed the wire is down, and the name may be opened again.
//
// A frame longer than the sender's MTU is dropped there as tx.too_long, one
// longer than the receiver's MTU as rx.too_long.
//
// Control thread only; no worker may be at either end while one is opened or
// closed.
int mem_open(const char *name, unsigned queues, uint32_t pages, struct netif **netif) MUST_CHECK;

#endif

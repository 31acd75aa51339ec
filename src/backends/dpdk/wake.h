// wake: descriptors that wake a worker. DPDK's driver of AF_XDP keeps its sockets to
// itself, so they are looked for among our own descriptors right after the driver has
// made them.
#ifndef BACKENDS_DPDK_WAKE_H
#define BACKENDS_DPDK_WAKE_H

#include "core/base.h"

// The receiving socket of this family with the lowest number that is not
// claimed yet; the caller's until released, but the driver's to close. -1: none.
int wake_claim(int family);
void wake_release(int fd);

#endif

// xdp: the backend for Linux interfaces by XDP sockets, one for each worker, and a program
// of wadi's own that sends it its frames. It needs no DPDK.
#ifndef BACKENDS_XDP_XDP_H
#define BACKENDS_XDP_XDP_H

#include "core/host/backend.h"

extern const struct backend xdp_backend;

#endif

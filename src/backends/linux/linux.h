// linux: the backend for network interfaces of Linux that need no driver of DPDK: packet
// sockets on those that are there, and TAPs that it makes.
#ifndef BACKENDS_LINUX_LINUX_H
#define BACKENDS_LINUX_LINUX_H

#include "core/host/backend.h"

extern const struct backend linux_backend;

#endif

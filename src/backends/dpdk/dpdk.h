// dpdk: the backend for devices that DPDK drives. This header is all that the rest of
// wadi sees of it; rte_* is known in this folder only. Its kinds are in device.c.
//
// Signals: open leaves none caught or blocked; threads of EAL's own block all.
//
// close also ends EAL and removes what EAL left in the file system; it comes after each
// packet was put.
#ifndef BACKENDS_DPDK_DPDK_H
#define BACKENDS_DPDK_DPDK_H

#include "core/host/backend.h"

extern const struct backend dpdk_backend;

#endif

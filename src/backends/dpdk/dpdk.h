// dpdk: network ports through DPDK, as netifs. This header is all that the rest
// of wadi sees of it; rte_* is known in this folder only. boot calls it from
// the control thread, workers call dpdk_worker_enter.
//
// A device is KIND:ARGUMENT[,option=value...]:
//
//   tap:NAME                a kernel TAP, made here and gone with the process
//     mac=M                 our Ethernet address (else made from the name)
//   af_xdp:IFACE            a Linux interface through XDP sockets
//     start=N               first of the device's queues that are ours (0)
//     busy=N                packets a busy poll may take; 0: no busy polling (0)
//     copy=0|1              1: never ask the driver for zero copy (0)
//   af_packet:IFACE         a Linux interface through packet sockets
//     frames=N              slots of each ring (512)
//     bypass=0|1            1: send around the kernel's queueing discipline (1)
//   memif:SOCKET            shared memory to another process, which spreads flows over
//                           the queues and has as many of them as there are workers
//     role=server|client    who makes the socket (server)
//     id=N                  number of the link; equal on both sides (0)
//     ring=N                log2 of the slots of a ring (10)
//     bsize=N               bytes of a slot's buffer (2048)
//     mac=M                 our Ethernet address (else made from the name)
//   pcap:IN,OUT             reads one captured file, writes the other
//   pci:0000:01:00.0        a NIC bound to vfio-pci or uio; options go to its driver
#ifndef BACKENDS_DPDK_DPDK_H
#define BACKENDS_DPDK_DPDK_H

#include "core/netif.h"
#include "core/why.h"

#define DPDK_PORTS_MAX 16

struct dpdk_port_conf {
	const char *device;
	unsigned queues; // one for each worker
	uint32_t pages;  // of each queue's pool; more where the device needs more
	uint16_t mtu;    // of layer 3; 0: the device's own, where DPDK serves it
};

// Opens EAL and the ports; netifs[i] is the netif of ports[i], started, with
// one pool for each queue. All checks that need no change come first, for all
// ports. 0, or a negative errno with a sentence in why that says what is wrong
// and what to do; then nothing is left open. Once in a process.
//
// Signals: none is caught or blocked afterwards, threads of EAL's own block all.
// DPDK's TAP driver would have the kernel signal each arrival; it is kept from
// it, and finds packets by looking. A wait polls the TAP's own descriptor.
int dpdk_open(const char *app_name, const struct dpdk_port_conf *ports, unsigned ports_len,
              struct netif **netifs, struct why *why) MUST_CHECK;

// Each worker's thread, before it touches a netif or a pool, and before it
// ends. 0 or a negative errno.
int dpdk_worker_enter(unsigned worker) MUST_CHECK;
void dpdk_worker_leave(void);

// Where pages lie: "2 MiB huge pages" or "plain memory (...)", with the reason.
const char *dpdk_memory_kind(void);

// Control thread, workers gone, each packet put and each netif closed by its
// ops: closes EAL and removes what it left in the file system.
void dpdk_close(void);

#endif

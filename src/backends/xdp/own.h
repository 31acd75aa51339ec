// own: what the XDP program has to know of a device: which frames are wadi's. It lies in
// a map of the program's that the process maps too; prog.bpf.c reads it, program.c writes
// it. Plain types only: the file is compiled for BPF as well.
#ifndef BACKENDS_XDP_OWN_H
#define BACKENDS_XDP_OWN_H

#include <linux/types.h>

#define XDP_ADDRS_MAX 64 // of each family

// Addresses as on the wire. The process adds an address before it counts it, so that the
// program, which runs at the same time, reads none that is half written.
struct xdp_own {
	__u32 ipv4_len, ipv6_len;
	__u16 vlan; // 0: untagged frames
	__u32 ipv4[XDP_ADDRS_MAX];
	__u32 ipv6[XDP_ADDRS_MAX][4];
};

#endif

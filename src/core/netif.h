// netif: a network interface as the worker loop sees it. This table is
// implemented by real ones (DPDK, Xen's netfront), by the in-process pair and by the
// impairment around any of them.
#ifndef CORE_NETIF_H
#define CORE_NETIF_H

#include "core/addr.h"
#include "core/mono.h"
#include "core/pkt.h"

#include <string.h>

struct netif;
struct netif_status;
struct why;

// What goes from one process to another with a device: descriptors, and numbers that only its
// backend reads. Bounded by what one message of a Unix socket carries (SCM_MAX_FD).
#define NETIF_HANDOVER_FDS     200
#define NETIF_HANDOVER_NUMBERS 400

struct netif_handover {
	unsigned fds_len, numbers_len;
	int fd[NETIF_HANDOVER_FDS];
	uint64_t number[NETIF_HANDOVER_NUMBERS];
};

// What devices hash of a packet that comes in.
struct netif_flow {
	struct addr src, dst; // of one family
	uint16_t src_port, dst_port;
	uint8_t protocol; // TCP's or UDP's
};

struct netif_ops {
	// Up to n packets that arrived on the queue, now the caller's, with off,
	// len, iface, hash and rx_flags set. Called by the queue's worker only.
	unsigned (*rx_burst)(struct netif *netif, unsigned queue, struct pkt **pkts, unsigned n);

	// Sends packets in order; returns how many the device took. The rest
	// stay the caller's. A device
	// that takes one page a frame sends chains as copies: what is left in pkts may
	// then be other packets than before.
	unsigned (*tx_burst)(struct netif *netif, unsigned queue, struct pkt **pkts, unsigned n);

	// A descriptor that polls readable when the queue has packets and the
	// interrupt is armed, or -1. NULL: there is none, the worker sleeps.
	int (*rx_fd)(struct netif *netif, unsigned queue);

	// One more descriptor that polls readable, of a device that receives in two ways, or
	// -1. NULL: there is none. Present only when rx_fd is.
	int (*rx_fd_more)(struct netif *netif, unsigned queue);

	// The queue to which packets of the flow come, or -1 when that is not known. At any
	// time, from any queue's worker. NULL: it never can.
	int (*rx_queue)(const struct netif *netif, const struct netif_flow *flow);

	// Arms the interrupt before a wait, disarms it after. A packet that
	// came before arming may give no event: poll once more between arming
	// and waiting. Present when rx_fd is.
	void (*rx_arm)(struct netif *netif, unsigned queue, bool on);

	// When the queue is to be polled even if nothing arrives, as for packets that an
	// impairment delays. NULL: never.
	mono_t (*deadline)(struct netif *netif, unsigned queue);

	// The Ethernet groups that are listened to, borrowed for the call: a device
	// that filters may keep all others away. Control thread, no worker running.
	// NULL: all groups come in.
	void (*groups)(struct netif *netif, const uint8_t (*macs)[6], unsigned len);

	// The addresses of both families that the stack receives for, and its VLAN (0:
	// untagged frames), borrowed for the call: a device that is shared with the kernel
	// leaves it the rest, or warns of addresses of both. Control thread, at any time. NULL:
	// everything comes in.
	void (*own)(struct netif *netif, uint16_t vlan, const struct addr *addrs, unsigned len);

	// From now on no packet of several segments comes in, for a caller that treats each by
	// itself. Control thread, no worker running. NULL: they never do, or cannot be kept away.
	void (*apart)(struct netif *netif);

	// Link state and counters that only the device knows; control thread. A device whose
	// address has changed sets mac and increments generation; the caller wakes the workers.
	void (*status)(struct netif *netif, struct netif_status *status);

	// Control thread, while status says `lost`: takes the device up again when it is back,
	// sets mac and increments generation; the caller then wakes the workers, which may
	// wait for descriptors that were replaced under their numbers. 0; -ENODEV while it
	// is not back, -EAGAIN while workers are not ready for it; -ERESTART when it is back
	// and only a new process can take it up; or another negative errno with a sentence
	// without its subject in why. NULL: it stays lost.
	int (*reopen)(struct netif *netif, struct why *why);

	// Fills in what another process needs to go on with the device; the descriptors stay the
	// netif's. The numbers hold until a worker takes its next turn. Control thread, at any
	// time. NULL: the device cannot be handed over.
	void (*give)(struct netif *netif, struct netif_handover *to);

	// Of a device that was opened with a netif_handover: takes the numbers that `give` filled
	// in when the other process had stopped its workers. Control thread, before workers
	// start. 0, or -EINVAL when they are not valid. Present when give is.
	int (*take)(struct netif *netif, const struct netif_handover *from) MUST_CHECK;

	// Control thread, workers stopped: stops the device and frees netif.
	void (*close)(struct netif *netif);
};

// What a device does for the stack; see enum pkt_rx and enum pkt_tx.
enum netif_offload {
	NETIF_RX_CKSUM = 1 << 0,
	NETIF_TX_IPV4_CKSUM = 1 << 1,
	NETIF_TX_L4_CKSUM = 1 << 2,
	// TCP packets with a gso_size, by IPv4, of up to tso_pages pages; the device completes the
	// checksums of what it cuts, whether it has NETIF_TX_L4_CKSUM or not.
	NETIF_TX_TSO4 = 1 << 3,
	NETIF_TX_TSO6 = 1 << 4, // and by IPv6
};

struct netif_status {
	uint64_t link_up;    // 0 or 1
	uint64_t lost;       // 0 or 1: the device is gone, such as an interface that was deleted
	uint64_t speed_mbps; // 0: not known
	uint64_t rx_missed;  // packets that the device or the kernel had no room for
	uint64_t rx_errors, tx_errors;
	uint64_t pages, pages_free; // of the pools; the caller of status sets them
	// Metrics that only this kind of device has, rows of a table "counters" with a
	// label "name" and a column "value". They borrow from the netif.
	unsigned own_len;
	struct metric_source own[2];
};

// Of struct netif_status: all members before `own`, link_up and lost first.
extern const struct metric_row netif_status_rows[];

#define NETIF_NAME_BYTES 64
#define NETIF_QUEUES_MAX 64

struct netif {
	const struct netif_ops *ops;
	char device[NETIF_NAME_BYTES]; // "tap:wadi0", as configured, cut
	uint8_t mac[6];
	uint16_t mtu;       // of layer 3
	uint16_t queues;    // one for each worker
	uint16_t iface;     // index among the appliance's interfaces; rx_burst copies it to pkts
	uint32_t offloads;  // enum netif_offload
	uint16_t tso_pages; // of one packet with a gso_size, at most
	uint16_t tx_pages;  // of a frame, at most, that is sent without a copy; 0: one
	// Counts connections of the link; mac is set before it is incremented. After a
	// resume or a change of backend the stack announces its addresses. Written by
	// the control thread, read by each worker once a turn.
	_Atomic uint32_t generation;
	struct page_pool *pool[NETIF_QUEUES_MAX]; // for packets of our own, by queue
	// Where the queue's drops are counted; pipeline_init sets it.
	struct worker_metric *metric[NETIF_QUEUES_MAX];
};

// For an address that may have changed: takes it, and lets the workers notice.
static inline void netif_take_mac(struct netif *netif, const uint8_t mac[6])
{
	if (memcmp(netif->mac, mac, sizeof(netif->mac)) == 0)
		return;
	memcpy(netif->mac, mac, sizeof(netif->mac));
	atomic_fetch_add_explicit(&netif->generation, 1, memory_order_release);
}

#endif

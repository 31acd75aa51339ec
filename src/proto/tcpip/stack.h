// stack: the one file that knows every protocol of a worker's interfaces. Packets
// come in by stack_input, replies and packets of the stack's own leave in the
// interfaces' batches; time comes from the caller. Nothing is allocated after
// stack_open.
#ifndef TCPIP_STACK_H
#define TCPIP_STACK_H

#include "core/mono.h"
#include "core/netif.h"
#include "core/wheel.h"
#include "proto/tcpip/udp.h"

#define STACK_IFACES_MAX    16
#define STACK_ADDRS_MAX     16 // each family, each interface
#define STACK_LISTENERS_MAX 16

// An interface with an IPv6 address has a link-local one besides, made of its MAC.
// When netif->queues is more than one, several workers' stacks share the interface:
// each takes neighbours that it does not know from their requests.
struct stack_iface_conf {
	struct netif *netif;
	struct batch *out;
	struct page_pool *pool; // for packets of the stack's own
	struct prefix ipv4[STACK_ADDRS_MAX], ipv6[STACK_ADDRS_MAX];
	unsigned ipv4_len, ipv6_len;
	struct addr gateway4, gateway6; // on the link; addr_is_any: none
	uint16_t vlan;                  // 802.1Q tag that the interface serves; 0: untagged frames
};

struct stack_conf {
	struct stack_iface_conf iface[STACK_IFACES_MAX];
	unsigned ifaces_len;
	uint32_t neighbours;        // capacity of the neighbour table of each interface
	uint32_t icmp_errors_per_s; // of each interface; RFC 1812 section 4.3.2.8, RFC 4443
	                            // section 2.4 (f)
	uint64_t seed;              // of hash keys and jitter
	struct worker_metric *metric;
	struct wheel *wheel;
	bool announce; // ARP, NA and MLD reports when opened (one worker of an interface)
};

struct stack;

// NULL when memory is short; conf is copied.
struct stack *stack_open(const struct stack_conf *conf, mono_t now) MUST_CHECK;
void stack_close(struct stack *stack);

// Calls fn with each burst of datagrams for the port, at any of our addresses.
// 0, -EADDRINUSE or -ENOSPC. Before the first input.
int stack_udp_listen(struct stack *stack, uint16_t port, udp_burst_fn *fn, void *ctx) MUST_CHECK;

// Sends a datagram of our own: by the interface on whose link dst is, else by the first
// one with a gateway of its family. Counted as a drop when it cannot be sent.
void stack_udp_send(struct stack *stack, uint16_t src_port, struct addr dst, uint16_t dst_port,
                    const void *bytes, uint16_t len, mono_t now);

// Fills in the Ethernet groups that the interface of netif listens to; returns how many
// there are, of which the first `size` fit.
unsigned stack_groups(const struct stack *stack, const struct netif *netif, uint8_t (*macs)[6],
                      unsigned size);

// A pipeline_link_fn with ctx a struct stack: the interface tells its link anew who it
// is, as at start.
void stack_link(void *ctx, const struct netif *netif, mono_t now);

// Consumes the packets. A pipeline_input_fn with ctx a struct stack.
void stack_input(void *ctx, struct pkt **pkts, unsigned n, mono_t now);

#endif

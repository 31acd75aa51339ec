// stack: a worker's interfaces with all protocols on them. Packets come in by
// stack_input, replies and packets of the stack's own leave in the interfaces' batches;
// time comes from the caller. Nothing is allocated after stack_open. Applications reach
// a protocol through its own header (udp.h, tcp/tcp.h) with what stack_udp and stack_tcp
// return.
#ifndef TCPIP_STACK_H
#define TCPIP_STACK_H

#include "core/mono.h"
#include "core/netif.h"
#include "core/wheel.h"
#include "proto/tcpip/udp.h"

#define STACK_IFACES_MAX    16
#define STACK_ADDRS_MAX     16                        // each family, each interface
#define STACK_OWN_MAX       (2 * STACK_ADDRS_MAX + 1) // both, and the link-local address
#define STACK_PINNED_MAX    8                         // each interface
#define STACK_UDP_LISTENERS 256                       // of each worker in an appliance
#define STACK_ECHOES_PER_S  10000
#define STACK_TCP_CONNS     1024 // of each worker, unless configured

struct iface_board;
struct steer_worker;
struct tcp;

// Whether the link is searched for other hosts with the interface's addresses (acd.h).
enum stack_check {
	STACK_CHECK_OFF,      // they are announced at once
	STACK_CHECK_PARALLEL, // while they are used already
	STACK_CHECK_FIRST,    // before they are used
};

struct stack_neigh {
	struct addr addr;
	uint8_t mac[6]; // a host's
};

// An interface with an IPv6 address has a link-local one besides, made of its MAC.
// When several workers' stacks have the interface, each a queue of it, they share a board.
struct stack_iface_conf {
	struct netif *netif;
	struct batch *out;
	struct page_pool *pool; // for packets of the stack's own
	struct prefix ipv4[STACK_ADDRS_MAX], ipv6[STACK_ADDRS_MAX];
	unsigned ipv4_len, ipv6_len;
	struct addr gateway4, gateway6;              // on the link; addr_is_any: none
	struct stack_neigh pinned[STACK_PINNED_MAX]; // neighbours that are not resolved
	unsigned pinned_len;
	enum stack_check check;
	bool watch_gateways;       // keep them resolved, and note on the board whether they answer
	bool hold;                 // stop using an address that another host turns out to have
	struct iface_board *board; // borrowed; NULL: no other thread has the interface
	uint16_t vlan;             // 802.1Q tag that the interface serves; 0: untagged frames
};

struct stack_conf {
	struct stack_iface_conf iface[STACK_IFACES_MAX];
	unsigned ifaces_len;
	uint32_t neighbours;        // capacity of the neighbour table of each interface
	uint32_t icmp_errors_per_s; // of each interface; RFC 1812 section 4.3.2.8, RFC 4443
	                            // section 2.4 (f)
	uint32_t icmp_echoes_per_s; // answered by each interface; 0: STACK_ECHOES_PER_S
	uint32_t udp_listeners;     // capacity, UINT16_MAX at most; 0: STACK_UDP_LISTENERS
	uint32_t tcp_conns;         // capacity, 2^30 at most; 0: STACK_TCP_CONNS
	uint32_t tcp_pages;         // that connections hold together; 0: half of the interfaces'
	uint64_t seed;              // of hash keys, jitter and ephemeral ports
	uint64_t shared_seed[2];    // of keys that all workers have to have
	struct worker_metric *metric;
	struct wheel *wheel;
	struct steer_worker *steer; // borrowed; NULL: the interfaces have no other worker
	bool announce; // ARP, NA and MLD reports when opened (one worker of an interface)
};

struct stack;

// NULL when there is not enough memory; conf is copied.
struct stack *stack_open(const struct stack_conf *conf, mono_t now) MUST_CHECK;
void stack_close(struct stack *stack);

// The worker's UDP, for as long as the stack is open; see udp.h.
struct udp *stack_udp(struct stack *stack);

// The worker's TCP, for as long as the stack is open; see tcp/tcp.h.
struct tcp *stack_tcp(struct stack *stack);

// Fills in the Ethernet groups that the interface of netif listens to; returns how many
// there are, of which the first `size` fit.
unsigned stack_groups(const struct stack *stack, const struct netif *netif, uint8_t (*macs)[6],
                      unsigned size);

// Fills in the addresses that the interface of netif receives for, and its VLAN; returns how
// many addresses there are, at most STACK_OWN_MAX.
unsigned stack_own(const struct stack *stack, const struct netif *netif,
                   struct addr addrs[STACK_OWN_MAX], uint16_t *vlan);

// The neighbours of the interface of netif whose hardware addresses are known: fills in up to
// `size` of them, and returns how many that are. No worker runs the stack.
unsigned stack_neighbours(const struct stack *stack, const struct netif *netif,
                          struct stack_neigh *to, unsigned size);

// Enters a neighbour as if it had sent a request: packets to it are sent at once, and it is
// confirmed later. No worker runs the stack.
void stack_neighbour_seen(struct stack *stack, const struct netif *netif,
                          const struct stack_neigh *neigh, mono_t now);

// A datagram to one of an interface's own addresses, from the stack to itself, and its reply.
struct stack_probe {
	const struct netif *netif; // the interface
	bool ipv6;                 // to an address of this family
	uint16_t port;
	uint16_t len, size; // of bytes and reply
	const uint8_t *bytes;
	uint8_t *reply;
	// Set by stack_probe.
	uint16_t reply_len; // cut at size
	struct addr dst;    // the address: the first that is in use
};

enum stack_probe_result {
	STACK_PROBE_ANSWERED,
	STACK_PROBE_SILENT,     // no reply, or an ICMP error: reasons are counted as ever
	STACK_PROBE_NO_ADDRESS, // the interface uses no address of the family
	STACK_PROBE_NO_PAGE,    // counted as tx.no_page
};

// Has the stack handle the datagram as if the interface had received it, checks, listener and
// counters included, and takes the reply instead of sending it: neighbours and the device have
// no part in it. Its source is 192.0.0.8 (RFC 7600 section 4.8) or 100::1 (RFC 6666), which no
// client has. In the worker's thread, not from a listener.
enum stack_probe_result stack_probe(struct stack *stack, struct stack_probe *probe,
                                    mono_t now) MUST_CHECK;

// A pipeline_link_fn with ctx a struct stack: the interface announces its addresses
// on the link, as at start.
void stack_link(void *ctx, const struct netif *netif, mono_t now);

// Consumes the packets. A pipeline_input_fn with ctx a struct stack.
void stack_input(void *ctx, struct pkt **pkts, unsigned n, mono_t now);

// Handles the packets that other workers passed to this one. A mailbox_fn with ctx a struct stack,
// for steer_worker->wake.
void stack_steered(void *ctx, mono_t now);

// Has each protocol send what waits for room in the interfaces' batches, up to
// batch_room; a protocol sends nothing here that waits for something else, and drops
// nothing for lack of room. Returns whether one of them has more ready. A
// pipeline_flush_fn with ctx a struct stack.
bool stack_flush(void *ctx, mono_t now);

#endif

// neigh: an interface's table of neighbours, for ARP and NDP alike: addresses to
// hardware addresses with the states of RFC 4861 section 7.3. Messages are
// built and read in arp.c and ndp.c.
#ifndef TCPIP_NEIGH_H
#define TCPIP_NEIGH_H

#include "core/hash.h"
#include "core/mono.h"
#include "core/pkt.h"
#include "core/rand.h"
#include "core/rate.h"
#include "core/wheel.h"
#include "proto/tcpip/eth_wire.h"
#include "proto/tcpip/neigh_board.h"
#include "proto/tcpip/offload.h"

// RFC 4861 section 10.
#define NEIGH_RETRANS_US   SEC_US
#define NEIGH_DELAY_US     (5 * SEC_US)
#define NEIGH_REACHABLE_US (30 * SEC_US) // times 0.5 to 1.5
#define NEIGH_SOLICITS     3

#define NEIGH_QUEUE_LEN      4   // packets that wait for one neighbour
#define NEIGH_QUEUED_MAX     32  // pages that wait in a table
#define NEIGH_SOLICITS_PER_S 256 // unknown neighbours solicited in a second

enum neigh_state {
	NEIGH_NONE, // not in the table
	NEIGH_INCOMPLETE,
	NEIGH_REACHABLE,
	NEIGH_STALE,
	NEIGH_DELAY,
	NEIGH_PROBE,
	NEIGH_STATES,
};

// RFC 4861 appendix C. SAME and NEW: whether the hardware address is that
// of the entry.
enum neigh_event {
	NEIGH_SEND,
	NEIGH_TIMEOUT,
	NEIGH_GAVE_UP,   // a timeout after NEIGH_SOLICITS solicitations
	NEIGH_SEEN_SAME, // in a solicitation, an ARP request
	NEIGH_SEEN_NEW,
	// Advertisements: solicited or not, override or not.
	NEIGH_ADV_SAME,
	NEIGH_ADV_NEW,
	NEIGH_ADV_O_SAME,
	NEIGH_ADV_O_NEW,
	NEIGH_ADV_S_SAME,
	NEIGH_ADV_S_NEW,
	NEIGH_ADV_SO_SAME,
	NEIGH_ADV_SO_NEW,
	NEIGH_EVENTS,
};

enum neigh_act {
	NEIGH_RECORD = 1 << 0,  // store the hardware address
	NEIGH_FLUSH = 1 << 1,   // send the queued packets
	NEIGH_ASK_ALL = 1 << 2, // solicit by multicast or broadcast
	NEIGH_ASK_ONE = 1 << 3, // solicit by unicast
	NEIGH_TIMER = 1 << 4,   // start the timer of the new state
};

struct neigh_step {
	uint8_t next; // enum neigh_state
	uint8_t acts; // enum neigh_act
};

struct neigh {
	CACHE_ALIGNED struct addr addr;
	struct mac mac;
	uint32_t next; // in the free list
	uint8_t state; // enum neigh_state
	uint8_t used;  // since the hand passed
	uint8_t solicits;
	uint8_t queue_len;
	struct wheel_timer timer;
	struct neigh_table *table;
	mono_t since; // when the wait of its state began
	bool pinned;  // configured: no message and no timeout changes it
	struct pkt *queue[NEIGH_QUEUE_LEN];
};

// Solicits addr: by broadcast or multicast when mac is NULL, else by unicast to mac.
typedef void neigh_solicit_fn(void *ctx, struct addr addr, const struct mac *mac);

// Whether addr is the packet's destination, and not a gateway on the way there.
typedef bool neigh_is_dst_fn(const struct pkt *pkt, struct addr addr);

struct neigh_conf {
	uint32_t capacity;
	uint64_t seed;
	struct neigh_board *board; // borrowed; NULL: no other worker has the interface
	struct wheel *wheel;
	const struct offload_iface *out; // borrowed
	struct worker_metric *metric;
	neigh_solicit_fn *solicit;
	neigh_is_dst_fn *is_dst;
	void *ctx;
};

struct neigh_table {
	struct neigh_conf conf;
	struct neigh *entries;
	struct hash index; // of entries, by address
	uint32_t free;
	uint32_t hand;
	uint32_t queued; // pages that wait
	uint64_t key;
	struct neigh *last; // result of the last look-up, or NULL
	struct rate solicits;
	struct rand rand;
};

// The transition that the RFC requires for an event in a state.
struct neigh_step neigh_step(enum neigh_state state, enum neigh_event event) PURE;

// 0, -EINVAL for a capacity of 0, or -ENOMEM.
int neigh_open(struct neigh_table *table, const struct neigh_conf *conf) MUST_CHECK;
void neigh_close(struct neigh_table *table);

// Consumes pkt, a frame that lacks its destination: sends it to the neighbour, or queues it
// until the neighbour is resolved, or drops it. The frame's destination is zero, or the
// source of the frame that it answers: an answer to an unresolved neighbour goes back there
// at once, but for one by way of a gateway, and nothing is learnt from it.
void neigh_send(struct neigh_table *table, struct addr addr, struct pkt *pkt, mono_t now);

// The neighbour sent a request or solicitation to us: it is entered if it is not known.
void neigh_seen(struct neigh_table *table, struct addr addr, struct mac mac, mono_t now);

// The neighbour advertised itself, which creates no entry. mac is NULL when the message
// had none.
void neigh_advertised(struct neigh_table *table, struct addr addr, const struct mac *mac,
                      bool solicited, bool override, mono_t now);

// The link was re-established: neighbours may have moved, so each is solicited again when
// a packet is next sent to it.
void neigh_doubt(struct neigh_table *table, mono_t now);

// Has the neighbour solicited when it is not resolved, and confirmed when that was long ago.
// Returns the state of its entry before.
enum neigh_state neigh_resolve(struct neigh_table *table, struct addr addr, mono_t now);

// Enters a neighbour whose hardware address is configured. Fewer than the capacity.
void neigh_pin(struct neigh_table *table, struct addr addr, struct mac mac);

// NULL when not known.
const struct neigh *neigh_find(const struct neigh_table *table, struct addr addr);

#endif

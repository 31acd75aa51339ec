// neigh_board: what the workers of one interface have heard of its neighbours. ARP and NDP
// messages reach one worker of an interface, seldom the one that solicited: each notes
// here what it heard, and reads here when one of its own entries lacks an answer. The only
// memory that stacks of several workers write; a note may be lost, but is never half read.
// The table of each worker is neigh.h.
#ifndef TCPIP_NEIGH_BOARD_H
#define TCPIP_NEIGH_BOARD_H

#include "core/addr.h"
#include "core/mono.h"
#include "proto/tcpip/eth_wire.h"

#include <stdatomic.h>

#define NEIGH_BOARD_GATEWAYS 2
#define NEIGH_BOARD_SLOTS    512 // a power of two

struct neigh_note {
	struct addr addr;
	struct mac mac;
	bool solicited; // an answer to a solicitation of one of the workers
	mono_t at;
};

// seq is odd while the slot is written.
struct neigh_board_slot {
	_Atomic uint32_t seq;
	_Atomic uint64_t hi, lo, mac, at_us;
};

struct neigh_board {
	uint64_t key;
	struct addr gateway[NEIGH_BOARD_GATEWAYS];
	// The gateways have slots of their own: no flood overwrites them.
	struct neigh_board_slot slot[NEIGH_BOARD_GATEWAYS + NEIGH_BOARD_SLOTS];
};

// Before any worker uses it. A gateway may be addr_is_any.
void neigh_board_init(struct neigh_board *board, uint64_t key, struct addr gateway4,
                      struct addr gateway6);

// Replaces the note about an address, or about another that shares its slot. Any worker;
// lost when another worker is writing the same slot.
void neigh_board_write(struct neigh_board *board, const struct neigh_note *note);

// The last note about addr. False when there is none.
bool neigh_board_read(const struct neigh_board *board, struct addr addr,
                      struct neigh_note *note) MUST_CHECK;

#endif

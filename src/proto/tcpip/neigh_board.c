// neigh_board: slots that are written and read without locks; see the header.
#include "proto/tcpip/neigh_board.h"

#include "core/hash.h"

#define MAC_SOLICITED (UINT64_C(1) << 63) // beside the 48 bits of the address

void neigh_board_init(struct neigh_board *board, uint64_t key, struct addr gateway4,
                      struct addr gateway6)
{
	memset(board, 0, sizeof(*board));
	board->key = key;
	board->gateway[0] = gateway4;
	board->gateway[1] = gateway6;
}

static size_t index_of(const struct neigh_board *board, struct addr addr)
{
	for (size_t i = 0; i < NEIGH_BOARD_GATEWAYS; i++)
		if (addr_eq(board->gateway[i], addr))
			return i;
	return NEIGH_BOARD_GATEWAYS +
	       (size_t)(hash_u128(board->key, addr.hi, addr.lo) % NEIGH_BOARD_SLOTS);
}

// Each member is released after seq became odd: a reader that gets one of them sees an odd
// or a later seq when it looks again.
void neigh_board_write(struct neigh_board *board, const struct neigh_note *note)
{
	struct neigh_board_slot *slot = &board->slot[index_of(board, note->addr)];
	uint32_t seq = atomic_load_explicit(&slot->seq, memory_order_relaxed);

	if (seq % 2 ||
	    !atomic_compare_exchange_strong_explicit(&slot->seq, &seq, seq + 1,
	                                             memory_order_acq_rel, memory_order_relaxed))
		return;
	atomic_store_explicit(&slot->hi, note->addr.hi, memory_order_release);
	atomic_store_explicit(&slot->lo, note->addr.lo, memory_order_release);
	atomic_store_explicit(&slot->mac, note->mac.bits | (note->solicited ? MAC_SOLICITED : 0),
	                      memory_order_release);
	atomic_store_explicit(&slot->at_us, note->at.us, memory_order_release);
	atomic_store_explicit(&slot->seq, seq + 2, memory_order_release);
}

bool neigh_board_read(const struct neigh_board *board, struct addr addr, struct neigh_note *note)
{
	const struct neigh_board_slot *slot = &board->slot[index_of(board, addr)];
	uint32_t seq = atomic_load_explicit(&slot->seq, memory_order_acquire);
	uint64_t mac;

	if (seq == 0 || seq % 2)
		return false;
	note->addr.hi = atomic_load_explicit(&slot->hi, memory_order_acquire);
	note->addr.lo = atomic_load_explicit(&slot->lo, memory_order_acquire);
	mac = atomic_load_explicit(&slot->mac, memory_order_acquire);
	note->at.us = atomic_load_explicit(&slot->at_us, memory_order_acquire);
	note->mac.bits = mac & ~MAC_SOLICITED;
	note->solicited = mac & MAC_SOLICITED;
	return atomic_load_explicit(&slot->seq, memory_order_relaxed) == seq &&
	       addr_eq(note->addr, addr);
}

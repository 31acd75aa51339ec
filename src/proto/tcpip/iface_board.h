// iface_board: what the workers of one interface share, and the control thread reads:
// neighbours that one of them heard, the state of each address, whether the gateways
// answer. One worker, the one that announces, decides; any of them may note a conflict.
#ifndef TCPIP_IFACE_BOARD_H
#define TCPIP_IFACE_BOARD_H

#include "proto/tcpip/neigh_board.h"
#include "proto/tcpip/stack.h"

// IPv4 addresses, then, when there are IPv6 ones, the link-local address and those.
#define IFACE_BOARD_ADDRS (2 * STACK_ADDRS_MAX + 1)

enum iface_addr_state {
	IFACE_ADDR_USED,
	IFACE_ADDR_PROBED, // the link is being searched for another host with the address
	IFACE_ADDR_HELD,   // another host has it: not used until it is free
};

enum iface_gateway_state {
	IFACE_GATEWAY_UNKNOWN, // there is none, or it was not solicited yet
	IFACE_GATEWAY_ANSWERS,
	IFACE_GATEWAY_SILENT,
};

struct iface_board_addr {
	_Atomic uint8_t state;      // enum iface_addr_state
	_Atomic uint32_t conflicts; // messages of other hosts that claimed the address
	_Atomic uint64_t mac;       // sender of the last of them, as struct mac
};

struct iface_board {
	struct neigh_board neighbours;
	_Atomic uint32_t version; // counts changes of states
	struct iface_board_addr addr[IFACE_BOARD_ADDRS];
	_Atomic uint8_t gateway[2]; // enum iface_gateway_state; IPv4, IPv6
};

// Before any worker uses it; key is a secret.
void iface_board_init(struct iface_board *board, uint64_t key, const struct stack_iface_conf *conf);

#endif

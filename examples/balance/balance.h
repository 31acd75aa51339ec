// balance: spreads the datagrams of clients over several servers, and sends each answer to
// its client from the address and port that the client used. Packets are forwarded in the
// page in which they came. Neighbour: main.c, the appliance and its configuration.
//
// Towards the servers each client has a port of ours: the flow. A port is used by one flow
// for each server at a time, so PORTS * SERVERS flows fit. A flow that was idle for long
// enough is reused; until then a new client finds no place, and its datagram is dropped.
#ifndef BALANCE_H
#define BALANCE_H

#include <wadi/wadi.h>

#define BALANCE_SERVERS_MAX 16
#define BALANCE_PORTS       128

struct balance_target {
	struct addr addr;
	uint16_t port; // 0: the port that the client used
};

// The servers, as published to the worker (core/host/swap.h).
struct balance_targets {
	unsigned len;
	struct balance_target target[BALANCE_SERVERS_MAX];
};

// Reasons to drop a datagram; ids of the appliance begin at drops_begin.
enum balance_drop { BALANCE_FULL, BALANCE_STRANGER };

struct balance;

// Listens at the port of every address, or at every port when it is 0. targets holds a
// struct balance_targets; it is borrowed, and what it points to may be replaced. NULL with
// a sentence in why.
struct balance *balance_open(struct udp *udp, uint16_t port, uint64_t idle_us, uint64_t seed,
                             const struct swap *targets, enum drop drops_begin,
                             struct why *why) MUST_CHECK;
void balance_close(struct balance *balance);

// "192.0.2.1", "192.0.2.1:53", "2001:db8::1" or "[2001:db8::1]:53". False when malformed.
bool balance_target_parse(const char *text, struct balance_target *target) MUST_CHECK;

#endif

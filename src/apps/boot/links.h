// links: what the workers of each port share of its link, in memory that outlives them; and
// the control thread's look at it: conflicts about addresses and gateways that do not
// answer become log lines. The engine's side is proto/tcpip/iface_board.h.
#ifndef BOOT_LINKS_H
#define BOOT_LINKS_H

#include "apps/boot/boot_conf.h"
#include "core/host/control_loop.h"
#include "core/host/json.h"
#include "core/why.h"
#include "proto/tcpip/iface_board.h"

enum on_conflict { ON_CONFLICT_HOLD, ON_CONFLICT_WARN, ON_CONFLICT_EXIT };

// What was last seen of an address, or logged about it.
struct link_addr {
	struct addr addr;
	uint8_t state; // enum iface_addr_state
	uint32_t conflicts;
	mono_t quiet; // no further line before
};

struct link {
	const char *name;
	unsigned on_conflict;
	unsigned addrs_len;
	struct link_addr addr[IFACE_BOARD_ADDRS];
	struct addr gateway[2];
	uint8_t gateway_state[2];
};

struct links {
	unsigned len;
	struct iface_board *board; // one for each port
	struct link *link;         // likewise
	struct control_loop *loop;
	struct wheel_timer timer;
	struct why fatal; // why the appliance ends; empty: it need not
};

// Before the workers are opened. 0, or -ENOMEM with a sentence in why.
int links_open(struct links *links, const struct boot_conf *conf, struct why *why) MUST_CHECK;

// The texts of the port's addresses that are held, since other hosts have them; a new
// reference to an array.
json_t *links_held(const struct links *links, unsigned port);

// Whether addresses of the port are held, or gateways do not answer, with a sentence in why;
// *fatal: none of its addresses is used, or none of its gateways answers.
bool links_fault(const struct links *links, unsigned port, bool *fatal, struct why *why);

// After the workers are closed; links may be all zeros.
void links_close(struct links *links);

// Looks every half second while the loop runs. Stops the loop, with links->fatal set, when
// an address with on_conflict "exit" belongs to another host. links_unwatch: also when it
// was not watched.
void links_watch(struct links *links, struct control_loop *loop, mono_t now);
void links_unwatch(struct links *links);

#endif

// drain: the time that transfers in progress have when a process stops (drain_ms): no TCP
// connection is accepted any more, those that are open end as soon as their answers are complete,
// and the process goes on serving until the last has. What follows is conns_leave's.
#ifndef BOOT_DRAIN_H
#define BOOT_DRAIN_H

#include "core/wheel.h"

#define DRAIN_LOOK_US (20 * MS_US)  // between two looks at the connections
#define DRAIN_END_US  (10 * SEC_US) // more than what is left to do behind it takes

struct boot;

struct drain {
	struct wheel_timer timer; // armed: it is going on
	mono_t until;
	bool said; // a log line has
};

// Before any other function.
void drain_init(struct drain *drain);

// Begins, in the control thread, and stops boot's loop at the end: at once when nothing is in
// progress.
void drain_begin(struct boot *boot, mono_t now);

bool drain_is_on(const struct drain *drain) PURE;

// It is not in the control loop any more.
void drain_end(struct boot *boot);

#endif

// stalls: notices workers that take no turns: a loop without an end, a lock of a driver, a
// thread that the kernel or a debugger has stopped. Says which one, where in its turn and for
// how long; and lets the service manager know that all is well only while no worker stands
// still. An idle worker takes a turn each second.
#ifndef BOOT_STALLS_H
#define BOOT_STALLS_H

#include "apps/boot/notify.h"
#include "apps/boot/worker.h"
#include "core/host/control_loop.h"

#define STALLS_LOOK_US  SEC_US
#define STALLS_STILL_US (3 * SEC_US) // of looks without a turn, until the worker stands still

struct stall {
	uint64_t turns; // at the last look
	uint64_t looks; // that saw no turn since
	mono_t since;   // the last look that saw one
};

struct stalls {
	struct control_loop *loop; // NULL: not watched
	const struct worker *workers;
	const struct notify *notify;
	unsigned len;
	uint64_t look_us;
	uint64_t looks_max; // without a turn
	struct wheel_timer timer;
	struct stall stall[BOOT_WORKERS_MAX];
};

// Looks at the workers, which run or are stopped by the control thread, from now on.
void stalls_watch(struct stalls *stalls, const struct worker *workers, unsigned len,
                  const struct notify *notify, struct control_loop *loop, mono_t now);

// Also when they were not watched.
void stalls_unwatch(struct stalls *stalls);

// One look. Returns how many workers stand still.
unsigned stalls_look(struct stalls *stalls, mono_t now);

#endif

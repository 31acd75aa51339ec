// links: what the workers of each port share of its link, with memory that outlives them.
// One port as a worker sees it is proto/tcpip/iface.h.
#ifndef BOOT_LINKS_H
#define BOOT_LINKS_H

#include "apps/boot/boot_conf.h"
#include "core/why.h"
#include "proto/tcpip/neigh_board.h"

struct links {
	struct neigh_board *board; // one for each port
};

// Before the workers are opened. 0, or -ENOMEM with a sentence in why.
int links_open(struct links *links, const struct boot_conf *conf, struct why *why) MUST_CHECK;

// After the workers are closed; links may be all zeros.
void links_close(struct links *links);

#endif

// why: the sentence that a failed start ends with. Not a log: boot prints it.
#ifndef BACKENDS_DPDK_WHY_H
#define BACKENDS_DPDK_WHY_H

#include "core/base.h"

struct why {
	char *text;
	size_t size;
};

// Writes the sentence; returns err, so that a check can end with it.
int why_fail(struct why why, int err, const char *fmt, ...) PRINTF(3, 4);

#endif

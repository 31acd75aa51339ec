// why: the sentence that says why a step of the control path failed. The caller
// owns the buffer; the outermost caller (boot, a command, a tool) prints it. Not a log,
// and never used per packet.
#ifndef CORE_WHY_H
#define CORE_WHY_H

#include "core/base.h"

#define WHY_BYTES 1024

struct why {
	char text[WHY_BYTES];
};

// Replaces the sentence; it is cut to WHY_BYTES. The arguments may point into why.
void why_set(struct why *why, const char *fmt, ...) PRINTF(2, 3);

// As why_set; returns err, for `return why_fail(...)`.
int why_fail(struct why *why, int err, const char *fmt, ...) PRINTF(3, 4);

// "not enough memory for WHAT"; returns -ENOMEM.
int why_no_memory(struct why *why, const char *fmt, ...) PRINTF(2, 3);

#endif

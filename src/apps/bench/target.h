// target: a server's address and port as text, "192.0.2.1:53" or "[2001:db8::1]:53".
#ifndef APPS_BENCH_TARGET_H
#define APPS_BENCH_TARGET_H

#include "core/addr.h"

struct target {
	struct addr addr;
	uint16_t port;
};

// ADDRESS, ADDRESS:PORT, [ADDRESS] or [ADDRESS]:PORT; without a port it is `port`. False when
// malformed.
bool target_parse(const char *text, uint16_t port, struct target *target) MUST_CHECK;

#define TARGET_TEXT_BYTES (ADDR_TEXT_BYTES + 8)
char *target_text(const struct target *target, char text[TARGET_TEXT_BYTES]);

#endif

// health: whether the appliance can answer, as rows of checks: its workers, each service by a
// datagram that workers answer (probe.h) and by what it knows itself, ports, pools, the last
// reload. The exit status is made of the reply by wadi-ctl (apps/ctl/ctl.c).
#ifndef BOOT_HEALTH_H
#define BOOT_HEALTH_H

#include "apps/boot/boot.h"

struct boot;

struct health {
	json_t *checks;
	enum health_state worst;
};

void health_init(struct health *health);

// "ok", "warning", "failed".
const char *health_state_name(enum health_state state) PURE;

// Makes all checks, and the reply of them: "state", the worst of all, and "checks". Waits up to
// patience_us for workers. NULL only without memory.
json_t *health_run(struct boot *boot, uint64_t patience_us);

#endif

// services_check: mistakes that the author of an appliance makes in its own tables, and that no
// test of wadi can see: a name that boot or another service has already, a drop reason without its
// service's name. What the configuration says is boot_check.h's.
#ifndef BOOT_SERVICES_CHECK_H
#define BOOT_SERVICES_CHECK_H

#include "apps/boot/services.h"

// Before services_init, which asserts what this reports. 0, or -EINVAL with a sentence in
// why.
int services_check(const struct appliance *appliance, struct why *why) MUST_CHECK;

// The tables of metrics, once all services and workers are open.
int services_check_metrics(const struct services *services, struct why *why) MUST_CHECK;

#endif

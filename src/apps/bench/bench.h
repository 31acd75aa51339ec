// bench: the appliance, for commands that run it.
#ifndef APPS_BENCH_BENCH_H
#define APPS_BENCH_BENCH_H

#include "apps/boot/boot.h"

extern const struct appliance bench_appliance;

#endif

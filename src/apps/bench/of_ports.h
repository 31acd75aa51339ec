// of_ports: the service "of": emulated switches of all workers and one controller, for a time, then
// a report.
#ifndef APPS_BENCH_OF_PORTS_H
#define APPS_BENCH_OF_PORTS_H

#include "apps/boot/boot.h"

extern const struct service of_ports_service;

#endif

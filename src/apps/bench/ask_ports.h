// ask_ports: the service "dns": asks through ports of wadi's own.
#ifndef APPS_BENCH_ASK_PORTS_H
#define APPS_BENCH_ASK_PORTS_H

#include "apps/boot/boot.h"

extern const struct service ask_ports_service;

#endif

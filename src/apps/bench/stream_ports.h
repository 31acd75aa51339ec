// stream_ports: the service "tcp" of wadi-bench: a client or a server of TCP on ports of wadi's
// own, and its result.
#ifndef APPS_BENCH_STREAM_PORTS_H
#define APPS_BENCH_STREAM_PORTS_H

#include "apps/boot/boot.h"

extern const struct service stream_ports_service;

#endif

// reflect: the service "reflect", the other end of `wadi-bench udp`: sends datagrams back as they
// are, and says at the end how many there were.
#ifndef APPS_BENCH_REFLECT_H
#define APPS_BENCH_REFLECT_H

#include "apps/boot/boot.h"

extern const struct service reflect_service;

#endif

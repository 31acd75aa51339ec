// udp_command: the command `wadi-bench udp`: datagrams that go to another end and come back, which
// is either end of it.
#ifndef APPS_BENCH_UDP_COMMAND_H
#define APPS_BENCH_UDP_COMMAND_H

#include "apps/boot/boot.h"

extern const struct service_tool udp_command_tools[];

#endif

// ask_command: the command `wadi-bench dns`: its options become keys of the configuration.
#ifndef APPS_BENCH_ASK_COMMAND_H
#define APPS_BENCH_ASK_COMMAND_H

#include "apps/boot/boot.h"

extern const struct service_tool ask_command_tools[];

#endif

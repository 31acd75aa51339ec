// stream_command: the command `wadi-bench tcp`: options that become the configuration of a run.
#ifndef APPS_BENCH_STREAM_COMMAND_H
#define APPS_BENCH_STREAM_COMMAND_H

#include "apps/boot/boot.h"

extern const struct service_tool stream_command_tools[];

#endif

// of_command: the command wadi-bench of, which makes the section "of" of its options.
#ifndef APPS_BENCH_OF_COMMAND_H
#define APPS_BENCH_OF_COMMAND_H

#include "apps/boot/boot.h"

extern const struct service_tool of_command_tools[];

#endif

// http_command: `wadi-bench http`.
#ifndef APPS_BENCH_HTTP_COMMAND_H
#define APPS_BENCH_HTTP_COMMAND_H

#include "apps/boot/boot.h"

extern const struct service_tool http_command_tools[];

#endif

// ask_sockets: asks through sockets of the kernel's, where no interface can be taken: the
// device "socket". Beside ports of wadi's own it is slow, and says so when it is the limit.
#ifndef APPS_BENCH_ASK_SOCKETS_H
#define APPS_BENCH_ASK_SOCKETS_H

#include "apps/bench/ask.h"

#define ASK_SOCKETS_DEVICE "socket"

// Runs it whole, until it is over or a signal ends it, and prints the result. Returns the exit
// status, a TOOL_EXIT_*; an error has been printed.
int ask_sockets_run(const struct ask_conf *conf, unsigned workers_len);

#endif

// ask_command: the command `wadi-bench dns`: its options become keys of the configuration.
// Other commands that run the service with options of theirs call it.
#ifndef APPS_BENCH_ASK_COMMAND_H
#define APPS_BENCH_ASK_COMMAND_H

#include "apps/boot/boot.h"

// What options say of a run; all zeros: nothing.
struct ask_options {
	const char *to, *device, *queries, *order, *zone, *label, *types;
	struct cmdline_list from, gateways;
	struct cmdline_number rate, window, duration, warm_up, timeout, workers, sources, edns;
	struct cmdline_number loss_ppm, searches, names, do_share;
	bool dnssec, recursion, json, find_max, timing, random_labels, tcp, tcp_each;
	uint64_t echo; // not an option of dns
};

// Runs it; returns the exit status. A sentence in why has not been printed; "": all has.
int ask_command_run(const struct ask_options *options, const struct tool_call *call,
                    struct why *why) MUST_CHECK;

extern const struct service_tool ask_command_tools[];

#endif

// ask_command: the command `wadi-bench dns`: its options become keys of the configuration.
// Other commands that run the service with options of theirs call it.
#ifndef APPS_BENCH_ASK_COMMAND_H
#define APPS_BENCH_ASK_COMMAND_H

#include "apps/bench/ask.h"
#include "apps/boot/boot.h"

// What options say of a run; all zeros: nothing.
struct ask_options {
	const char *to, *to_ipv6, *device, *queries, *order, *zone, *label, *types;
	struct cmdline_list from, gateways;
	struct cmdline_number rate, window, duration, warm_up, timeout, workers, sources, edns;
	struct cmdline_number loss_ppm, searches, names, do_share, ipv6_share;
	bool dnssec, recursion, json, find_max, timing, random_labels, tcp, tcp_each;
	uint64_t echo; // not an option of dns
};

// The options that every command of the service has: rows for its table, whose struct has the
// member m of a struct ask_options at AT(m). MANY is what is sent, "queries".
// clang-format off
#define ASK_RUN_OPTIONS(AT, MANY)                                                                  \
	{"device", 0, CMDLINE_TEXT, AT(device), "DEVICE",                                          \
	 .help = "What is sent and received on, see Devices; or \"socket\": sockets of "           \
	         "the kernel's, which are slower, and for which --from and --gateway "             \
	         "are not needed."},                                                               \
	{"from", 0, CMDLINE_LIST, AT(from), "ADDRESS/LEN",                                         \
	 .help = "An address of this end, with the prefix length of its network. May "             \
	         "be given up to 16 times: then " MANY " come from all of them."},                 \
	{"gateway", 0, CMDLINE_LIST, AT(gateways), "ADDRESS",                                      \
	 .help = "The router on the way to a server in another network."},                         \
	{"rate", 0, CMDLINE_NUMBER, AT(rate), "N", 1, 1000000000,                                  \
	 .help = "How many " MANY " a second, however fast they are answered: each "               \
	         "is due at its time, and its latency counts from then, so that "                  \
	         "waiting is not hidden."},                                                        \
	{"window", 0, CMDLINE_NUMBER, AT(window), "N", 1, ASKER_SLOTS_MAX / 2,                     \
	 .help = "Without --rate: how many " MANY " are in flight, 100 unless given; "             \
	         "an answer makes room for the next."},                                            \
	{"find-max", 0, CMDLINE_FLAG, AT(find_max),                                                \
	 .help = "Searches for the highest rate at which at most 0.1 % of the "                    \
	         MANY " are lost, from --rate on if it is given, by trials of "                    \
	         "--duration, and repeats the search: the result has a confidence "                \
	         "interval."},                                                                     \
	{"loss-ppm", 0, CMDLINE_NUMBER, AT(loss_ppm), "N", 0, 999999,                              \
	 .help = "Millionths of the " MANY " that may be lost at that rate; 1000 "                 \
	         "unless given."},                                                                 \
	{"searches", 0, CMDLINE_NUMBER, AT(searches), "N", 1, RATE_SEARCH_REPEATS_MAX,             \
	 .help = "How often --find-max searches; 5 unless given."},                                \
	{"duration", 0, CMDLINE_NUMBER, AT(duration), "SECONDS", 1, 86400,                         \
	 .help = "How long is measured; 10 unless given."},                                        \
	{"warm-up", 0, CMDLINE_NUMBER, AT(warm_up), "MS", 0, 600000,                               \
	 .help = "How long " MANY " are sent before, which do not count; 1000 unless "             \
	         "given."},                                                                        \
	{"timeout", 0, CMDLINE_NUMBER, AT(timeout), "MS", 1, 60000,                                \
	 .help = "After how long without an answer " MANY " count as lost; 1000 "                  \
	         "unless given."},                                                                 \
	{"workers", 0, CMDLINE_NUMBER, AT(workers), "N", 1, BOOT_WORKERS_MAX,                      \
	 .help = "Threads that send and receive, each on a core and a queue of its "               \
	         "own; 1 unless given."},                                                          \
	{"sources", 0, CMDLINE_NUMBER, AT(sources), "N", 1, ASK_SOURCES_MAX,                       \
	 .help = "Ports of each worker that " MANY " come from, or its connections; "              \
	         "16 unless given."},                                                              \
	{"json", 0, CMDLINE_FLAG, AT(json),                                                        \
	 .help = "Prints the result as JSON, on one line."}
// clang-format on

// Runs it; returns the exit status. A sentence in why has not been printed; "": all has.
int ask_command_run(const struct ask_options *options, const struct tool_call *call,
                    struct why *why) MUST_CHECK;

extern const struct service_tool ask_command_tools[];

#endif

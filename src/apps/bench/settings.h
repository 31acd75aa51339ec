// settings: a configuration that a command makes of its options, as options --set.
#ifndef APPS_BENCH_SETTINGS_H
#define APPS_BENCH_SETTINGS_H

#include "apps/boot/boot.h"

#define SETTINGS_MAX 128

struct settings {
	const char *items[SETTINGS_MAX]; // "KEY=VALUE"
	size_t len;
	size_t own, own_end; // the items between are allocated, others are borrowed
	bool full;
};

// Begins with what every command needs.
void settings_init(struct settings *settings);
void settings_close(struct settings *settings);

// Adds "KEY=VALUE".
void settings_add(struct settings *settings, const char *format, ...) PRINTF(2, 3);

// Options whose values are those of keys. `prefix` is that of the section, such as "http.".
struct settings_text {
	const char *key, *text; // no text: the option was not given
};

struct settings_number {
	const char *key;
	const struct cmdline_number *value;
};

void settings_add_texts(struct settings *settings, const char *prefix,
                        const struct settings_text *texts, size_t texts_len);
void settings_add_numbers(struct settings *settings, const char *prefix,
                          const struct settings_number *numbers, size_t numbers_len);
// The list "from": addresses of options --from without their prefix lengths.
void settings_add_from(struct settings *settings, const char *prefix,
                       const struct cmdline_list *from);

// What every command has for its port: the first one of the configuration. `from` are addresses
// with prefix lengths, `gateways` one for each family.
struct settings_port {
	const char *device;
	const struct cmdline_list *from, *gateways;
	const struct cmdline_number *workers;
};

// The options that the commands over TCP share: rows for their tables, whose struct has at
// AT(device), AT(from) and so on what they set. PEER is who is asked, "a server"; WARM_UP_MS is a
// number's text.
// clang-format off
#define SETTINGS_TCP_OPTIONS(AT, PEER, WARM_UP_MS)                                                 \
	{"device", 0, CMDLINE_TEXT, AT(device), "DEVICE",                                          \
	 .help = "What is sent and received on, see Devices."},                                    \
	{"from", 0, CMDLINE_LIST, AT(from), "ADDRESS/LEN",                                         \
	 .help = "An address of this end, with the prefix length of its network. May be given "    \
	         "up to 16 times: then connections come from all of them in turn."},               \
	{"gateway", 0, CMDLINE_LIST, AT(gateways), "ADDRESS",                                      \
	 .help = "The router on the way to " PEER " in another network."},                         \
	{"duration", 0, CMDLINE_NUMBER, AT(duration), "SECONDS", 1, 86400,                         \
	 .help = "How long it measures; 10 unless given."},                                        \
	{"warm-up", 0, CMDLINE_NUMBER, AT(warm_up), "MS", 0, 600000,                               \
	 .help = "How long it runs before, which does not count; " WARM_UP_MS " unless given."},   \
	{"workers", 0, CMDLINE_NUMBER, AT(workers), "N", 1, BOOT_WORKERS_MAX,                      \
	 .help = "Threads, each on a core and a queue of its own; 1 unless given."},               \
	{"json", 0, CMDLINE_FLAG, AT(json), .help = "Prints the result as JSON, on one line."}
// clang-format on

// 0, or -EINVAL with a sentence in why.
int settings_add_port(struct settings *settings, const struct settings_port *port,
                      struct why *why) MUST_CHECK;

// Runs an appliance with the file of the call, if any, these, and then the options --set of the
// call, which count where both name a key; returns the exit status. No setting is added after it.
int settings_serve(struct settings *settings, const struct tool_call *call,
                   const struct appliance *appliance);

// Makes the settings of a command's options; 0, or a negative errno with a sentence in why.
typedef int settings_fill(struct settings *settings, const void *options, struct why *why);

// Fills them in from the options of the call, and serves; returns the exit status.
int settings_run(const struct tool_call *call, settings_fill *fill,
                 const struct appliance *appliance);

#endif

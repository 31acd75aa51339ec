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

// What every command has for its port: the first one of the configuration. `from` are addresses
// with prefix lengths, `gateways` one for each family.
struct settings_port {
	const char *device;
	const struct cmdline_list *from, *gateways;
	const struct cmdline_number *workers;
};

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

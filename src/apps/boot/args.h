// args: the options and commands that every appliance has (args.c); those of services
// are in their tables (boot.h). appliance_manual.h prints all of them.
#ifndef BOOT_ARGS_H
#define BOOT_ARGS_H

#include "apps/boot/boot.h"

// What the options set.
struct args {
	const char *config; // NULL: not given
	struct cmdline_list sets;
	bool help, help_config, man, version;
};

extern const struct cmdline_option args_options[];

// The default command, the `check` of appliances whose services have none, and what prints words
// for a shell. None has a run.
extern const struct service_tool args_serve, args_check, args_completion;

#define ARGS_PATH_BYTES 128

// The configuration that is read when none is given: /etc/wadi/dns.json of wadi-dns.
void args_default_path(const struct appliance *appliance, char path[ARGS_PATH_BYTES]);

#endif

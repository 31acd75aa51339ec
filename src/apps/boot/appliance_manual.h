// appliance_manual: the help of an appliance, made of boot's commands, options and keys
// and those of its services. Printed by core/host/manual.
#ifndef BOOT_APPLIANCE_MANUAL_H
#define BOOT_APPLIANCE_MANUAL_H

#include "apps/boot/args.h"
#include "apps/boot/backends.h"
#include "apps/boot/boot_conf.h"

#define MANUAL_COMMANDS_MAX 16
#define MANUAL_SYNOPSES_MAX 32
#define MANUAL_CONTROLS_MAX 64

// The manual with the lists that it needs room for.
struct appliance_manual {
	struct manual manual;
	struct manual_item commands[MANUAL_COMMANDS_MAX + 1];
	unsigned commands_len;
	const char *synopsis[MANUAL_SYNOPSES_MAX + 1];
	char lines[MANUAL_SYNOPSES_MAX][256]; // of the synopsis
	unsigned lines_len;
	struct manual_options options[MANUAL_COMMANDS_MAX + 2];
	char titles[MANUAL_COMMANDS_MAX][64]; // of options
	unsigned options_len;
	struct manual_item control[MANUAL_CONTROLS_MAX + 1];
	unsigned control_len;
	char control_terms[MANUAL_CONTROLS_MAX][80];
	char path[ARGS_PATH_BYTES];
	struct manual_item files[3];
	struct backends_manual devices;
	struct boot_table table;
};

// Points into itself, the appliance and its services.
void appliance_manual_init(struct appliance_manual *m, const struct services *services);

// Prints the help of one command.
void appliance_manual_tool(const struct appliance_manual *m, const struct service_tool *tool,
                           FILE *out);

// The tool of that name and the place of its service in the list; NULL when there is
// none. `serve`, `check` and `completion` are always there; without a run they are
// boot's own.
const struct service_tool *appliance_manual_tool_find(const struct services *services,
                                                      const char *name, unsigned *i);

#endif

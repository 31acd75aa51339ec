// app_manual: what an appliance says of itself: its commands, options and keys, put
// together from what boot knows and what struct app tells. Printed by core/manual.
#ifndef BOOT_APP_MANUAL_H
#define BOOT_APP_MANUAL_H

#include "apps/boot/backends.h"
#include "apps/boot/boot_conf.h"

#define MANUAL_COMMANDS_MAX 8
#define MANUAL_SYNOPSES_MAX 12
#define MANUAL_OPTIONS_MAX  32
#define MANUAL_CONTROLS_MAX 16

// The manual with the lists that it needs room for.
struct app_manual {
	struct manual manual;
	struct manual_item commands[MANUAL_COMMANDS_MAX + 1];
	unsigned commands_len;
	const char *synopsis[MANUAL_SYNOPSES_MAX + 1];
	char lines[MANUAL_SYNOPSES_MAX][256]; // of the synopsis
	unsigned lines_len;
	struct manual_item options[MANUAL_OPTIONS_MAX + 1];
	unsigned options_len;
	struct manual_item control[MANUAL_CONTROLS_MAX + 1];
	char control_terms[MANUAL_CONTROLS_MAX][80];
	struct backends_manual devices;
	struct boot_table table;
};

// Points into itself and the app.
void app_manual_init(struct app_manual *m, const struct app *app);

// The command of that name, `check` among them, of which run may be NULL; NULL when
// there is none. `serve` is none of them.
const struct app_tool *app_tool_find(const struct app *app, const char *name) PURE;

#endif

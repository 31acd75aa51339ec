// check_command: `wadi-dns check`: reports every error and warning of zone files.
#ifndef APPS_DNS_CHECK_COMMAND_H
#define APPS_DNS_CHECK_COMMAND_H

#include "apps/boot/boot.h"

extern const struct manual_item check_command_options[];

// Runs the command; see struct service_tool.
int check_command(const struct tool_call *call);

#endif

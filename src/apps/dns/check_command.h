// check_command: `wadi-dns check`: reports every error and warning of zone files.
#ifndef APPS_DNS_CHECK_COMMAND_H
#define APPS_DNS_CHECK_COMMAND_H

#include "apps/boot/boot.h"

extern const struct cmdline_table check_command_options;

// The command's functions; see struct service_tool.
bool check_command_needs_conf(const struct tool_call *call) PURE;
int check_command(const struct tool_call *call);

#endif

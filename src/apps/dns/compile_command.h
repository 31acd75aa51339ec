// compile_command: `wadi-dns compile`: writes a zone as the image that servers map.
#ifndef APPS_DNS_COMPILE_COMMAND_H
#define APPS_DNS_COMPILE_COMMAND_H

#include "apps/boot/boot.h"

extern const struct cmdline_table compile_command_options;

// The command's functions; see struct service_tool.
bool compile_command_needs_conf(const struct tool_call *call) PURE;
int compile_command(const struct tool_call *call);

#endif

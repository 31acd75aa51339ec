// compile_command: `wadi-dns compile`: writes a zone as the image that servers map.
#ifndef APPS_DNS_COMPILE_COMMAND_H
#define APPS_DNS_COMPILE_COMMAND_H

#include "apps/boot/boot.h"

extern const struct manual_item compile_command_options[];

// Runs the command; see struct service_tool.
int compile_command(const struct tool_call *call);

#endif

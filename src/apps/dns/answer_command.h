// answer_command: `wadi-dns answer`: answers questions without a network.
#ifndef APPS_DNS_ANSWER_COMMAND_H
#define APPS_DNS_ANSWER_COMMAND_H

#include "apps/boot/boot.h"

extern const struct cmdline_table answer_command_options;

// The command's functions; see struct service_tool.
bool answer_command_needs_conf(const struct tool_call *call) PURE;
int answer_command(const struct tool_call *call);

#endif

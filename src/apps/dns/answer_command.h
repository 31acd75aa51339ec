// answer_command: `wadi-dns answer`: answers questions without a network.
#ifndef APPS_DNS_ANSWER_COMMAND_H
#define APPS_DNS_ANSWER_COMMAND_H

#include "apps/boot/boot.h"

extern const struct manual_item answer_command_options[];

// Runs the command; see struct service_tool.
int answer_command(const struct tool_call *call);

#endif

// command_list: the commands of every running appliance, declared once: for the help
// of wadi-ctl, and for the command "help". What they do is command.c's.
#ifndef BOOT_COMMAND_LIST_H
#define BOOT_COMMAND_LIST_H

#include "core/host/manual.h"

extern const struct manual_item command_list[]; // closed by an item without a term

#endif

// command_list: what a running appliance can be asked, declared once: for wadi-ctl's
// help, and for "help" on a guest's console. What the commands do is command.c's.
#ifndef BOOT_COMMAND_LIST_H
#define BOOT_COMMAND_LIST_H

#include "core/host/manual.h"

extern const struct manual_item command_list[]; // closed by an item without a term

#endif

// command_list: see the header.
#include "apps/boot/command_list.h"

const struct manual_item command_list[] = {
        {"status", "What is running, since when, and what it serves."},
        {"stats", "Counters of workers, stages and the appliance."},
        {"drops", "Reasons for which packets were dropped, and how many; with --all those that "
                  "never happened, too."},
        {"ports", "Network ports with their addresses and counters."},
        {"reload", "Reads the configuration and its files again. When something in them is "
                   "wrong, all stays as it was."},
        {"log-level [error|warning|info|debug]", "Tells or sets what is logged."},
        {"help", "Tells these."},
        {0},
};

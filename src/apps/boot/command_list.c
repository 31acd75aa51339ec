// command_list: see the header.
#include "apps/boot/command_list.h"

const struct manual_item command_list[] = {
        {"status", "What is running, since when, and what it serves."},
        {"stats", "Counters of workers, stages and the appliance."},
        {"drops", "Reasons for which packets were dropped, and how many; with --all those that "
                  "never happened, too."},
        {"ports", "Network ports with their addresses and counters."},
        {"reload [WHAT]",
         "Reads the configuration again, and of its files those that have changed; with "
         "--all every one of them. When the configuration is wrong, all stays as it was. WHAT "
         "names one thing that "
         "is read again, such as a zone by its origin."},
        {"log-level [error|warning|info|debug]", "Tells or sets what is logged."},
        {"metrics", "All counters as Prometheus reads them."},
        {"trace [COUNT]",
         "What the workers and the control thread did last, the newest at the end: "
         "COUNT records, 40 where it is not given, all with --all."},
        {"help", "Tells these, and the appliance's own."},
        {0},
};

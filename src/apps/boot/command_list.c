// command_list: see the header.
#include "apps/boot/command_list.h"

const struct manual_item command_list[] = {
        {"status", "What is running, since when, and what it serves."},
        {"health",
         "Whether it can answer, with a row for each check: its workers answer a query, data is "
         "fresh, ports are up. The exit status is 0 when it can, also when a check has a warning "
         "(1 with --strict); 1 when it cannot; 3 when it cannot be asked."},
        {"stats", "Counters of workers, stages and services."},
        {"drops", "Reasons for dropping packets, with counts; --all includes counts of zero."},
        {"ports", "Network ports with their addresses and counters."},
        {"reload [WHAT]",
         "Reads the configuration again, and those of its files that have changed; with "
         "--all, all of them. An error in the configuration changes nothing. WHAT is one thing "
         "to read again, such as the origin of a zone."},
        {"log-level [error|warning|info|debug]",
         "Prints or sets the least severe level that is logged."},
        {"log-reopen", "Opens the files of the log, of the query log and of access logs again, "
                       "after they have been renamed."},
        {"metrics [openmetrics]",
         "All metrics as Prometheus reads them: in its text format, or in OpenMetrics."},
        {"tcp [ADDRESS | trace ID]",
         "TCP connections, with what is on its way and waits, round trip time and congestion "
         "window; only those with a peer's ADDRESS. The first 100, all with --all. trace: what "
         "happened to the last connection with an ID, also after its end: states, round trip "
         "times, losses, why it ended."},
        {"trace [COUNT | packets [FILTER]...]",
         "The last events of the workers and the control thread, the newest at the end: "
         "COUNT records, 40 by default, all with --all. packets: those that pass from now on, a "
         "line for each, with what became of it. FILTER is such as host 192.0.2.7, port 53, name "
         "example.org, drop udp.cksum, drop any."},
        {"capture FILE [FILTER]...",
         "Packets as trace packets shows them, into a file of pcapng, - for the output, with what "
         "became of each as its comment."},
        {"top-talkers [on [client|prefix|name|zone] [SECONDS] [packets] | off]",
         "The clients that ask most, their prefixes (/24 and /56), the names that they ask for, or "
         "the zones that have these. on counts for SECONDS (5); off ends it now; without either "
         "the table of what was counted "
         "so far or last, of 20 rows, with --all of all. A service counts what it is asked; "
         "packets, and appliances without such a service, count packets. Each row occurred at "
         "least and at most so often, one that is not shown others_at_most."},
        {"help", "Lists these commands, and those of the services."},
        {0},
};

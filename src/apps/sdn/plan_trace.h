// plan_trace: the way of a packet through switches, by their intended tables and declared cables.
#ifndef APPS_SDN_PLAN_TRACE_H
#define APPS_SDN_PLAN_TRACE_H

#include "apps/sdn/plan_packet.h"

#include <stdio.h>

// Prints each step of the packet that text describes. tables: of each switch of the intents. 0: the
// packet reaches the host that it is for, or none was named; 1: it does not; 2: the text is wrong,
// with a sentence on err.
int plan_trace(const struct sdn_intent *intent, const struct sdn_tables *tables, const char *text,
               FILE *out, FILE *err);

#endif

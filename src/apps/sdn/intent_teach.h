// intent_teach: hosts out of the flows that a switch has: a controller that has just started learns
// where they are before it changes anything, so that their traffic goes on.
#ifndef APPS_SDN_INTENT_TEACH_H
#define APPS_SDN_INTENT_TEACH_H

#include "core/mono.h"
#include "proto/sdn/sdn_flow.h"

struct sdn_switch;

// Learns the hosts of the switch's own ports, and their addresses, from flows of intents in several
// tables, as far as the bounds of ports allow. Only with sdn.topology. False: it has no such flows.
bool intent_teach(struct sdn_switch *sw, const struct sdn_tables *read, mono_t now);

#endif

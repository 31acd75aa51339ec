// intent_send: changes of a switch's tables as messages, in the order of sdn_diff.h: as one bundle
// where the switch has bundles.
#ifndef APPS_SDN_INTENT_SEND_H
#define APPS_SDN_INTENT_SEND_H

#include "core/mono.h"
#include "proto/sdn/sdn_diff.h"

struct sdn_switch;

// Puts the changes into the switch's queues. False: one had no room, and the tables have to be read
// again.
bool intent_send_changes(struct sdn_switch *sw, const struct sdn_diff_change *changes, uint32_t len,
                         mono_t now) MUST_CHECK;

// Adds each flow, the last one first. False as above.
bool intent_send_flows(struct sdn_switch *sw, const struct sdn_tables *tables,
                       mono_t now) MUST_CHECK;

#endif

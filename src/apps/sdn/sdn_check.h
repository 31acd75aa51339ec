// sdn_check: the flows of a switch that learns: read when it connects, and whenever they may be
// wrong; those that are wrong are deleted, one by one. Switches with intents have intent_apply.h.
#ifndef APPS_SDN_SDN_CHECK_H
#define APPS_SDN_SDN_CHECK_H

#include "apps/sdn/sdn_switches.h"

// Asks for the switch's flows, which sdn_check_flows gets. teaching: hosts are learned from them.
void sdn_check_begin(struct sdn_switch *sw, bool teaching, mono_t now);

// A piece of the list: what is right stays, the rest goes.
void sdn_check_flows(struct sdn_switch *sw, struct of_list list, mono_t now);

// The list is complete; or the switch does not give it, which is reported. A barrier follows.
void sdn_check_end(struct sdn_switch *sw, mono_t now);
void sdn_check_failed(struct sdn_switch *sw, mono_t now);

// Flows that may be wrong are deleted, behind those that were added before.
void sdn_check_distrust(struct sdn_switch *sw, const struct sdn_learn_flow_filter *filter,
                        mono_t now);

// Asks for the sign that the switch has done what was sent to it.
void sdn_check_barrier(struct sdn_switch *sw, mono_t now);

#endif

// plan_side: one side of a comparison: intents, and the tables that each declared switch is to have
// of them, without a switch. plan.c prints what differs between two, the REST interface returns it.
#ifndef APPS_SDN_PLAN_SIDE_H
#define APPS_SDN_PLAN_SIDE_H

#include "core/why.h"
#include "proto/sdn/sdn_diff.h"
#include "proto/sdn/sdn_rules.h"

// All zeros: no switch is declared.
struct plan_side {
	struct sdn_intent intent;  // what it points to is borrowed
	struct sdn_tables *tables; // of each switch of the intents
	struct why *refused;       // why a switch cannot do it; "": it can
	uint32_t refusals;
};

// Makes the tables for switches that speak the version, and from 1.3 on have groups. topology: they
// are one network, of which `peer` has the links. 0, -ENOMEM, and plan_side_free is due.
int plan_side_make(struct plan_side *side, const struct sdn_intent *intent, bool topology,
                   uint8_t version) MUST_CHECK;
void plan_side_free(struct plan_side *side);

// What changes on a switch of the new side: *changes, to be freed, and how many there are. -ENOMEM.
int plan_side_diff(const struct plan_side *new, uint16_t number, const struct plan_side *old,
                   struct sdn_diff_change **changes, uint32_t *len) MUST_CHECK;

#endif

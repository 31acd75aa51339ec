// plan: `wadi-sdn plan`: what a configuration would change on switches, and what becomes of a
// packet, without a switch.
#ifndef APPS_SDN_PLAN_H
#define APPS_SDN_PLAN_H

#include "apps/sdn/intent_conf.h"
#include "core/host/cmdline.h"

#include <stdio.h>

// The values of plan_options.
struct plan_call {
	const char *against, *packet, *openflow;
};

extern const struct cmdline_table plan_options;

// Prints the plan for intents that were checked to out, errors to err. topology: the switches are
// one network, of which `peer` has the links. 0: it was printed, and the packet, if one was named
// for a host, reaches it; 1: it does not, or a switch cannot do what is intended; 2: the call is
// wrong, with a sentence.
int plan_print(const struct intent_conf *intents, bool topology, const struct plan_call *call,
               FILE *out, FILE *err);

#endif

// intent_path: what becomes of a packet between two hosts on switches with intents, with
// sdn.topology: traced through the tables that were sent to the switches and along the links that
// are there, so that access lists, routers and groups count. `wadi-sdn plan` asks the same of
// switches that are only declared.
#ifndef APPS_SDN_INTENT_PATH_H
#define APPS_SDN_INTENT_PATH_H

#include "apps/sdn/sdn_view.h"

struct sdn_fabric;

// Worker: fills in view->path and its hops for a packet between the two places. False: the
// first host is at no switch with intents, and nothing was filled in. Costs a walk through the
// tables of the switches that the packet passes.
bool intent_path_find(struct sdn_view *view, struct sdn_fabric *fabric) MUST_CHECK;

#endif

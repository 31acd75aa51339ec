// plan_links: the network as the configuration declares it, by `peer`, for `plan`: what the
// controller makes of the links that LLDP finds when they are the declared ones.
#ifndef APPS_SDN_PLAN_LINKS_H
#define APPS_SDN_PLAN_LINKS_H

#include "proto/sdn/sdn_reach.h"

struct plan_links {
	const struct sdn_intent *intent;
	struct sdn_graph graph; // switches have the numbers of the intents
	struct sdn_planes planes;
	struct sdn_hops hops;
};

// The port at the other end of a port's cable; false: none is declared. It is enough that one of
// the two names the other.
bool plan_links_peer(const struct sdn_intent *intent, uint16_t on, uint32_t number,
                     uint16_t *peer_on, uint32_t *peer_number) MUST_CHECK;

// 0 or -ENOMEM; all zeros can be closed. The intents are borrowed.
int plan_links_open(struct plan_links *links, const struct sdn_intent *intent) MUST_CHECK;
void plan_links_close(struct plan_links *links);

// The view of a switch, to be closed; and its declared stations, which are those of
// intent_tables_stations, with the ways to those of other switches. 0 or -ENOMEM.
int plan_links_view(struct plan_links *links, uint16_t number, struct sdn_reach *view,
                    struct sdn_station *stations) MUST_CHECK;

#endif

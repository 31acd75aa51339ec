// intent_net: the network that switches with intents are, with sdn.topology: which links carry
// what, where hosts are, and when enough of it is known for tables to be made. When a link or a
// host comes, goes or moves, the tables that concerns are made again, compared with what was sent,
// and the difference goes to the switch at once: nothing has to be read for that.
#ifndef APPS_SDN_INTENT_NET_H
#define APPS_SDN_INTENT_NET_H

#include "apps/sdn/intent_apply.h"
#include "proto/sdn/sdn_change.h"

struct sdn_fabric;
struct sdn_switches;

struct intent_net {
	struct sdn_planes planes;
	struct sdn_hops hops;
	uint64_t set_number;    // of the intents that the planes are of; 0: there are none
	uint64_t graph_version; // of the topology
	uint64_t seen;          // graph and ports that switches were made to fit
	mono_t look;            // until then they are not made to fit others
	mono_t since;           // when the first switch came; MONO_NEVER: none has
	mono_t due;             // when tables that hosts concern are compared; MONO_NEVER
	mono_t rest;            // until then they are not compared again
	uint64_t lost;          // changes of the topology that were not seen
	size_t sent_bytes;      // that are kept of what was sent to switches
};

void intent_net_init(struct intent_net *net);
void intent_net_fini(struct intent_net *net);

// The intents of the switches now; NULL: none. The number of a switch in them; SDN_NONE.
const struct intent_set *intent_net_set(const struct sdn_switches *all);
uint16_t intent_net_number(const struct sdn_switch *sw, const struct intent_set *set);

// Whether enough is known to make the tables of the switch: its ports, and, when the controller has
// just started, the other switches. A controller that began earlier would take links for edges.
bool intent_net_is_settled(struct sdn_switch *sw, const struct intent_set *set, mono_t now);

// Whether the controller has just started, or taken over: what it does not know may be there.
bool intent_net_is_young(const struct sdn_switches *all, mono_t now);

// The view of the switch, to be closed; what it is made of is made again if it has changed. 0 or
// -ENOMEM.
int intent_net_view(struct sdn_switch *sw, const struct intent_set *set,
                    struct sdn_reach *view) MUST_CHECK;

// The hosts that are declared and those that were learned, as stations of the switch. 0 or -ENOMEM;
// intent_net_stations_free is due.
struct intent_stations {
	struct sdn_station *at;
	struct addr *addresses;
	uint32_t len;
};
int intent_net_stations(struct sdn_switch *sw, const struct intent_set *set,
                        const struct sdn_reach *view, struct intent_stations *to) MUST_CHECK;
void intent_net_stations_free(struct intent_stations *stations);

// What the configuration declares of a port of a switch, beside what the switch says.
bool intent_net_is_edge(const struct sdn_switch *sw, uint32_t port_no);
bool intent_net_is_server(const struct sdn_switch *sw, uint32_t port_no);

// A link or a host has changed. A link that is not the declared one is reported.
void intent_net_change(struct sdn_fabric *fabric, const struct sdn_change *change, mono_t now);

// After changes: makes switches fit them. Until when it is to be called again.
mono_t intent_net_settle(struct sdn_fabric *fabric, mono_t now);

#endif

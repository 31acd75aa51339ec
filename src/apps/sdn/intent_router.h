// intent_router: what reaches the controller because a router of intents has to act: requests for
// its addresses and echo requests, which are answered, and packets to hosts that are not known,
// which are looked for at all ports of their network (sdn.topology). The first packet to such a
// host waits until the host answers, and goes through the switch's tables again then.
#ifndef APPS_SDN_INTENT_ROUTER_H
#define APPS_SDN_INTENT_ROUTER_H

#include "core/addr.h"
#include "core/rate.h"
#include "proto/openflow/of_msg.h"
#include "proto/sdn/sdn_intent.h"

#define INTENT_ROUTER_SOUGHT 128  // hosts that are looked for at a time
#define INTENT_ROUTER_BYTES  1600 // of the packet that waits; a longer one does not

struct sdn_switch;
struct sdn_fabric;

struct intent_sought {
	struct addr addr;
	uint16_t vid;
	uint8_t tries;
	bool found;
	mono_t due;           // when it is asked for again, or given up; of one that is found: sent
	uint64_t datapath_id; // of the switch where the packet waits
	uint32_t in_port;
	uint32_t len;
	uint8_t packet[INTENT_ROUTER_BYTES];
};

struct intent_router {
	struct intent_sought sought[INTENT_ROUTER_SOUGHT];
	uint32_t len;
	struct rate asks;
	mono_t due; // the earliest of all; MONO_NEVER
};

void intent_router_init(struct intent_router *router);

// Whether the MAC address is the network's router's: no host may have it.
bool intent_router_is_own(const struct sdn_intent *intent, uint16_t network, const uint8_t mac[6]);

// A packet that a switch with intents sent up, whatever for.
void intent_router_packet(struct sdn_switch *sw, const struct sdn_intent *intent,
                          const struct of_packet_in *in, mono_t now);

// A host was seen to have the address. late: its flows are sent a little later.
void intent_router_found(struct sdn_fabric *fabric, struct addr addr, uint16_t vid, bool late,
                         mono_t now);

// Asks again, gives up and sends what is due.
void intent_router_tick(struct sdn_fabric *fabric, const struct sdn_intent *intent, mono_t now);

#endif

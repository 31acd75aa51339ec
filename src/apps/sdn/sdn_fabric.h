// sdn_fabric: the switches as one network: sends the probes that find links, gives packet-ins to
// the engine (proto/sdn/sdn_forward.h) and floods along its tree. Belongs to the worker, like the
// switches. What flows are made of a decision is sdn_session.c's.
#ifndef APPS_SDN_SDN_FABRIC_H
#define APPS_SDN_SDN_FABRIC_H

#include "apps/sdn/intent_net.h"
#include "apps/sdn/intent_router.h"
#include "apps/sdn/sdn_switches.h"

#define SDN_FABRIC_FLOOD_PORTS  256 // of one packet-out; a switch with more gets several
#define SDN_FABRIC_ACTION_BYTES 16

struct sdn_fabric_metric {
	counter_t links, hosts; // gauges
	counter_t probes, probes_seen, answered;
};

struct sdn_fabric {
	struct sdn_switches *all;
	struct sdn_forward forward;
	struct sdn_changes changes;
	struct wheel_timer timer;
	mono_t now; // of what is reported about paths
	struct sdn_fabric_metric metric;
	// Of each switch of the topology: its number among the connections, and when its
	// connection was lost; those of which it was are in a list by that.
	uint32_t *number;
	mono_t *gone_at;
	struct sdn_list gone;
	struct sdn_list_link *gone_link;
	struct intent_net net;
	struct intent_router router;
	uint8_t actions[SDN_FABRIC_FLOOD_PORTS * SDN_FABRIC_ACTION_BYTES];
};

// NULL with a sentence in why. all is borrowed.
struct sdn_fabric *sdn_fabric_open(struct sdn_switches *all, struct why *why) MUST_CHECK;
// NULL is allowed.
void sdn_fabric_close(struct sdn_fabric *fabric);

// The switch is connected; it is not any more.
void sdn_fabric_enter(struct sdn_fabric *fabric, struct sdn_switch *sw, mono_t now);
void sdn_fabric_leave(struct sdn_fabric *fabric, struct sdn_switch *sw, mono_t now);

// What the master knew of a switch (proto/sdn/sdn_snapshot.h), which is not ours.
void sdn_fabric_restore(struct sdn_fabric *fabric, struct span snapshot, mono_t now);
// This controller is master: switches that are known so and do not come are forgotten after a
// while, as those whose connection was lost.
void sdn_fabric_adopt(struct sdn_fabric *fabric, mono_t now);

// Where several controllers share the network: what the others have written has changed.
struct cluster_member;
void sdn_fabric_share(struct sdn_fabric *fabric, const struct cluster_member *member, mono_t now);

// What the switch says of a port; that it has it no more.
void sdn_fabric_set_port(struct sdn_fabric *fabric, struct sdn_switch *sw,
                         const struct of_port *port, mono_t now);
void sdn_fabric_del_port(struct sdn_fabric *fabric, struct sdn_switch *sw, uint32_t number,
                         mono_t now);

// The switch has listed its ports (sw->ports): others that it had when it was connected before are
// forgotten. Costs the ports of both lists.
void sdn_fabric_keep_ports(struct sdn_fabric *fabric, struct sdn_switch *sw, mono_t now);

// What the configuration says of the switch's ports now: which are edges, and DHCP servers'.
void sdn_fabric_declare(struct sdn_fabric *fabric, struct sdn_switch *sw, mono_t now);

// What changed is to be looked at: after this call, which may be a part of that.
void sdn_fabric_wake(struct sdn_fabric *fabric, mono_t now);

// Learns from a packet-in of a switch with intents, which forwards by itself: hosts, and links.
void sdn_fabric_learn(struct sdn_fabric *fabric, struct sdn_switch *sw,
                      const struct sdn_intent *intent, const struct of_packet_in *in, mono_t now);

// Decides about a packet-in, and sends what is flooded or answered. True: the frame goes by
// outcome->out_port, and a flow may be made that says so. outcome->moved: flows to its source are
// wrong, on every switch. outcome->reply is not valid any more.
bool sdn_fabric_input(struct sdn_fabric *fabric, struct sdn_switch *sw,
                      const struct of_packet_in *in, struct sdn_forward_outcome *outcome,
                      mono_t now);

// Whether a flow may be right: its destination is not known, or reached so.
bool sdn_fabric_is_right(const struct sdn_fabric *fabric, const struct sdn_switch *sw,
                         const struct sdn_learn_flow *flow);

#endif

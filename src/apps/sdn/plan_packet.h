// plan_packet: a packet as an operator describes it to `wadi-sdn plan`.
#ifndef APPS_SDN_PLAN_PACKET_H
#define APPS_SDN_PLAN_PACKET_H

#include "core/why.h"
#include "proto/sdn/sdn_intent.h"

struct plan_packet {
	struct sdn_key key; // with the port and the tag with which the switch receives it
	uint16_t on_switch;
	uint16_t to; // the host that is to get it; SDN_NONE: none was named
};

// What --help prints of the text.
#define PLAN_PACKET_HELP                                                                           \
	"A packet: from=HOST,to=HOST, with names of hosts; or in=SWITCH:PORT, vlan=VID, "          \
	"eth_src=MAC, eth_dst=MAC, from=ADDRESS, to=ADDRESS; with protocol=icmp|tcp|udp|arp, "     \
	"from_port=N and to_port=N, as needed. A host gives its port, MAC address and first "      \
	"address; a packet to a host in another network goes to the router's MAC address."

// Reads the text. 0, or -EINVAL with a sentence in why.
int plan_packet_parse(struct plan_packet *packet, const struct sdn_intent *intent, const char *text,
                      struct why *why) MUST_CHECK;

#endif

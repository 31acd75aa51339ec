// gateway: keeps an interface's gateways resolved, so that the first far client does not
// wait, and notes on the board whether they answer. The neighbour table is neigh.h.
#ifndef TCPIP_GATEWAY_H
#define TCPIP_GATEWAY_H

#include "core/wheel.h"

struct iface;

struct gateway_watch {
	struct wheel_timer timer;
	uint8_t quiet[2]; // seconds until a silent gateway is solicited again; IPv4, IPv6
	bool solicited[2];
};

// From acd_start on, when the interface is to watch its gateways.
void gateway_start(struct iface *iface, mono_t now);
void gateway_fini(struct iface *iface);

#endif

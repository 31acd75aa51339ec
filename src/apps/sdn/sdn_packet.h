// sdn_packet: what becomes of a packet-in: hosts are learned, and the frame is forwarded, with a
// flow for those that follow, or flooded.
#ifndef APPS_SDN_SDN_PACKET_H
#define APPS_SDN_SDN_PACKET_H

#include "apps/sdn/sdn_switches.h"

// Answers it, by the connection by which it came (sw->answers), or counts why not.
void sdn_packet_in(struct sdn_switch *sw, const struct of_packet_in *in, mono_t now);

// A host is elsewhere: flows to it are wrong, on every switch that is ours.
void sdn_packet_moved(struct sdn_switches *all, struct mac host, mono_t now);

#endif

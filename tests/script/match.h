// match: whether a packet of the stack is what the script expects.
#ifndef SCRIPT_MATCH_H
#define SCRIPT_MATCH_H

#include "packet.h"

// The packet that a line of a script describes, between the two addresses of the conf.
struct packet match_spec(const struct script_conf *conf, const struct script_packet *spec);

// Compares a packet with the script's numbers in it. False with the first difference.
bool match_packet(const struct script_conf *conf, const struct script_packet *spec,
                  const struct packet *packet, struct why *why) MUST_CHECK;

#endif

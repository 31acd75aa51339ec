// packet_line: a packet on one line, in the manner of tcpdump(8): when, where, from whom to
// whom, what it is, what became of it. Nothing in a frame is believed.
#ifndef CTL_PACKET_LINE_H
#define CTL_PACKET_LINE_H

#include "apps/ctl/packet.h"

#include <stdio.h>

// Prints the line, with its end. The time is UTC.
void packet_line(const struct packet *packet, FILE *out);

#endif

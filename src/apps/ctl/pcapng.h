// pcapng: writes packets as a capture file (draft-ietf-opsawg-pcapng): a section, an interface
// for each port that a packet names, and the packets, with what became of each as its comment.
#ifndef CTL_PCAPNG_H
#define CTL_PCAPNG_H

#include "apps/ctl/packet.h"

#include <stdio.h>

#define PCAPNG_PORTS      64
#define PCAPNG_PORT_BYTES 64

struct pcapng {
	FILE *out; // the caller's; it keeps the first error
	unsigned ports_len;
	char port[PCAPNG_PORTS][PCAPNG_PORT_BYTES];
	uint64_t lost; // with the last packet
};

// Begins a section; application: the program that writes it.
void pcapng_open(struct pcapng *pcapng, FILE *out, const char *application);

// lost: packets so far, this one not among them, that were not recorded.
void pcapng_put(struct pcapng *pcapng, const struct packet *packet, uint64_t lost);

#endif

// packet: a packet as an appliance shows it to its control clients ("capture next",
// docs/control.md), and the words for what became of it. What comes from the appliance is
// checked here.
#ifndef CTL_PACKET_H
#define CTL_PACKET_H

#include "core/host/json.h"
#include "core/span.h"

#define PACKET_BYTES_MAX  UINT16_MAX
#define PACKET_FATE_BYTES 512

// Texts are borrowed from the reply.
struct packet {
	uint64_t at_us; // since 1970
	const char *port, *verdict;
	const char *reason; // of a drop, else NULL
	const json_t *stages;
	bool out, checksum_by_device;
	unsigned worker;
	uint32_t cycles;    // 0: not known
	uint32_t frame_len; // of the whole frame, of which bytes has the first
	struct span bytes;  // in `buffer`
	uint8_t buffer[PACKET_BYTES_MAX];
};

// Reads a row of a reply. False when it is none.
bool packet_read(struct packet *packet, const json_t *row) MUST_CHECK;

// What became of it: "dropped: udp.cksum, checksum is wrong; eth ipv4 udp; 310 cycles".
char *packet_fate(const struct packet *packet, char text[PACKET_FATE_BYTES]);

#endif

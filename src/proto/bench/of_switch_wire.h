// of_switch_wire: a packet-in of one port as it is on the wire. of_encode writes any message; this
// one is written more often than all others together.
#ifndef BENCH_OF_SWITCH_WIRE_H
#define BENCH_OF_SWITCH_WIRE_H

#include "proto/openflow/of_wire.h"

// OpenFlow 1.0 section 5.4.1. The packet follows.
struct OVERLAY of_switch_packet_in10 {
	struct of_hdr hdr;
	be32_t buffer_id;
	be16_t total_len, in_port;
	uint8_t reason, pad;
};
OVERLAY_SIZE(struct of_switch_packet_in10, 18, pad, 17);

// OpenFlow 1.5.1 section 7.4.2, and so 1.3 and 1.4, with a match of the port alone.
struct OVERLAY of_switch_packet_in {
	struct of_hdr hdr;
	be32_t buffer_id;
	be16_t total_len;
	uint8_t reason, table_id;
	be64_t cookie;
	be16_t match_type, match_len; // the latter without its padding
	struct of_oxm_hdr oxm;
	be32_t in_port;
	uint8_t pad[4 + 2]; // of the match, and before the packet
};
OVERLAY_SIZE(struct of_switch_packet_in, 42, pad, 36);

#endif

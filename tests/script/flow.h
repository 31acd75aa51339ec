// flow: one conversation of a script: which addresses and ports the stack sees for it, and how
// its sequence numbers and timestamps map to the script's. What to expect of a packet is
// match.c's matter.
#ifndef SCRIPT_FLOW_H
#define SCRIPT_FLOW_H

#include "packet.h"

#define FLOW_TIMESTAMPS 512

struct flow {
	struct addr local, remote;
	uint16_t local_port, remote_port; // the stack's; local_port 0: not known yet
	// An offset is what is added to the script's number; those of segments with SYN
	// differ, as a script's first byte is always 1.
	bool local_known, remote_known;
	uint32_t local_isn, local_syn_offset; // of the stack, on the wire
	uint32_t remote_isn;                  // of the peer that the script plays
	// The peer sent another SYN: when the stack answers it, a new connection begins.
	bool renewing;
	uint32_t renewed_isn;
	bool ts_known;
	uint32_t ts_script, ts_live; // the first value that the stack sent
	unsigned ts_len;             // of pairs that were added, of which the last are kept
	struct {
		uint32_t script, live;
	} ts[FLOW_TIMESTAMPS];
};

// Makes of a packet to the stack, with the script's numbers, one with the wire's. scaled:
// an echo that the stack did not send is computed from the first one.
void flow_to_live(struct flow *flow, struct packet *packet, bool scaled);

// Makes of a packet of the stack, which is changed in place, one with the script's numbers;
// expected is what the script has in its place.
void flow_to_script(struct flow *flow, struct packet *packet, const struct packet *expected);

// Whether the packet, of the stack, is of the flow.
bool flow_sends(const struct flow *flow, const struct packet *packet);

// Whether a SYN of the stack with the flow's ports begins another connection.
bool flow_is_over(const struct flow *flow, const struct packet *syn);

// The wire's sequence number of a script's number of the stack, as ICMP quotes it.
uint32_t flow_local_seq(const struct flow *flow, uint32_t seq);

#endif

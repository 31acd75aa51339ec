// sdn_learn_flow: what a learning switch asks of a switch, as OpenFlow messages of any version:
// flows that forward from host to host, one that sends everything else to the controller, frames to
// be sent, the flows that are there; and flows that were read back to what they are for.
//
// Flows are owned by cookie: its upper half is the controller's, and no flow with another one is
// ever changed. OpenFlow 1.0 cannot delete by cookie: flows are read there and deleted one by one,
// strictly.
#ifndef SDN_SDN_LEARN_FLOW_H
#define SDN_SDN_LEARN_FLOW_H

#include "proto/openflow/of_match.h"
#include "proto/openflow/of_msg.h"

// Of flows from host to host; that of everything else has 0. Applications that come first have
// higher ones.
#define SDN_LEARN_FLOW_PRIORITY 100

#define SDN_LEARN_FLOW_COOKIE_MASK UINT64_C(0xffffffff00000000)

struct sdn_learn_flow_conf {
	uint32_t owner;          // upper half of the cookies
	uint16_t idle_s, hard_s; // 0: never
};

// Frames of one host to another that come by in_port. vlan_match as of sdn_learn_frame.
struct sdn_learn_flow {
	uint32_t in_port, out_port;
	uint16_t vlan_match;
	uint8_t src[6], dst[6];
};

// Whether frames come from the port and may be sent by it: not of the reserved ones, but for the
// switch's own. The ports of the functions below are such ones, and of a switch of the version.
static inline bool sdn_learn_flow_is_port(uint32_t port)
{
	return (port > 0 && port <= OF_PORT_MAX) || port == OF_PORT_LOCAL;
}

// Which flows of ours are meant: those that forward by a port, unless it is OF_PORT_ANY, and to a
// host, unless dst is NULL, in whatever VLAN.
struct sdn_learn_flow_filter {
	uint32_t out_port;
	const uint8_t *dst;
};

// What a message refers to until it is encoded.
struct sdn_learn_flow_scratch {
	uint8_t match[64], actions[32], instructions[64], request[128];
};

// The functions below fill in *msg, which refers to scratch, for a switch of the version; xid is 0.

// Adds or replaces the flow; with a buffer the frame that is in it is forwarded by it.
void sdn_learn_flow_add(struct of_msg *msg, struct sdn_learn_flow_scratch *scratch,
                        enum of_version version, const struct sdn_learn_flow_conf *conf,
                        const struct sdn_learn_flow *flow, uint32_t buffer_id);

// Sends what no flow matches to the controller, whole.
void sdn_learn_flow_miss(struct of_msg *msg, struct sdn_learn_flow_scratch *scratch,
                         enum of_version version, const struct sdn_learn_flow_conf *conf);

// Sends a frame, or the one in the buffer, by out_port; OF_PORT_FLOOD: all but in_port.
void sdn_learn_flow_packet(struct of_msg *msg, struct sdn_learn_flow_scratch *scratch,
                           enum of_version version, uint32_t in_port, uint32_t out_port,
                           uint32_t buffer_id, struct of_bytes frame);

// Deletes flows of ours. Not for 1.0.
void sdn_learn_flow_delete(struct of_msg *msg, struct sdn_learn_flow_scratch *scratch,
                           enum of_version version, const struct sdn_learn_flow_conf *conf,
                           const struct sdn_learn_flow_filter *filter);

// Asks which flows there are: of ours, or in 1.0 of all.
void sdn_learn_flow_ask(struct of_msg *msg, struct sdn_learn_flow_scratch *scratch,
                        enum of_version version, const struct sdn_learn_flow_conf *conf,
                        const struct sdn_learn_flow_filter *filter);

// Deletes exactly the flow that was read. The message refers to it.
void sdn_learn_flow_delete_exact(struct of_msg *msg, const struct of_flow_stats *flow);

enum sdn_learn_flow_kind {
	SDN_LEARN_FLOW_FOREIGN, // has another owner's cookie
	SDN_LEARN_FLOW_PAIR,    // as of sdn_learn_flow_add
	SDN_LEARN_FLOW_MISS,    // as of sdn_learn_flow_miss
	SDN_LEARN_FLOW_STRANGE, // has our cookie, and is neither
};

// What a flow that was read is for; *flow is filled in for a pair.
enum sdn_learn_flow_kind sdn_learn_flow_read(const struct of_flow_stats *stats,
                                             const struct sdn_learn_flow_conf *conf,
                                             struct sdn_learn_flow *flow);

#endif

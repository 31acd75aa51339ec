// sdn_forward: where a frame goes in a network of several switches, loops among them included:
// topology, spanning tree, paths and hosts put together. A known host is reached by a shortest
// path, of several by one that depends on both hosts' addresses; what is flooded passes along the
// spanning tree and to edges, so that each host gets it once. Every decision is about one switch:
// the caller sends the frame by the ports that it names, and the next switch asks again, or has a
// flow.
#ifndef SDN_SDN_FORWARD_H
#define SDN_SDN_FORWARD_H

#include "proto/sdn/sdn_flooding.h"
#include "proto/sdn/sdn_path.h"
#include "proto/sdn/sdn_proxy.h"
#include "proto/sdn/sdn_tree.h"

#define SDN_FORWARD_PATHS_MAX 16 // next hops that are spread over

struct sdn_forward_conf {
	struct sdn_topology_conf topology;
	struct sdn_host_conf hosts; // of which `changes` is the topology's
	bool proxy;                 // ARP requests and solicitations are answered
	uint32_t floods_per_s;      // of an edge; 0: none
};

struct sdn_forward {
	struct sdn_topology topology;
	struct sdn_hosts hosts;
	struct sdn_graph graph;
	struct sdn_tree tree;
	struct sdn_flooding flooding; // where several controllers share the network; else zeros
	struct sdn_path path;
	uint64_t graph_version; // of the topology that tree and path are of
	struct rate *floods;    // of each port
	uint64_t seed;
	bool proxy;
};

// 0, -EINVAL or -ENOMEM; all zeros can be closed.
int sdn_forward_open(struct sdn_forward *forward, const struct sdn_forward_conf *conf) MUST_CHECK;
void sdn_forward_close(struct sdn_forward *forward);

// Name in code, name, help. Frames that are malformed are dropped by the names of sdn_frame_fault,
// LLDP by those of sdn_lldp_fault.
#define SDN_FORWARD_DROPS(X)                                                                       \
	X(PORT, "forward.port", "port that the switch did not list, or that is down")              \
	X(UNSETTLED, "forward.unsettled",                                                          \
	  "it is not known yet whether the port leads to a switch")                                \
	X(NOT_IN_TREE, "forward.not_in_tree", "flooded frame by a link that is not in the tree")   \
	X(SAME_PORT, "forward.same_port", "destination is at the port that the frame came from")   \
	X(FLAPPING, "forward.flapping", "the source moves between ports sooner than a host may")   \
	X(STORM, "forward.storm", "more frames of the port would be flooded than may be a second") \
	X(RESERVED, "forward.reserved", "destination that bridges do not forward")                 \
	X(NO_PATH, "forward.no_path", "no path leads to the destination's switch")

enum sdn_forward_verdict {
	SDN_FORWARD_TO,     // by out_port; a flow may be made for it
	SDN_FORWARD_FLOOD,  // by the ports of sdn_forward_flood
	SDN_FORWARD_ANSWER, // the reply goes back by the port that the frame came from
	SDN_FORWARD_PROBE,  // was a probe of ours
	SDN_FORWARD_BAD_FRAME,
	SDN_FORWARD_BAD_LLDP,
#define X(NAME, name, help) SDN_FORWARD_##NAME,
	SDN_FORWARD_DROPS(X)
#undef X
	        SDN_FORWARD_VERDICTS,
};

struct sdn_forward_outcome {
	enum sdn_forward_verdict verdict;
	uint32_t out_port; // its number at the switch
	bool moved; // the source was at another port before: flows to it are wrong everywhere
	struct mac src, dst;
	enum sdn_frame_fault frame_fault;
	enum sdn_lldp_fault lldp_fault;
	struct fill reply; // as of the caller
};

// A frame of len bytes that the switch received by the port with that number. reply: room for
// SDN_PROXY_REPLY_BYTES.
void sdn_forward_input(struct sdn_forward *forward, uint32_t at, uint32_t in_port,
                       struct span bytes, struct fill reply, mono_t now,
                       struct sdn_forward_outcome *outcome);

// Whether the port is one end of a link along which frames are flooded.
static inline bool sdn_forward_is_open(const struct sdn_forward *forward, uint32_t port)
{
	return forward->topology.conf.shared ? sdn_flooding_has(&forward->flooding, port)
	                                     : sdn_tree_has(&forward->tree, port);
}

// The ports, from the number `port` of the table on, to which a frame is flooded that came in by
// in_port: *port is SDN_LIST_NONE at first. False at the end, else *number is to be sent by.
bool sdn_forward_flood(const struct sdn_forward *forward, uint32_t at, uint32_t in_port,
                       uint32_t *port, uint32_t *number);

// Where a switch sends frames of the one host to the other; SDN_LIST_NONE: neither known nor
// reached.
uint32_t sdn_forward_next(const struct sdn_forward *forward, uint32_t at, struct mac src,
                          struct mac dst, uint16_t vid);

// Where several controllers share the network (sdn_flooding.h): all are down to the tree with that
// digest.
void sdn_forward_agree(struct sdn_forward *forward, uint64_t digest);

// Computes again what has changed, if links have: the tree at once, at most `max` destinations of
// paths; fn as of sdn_path_step. Returns whether there is more to do.
bool sdn_forward_update(struct sdn_forward *forward, uint32_t max, sdn_path_fn *fn, void *ctx);

#endif

// sdn_topology: switches, their ports, and the links between them, as signed probes (sdn_lldp) show
// them. A port is a link only when probes arrive in both directions, and an edge, to which frames
// may be flooded and at which hosts are learned, only when it was probed for a while in vain: so a
// ring is never flooded before it is known. Tables are of fixed size; what arrives beyond them is
// refused and counted. Every call costs constant time, but for those that name what they walk.
//
// A host that passes on the probes of its own port to another port can still pretend a link between
// the two, as a cable would; ports that are declared edges are not probed and take no probes.
#ifndef SDN_SDN_TOPOLOGY_H
#define SDN_SDN_TOPOLOGY_H

#include "core/rate.h"
#include "proto/sdn/sdn_change.h"
#include "proto/sdn/sdn_graph.h"
#include "proto/sdn/sdn_list.h"
#include "proto/sdn/sdn_lldp.h"

enum sdn_port_state {
	SDN_PORT_DOWN,
	SDN_PORT_PROBING, // up; it is not known yet where it leads
	SDN_PORT_EDGE,    // leads to hosts
	SDN_PORT_ONE_WAY, // probes pass in one direction only, or to and from different ports
	SDN_PORT_LINK,
	SDN_PORT_LOOPED, // its own probes come back by it
};

#define SDN_LLDP_PEERS_MAX 15

struct sdn_topology_port {
	uint32_t number; // as the switch numbers it
	uint32_t at;     // its switch
	struct mac mac;
	uint32_t to,
	        from;   // ports that its probes reach, and whose probes reach it; or SDN_LIST_NONE
	mono_t reached; // when `to` was confirmed last
	mono_t since;   // of SDN_PORT_PROBING
	mono_t due;     // when it is probed next
	uint32_t left;  // counts how often it ceased to be an edge
	uint32_t sent[2]; // sequence numbers of its last probes; 0: none, or it was seen
	uint32_t seen;    // of the last one of another controller,
	uint32_t seen_of; // which has this instance
	mono_t doubt;     // the first probe that may be forged, or not, since `looked`
	uint8_t state;    // enum sdn_port_state
	bool up, edge;    // as was declared
	bool waited;      // probed in vain for long enough
	bool one_way;     // that its probes pass in one direction only was reported
	struct rate checked;
};

struct sdn_topology_switch {
	uint64_t datapath_id;  // 0: the number is unused
	struct sdn_list ports; // by rising number
	uint32_t ports_len;
	uint32_t prober;  // instance of the controller that probes it in our place; 0: none
	uint64_t version; // counts changes of what its own ports hear
	bool held;
	bool attended; // where several controllers share the network: one of them acts at it
};

struct sdn_topology_conf {
	uint32_t switches_max, ports_max;
	uint32_t switch_ports_max; // of one switch
	// Between probes by a port: while it is not known where it leads, and afterwards.
	uint64_t probe_fast_us, probe_us;
	uint64_t probe_valid_us; // how old a probe may be when it comes in
	uint64_t edge_us;        // without any probe until a port is an edge
	uint64_t link_us;        // without a probe until a link is lost
	uint32_t checked_per_s;  // LLDP frames that are looked at, by port
	bool shared;             // other controllers probe switches of the network
	struct sdn_lldp_key key;
	uint64_t seed;               // of hash tables: a secret
	struct sdn_changes *changes; // NULL: none
};

// Times and bounds that suit 1,000 switches with 48 ports; key, seed and changes are to be set.
extern const struct sdn_topology_conf sdn_topology_defaults;

// Members are for reading.
struct sdn_topology {
	struct sdn_topology_conf conf;
	struct sdn_topology_switch *at;
	struct sdn_topology_port *port;
	struct hash switch_hash, port_hash;
	uint32_t switches, ports_used; // numbers used so far, those that were freed included
	struct sdn_list switches_free, ports_free;
	struct sdn_list probe_fast, probe_slow; // by `due`
	struct sdn_list waiting;                // by `since`
	struct sdn_list ageing;                 // by `reached`; a port is in one of the two
	struct sdn_list_link *switch_link, *port_link, *probe_link, *time_link;
	struct sdn_lldp_peer peer[SDN_LLDP_PEERS_MAX]; // other controllers of the network
	unsigned peers_len;
	mono_t looked; // who they are, and what they sign with, is known as of then
	uint8_t former[HASH_SIP_KEY_BYTES]; // secret, before the one of conf.key
	bool has_former;
	uint32_t sequence;
	uint32_t links;                      // in both directions
	uint64_t graph_version;              // counts changes of links and switches
	uint64_t port_version;               // counts changes of states of ports
	uint64_t input[SDN_LLDP_FAULTS_END]; // LLDP frames by fault; [SDN_LLDP_SOUND]: accepted
	uint64_t switches_full, ports_full;
};

// 0, -EINVAL or -ENOMEM; all zeros can be closed.
int sdn_topology_open(struct sdn_topology *topology,
                      const struct sdn_topology_conf *conf) MUST_CHECK;
void sdn_topology_close(struct sdn_topology *topology);

// The number of the switch, which is added if it is not there; SDN_LIST_NONE when the table is
// full, or the id is 0. Numbers are below switches_max and are used again after a switch was
// removed.
uint32_t sdn_topology_add_switch(struct sdn_topology *topology, uint64_t datapath_id, mono_t now);
uint32_t sdn_topology_find_switch(const struct sdn_topology *topology, uint64_t datapath_id);

// Removes the switch with its ports and links; costs its ports.
void sdn_topology_del_switch(struct sdn_topology *topology, uint32_t at, mono_t now);

// While a switch is held, such as when its connection was lost and may come back, it is not
// probed, and its links do not age: it may well go on forwarding. Afterwards ports of which it is
// not known where they lead are waited for as new ones are, and others are probed at once. Costs
// the switch's ports.
void sdn_topology_hold_switch(struct sdn_topology *topology, uint32_t at, bool held, mono_t now);

// Where several controllers share the network: who probes a switch that is held, by instance; 0: no
// controller. Its links to switches of ours age again. Costs the switch's ports when it is another
// one.
void sdn_topology_set_prober(struct sdn_topology *topology, uint32_t at, uint32_t instance,
                             mono_t now);
// Whether a controller acts at the switch: only then floods pass it.
void sdn_topology_attend(struct sdn_topology *topology, uint32_t at, bool attended);
// Signs with another secret from now on; probes that are on their way are believed.
void sdn_topology_set_secret(struct sdn_topology *topology,
                             const uint8_t secret[HASH_SIP_KEY_BYTES]);

// What the switch says of a port, and whether the configuration declares it an edge.
struct sdn_port_desc {
	uint32_t number;
	struct mac mac;
	bool up, edge;
};

// Adds the port or changes it; one that is down loses its link at once. Its number in the table, or
// SDN_LIST_NONE when that or the switch is full. Costs the switch's ports unless numbers rise.
uint32_t sdn_topology_set_port(struct sdn_topology *topology, uint32_t at,
                               const struct sdn_port_desc *desc, mono_t now);
uint32_t sdn_topology_find_port(const struct sdn_topology *topology, uint32_t at, uint32_t number);
void sdn_topology_del_port(struct sdn_topology *topology, uint32_t port, mono_t now);

// What another controller knew of a port whose switch is held: that it is an edge, or one end of a
// link to `peer`, of which the same is so. What was known before ends.
void sdn_topology_restore_edge(struct sdn_topology *topology, uint32_t port, mono_t now);
void sdn_topology_restore_link(struct sdn_topology *topology, uint32_t port, uint32_t peer,
                               mono_t now);

// What another controller that shares the network says of a port of its switch, which is held:
// whose probes it hears, SDN_LIST_NONE: no port's, and whether it waited for them in vain. What a
// switch of ours hears is not displaced by it.
void sdn_topology_restore_heard(struct sdn_topology *topology, uint32_t port, uint32_t heard,
                                bool waited, mono_t now);

// The next port that is due to be probed, or SDN_LIST_NONE; its probe is appended to `frame`, which
// has room for SDN_LLDP_PROBE_BYTES, to be sent by that port.
uint32_t sdn_topology_probe(struct sdn_topology *topology, struct fill *frame, mono_t now);

// An LLDP frame, from behind its type, that a switch received by the port. Counted in
// `input`.
enum sdn_lldp_fault sdn_topology_input(struct sdn_topology *topology, uint32_t port,
                                       struct span pdu, mono_t now);

// Ends waits and loses links that are due, at most `max` of them.
void sdn_topology_tick(struct sdn_topology *topology, uint32_t max, mono_t now);

// When a port is to be probed or sdn_topology_tick has something to do; MONO_NEVER: nothing.
mono_t sdn_topology_next(const struct sdn_topology *topology);

// The port at the other end of a link; SDN_LIST_NONE when the port is no link.
uint32_t sdn_topology_peer(const struct sdn_topology *topology, uint32_t port);

// The names of a port for a change; of SDN_LIST_NONE zeros.
struct sdn_change_end sdn_topology_end(const struct sdn_topology *topology, uint32_t port);

// Fills the graph, which has room for all switches and ports, with the links between different
// switches.
void sdn_topology_graph(const struct sdn_topology *topology, struct sdn_graph *graph);
// Likewise, with the links between switches that are attended.
void sdn_topology_graph_attended(const struct sdn_topology *topology, struct sdn_graph *graph);

// "link".
const char *sdn_topology_state_name(enum sdn_port_state state) PURE;

#endif

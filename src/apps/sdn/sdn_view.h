// sdn_view: a piece of what the worker knows, copied out for the control thread: switches, ports,
// hosts, links, a path. The worker copies a bounded number of rows in a turn; the caller goes on
// where the piece before ended. What is made of rows is of sdn_report.c, for wadi-ctl, and of
// api/sdn_api_rows.c.
#ifndef APPS_SDN_SDN_VIEW_H
#define APPS_SDN_SDN_VIEW_H

#include "apps/sdn/sdn_switches.h"
#include "proto/cluster/cluster_member.h"

#define SDN_VIEW_ROWS      256 // that are copied at once
#define SDN_VIEW_ADDRESSES 8   // of a host, the ones that were seen last
#define SDN_VIEW_WHY_BYTES 192
#define SDN_VIEW_END       UINT32_MAX

enum sdn_view_kind {
	SDN_VIEW_SWITCHES,
	SDN_VIEW_SWITCH, // one, with its ports
	SDN_VIEW_HOSTS,
	SDN_VIEW_LINKS, // ports and where they lead
	SDN_VIEW_PATH,
	SDN_VIEW_CLUSTER, // how this controller and others agree; with sdn.cluster
};

struct sdn_view_switch {
	uint64_t datapath_id;
	struct tcp_peers peers;
	uint8_t version, state;
	uint8_t role; // enum of_role_kind: of this controller
	bool tls;
	uint16_t ports;
	uint32_t echo_us;
	uint64_t age_s, packet_ins, flow_mods, packet_outs, errors;
	uint64_t flows; // of ours, when they were read last
	struct sdn_poll_tables tables;
	uint64_t packet_ins_per_s, answer_us;
	bool tables_known, rated;
	char desc[SDN_DESC_BYTES];
	char master[CLUSTER_NAME_BYTES + 1]; // the controller; "": without sdn.cluster, or none
};

// A port, with what topology knows of it.
struct sdn_view_port {
	struct sdn_port port;
	uint64_t read_ms; // since its counters were read
	struct sdn_change_end peer;
	uint8_t state; // enum sdn_port_state; SDN_PORT_DOWN also without topology
};

struct sdn_view_host {
	uint8_t mac[6];
	uint16_t vlan; // with the bit of OXM_VLAN_PRESENT
	uint8_t addresses_len;
	uint32_t port;
	uint64_t datapath_id, silent_s;
	struct addr address[SDN_VIEW_ADDRESSES];
};

// An end of a link, with what it sends.
struct sdn_view_link {
	struct sdn_change_end end, peer;
	uint64_t number, peer_number; // of the ports in the topology's table, or in the intents
	uint8_t state;                // enum sdn_port_state
	bool in_tree;
	bool declared; // by the intents
	bool rated, peer_rated;
	uint64_t tx_bps, peer_tx_bps;
	uint32_t speed_kbps, peer_speed_kbps; // 0: not reported
};

// A host as a client names it.
struct sdn_view_place {
	bool by_address;
	uint8_t mac[6];
	struct addr address;
};

struct sdn_view_hop {
	uint64_t datapath_id;
	uint32_t in_port, out_port; // OF_PORT_ANY: the path ends here
};

struct sdn_view_path {
	struct sdn_view_place from, to;
	uint16_t vlan;    // as of a host's row
	uint8_t protocol; // of the packet: TCP or UDP to the port; 0: an echo request
	uint16_t to_port;
	// The answer.
	uint8_t from_mac[6], to_mac[6];
	bool found;                   // both hosts are known
	const char *reason;           // why there is no path; NULL: there is
	char why[SDN_VIEW_WHY_BYTES]; // to which it may point
	struct sdn_view_hop hop[SDN_VIEW_ROWS];
};

struct sdn_view_cluster {
	char name[CLUSTER_NAME_BYTES + 1],
	        first[CLUSTER_NAME_BYTES + 1]; // first: the master, or leader
	bool master, shared, acts, elsewhere;  // elsewhere: another one is the first
	uint64_t generation;
	uint32_t members, switches;
};

struct sdn_view {
	const struct sdn_switches *of;
	enum sdn_view_kind kind;
	unsigned rows;        // most of them; at most SDN_VIEW_ROWS
	uint64_t datapath_id; // of SDN_VIEW_SWITCH
	uint32_t from;        // where to go on; 0 at first, SDN_VIEW_END: there is no more
	// The answer.
	bool found;     // of SDN_VIEW_SWITCH: the switch is connected
	uint32_t known; // of SDN_VIEW_HOSTS: how many there are
	unsigned len;
	struct sdn_view_switch one; // of SDN_VIEW_SWITCH
	union {
		struct sdn_view_switch switches[SDN_VIEW_ROWS];
		struct sdn_view_host hosts[SDN_VIEW_ROWS];
		struct sdn_view_port ports[SDN_PORTS_MAX];
		struct sdn_view_link links[SDN_VIEW_ROWS];
		struct sdn_view_path path;
		struct sdn_view_cluster cluster;
	};
};

// A page of a list, or one of the others with `rows` 1.
void sdn_view_init(struct sdn_view *view, const struct sdn_switches *of, enum sdn_view_kind kind,
                   unsigned rows);

// Worker: the rows from view->from on. Cheap enough for one turn, whatever is asked for.
void sdn_view_copy(struct sdn_view *view, mono_t now);

#endif

// sdn_report: the commands that list switches, their ports and hosts: the worker copies out what is
// asked for, some at a time between its turns.
#ifndef APPS_SDN_SDN_REPORT_H
#define APPS_SDN_SDN_REPORT_H

#include "apps/sdn/sdn_switches.h"
#include "core/host/task.h"
#include "proto/cluster/cluster_election.h"

#define SDN_REPORT_ROWS 256  // that are copied at once
#define SDN_REPORT_MAX  1000 // hosts that are listed, unless a number is given

struct sdn_report_switch {
	uint64_t datapath_id;
	struct tcp_peers peers;
	uint8_t version, state;
	bool tls;
	uint16_t ports;
	uint32_t echo_us;
	uint64_t age_s, packet_ins, flow_mods, packet_outs, errors, flows;
	char desc[SDN_DESC_BYTES];
};

struct sdn_report_host {
	struct sdn_learn_row row;
	uint64_t datapath_id, silent_s;
};

struct sdn_report_link {
	struct sdn_change_end end, peer;
	uint8_t state; // enum sdn_port_state
	bool in_tree;
};

struct sdn_report_cluster {
	struct cluster_election election;
	mono_t now;
};

enum sdn_report_kind {
	SDN_REPORT_SWITCHES,
	SDN_REPORT_HOSTS,
	SDN_REPORT_PORTS,
	SDN_REPORT_LINKS,
	SDN_REPORT_CLUSTER,
};

// What the worker is asked for; it is the worker's while its task is out.
struct sdn_report {
	struct task task;
	struct sdn_switches *of;
	struct pipeline *pipeline;
	enum sdn_report_kind kind;
	uint64_t datapath_id; // of SDN_REPORT_PORTS
	bool found;           // that switch
	uint32_t from;
	unsigned len;
	union {
		struct sdn_report_switch switches[SDN_REPORT_ROWS];
		struct sdn_report_host hosts[SDN_REPORT_ROWS];
		struct sdn_port ports[SDN_PORTS_MAX];
		struct sdn_report_link links[SDN_REPORT_ROWS];
		struct sdn_report_cluster cluster;
	};
};

// Both are borrowed until sdn_report_fini.
void sdn_report_init(struct sdn_report *report, struct sdn_switches *of, struct pipeline *pipeline);
void sdn_report_fini(struct sdn_report *report);

// Commands, as of struct service_command, but for the state.
int sdn_report_switches(struct sdn_report *report, json_t *reply, struct why *why);
int sdn_report_hosts(struct sdn_report *report, const char *most, json_t *reply, struct why *why);
int sdn_report_links(struct sdn_report *report, json_t *reply, struct why *why);
int sdn_report_cluster(struct sdn_report *report, json_t *reply, struct why *why);
int sdn_report_ports(struct sdn_report *report, const char *datapath, json_t *reply,
                     struct why *why);

#endif

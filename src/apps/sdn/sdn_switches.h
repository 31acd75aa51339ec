// sdn_switches: a worker's switches: the table of connections, and the bytes of each between TCP
// and its of_conn. What messages mean is sdn_session.c's.
#ifndef APPS_SDN_SDN_SWITCHES_H
#define APPS_SDN_SDN_SWITCHES_H

#include "apps/boot/boot.h"
#include "apps/sdn/intent_apply.h"
#include "apps/sdn/sdn_conf.h"
#include "apps/sdn/sdn_dump.h"
#include "apps/sdn/sdn_events.h"
#include "apps/sdn/sdn_poll.h"
#include "apps/tls/tls_line.h"
#include "core/host/swap.h"
#include "proto/sdn/sdn_forward.h"
#include "proto/sdn/sdn_learn_form.h"
#include "proto/sdn/sdn_load.h"
#include "proto/tcpip/tcp/tcp.h"

#define SDN_PORTS_MAX        512 // of a switch that are listed
#define SDN_PORT_NAME_BYTES  16
#define SDN_DESC_BYTES       48
#define SDN_SWITCHES_BACKLOG 256
// Of TCP's, that a busy switch has: packet-ins that are read, answers that wait to be acknowledged.
#define SDN_SWITCH_PAGES 8

// Drop reasons of the service: what happens to the frame of a packet-in.
#define SDN_DROP_LIST(X)                                                                           \
	SDN_LEARN_DROP_LIST(X)                                                                     \
	X(BAD_PORT, "bad_port", "the packet-in names a port that no frame can come from")          \
	X(SLOW_SWITCH, "slow_switch", "the switch does not read, and its queue is full")           \
	X(STANDBY, "standby", "another controller is master, or may be")

// With sdn.topology, after these, the faults of frames and LLDP and the drops of sdn_forward.h.
enum sdn_drop {
#define X(NAME, name, help) SDN_DROP_##NAME,
	SDN_DROP_LIST(X)
#undef X
#define X(NAME, name, help) SDN_DROP_FRAME_##NAME,
	        SDN_FRAME_FAULTS(X)
#undef X
#define X(NAME, name, help) SDN_DROP_LLDP_##NAME,
	                SDN_LLDP_FAULTS(X)
#undef X
#define X(NAME, name, help) SDN_DROP_FORWARD_##NAME,
	                        SDN_FORWARD_DROPS(X)
#undef X
	                                SDN_DROPS,
};

struct sdn_metric {
	counter_t switches, connects, disconnects, refused;
	counter_t packet_ins, forwarded, flooded, flow_mods, packet_outs;
	counter_t flows_kept, flows_deleted; // of those that were read
	counter_t flows_foreign;
	counter_t errors, table_full, checks;
	counter_t tls_handshakes, tls_failed;
};

struct sdn_port {
	uint32_t port_no, config, state, speed_kbps;
	char name[SDN_PORT_NAME_BYTES + 1];
	struct sdn_load load;
};

enum sdn_switch_state {
	SDN_SWITCH_FREE,
	SDN_SWITCH_HANDSHAKE, // its datapath id is not known
	SDN_SWITCH_CHECKING,  // its flows are read
	SDN_SWITCH_SERVING,
	SDN_SWITCH_STANDBY,   // another controller is master, or nothing is known of that yet
	SDN_SWITCH_AUXILIARY, // of one that is among the datapaths
	SDN_SWITCH_CLOSING,   // it is not among the datapaths any more
	SDN_SWITCH_STATES,
};

struct sdn_switch {
	struct sdn_switches *all;
	struct tcp_conn *tcp;
	struct wheel_timer timer;
	mono_t linger;        // of one that is closing: until then it may read what waits
	uint8_t state;        // enum sdn_switch_state
	bool teaching;        // the flows that are being read are learned from
	bool checking;        // flows are being read
	bool recheck;         // flows may be wrong, and have to be read again
	bool has_miss;        // the flow of everything else was read
	bool role_out;        // a role was asked for, and there is no reply yet
	bool role_told;       // the switch has agreed to the role that was asked for last
	bool roleless;        // the switch knows no roles
	uint64_t role_since;  // of shares: the list that made us its master, when a role was asked
	                      // for
	uint8_t role_old;     // replies about roles that were asked for before the outcome changed
	uint8_t tables;       // that it says it has
	uint8_t stale_checks; // reads of flows that were begun before the switch rested
	uint16_t ports_len;
	uint32_t next_free;
	uint64_t datapath_id;
	mono_t since;      // it is connected
	mono_t full_until; // no flow is added until then: the table was full
	uint64_t packet_ins, flow_mods, packet_outs, errors;
	uint64_t flows;                      // of ours, when they were read last
	const struct sdn_learn_forms *forms; // of its version
	struct of_conn conn;
	struct intent_apply apply;
	struct sdn_poll poll;
	char desc[SDN_DESC_BYTES];
	struct sdn_port *ports; // SDN_PORTS_MAX

	struct sdn_switch *main; // of an auxiliary connection; NULL: it is none
	struct sdn_switch *auxiliaries, *next_auxiliary;
	struct sdn_switch *answers; // by which packets leave while a packet-in of its is handled
	uint8_t auxiliary_id, auxiliaries_len;

	struct tls_conn *tls; // NULL: without; see sdn_tls.h
	struct tls_line_place in_line;
	uint32_t tls_again; // bytes that TLS has to be given again, as there was no room; 0: none
	uint16_t tls_taken; // bytes of the stream's first part that were handled before
	bool tls_blocked;   // what TLS itself has to send waits for room
};

struct sdn_switches {
	const struct sdn_conf *conf;
	struct of_conn_limits limits;
	struct sdn_learn_flow_conf flow;
	struct sdn_learn_forms forms[OF15 + 1]; // by version
	uint32_t versions;
	uint64_t poll_s; // between readings of counters; 0: they are not read
	struct sdn_dumps dumps;
	struct sdn_learn learn;
	struct swap *intents;        // of struct intent_set; NULL: none
	const struct swap *tls;      // to a struct tls_shared; set before the worker runs
	struct tls_line line;        // of handshakes
	uint8_t *plain;              // of TLS_RECORD_BYTES: a record of a switch
	struct sdn_fabric *fabric;   // NULL: each switch is by itself
	struct sdn_cluster *cluster; // NULL: this controller is alone
	struct sdn_events *events;
	struct service_worker *worker;
	struct wheel *wheel;
	struct wheel_timer tick;
	struct sdn_switch *sw; // max_switches
	struct sdn_port *ports;
	uint8_t *memory; // of each connection
	size_t memory_bytes;
	uint32_t used, free_switch;
	uint32_t pages;  // that TCP may hold
	bool is_crowded; // and they are too few for the switches, which was reported
	struct hash datapaths;
	uint64_t seed;
	struct sdn_metric metric;
	struct of_conn_metric of_metric;
};

// Listens. conf, events and worker are borrowed until sdn_switches_close; NULL with a sentence in
// why.
struct sdn_switches *sdn_switches_open(const struct sdn_conf *conf, struct sdn_events *events,
                                       struct service_worker *worker, struct why *why) MUST_CHECK;
// The worker has ended, its stack exists. NULL is allowed.
void sdn_switches_close(struct sdn_switches *all);

static inline uint32_t sdn_switch_number(const struct sdn_switch *sw)
{
	return (uint32_t)(sw - sw->all->sw);
}

// Whether this controller is the switch's master, as far as the two have agreed.
static inline bool sdn_switch_acts(const struct sdn_switch *sw)
{
	return sw->state == SDN_SWITCH_CHECKING || sw->state == SDN_SWITCH_SERVING;
}

// The switch with the datapath id; NULL: not connected.
struct sdn_switch *sdn_switches_find(const struct sdn_switches *all, uint64_t datapath_id);

// Enters the switch under its datapath_id, which no other has; removes it.
void sdn_switches_enter(struct sdn_switch *sw);
void sdn_switches_leave(struct sdn_switch *sw);

// Ends the connection: `abort` at once, else when the switch has read what waits, or after a while.
void sdn_switches_end(struct sdn_switch *sw, bool abort, mono_t now);

// Sends what was put into the queues of the switch, outside of its own messages.
void sdn_switches_flush(struct sdn_switch *sw, mono_t now);

// Takes bytes of the switch's messages.
void sdn_switches_read(struct sdn_switch *sw, struct span *part, mono_t now);

// Whether frames can pass the port, as the switch says.
static inline bool sdn_port_is_up(const struct sdn_port *port)
{
	return !(port->config & OF_PORT_CONFIG_DOWN) && !(port->state & OF_PORT_STATE_LINK_DOWN);
}

// The switch's port; NULL: it has not listed it.
struct sdn_port *sdn_switches_port(const struct sdn_switch *sw, uint32_t port_no);

// A switch has come or gone: whether there are pages enough.
void sdn_switches_crowd(struct sdn_switches *all);

// How many busy switches TCP has pages for.
static inline uint32_t sdn_switches_paged(const struct sdn_switches *all)
{
	return all->pages / SDN_SWITCH_PAGES;
}

// What ports[].pages is to be for n switches: TCP gets half of them.
static inline uint32_t sdn_switches_pages(uint64_t switches)
{
	return (uint32_t)(2 * SDN_SWITCH_PAGES * switches);
}

// Adds an event about the switch.
void sdn_switches_event(struct sdn_switch *sw, struct sdn_event event);

// Counts a drop.
static inline void sdn_switches_drop(struct sdn_switches *all, enum sdn_drop drop)
{
	counter_add(&all->worker->metric->drop[(unsigned)all->worker->drops_begin + drop], 1);
}

#endif

// sdn_fabric: see the header.
#include "apps/sdn/sdn_fabric.h"

#include "apps/sdn/sdn_cluster.h"
#include "apps/sdn/sdn_packet.h"
#include "apps/sdn/sdn_session.h"
#include "apps/sdn/sdn_share.h"
#include "core/host/seed.h"
#include "core/line.h"
#include "proto/sdn/sdn_snapshot.h"

#include <stdlib.h>

#define PROBES_AT_ONCE 256
#define ROWS_AT_ONCE   16   // destinations that are computed in a turn
#define AGED_AT_ONCE   1024 // links, waits and hosts
#define GRACE_US       (15 * SEC_US)

static void fabric_fire(struct wheel_timer *timer, mono_t now);

static int tables_open(struct sdn_fabric *fabric, const struct sdn_conf *conf)
{
	uint32_t switches = (uint32_t)conf->max_switches;
	struct sdn_forward_conf forward = {.topology = sdn_topology_defaults,
	                                   .hosts = sdn_host_defaults,
	                                   .proxy = conf->proxy,
	                                   .floods_per_s = (uint32_t)conf->floods_per_s};
	uint64_t secret[2] = {seed_os(), seed_os()};

	forward.topology.switches_max = switches;
	forward.topology.ports_max = (uint32_t)conf->max_ports;
	forward.topology.shared = sdn_conf_is_cluster(conf) && conf->cluster->share;
	memcpy(forward.topology.key.secret, secret, sizeof(secret));
	forward.topology.key.instance = (uint32_t)seed_os();
	forward.topology.seed = forward.hosts.seed = seed_os();
	forward.topology.changes = &fabric->changes;
	forward.hosts.hosts_max = (uint32_t)conf->max_hosts;
	forward.hosts.addresses_max = 2 * (uint32_t)conf->max_hosts;
	forward.hosts.port_hosts_max = (uint32_t)conf->hosts_per_port;
	forward.hosts.host_us = forward.hosts.address_us = conf->ageing_s * SEC_US;
	fabric->number = malloc(switches * sizeof(*fabric->number));
	fabric->gone_at = malloc(switches * sizeof(*fabric->gone_at));
	fabric->gone_link = malloc(switches * sizeof(*fabric->gone_link));
	if (!fabric->number || !fabric->gone_at || !fabric->gone_link)
		return -ENOMEM;
	for (uint32_t i = 0; i < switches; i++) {
		fabric->number[i] = SDN_LIST_NONE;
		fabric->gone_at[i] = MONO_NEVER;
	}
	sdn_list_init(&fabric->gone, fabric->gone_link);
	return sdn_forward_open(&fabric->forward, &forward);
}

struct sdn_fabric *sdn_fabric_open(struct sdn_switches *all, struct why *why)
{
	struct sdn_fabric *fabric = line_alloc(1, sizeof(*fabric));
	int err = fabric ? tables_open(fabric, all->conf) : -ENOMEM;

	if (!err) {
		fabric->all = all;
		intent_net_init(&fabric->net);
		intent_router_init(&fabric->router);
		wheel_timer_init(&fabric->timer, fabric_fire);
		return fabric;
	}
	sdn_fabric_close(fabric);
	if (err == -EINVAL)
		why_set(why, "sdn.topology: sdn.max_switches is more than %u",
		        SDN_GRAPH_SWITCHES_MAX);
	else
		why_no_memory(why, "the topology of %ju switches",
		              (uintmax_t)all->conf->max_switches);
	return NULL;
}

void sdn_fabric_close(struct sdn_fabric *fabric)
{
	if (!fabric)
		return;
	if (fabric->all)
		wheel_del(fabric->all->wheel, &fabric->timer);
	intent_net_fini(&fabric->net);
	sdn_forward_close(&fabric->forward);
	free(fabric->number);
	free(fabric->gone_at);
	free(fabric->gone_link);
	free(fabric);
}

static struct sdn_switch *switch_at(const struct sdn_fabric *fabric, uint32_t at)
{
	uint32_t number = fabric->number[at];

	return number == SDN_LIST_NONE ? NULL : &fabric->all->sw[number];
}

static uint32_t at_of(const struct sdn_fabric *fabric, const struct sdn_switch *sw)
{
	return sdn_topology_find_switch(&fabric->forward.topology, sw->datapath_id);
}

static void frame_send(struct sdn_switch *sw, uint32_t port, struct of_bytes frame, mono_t now)
{
	struct sdn_learn_flow_scratch scratch;
	struct of_msg msg;

	sdn_learn_flow_packet(&msg, &scratch, (enum of_version)sw->conn.version, OF_PORT_CONTROLLER,
	                      port, OF_NO_BUFFER, frame);
	if (of_conn_send(&sw->conn, OF_CONN_CONTROL, &msg, now) != OF_FAULT_NONE)
		sdn_switches_drop(sw->all, SDN_DROP_SLOW_SWITCH);
}

static void probes_send(struct sdn_fabric *fabric, mono_t now)
{
	const struct sdn_topology *topology = &fabric->forward.topology;

	for (unsigned i = 0; i < PROBES_AT_ONCE; i++) {
		uint8_t room[SDN_LLDP_PROBE_BYTES];
		struct fill frame = fill_of(room, sizeof(room));
		uint32_t port = sdn_topology_probe(&fabric->forward.topology, &frame, now);
		struct sdn_switch *sw;

		if (port == SDN_LIST_NONE)
			return;
		sw = switch_at(fabric, topology->port[port].at);
		if (!sw)
			continue;
		frame_send(sw, topology->port[port].number,
		           (struct of_bytes){room, (uint32_t)fill_len(&frame)}, now);
		sdn_switches_flush(sw, now);
		counter_add(&fabric->metric.probes, 1);
	}
}

// The switch has other next hops to another than before: its flows to the hosts there go.
static void path_changed(void *ctx, uint32_t from, uint32_t to)
{
	struct sdn_fabric *fabric = ctx;
	const struct sdn_forward *forward = &fabric->forward;
	const struct sdn_topology *topology = &forward->topology;
	struct sdn_switch *sw = switch_at(fabric, from);

	if (!sw || sw->apply.active || topology->at[to].datapath_id == 0)
		return;
	for (uint32_t port = topology->at[to].ports.head; port != SDN_LIST_NONE;
	     port = topology->port_link[port].next) {
		for (uint32_t host = forward->hosts.port[port].hosts.head; host != SDN_LIST_NONE;
		     host = forward->hosts.host_port_link[host].next)
			sdn_session_distrust(sw, forward->hosts.host[host].mac, fabric->now);
	}
	sdn_switches_flush(sw, fabric->now);
}

// What concerns switches with intents, packets that wait for a host, and other controllers.
static void change_apply(struct sdn_fabric *fabric, const struct sdn_change *change)
{
	intent_net_change(fabric, change, fabric->now);
	if (fabric->all->cluster)
		sdn_cluster_changed(fabric->all->cluster, change);
	// Also when another controller saw it.
	if (change->kind == SDN_CHANGE_HOST_MOVED && sdn_cluster_is_shared(fabric->all->cluster))
		sdn_packet_moved(fabric->all, change->mac, fabric->now);
	if (change->kind == SDN_CHANGE_ADDRESS_NEW || change->kind == SDN_CHANGE_ADDRESS_MOVED)
		intent_router_found(fabric, change->addr, change->vid,
		                    fabric->net.due.us != MONO_NEVER.us, fabric->now);
}

static void changes_report(struct sdn_fabric *fabric)
{
	static const int kinds[SDN_CHANGE_KINDS] = {
	        [SDN_CHANGE_PORT_LOOPED] = SDN_EVENT_PORT_LOOPED,
	        [SDN_CHANGE_LINK_ONE_WAY] = SDN_EVENT_LINK_ONE_WAY,
	        [SDN_CHANGE_LINK_UP] = SDN_EVENT_LINK_UP,
	        [SDN_CHANGE_LINK_DOWN] = SDN_EVENT_LINK_DOWN,
	};
	struct sdn_change change;

	while (sdn_change_take(&fabric->changes, &change)) {
		change_apply(fabric, &change);
		if (kinds[change.kind])
			sdn_events_add(fabric->all->events,
			               &(struct sdn_event){
			                       .kind = (enum sdn_event_kind)kinds[change.kind],
			                       .datapath_id = change.end.datapath_id,
			                       .port = change.end.port,
			                       .peer_datapath_id = change.peer.datapath_id,
			                       .peer_port_no = change.peer.port,
			               });
	}
	counter_set(&fabric->metric.links, fabric->forward.topology.links);
	counter_set(&fabric->metric.hosts, fabric->forward.hosts.len);
}

// After anything that may have changed the topology.
static void settle(struct sdn_fabric *fabric, mono_t now)
{
	struct sdn_forward *forward = &fabric->forward;
	mono_t next;
	bool more;

	fabric->now = now;
	more = sdn_forward_update(forward, ROWS_AT_ONCE, path_changed, fabric);
	if (sdn_cluster_is_shared(fabric->all->cluster))
		sdn_share_settle(forward, &fabric->all->cluster->member);
	changes_report(fabric);
	next = mono_earlier(intent_net_settle(fabric, now), fabric->router.due);
	if (fabric->gone.head != SDN_LIST_NONE)
		next = mono_earlier(next, mono_add(fabric->gone_at[fabric->gone.head], GRACE_US));
	next = mono_earlier(next, sdn_topology_next(&forward->topology));
	next = mono_earlier(next, sdn_host_next(&forward->hosts));
	if (more)
		next = mono_earlier(next, now);
	if (next.us != MONO_NEVER.us &&
	    (!wheel_timer_armed(&fabric->timer) || next.us < fabric->timer.when.us))
		wheel_add(fabric->all->wheel, &fabric->timer, next);
}

// A switch whose connection is lost may go on forwarding, and come back: until then its links stay.
static void gone_forget(struct sdn_fabric *fabric, mono_t now)
{
	uint32_t at = fabric->gone.head;

	while (at != SDN_LIST_NONE && mono_due(mono_add(fabric->gone_at[at], GRACE_US), now)) {
		sdn_list_remove(&fabric->gone, at);
		fabric->gone_at[at] = MONO_NEVER;
		sdn_topology_del_switch(&fabric->forward.topology, at, now);
		at = fabric->gone.head;
	}
}

static void fabric_fire(struct wheel_timer *timer, mono_t now)
{
	struct sdn_fabric *fabric = CONTAINER_OF(timer, struct sdn_fabric, timer);
	const struct intent_set *set = intent_net_set(fabric->all);

	gone_forget(fabric, now);
	probes_send(fabric, now);
	sdn_topology_tick(&fabric->forward.topology, AGED_AT_ONCE, now);
	sdn_host_tick(&fabric->forward.hosts, AGED_AT_ONCE, now);
	if (set)
		intent_router_tick(fabric, &set->intent, now);
	settle(fabric, now);
}

static void gone_end(struct sdn_fabric *fabric, uint32_t at)
{
	if (fabric->gone_at[at].us == MONO_NEVER.us)
		return;
	sdn_list_remove(&fabric->gone, at);
	fabric->gone_at[at] = MONO_NEVER;
}

static void gone_begin(struct sdn_fabric *fabric, uint32_t at, mono_t now)
{
	if (fabric->gone_at[at].us != MONO_NEVER.us)
		return;
	fabric->gone_at[at] = now;
	sdn_list_append(&fabric->gone, at);
}

void sdn_fabric_enter(struct sdn_fabric *fabric, struct sdn_switch *sw, mono_t now)
{
	uint32_t at = sdn_topology_add_switch(&fabric->forward.topology, sw->datapath_id, now);

	if (at == SDN_LIST_NONE)
		return;
	fabric->number[at] = sdn_switch_number(sw);
	sdn_topology_hold_switch(&fabric->forward.topology, at, false, now);
	gone_end(fabric, at);
	settle(fabric, now);
}

static bool has_switches(const struct sdn_fabric *fabric)
{
	for (uint32_t at = 0; at < fabric->forward.topology.switches; at++)
		if (fabric->number[at] != SDN_LIST_NONE)
			return true;
	return false;
}

void sdn_fabric_leave(struct sdn_fabric *fabric, struct sdn_switch *sw, mono_t now)
{
	uint32_t at = at_of(fabric, sw);

	if (at == SDN_LIST_NONE)
		return;
	fabric->number[at] = SDN_LIST_NONE;
	sdn_topology_hold_switch(&fabric->forward.topology, at, true, now);
	gone_begin(fabric, at, now);
	if (!has_switches(fabric))
		fabric->net.since = MONO_NEVER; // those that come next are waited for again
	settle(fabric, now);
}

void sdn_fabric_share(struct sdn_fabric *fabric, const struct cluster_member *member, mono_t now)
{
	const struct sdn_topology *topology = &fabric->forward.topology;

	sdn_share_apply(&fabric->forward, member, now);
	for (uint32_t at = 0; at < topology->switches; at++) {
		if (topology->at[at].datapath_id == 0 || fabric->number[at] != SDN_LIST_NONE)
			continue;
		if (topology->at[at].prober != 0)
			gone_end(fabric, at);
		else
			gone_begin(fabric, at, now);
	}
	settle(fabric, now);
}

void sdn_fabric_restore(struct sdn_fabric *fabric, struct span snapshot, mono_t now)
{
	struct sdn_topology *topology = &fabric->forward.topology;
	uint32_t at = sdn_topology_find_switch(topology, sdn_snapshot_datapath(snapshot));

	// Where the network is shared it is gone when it has no master.
	if (at != SDN_LIST_NONE && fabric->number[at] == SDN_LIST_NONE && !topology->conf.shared)
		gone_end(fabric, at);
	if (sdn_snapshot_take(&fabric->forward, snapshot, now))
		sdn_fabric_wake(fabric, now);
}

void sdn_fabric_adopt(struct sdn_fabric *fabric, mono_t now)
{
	const struct sdn_topology *topology = &fabric->forward.topology;

	for (uint32_t at = 0; at < topology->switches; at++)
		if (topology->at[at].datapath_id != 0 && fabric->number[at] == SDN_LIST_NONE)
			gone_begin(fabric, at, now);
	sdn_fabric_wake(fabric, now);
}

static void port_set(struct sdn_fabric *fabric, struct sdn_switch *sw, uint32_t at,
                     struct sdn_port_desc *desc, mono_t now)
{
	const struct sdn_conf *conf = fabric->all->conf;
	uint32_t number;

	desc->edge = sdn_conf_has_place(&conf->edge_ports, sw->datapath_id, desc->number) ||
	             intent_net_is_edge(sw, desc->number);
	number = sdn_topology_set_port(&fabric->forward.topology, at, desc, now);
	if (number == SDN_LIST_NONE)
		return;
	sdn_host_set_server(
	        &fabric->forward.hosts, number,
	        sdn_conf_has_place(&conf->dhcp_servers, sw->datapath_id, desc->number) ||
	                intent_net_is_server(sw, desc->number));
	sdn_host_purge(&fabric->forward.hosts, number, now);
}

void sdn_fabric_declare(struct sdn_fabric *fabric, struct sdn_switch *sw, mono_t now)
{
	const struct sdn_topology *topology = &fabric->forward.topology;
	uint32_t at = at_of(fabric, sw);

	if (at == SDN_LIST_NONE)
		return;
	for (uint32_t port = topology->at[at].ports.head; port != SDN_LIST_NONE;
	     port = topology->port_link[port].next) {
		const struct sdn_topology_port *p = &topology->port[port];
		struct sdn_port_desc desc = {.number = p->number, .mac = p->mac, .up = p->up};

		port_set(fabric, sw, at, &desc, now);
	}
	sdn_fabric_wake(fabric, now);
}

void sdn_fabric_wake(struct sdn_fabric *fabric, mono_t now)
{
	wheel_add(fabric->all->wheel, &fabric->timer, now);
}

void sdn_fabric_set_port(struct sdn_fabric *fabric, struct sdn_switch *sw,
                         const struct of_port *port, mono_t now)
{
	uint32_t at = at_of(fabric, sw);
	struct sdn_port_desc desc = {
	        .number = port->port_no,
	        .mac = mac_load(port->hw_addr),
	        .up = !(port->config & OF_PORT_CONFIG_DOWN) &&
	              !(port->state & OF_PORT_STATE_LINK_DOWN),
	};

	if (at == SDN_LIST_NONE || !sdn_learn_flow_is_port(port->port_no))
		return;
	port_set(fabric, sw, at, &desc, now);
	settle(fabric, now);
}

void sdn_fabric_del_port(struct sdn_fabric *fabric, struct sdn_switch *sw, uint32_t number,
                         mono_t now)
{
	struct sdn_topology *topology = &fabric->forward.topology;
	uint32_t at = at_of(fabric, sw);
	uint32_t port = at == SDN_LIST_NONE ? at : sdn_topology_find_port(topology, at, number);

	if (port == SDN_LIST_NONE)
		return;
	sdn_topology_del_port(topology, port, now);
	sdn_host_purge(&fabric->forward.hosts, port, now);
	settle(fabric, now);
}

void sdn_fabric_keep_ports(struct sdn_fabric *fabric, struct sdn_switch *sw, mono_t now)
{
	const struct sdn_topology *topology = &fabric->forward.topology;
	uint32_t at = at_of(fabric, sw);
	uint32_t next;

	if (at == SDN_LIST_NONE || sw->ports_len == SDN_PORTS_MAX)
		return;
	for (uint32_t port = topology->at[at].ports.head; port != SDN_LIST_NONE; port = next) {
		uint32_t number = topology->port[port].number;

		next = topology->port_link[port].next;
		if (!sdn_switches_port(sw, number))
			sdn_fabric_del_port(fabric, sw, number, now);
	}
}

static void flood_send(struct sdn_fabric *fabric, struct sdn_switch *sw,
                       const struct of_packet_in *in, struct fill *actions, mono_t now)
{
	enum of_version version = (enum of_version)sw->conn.version;
	struct of_msg msg = {.type = OF_PACKET_OUT};

	if (fill_len(actions) == 0)
		return;
	msg.packet_out =
	        (struct of_packet_out){.buffer_id = OF_NO_BUFFER,
	                               .in_port = in->in_port,
	                               .actions = of_list_of(OF_FAMILY_ACTION, version, actions),
	                               .data = in->data};
	if (of_conn_send(&sw->conn, OF_CONN_BULK, &msg, now) != OF_FAULT_NONE)
		sdn_switches_drop(sw->all, SDN_DROP_SLOW_SWITCH);
	*actions = fill_of(fabric->actions, sizeof(fabric->actions));
}

// To all ports of the tree, in as few messages as they fit in. A frame that the switch keeps in a
// buffer is released by the last.
static void flood(struct sdn_fabric *fabric, struct sdn_switch *sw, const struct of_packet_in *in,
                  mono_t now)
{
	struct fill actions = fill_of(fabric->actions, sizeof(fabric->actions));
	uint32_t at = at_of(fabric, sw), port = SDN_LIST_NONE, number;

	while (sdn_forward_flood(&fabric->forward, at, in->in_port, &port, &number)) {
		struct of_action output = {.type = OF_ACTION_OUTPUT, .port = number};

		if (fill_left(&actions) < SDN_FABRIC_ACTION_BYTES)
			flood_send(fabric, sw, in, &actions, now);
		if (of_action_put(&actions, (enum of_version)sw->conn.version, &output) !=
		    OF_FAULT_NONE)
			return;
	}
	flood_send(fabric, sw, in, &actions, now);
}

// Drops have the names of the engines' faults, in the order of SDN_DROP_LIST.
static void outcome_drop(struct sdn_fabric *fabric, const struct sdn_forward_outcome *outcome)
{
	unsigned drop;

	if (outcome->verdict == SDN_FORWARD_BAD_FRAME)
		drop = SDN_DROP_FRAME_SHORT + outcome->frame_fault - SDN_FRAME_SHORT;
	else if (outcome->verdict == SDN_FORWARD_BAD_LLDP)
		drop = SDN_DROP_LLDP_MALFORMED + outcome->lldp_fault - SDN_LLDP_MALFORMED;
	else
		drop = SDN_DROP_FORWARD_PORT + outcome->verdict - SDN_FORWARD_PORT;
	sdn_switches_drop(fabric->all, (enum sdn_drop)drop);
}

bool sdn_fabric_input(struct sdn_fabric *fabric, struct sdn_switch *sw,
                      const struct of_packet_in *in, struct sdn_forward_outcome *outcome,
                      mono_t now)
{
	uint8_t room[SDN_PROXY_REPLY_BYTES];
	uint32_t at = at_of(fabric, sw);

	*outcome = (struct sdn_forward_outcome){.verdict = SDN_FORWARD_PORT};
	if (at == SDN_LIST_NONE) { // there was no room for the switch
		outcome_drop(fabric, outcome);
		return false;
	}
	sdn_forward_input(&fabric->forward, at, in->in_port, span_of(in->data.p, in->data.len),
	                  fill_of(room, sizeof(room)), now, outcome);
	switch (outcome->verdict) {
	case SDN_FORWARD_TO:
		return true;
	case SDN_FORWARD_FLOOD:
		flood(fabric, sw, in, now);
		counter_add(&fabric->all->metric.flooded, 1);
		break;
	case SDN_FORWARD_ANSWER:
		frame_send(sw, in->in_port,
		           (struct of_bytes){room, (uint32_t)fill_len(&outcome->reply)}, now);
		counter_add(&fabric->metric.answered, 1);
		break;
	case SDN_FORWARD_PROBE:
		counter_add(&fabric->metric.probes_seen, 1);
		settle(fabric, now);
		break;
	default:
		outcome_drop(fabric, outcome);
	}
	return false;
}

static bool is_host(const struct sdn_intent *intent, const struct sdn_frame *frame)
{
	uint8_t mac[6];

	mac_store(mac, frame->src);
	for (uint16_t i = 0; i < intent->networks_len; i++)
		if (intent->networks[i].vid == frame->vid)
			return !intent_router_is_own(intent, i, mac);
	return false;
}

void sdn_fabric_learn(struct sdn_fabric *fabric, struct sdn_switch *sw,
                      const struct sdn_intent *intent, const struct of_packet_in *in, mono_t now)
{
	uint32_t at = at_of(fabric, sw), port = SDN_LIST_NONE;
	struct sdn_forward_outcome outcome;
	enum sdn_frame_fault fault;
	struct sdn_frame frame;

	fault = sdn_frame_decode(&frame, in->data.p, in->data.len);
	if (fault || frame.kind == SDN_FRAME_LLDP) {
		(void)sdn_fabric_input(fabric, sw, in, &outcome, now); // counts, and settles
		return;
	}
	if (at != SDN_LIST_NONE)
		port = sdn_topology_find_port(&fabric->forward.topology, at, in->in_port);
	if (port == SDN_LIST_NONE || !is_host(intent, &frame))
		return;
	(void)sdn_host_input(&fabric->forward.hosts, &frame, frame.vid, port, now);
	settle(fabric, now);
}

bool sdn_fabric_is_right(const struct sdn_fabric *fabric, const struct sdn_switch *sw,
                         const struct sdn_learn_flow *flow)
{
	uint32_t at = at_of(fabric, sw);
	uint32_t port = sdn_forward_next(&fabric->forward, at, mac_load(flow->src),
	                                 mac_load(flow->dst), flow->vlan_match & 0x0fff);

	return port == SDN_LIST_NONE || port == flow->out_port;
}

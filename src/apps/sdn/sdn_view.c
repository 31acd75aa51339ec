// sdn_view: see the header. Paths are in sdn_view_path.c.
#include "apps/sdn/sdn_view.h"

#include "apps/sdn/sdn_cluster.h"
#include "apps/sdn/sdn_fabric.h"
#include "apps/sdn/sdn_view_internal.h"

#include <stdio.h>

#define LOOKS_AT_ONCE 4096 // places of a table

void sdn_view_init(struct sdn_view *view, const struct sdn_switches *of, enum sdn_view_kind kind,
                   unsigned rows)
{
	view->of = of;
	view->kind = kind;
	view->rows = rows < SDN_VIEW_ROWS ? rows : SDN_VIEW_ROWS;
	view->from = 0;
	view->len = 0;
	view->found = false;
}

// What this controller is to the switch.
static enum of_role_kind role_of(const struct sdn_switch *sw)
{
	if (!sw->all->cluster || sw->roleless)
		return OF_ROLE_EQUAL;
	return sdn_switch_acts(sw) ? OF_ROLE_MASTER : OF_ROLE_SLAVE;
}

static struct sdn_view_switch switch_row(const struct sdn_switch *sw, mono_t now)
{
	struct sdn_view_switch row = {.datapath_id = sw->datapath_id,
	                              .peers = tcp_peers(sw->tcp),
	                              .version = sw->conn.version,
	                              .state = sw->state,
	                              .role = (uint8_t)role_of(sw),
	                              .tls = sw->tls != NULL,
	                              .ports = sw->ports_len,
	                              .echo_us = sw->conn.echo_rtt_us,
	                              .age_s = mono_until(sw->since, now) / SEC_US,
	                              .packet_ins = sw->packet_ins,
	                              .flow_mods = sw->flow_mods,
	                              .packet_outs = sw->packet_outs,
	                              .errors = sw->errors,
	                              .flows = sw->flows,
	                              .tables = sw->poll.tables,
	                              .tables_known = sw->poll.tables_known,
	                              .packet_ins_per_s = sw->poll.packet_ins_per_s,
	                              .answer_us = sw->poll.answer_us,
	                              .rated = sw->poll.rated};

	memcpy(row.desc, sw->desc, sizeof(row.desc));
	if (sw->all->cluster)
		snprintf(row.master, sizeof(row.master), "%s",
		         cluster_member_master_name(&sw->all->cluster->member, sw->datapath_id));
	return row;
}

static void copy_switches(struct sdn_view *view, mono_t now)
{
	const struct sdn_switches *all = view->of;
	uint32_t i = view->from;

	for (; i < all->used && view->len < view->rows; i++)
		if (all->sw[i].state != SDN_SWITCH_FREE)
			view->switches[view->len++] = switch_row(&all->sw[i], now);
	view->from = i < all->used ? i : SDN_VIEW_END;
}

// Where the port leads.
static void port_follow(struct sdn_view_port *row, const struct sdn_fabric *fabric, uint32_t at)
{
	const struct sdn_topology *topology = &fabric->forward.topology;
	uint32_t port = sdn_topology_find_port(topology, at, row->port.port_no);

	if (port == SDN_LIST_NONE || !topology->port[port].up)
		return;
	row->state = topology->port[port].state;
	row->peer = sdn_topology_end(topology, topology->port[port].to);
}

static void copy_ports(struct sdn_view *view, mono_t now)
{
	const struct sdn_switch *sw = sdn_switches_find(view->of, view->datapath_id);
	const struct sdn_fabric *fabric = view->of->fabric;
	uint32_t at = SDN_LIST_NONE;

	view->from = SDN_VIEW_END;
	view->found = sw != NULL;
	if (!sw)
		return;
	view->one = switch_row(sw, now);
	if (fabric)
		at = sdn_topology_find_switch(&fabric->forward.topology, sw->datapath_id);
	for (; view->len < sw->ports_len; view->len++) {
		struct sdn_view_port *row = &view->ports[view->len];

		*row = (struct sdn_view_port){
		        .port = sw->ports[view->len],
		        .read_ms = mono_until(sw->ports[view->len].load.at, now) / MS_US};
		if (at != SDN_LIST_NONE)
			port_follow(row, fabric, at);
	}
}

static void copy_hosts(struct sdn_view *view, mono_t now)
{
	struct sdn_learn_row rows[SDN_VIEW_ROWS];
	unsigned n =
	        sdn_learn_hosts(&view->of->learn, &view->from, LOOKS_AT_ONCE, rows, view->rows);

	view->known = view->of->learn.hosts.len;
	for (; view->len < n; view->len++) {
		const struct sdn_learn_row *from = &rows[view->len];
		struct sdn_view_host *row = &view->hosts[view->len];

		*row = (struct sdn_view_host){.vlan = from->vlan,
		                              .port = from->port,
		                              .datapath_id =
		                                      view->of->sw[from->switch_number].datapath_id,
		                              .silent_s = mono_until(from->seen, now) / SEC_US};
		memcpy(row->mac, from->mac, sizeof(row->mac));
	}
}

// Those that were seen last.
static void addresses_copy(struct sdn_view_host *row, const struct sdn_hosts *hosts, uint32_t host)
{
	uint32_t i = hosts->host[host].addresses.tail;

	for (; i != SDN_LIST_NONE && row->addresses_len < SDN_VIEW_ADDRESSES;
	     i = hosts->address_host_link[i].prev)
		row->address[row->addresses_len++] = hosts->address[i].addr;
}

static void copy_fabric_hosts(struct sdn_view *view, mono_t now)
{
	const struct sdn_hosts *hosts = &view->of->fabric->forward.hosts;
	uint32_t i = view->from, looks = LOOKS_AT_ONCE;

	view->known = hosts->len;
	for (; i < hosts->hosts_used && looks > 0 && view->len < view->rows; i++, looks--) {
		const struct sdn_host_entry *host = &hosts->host[i];
		struct sdn_change_end end;
		struct sdn_view_host *row = &view->hosts[view->len];

		if (sdn_host_find(hosts, host->mac, host->vid) != i)
			continue;
		end = sdn_topology_end(hosts->topology, host->port);
		*row = (struct sdn_view_host){.vlan = host->vid,
		                              .port = end.port,
		                              .datapath_id = end.datapath_id,
		                              .silent_s = mono_until(host->seen, now) / SEC_US};
		mac_store(row->mac, host->mac);
		addresses_copy(row, hosts, i);
		view->len++;
	}
	view->from = i < hosts->hosts_used ? i : SDN_VIEW_END;
}

// What the switch says of the port that it sends by.
static void load_copy(const struct sdn_switches *all, const struct sdn_change_end *end, bool *rated,
                      uint64_t *tx_bps, uint32_t *speed_kbps)
{
	const struct sdn_switch *sw = sdn_switches_find(all, end->datapath_id);
	const struct sdn_port *port = sw ? sdn_switches_port(sw, end->port) : NULL;

	if (!port)
		return;
	*rated = port->load.rated;
	*tx_bps = port->load.rates.tx_bps;
	*speed_kbps = port->speed_kbps;
}

static void copy_links(struct sdn_view *view)
{
	const struct sdn_forward *forward = &view->of->fabric->forward;
	const struct sdn_topology *topology = &forward->topology;
	uint32_t i = view->from, looks = LOOKS_AT_ONCE;

	for (; i < topology->ports_used && looks > 0 && view->len < view->rows; i++, looks--) {
		const struct sdn_topology_port *port = &topology->port[i];
		struct sdn_view_link *row = &view->links[view->len];

		if (!port->up)
			continue;
		*row = (struct sdn_view_link){.end = sdn_topology_end(topology, i),
		                              .peer = sdn_topology_end(topology, port->to),
		                              .number = i,
		                              .peer_number = port->to,
		                              .state = port->state,
		                              .in_tree = sdn_forward_is_open(forward, i)};
		load_copy(view->of, &row->end, &row->rated, &row->tx_bps, &row->speed_kbps);
		load_copy(view->of, &row->peer, &row->peer_rated, &row->peer_tx_bps,
		          &row->peer_speed_kbps);
		view->len++;
	}
	view->from = i < topology->ports_used ? i : SDN_VIEW_END;
}

static bool port_is_up(const struct sdn_switches *all, const struct sdn_change_end *end)
{
	const struct sdn_switch *sw = sdn_switches_find(all, end->datapath_id);
	const struct sdn_port *port = sw ? sdn_switches_port(sw, end->port) : NULL;

	return port && sdn_port_is_up(port);
}

static void declared_link_add(struct sdn_view *view, const struct sdn_intent *intent, uint32_t at,
                              const struct sdn_intent_port *port)
{
	const struct sdn_intent_switch *on = &intent->switches[at];
	const struct sdn_intent_switch *peer = &intent->switches[port->peer_switch];
	struct sdn_view_link *row = &view->links[view->len++];

	*row = (struct sdn_view_link){.end = {on->datapath_id, port->number},
	                              .peer = {peer->datapath_id, port->peer_port},
	                              .number = (uint64_t)at << 32 | port->number,
	                              .peer_number =
	                                      (uint64_t)port->peer_switch << 32 | port->peer_port,
	                              .declared = true};
	load_copy(view->of, &row->end, &row->rated, &row->tx_bps, &row->speed_kbps);
	load_copy(view->of, &row->peer, &row->peer_rated, &row->peer_tx_bps, &row->peer_speed_kbps);
	if (port_is_up(view->of, &row->end) && port_is_up(view->of, &row->peer))
		row->state = SDN_PORT_LINK;
}

// The cables that intents declare, whole switches at a time.
static void copy_declared_links(struct sdn_view *view)
{
	const struct intent_set *set = view->of->intents ? swap_read(view->of->intents) : NULL;
	uint32_t at = view->from, switches = set ? set->intent.switches_len : 0, looks = 0;

	for (; at < switches && looks < LOOKS_AT_ONCE; at++) {
		const struct sdn_intent_switch *on = &set->intent.switches[at];

		if (view->len > 0 && view->len + on->ports_len > view->rows)
			break;
		looks += 1 + on->ports_len;
		for (uint32_t i = 0; i < on->ports_len && view->len < SDN_VIEW_ROWS; i++)
			if (on->ports[i].peer_switch != SDN_NONE)
				declared_link_add(view, &set->intent, at, &on->ports[i]);
	}
	view->from = at < switches ? at : SDN_VIEW_END;
}

static void copy_cluster(struct sdn_view *view, mono_t now)
{
	const struct cluster_member *member = &view->of->cluster->member;
	const struct cluster_election *election = &member->election;
	struct sdn_view_cluster *to = &view->cluster;

	*to = (struct sdn_view_cluster){.master = election->master,
	                                .shared = member->is_shared,
	                                .acts = cluster_member_acts(member, now),
	                                .elsewhere = !election->master && election->seen.owner != 0,
	                                .generation = cluster_member_generation(member),
	                                .members = cluster_share_members(&member->share, now),
	                                .switches = member->share.peer[0].switches};
	memcpy(to->name, election->conf.name, sizeof(to->name));
	if (election->seen.owner != 0)
		memcpy(to->first, election->seen.name, sizeof(to->first));
}

void sdn_view_copy(struct sdn_view *view, mono_t now)
{
	view->len = 0;
	switch (view->kind) {
	case SDN_VIEW_SWITCHES:
		copy_switches(view, now);
		break;
	case SDN_VIEW_SWITCH:
		copy_ports(view, now);
		break;
	case SDN_VIEW_HOSTS:
		if (view->of->fabric)
			copy_fabric_hosts(view, now);
		else
			copy_hosts(view, now);
		break;
	case SDN_VIEW_LINKS:
		if (view->of->fabric)
			copy_links(view);
		else
			copy_declared_links(view);
		break;
	case SDN_VIEW_PATH:
		sdn_view_find_path(view);
		break;
	case SDN_VIEW_CLUSTER:
		if (view->of->cluster)
			copy_cluster(view, now);
		break;
	}
}

// sdn_topology: tables of switches and ports, and what is asked of them. How probes make links of
// ports is in sdn_link.c.
#include "proto/sdn/sdn_link_internal.h"

#include <errno.h>
#include <stdlib.h>

const struct sdn_topology_conf sdn_topology_defaults = {
        .switches_max = 1024,
        .ports_max = 49152,
        .switch_ports_max = 1024,
        .probe_fast_us = 250 * MS_US,
        .probe_us = 5 * SEC_US,
        .probe_valid_us = SEC_US,
        .edge_us = SEC_US,
        .link_us = 16 * SEC_US,
        .checked_per_s = 20,
};

static bool has_datapath_id(const void *ctx, const void *key, uint32_t index)
{
	const uint64_t *datapath_id = key;

	return ((const struct sdn_topology *)ctx)->at[index].datapath_id == *datapath_id;
}

struct port_key {
	uint32_t at, number;
};

static bool has_port_key(const void *ctx, const void *key, uint32_t index)
{
	const struct sdn_topology_port *port = &((const struct sdn_topology *)ctx)->port[index];
	const struct port_key *wanted = key;

	return port->at == wanted->at && port->number == wanted->number;
}

static uint64_t hash_of(const struct sdn_topology *topology, uint64_t high, uint64_t low)
{
	return hash_u128(topology->conf.seed, high, low);
}

static bool tables_open(struct sdn_topology *topology)
{
	uint32_t switches = topology->conf.switches_max, ports = topology->conf.ports_max;

	topology->at = calloc(switches, sizeof(*topology->at));
	topology->switch_link = calloc(switches, sizeof(*topology->switch_link));
	topology->port = calloc(ports, sizeof(*topology->port));
	topology->port_link = calloc(ports, sizeof(*topology->port_link));
	topology->probe_link = calloc(ports, sizeof(*topology->probe_link));
	topology->time_link = calloc(ports, sizeof(*topology->time_link));
	return topology->at && topology->switch_link && topology->port && topology->port_link &&
	       topology->probe_link && topology->time_link &&
	       hash_init(&topology->switch_hash, switches) == 0 &&
	       hash_init(&topology->port_hash, ports) == 0;
}

int sdn_topology_open(struct sdn_topology *topology, const struct sdn_topology_conf *conf)
{
	*topology = (struct sdn_topology){.conf = *conf};
	if (conf->switches_max == 0 || conf->switches_max > SDN_GRAPH_SWITCHES_MAX ||
	    conf->ports_max == 0 || conf->ports_max > UINT32_C(1) << 30)
		return -EINVAL;
	if (!tables_open(topology)) {
		sdn_topology_close(topology);
		return -ENOMEM;
	}
	sdn_list_init(&topology->switches_free, topology->switch_link);
	sdn_list_init(&topology->ports_free, topology->port_link);
	sdn_list_init(&topology->probe_fast, topology->probe_link);
	sdn_list_init(&topology->probe_slow, topology->probe_link);
	sdn_list_init(&topology->waiting, topology->time_link);
	sdn_list_init(&topology->ageing, topology->time_link);
	return 0;
}

void sdn_topology_close(struct sdn_topology *topology)
{
	hash_fini(&topology->switch_hash);
	hash_fini(&topology->port_hash);
	free(topology->at);
	free(topology->switch_link);
	free(topology->port);
	free(topology->port_link);
	free(topology->probe_link);
	free(topology->time_link);
	*topology = (struct sdn_topology){0};
}

struct sdn_change_end sdn_topology_end(const struct sdn_topology *topology, uint32_t port)
{
	const struct sdn_topology_port *p;

	if (port == SDN_LIST_NONE)
		return (struct sdn_change_end){0};
	p = &topology->port[port];
	return (struct sdn_change_end){topology->at[p->at].datapath_id, p->number};
}

static void switch_change(struct sdn_topology *topology, enum sdn_change_kind kind,
                          uint64_t datapath_id, mono_t now)
{
	struct sdn_change change = {.kind = kind, .at = now, .end.datapath_id = datapath_id};

	sdn_change_put(topology->conf.changes, &change);
}

uint32_t sdn_topology_find_switch(const struct sdn_topology *topology, uint64_t datapath_id)
{
	return hash_find(&topology->switch_hash, hash_of(topology, datapath_id, 0), has_datapath_id,
	                 topology, &datapath_id);
}

uint32_t sdn_topology_add_switch(struct sdn_topology *topology, uint64_t datapath_id, mono_t now)
{
	uint32_t at = sdn_topology_find_switch(topology, datapath_id);
	struct sdn_topology_switch *added;

	if (at != SDN_LIST_NONE)
		return at;
	if (datapath_id)
		at = sdn_list_take(&topology->switches_free, &topology->switches,
		                   topology->conf.switches_max);
	if (at == SDN_LIST_NONE) {
		topology->switches_full++;
		return SDN_LIST_NONE;
	}
	if (hash_add(&topology->switch_hash, hash_of(topology, datapath_id, 0), at))
		assert(!"the hash table has room for all switches");
	added = &topology->at[at];
	*added = (struct sdn_topology_switch){.datapath_id = datapath_id};
	sdn_list_init(&added->ports, topology->port_link);
	topology->graph_version++;
	switch_change(topology, SDN_CHANGE_SWITCH_UP, datapath_id, now);
	return at;
}

void sdn_topology_del_switch(struct sdn_topology *topology, uint32_t at, mono_t now)
{
	struct sdn_topology_switch *gone = &topology->at[at];
	uint64_t datapath_id = gone->datapath_id;

	while (gone->ports.head != SDN_LIST_NONE)
		sdn_topology_del_port(topology, gone->ports.head, now);
	hash_del(&topology->switch_hash, hash_of(topology, datapath_id, 0), at);
	*gone = (struct sdn_topology_switch){0};
	sdn_list_append(&topology->switches_free, at);
	topology->graph_version++;
	switch_change(topology, SDN_CHANGE_SWITCH_DOWN, datapath_id, now);
}

void sdn_topology_hold_switch(struct sdn_topology *topology, uint32_t at, bool held, mono_t now)
{
	struct sdn_topology_switch *of = &topology->at[at];
	bool ends = of->held && !held;

	of->held = held;
	for (uint32_t port = of->ports.head; port != SDN_LIST_NONE && ends;
	     port = topology->port_link[port].next)
		sdn_link_resume(topology, port, now);
}

void sdn_topology_attend(struct sdn_topology *topology, uint32_t at, bool attended)
{
	topology->graph_version += topology->at[at].attended != attended;
	topology->at[at].attended = attended;
}

void sdn_topology_set_secret(struct sdn_topology *topology,
                             const uint8_t secret[HASH_SIP_KEY_BYTES])
{
	memcpy(topology->former, topology->conf.key.secret, HASH_SIP_KEY_BYTES);
	memcpy(topology->conf.key.secret, secret, HASH_SIP_KEY_BYTES);
	topology->has_former = true;
}

uint32_t sdn_topology_find_port(const struct sdn_topology *topology, uint32_t at, uint32_t number)
{
	struct port_key key = {at, number};

	return hash_find(&topology->port_hash, hash_of(topology, at, number), has_port_key,
	                 topology, &key);
}

// Into the switch's list, which is sorted; switches list their ports by rising number.
static void port_sort(struct sdn_topology *topology, struct sdn_topology_switch *at, uint32_t port)
{
	uint32_t prev = at->ports.tail;

	while (prev != SDN_LIST_NONE && topology->port[prev].number > topology->port[port].number)
		prev = topology->port_link[prev].prev;
	sdn_list_insert(&at->ports, prev, port);
	at->ports_len++;
}

static uint32_t port_add(struct sdn_topology *topology, uint32_t at, uint32_t number)
{
	struct sdn_topology_switch *of = &topology->at[at];
	uint32_t port = SDN_LIST_NONE;

	if (of->ports_len < topology->conf.switch_ports_max)
		port = sdn_list_take(&topology->ports_free, &topology->ports_used,
		                     topology->conf.ports_max);
	if (port == SDN_LIST_NONE) {
		topology->ports_full++;
		return SDN_LIST_NONE;
	}
	if (hash_add(&topology->port_hash, hash_of(topology, at, number), port))
		assert(!"the hash table has room for all ports");
	topology->port[port] = (struct sdn_topology_port){
	        .number = number,
	        .at = at,
	        .left = topology->port[port].left,
	        .to = SDN_LIST_NONE,
	        .from = SDN_LIST_NONE,
	};
	rate_init(&topology->port[port].checked, rate_interval_us(topology->conf.checked_per_s),
	          topology->conf.checked_per_s);
	port_sort(topology, of, port);
	return port;
}

uint32_t sdn_topology_set_port(struct sdn_topology *topology, uint32_t at,
                               const struct sdn_port_desc *desc, mono_t now)
{
	uint32_t port = sdn_topology_find_port(topology, at, desc->number);

	if (port == SDN_LIST_NONE)
		port = port_add(topology, at, desc->number);
	if (port == SDN_LIST_NONE)
		return SDN_LIST_NONE;
	topology->port[port].mac = desc->mac;
	sdn_link_declare(topology, port, desc->up, desc->edge, now);
	return port;
}

void sdn_topology_del_port(struct sdn_topology *topology, uint32_t port, mono_t now)
{
	struct sdn_topology_port *gone = &topology->port[port];

	sdn_link_declare(topology, port, false, false, now);
	hash_del(&topology->port_hash, hash_of(topology, gone->at, gone->number), port);
	sdn_list_remove(&topology->at[gone->at].ports, port);
	topology->at[gone->at].ports_len--;
	sdn_list_append(&topology->ports_free, port);
}

uint32_t sdn_topology_peer(const struct sdn_topology *topology, uint32_t port)
{
	const struct sdn_topology_port *p = &topology->port[port];

	return p->state == SDN_PORT_LINK ? p->to : SDN_LIST_NONE;
}

static void arc_add(const struct sdn_topology *topology, struct sdn_graph *graph, uint32_t port)
{
	const struct sdn_topology_port *p = &topology->port[port];
	uint32_t peer = sdn_topology_peer(topology, port);

	if (peer == SDN_LIST_NONE || topology->port[peer].at == p->at)
		return;
	sdn_graph_add_arc(graph, &(struct sdn_arc){.port = port,
	                                           .peer = peer,
	                                           .port_number = p->number,
	                                           .to = (uint16_t)topology->port[peer].at});
}

static void arcs_add(const struct sdn_topology *topology, struct sdn_graph *graph, uint32_t at,
                     bool attended)
{
	for (uint32_t port = topology->at[at].ports.head; port != SDN_LIST_NONE;
	     port = topology->port_link[port].next) {
		uint32_t peer = sdn_topology_peer(topology, port);

		if (!attended ||
		    (peer != SDN_LIST_NONE && topology->at[topology->port[peer].at].attended))
			arc_add(topology, graph, port);
	}
}

static void graph_fill(const struct sdn_topology *topology, struct sdn_graph *graph, bool attended)
{
	sdn_graph_clear(graph);
	for (uint32_t i = 0; i < topology->switches; i++) {
		const struct sdn_topology_switch *at = &topology->at[i];

		sdn_graph_add_switch(graph, at->datapath_id);
		if (at->datapath_id != 0 && (!attended || at->attended))
			arcs_add(topology, graph, i, attended);
	}
}

void sdn_topology_graph(const struct sdn_topology *topology, struct sdn_graph *graph)
{
	graph_fill(topology, graph, false);
}

void sdn_topology_graph_attended(const struct sdn_topology *topology, struct sdn_graph *graph)
{
	graph_fill(topology, graph, true);
}

const char *sdn_topology_state_name(enum sdn_port_state state)
{
	static const char *const names[] = {
	        [SDN_PORT_DOWN] = "down", [SDN_PORT_PROBING] = "probing",
	        [SDN_PORT_EDGE] = "edge", [SDN_PORT_ONE_WAY] = "one_way",
	        [SDN_PORT_LINK] = "link", [SDN_PORT_LOOPED] = "looped",
	};

	return names[state];
}

// sdn_forward: see the header.
#include "proto/sdn/sdn_forward.h"

#include "core/line.h"

#include <errno.h>

static int floods_open(struct sdn_forward *forward, uint32_t ports, uint32_t per_s)
{
	forward->floods = line_alloc(ports, sizeof(*forward->floods));
	if (!forward->floods)
		return -ENOMEM;
	for (uint32_t i = 0; i < ports; i++)
		rate_init(&forward->floods[i], rate_interval_us(per_s), per_s);
	return 0;
}

int sdn_forward_open(struct sdn_forward *forward, const struct sdn_forward_conf *conf)
{
	struct sdn_host_conf hosts = conf->hosts;
	uint32_t switches = conf->topology.switches_max, ports = conf->topology.ports_max;
	int err;

	*forward = (struct sdn_forward){
	        .proxy = conf->proxy, .seed = conf->topology.seed, .path.done = SDN_LIST_NONE};
	hosts.changes = conf->topology.changes;
	err = sdn_topology_open(&forward->topology, &conf->topology);
	if (!err)
		err = sdn_host_open(&forward->hosts, &hosts, &forward->topology);
	if (!err)
		err = sdn_graph_open(&forward->graph, switches, ports);
	if (!err)
		err = sdn_tree_open(&forward->tree, switches, ports);
	if (!err && conf->topology.shared)
		err = sdn_flooding_open(&forward->flooding, ports);
	if (!err)
		err = floods_open(forward, ports, conf->floods_per_s);
	if (!err)
		err = sdn_path_open(&forward->path, switches, ports);
	if (err)
		sdn_forward_close(forward);
	return err;
}

void sdn_forward_close(struct sdn_forward *forward)
{
	free(forward->floods);
	forward->floods = NULL;
	sdn_path_close(&forward->path);
	sdn_flooding_close(&forward->flooding);
	sdn_tree_close(&forward->tree);
	sdn_graph_close(&forward->graph);
	sdn_host_close(&forward->hosts);
	sdn_topology_close(&forward->topology);
}

static const struct sdn_topology_port *port_of(const struct sdn_forward *forward, uint32_t port)
{
	return &forward->topology.port[port];
}

// One of the next hops: frames of two hosts keep to one path each way.
static uint32_t hop_choose(const struct sdn_forward *forward, uint32_t at, uint32_t to,
                           struct mac src, struct mac dst)
{
	uint32_t ports[SDN_FORWARD_PATHS_MAX];
	uint32_t len = sdn_path_next(&forward->path, at, to, ports, ARRAY_LEN(ports));

	if (len == 0)
		return SDN_LIST_NONE;
	len = (uint32_t)size_min(len, ARRAY_LEN(ports));
	return ports[hash_u128(forward->seed, src.bits, dst.bits) % len];
}

// The port of the switch that leads to the host.
static uint32_t port_towards(const struct sdn_forward *forward, uint32_t at, uint32_t host,
                             struct mac src)
{
	const struct sdn_host_entry *to = &forward->hosts.host[host];
	uint32_t to_at = port_of(forward, to->port)->at;

	return to_at == at ? to->port : hop_choose(forward, at, to_at, src, to->mac);
}

uint32_t sdn_forward_next(const struct sdn_forward *forward, uint32_t at, struct mac src,
                          struct mac dst, uint16_t vid)
{
	uint32_t host = sdn_host_find(&forward->hosts, dst, vid);
	uint32_t port = host == SDN_LIST_NONE ? host : port_towards(forward, at, host, src);

	return port == SDN_LIST_NONE ? port : port_of(forward, port)->number;
}

static bool is_flooded(const struct sdn_forward *forward, uint32_t port)
{
	const struct sdn_topology_port *p = port_of(forward, port);

	if (p->state != SDN_PORT_LINK)
		return p->state == SDN_PORT_EDGE;
	return sdn_forward_is_open(forward, port);
}

bool sdn_forward_flood(const struct sdn_forward *forward, uint32_t at, uint32_t in_port,
                       uint32_t *port, uint32_t *number)
{
	const struct sdn_topology *topology = &forward->topology;

	*port = *port == SDN_LIST_NONE ? topology->at[at].ports.head
	                               : topology->port_link[*port].next;
	for (; *port != SDN_LIST_NONE; *port = topology->port_link[*port].next) {
		*number = topology->port[*port].number;
		if (*number != in_port && is_flooded(forward, *port))
			return true;
	}
	return false;
}

// What links bring was bounded where it entered the network.
static enum sdn_forward_verdict flood(struct sdn_forward *forward, uint32_t port, mono_t now)
{
	if (!is_flooded(forward, port))
		return SDN_FORWARD_NOT_IN_TREE;
	if (port_of(forward, port)->state == SDN_PORT_EDGE &&
	    !rate_take(&forward->floods[port], now))
		return SDN_FORWARD_STORM;
	return SDN_FORWARD_FLOOD;
}

// A unicast frame.
static enum sdn_forward_verdict forward_to(struct sdn_forward *forward,
                                           const struct sdn_frame *frame, uint32_t port, mono_t now,
                                           uint32_t *out_port)
{
	uint32_t host = sdn_host_find(&forward->hosts, frame->dst, frame->vid), out;

	if (host == SDN_LIST_NONE)
		return flood(forward, port, now);
	out = port_towards(forward, port_of(forward, port)->at, host, frame->src);
	if (out == SDN_LIST_NONE)
		return SDN_FORWARD_NO_PATH;
	if (out == port)
		return SDN_FORWARD_SAME_PORT;
	*out_port = port_of(forward, out)->number;
	return SDN_FORWARD_TO;
}

static enum sdn_forward_verdict lldp_input(struct sdn_forward *forward,
                                           const struct sdn_frame *frame, uint32_t port, mono_t now,
                                           struct sdn_forward_outcome *outcome)
{
	outcome->lldp_fault = sdn_topology_input(&forward->topology, port, frame->body, now);
	return outcome->lldp_fault ? SDN_FORWARD_BAD_LLDP : SDN_FORWARD_PROBE;
}

// A frame of a host at an edge.
static enum sdn_forward_verdict edge_input(struct sdn_forward *forward,
                                           const struct sdn_frame *frame, uint32_t port, mono_t now,
                                           struct sdn_forward_outcome *outcome)
{
	struct sdn_hosts *hosts = &forward->hosts;
	uint32_t before = sdn_host_find(hosts, frame->src, frame->vid);
	uint32_t was = before == SDN_LIST_NONE ? port : hosts->host[before].port;
	enum sdn_proxy_verdict verdict;

	if (sdn_host_input(hosts, frame, frame->vid, port, now) == SDN_HOST_FLAPPING)
		return SDN_FORWARD_FLAPPING;
	outcome->moved = was != port && hosts->host[before].port == port;
	verdict = sdn_proxy_input(hosts, frame, frame->vid, port, &outcome->reply);
	if (verdict == SDN_PROXY_DROP)
		return SDN_FORWARD_SAME_PORT;
	if (verdict == SDN_PROXY_ANSWER && forward->proxy)
		return SDN_FORWARD_ANSWER;
	return verdict == SDN_PROXY_FORWARD
	               ? forward_to(forward, frame, port, now, &outcome->out_port)
	               : flood(forward, port, now);
}

static enum sdn_forward_verdict frame_input(struct sdn_forward *forward,
                                            const struct sdn_frame *frame, uint32_t port,
                                            mono_t now, struct sdn_forward_outcome *outcome)
{
	switch ((enum sdn_port_state)port_of(forward, port)->state) {
	case SDN_PORT_DOWN:
		return SDN_FORWARD_PORT;
	case SDN_PORT_EDGE:
		return edge_input(forward, frame, port, now, outcome);
	case SDN_PORT_LINK:
		return mac_is_group(frame->dst)
		               ? flood(forward, port, now)
		               : forward_to(forward, frame, port, now, &outcome->out_port);
	default:
		return SDN_FORWARD_UNSETTLED;
	}
}

void sdn_forward_input(struct sdn_forward *forward, uint32_t at, uint32_t in_port,
                       struct span bytes, struct fill reply, mono_t now,
                       struct sdn_forward_outcome *outcome)
{
	uint32_t port = sdn_topology_find_port(&forward->topology, at, in_port);
	struct sdn_frame frame;

	*outcome = (struct sdn_forward_outcome){.reply = reply, .verdict = SDN_FORWARD_PORT};
	if (port == SDN_LIST_NONE)
		return;
	outcome->frame_fault = sdn_frame_decode(&frame, bytes.p, span_left(&bytes));
	outcome->src = frame.src;
	outcome->dst = frame.dst;
	if (outcome->frame_fault)
		outcome->verdict = SDN_FORWARD_BAD_FRAME;
	else if (frame.kind == SDN_FRAME_LLDP)
		outcome->verdict = lldp_input(forward, &frame, port, now, outcome);
	else if (sdn_proxy_is_reserved(frame.dst))
		outcome->verdict = SDN_FORWARD_RESERVED;
	else
		outcome->verdict = frame_input(forward, &frame, port, now, outcome);
}

// Floods pass the switches that a controller acts at, paths also others, which go on forwarding.
static void trees_build(struct sdn_forward *forward)
{
	const struct sdn_topology *topology = &forward->topology;

	if (topology->conf.shared) {
		sdn_topology_graph_attended(topology, &forward->graph);
		sdn_tree_build(&forward->tree, &forward->graph);
		sdn_flooding_narrow(&forward->flooding, &forward->tree, &forward->graph, topology);
		sdn_topology_graph(topology, &forward->graph);
	} else {
		sdn_topology_graph(topology, &forward->graph);
		sdn_tree_build(&forward->tree, &forward->graph);
	}
}

void sdn_forward_agree(struct sdn_forward *forward, uint64_t digest)
{
	sdn_flooding_widen(&forward->flooding, digest);
}

bool sdn_forward_update(struct sdn_forward *forward, uint32_t max, sdn_path_fn *fn, void *ctx)
{
	if (!sdn_path_busy(&forward->path)) {
		if (forward->graph_version == forward->topology.graph_version)
			return false;
		trees_build(forward);
		sdn_path_begin(&forward->path, &forward->graph);
		forward->graph_version = forward->topology.graph_version;
	}
	return sdn_path_step(&forward->path, max, fn, ctx) ||
	       forward->graph_version != forward->topology.graph_version;
}

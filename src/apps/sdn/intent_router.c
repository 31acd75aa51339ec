// intent_router: see the header.
#include "apps/sdn/intent_router.h"

#include "apps/sdn/sdn_fabric.h"
#include "proto/sdn/sdn_gateway.h"

#define ASKS_PER_S 100 // of all networks, each at all ports of its own
#define TRIES      3
#define ASK_US     SEC_US
#define LATE_US    (40 * MS_US)

void intent_router_init(struct intent_router *router)
{
	router->len = 0;
	router->due = MONO_NEVER;
	rate_init(&router->asks, rate_interval_us(ASKS_PER_S), ASKS_PER_S);
}

bool intent_router_is_own(const struct sdn_intent *intent, uint16_t network, const uint8_t mac[6])
{
	uint16_t router = intent->networks[network].router;

	return router != SDN_NONE && memcmp(intent->routers[router].mac, mac, 6) == 0;
}

static uint16_t network_of(const struct sdn_intent *intent, uint16_t vid)
{
	for (uint32_t i = 0; i < intent->networks_len; i++)
		if (intent->networks[i].vid == vid)
			return (uint16_t)i;
	return SDN_NONE;
}

static bool has_address(const struct sdn_intent_network *network, struct addr addr)
{
	for (unsigned i = 0; i < network->addresses_len; i++)
		if (addr_eq(network->addresses[i].addr, addr))
			return true;
	return false;
}

// Sending.

static void frame_send(struct sdn_switch *sw, uint32_t in_port, uint32_t port, const void *bytes,
                       size_t len, mono_t now)
{
	struct sdn_learn_flow_scratch scratch;
	struct of_msg msg;

	sdn_learn_flow_packet(&msg, &scratch, (enum of_version)sw->conn.version, in_port, port,
	                      OF_NO_BUFFER, (struct of_bytes){bytes, (uint32_t)len});
	if (of_conn_send(&sw->conn, OF_CONN_CONTROL, &msg, now) != OF_FAULT_NONE)
		sdn_switches_drop(sw->all, SDN_DROP_SLOW_SWITCH);
}

static const struct sdn_intent_port *port_of(const struct sdn_switch *sw,
                                             const struct sdn_intent *intent, uint32_t number)
{
	uint16_t on = sdn_intent_switch(intent, sw->datapath_id);

	return on == SDN_NONE ? NULL : sdn_intent_port(&intent->switches[on], number);
}

// A packet comes up with the tag of its network; a port that has the network untagged sends it
// without.
static bool has_tag(const struct sdn_switch *sw, const struct sdn_intent *intent, uint32_t port,
                    uint16_t network)
{
	const struct sdn_intent_port *declared = port_of(sw, intent, port);

	return !declared || declared->untagged != network;
}

// Asks at a port of the switch if it leads to hosts of the network.
static void ask_port(struct sdn_switch *sw, const struct sdn_intent *intent,
                     const struct sdn_intent_port *port, uint16_t network, struct addr addr,
                     mono_t now)
{
	const struct sdn_intent_network *of = &intent->networks[network];
	const struct sdn_topology *topology = &sw->all->fabric->forward.topology;
	uint32_t at = sdn_topology_find_switch(topology, sw->datapath_id), number;
	uint8_t room[SDN_GATEWAY_BYTES];
	struct fill frame = fill_of(room, sizeof(room));
	bool tagged;

	number = at == SDN_LIST_NONE ? at : sdn_topology_find_port(topology, at, port->number);
	if (number == SDN_LIST_NONE || topology->port[number].state != SDN_PORT_EDGE ||
	    !sdn_intent_carries(port, network, &tagged))
		return;
	for (unsigned i = 0; i < of->addresses_len; i++) {
		if (!addr_prefix_has(of->addresses[i], addr))
			continue;
		sdn_gateway_ask(&frame, mac_load(intent->routers[of->router].mac),
		                of->addresses[i].addr, addr, tagged ? of->vid : 0);
		frame_send(sw, OF_PORT_CONTROLLER, port->number, room, fill_len(&frame), now);
		return;
	}
}

static void ask(struct sdn_fabric *fabric, const struct sdn_intent *intent, uint16_t network,
                struct addr addr, mono_t now)
{
	struct sdn_switches *all = fabric->all;

	if (!rate_take(&fabric->router.asks, now))
		return;
	for (uint32_t i = 0; i < all->used; i++) {
		struct sdn_switch *sw = &all->sw[i];
		uint16_t on = sw->state == SDN_SWITCH_SERVING
		                      ? sdn_intent_switch(intent, sw->datapath_id)
		                      : SDN_NONE;

		for (uint32_t k = 0; on != SDN_NONE && k < intent->switches[on].ports_len; k++)
			ask_port(sw, intent, &intent->switches[on].ports[k], network, addr, now);
		if (on != SDN_NONE)
			sdn_switches_flush(sw, now);
	}
}

// What is looked for.

static struct intent_sought *sought_find(struct intent_router *router, struct addr addr,
                                         uint16_t vid)
{
	for (uint32_t i = 0; i < router->len; i++)
		if (router->sought[i].vid == vid && addr_eq(router->sought[i].addr, addr))
			return &router->sought[i];
	return NULL;
}

// The packet waits as its port received it.
static void sought_keep(struct intent_sought *sought, const struct of_packet_in *in, bool tag)
{
	uint32_t strip = tag ? 0 : 4;

	sought->in_port = in->in_port;
	sought->len = 0;
	if (in->data.len < 18 || in->data.len - strip > sizeof(sought->packet))
		return;
	memcpy(sought->packet, in->data.p, 12);
	memcpy(sought->packet + 12, in->data.p + 12 + strip, in->data.len - 12 - strip);
	sought->len = in->data.len - strip;
}

static void seek(struct sdn_switch *sw, const struct sdn_intent *intent, uint16_t network,
                 struct addr addr, const struct of_packet_in *in, bool tag, mono_t now)
{
	struct intent_router *router = &sw->all->fabric->router;
	uint16_t vid = intent->networks[network].vid;
	struct intent_sought *sought;

	if (router->len == INTENT_ROUTER_SOUGHT || sought_find(router, addr, vid) ||
	    sdn_host_find_address(&sw->all->fabric->forward.hosts, addr, vid) != SDN_LIST_NONE)
		return;
	sought = &router->sought[router->len++];
	sought->addr = addr;
	sought->vid = vid;
	sought->tries = 1;
	sought->found = false;
	sought->due = mono_add(now, ASK_US);
	sought->datapath_id = sw->datapath_id;
	sought_keep(sought, in, tag);
	router->due = mono_earlier(router->due, sought->due);
	ask(sw->all->fabric, intent, network, addr, now);
}

void intent_router_found(struct sdn_fabric *fabric, struct addr addr, uint16_t vid, bool late,
                         mono_t now)
{
	struct intent_router *router = &fabric->router;
	struct intent_sought *sought = sought_find(router, addr, vid);

	if (!sought)
		return;
	sought->found = true;
	sought->due = late ? mono_add(now, LATE_US) : now;
	router->due = mono_earlier(router->due, sought->due);
}

// Through the tables of the switch, which have its destination now.
static void sought_send(struct sdn_fabric *fabric, const struct intent_sought *sought, mono_t now)
{
	struct sdn_switch *sw = sdn_switches_find(fabric->all, sought->datapath_id);

	if (!sw || sought->len == 0)
		return;
	frame_send(sw, sought->in_port, OF_PORT_TABLE, sought->packet, sought->len, now);
	sdn_switches_flush(sw, now);
}

// Whether it is done with: found, or given up.
static bool sought_end(struct sdn_fabric *fabric, const struct sdn_intent *intent,
                       struct intent_sought *sought, mono_t now)
{
	uint16_t network = network_of(intent, sought->vid);

	if (sought->found) {
		sought_send(fabric, sought, now);
		return true;
	}
	if (sought->tries == TRIES || network == SDN_NONE ||
	    intent->networks[network].router == SDN_NONE)
		return true;
	sought->tries++;
	sought->due = mono_add(now, ASK_US);
	ask(fabric, intent, network, sought->addr, now);
	return false;
}

void intent_router_tick(struct sdn_fabric *fabric, const struct sdn_intent *intent, mono_t now)
{
	struct intent_router *router = &fabric->router;

	if (!mono_due(router->due, now))
		return;
	router->due = MONO_NEVER;
	for (uint32_t i = router->len; i-- > 0;) {
		struct intent_sought *sought = &router->sought[i];

		if (mono_due(sought->due, now) && sought_end(fabric, intent, sought, now))
			*sought = router->sought[--router->len];
	}
	for (uint32_t i = 0; i < router->len; i++)
		router->due = mono_earlier(router->due, router->sought[i].due);
}

// Packets.

// The network of the router in which the address is: that with the longest prefix; SDN_NONE.
static uint16_t network_with(const struct sdn_intent *intent, uint16_t router, struct addr addr,
                             int *len)
{
	uint16_t found = SDN_NONE;

	*len = -1;
	for (uint16_t i = 0; i < intent->networks_len; i++) {
		const struct sdn_intent_network *network = &intent->networks[i];

		for (unsigned k = 0; network->router == router && k < network->addresses_len; k++) {
			if (!addr_prefix_has(network->addresses[k], addr) ||
			    network->addresses[k].len <= *len)
				continue;
			*len = network->addresses[k].len;
			found = i;
		}
	}
	return found;
}

// Looks for the host itself, or for the next hop of the longest route, whichever is longer.
static void next_seek(struct sdn_switch *sw, const struct sdn_intent *intent, uint16_t router,
                      struct addr dst, const struct of_packet_in *in, bool tag, mono_t now)
{
	const struct sdn_intent_router *of = &intent->routers[router];
	const struct sdn_intent_route *best = NULL;
	int len, unused;
	uint16_t network = network_with(intent, router, dst, &len);

	for (uint32_t i = 0; i < of->routes_len; i++)
		if (addr_is_ipv4(of->routes[i].to.addr) == addr_is_ipv4(dst) &&
		    addr_prefix_has(of->routes[i].to, dst) && of->routes[i].to.len > len) {
			best = &of->routes[i];
			len = best->to.len;
		}
	if (best) {
		dst = best->via;
		network = network_with(intent, router, dst, &unused);
	}
	if (network != SDN_NONE)
		seek(sw, intent, network, dst, in, tag, now);
}

static bool is_of_router(const struct sdn_intent *intent, uint16_t router, struct addr addr)
{
	for (uint32_t i = 0; i < intent->networks_len; i++)
		if (intent->networks[i].router == router && has_address(&intent->networks[i], addr))
			return true;
	return false;
}

// Whether the packet came up for the router. One that came up since its source is not known comes
// again, whole.
static bool is_for_router(const struct sdn_switch *sw, const struct of_packet_in *in)
{
	return sw->apply.is_flat || in->table_id >= SDN_TABLE_ROUTER;
}

// An IP packet for the router's MAC address.
static void packet_input(struct sdn_switch *sw, const struct sdn_intent *intent,
                         const struct sdn_frame *frame, uint16_t router,
                         const struct of_packet_in *in, bool tag, mono_t now)
{
	static _Thread_local uint8_t room[INTENT_ROUTER_BYTES];
	struct fill reply = fill_of(room, sizeof(room));
	struct addr src, dst;

	if (!sdn_gateway_addresses(frame, &src, &dst))
		return;
	if (is_of_router(intent, router, dst)) {
		if (sdn_gateway_echo(&reply, frame))
			frame_send(sw, OF_PORT_CONTROLLER, in->in_port, room, fill_len(&reply),
			           now);
	} else if (sw->all->fabric && !addr_is_multicast(dst)) {
		next_seek(sw, intent, router, dst, in, tag, now);
	}
}

void intent_router_packet(struct sdn_switch *sw, const struct sdn_intent *intent,
                          const struct of_packet_in *in, mono_t now)
{
	uint8_t room[SDN_GATEWAY_BYTES];
	struct fill reply = fill_of(room, sizeof(room));
	struct sdn_frame frame;
	uint16_t network, router;
	struct mac mac;
	bool tag;

	if (sdn_frame_decode(&frame, in->data.p, in->data.len))
		return;
	network = network_of(intent, frame.vid);
	router = network == SDN_NONE ? SDN_NONE : intent->networks[network].router;
	if (router == SDN_NONE)
		return;
	mac = mac_load(intent->routers[router].mac);
	if (mac_eq(frame.src, mac) || !is_for_router(sw, in) || !rate_take(&sw->apply.answers, now))
		return;
	tag = has_tag(sw, intent, in->in_port, network);
	frame.tagged = tag;
	if (frame.kind == SDN_FRAME_ARP_REQUEST || frame.kind == SDN_FRAME_SOLICITATION) {
		if (!has_address(&intent->networks[network], frame.target))
			return;
		sdn_gateway_answer(&reply, &frame, mac);
		if (fill_len(&reply))
			frame_send(sw, OF_PORT_CONTROLLER, in->in_port, room, fill_len(&reply),
			           now);
	} else if (mac_eq(frame.dst, mac)) {
		packet_input(sw, intent, &frame, router, in, tag, now);
	}
}

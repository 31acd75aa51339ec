// sdn_link: how probes make links of ports, and what ends them. A port knows the port that its
// probes reach, `to`, and the one whose probes reach it, `from`; a.to is b exactly when b.from is
// a. Its state follows from these alone. A third port cannot displace a live link: it is a conflict
// until the link has aged or a port of it went down.
#include "proto/sdn/sdn_link_internal.h"

static enum sdn_port_state state_of(const struct sdn_topology *topology, uint32_t port)
{
	const struct sdn_topology_port *p = &topology->port[port];

	if (!p->up)
		return SDN_PORT_DOWN;
	if (p->to == SDN_LIST_NONE && p->from == SDN_LIST_NONE)
		return p->edge || p->waited ? SDN_PORT_EDGE : SDN_PORT_PROBING;
	if (p->to == port)
		return SDN_PORT_LOOPED;
	return p->to == p->from ? SDN_PORT_LINK : SDN_PORT_ONE_WAY;
}

static void port_change(struct sdn_topology *topology, enum sdn_change_kind kind, uint32_t port,
                        uint32_t peer, mono_t now)
{
	struct sdn_change change = {.kind = kind,
	                            .at = now,
	                            .end = sdn_topology_end(topology, port),
	                            .peer = sdn_topology_end(topology, peer)};

	sdn_change_put(topology->conf.changes, &change);
}

static void state_change(struct sdn_topology *topology, uint32_t port, enum sdn_port_state was,
                         mono_t now)
{
	enum sdn_port_state state = topology->port[port].state;

	if (state == SDN_PORT_DOWN)
		port_change(topology, SDN_CHANGE_PORT_DOWN, port, SDN_LIST_NONE, now);
	else if (was == SDN_PORT_DOWN)
		port_change(topology, SDN_CHANGE_PORT_UP, port, SDN_LIST_NONE, now);
	if (state == SDN_PORT_EDGE)
		port_change(topology, SDN_CHANGE_PORT_EDGE, port, SDN_LIST_NONE, now);
	if (state == SDN_PORT_LOOPED)
		port_change(topology, SDN_CHANGE_PORT_LOOPED, port, SDN_LIST_NONE, now);
}

// The list of ports to be probed that a port is in; NULL: in none.
static struct sdn_list *probe_list(struct sdn_topology *topology, enum sdn_port_state state,
                                   bool edge)
{
	if (state == SDN_PORT_DOWN || edge)
		return NULL;
	return state == SDN_PORT_PROBING || state == SDN_PORT_ONE_WAY ? &topology->probe_fast
	                                                              : &topology->probe_slow;
}

// A port that comes into the fast list is probed at once.
static void probe_move(struct sdn_topology *topology, uint32_t port, struct sdn_list *from,
                       struct sdn_list *to, mono_t now)
{
	struct sdn_topology_port *p = &topology->port[port];

	if (from == to)
		return;
	if (from)
		sdn_list_remove(from, port);
	if (to == &topology->probe_fast) {
		p->due = now;
		sdn_list_insert(to, SDN_LIST_NONE, port);
	} else if (to) {
		p->due = mono_add(now, topology->conf.probe_us);
		sdn_list_append(to, port);
	}
}

static void wait_again(struct sdn_topology *topology, uint32_t port, mono_t now)
{
	topology->port[port].since = now;
	sdn_list_remove(&topology->waiting, port);
	sdn_list_append(&topology->waiting, port);
}

void sdn_link_resume(struct sdn_topology *topology, uint32_t port, mono_t now)
{
	struct sdn_topology_port *p = &topology->port[port];
	struct sdn_list *list = probe_list(topology, p->state, p->edge);

	if (list) {
		p->due = now;
		sdn_list_remove(list, port);
		sdn_list_insert(list, SDN_LIST_NONE, port);
	}
	if (p->state == SDN_PORT_PROBING)
		wait_again(topology, port, now);
}

// Gives the port the state that follows from its members, of which `edge` was another.
static void port_settle(struct sdn_topology *topology, uint32_t port, bool was_edge, mono_t now)
{
	struct sdn_topology_port *p = &topology->port[port];
	enum sdn_port_state was = p->state, state = state_of(topology, port);

	probe_move(topology, port, probe_list(topology, was, was_edge),
	           probe_list(topology, state, p->edge), now);
	if (state == was)
		return;
	if (was == SDN_PORT_PROBING)
		sdn_list_remove(&topology->waiting, port);
	p->left += was == SDN_PORT_EDGE;
	p->state = state;
	topology->at[p->at].version++;
	if (state == SDN_PORT_PROBING) {
		p->since = now;
		sdn_list_append(&topology->waiting, port);
	}
	topology->port_version++;
	state_change(topology, port, was, now);
}

// The port's probes reach no other port any more.
static void link_lose(struct sdn_topology *topology, uint32_t port, mono_t now)
{
	struct sdn_topology_port *p = &topology->port[port];
	uint32_t peer = p->to;
	bool was_link = p->state == SDN_PORT_LINK;

	sdn_list_remove(&topology->ageing, port);
	p->to = SDN_LIST_NONE;
	p->one_way = topology->port[peer].one_way = false;
	topology->port[peer].from = SDN_LIST_NONE;
	topology->at[topology->port[peer].at].version++;
	p->waited = topology->port[peer].waited = false;
	port_settle(topology, port, p->edge, now);
	port_settle(topology, peer, topology->port[peer].edge, now);
	if (!was_link)
		return;
	topology->links--;
	topology->graph_version++;
	port_change(topology, SDN_CHANGE_LINK_DOWN, port, peer, now);
}

// Ends the links to and from the port.
static void port_cut(struct sdn_topology *topology, uint32_t port, mono_t now)
{
	const struct sdn_topology_port *p = &topology->port[port];

	if (p->to != SDN_LIST_NONE)
		link_lose(topology, port, now);
	if (p->from != SDN_LIST_NONE)
		link_lose(topology, p->from, now);
}

void sdn_link_declare(struct sdn_topology *topology, uint32_t port, bool up, bool edge, mono_t now)
{
	struct sdn_topology_port *p = &topology->port[port];
	bool was_edge = p->edge;

	if (!up || edge) {
		p->sent[0] = p->sent[1] = 0;
		p->waited = false;
		port_cut(topology, port, now);
	}
	if (up && !edge && was_edge)
		p->waited = false;
	p->up = up;
	p->edge = edge;
	port_settle(topology, port, was_edge, now);
}

static bool is_held(const struct sdn_topology *topology, uint32_t port)
{
	return topology->at[topology->port[port].at].held;
}

// A probe of port q came in by port p.
static enum sdn_lldp_fault link_see(struct sdn_topology *topology, uint32_t q, uint32_t p,
                                    mono_t now)
{
	struct sdn_topology_port *sender = &topology->port[q], *receiver = &topology->port[p];
	enum sdn_port_state was = sender->state;

	if ((sender->to != SDN_LIST_NONE && sender->to != p) ||
	    (receiver->from != SDN_LIST_NONE && receiver->from != q))
		return SDN_LLDP_CONFLICT;
	if (sender->to != SDN_LIST_NONE)
		sdn_list_remove(&topology->ageing, q);
	topology->at[receiver->at].version += receiver->from != q;
	sender->to = p;
	receiver->from = q;
	sender->reached = now;
	port_settle(topology, q, false, now);
	port_settle(topology, p, false, now);
	sdn_list_append(&topology->ageing, q); // it has left the list of those that wait
	if (sender->state != was && sender->state == SDN_PORT_LINK) {
		topology->links++;
		topology->graph_version++;
		port_change(topology, SDN_CHANGE_LINK_UP, q, p, now);
	}
	// Each link begins so, until the other end's first probe arrives, or another controller
	// says that it did.
	if (sender->state == was && was == SDN_PORT_ONE_WAY && !sender->one_way &&
	    !is_held(topology, q) && !is_held(topology, p)) {
		sender->one_way = true;
		port_change(topology, SDN_CHANGE_LINK_ONE_WAY, q, p, now);
	}
	return SDN_LLDP_SOUND;
}

void sdn_topology_restore_edge(struct sdn_topology *topology, uint32_t port, mono_t now)
{
	struct sdn_topology_port *p = &topology->port[port];

	port_cut(topology, port, now);
	p->waited = true;
	port_settle(topology, port, p->edge, now);
}

void sdn_topology_restore_link(struct sdn_topology *topology, uint32_t port, uint32_t peer,
                               mono_t now)
{
	if (sdn_topology_peer(topology, port) == peer || port == peer)
		return;
	port_cut(topology, port, now);
	port_cut(topology, peer, now);
	(void)link_see(topology, port, peer, now); // neither has another link any more
	(void)link_see(topology, peer, port, now);
}

void sdn_topology_restore_heard(struct sdn_topology *topology, uint32_t port, uint32_t heard,
                                bool waited, mono_t now)
{
	struct sdn_topology_port *p = &topology->port[port];
	uint32_t other = heard == SDN_LIST_NONE ? SDN_LIST_NONE : topology->port[heard].to;

	if (p->from != heard && p->from != SDN_LIST_NONE)
		link_lose(topology, p->from, now);
	p->waited = waited;
	port_settle(topology, port, p->edge, now);
	if (heard == SDN_LIST_NONE || !topology->port[heard].up || topology->port[heard].edge)
		return;
	if (other != SDN_LIST_NONE && other != port) {
		if (!is_held(topology, other))
			return;
		link_lose(topology, heard, now);
	}
	(void)link_see(topology, heard, port, now); // neither has another one any more
}

void sdn_topology_set_prober(struct sdn_topology *topology, uint32_t at, uint32_t instance,
                             mono_t now)
{
	struct sdn_topology_switch *of = &topology->at[at];

	if (of->prober == instance)
		return;
	of->prober = instance;
	// It has to be heard from now on: as if that were just so.
	for (uint32_t port = of->ports.head; port != SDN_LIST_NONE;
	     port = topology->port_link[port].next) {
		if (topology->port[port].to == SDN_LIST_NONE)
			continue;
		topology->port[port].reached = now;
		sdn_list_remove(&topology->ageing, port);
		sdn_list_append(&topology->ageing, port);
	}
}

// Whether the probe is one of the port's last that was not seen yet; it is then.
static bool sent_take(struct sdn_topology_port *port, uint32_t sequence)
{
	for (size_t i = 0; i < ARRAY_LEN(port->sent); i++) {
		if (sequence && port->sent[i] == sequence) {
			port->sent[i] = 0;
			return true;
		}
	}
	return false;
}

// A probe that is ours. The secret may have changed since it was sent.
static enum sdn_lldp_fault own_decode(const struct sdn_topology *topology,
                                      struct sdn_lldp_probe *probe, struct span pdu, mono_t now)
{
	struct sdn_lldp_key former = {.instance = topology->conf.key.instance};
	uint64_t valid_us = topology->conf.probe_valid_us;
	enum sdn_lldp_fault fault = sdn_lldp_decode(probe, &topology->conf.key, pdu, now, valid_us);

	if (fault != SDN_LLDP_FORGED || !topology->has_former)
		return fault;
	memcpy(former.secret, topology->former, sizeof(former.secret));
	return sdn_lldp_decode(probe, &former, pdu, now, valid_us);
}

// SDN_LLDP_OTHER also when the instance has no part in the network.
static enum sdn_lldp_fault peer_decode(const struct sdn_topology *topology,
                                       struct sdn_lldp_probe *probe, struct span pdu)
{
	enum sdn_lldp_fault fault = SDN_LLDP_OTHER;

	for (unsigned i = 0; i < topology->peers_len; i++) {
		if (topology->peer[i].instance != probe->instance)
			continue;
		fault = sdn_lldp_decode_peer(probe, &topology->peer[i], pdu);
		if (!fault)
			break;
	}
	return fault;
}

// The port of another controller's switch, which need not have listed it yet.
static uint32_t peer_port(struct sdn_topology *topology, uint32_t at, uint32_t number, mono_t now)
{
	uint32_t port = sdn_topology_find_port(topology, at, number);
	const struct sdn_port_desc desc = {.number = number, .up = true};

	if (number == 0 || (port != SDN_LIST_NONE && topology->port[port].up))
		return port;
	return sdn_topology_set_port(topology, at, &desc, now);
}

// Sequence numbers of a controller rise, and only its newest probe of a port is believed.
static bool seen_take(struct sdn_topology_port *port, const struct sdn_lldp_probe *probe)
{
	if (port->seen_of == probe->instance && (int32_t)(probe->sequence - port->seen) <= 0)
		return false;
	port->seen_of = probe->instance;
	port->seen = probe->sequence;
	return true;
}

// A probe that may be forged, or of a controller of which it is not known yet that it probes there.
// As long as it was not looked who does, the port is no edge: it may lead to a switch that this
// controller has not heard of, since it is cut off. Whoever forges closes no port but his own.
static void probe_doubt(struct sdn_topology *topology, uint32_t port, mono_t now)
{
	struct sdn_topology_port *p = &topology->port[port];

	if (p->doubt.us <= topology->looked.us)
		p->doubt = now;
	if (mono_until(p->doubt, now) < topology->conf.edge_us / 8)
		return;
	p->waited = false;
	port_settle(topology, port, p->edge, now);
	if (p->state == SDN_PORT_PROBING)
		wait_again(topology, port, now);
}

// A probe of the controller that probes the switch in our place.
static enum sdn_lldp_fault peer_take(struct sdn_topology *topology, uint32_t port,
                                     struct sdn_lldp_probe *probe, struct span pdu, mono_t now)
{
	enum sdn_lldp_fault fault = peer_decode(topology, probe, pdu);
	uint32_t at, sender;

	if (fault)
		return fault;
	at = sdn_topology_find_switch(topology, probe->datapath_id);
	if (at == SDN_LIST_NONE || topology->at[at].prober != probe->instance)
		return SDN_LLDP_OTHER;
	sender = peer_port(topology, at, probe->port, now);
	if (sender == SDN_LIST_NONE)
		return SDN_LLDP_UNKNOWN;
	if (!seen_take(&topology->port[sender], probe))
		return SDN_LLDP_REPLAYED;
	return link_see(topology, sender, port, now);
}

static enum sdn_lldp_fault peer_input(struct sdn_topology *topology, uint32_t port,
                                      struct sdn_lldp_probe *probe, struct span pdu, mono_t now)
{
	enum sdn_lldp_fault fault = peer_take(topology, port, probe, pdu, now);

	if (fault == SDN_LLDP_OTHER || fault == SDN_LLDP_FORGED)
		probe_doubt(topology, port, now);
	return fault;
}

static enum sdn_lldp_fault probe_input(struct sdn_topology *topology, uint32_t port,
                                       struct span pdu, mono_t now)
{
	struct sdn_topology_port *receiver = &topology->port[port];
	struct sdn_lldp_probe probe;
	enum sdn_lldp_fault fault;
	uint32_t at, sender;

	if (!receiver->up || receiver->edge)
		return SDN_LLDP_EDGE;
	if (!rate_take(&receiver->checked, now))
		return SDN_LLDP_RATE;
	fault = own_decode(topology, &probe, pdu, now);
	if (fault == SDN_LLDP_OTHER && topology->conf.shared)
		return peer_input(topology, port, &probe, pdu, now);
	if (fault)
		return fault;
	at = sdn_topology_find_switch(topology, probe.datapath_id);
	sender = at == SDN_LIST_NONE ? SDN_LIST_NONE
	                             : sdn_topology_find_port(topology, at, probe.port);
	if (sender == SDN_LIST_NONE || !topology->port[sender].up)
		return SDN_LLDP_UNKNOWN;
	if (!sent_take(&topology->port[sender], probe.sequence))
		return SDN_LLDP_REPLAYED;
	return link_see(topology, sender, port, now);
}

enum sdn_lldp_fault sdn_topology_input(struct sdn_topology *topology, uint32_t port,
                                       struct span pdu, mono_t now)
{
	enum sdn_lldp_fault fault = probe_input(topology, port, pdu, now);

	topology->input[fault]++;
	return fault;
}

// The first port of the list that is due and whose switch is there.
static uint32_t probe_due(struct sdn_topology *topology, struct sdn_list *list,
                          uint64_t interval_us, mono_t now)
{
	while (list->head != SDN_LIST_NONE && mono_due(topology->port[list->head].due, now)) {
		uint32_t port = list->head;
		struct sdn_topology_port *p = &topology->port[port];

		p->due = mono_add(now, interval_us);
		sdn_list_remove(list, port);
		sdn_list_append(list, port);
		if (!topology->at[p->at].held)
			return port;
	}
	return SDN_LIST_NONE;
}

uint32_t sdn_topology_probe(struct sdn_topology *topology, struct fill *frame, mono_t now)
{
	const struct sdn_topology_conf *conf = &topology->conf;
	uint32_t port = probe_due(topology, &topology->probe_fast, conf->probe_fast_us, now);
	struct sdn_lldp_probe probe;
	struct sdn_topology_port *p;

	if (port == SDN_LIST_NONE)
		port = probe_due(topology, &topology->probe_slow, conf->probe_us, now);
	if (port == SDN_LIST_NONE)
		return SDN_LIST_NONE;
	p = &topology->port[port];
	if (++topology->sequence == 0)
		topology->sequence = 1;
	p->sent[1] = p->sent[0];
	p->sent[0] = topology->sequence;
	probe = (struct sdn_lldp_probe){.datapath_id = topology->at[p->at].datapath_id,
	                                .port = p->number,
	                                .sequence = topology->sequence,
	                                .made = now};
	sdn_lldp_encode(frame, &conf->key, &probe, p->mac);
	return port;
}

static mono_t wait_end(const struct sdn_topology *topology, uint32_t port)
{
	return mono_add(topology->port[port].since, topology->conf.edge_us);
}

static mono_t link_end(const struct sdn_topology *topology, uint32_t port)
{
	return mono_add(topology->port[port].reached, topology->conf.link_us);
}

// A link of a switch that is held is as if it had been seen just now, unless another controller
// probes it and ours is to hear that.
static void link_age(struct sdn_topology *topology, uint32_t port, mono_t now)
{
	bool is_probed =
	        !is_held(topology, port) || topology->at[topology->port[port].at].prober != 0;

	if (is_probed && !is_held(topology, topology->port[port].to)) {
		link_lose(topology, port, now);
		return;
	}
	topology->port[port].reached = now;
	sdn_list_remove(&topology->ageing, port);
	sdn_list_append(&topology->ageing, port);
}

// A port of a switch that is held was not probed, and a controller that comes late was away, and
// has not looked yet at what came meanwhile: the wait begins again.
static void wait_over(struct sdn_topology *topology, uint32_t port, mono_t now)
{
	struct sdn_topology_port *p = &topology->port[port];
	uint64_t late_us = mono_until(wait_end(topology, port), now);

	if (is_held(topology, port) || late_us > topology->conf.edge_us / 2) {
		wait_again(topology, port, now);
		return;
	}
	p->waited = true;
	port_settle(topology, port, p->edge, now);
}

void sdn_topology_tick(struct sdn_topology *topology, uint32_t max, mono_t now)
{
	for (; max > 0; max--) {
		uint32_t waiting = topology->waiting.head, ageing = topology->ageing.head;

		if (waiting != SDN_LIST_NONE && mono_due(wait_end(topology, waiting), now))
			wait_over(topology, waiting, now);
		else if (ageing != SDN_LIST_NONE && mono_due(link_end(topology, ageing), now))
			link_age(topology, ageing, now);
		else
			break;
	}
}

mono_t sdn_topology_next(const struct sdn_topology *topology)
{
	mono_t next = MONO_NEVER;

	if (topology->probe_fast.head != SDN_LIST_NONE)
		next = mono_earlier(next, topology->port[topology->probe_fast.head].due);
	if (topology->probe_slow.head != SDN_LIST_NONE)
		next = mono_earlier(next, topology->port[topology->probe_slow.head].due);
	if (topology->waiting.head != SDN_LIST_NONE)
		next = mono_earlier(next, wait_end(topology, topology->waiting.head));
	if (topology->ageing.head != SDN_LIST_NONE)
		next = mono_earlier(next, link_end(topology, topology->ageing.head));
	return next;
}

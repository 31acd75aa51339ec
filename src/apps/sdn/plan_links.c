// plan_links: see the header.
#include "apps/sdn/plan_links.h"

#include <errno.h>
#include <stdlib.h>

// A port by its number among those of all switches, and its place.
struct place {
	uint32_t id;
	uint16_t on;
	const struct sdn_intent_port *port;
};

static uint32_t ports_before(const struct sdn_intent *intent, uint16_t on)
{
	uint32_t len = 0;

	for (uint16_t i = 0; i < on; i++)
		len += intent->switches[i].ports_len;
	return len;
}

static bool is_peer(const struct sdn_intent_port *port, uint16_t on, uint32_t number)
{
	return port->peer_switch == on && port->peer_port == number;
}

// The other end of the port's cable: the one that it names, or that names it. One that names a
// third is none.
static bool peer_find(const struct sdn_intent *intent, uint16_t on,
                      const struct sdn_intent_port *port, struct place *peer)
{
	for (uint16_t i = 0; i < intent->switches_len; i++) {
		const struct sdn_intent_switch *other = &intent->switches[i];

		for (uint32_t k = 0; k < other->ports_len; k++) {
			const struct sdn_intent_port *end = &other->ports[k];
			bool names = is_peer(port, i, end->number);
			bool named = is_peer(end, on, port->number);

			if (end == port || (!names && !named) ||
			    (!names && port->peer_switch != SDN_NONE) ||
			    (!named && end->peer_switch != SDN_NONE))
				continue;
			*peer = (struct place){ports_before(intent, i) + k, i, end};
			return true;
		}
	}
	return false;
}

bool plan_links_peer(const struct sdn_intent *intent, uint16_t on, uint32_t number,
                     uint16_t *peer_on, uint32_t *peer_number)
{
	const struct sdn_intent_port *port = sdn_intent_port(&intent->switches[on], number);
	struct place peer;

	if (!port || !peer_find(intent, on, port, &peer))
		return false;
	*peer_on = peer.on;
	*peer_number = peer.port->number;
	return true;
}

static int arc_order(const void *a, const void *b)
{
	const struct sdn_arc *one = a, *other = b;

	return one->port_number < other->port_number ? -1 : one->port_number > other->port_number;
}

static void graph_fill(struct sdn_graph *graph, const struct sdn_intent *intent)
{
	uint32_t id = 0;

	sdn_graph_clear(graph);
	for (uint16_t i = 0; i < intent->switches_len; i++) {
		const struct sdn_intent_switch *on = &intent->switches[i];
		struct place peer;

		sdn_graph_add_switch(graph, on->datapath_id);
		for (uint32_t k = 0; k < on->ports_len; k++, id++)
			if (peer_find(intent, i, &on->ports[k], &peer) && peer.on != i)
				sdn_graph_add_arc(
				        graph, &(struct sdn_arc){.port = id,
				                                 .peer = peer.id,
				                                 .port_number = on->ports[k].number,
				                                 .to = peer.on});
		qsort(graph->arc + graph->first[i], graph->first[i + 1] - graph->first[i],
		      sizeof(*graph->arc), arc_order);
	}
}

int plan_links_open(struct plan_links *links, const struct sdn_intent *intent)
{
	uint32_t ports = ports_before(intent, (uint16_t)intent->switches_len);
	int err;

	*links = (struct plan_links){.intent = intent};
	err = sdn_graph_open(&links->graph, intent->switches_len + 1, ports + 1);
	if (!err) {
		graph_fill(&links->graph, intent);
		err = sdn_plane_open(&links->planes, intent, &links->graph, ports);
	}
	if (!err)
		err = sdn_plane_hops_open(&links->hops, intent->switches_len);
	if (err)
		plan_links_close(links);
	return err;
}

void plan_links_close(struct plan_links *links)
{
	sdn_graph_close(&links->graph);
	sdn_plane_close(&links->planes);
	sdn_plane_hops_close(&links->hops);
}

static bool is_link(const struct plan_links *links, uint16_t on, uint32_t number)
{
	for (const struct sdn_arc *arc = sdn_graph_begin(&links->graph, on);
	     arc < sdn_graph_end(&links->graph, on); arc++)
		if (arc->port_number == number)
			return true;
	return false;
}

int plan_links_view(struct plan_links *links, uint16_t number, struct sdn_reach *view,
                    struct sdn_station *stations)
{
	const struct sdn_intent *intent = links->intent;
	const struct sdn_intent_switch *on = &intent->switches[number];
	uint8_t kinds[SDN_INTENT_PORTS_MAX];
	int err;

	for (uint32_t i = 0; i < on->ports_len; i++)
		kinds[i] = is_link(links, number, on->ports[i].number) ? SDN_REACH_LINK
		                                                       : SDN_REACH_EDGE;
	err = sdn_reach_open(view, intent, number, &links->planes, number, kinds, &links->hops);
	for (uint32_t i = 0; i < intent->hosts_len && !err; i++)
		if (intent->hosts[i].on_switch != SDN_NONE)
			(void)sdn_reach_place(view, &links->planes, number,
			                      intent->hosts[i].on_switch, intent->hosts[i].port,
			                      &stations[i]);
	return err;
}

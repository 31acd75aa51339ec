// plan_trace: see the header.
#include "apps/sdn/plan_trace.h"

#include "apps/sdn/plan_links.h"
#include "core/why.h"
#include "proto/sdn/sdn_trace.h"

#include <string.h>

#define VISITS_MAX 256 // of switches, by all copies of the packet

// A copy of the packet that comes in at a switch.
struct visit {
	uint16_t on_switch;
	struct sdn_key key;
};

struct walk {
	const struct sdn_intent *intent;
	const struct sdn_tables *tables;
	FILE *out;
	uint16_t to; // the host
	bool reached, looped;
	uint16_t on_switch; // of the current visit
	struct visit visits[VISITS_MAX];
	unsigned visits_len;
};

static void walk_add(struct walk *w, uint16_t on_switch, const struct sdn_key *key)
{
	for (unsigned i = 0; i < w->visits_len; i++) {
		if (w->visits[i].on_switch == on_switch &&
		    memcmp(&w->visits[i].key, key, sizeof(*key)) == 0) {
			w->looped = true;
			return;
		}
	}
	if (w->visits_len == VISITS_MAX)
		w->looped = true;
	else
		w->visits[w->visits_len++] = (struct visit){on_switch, *key};
}

// Whether the copy, as it leaves, is one that the host takes.
static bool host_takes(const struct sdn_intent_host *host, const struct sdn_key *packet,
                       bool tagged, uint16_t vid)
{
	uint16_t vlan = tagged ? (uint16_t)(OXM_VLAN_PRESENT | vid) : 0;

	return be16_get(packet->vlan) == vlan &&
	       (memcmp(packet->eth_dst, host->mac, 6) == 0 || packet->eth_dst[0] & 1);
}

static void hosts_print(struct walk *w, const struct sdn_intent_port *port,
                        const struct sdn_key *packet)
{
	for (uint16_t i = 0; i < w->intent->hosts_len; i++) {
		const struct sdn_intent_host *host = &w->intent->hosts[i];
		bool tagged = false;

		if (host->on_switch != w->on_switch || host->port != port->number ||
		    !sdn_intent_carries(port, host->network, &tagged) ||
		    !host_takes(host, packet, tagged, w->intent->networks[host->network].vid))
			continue;
		fprintf(w->out, ", where host \"%s\" takes it", host->name);
		w->reached |= i == w->to;
	}
}

static void walk_leave(void *ctx, uint32_t number, const struct sdn_key *packet)
{
	struct walk *w = ctx;
	const struct sdn_intent_port *port =
	        number == OF_PORT_CONTROLLER
	                ? NULL
	                : sdn_intent_port(&w->intent->switches[w->on_switch], number);
	struct sdn_key next = *packet;
	uint16_t peer_on;
	uint32_t peer_port;

	if (number == OF_PORT_CONTROLLER) {
		fprintf(w->out, "  a copy goes to the controller\n");
		return;
	}
	fprintf(w->out, "  leaves by port %u, ", number);
	if (be16_get(packet->vlan))
		fprintf(w->out, "VLAN %u", be16_get(packet->vlan) & 0xfffu);
	else
		fprintf(w->out, "untagged");
	if (plan_links_peer(w->intent, w->on_switch, number, &peer_on, &peer_port)) {
		fprintf(w->out, ", to port %u of switch \"%s\"\n", peer_port,
		        w->intent->switches[peer_on].name);
		next.in_port = be32(peer_port);
		walk_add(w, peer_on, &next);
		return;
	}
	if (port)
		hosts_print(w, port, packet);
	fprintf(w->out, "\n");
}

static void origin_print(const struct walk *w, const struct sdn_flow *flow)
{
	char text[256];
	struct of_text origin = {.out = fill_of(text, sizeof(text) - 1)};

	sdn_intent_origin_text(w->intent, flow->origin, &origin);
	fprintf(w->out, "  dropped: %.*s\n", (int)fill_len(&origin.out), text);
}

static void visit_print(struct walk *w, const struct visit *visit)
{
	char text[16384];
	struct of_text steps = {.out = fill_of(text, sizeof(text) - 1)};
	struct sdn_traced traced;

	w->on_switch = visit->on_switch;
	of_text_put(&steps, "switch \"%s\", ", w->intent->switches[visit->on_switch].name);
	sdn_trace_packet_text(&visit->key, &steps);
	of_text_put(&steps, "\n");
	sdn_trace(&w->tables[visit->on_switch], w->intent, &visit->key, NULL, NULL, &steps);
	fprintf(w->out, "%.*s", (int)fill_len(&steps.out), text);
	traced = sdn_trace(&w->tables[visit->on_switch], w->intent, &visit->key, walk_leave, w,
	                   NULL);
	// What an access list denies may still have been mirrored.
	if (traced.last && !traced.last->next &&
	    (traced.last->actions_len == 0 || traced.last->origin.kind == SDN_ORIGIN_ACL))
		origin_print(w, traced.last);
}

int plan_trace(const struct sdn_intent *intent, const struct sdn_tables *tables, const char *text,
               FILE *out, FILE *err)
{
	struct walk w = {.intent = intent, .tables = tables, .out = out};
	struct plan_packet packet;
	struct why why;

	if (plan_packet_parse(&packet, intent, text, &why)) {
		fprintf(err, "wadi-sdn: plan: %s\n", why.text);
		return 2;
	}
	w.to = packet.to;
	walk_add(&w, packet.on_switch, &packet.key);
	for (unsigned i = 0; i < w.visits_len; i++)
		visit_print(&w, &w.visits[i]);
	if (w.looped)
		fprintf(out,
		        "there is a loop of cables; the controller floods on a tree of them\n");
	if (packet.to == SDN_NONE)
		return 0;
	fprintf(out, "%s host \"%s\"\n", w.reached ? "reaches" : "does not reach",
	        intent->hosts[packet.to].name);
	return w.reached ? 0 : 1;
}

// sdn_trace: see sdn_trace.h.
#include "proto/sdn/sdn_trace.h"

#include "proto/sdn/sdn_flow_internal.h"
#include "proto/sdn/sdn_group.h"
#include "proto/sdn/sdn_rules.h"

struct trace {
	const struct sdn_tables *tables;
	const struct sdn_intent *intent;
	struct sdn_key packet; // as it is now
	sdn_trace_fn *leaves;
	void *ctx;
	struct of_text *text;
	struct sdn_traced traced;
};

const struct sdn_flow *sdn_trace_find(const struct sdn_tables *tables, uint8_t table,
                                      const struct sdn_key *packet)
{
	for (uint32_t i = 0; i < tables->flows_len && tables->flows[i].table <= table; i++)
		if (tables->flows[i].table == table && !tables->flows[i].odd_match &&
		    sdn_match_has(&tables->flows[i].match, packet))
			return &tables->flows[i];
	return NULL;
}

static void trace_leave(struct trace *t, uint32_t port)
{
	uint32_t in_port = be32_get(t->packet.in_port);

	// A switch sends nothing back where it came from, unless it is named so.
	if (port == in_port)
		return;
	if (port == OF_PORT_IN_PORT)
		port = in_port;
	if (port == OF_PORT_CONTROLLER)
		t->traced.controller = true;
	else
		t->traced.ports++;
	if (t->leaves)
		t->leaves(t->ctx, port, &t->packet);
}

// By the first of a group's buckets: which of several a switch takes is its own affair.
static void trace_group(struct trace *t, uint32_t id)
{
	const struct sdn_group *group = sdn_group_find(t->tables, id);
	be16_t vlan = t->packet.vlan;

	if (!group || group->odd || group->buckets_len == 0)
		return;
	if (t->text) {
		of_text_put(t->text, "  ");
		sdn_group_text(group, t->text);
		of_text_put(t->text, "\n");
	}
	if (group->buckets[0].pop_vlan)
		t->packet.vlan = be16(0);
	trace_leave(t, group->buckets[0].port);
	t->packet.vlan = vlan;
}

static void trace_action(struct trace *t, const struct sdn_action *action)
{
	switch (action->type) {
	case SDN_GROUP:
		trace_group(t, action->number);
		break;
	case SDN_OUTPUT:
		trace_leave(t, action->number);
		break;
	case SDN_CONTROLLER:
		trace_leave(t, OF_PORT_CONTROLLER);
		break;
	case SDN_PUSH_VLAN:
	case SDN_SET_VLAN:
		t->packet.vlan = be16((uint16_t)(OXM_VLAN_PRESENT | action->number));
		break;
	case SDN_POP_VLAN:
		t->packet.vlan = be16(0);
		break;
	case SDN_SET_ETH_SRC:
		memcpy(t->packet.eth_src, action->mac, 6);
		break;
	case SDN_SET_ETH_DST:
		memcpy(t->packet.eth_dst, action->mac, 6);
		break;
	default:
		break;
	}
}

static void trace_step_text(struct trace *t, unsigned table, const struct sdn_flow *flow)
{
	static const char *const names[SDN_TABLES] = {"port",   "port acl", "network acl", "learn",
	                                              "router", "route",    "forward"};
	bool pipeline = t->tables->flows_len &&
	                t->tables->flows[t->tables->flows_len - 1].table == SDN_TABLES - 1;

	if (!t->text)
		return;
	of_text_put(t->text, "table %u", table);
	if (pipeline && table < SDN_TABLES)
		of_text_put(t->text, " (%s)", names[table]);
	if (!flow) {
		of_text_put(t->text, ": no flow matches, which drops\n");
		return;
	}
	of_text_put(t->text, ": ");
	sdn_flow_text_match(flow, t->text);
	of_text_put(t->text, " -> ");
	sdn_flow_text_actions(flow, t->text);
	if (t->intent) {
		of_text_put(t->text, " (");
		sdn_intent_origin_text(t->intent, flow->origin, t->text);
		of_text_put(t->text, ")");
	}
	of_text_put(t->text, "\n");
}

struct sdn_traced sdn_trace(const struct sdn_tables *tables, const struct sdn_intent *intent,
                            const struct sdn_key *packet, sdn_trace_fn *leaves, void *ctx,
                            struct of_text *text)
{
	struct trace t = {tables, intent, *packet, leaves, ctx, text, {0}};
	unsigned table = 0;

	for (;;) {
		const struct sdn_flow *flow = sdn_trace_find(tables, (uint8_t)table, &t.packet);

		t.traced.last = flow;
		trace_step_text(&t, table, flow);
		if (!flow || flow->odd) {
			t.traced.odd = flow != NULL;
			return t.traced;
		}
		for (uint32_t i = 0; i < flow->actions_len; i++)
			trace_action(&t, &flow->actions[i]);
		if (flow->next <= table) // the last one: a flow goes to a later table only
			return t.traced;
		table = flow->next;
	}
}

static void address_text(const struct sdn_key *packet, bool source, struct of_text *text)
{
	const uint8_t *bytes = source ? packet->src : packet->dst;
	unsigned port = be16_get(source ? packet->src_port : packet->dst_port);

	of_text_ip(text, bytes, be16_get(packet->eth_type) == ETHERTYPE_IPV6 ? 16 : 4);
	if (packet->ip_proto == PROTO_TCP || packet->ip_proto == PROTO_UDP)
		of_text_put(text, " port %u", port);
}

void sdn_trace_packet_text(const struct sdn_key *packet, struct of_text *text)
{
	unsigned type = be16_get(packet->eth_type);

	of_text_put(text, "port %u, ", be32_get(packet->in_port));
	if (be16_get(packet->vlan))
		of_text_put(text, "VLAN %u, ", be16_get(packet->vlan) & SDN_VID_MASK);
	of_text_mac(text, packet->eth_src);
	of_text_put(text, " > ");
	of_text_mac(text, packet->eth_dst);
	if (type != ETHERTYPE_IPV4 && type != ETHERTYPE_IPV6 && type != ETHERTYPE_ARP) {
		of_text_put(text, ", type 0x%04x", type);
		return;
	}
	of_text_put(text, ", ");
	address_text(packet, true, text);
	of_text_put(text, " > ");
	address_text(packet, false, text);
	if (type == ETHERTYPE_ARP)
		of_text_put(text, ", ARP");
	else
		of_text_put(text, ", protocol %u", packet->ip_proto);
}

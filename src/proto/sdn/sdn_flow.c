// sdn_flow: see sdn_flow.h.
#include "proto/sdn/sdn_flow_internal.h"

#define KEY(member) offsetof(struct sdn_key, member), sizeof(((struct sdn_key *)0)->member)

const struct sdn_field sdn_flow_fields[SDN_FIELDS_LEN] = {
        {OF_FIELD_IN_PORT, KEY(in_port), 0, 0},
        {OF_FIELD_ETH_DST, KEY(eth_dst), 0, 0},
        {OF_FIELD_ETH_SRC, KEY(eth_src), 0, 0},
        {OF_FIELD_ETH_TYPE, KEY(eth_type), 0, 0},
        {OF_FIELD_VLAN_VID, KEY(vlan), 0, 0},
        {OF_FIELD_IP_PROTO, KEY(ip_proto), 0, ETHERTYPE_IPV4},
        {OF_FIELD_IP_PROTO, KEY(ip_proto), 0, ETHERTYPE_IPV6},
        {OF_FIELD_ARP_OP, KEY(ip_proto), 0, ETHERTYPE_ARP},
        {OF_FIELD_IPV4_SRC, offsetof(struct sdn_key, src), 4, 0, ETHERTYPE_IPV4},
        {OF_FIELD_IPV4_DST, offsetof(struct sdn_key, dst), 4, 0, ETHERTYPE_IPV4},
        {OF_FIELD_ARP_SPA, offsetof(struct sdn_key, src), 4, 0, ETHERTYPE_ARP},
        {OF_FIELD_ARP_TPA, offsetof(struct sdn_key, dst), 4, 0, ETHERTYPE_ARP},
        {OF_FIELD_IPV6_SRC, KEY(src), 0, ETHERTYPE_IPV6},
        {OF_FIELD_IPV6_DST, KEY(dst), 0, ETHERTYPE_IPV6},
        {OF_FIELD_TCP_SRC, KEY(src_port), PROTO_TCP, 0},
        {OF_FIELD_TCP_DST, KEY(dst_port), PROTO_TCP, 0},
        {OF_FIELD_UDP_SRC, KEY(src_port), PROTO_UDP, 0},
        {OF_FIELD_UDP_DST, KEY(dst_port), PROTO_UDP, 0},
        {OF_FIELD_ICMPV4_TYPE, KEY(src_port), PROTO_ICMP, ETHERTYPE_IPV4},
        {OF_FIELD_ICMPV6_TYPE, KEY(src_port), PROTO_ICMP6, ETHERTYPE_IPV6},
        {OF_FIELD_ICMPV4_CODE, KEY(dst_port), PROTO_ICMP, ETHERTYPE_IPV4},
};

void sdn_flow_match_prefix(struct sdn_match *match, bool source, struct prefix prefix)
{
	bool ipv4 = addr_is_ipv4(prefix.addr);
	uint8_t *value = source ? match->value.key.src : match->value.key.dst;
	uint8_t *mask = source ? match->mask.key.src : match->mask.key.dst;
	uint8_t bytes[16];

	SDN_MATCH_SET(match, eth_type, be16(ipv4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6));
	addr_to_bytes(prefix.addr, bytes);
	for (unsigned i = 0; i < (ipv4 ? 4u : 16u); i++) {
		unsigned ones = prefix.len > 8 * i ? prefix.len - 8 * i : 0;

		mask[i] = ones >= 8 ? 0xff : (uint8_t)(0xff00u >> ones);
		value[i] = bytes[ipv4 ? 12 + i : i] & mask[i];
	}
}

void sdn_flow_add(struct sdn_tables *tables, const struct sdn_flow *flow)
{
	uint32_t at = tables->actions_len;

	tables->actions_len += flow->actions_len;
	tables->flows_len++;
	if (sdn_tables_full(tables))
		return;
	if (flow->actions_len)
		memcpy(tables->actions + at, flow->actions,
		       flow->actions_len * sizeof(*flow->actions));
	tables->flows[tables->flows_len - 1] = *flow;
	tables->flows[tables->flows_len - 1].actions = tables->actions + at;
}

void sdn_flow_add_meter(struct sdn_tables *tables, const struct sdn_meter *meter)
{
	if (tables->meters_len++ < tables->meters_max)
		tables->meters[tables->meters_len - 1] = *meter;
}

static int raw_order(const struct of_match *a, const struct of_match *b)
{
	size_t len = size_min(a->len, b->len);
	int order = len ? memcmp(a->p, b->p, len) : 0;

	return order ? order : (int)a->len - (int)b->len;
}

int sdn_flow_order(const struct sdn_flow *a, const struct sdn_flow *b)
{
	int order;

	if (a->table != b->table)
		return (int)a->table - (int)b->table;
	if (a->priority != b->priority)
		return (int)b->priority - (int)a->priority;
	order = memcmp(&a->match, &b->match, sizeof(a->match));
	if (order || a->odd_match != b->odd_match)
		return order ? order : (int)a->odd_match - (int)b->odd_match;
	return a->odd_match ? raw_order(&a->raw, &b->raw) : 0;
}

static void sift(struct sdn_flow *flows, size_t at, size_t len, sdn_flow_order_fn *order)
{
	struct sdn_flow moved = flows[at];

	for (size_t child = 2 * at + 1; child < len; child = 2 * at + 1) {
		if (child + 1 < len && order(&flows[child], &flows[child + 1]) < 0)
			child++;
		if (order(&moved, &flows[child]) >= 0)
			break;
		flows[at] = flows[child];
		at = child;
	}
	flows[at] = moved;
}

// Heapsort: no memory, and no order of flows that a peer sends is slow.
void sdn_flow_sort_by(struct sdn_tables *tables, sdn_flow_order_fn *order)
{
	struct sdn_flow *flows = tables->flows;

	for (size_t i = tables->flows_len / 2; i-- > 0;)
		sift(flows, i, tables->flows_len, order);
	for (size_t len = tables->flows_len; len > 1; len--) {
		struct sdn_flow last = flows[len - 1];

		flows[len - 1] = flows[0];
		flows[0] = last;
		sift(flows, 0, len - 1, order);
	}
}

void sdn_flow_sort(struct sdn_tables *tables)
{
	sdn_flow_sort_by(tables, sdn_flow_order);
}

bool sdn_flow_acts_as(const struct sdn_flow *a, const struct sdn_flow *b)
{
	return !a->odd && !b->odd && a->next == b->next && a->meter == b->meter &&
	       a->actions_len == b->actions_len &&
	       (a->actions_len == 0 ||
	        memcmp(a->actions, b->actions, a->actions_len * sizeof(*a->actions)) == 0);
}

static void action_text(const struct sdn_action *action, struct of_text *text)
{
	static const char *const names[] = {
	        [SDN_OUTPUT] = "output:",
	        [SDN_CONTROLLER] = "controller",
	        [SDN_PUSH_VLAN] = "push_vlan:",
	        [SDN_SET_VLAN] = "set_vlan:",
	        [SDN_POP_VLAN] = "pop_vlan",
	        [SDN_SET_ETH_SRC] = "set_eth_src:",
	        [SDN_SET_ETH_DST] = "set_eth_dst:",
	        [SDN_DEC_TTL] = "dec_ttl",
	        [SDN_GROUP] = "group:",
	};

	of_text_put(text, "%s", names[action->type]);
	switch (action->type) {
	case SDN_OUTPUT:
		of_text_port(text, action->number);
		break;
	case SDN_PUSH_VLAN:
	case SDN_SET_VLAN:
		of_text_put(text, "%u", action->number);
		break;
	case SDN_GROUP:
		of_text_put(text, "0x%x", action->number);
		break;
	case SDN_SET_ETH_SRC:
	case SDN_SET_ETH_DST:
		of_text_mac(text, action->mac);
		break;
	default:
		break;
	}
}

void sdn_flow_text_match(const struct sdn_flow *flow, struct of_text *text)
{
	uint8_t room[256];
	struct fill fields = fill_of(room, sizeof(room));
	struct of_match match;
	bool whole = sdn_flow_match(&flow->match, &fields);

	match = flow->odd_match ? flow->raw : of_match_of(&fields);
	of_text_match(text, &match);
	if (!whole && !flow->odd_match)
		of_text_put(text, " and fields of no protocol");
}

void sdn_flow_text_actions(const struct sdn_flow *flow, struct of_text *text)
{
	const char *between = "";

	if (flow->odd) {
		of_text_put(text, "actions or time-outs that no intent has");
		return;
	}
	if (flow->meter) {
		of_text_put(text, "meter:%u", flow->meter);
		between = ",";
	}
	for (uint32_t i = 0; i < flow->actions_len; i++) {
		of_text_put(text, "%s", between);
		action_text(&flow->actions[i], text);
		between = ",";
	}
	if (flow->next)
		of_text_put(text, "%sgoto_table:%u", between, flow->next);
	else if (flow->actions_len == 0)
		of_text_put(text, "%sdrop", between);
}

void sdn_flow_text(const struct sdn_flow *flow, struct of_text *text)
{
	of_text_put(text, "table %u, priority %u: ", flow->table, flow->priority);
	sdn_flow_text_match(flow, text);
	of_text_put(text, " -> ");
	sdn_flow_text_actions(flow, text);
}

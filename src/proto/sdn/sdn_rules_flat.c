// sdn_rules_flat: intents on a switch with one table, and what 1.0 cannot do at all.
#include "proto/sdn/sdn_flow_internal.h"
#include "proto/sdn/sdn_rules.h"

#include <errno.h>

// A walk through all paths of the pipeline, those of higher priority first: a packet takes the
// first path whose flows it matches. So each path becomes a flow, in this order of priorities.
struct flattener {
	const struct sdn_intent *intent;
	const struct sdn_tables *from; // sorted
	struct sdn_tables *out;
	struct why *why;
	struct sdn_action actions[SDN_ACTIONS_MAX];
	uint32_t begin[SDN_TABLES + 1]; // of each table's flows
	uint16_t priority;              // of the next flow
	uint8_t version;
	int err;
};

// A path up to a table: what packets match, and what was done with them.
struct flat_path {
	struct sdn_match match; // of the packet as it was received
	struct sdn_match set;   // fields that actions set, so far
	uint32_t meter, actions_len;
};

static void why_origin(const struct sdn_intent *intent, const struct sdn_flow *flow,
                       const char *reason, struct why *why)
{
	char text[256] = "";
	struct of_text out = {.out = fill_of(text, sizeof(text) - 1)};

	sdn_intent_origin_text(intent, flow->origin, &out);
	why_set(why, "%s: %s", text, reason);
}

static int refuse(const struct sdn_intent *intent, const struct sdn_flow *flow, const char *reason,
                  struct why *why)
{
	why_origin(intent, flow, reason, why);
	return -EOPNOTSUPP;
}

static bool is_partial(const struct sdn_match *match, const struct sdn_field *field)
{
	const uint8_t *mask = (const uint8_t *)&match->mask.key + field->offset;

	for (unsigned i = 0; i < field->bytes; i++)
		if (mask[i] != 0xff && mask[i] != mask[0])
			return true;
	return mask[0] != 0 && mask[0] != 0xff;
}

static bool needs_ipv6(const struct sdn_match *match)
{
	static const uint8_t none[16];
	const struct sdn_key *mask = &match->mask.key;

	return be16_get(match->value.key.eth_type) == ETHERTYPE_IPV6 &&
	       (mask->ip_proto || memcmp(mask->src, none, 16) != 0 ||
	        memcmp(mask->dst, none, 16) != 0);
}

int sdn_rules_check(const struct sdn_intent *intent, const struct sdn_flow *flow, uint8_t version,
                    struct why *why)
{
	if (version != OF10)
		return 0;
	if (flow->meter)
		return refuse(intent, flow, "OpenFlow 1.0 has no meters, which a limit needs", why);
	if (needs_ipv6(&flow->match))
		return refuse(intent, flow, "OpenFlow 1.0 cannot match fields of IPv6", why);
	for (unsigned i = 0; i < SDN_FIELDS_LEN; i++) {
		const struct sdn_field *field = &sdn_flow_fields[i];

		if (field->field != OF_FIELD_IPV4_SRC && field->field != OF_FIELD_IPV4_DST &&
		    field->bytes < 16 && field->bytes != 4 && is_partial(&flow->match, field))
			return refuse(intent, flow,
			              "OpenFlow 1.0 matches one port of TCP or UDP, not a range",
			              why);
	}
	for (uint32_t i = 0; i < flow->actions_len; i++)
		if (flow->actions[i].type == SDN_DEC_TTL)
			return refuse(intent, flow,
			              "OpenFlow 1.0 cannot decrement the TTL, which a router needs",
			              why);
	return 0;
}

// Narrows a path to the packets that match a flow further on. False: there are none.
static bool path_narrow(struct flat_path *path, const struct sdn_match *match)
{
	for (unsigned i = 0; i < SDN_KEY_WORDS; i++) {
		uint64_t set = path->set.mask.word[i], mask = match->mask.word[i];
		uint64_t known = path->match.mask.word[i];

		if ((path->set.value.word[i] ^ match->value.word[i]) & set & mask)
			return false;
		mask &= ~set;
		if ((path->match.value.word[i] ^ match->value.word[i]) & mask & known)
			return false;
		path->match.mask.word[i] |= mask;
		path->match.value.word[i] |= match->value.word[i] & mask;
	}
	return true;
}

static void path_action(struct flattener *f, struct flat_path *path,
                        const struct sdn_action *action)
{
	struct sdn_action *to = &f->actions[path->actions_len];
	struct sdn_match *set = &path->set;

	*to = *action;
	path->actions_len++;
	switch (action->type) {
	case SDN_PUSH_VLAN:
		if (f->version == OF10) // one action that does both
			to->type = SDN_SET_VLAN;
		SDN_MATCH_SET(set, vlan, be16((uint16_t)(OXM_VLAN_PRESENT | action->number)));
		break;
	case SDN_SET_VLAN:
		SDN_MATCH_SET(set, vlan, be16((uint16_t)(OXM_VLAN_PRESENT | action->number)));
		break;
	case SDN_POP_VLAN:
		SDN_MATCH_SET(set, vlan, be16(0));
		break;
	case SDN_SET_ETH_SRC:
		sdn_match_mac(set->value.key.eth_src, set->mask.key.eth_src, action->mac);
		break;
	case SDN_SET_ETH_DST:
		sdn_match_mac(set->value.key.eth_dst, set->mask.key.eth_dst, action->mac);
		break;
	default:
		break;
	}
}

// Takes the path through a flow. False: no packet goes there, or it cannot be done.
static bool path_through(struct flattener *f, struct flat_path *path, const struct sdn_flow *flow)
{
	if (!path_narrow(path, &flow->match))
		return false;
	if (path->actions_len + flow->actions_len > SDN_ACTIONS_MAX) {
		f->err = refuse(f->intent, flow,
		                "the switch has one table, and its flow would "
		                "have too many actions",
		                f->why);
		return false;
	}
	if (path->meter && flow->meter) {
		f->err = refuse(f->intent, flow,
		                "the switch has one table, in which a packet can "
		                "have one limit only, not a second one",
		                f->why);
		return false;
	}
	if (flow->meter)
		path->meter = flow->meter;
	for (uint32_t i = 0; i < flow->actions_len; i++)
		path_action(f, path, &flow->actions[i]);
	return true;
}

static void path_end(struct flattener *f, const struct flat_path *path, const struct sdn_flow *last)
{
	struct sdn_flow flow = {.match = path->match,
	                        .cookie = last->cookie,
	                        .priority = f->priority,
	                        .origin = last->origin,
	                        .meter = path->meter,
	                        .actions = f->actions,
	                        .actions_len = path->actions_len};

	if (f->priority == 1) {
		f->err = refuse(f->intent, last,
		                "the switch has one table, and the intents need "
		                "more than 65,000 flows in it",
		                f->why);
		return;
	}
	f->priority--;
	sdn_flow_add(f->out, &flow);
}

// As deep as there are tables.
// NOLINTNEXTLINE(misc-no-recursion)
static void flatten(struct flattener *f, const struct flat_path *before, unsigned table)
{
	for (uint32_t i = f->begin[table]; i < f->begin[table + 1] && f->err == 0; i++) {
		const struct sdn_flow *flow = &f->from->flows[i];
		struct flat_path path = *before;

		if (!path_through(f, &path, flow))
			continue;
		if (flow->next)
			flatten(f, &path, flow->next);
		else
			path_end(f, &path, flow);
	}
}

// Spreads the flows, which have priorities without gaps, so that there is room for others.
static void flat_spread(struct sdn_tables *out)
{
	uint32_t step = UINT16_MAX / (out->flows_len + 1);

	for (uint32_t i = 0; !sdn_tables_full(out) && i < out->flows_len; i++)
		out->flows[i].priority = (uint16_t)(UINT16_MAX - i * step);
}

int sdn_rules_flatten(const struct sdn_intent *intent, const struct sdn_tables *from,
                      uint8_t version, struct sdn_tables *out, struct why *why)
{
	struct flattener f = {.intent = intent,
	                      .from = from,
	                      .out = out,
	                      .why = why,
	                      .priority = UINT16_MAX,
	                      .version = version};
	static const struct flat_path whole;
	uint32_t i = 0;

	for (unsigned table = 0; table <= SDN_TABLES; table++) {
		while (i < from->flows_len && from->flows[i].table < table)
			i++;
		f.begin[table] = i;
	}
	flatten(&f, &whole, SDN_TABLE_PORT);
	flat_spread(out);
	for (uint32_t k = 0; k < from->meters_len; k++)
		sdn_flow_add_meter(out, &from->meters[k]);
	if (f.err)
		return f.err;
	if (sdn_tables_full(out))
		return why_fail(why, -ENOSPC, "not enough memory for the flows of a switch");
	sdn_flow_sort(out);
	return 0;
}

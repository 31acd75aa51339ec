// sdn_flow_write: messages that add, modify and delete flows and meters.
#include "proto/sdn/sdn_flow_internal.h"

// Appends a field if the match has bits of it and of what it depends on; marks them as written.
static void field_put(const struct sdn_field *field, const struct sdn_match *match,
                      union sdn_bits *written, struct fill *out)
{
	const uint8_t *value = (const uint8_t *)&match->value.key + field->offset;
	const uint8_t *mask = (const uint8_t *)&match->mask.key + field->offset;
	unsigned len = of_field_rows[field->field].bytes, used = 0, exact = 0;
	uint8_t bytes[16] = {0}, masks[16];

	for (unsigned i = 0; i < field->bytes; i++)
		used |= mask[i];
	if (!used || (field->eth_type && be16_get(match->value.key.eth_type) != field->eth_type) ||
	    (field->ip_proto && match->value.key.ip_proto != field->ip_proto))
		return;
	memset(masks, 0xff, sizeof(masks));
	for (unsigned i = 0; i < field->bytes; i++) {
		int to = (int)(i + len) - field->bytes;

		((uint8_t *)&written->key)[field->offset + i] = mask[i];
		if (to < 0)
			continue;
		bytes[to] = value[i];
		masks[to] = mask[i];
	}
	while (exact < len && masks[exact] == 0xff)
		exact++;
	of_match_put_bytes(out, field->field, bytes, exact == len ? NULL : masks);
}

bool sdn_flow_match(const struct sdn_match *match, struct fill *out)
{
	union sdn_bits written = {0};

	for (unsigned i = 0; i < SDN_FIELDS_LEN; i++)
		field_put(&sdn_flow_fields[i], match, &written, out);
	return !out->bad && memcmp(&written, &match->mask, sizeof(written)) == 0;
}

static enum of_fault action_put(struct fill *out, uint8_t version, const struct of_action *action)
{
	return of_action_put(out, version, action);
}

static enum of_fault set_field_put(struct fill *out, uint8_t version, enum of_field field,
                                   const void *value)
{
	struct of_action action = {.type = OF_ACTION_SET_FIELD};
	uint8_t room[16];
	struct fill bytes = fill_of(room, sizeof(room));

	of_match_put_bytes(&bytes, field, value, NULL);
	action.field = of_match_of(&bytes);
	return action_put(out, version, &action);
}

// 1.0 has one action for both: a tag is added when there is none.
static enum of_fault vlan_put(struct fill *out, uint8_t version, const struct sdn_action *from)
{
	be16_t vid = be16((uint16_t)(OXM_VLAN_PRESENT | from->number));
	struct of_action push = {.type = OF_ACTION_PUSH_VLAN, .ethertype = ETHERTYPE_VLAN};
	enum of_fault fault = from->type == SDN_PUSH_VLAN && version != OF10
	                              ? action_put(out, version, &push)
	                              : OF_FAULT_NONE;

	return fault ? fault : set_field_put(out, version, OF_FIELD_VLAN_VID, &vid);
}

static enum of_fault one_action_put(struct fill *out, uint8_t version,
                                    const struct sdn_action *from)
{
	struct of_action action = {0};

	switch (from->type) {
	case SDN_OUTPUT:
		action.type = OF_ACTION_OUTPUT;
		action.port = from->number;
		break;
	case SDN_CONTROLLER:
		action.type = OF_ACTION_OUTPUT;
		action.port = OF_PORT_CONTROLLER;
		action.max_len = (uint16_t)from->number;
		break;
	case SDN_PUSH_VLAN:
	case SDN_SET_VLAN:
		return vlan_put(out, version, from);
	case SDN_POP_VLAN:
		action.type = OF_ACTION_POP_VLAN;
		break;
	case SDN_GROUP:
		action.type = OF_ACTION_GROUP;
		action.group_id = from->number;
		break;
	case SDN_SET_ETH_SRC:
		return set_field_put(out, version, OF_FIELD_ETH_SRC, from->mac);
	case SDN_SET_ETH_DST:
		return set_field_put(out, version, OF_FIELD_ETH_DST, from->mac);
	default:
		action.type = OF_ACTION_DEC_NW_TTL;
		break;
	}
	return action_put(out, version, &action);
}

static enum of_fault actions_put(const struct sdn_flow *flow, uint8_t version, struct fill *out)
{
	struct of_action meter = {.type = OF_ACTION_METER, .meter_id = flow->meter};
	enum of_fault fault =
	        flow->meter && version == OF15 ? action_put(out, version, &meter) : OF_FAULT_NONE;

	for (uint32_t i = 0; i < flow->actions_len && fault == OF_FAULT_NONE; i++)
		fault = one_action_put(out, version, &flow->actions[i]);
	return fault;
}

// The list of instructions; empty: the flow drops.
static enum of_fault instructions_put(const struct sdn_flow *flow, uint8_t version,
                                      struct fill *actions, struct fill *out)
{
	struct of_instruction apply = {.type = OF_INSTRUCTION_APPLY_ACTIONS};
	struct of_instruction to = {.type = OF_INSTRUCTION_GOTO_TABLE, .table_id = flow->next};
	struct of_instruction meter = {.type = OF_INSTRUCTION_METER, .meter_id = flow->meter};
	enum of_fault fault = actions_put(flow, version, actions);

	apply.actions = of_list_of(OF_FAMILY_ACTION, version, actions);
	if (fault == OF_FAULT_NONE && flow->meter && version != OF15)
		fault = of_instruction_put(out, version, &meter);
	if (fault == OF_FAULT_NONE && apply.actions.len)
		fault = of_instruction_put(out, version, &apply);
	if (fault == OF_FAULT_NONE && flow->next)
		fault = of_instruction_put(out, version, &to);
	return fault;
}

enum of_fault sdn_flow_message(const struct sdn_flow *flow, uint8_t command, uint8_t version,
                               struct sdn_scratch *scratch, struct of_msg *msg)
{
	struct fill fields = fill_of(scratch->match, sizeof(scratch->match));
	struct fill actions = fill_of(scratch->actions, sizeof(scratch->actions));
	struct fill instructions = fill_of(scratch->instructions, sizeof(scratch->instructions));
	bool deletes = command == OF_FLOW_DELETE || command == OF_FLOW_DELETE_STRICT;
	enum of_fault fault = OF_FAULT_NONE;

	if (!flow->odd_match && !sdn_flow_match(&flow->match, &fields))
		return OF_FAULT_INEXPRESSIBLE;
	if (!deletes)
		fault = flow->odd || flow->odd_match
		                ? OF_FAULT_INEXPRESSIBLE
		                : instructions_put(flow, version, &actions, &instructions);
	if (fault != OF_FAULT_NONE)
		return fault;
	*msg = (struct of_msg){.version = version, .type = OF_FLOW_MOD};
	msg->flow_mod = (struct of_flow_mod){
	        .cookie = flow->cookie,
	        .cookie_mask = deletes && version != OF10 ? UINT64_MAX : 0,
	        .table_id = flow->table,
	        .command = command,
	        .priority = flow->priority,
	        .buffer_id = OF_NO_BUFFER,
	        .out_port = OF_PORT_ANY,
	        .out_group = OF_GROUP_ANY,
	        .match = flow->odd_match ? flow->raw : of_match_of(&fields),
	        .instructions = of_list_of(OF_FAMILY_INSTRUCTION, version, &instructions)};
	return OF_FAULT_NONE;
}

enum of_fault sdn_flow_message_meter(const struct sdn_meter *meter, uint8_t command,
                                     uint8_t version, struct sdn_scratch *scratch,
                                     struct of_msg *msg)
{
	struct fill bands = fill_of(scratch->actions, sizeof(scratch->actions));
	struct of_band band = {
	        .type = OF_BAND_DROP, .rate = meter->rate_kbps, .burst_size = meter->burst_kbits};
	enum of_fault fault = OF_FAULT_NONE;

	if (version == OF10)
		return OF_FAULT_INEXPRESSIBLE;
	if (command != SDN_METER_DELETE)
		fault = of_band_put(&bands, version, &band);
	if (fault != OF_FAULT_NONE)
		return fault;
	*msg = (struct of_msg){.version = version, .type = OF_METER_MOD};
	msg->meter_mod =
	        (struct of_meter_mod){.command = command,
	                              .flags = SDN_METER_FLAGS,
	                              .meter_id = meter->id,
	                              .bands = of_list_of(OF_FAMILY_BAND, version, &bands)};
	return OF_FAULT_NONE;
}

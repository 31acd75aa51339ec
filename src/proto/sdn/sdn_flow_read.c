// sdn_flow_read: flows and meters out of a switch's replies.
#include "proto/sdn/sdn_flow_internal.h"

// Where a flow's actions are read to.
struct flow_reader {
	struct sdn_tables *tables;
	struct sdn_flow *flow;
	bool pushed; // a tag whose VLAN id has to follow
};

static const struct sdn_field *field_find(unsigned field)
{
	for (unsigned i = 0; i < SDN_FIELDS_LEN; i++)
		if (sdn_flow_fields[i].field == field)
			return &sdn_flow_fields[i];
	return NULL;
}

// Into the key's member: the last bytes when it is longer; when it is shorter, what does not fit
// has to be zero, as of ARP's operation. False if it is not.
static bool field_store(const struct sdn_field *field, const struct of_oxm *oxm,
                        struct sdn_match *match)
{
	uint8_t *value = (uint8_t *)&match->value.key + field->offset;
	uint8_t *mask = (uint8_t *)&match->mask.key + field->offset;

	for (unsigned i = 0; i < field->bytes; i++) {
		int from = (int)(i + oxm->len) - field->bytes;

		mask[i] = from < 0 || !oxm->mask ? 0xff : oxm->mask[from];
		value[i] = from < 0 ? 0 : oxm->value[from] & mask[i];
	}
	for (int i = 0; i < (int)oxm->len - field->bytes; i++)
		if (oxm->value[i] || (oxm->mask && oxm->mask[i] != 0xff))
			return false;
	return true;
}

static void match_read(struct sdn_flow *flow, const struct of_match *match)
{
	struct of_match_walk walk = of_match_walk_of(match);
	struct of_oxm oxm;

	flow->raw = *match;
	while (of_match_walk_next(&walk, &oxm)) {
		const struct sdn_field *field =
		        oxm.class == OXM_CLASS_BASIC ? field_find(oxm.field) : NULL;

		if (!field || !field_store(field, &oxm, &flow->match))
			flow->odd_match = true;
	}
}

static void action_add(struct flow_reader *r, struct sdn_action action)
{
	struct sdn_tables *tables = r->tables;

	if (tables->actions_len++ < tables->actions_max)
		tables->actions[tables->actions_len - 1] = action;
	r->flow->actions_len++;
}

static void mac_add(struct flow_reader *r, enum sdn_action_type type, const uint8_t mac[6])
{
	struct sdn_action action = {.type = (uint8_t)type};

	memcpy(action.mac, mac, sizeof(action.mac));
	action_add(r, action);
}

static void vlan_add(struct flow_reader *r, unsigned vid)
{
	action_add(r, (struct sdn_action){.type = r->pushed ? SDN_PUSH_VLAN : SDN_SET_VLAN,
	                                  .number = vid & SDN_VID_MASK});
	r->pushed = false;
}

static void set_field_read(struct flow_reader *r, const struct of_match *field)
{
	struct of_match_walk walk = of_match_walk_of(field);
	struct of_oxm oxm = {0};
	bool plain = of_match_walk_next(&walk, &oxm) && oxm.class == OXM_CLASS_BASIC && !oxm.mask;

	if (plain && oxm.field == OF_FIELD_VLAN_VID)
		vlan_add(r, (unsigned)of_match_number(&oxm));
	else if (plain && oxm.field == OF_FIELD_ETH_SRC)
		mac_add(r, SDN_SET_ETH_SRC, oxm.value);
	else if (plain && oxm.field == OF_FIELD_ETH_DST)
		mac_add(r, SDN_SET_ETH_DST, oxm.value);
	else
		r->flow->odd = true;
}

static void output_read(struct flow_reader *r, const struct of_action *action)
{
	if (action->port == OF_PORT_CONTROLLER)
		action_add(r,
		           (struct sdn_action){.type = SDN_CONTROLLER, .number = action->max_len});
	else
		action_add(r, (struct sdn_action){.type = SDN_OUTPUT, .number = action->port});
}

static void action_read(struct flow_reader *r, const struct of_action *action)
{
	// A tag that was pushed without an id is none of ours.
	if (r->pushed && action->type != OF_ACTION_SET_FIELD)
		r->flow->odd = true;
	switch (action->type) {
	case OF_ACTION_OUTPUT:
		output_read(r, action);
		break;
	case OF_ACTION_PUSH_VLAN:
		r->pushed = true;
		r->flow->odd |= action->ethertype != ETHERTYPE_VLAN;
		break;
	case OF_ACTION_SET_FIELD:
		set_field_read(r, &action->field);
		break;
	case OF_ACTION_SET_VLAN_VID:
		vlan_add(r, action->vlan_vid);
		break;
	case OF_ACTION_POP_VLAN:
	case OF_ACTION_STRIP_VLAN:
		action_add(r, (struct sdn_action){.type = SDN_POP_VLAN});
		break;
	case OF_ACTION_SET_DL_SRC:
		mac_add(r, SDN_SET_ETH_SRC, action->dl_addr);
		break;
	case OF_ACTION_SET_DL_DST:
		mac_add(r, SDN_SET_ETH_DST, action->dl_addr);
		break;
	case OF_ACTION_DEC_NW_TTL:
		action_add(r, (struct sdn_action){.type = SDN_DEC_TTL});
		break;
	case OF_ACTION_GROUP:
		action_add(r, (struct sdn_action){.type = SDN_GROUP, .number = action->group_id});
		break;
	case OF_ACTION_METER: // 1.5; elsewhere an instruction
		r->flow->odd |= r->flow->meter != 0 || r->flow->actions_len != 0;
		r->flow->meter = action->meter_id;
		break;
	default:
		r->flow->odd = true;
	}
}

static void actions_read(struct flow_reader *r, struct of_list actions)
{
	struct of_action action;

	while (of_action_next(&actions, &action))
		action_read(r, &action);
	r->flow->odd |= r->pushed;
}

void sdn_flow_read(struct sdn_tables *tables, const struct of_flow_stats *stats)
{
	struct sdn_flow flow = {.cookie = stats->cookie,
	                        .priority = stats->priority,
	                        .table = stats->table_id,
	                        .odd = stats->idle_timeout_s || stats->hard_timeout_s};
	struct flow_reader r = {tables, &flow, false};
	struct of_list list = stats->instructions;
	uint32_t at = tables->actions_len;
	struct of_instruction instruction;

	match_read(&flow, &stats->match);
	while (of_instruction_next(&list, &instruction)) {
		if (instruction.type == OF_INSTRUCTION_APPLY_ACTIONS)
			actions_read(&r, instruction.actions);
		else if (instruction.type == OF_INSTRUCTION_GOTO_TABLE)
			flow.next = instruction.table_id;
		else if (instruction.type == OF_INSTRUCTION_METER)
			flow.meter = instruction.meter_id;
		else
			flow.odd = true;
	}
	flow.actions = tables->actions ? tables->actions + at : NULL;
	if (tables->flows_len++ < tables->flows_max)
		tables->flows[tables->flows_len - 1] = flow;
}

void sdn_flow_read_meter(struct sdn_tables *tables, const struct of_meter_config *config)
{
	struct sdn_meter meter = {.id = config->meter_id};
	struct of_list bands = config->bands;
	struct of_band band;

	// Of another kind than intents have: rates of 0, which none of them has.
	if ((config->flags & SDN_METER_FLAGS) == SDN_METER_FLAGS && of_band_next(&bands, &band) &&
	    band.type == OF_BAND_DROP && bands.len == 0) {
		meter.rate_kbps = band.rate;
		meter.burst_kbits = band.burst_size;
	}
	sdn_flow_add_meter(tables, &meter);
}

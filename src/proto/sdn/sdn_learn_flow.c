// sdn_learn_flow: see the header.
#include "proto/sdn/sdn_learn_flow.h"

#define COOKIE_PAIR 1
#define COOKIE_MISS 2

static uint64_t cookie_of(const struct sdn_learn_flow_conf *conf, uint32_t kind)
{
	return (uint64_t)conf->owner << 32 | kind;
}

// What cannot fail: the scratch has room, and each version has these actions.
static void must(enum of_fault fault)
{
	if (fault != OF_FAULT_NONE)
		assert(!"a message of sdn_learn_flow is not expressible");
}

// An output as the only action.
static struct of_list output(struct sdn_learn_flow_scratch *scratch, enum of_version version,
                             uint32_t port)
{
	struct fill actions = fill_of(scratch->actions, sizeof(scratch->actions));

	must(of_action_put(
	        &actions, version,
	        &(struct of_action){.type = OF_ACTION_OUTPUT,
	                            .port = port,
	                            .max_len = port == OF_PORT_CONTROLLER ? OF_MAX_LEN_WHOLE : 0}));
	return of_list_of(OF_FAMILY_ACTION, version, &actions);
}

static struct of_list apply(struct sdn_learn_flow_scratch *scratch, enum of_version version,
                            uint32_t port)
{
	struct fill out = fill_of(scratch->instructions, sizeof(scratch->instructions));

	must(of_instruction_put(
	        &out, version,
	        &(struct of_instruction){.type = OF_INSTRUCTION_APPLY_ACTIONS,
	                                 .actions = output(scratch, version, port)}));
	return of_list_of(OF_FAMILY_INSTRUCTION, version, &out);
}

void sdn_learn_flow_add(struct of_msg *msg, struct sdn_learn_flow_scratch *scratch,
                        enum of_version version, const struct sdn_learn_flow_conf *conf,
                        const struct sdn_learn_flow *flow, uint32_t buffer_id)
{
	struct fill match = fill_of(scratch->match, sizeof(scratch->match));

	of_match_put_number(&match, OF_FIELD_IN_PORT, flow->in_port);
	of_match_put_bytes(&match, OF_FIELD_ETH_DST, flow->dst, NULL);
	of_match_put_bytes(&match, OF_FIELD_ETH_SRC, flow->src, NULL);
	of_match_put_number(&match, OF_FIELD_VLAN_VID, flow->vlan_match);
	*msg = (struct of_msg){.version = (uint8_t)version, .type = OF_FLOW_MOD};
	msg->flow_mod = (struct of_flow_mod){.cookie = cookie_of(conf, COOKIE_PAIR),
	                                     .command = OF_FLOW_ADD,
	                                     .idle_timeout_s = conf->idle_s,
	                                     .hard_timeout_s = conf->hard_s,
	                                     .priority = SDN_LEARN_FLOW_PRIORITY,
	                                     .buffer_id = buffer_id,
	                                     .out_port = OF_PORT_ANY,
	                                     .out_group = OF_GROUP_ANY,
	                                     .match = of_match_of(&match)};
	msg->flow_mod.instructions = apply(scratch, version, flow->out_port);
}

void sdn_learn_flow_miss(struct of_msg *msg, struct sdn_learn_flow_scratch *scratch,
                         enum of_version version, const struct sdn_learn_flow_conf *conf)
{
	*msg = (struct of_msg){.version = (uint8_t)version, .type = OF_FLOW_MOD};
	msg->flow_mod = (struct of_flow_mod){.cookie = cookie_of(conf, COOKIE_MISS),
	                                     .command = OF_FLOW_ADD,
	                                     .buffer_id = OF_NO_BUFFER,
	                                     .out_port = OF_PORT_ANY,
	                                     .out_group = OF_GROUP_ANY};
	msg->flow_mod.instructions = apply(scratch, version, OF_PORT_CONTROLLER);
}

void sdn_learn_flow_packet(struct of_msg *msg, struct sdn_learn_flow_scratch *scratch,
                           enum of_version version, uint32_t in_port, uint32_t out_port,
                           uint32_t buffer_id, struct of_bytes frame)
{
	*msg = (struct of_msg){.version = (uint8_t)version, .type = OF_PACKET_OUT};
	msg->packet_out = (struct of_packet_out){.buffer_id = buffer_id, .in_port = in_port};
	msg->packet_out.actions = output(scratch, version, out_port);
	if (buffer_id == OF_NO_BUFFER)
		msg->packet_out.data = frame;
}

static struct of_match filter_match(struct sdn_learn_flow_scratch *scratch,
                                    const struct sdn_learn_flow_filter *filter)
{
	struct fill match = fill_of(scratch->match, sizeof(scratch->match));

	if (filter->dst)
		of_match_put_bytes(&match, OF_FIELD_ETH_DST, filter->dst, NULL);
	return of_match_of(&match);
}

void sdn_learn_flow_delete(struct of_msg *msg, struct sdn_learn_flow_scratch *scratch,
                           enum of_version version, const struct sdn_learn_flow_conf *conf,
                           const struct sdn_learn_flow_filter *filter)
{
	assert(version != OF10);
	*msg = (struct of_msg){.version = (uint8_t)version, .type = OF_FLOW_MOD};
	msg->flow_mod = (struct of_flow_mod){.cookie = cookie_of(conf, COOKIE_PAIR),
	                                     .cookie_mask = UINT64_MAX,
	                                     .table_id = OF_TABLE_ALL,
	                                     .command = OF_FLOW_DELETE,
	                                     .buffer_id = OF_NO_BUFFER,
	                                     .out_port = filter->out_port,
	                                     .out_group = OF_GROUP_ANY,
	                                     .match = filter_match(scratch, filter)};
}

void sdn_learn_flow_ask(struct of_msg *msg, struct sdn_learn_flow_scratch *scratch,
                        enum of_version version, const struct sdn_learn_flow_conf *conf,
                        const struct sdn_learn_flow_filter *filter)
{
	struct fill body = fill_of(scratch->request, sizeof(scratch->request));
	struct of_flow_request request = {.table_id = OF_TABLE_ALL,
	                                  .out_port = filter->out_port,
	                                  .out_group = OF_GROUP_ANY,
	                                  .cookie = cookie_of(conf, 0),
	                                  .cookie_mask = SDN_LEARN_FLOW_COOKIE_MASK,
	                                  .match = filter_match(scratch, filter)};

	must(of_flow_request_put(&body, version, &request));
	*msg = (struct of_msg){.version = (uint8_t)version, .type = OF_MULTIPART_REQUEST};
	msg->multipart =
	        (struct of_multipart){.type = OF_MULTIPART_FLOW,
	                              .body = of_list_of(OF_FAMILY_FLOW_REQUEST, version, &body)};
}

void sdn_learn_flow_delete_exact(struct of_msg *msg, const struct of_flow_stats *flow)
{
	*msg = (struct of_msg){.type = OF_FLOW_MOD};
	msg->flow_mod = (struct of_flow_mod){.cookie = flow->cookie,
	                                     .cookie_mask = UINT64_MAX,
	                                     .table_id = flow->table_id,
	                                     .command = OF_FLOW_DELETE_STRICT,
	                                     .priority = flow->priority,
	                                     .buffer_id = OF_NO_BUFFER,
	                                     .out_port = OF_PORT_ANY,
	                                     .out_group = OF_GROUP_ANY,
	                                     .match = flow->match};
}

// The port of the only action, an output; false: there is something else.
static bool output_read(const struct of_flow_stats *stats, struct of_action *action)
{
	struct of_list instructions = stats->instructions, actions;
	struct of_instruction instruction;
	struct of_action other;

	if (!of_instruction_next(&instructions, &instruction) ||
	    instruction.type != OF_INSTRUCTION_APPLY_ACTIONS)
		return false;
	actions = instruction.actions;
	return of_action_next(&actions, action) && action->type == OF_ACTION_OUTPUT &&
	       !of_action_next(&actions, &other) &&
	       !of_instruction_next(&instructions, &instruction);
}

// One field of a pair's match; 0: none of them.
static unsigned field_read(const struct of_oxm *oxm, struct sdn_learn_flow *flow)
{
	if (oxm->class != OXM_CLASS_BASIC || oxm->mask)
		return 0;
	switch (oxm->field) {
	case OF_FIELD_IN_PORT:
		flow->in_port = (uint32_t)of_match_number(oxm);
		return 1;
	case OF_FIELD_VLAN_VID:
		flow->vlan_match = (uint16_t)of_match_number(oxm);
		return 2;
	case OF_FIELD_ETH_SRC:
		memcpy(flow->src, oxm->value, sizeof(flow->src));
		return 4;
	case OF_FIELD_ETH_DST:
		memcpy(flow->dst, oxm->value, sizeof(flow->dst));
		return 8;
	default:
		return 0;
	}
}

// Whether the match is that of a pair: its four fields and no other.
static bool match_read(const struct of_match *match, struct sdn_learn_flow *flow)
{
	struct of_match_walk walk = of_match_walk_of(match);
	unsigned fields = 0, field;
	struct of_oxm oxm;

	while (of_match_walk_next(&walk, &oxm)) {
		field = field_read(&oxm, flow);
		if (field == 0)
			return false;
		fields |= field;
	}
	return fields == 15;
}

static bool matches_all(const struct of_match *match)
{
	struct of_match_walk walk = of_match_walk_of(match);
	struct of_oxm oxm;

	return !of_match_walk_next(&walk, &oxm);
}

enum sdn_learn_flow_kind sdn_learn_flow_read(const struct of_flow_stats *stats,
                                             const struct sdn_learn_flow_conf *conf,
                                             struct sdn_learn_flow *flow)
{
	struct of_action action;

	if (stats->cookie >> 32 != conf->owner)
		return SDN_LEARN_FLOW_FOREIGN;
	if (stats->table_id != 0 || !output_read(stats, &action))
		return SDN_LEARN_FLOW_STRANGE;
	if (stats->priority == 0 && matches_all(&stats->match))
		return action.port == OF_PORT_CONTROLLER && action.max_len == OF_MAX_LEN_WHOLE
		               ? SDN_LEARN_FLOW_MISS
		               : SDN_LEARN_FLOW_STRANGE;
	flow->out_port = action.port;
	return stats->priority == SDN_LEARN_FLOW_PRIORITY && match_read(&stats->match, flow)
	               ? SDN_LEARN_FLOW_PAIR
	               : SDN_LEARN_FLOW_STRANGE;
}

// of_table_action: actions, instructions, buckets, meter bands and properties (OpenFlow 1.5.1
// sections 7.2.5, 7.2.6, 7.3.4.3, 7.3.4.5).
#include "proto/openflow/of_table.h"

#include "proto/openflow/of_match.h"
#include "proto/openflow/of_rows.h"

#define HOST struct of_action

static const struct of_row output10[] = {TYPE, LEN, PORT16(port), U16(max_len, NONZERO), END};
static const struct of_row output[] = {TYPE, LEN, PORT32(port), U16(max_len, NONZERO), PAD(6), END};
static const struct of_row set_vlan_vid[] = {TYPE, LEN, U16(vlan_vid), PAD(2), END};
static const struct of_row set_vlan_pcp[] = {TYPE, LEN, U8(vlan_pcp), PAD(3), END};
static const struct of_row set_dl_addr[] = {TYPE, LEN, MAC(dl_addr), PAD(6), END};
static const struct of_row set_nw_addr[] = {TYPE, LEN, IPV4(nw_addr), END};
static const struct of_row set_nw_tos[] = {TYPE, LEN, U8(nw_tos), PAD(3), END};
static const struct of_row set_tp_port[] = {TYPE, LEN, U16(tp_port), PAD(2), END};
static const struct of_row enqueue[] = {TYPE, LEN, PORT16(port), PAD(6), U32(queue_id), END};
static const struct of_row bare[] = {TYPE, LEN, PAD(4), END};
static const struct of_row set_ttl[] = {TYPE, LEN, U8(ttl), PAD(3), END};
static const struct of_row push[] = {TYPE, LEN, U16(ethertype, HEX), PAD(2), END};
static const struct of_row set_queue[] = {TYPE, LEN, U32(queue_id), END};
static const struct of_row group[] = {TYPE, LEN, GROUP(group_id), END};
static const struct of_row set_field[] = {TYPE, LEN, FIELD(field), ALIGN, END};
static const struct of_row copy_field[] = {
        TYPE, LEN, U16(n_bits), U16(src_offset), U16(dst_offset), PAD(2), REST(ids), END};
static const struct of_row meter[] = {TYPE, LEN, U32(meter_id), END};
static const struct of_row experimenter[] = {TYPE, LEN, U32(experimenter, HEX), REST(data), END};

#define ALL(rows)                                                                                  \
	{                                                                                          \
		NULL, rows, rows, rows                                                             \
	}
#define ONLY10(rows)                                                                               \
	{                                                                                          \
		rows, NULL, NULL, NULL                                                             \
	}
#define ONLY15(rows)                                                                               \
	{                                                                                          \
		NULL, NULL, NULL, rows                                                             \
	}

static const struct of_layout actions[] = {
        {"output", OF_ACTION_OUTPUT, 0, {output10, output, output, output}},
        {"set_field", OF_ACTION_SET_FIELD, 25, ALL(set_field)},
        {"group", OF_ACTION_GROUP, 22, ALL(group)},
        {"push_vlan", OF_ACTION_PUSH_VLAN, 17, ALL(push)},
        {"pop_vlan", OF_ACTION_POP_VLAN, 18, ALL(bare)},
        {"set_vlan_vid", OF_ACTION_SET_VLAN_VID, 1, ONLY10(set_vlan_vid)},
        {"set_vlan_pcp", OF_ACTION_SET_VLAN_PCP, 2, ONLY10(set_vlan_pcp)},
        {"strip_vlan", OF_ACTION_STRIP_VLAN, 3, ONLY10(bare)},
        {"set_dl_src", OF_ACTION_SET_DL_SRC, 4, ONLY10(set_dl_addr)},
        {"set_dl_dst", OF_ACTION_SET_DL_DST, 5, ONLY10(set_dl_addr)},
        {"set_nw_src", OF_ACTION_SET_NW_SRC, 6, ONLY10(set_nw_addr)},
        {"set_nw_dst", OF_ACTION_SET_NW_DST, 7, ONLY10(set_nw_addr)},
        {"set_nw_tos", OF_ACTION_SET_NW_TOS, 8, ONLY10(set_nw_tos)},
        {"set_tp_src", OF_ACTION_SET_TP_SRC, 9, ONLY10(set_tp_port)},
        {"set_tp_dst", OF_ACTION_SET_TP_DST, 10, ONLY10(set_tp_port)},
        {"enqueue", OF_ACTION_ENQUEUE, 11, ONLY10(enqueue)},
        {"copy_ttl_out", OF_ACTION_COPY_TTL_OUT, 11, ALL(bare)},
        {"copy_ttl_in", OF_ACTION_COPY_TTL_IN, 12, ALL(bare)},
        {"set_mpls_ttl", OF_ACTION_SET_MPLS_TTL, 15, ALL(set_ttl)},
        {"dec_mpls_ttl", OF_ACTION_DEC_MPLS_TTL, 16, ALL(bare)},
        {"push_mpls", OF_ACTION_PUSH_MPLS, 19, ALL(push)},
        {"pop_mpls", OF_ACTION_POP_MPLS, 20, ALL(push)},
        {"set_queue", OF_ACTION_SET_QUEUE, 21, ALL(set_queue)},
        {"set_nw_ttl", OF_ACTION_SET_NW_TTL, 23, ALL(set_ttl)},
        {"dec_nw_ttl", OF_ACTION_DEC_NW_TTL, 24, ALL(bare)},
        {"push_pbb", OF_ACTION_PUSH_PBB, 26, ALL(push)},
        {"pop_pbb", OF_ACTION_POP_PBB, 27, ALL(bare)},
        {"copy_field", OF_ACTION_COPY_FIELD, 28, ONLY15(copy_field)},
        {"meter", OF_ACTION_METER, 29, ONLY15(meter)},
        {"experimenter",
         OF_EXPERIMENTER,
         0xffff,
         {experimenter, experimenter, experimenter, experimenter}},
};

// The action of 1.0 that sets what a set_field does; NULL if there is none.
static const void *set_field10(const struct of_oxm *oxm, struct of_action *to)
{
	static const uint8_t types[OF_FIELDS] = {
	        [OF_FIELD_ETH_SRC] = OF_ACTION_SET_DL_SRC,
	        [OF_FIELD_ETH_DST] = OF_ACTION_SET_DL_DST,
	        [OF_FIELD_VLAN_VID] = OF_ACTION_SET_VLAN_VID,
	        [OF_FIELD_VLAN_PCP] = OF_ACTION_SET_VLAN_PCP,
	        [OF_FIELD_IP_DSCP] = OF_ACTION_SET_NW_TOS,
	        [OF_FIELD_IPV4_SRC] = OF_ACTION_SET_NW_SRC,
	        [OF_FIELD_IPV4_DST] = OF_ACTION_SET_NW_DST,
	        [OF_FIELD_TCP_SRC] = OF_ACTION_SET_TP_SRC,
	        [OF_FIELD_UDP_SRC] = OF_ACTION_SET_TP_SRC,
	        [OF_FIELD_TCP_DST] = OF_ACTION_SET_TP_DST,
	        [OF_FIELD_UDP_DST] = OF_ACTION_SET_TP_DST,
	};
	uint16_t number;

	if (oxm->class != OXM_CLASS_BASIC || oxm->mask || oxm->field >= OF_FIELDS ||
	    !types[oxm->field])
		return NULL;
	*to = (struct of_action){.type = types[oxm->field]};
	number = oxm->len <= 2 ? (uint16_t)of_match_number(oxm) : 0;
	to->vlan_vid = number & 0xfff;
	to->vlan_pcp = (uint8_t)number;
	to->nw_tos = (uint8_t)(number << 2);
	to->tp_port = number;
	if (oxm->len == sizeof(to->dl_addr))
		memcpy(to->dl_addr, oxm->value, sizeof(to->dl_addr));
	if (oxm->len == sizeof(to->nw_addr))
		memcpy(to->nw_addr, oxm->value, sizeof(to->nw_addr));
	return to;
}

// An action as 1.0 has it. Setting a VLAN there also adds the tag, so a push has no counterpart.
static const void *action_adapt(int v, const void *item, void *scratch)
{
	const struct of_action *action = item;
	struct of_match_walk walk = of_match_walk_of(&action->field);
	struct of_action *to = scratch;
	struct of_oxm oxm;

	if (v != 0)
		return NULL;
	if (action->type == OF_ACTION_SET_FIELD && of_match_walk_next(&walk, &oxm))
		return set_field10(&oxm, to);
	if (action->type != OF_ACTION_POP_VLAN)
		return NULL;
	*to = (struct of_action){.type = OF_ACTION_STRIP_VLAN};
	return to;
}

const struct of_family_table of_table_action = {
        .name = "actions",
        .layouts = actions,
        .len = ARRAY_LEN(actions),
        .host_size = sizeof(HOST),
        .typed = true,
        .multiple8 = true,
        .adapt = action_adapt,
};
#undef HOST

#define HOST struct of_instruction

static const struct of_row goto_table[] = {TYPE, LEN, U8(table_id), PAD(3), END};
static const struct of_row write_metadata[] = {
        TYPE, LEN, PAD(4), U64(metadata, HEX), U64(metadata_mask, HEX), END};
static const struct of_row with_actions[] = {TYPE, LEN, PAD(4), LIST(actions, ACTION), END};
static const struct of_row only_actions[] = {LIST(actions, ACTION), END};
static const struct of_row clear_actions[] = {TYPE, LEN, PAD(4), END};
static const struct of_row with_meter[] = {TYPE, LEN, U32(meter_id), END};
static const struct of_row stat_trigger[] = {
        TYPE, LEN, U32(trigger_flags, BITS("PERIODIC ONLY_FIRST")), STATS(thresholds), END};
static const struct of_row other_instruction[] = {TYPE, LEN, U32(experimenter, HEX), REST(data),
                                                  END};

static const struct of_layout instructions[] = {
        {"apply_actions",
         OF_INSTRUCTION_APPLY_ACTIONS,
         4,
         {only_actions, with_actions, with_actions, with_actions}},
        {"goto_table", OF_INSTRUCTION_GOTO_TABLE, 1, ALL(goto_table)},
        {"write_metadata", OF_INSTRUCTION_WRITE_METADATA, 2, ALL(write_metadata)},
        {"write_actions", OF_INSTRUCTION_WRITE_ACTIONS, 3, ALL(with_actions)},
        {"clear_actions", OF_INSTRUCTION_CLEAR_ACTIONS, 5, ALL(clear_actions)},
        {"meter", OF_INSTRUCTION_METER, 6, {NULL, with_meter, with_meter, NULL}},
        {"stat_trigger", OF_INSTRUCTION_STAT_TRIGGER, 7, ONLY15(stat_trigger)},
        {"experimenter", OF_EXPERIMENTER, 0xffff, ALL(other_instruction)},
};

const struct of_family_table of_table_instruction = {
        .name = "instructions",
        .layouts = instructions,
        .len = ARRAY_LEN(instructions),
        .host_size = sizeof(HOST),
        .typed = true,
        .plain10 = true,
        .multiple8 = true,
};
#undef HOST

#define HOST struct of_bucket

static const struct of_row weight[] = {U16(weight), PAD(2), END};
static const struct of_row watch_port[] = {PORT32(watch_port), END};
static const struct of_row watch_group[] = {GROUP(watch_group), END};
static const struct of_hoist bucket_properties[] = {
        {0, false, weight}, {1, true, watch_port}, {2, true, watch_group}, {0}};
static const struct of_row bucket13[] = {
        LEN, U16(weight), PORT32(watch_port), GROUP(watch_group), PAD(4), LIST(actions, ACTION),
        END};
static const struct of_row bucket15[] = {LEN,
                                         LIST_LEN,
                                         U32(bucket_id),
                                         LIST(actions, ACTION),
                                         PROPERTIES(properties, bucket_properties),
                                         END};
static const struct of_layout buckets[] = {{"bucket", 0, 0, {NULL, bucket13, bucket13, bucket15}}};

const struct of_family_table of_table_bucket = {
        .name = "buckets", .layouts = buckets, .len = 1, .host_size = sizeof(HOST)};
#undef HOST

#define HOST struct of_band

static const struct of_row drop[] = {TYPE, LEN, U32(rate), U32(burst_size), PAD(4), END};
static const struct of_row dscp_remark[] = {TYPE,           LEN,    U32(rate), U32(burst_size),
                                            U8(prec_level), PAD(3), END};
static const struct of_row other_band[] = {
        TYPE, LEN, U32(rate), U32(burst_size), U32(experimenter, HEX), REST(data), END};

static const struct of_layout bands[] = {
        {"drop", OF_BAND_DROP, 1, ALL(drop)},
        {"dscp_remark", OF_BAND_DSCP_REMARK, 2, ALL(dscp_remark)},
        {"experimenter", OF_EXPERIMENTER, 0xffff, ALL(other_band)},
};

const struct of_family_table of_table_band = {.name = "bands",
                                              .layouts = bands,
                                              .len = ARRAY_LEN(bands),
                                              .host_size = sizeof(HOST),
                                              .typed = true};
#undef HOST

#define HOST struct of_property

static const struct of_row property[] = {U16(type), LEN, REST(data), END};
static const struct of_layout properties[] = {
        {"property", 0, 0, {property, property, property, property}}};

const struct of_family_table of_table_property = {.name = "properties",
                                                  .layouts = properties,
                                                  .len = 1,
                                                  .host_size = sizeof(HOST),
                                                  .padded = true};
#undef HOST

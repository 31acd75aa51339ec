// of_table_multipart: the other bodies of multiparts: descriptions, flows, groups, meters, monitors
// (OpenFlow 1.5.1 section 7.3.5), and which body belongs to which type.
#include "proto/openflow/of_table.h"

#include "proto/openflow/of_rows.h"

#define ALL(rows)                                                                                  \
	{                                                                                          \
		rows, rows, rows, rows                                                             \
	}
#define FROM13(rows)                                                                               \
	{                                                                                          \
		NULL, rows, rows, rows                                                             \
	}
#define ONLY15(rows)                                                                               \
	{                                                                                          \
		NULL, NULL, NULL, rows                                                             \
	}
#define FAMILY(name_, text, rows_)                                                                 \
	static const struct of_layout name_##_layouts[] = {{text, 0, 0, rows_}};                   \
	const struct of_family_table of_table_##name_ = {                                          \
	        .name = #name_, .layouts = name_##_layouts, .len = 1, .host_size = sizeof(HOST)};

#define STATS_ALL (OF_STATS_DURATION | OF_STATS_PACKETS | OF_STATS_BYTES)

#define HOST struct of_counter
static const struct of_row counter[] = {U64(packets), U64(bytes), END};
#define ROWS FROM13(counter)
FAMILY(counter, "counter", ROWS)
#undef ROWS
#undef HOST

#define HOST struct of_desc
static const struct of_row desc[] = {TEXT(mfr, 256),   TEXT(hw, 256), TEXT(sw, 256),
                                     TEXT(serial, 32), TEXT(dp, 256), END};
#define ROWS ALL(desc)
FAMILY(desc, "desc", ROWS)
#undef ROWS
#undef HOST

#define HOST struct of_flow_request
static const struct of_row flow_request10[] = {MATCH(match),     U8(table_id, ANY),   PAD(1),
                                               PORT16(out_port), NONE(out_group, -1), END};
static const struct of_row flow_request13[] = {
        U8(table_id, ANY),     PAD(3),       PORT32(out_port),
        GROUP(out_group),      PAD(4),       U64(cookie, HEX),
        U64(cookie_mask, HEX), MATCH(match), END};
#define ROWS                                                                                       \
	{                                                                                          \
		flow_request10, flow_request13, flow_request13, flow_request13                     \
	}
FAMILY(flow_request, "flow", ROWS)
#undef ROWS
#undef HOST

#define HOST     struct of_flow_stats
#define DURATION U32(stats.duration_s), U32(stats.duration_ns)
#define TIMEOUTS U16(idle_timeout_s), U16(hard_timeout_s)
#define COUNTS   U64(stats.packets), U64(stats.bytes), NONE(stats.present, STATS_ALL)
static const struct of_row flow_stats10[] = {LEN,
                                             U8(table_id),
                                             PAD(1),
                                             MATCH(match),
                                             DURATION,
                                             U16(priority),
                                             TIMEOUTS,
                                             PAD(6),
                                             U64(cookie, HEX),
                                             COUNTS,
                                             LIST(instructions, INSTRUCTION),
                                             END};
static const struct of_row flow_stats13[] = {LEN,
                                             U8(table_id),
                                             PAD(1),
                                             DURATION,
                                             U16(priority),
                                             TIMEOUTS,
                                             U16(flags, BITS(OF_WORDS_FLOW_FLAGS)),
                                             PAD(4),
                                             U64(cookie, HEX),
                                             COUNTS,
                                             MATCH(match),
                                             LIST(instructions, INSTRUCTION),
                                             END};
static const struct of_row flow_stats14[] = {LEN,
                                             U8(table_id),
                                             PAD(1),
                                             DURATION,
                                             U16(priority),
                                             TIMEOUTS,
                                             U16(flags, BITS(OF_WORDS_FLOW_FLAGS)),
                                             U16(importance),
                                             PAD(2),
                                             U64(cookie, HEX),
                                             COUNTS,
                                             MATCH(match),
                                             LIST(instructions, INSTRUCTION),
                                             END};
static const struct of_row flow_stats15[] = {LEN,
                                             PAD(2),
                                             U8(table_id),
                                             PAD(1),
                                             U16(priority),
                                             TIMEOUTS,
                                             U16(flags, BITS(OF_WORDS_FLOW_FLAGS)),
                                             U16(importance),
                                             U64(cookie, HEX),
                                             MATCH(match),
                                             STATS(stats),
                                             LIST(instructions, INSTRUCTION),
                                             END};
#define ROWS                                                                                       \
	{                                                                                          \
		flow_stats10, flow_stats13, flow_stats14, flow_stats15                             \
	}
FAMILY(flow_stats, "flow", ROWS)
#undef ROWS
#undef HOST

#define HOST struct of_flow_light
static const struct of_row flow_light[] = {
        LEN,           PAD(2),       U8(table_id), U8(reason, NAMES("STATS_REQUEST STAT_TRIGGER")),
        U16(priority), MATCH(match), STATS(stats), END};
#define ROWS ONLY15(flow_light)
FAMILY(flow_light, "flow", ROWS)
#undef ROWS
#undef HOST

#define HOST struct of_aggregate
static const struct of_row aggregate10[] = {
        U64(stats.packets),
        U64(stats.bytes),
        U32(stats.flows),
        PAD(4),
        NONE(stats.present, OF_STATS_PACKETS | OF_STATS_BYTES | OF_STATS_FLOWS),
        END};
static const struct of_row aggregate15[] = {STATS(stats), END};
#define ROWS                                                                                       \
	{                                                                                          \
		aggregate10, aggregate10, aggregate10, aggregate15                                 \
	}
FAMILY(aggregate, "aggregate", ROWS)
#undef ROWS
#undef HOST

#define HOST struct of_group_request
static const struct of_row group_request[] = {GROUP(group_id), PAD(4), END};
#define ROWS FROM13(group_request)
FAMILY(group_request, "group", ROWS)
#undef ROWS
#undef HOST

#define HOST struct of_group_stats
static const struct of_row group_stats[] = {
        LEN,        PAD(2),          U32(group_id),    U32(ref_count),         PAD(4), U64(packets),
        U64(bytes), U32(duration_s), U32(duration_ns), LIST(buckets, COUNTER), END};
#define ROWS FROM13(group_stats)
FAMILY(group_stats, "group", ROWS)
#undef ROWS
#undef HOST

#define HOST       struct of_group_desc
#define GROUP_TYPE U8(type, NAMES("ALL SELECT INDIRECT FF"))
static const struct of_row group_desc13[] = {
        LEN, GROUP_TYPE, PAD(1), U32(group_id), LIST(buckets, BUCKET), END};
static const struct of_row group_desc15[] = {LEN,
                                             GROUP_TYPE,
                                             PAD(1),
                                             U32(group_id),
                                             LIST_LEN,
                                             PAD(6),
                                             LIST(buckets, BUCKET),
                                             PROPERTIES(properties, NULL),
                                             END};
#define ROWS                                                                                       \
	{                                                                                          \
		NULL, group_desc13, group_desc13, group_desc15                                     \
	}
FAMILY(group_desc, "group", ROWS)
#undef ROWS
#undef HOST

#define HOST struct of_group_features
static const struct of_row group_features[] = {
        U32(types, BITS("ALL SELECT INDIRECT FF")),
        U32(capabilities, BITS("SELECT_WEIGHT SELECT_LIVENESS CHAINING CHAINING_CHECKS")),
        U32(max_groups[0]),
        U32(max_groups[1]),
        U32(max_groups[2]),
        U32(max_groups[3]),
        U32(actions[0], HEX),
        U32(actions[1], HEX),
        U32(actions[2], HEX),
        U32(actions[3], HEX),
        END};
#define ROWS FROM13(group_features)
FAMILY(group_features, "group_features", ROWS)
#undef ROWS
#undef HOST

#define HOST struct of_meter_request
static const struct of_row meter_request[] = {U32(meter_id, ANY), PAD(4), END};
#define ROWS FROM13(meter_request)
FAMILY(meter_request, "meter", ROWS)
#undef ROWS
#undef HOST

#define HOST struct of_meter_stats
static const struct of_row meter_stats[] = {
        U32(meter_id),        LEN,        PAD(6),          U32(flows),
        U64(packets),         U64(bytes), U32(duration_s), U32(duration_ns),
        LIST(bands, COUNTER), END};
#define ROWS FROM13(meter_stats)
FAMILY(meter_stats, "meter", ROWS)
#undef ROWS
#undef HOST

#define HOST struct of_meter_config
static const struct of_row meter_config[] = {LEN, U16(flags, BITS(OF_WORDS_METER)), U32(meter_id),
                                             LIST(bands, BAND), END};
#define ROWS FROM13(meter_config)
FAMILY(meter_config, "meter", ROWS)
#undef ROWS
#undef HOST

#define HOST struct of_meter_features
#define METER_FEATURES                                                                             \
	U32(max_meter), U32(band_types, HEX), U32(capabilities, BITS(OF_WORDS_METER)),             \
	        U8(max_bands), U8(max_color), PAD(2)
static const struct of_row meter_features13[] = {METER_FEATURES, END};
// Open vSwitch 3.1 sends the form of 1.3 in 1.5.
static const struct of_row meter_features15[] = {
        METER_FEATURES, OPTIONAL, U32(features, BITS("ACTION_SET ANY_POSITION MULTI_LIST")), PAD(4),
        END};
#define ROWS                                                                                       \
	{                                                                                          \
		NULL, meter_features13, meter_features13, meter_features15                         \
	}
FAMILY(meter_features, "meter_features", ROWS)
#undef ROWS
#undef HOST

#define HOST struct of_monitor_request
static const struct of_row monitor_request[] = {
        U32(monitor_id),
        PORT32(out_port),
        GROUP(out_group),
        U16(flags, BITS("INITIAL ADD REMOVED MODIFY INSTRUCTIONS NO_ABBREV ONLY_OWN")),
        U8(table_id, ANY),
        U8(command, NAMES("ADD MODIFY DELETE")),
        MATCH(match),
        END};
#define ROWS                                                                                       \
	{                                                                                          \
		NULL, NULL, monitor_request, monitor_request                                       \
	}
FAMILY(monitor_request, "monitor", ROWS)
#undef ROWS
#undef HOST

#define HOST struct of_flow_update
static const struct of_row update_full[] = {LEN,
                                            TYPE,
                                            U8(table_id),
                                            U8(reason, NAMES(OF_WORDS_REMOVED)),
                                            U16(idle_timeout_s),
                                            U16(hard_timeout_s),
                                            U16(priority),
                                            PAD(4),
                                            U64(cookie, HEX),
                                            MATCH(match),
                                            LIST(instructions, INSTRUCTION),
                                            END};
static const struct of_row update_abbrev[] = {LEN, TYPE, U32(xid, HEX), END};
static const struct of_row update_paused[] = {LEN, TYPE, PAD(4), END};
#define FROM14(rows)                                                                               \
	{                                                                                          \
		NULL, NULL, rows, rows                                                             \
	}
static const struct of_layout updates[] = {
        {"initial", OF_UPDATE_INITIAL, 0, FROM14(update_full)},
        {"added", OF_UPDATE_ADDED, 1, FROM14(update_full)},
        {"removed", OF_UPDATE_REMOVED, 2, FROM14(update_full)},
        {"modified", OF_UPDATE_MODIFIED, 3, FROM14(update_full)},
        {"abbrev", OF_UPDATE_ABBREV, 4, FROM14(update_abbrev)},
        {"paused", OF_UPDATE_PAUSED, 5, FROM14(update_paused)},
        {"resumed", OF_UPDATE_RESUMED, 6, FROM14(update_paused)},
};

const struct of_family_table of_table_flow_update = {.name = "updates",
                                                     .layouts = updates,
                                                     .len = ARRAY_LEN(updates),
                                                     .host_size = sizeof(HOST),
                                                     .typed = true,
                                                     .len_first = true};
#undef HOST

#define HOST struct of_controller
static const struct of_row controller[] = {
        LEN,
        U16(short_id),
        U32(role, NAMES(OF_WORDS_ROLES)),
        U8(reason, NAMES("REQUEST CHANNEL_STATUS ROLE CONTROLLER_ADDED CONTROLLER_REMOVED SHORT_ID "
                         "EXPERIMENTER")),
        U8(status, NAMES("UP DOWN")),
        PAD(6),
        PROPERTIES(properties, NULL),
        END};
#define ROWS ONLY15(controller)
FAMILY(controller, "controller", ROWS)
#undef ROWS
#undef HOST

#define HOST struct of_bundle_request
static const struct of_row bundle_request[] = {U32(flags, BITS("TIMESTAMP TIME_SET_SCHED")), PAD(4),
                                               PROPERTIES(properties, NULL), END};
#define ROWS ONLY15(bundle_request)
FAMILY(bundle_request, "bundle_features", ROWS)
#undef ROWS
#undef HOST

#define HOST struct of_bundle_features
static const struct of_row bundle_features[] = {U16(capabilities, BITS("ATOMIC ORDERED TIME")),
                                                PAD(6), PROPERTIES(properties, NULL), END};
#define ROWS ONLY15(bundle_features)
FAMILY(bundle_features, "bundle_features", ROWS)
#undef ROWS
#undef HOST

#define HOST struct of_experiment
static const struct of_row experiment10[] = {U32(experimenter, HEX), REST(data), END};
static const struct of_row experiment13[] = {U32(experimenter, HEX), U32(exp_type), REST(data),
                                             END};
#define ROWS                                                                                       \
	{                                                                                          \
		experiment10, experiment13, experiment13, experiment13                             \
	}
FAMILY(experiment, "experimenter", ROWS)
#undef ROWS
#undef HOST

#define HOST struct of_opaque
static const struct of_row opaque[] = {REST(data), END};
#define ROWS ALL(opaque)
FAMILY(opaque, "opaque", ROWS)
#undef ROWS
#undef HOST

const struct of_family_table *const of_families[OF_FAMILIES] = {
#define X(NAME, name) [OF_FAMILY_##NAME] = &of_table_##name,
        OF_FAMILY_LIST(X)
#undef X
};

// Families of request and reply, and the first version that has the type.
static const struct body {
	uint8_t request, reply, since;
} bodies[OF_MULTIPART_TYPES] = {
        [OF_MULTIPART_DESC] = {OF_FAMILY_OPAQUE, OF_FAMILY_DESC, OF10},
        [OF_MULTIPART_FLOW] = {OF_FAMILY_FLOW_REQUEST, OF_FAMILY_FLOW_STATS, OF10},
        [OF_MULTIPART_AGGREGATE] = {OF_FAMILY_FLOW_REQUEST, OF_FAMILY_AGGREGATE, OF10},
        [OF_MULTIPART_TABLE] = {OF_FAMILY_OPAQUE, OF_FAMILY_TABLE_STATS, OF10},
        [OF_MULTIPART_PORT_STATS] = {OF_FAMILY_PORT_REQUEST, OF_FAMILY_PORT_STATS, OF10},
        [OF_MULTIPART_QUEUE] = {OF_FAMILY_QUEUE_REQUEST, OF_FAMILY_QUEUE_STATS, OF10},
        [OF_MULTIPART_GROUP] = {OF_FAMILY_GROUP_REQUEST, OF_FAMILY_GROUP_STATS, OF13},
        [OF_MULTIPART_GROUP_DESC] = {OF_FAMILY_GROUP_REQUEST, OF_FAMILY_GROUP_DESC, OF13},
        [OF_MULTIPART_GROUP_FEATURES] = {OF_FAMILY_OPAQUE, OF_FAMILY_GROUP_FEATURES, OF13},
        [OF_MULTIPART_METER] = {OF_FAMILY_METER_REQUEST, OF_FAMILY_METER_STATS, OF13},
        [OF_MULTIPART_METER_CONFIG] = {OF_FAMILY_METER_REQUEST, OF_FAMILY_METER_CONFIG, OF13},
        [OF_MULTIPART_METER_FEATURES] = {OF_FAMILY_OPAQUE, OF_FAMILY_METER_FEATURES, OF13},
        [OF_MULTIPART_TABLE_FEATURES] = {OF_FAMILY_TABLE_FEATURES, OF_FAMILY_TABLE_FEATURES, OF13},
        [OF_MULTIPART_PORT_DESC] = {OF_FAMILY_PORT_REQUEST, OF_FAMILY_PORT, OF13},
        [OF_MULTIPART_TABLE_DESC] = {OF_FAMILY_OPAQUE, OF_FAMILY_TABLE_DESC, OF14},
        [OF_MULTIPART_QUEUE_DESC] = {OF_FAMILY_QUEUE_REQUEST, OF_FAMILY_QUEUE_DESC, OF14},
        [OF_MULTIPART_FLOW_MONITOR] = {OF_FAMILY_MONITOR_REQUEST, OF_FAMILY_FLOW_UPDATE, OF14},
        [OF_MULTIPART_FLOW_STATS] = {OF_FAMILY_FLOW_REQUEST, OF_FAMILY_FLOW_LIGHT, OF15},
        [OF_MULTIPART_CONTROLLER_STATUS] = {OF_FAMILY_OPAQUE, OF_FAMILY_CONTROLLER, OF15},
        [OF_MULTIPART_BUNDLE_FEATURES] = {OF_FAMILY_BUNDLE_REQUEST, OF_FAMILY_BUNDLE_FEATURES,
                                          OF15},
};

enum of_family of_msg_family(enum of_version version, uint16_t type, bool reply)
{
	const struct body *body = type < OF_MULTIPART_TYPES ? &bodies[type] : NULL;

	if (type == OF_MULTIPART_EXPERIMENTER)
		return OF_FAMILY_EXPERIMENT;
	if (!body || version < body->since)
		return OF_FAMILY_OPAQUE;
	// Before 1.5 these requests are for all, and have no body.
	if (!reply && version < OF15 &&
	    (type == OF_MULTIPART_GROUP_DESC || type == OF_MULTIPART_PORT_DESC))
		return OF_FAMILY_OPAQUE;
	return reply ? body->reply : body->request;
}

// of_table_message: the bodies of messages in each version (OpenFlow 1.5.1 section 7.3 to 7.5).
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
#define FROM14(rows)                                                                               \
	{                                                                                          \
		NULL, NULL, rows, rows                                                             \
	}

// A body that is one item.
#define WHOLE(text, NAME)                                                                          \
	{                                                                                          \
		.kind = &of_kind_struct, .name = text, .family = OF_FAMILY_##NAME                  \
	}

// Empty bodies.
static const struct of_row empty[] = {END};

static const struct of_row hello[] = {{.kind = &of_kind_hello, .name = "elements"}, END};

static const struct of_row error[] = {{.kind = &of_kind_error, .name = "data"}, END};

#define HOST struct of_echo
static const struct of_row echo[] = {REST(data), END};
#undef HOST

#define HOST struct of_experiment
static const struct of_row experiment[] = {WHOLE("message", EXPERIMENT), END};
#undef HOST

#define HOST struct of_features
#define CAPABILITIES                                                                               \
	U32(capabilities, BITS("FLOW_STATS TABLE_STATS PORT_STATS GROUP_STATS - IP_REASM "         \
	                       "QUEUE_STATS ARP_MATCH_IP PORT_BLOCKED BUNDLES FLOW_MONITORING"))
static const struct of_row features10[] = {
        U64(datapath_id, HEX), U32(n_buffers),    U8(n_tables),      PAD(3),
        CAPABILITIES,          U32(actions, HEX), LIST(ports, PORT), END};
static const struct of_row features13[] = {
        U64(datapath_id, HEX), U32(n_buffers),     U8(n_tables), U8(auxiliary_id), PAD(2),
        CAPABILITIES,          U32(reserved, HEX), END};
#undef HOST

#define HOST struct of_config
static const struct of_row config[] = {U16(flags, BITS("DROP REASM")), U16(miss_send_len), END};
#undef HOST

#define HOST      struct of_packet_in
#define PACKET_IN U32(buffer_id, ANY), U16(total_len)
#define REASON    U8(reason, NAMES("TABLE_MISS APPLY_ACTION INVALID_TTL ACTION_SET GROUP PACKET_OUT"))
static const struct of_row packet_in10[] = {PACKET_IN, PORT16(in_port), REASON,
                                            PAD(1),    REST(data),      END};
static const struct of_row packet_in13[] = {
        PACKET_IN,
        REASON,
        U8(table_id),
        U64(cookie, HEX),
        {.kind = &of_kind_port_match, OF_MEMBER(match), OF_FROM(match, in_port)},
        PAD(2),
        REST(data),
        END};
#undef HOST

#define HOST     struct of_flow_removed
#define REMOVED  U8(reason, NAMES(OF_WORDS_REMOVED))
#define DURATION U32(stats.duration_s), U32(stats.duration_ns)
#define COUNTS                                                                                     \
	U64(stats.packets), U64(stats.bytes),                                                      \
	        NONE(stats.present, OF_STATS_DURATION | OF_STATS_PACKETS | OF_STATS_BYTES)
#define TIMEOUTS U16(idle_timeout_s), U16(hard_timeout_s)
static const struct of_row flow_removed10[] = {
        MATCH(match), U64(cookie, HEX),    U16(priority), REMOVED, PAD(1),
        DURATION,     U16(idle_timeout_s), PAD(2),        COUNTS,  END};
static const struct of_row flow_removed13[] = {U64(cookie, HEX), U16(priority), REMOVED,
                                               U8(table_id),     DURATION,      TIMEOUTS,
                                               COUNTS,           MATCH(match),  END};
static const struct of_row flow_removed15[] = {
        U8(table_id),     REMOVED,      U16(priority), TIMEOUTS,
        U64(cookie, HEX), MATCH(match), STATS(stats),  END};
#undef HOST

#define HOST struct of_port_status
static const struct of_row port_status[] = {U8(reason, NAMES("ADD DELETE MODIFY")), PAD(7),
                                            STRUCT(port, PORT), END};
#undef HOST

#define HOST struct of_packet_out
static const struct of_row packet_out10[] = {U32(buffer_id, ANY),   PORT16(in_port), LIST_LEN,
                                             LIST(actions, ACTION), REST(data),      END};
static const struct of_row packet_out13[] = {
        U32(buffer_id, ANY),   PORT32(in_port), LIST_LEN, PAD(6),
        LIST(actions, ACTION), REST(data),      END};
static const struct of_row packet_out15[] = {
        U32(buffer_id, ANY),
        LIST_LEN,
        PAD(2),
        {.kind = &of_kind_port_match, OF_MEMBER(match), OF_FROM(match, in_port)},
        LIST(actions, ACTION),
        REST(data),
        END};
#undef HOST

#define HOST     struct of_flow_mod
#define COMMANDS NAMES("ADD MODIFY MODIFY_STRICT DELETE DELETE_STRICT")
#define FLOW_MOD13                                                                                 \
	U64(cookie, HEX), U64(cookie_mask, HEX), U8(table_id, ANY), U8(command, COMMANDS),         \
	        U16(idle_timeout_s), U16(hard_timeout_s), U16(priority), U32(buffer_id, ANY),      \
	        PORT32(out_port), GROUP(out_group), U16(flags, BITS(OF_WORDS_FLOW_FLAGS))
static const struct of_row flow_mod10[] = {MATCH(match),
                                           U64(cookie, HEX),
                                           U16(command, COMMANDS),
                                           TIMEOUTS,
                                           U16(priority),
                                           U32(buffer_id, ANY),
                                           PORT16(out_port),
                                           NONE(out_group, -1),
                                           FLAGS10(flags),
                                           LIST(instructions, INSTRUCTION),
                                           END};
static const struct of_row flow_mod13[] = {FLOW_MOD13, PAD(2), MATCH(match),
                                           LIST(instructions, INSTRUCTION), END};
static const struct of_row flow_mod14[] = {FLOW_MOD13, U16(importance), MATCH(match),
                                           LIST(instructions, INSTRUCTION), END};
#undef HOST

#define HOST struct of_group_mod
#define GROUP_MOD                                                                                  \
	U16(command, NAMES("ADD MODIFY DELETE INSERT_BUCKET - REMOVE_BUCKET")),                    \
	        U8(type, NAMES("ALL SELECT INDIRECT FF")), PAD(1), GROUP(group_id)
static const struct of_row group_mod13[] = {GROUP_MOD, NONE(command_bucket_id, -1),
                                            LIST(buckets, BUCKET), END};
static const struct of_row group_mod15[] = {GROUP_MOD,
                                            LIST_LEN,
                                            PAD(2),
                                            U32(command_bucket_id, ANY),
                                            LIST(buckets, BUCKET),
                                            PROPERTIES(properties, NULL),
                                            END};
#undef HOST

#define HOST struct of_port_mod
#define PORT_CONFIG(m)                                                                             \
	U32(m, BITS("PORT_DOWN NO_STP NO_RECV NO_RECV_STP NO_FLOOD NO_FWD NO_PACKET_IN"))
static const struct of_row advertise[] = {U32(advertise, HEX), END};
static const struct of_hoist port_mod_properties[] = {{0, false, advertise}, {0}};
static const struct of_row port_mod10[] = {
        PORT16(port_no), MAC(hw_addr), PORT_CONFIG(config), PORT_CONFIG(mask), U32(advertise, HEX),
        PAD(4),          END};
static const struct of_row port_mod13[] = {
        PORT32(port_no),     PAD(4), MAC(hw_addr), PAD(2), PORT_CONFIG(config), PORT_CONFIG(mask),
        U32(advertise, HEX), PAD(4), END};
static const struct of_row port_mod14[] = {PORT32(port_no),
                                           PAD(4),
                                           MAC(hw_addr),
                                           PAD(2),
                                           PORT_CONFIG(config),
                                           PORT_CONFIG(mask),
                                           PROPERTIES(properties, port_mod_properties),
                                           END};
#undef HOST

#define HOST struct of_table_mod
static const struct of_row eviction[] = {U32(eviction, BITS(OF_WORDS_EVICTION)), END};
static const struct of_row vacancy[] = {U8(vacancy_down), U8(vacancy_up), U8(vacancy), PAD(1), END};
static const struct of_hoist table_mod_properties[] = {
        {2, false, eviction}, {3, false, vacancy}, {0}};
#define TABLE_MOD U8(table_id, ANY), PAD(3), U32(config, BITS(OF_WORDS_TABLE_CONFIG))
static const struct of_row table_mod13[] = {TABLE_MOD, END};
static const struct of_row table_mod14[] = {TABLE_MOD, PROPERTIES(properties, table_mod_properties),
                                            END};
#undef HOST

#define HOST struct of_multipart
#define MULTIPART(padding)                                                                         \
	U16(type, NAMES(OF_WORDS_MULTIPARTS)), U16(flags, BITS("MORE")), PAD(padding),             \
	{                                                                                          \
		.kind = &of_kind_body, OF_MEMBER(body), OF_FROM(body, type)                        \
	}
static const struct of_row multipart10[] = {MULTIPART(0), END};
static const struct of_row multipart13[] = {MULTIPART(4), END};
#undef HOST

#define HOST struct of_queue_config
static const struct of_row queue_request10[] = {PORT16(port), PAD(2), END};
static const struct of_row queue_request13[] = {PORT32(port), PAD(4), END};
static const struct of_row queue_reply10[] = {PORT16(port), PAD(6), LIST(queues, QUEUE), END};
static const struct of_row queue_reply13[] = {PORT32(port), PAD(4), LIST(queues, QUEUE), END};
#undef HOST

#define HOST struct of_role
#define ROLE U32(role, NAMES(OF_WORDS_ROLES))
static const struct of_row role13[] = {ROLE, PAD(4), U64(generation_id, HEX), END};
static const struct of_row role15[] = {ROLE, U16(short_id), PAD(2), U64(generation_id, HEX), END};
#undef HOST

// In 1.3 the first of two masks is for master and equal, the second for slave.
#define HOST struct of_async
static const struct of_row async13[] = {U32(packet_in[1], HEX),
                                        U32(packet_in[0], HEX),
                                        U32(port_status[1], HEX),
                                        U32(port_status[0], HEX),
                                        U32(flow_removed[1], HEX),
                                        U32(flow_removed[0], HEX),
                                        END};
#define MASK(m)                                                                                    \
	(const struct of_row[])                                                                    \
	{                                                                                          \
		U32(m, HEX), END                                                                   \
	}
static const struct of_hoist async_properties[] = {{0, false, MASK(packet_in[0])},
                                                   {1, false, MASK(packet_in[1])},
                                                   {2, false, MASK(port_status[0])},
                                                   {3, false, MASK(port_status[1])},
                                                   {4, false, MASK(flow_removed[0])},
                                                   {5, false, MASK(flow_removed[1])},
                                                   {6, false, MASK(role_status[0])},
                                                   {7, false, MASK(role_status[1])},
                                                   {8, false, MASK(table_status[0])},
                                                   {9, false, MASK(table_status[1])},
                                                   {10, false, MASK(request_forward[0])},
                                                   {11, false, MASK(request_forward[1])},
                                                   {12, false, MASK(flow_stats[0])},
                                                   {13, false, MASK(flow_stats[1])},
                                                   {14, false, MASK(controller_status[0])},
                                                   {15, false, MASK(controller_status[1])},
                                                   {0}};
static const struct of_row async14[] = {PROPERTIES(properties, async_properties), END};
#undef HOST

#define HOST struct of_meter_mod
static const struct of_row meter_mod[] = {U16(command, NAMES("ADD MODIFY DELETE")),
                                          U16(flags, BITS(OF_WORDS_METER)), U32(meter_id, ANY),
                                          LIST(bands, BAND), END};
#undef HOST

#define HOST struct of_role_status
static const struct of_row role_status[] = {ROLE,
                                            U8(reason, NAMES("MASTER_REQUEST CONFIG EXPERIMENTER")),
                                            PAD(3),
                                            U64(generation_id, HEX),
                                            PROPERTIES(properties, NULL),
                                            END};
#undef HOST

#define HOST struct of_table_status
static const struct of_row table_status[] = {U8(reason, NAMES("- - - VACANCY_DOWN VACANCY_UP")),
                                             PAD(7), STRUCT(table, TABLE_DESC), END};
#undef HOST

#define HOST struct of_request_forward
static const struct of_row request_forward[] = {REST(request), END};
#undef HOST

#define HOST         struct of_bundle_control
#define BUNDLE_FLAGS U16(flags, BITS("ATOMIC ORDERED TIME"))
static const struct of_row bundle_control[] = {
        U32(bundle_id),
        U16(type,
            NAMES("OPEN_REQUEST OPEN_REPLY CLOSE_REQUEST CLOSE_REPLY COMMIT_REQUEST COMMIT_REPLY "
                  "DISCARD_REQUEST DISCARD_REPLY")),
        BUNDLE_FLAGS, PROPERTIES(properties, NULL), END};
#undef HOST

#define HOST struct of_bundle_add
static const struct of_row bundle_add[] = {
        U32(bundle_id),
        PAD(2),
        BUNDLE_FLAGS,
        {.kind = &of_kind_inner, OF_MEMBER(message), OF_FROM(message, properties)},
        PROPERTIES(properties, NULL),
        END};
#undef HOST

#define HOST struct of_controller
static const struct of_row controller[] = {WHOLE("controller", CONTROLLER), END};
#undef HOST

const struct of_layout of_messages[OF_TYPES] = {
        {"HELLO", OF_HELLO, 0, ALL(hello)},
        {"ERROR", OF_ERROR, 1, ALL(error)},
        {"ECHO_REQUEST", OF_ECHO_REQUEST, 2, ALL(echo)},
        {"ECHO_REPLY", OF_ECHO_REPLY, 3, ALL(echo)},
        {"EXPERIMENTER", OF_EXPERIMENT, 4, ALL(experiment)},
        {"FEATURES_REQUEST", OF_FEATURES_REQUEST, 5, ALL(empty)},
        {"FEATURES_REPLY", OF_FEATURES_REPLY, 6, {features10, features13, features13, features13}},
        {"GET_CONFIG_REQUEST", OF_GET_CONFIG_REQUEST, 7, ALL(empty)},
        {"GET_CONFIG_REPLY", OF_GET_CONFIG_REPLY, 8, ALL(config)},
        {"SET_CONFIG", OF_SET_CONFIG, 9, ALL(config)},
        {"PACKET_IN", OF_PACKET_IN, 10, {packet_in10, packet_in13, packet_in13, packet_in13}},
        {"FLOW_REMOVED",
         OF_FLOW_REMOVED,
         11,
         {flow_removed10, flow_removed13, flow_removed13, flow_removed15}},
        {"PORT_STATUS", OF_PORT_STATUS, 12, ALL(port_status)},
        {"PACKET_OUT", OF_PACKET_OUT, 13, {packet_out10, packet_out13, packet_out13, packet_out15}},
        {"FLOW_MOD", OF_FLOW_MOD, 14, {flow_mod10, flow_mod13, flow_mod14, flow_mod14}},
        {"GROUP_MOD", OF_GROUP_MOD, 15, {NULL, group_mod13, group_mod13, group_mod15}},
        {"PORT_MOD", OF_PORT_MOD, 16, {port_mod10, port_mod13, port_mod14, port_mod14}},
        {"TABLE_MOD", OF_TABLE_MOD, 17, {NULL, table_mod13, table_mod14, table_mod14}},
        {"MULTIPART_REQUEST",
         OF_MULTIPART_REQUEST,
         18,
         {multipart10, multipart13, multipart13, multipart13}},
        {"MULTIPART_REPLY",
         OF_MULTIPART_REPLY,
         19,
         {multipart10, multipart13, multipart13, multipart13}},
        {"BARRIER_REQUEST", OF_BARRIER_REQUEST, 20, ALL(empty)},
        {"BARRIER_REPLY", OF_BARRIER_REPLY, 21, ALL(empty)},
        {"QUEUE_GET_CONFIG_REQUEST",
         OF_QUEUE_GET_CONFIG_REQUEST,
         22,
         {queue_request10, queue_request13, NULL, NULL}},
        {"QUEUE_GET_CONFIG_REPLY",
         OF_QUEUE_GET_CONFIG_REPLY,
         23,
         {queue_reply10, queue_reply13, NULL, NULL}},
        {"ROLE_REQUEST", OF_ROLE_REQUEST, 24, {NULL, role13, role13, role15}},
        {"ROLE_REPLY", OF_ROLE_REPLY, 25, {NULL, role13, role13, role15}},
        {"GET_ASYNC_REQUEST", OF_GET_ASYNC_REQUEST, 26, FROM13(empty)},
        {"GET_ASYNC_REPLY", OF_GET_ASYNC_REPLY, 27, {NULL, async13, async14, async14}},
        {"SET_ASYNC", OF_SET_ASYNC, 28, {NULL, async13, async14, async14}},
        {"METER_MOD", OF_METER_MOD, 29, FROM13(meter_mod)},
        {"ROLE_STATUS", OF_ROLE_STATUS, 30, FROM14(role_status)},
        {"TABLE_STATUS", OF_TABLE_STATUS, 31, FROM14(table_status)},
        {"REQUESTFORWARD", OF_REQUESTFORWARD, 32, FROM14(request_forward)},
        {"BUNDLE_CONTROL", OF_BUNDLE_CONTROL, 33, FROM14(bundle_control)},
        {"BUNDLE_ADD_MESSAGE", OF_BUNDLE_ADD_MESSAGE, 34, FROM14(bundle_add)},
        {"CONTROLLER_STATUS", OF_CONTROLLER_STATUS, 35, {NULL, NULL, NULL, controller}},
};

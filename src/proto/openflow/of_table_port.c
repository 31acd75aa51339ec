// of_table_port: ports, queues and tables: what they are, and what they have counted (OpenFlow
// 1.5.1 sections 7.2.1, 7.3.5.3 to 7.3.5.7, 7.3.5.18, 7.3.5.19).
#include "proto/openflow/of_table.h"

#include "proto/openflow/of_rows.h"

#define HOST struct of_port

#define PORT_CONFIG                                                                                \
	U32(config, BITS("PORT_DOWN NO_STP NO_RECV NO_RECV_STP NO_FLOOD NO_FWD NO_PACKET_IN"))
#define PORT_STATE    U32(state, BITS("LINK_DOWN BLOCKED LIVE"))
#define PORT_FEATURES U32(curr, HEX), U32(advertised, HEX), U32(supported, HEX), U32(peer, HEX)

static const struct of_row port_ethernet[] = {PAD(4), PORT_FEATURES, U32(curr_speed_kbps),
                                              U32(max_speed_kbps), END};
static const struct of_hoist port_properties[] = {{0, false, port_ethernet}, {0}};
static const struct of_row port10[] = {
        PORT16(port_no), MAC(hw_addr), TEXT(name, 16), PORT_CONFIG, U32(state, HEX),
        PORT_FEATURES,   END};
static const struct of_row port13[] = {PORT32(port_no),
                                       PAD(4),
                                       MAC(hw_addr),
                                       PAD(2),
                                       TEXT(name, 16),
                                       PORT_CONFIG,
                                       PORT_STATE,
                                       PORT_FEATURES,
                                       U32(curr_speed_kbps),
                                       U32(max_speed_kbps),
                                       END};
static const struct of_row port14[] = {PORT32(port_no),
                                       LEN,
                                       PAD(2),
                                       MAC(hw_addr),
                                       PAD(2),
                                       TEXT(name, 16),
                                       PORT_CONFIG,
                                       PORT_STATE,
                                       PROPERTIES(properties, port_properties),
                                       END};
static const struct of_layout ports[] = {{"port", 0, 0, {port10, port13, port14, port14}}};

const struct of_family_table of_table_port = {
        .name = "ports", .layouts = ports, .len = 1, .host_size = sizeof(HOST)};
#undef HOST

// Queues' rates are properties in every version; in 1.0 and 1.3 with 4 bytes of padding before.
#define HOST struct of_queue
static const struct of_row queue_min_rate13[] = {PAD(4), U16(min_rate), PAD(6), END};
static const struct of_row queue_max_rate13[] = {PAD(4), U16(max_rate), PAD(6), END};
static const struct of_hoist queue_properties[] = {
        {1, true, queue_min_rate13}, {2, true, queue_max_rate13}, {0}};
static const struct of_row queue10[] = {
        U32(queue_id), LEN, PAD(2), NONE(port, -1), PROPERTIES(properties, queue_properties), END};
static const struct of_row queue13[] = {
        U32(queue_id), PORT32(port), LEN, PAD(6), PROPERTIES(properties, queue_properties), END};
static const struct of_layout queues[] = {{"queue", 0, 0, {queue10, queue13, NULL, NULL}}};

const struct of_family_table of_table_queue = {
        .name = "queues", .layouts = queues, .len = 1, .host_size = sizeof(HOST)};
#undef HOST

#define HOST struct of_queue_desc
static const struct of_row queue_min_rate[] = {U16(min_rate), PAD(2), END};
static const struct of_row queue_max_rate[] = {U16(max_rate), PAD(2), END};
static const struct of_hoist queue_desc_properties[] = {
        {1, true, queue_min_rate}, {2, true, queue_max_rate}, {0}};
static const struct of_row queue_desc[] = {
        PORT32(port), U32(queue_id), LEN, PAD(6), PROPERTIES(properties, queue_desc_properties),
        END};
static const struct of_layout queue_descs[] = {
        {"queue", 0, 0, {NULL, NULL, queue_desc, queue_desc}}};

const struct of_family_table of_table_queue_desc = {
        .name = "queues", .layouts = queue_descs, .len = 1, .host_size = sizeof(HOST)};
#undef HOST

#define HOST struct of_queue_request
static const struct of_row queue_request10[] = {PORT16(port), PAD(2), U32(queue_id, ANY), END};
static const struct of_row queue_request[] = {PORT32(port), U32(queue_id, ANY), END};
static const struct of_layout queue_requests[] = {
        {"queue", 0, 0, {queue_request10, queue_request, queue_request, queue_request}}};

const struct of_family_table of_table_queue_request = {
        .name = "requests", .layouts = queue_requests, .len = 1, .host_size = sizeof(HOST)};
#undef HOST

#define HOST         struct of_queue_stats
#define QUEUE_COUNTS U64(tx_bytes), U64(tx_packets), U64(tx_errors)
static const struct of_row queue_stats10[] = {PORT16(port), PAD(2), U32(queue_id), QUEUE_COUNTS,
                                              END};
static const struct of_row queue_stats13[] = {PORT32(port),    U32(queue_id),    QUEUE_COUNTS,
                                              U32(duration_s), U32(duration_ns), END};
static const struct of_row queue_stats14[] = {
        LEN,          PAD(6),          PORT32(port),     U32(queue_id),
        QUEUE_COUNTS, U32(duration_s), U32(duration_ns), PROPERTIES(properties, NULL),
        END};
static const struct of_layout queue_stats[] = {
        {"queue", 0, 0, {queue_stats10, queue_stats13, queue_stats14, queue_stats14}}};

const struct of_family_table of_table_queue_stats = {
        .name = "queues", .layouts = queue_stats, .len = 1, .host_size = sizeof(HOST)};
#undef HOST

#define HOST struct of_port_request
static const struct of_row port_request10[] = {PORT16(port), PAD(6), END};
static const struct of_row port_request[] = {PORT32(port), PAD(4), END};
static const struct of_layout port_requests[] = {
        {"port", 0, 0, {port_request10, port_request, port_request, port_request}}};

const struct of_family_table of_table_port_request = {
        .name = "requests", .layouts = port_requests, .len = 1, .host_size = sizeof(HOST)};
#undef HOST

#define HOST struct of_port_stats
#define PORT_COUNTS                                                                                \
	U64(rx_packets), U64(tx_packets), U64(rx_bytes), U64(tx_bytes), U64(rx_dropped),           \
	        U64(tx_dropped), U64(rx_errors), U64(tx_errors)
#define ETHERNET_COUNTS U64(rx_frame_err), U64(rx_over_err), U64(rx_crc_err), U64(collisions)
static const struct of_row port_stats_ethernet[] = {PAD(4), ETHERNET_COUNTS, END};
static const struct of_hoist port_stats_properties[] = {{0, false, port_stats_ethernet}, {0}};
static const struct of_row port_stats10[] = {PORT16(port), PAD(6), PORT_COUNTS, ETHERNET_COUNTS,
                                             END};
static const struct of_row port_stats13[] = {
        PORT32(port), PAD(4), PORT_COUNTS, ETHERNET_COUNTS, U32(duration_s), U32(duration_ns), END};
static const struct of_row port_stats14[] = {LEN,
                                             PAD(2),
                                             PORT32(port),
                                             U32(duration_s),
                                             U32(duration_ns),
                                             PORT_COUNTS,
                                             PROPERTIES(properties, port_stats_properties),
                                             END};
static const struct of_layout port_stats[] = {
        {"port", 0, 0, {port_stats10, port_stats13, port_stats14, port_stats14}}};

const struct of_family_table of_table_port_stats = {
        .name = "ports", .layouts = port_stats, .len = 1, .host_size = sizeof(HOST)};
#undef HOST

#define HOST struct of_table_stats
static const struct of_row table_stats10[] = {U8(table_id),        PAD(3),           TEXT(name, 32),
                                              U32(wildcards, HEX), U32(max_entries), U32(active),
                                              U64(lookups),        U64(matches),     END};
static const struct of_row table_stats13[] = {U8(table_id), PAD(3),       U32(active),
                                              U64(lookups), U64(matches), END};
static const struct of_layout table_stats[] = {
        {"table", 0, 0, {table_stats10, table_stats13, table_stats13, table_stats13}}};

const struct of_family_table of_table_table_stats = {
        .name = "tables", .layouts = table_stats, .len = 1, .host_size = sizeof(HOST)};
#undef HOST

#define HOST struct of_table_features
#define TABLE_FEATURES                                                                             \
	TEXT(name, 32), U64(metadata_match, HEX), U64(metadata_write, HEX),                        \
	        U32(capabilities, HEX), U32(max_entries), PROPERTIES(properties, NULL)
static const struct of_row table_features13[] = {LEN, U8(table_id), PAD(5), TABLE_FEATURES, END};
static const struct of_row table_features15[] = {
        LEN,
        U8(table_id),
        U8(command, NAMES("REPLACE MODIFY ENABLE DISABLE")),
        U32(features, HEX),
        TABLE_FEATURES,
        END};
static const struct of_layout table_features[] = {
        {"table", 0, 0, {NULL, table_features13, table_features13, table_features15}}};

const struct of_family_table of_table_table_features = {
        .name = "tables", .layouts = table_features, .len = 1, .host_size = sizeof(HOST)};
#undef HOST

#define HOST struct of_table_desc
static const struct of_row desc_eviction[] = {U32(eviction, BITS(OF_WORDS_EVICTION)), END};
static const struct of_row desc_vacancy[] = {U8(vacancy_down), U8(vacancy_up), U8(vacancy), PAD(1),
                                             END};
static const struct of_hoist table_desc_properties[] = {
        {2, false, desc_eviction}, {3, false, desc_vacancy}, {0}};
static const struct of_row table_desc[] = {LEN,
                                           U8(table_id),
                                           PAD(1),
                                           U32(config, BITS(OF_WORDS_TABLE_CONFIG)),
                                           PROPERTIES(properties, table_desc_properties),
                                           END};
static const struct of_layout table_descs[] = {
        {"table", 0, 0, {NULL, NULL, table_desc, table_desc}}};

const struct of_family_table of_table_table_desc = {
        .name = "tables", .layouts = table_descs, .len = 1, .host_size = sizeof(HOST)};
#undef HOST

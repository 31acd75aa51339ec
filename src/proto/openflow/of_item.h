// of_item: the items of lists, one struct for each family, in a form that does not depend on the
// version. A member that a version lacks is 0, or ANY where 0 would be a port or group. Sections
// are those of the OpenFlow Switch Specification 1.5.1.
#ifndef OPENFLOW_OF_ITEM_H
#define OPENFLOW_OF_ITEM_H

#include "proto/openflow/of_list.h"

// Types with the numbers of 1.5; those that only 1.0 has are 1 to 10 as there, and OF_ENQUEUE.
enum of_action_type {
	OF_ACTION_OUTPUT = 0,
	OF_ACTION_SET_VLAN_VID = 1,
	OF_ACTION_SET_VLAN_PCP,
	OF_ACTION_STRIP_VLAN,
	OF_ACTION_SET_DL_SRC,
	OF_ACTION_SET_DL_DST,
	OF_ACTION_SET_NW_SRC,
	OF_ACTION_SET_NW_DST,
	OF_ACTION_SET_NW_TOS,
	OF_ACTION_SET_TP_SRC,
	OF_ACTION_SET_TP_DST,
	OF_ACTION_COPY_TTL_OUT = 11,
	OF_ACTION_COPY_TTL_IN,
	OF_ACTION_SET_MPLS_TTL = 15,
	OF_ACTION_DEC_MPLS_TTL,
	OF_ACTION_PUSH_VLAN,
	OF_ACTION_POP_VLAN,
	OF_ACTION_PUSH_MPLS,
	OF_ACTION_POP_MPLS,
	OF_ACTION_SET_QUEUE,
	OF_ACTION_GROUP,
	OF_ACTION_SET_NW_TTL,
	OF_ACTION_DEC_NW_TTL,
	OF_ACTION_SET_FIELD,
	OF_ACTION_PUSH_PBB,
	OF_ACTION_POP_PBB,
	OF_ACTION_COPY_FIELD,
	OF_ACTION_METER,
	OF_ACTION_ENQUEUE = 0x100,
	OF_EXPERIMENTER = 0xffff, // of all families
};

// The type of an item that is passed through: unknown to its version, or an experimenter's where
// nothing of it is decoded. Its bytes are in raw, header included, and are written unchanged.
#define OF_ITEM_RAW 0xfffd

// Section 7.2.6. An experimenter's: experimenter and data.
struct of_action {
	uint16_t type;
	struct of_bytes raw;
	uint32_t port, group_id, queue_id, meter_id; // as the type has
	uint16_t max_len;                            // of the packet, to the controller
	uint16_t ethertype;                          // of a push, and of what a pop of MPLS leaves
	uint8_t ttl;
	struct of_match field; // OF_ACTION_SET_FIELD: one field
	uint16_t n_bits, src_offset, dst_offset;
	struct of_bytes ids; // OF_ACTION_COPY_FIELD: headers of source and destination, padded
	uint16_t vlan_vid, tp_port;     // 1.0
	uint8_t vlan_pcp, nw_tos;       // 1.0
	uint8_t dl_addr[6], nw_addr[4]; // 1.0
	uint32_t experimenter;
	struct of_bytes data;
};

enum of_instruction_type {
	OF_INSTRUCTION_GOTO_TABLE = 1,
	OF_INSTRUCTION_WRITE_METADATA,
	OF_INSTRUCTION_WRITE_ACTIONS,
	OF_INSTRUCTION_APPLY_ACTIONS,
	OF_INSTRUCTION_CLEAR_ACTIONS,
	OF_INSTRUCTION_METER,
	OF_INSTRUCTION_STAT_TRIGGER,
};

// Statistics of a flow or several (section 7.2.4).
#define OF_STATS_DURATION 1u
#define OF_STATS_IDLE     2u
#define OF_STATS_FLOWS    4u
#define OF_STATS_PACKETS  8u
#define OF_STATS_BYTES    16u

struct of_stats {
	uint32_t present; // OF_STATS_, those that were sent
	uint32_t duration_s, duration_ns, idle_s, idle_ns, flows;
	uint64_t packets, bytes;
	struct of_bytes
	        raw; // 1.5: all fields, an experimenter's too; written in their place if any
};

// Section 7.2.5. A flow of 1.0 has one, OF_INSTRUCTION_APPLY_ACTIONS, or none.
struct of_instruction {
	uint16_t type;
	struct of_bytes raw;
	uint8_t table_id;
	uint64_t metadata, metadata_mask;
	struct of_list actions;
	uint32_t meter_id;
	uint32_t trigger_flags;
	struct of_stats thresholds;
	uint32_t experimenter;
	struct of_bytes data;
};

// Where a list of properties is beside members of the same meaning: of_decode sets both. When a
// message is encoded, the list counts if it has the message's version, else the members.

// Section 7.3.4.3.
struct of_bucket {
	uint16_t weight;
	uint32_t watch_port, watch_group;
	uint32_t bucket_id; // 1.5
	struct of_list actions;
	struct of_list properties;
};

enum of_band_type {
	OF_BAND_DROP = 1,
	OF_BAND_DSCP_REMARK,
};

// Section 7.3.4.5.
struct of_band {
	uint16_t type;
	struct of_bytes raw;
	uint32_t rate, burst_size;
	uint8_t prec_level;
	uint32_t experimenter;
	struct of_bytes data;
};

// Any property, without its header.
struct of_property {
	uint16_t type;
	struct of_bytes data;
};

#define OF_PORT_CONFIG_DOWN     1u
#define OF_PORT_STATE_LINK_DOWN 1u

// Section 7.2.1.
struct of_port {
	uint32_t port_no;
	uint8_t hw_addr[6];
	struct of_bytes name; // no zero byte; UTF-8 if the switch is polite
	uint32_t config, state;
	uint32_t curr, advertised, supported, peer;
	uint32_t curr_speed_kbps, max_speed_kbps;
	struct of_list properties;
};

// A queue's configuration, of 1.0 and 1.3 (1.3's section 7.2.2). Rates in tenths of a percent.
struct of_queue {
	uint32_t queue_id, port;
	uint16_t min_rate, max_rate; // 0xffff: not configured
	struct of_list properties;
};

// Of a bucket, or of a meter's band.
struct of_counter {
	uint64_t packets, bytes;
};

// Section 7.3.5.1.
struct of_desc {
	struct of_bytes mfr, hw, sw, serial, dp;
};

// Of OFPMP_FLOW, _AGGREGATE and 1.5's FLOW_STATS.
struct of_flow_request {
	uint8_t table_id;
	uint32_t out_port, out_group;
	uint64_t cookie, cookie_mask;
	struct of_match match;
};

// A flow: of OFPMP_FLOW, which 1.5 calls FLOW_DESC.
struct of_flow_stats {
	uint8_t table_id;
	uint16_t priority, idle_timeout_s, hard_timeout_s, flags, importance;
	uint64_t cookie;
	struct of_match match;
	struct of_stats stats;
	struct of_list instructions;
};

// 1.5's FLOW_STATS.
struct of_flow_light {
	uint8_t table_id, reason;
	uint16_t priority;
	struct of_match match;
	struct of_stats stats;
};

struct of_aggregate {
	struct of_stats stats;
};

struct of_table_stats {
	uint8_t table_id;
	uint32_t active;
	uint64_t lookups, matches;
	struct of_bytes name;            // 1.0
	uint32_t wildcards, max_entries; // 1.0
};

struct of_port_request {
	uint32_t port;
};

struct of_port_stats {
	uint32_t port;
	uint64_t rx_packets, tx_packets, rx_bytes, tx_bytes, rx_dropped, tx_dropped;
	uint64_t rx_errors, tx_errors, rx_frame_err, rx_over_err, rx_crc_err, collisions;
	uint32_t duration_s, duration_ns;
	struct of_list properties;
};

struct of_queue_request {
	uint32_t port, queue_id;
};

struct of_queue_stats {
	uint32_t port, queue_id;
	uint64_t tx_bytes, tx_packets, tx_errors;
	uint32_t duration_s, duration_ns;
	struct of_list properties;
};

struct of_group_request {
	uint32_t group_id;
};

struct of_group_stats {
	uint32_t group_id, ref_count;
	uint64_t packets, bytes;
	uint32_t duration_s, duration_ns;
	struct of_list buckets; // of counters
};

struct of_group_desc {
	uint8_t type;
	uint32_t group_id;
	struct of_list buckets;
	struct of_list properties;
};

struct of_group_features {
	uint32_t types, capabilities;
	uint32_t max_groups[4], actions[4]; // of each type
};

struct of_meter_request {
	uint32_t meter_id;
};

struct of_meter_stats {
	uint32_t meter_id, flows; // 1.5: actions that refer to it
	uint64_t packets, bytes;
	uint32_t duration_s, duration_ns;
	struct of_list bands; // of counters
};

struct of_meter_config {
	uint16_t flags;
	uint32_t meter_id;
	struct of_list bands;
};

struct of_meter_features {
	uint32_t max_meter, band_types, capabilities;
	uint8_t max_bands, max_color;
	uint32_t features;
};

// Section 7.3.5.18. What a table can do is in the properties.
struct of_table_features {
	uint8_t table_id, command;
	uint32_t features;
	struct of_bytes name;
	uint64_t metadata_match, metadata_write;
	uint32_t capabilities, max_entries;
	struct of_list properties;
};

struct of_table_desc {
	uint8_t table_id;
	uint32_t config;
	uint32_t eviction;
	uint8_t vacancy_down, vacancy_up, vacancy;
	struct of_list properties;
};

struct of_queue_desc {
	uint32_t port, queue_id;
	uint16_t min_rate, max_rate; // 0xffff: not configured
	struct of_list properties;
};

struct of_monitor_request {
	uint32_t monitor_id, out_port, out_group;
	uint16_t flags;
	uint8_t table_id, command;
	struct of_match match;
};

// Section 7.3.5.17.2.
enum of_flow_update_type {
	OF_UPDATE_INITIAL,
	OF_UPDATE_ADDED,
	OF_UPDATE_REMOVED,
	OF_UPDATE_MODIFIED,
	OF_UPDATE_ABBREV, // by a request of this controller: xid
	OF_UPDATE_PAUSED,
	OF_UPDATE_RESUMED,
};

struct of_flow_update {
	uint16_t type;
	struct of_bytes raw;
	uint8_t table_id, reason;
	uint16_t idle_timeout_s, hard_timeout_s, priority;
	uint64_t cookie;
	struct of_match match;
	struct of_list instructions;
	uint32_t xid;
};

struct of_controller {
	uint16_t short_id;
	uint32_t role;
	uint8_t reason, status;
	struct of_list properties;
};

struct of_bundle_request {
	uint32_t flags;
	struct of_list properties;
};

struct of_bundle_features {
	uint16_t capabilities;
	struct of_list properties;
};

struct of_experiment {
	uint32_t experimenter, exp_type; // 1.0: the latter is in data
	struct of_bytes data;
};

struct of_opaque {
	struct of_bytes data;
};

// For each family: of_NAME_next takes the next item off a list that was checked, false at its end;
// of_NAME_put appends an item to out in the form of a version. On a fault, out is as it was.
#define X(NAME, name)                                                                              \
	static inline bool of_##name##_next(struct of_list *list, struct of_##name *item)          \
	{                                                                                          \
		assert(list->len == 0 || list->family == OF_FAMILY_##NAME);                        \
		return of_list_next(list, item);                                                   \
	}                                                                                          \
	static inline enum of_fault of_##name##_put(struct fill *out, enum of_version version,     \
	                                            const struct of_##name *item)                  \
	{                                                                                          \
		return of_list_put(out, OF_FAMILY_##NAME, version, item);                          \
	}
OF_FAMILY_LIST(X)
#undef X

#endif

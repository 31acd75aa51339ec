// of_msg: a message of OpenFlow in a form that does not depend on its version, for controllers and
// for switches. of_decode makes it of bytes, which it goes on to refer to; of_encode makes bytes of
// it, in any version that can express it. Sections are those of the OpenFlow Switch
// Specification 1.5.1.
#ifndef OPENFLOW_OF_MSG_H
#define OPENFLOW_OF_MSG_H

#include "proto/openflow/of_item.h"

// Types with the numbers of 1.5; those of 1.0 differ from 16 on.
#define OF_TYPE_LIST(X)                                                                            \
	X(HELLO, 0, hello)                                                                         \
	X(ERROR, 1, error)                                                                         \
	X(ECHO_REQUEST, 2, echo)                                                                   \
	X(ECHO_REPLY, 3, echo)                                                                     \
	X(EXPERIMENT, 4, experiment)                                                               \
	X(FEATURES_REQUEST, 5, empty)                                                              \
	X(FEATURES_REPLY, 6, features)                                                             \
	X(GET_CONFIG_REQUEST, 7, empty)                                                            \
	X(GET_CONFIG_REPLY, 8, config)                                                             \
	X(SET_CONFIG, 9, config)                                                                   \
	X(PACKET_IN, 10, packet_in)                                                                \
	X(FLOW_REMOVED, 11, flow_removed)                                                          \
	X(PORT_STATUS, 12, port_status)                                                            \
	X(PACKET_OUT, 13, packet_out)                                                              \
	X(FLOW_MOD, 14, flow_mod)                                                                  \
	X(GROUP_MOD, 15, group_mod)                                                                \
	X(PORT_MOD, 16, port_mod)                                                                  \
	X(TABLE_MOD, 17, table_mod)                                                                \
	X(MULTIPART_REQUEST, 18, multipart)                                                        \
	X(MULTIPART_REPLY, 19, multipart)                                                          \
	X(BARRIER_REQUEST, 20, empty)                                                              \
	X(BARRIER_REPLY, 21, empty)                                                                \
	X(QUEUE_GET_CONFIG_REQUEST, 22, queue_config)                                              \
	X(QUEUE_GET_CONFIG_REPLY, 23, queue_config)                                                \
	X(ROLE_REQUEST, 24, role)                                                                  \
	X(ROLE_REPLY, 25, role)                                                                    \
	X(GET_ASYNC_REQUEST, 26, empty)                                                            \
	X(GET_ASYNC_REPLY, 27, async)                                                              \
	X(SET_ASYNC, 28, async)                                                                    \
	X(METER_MOD, 29, meter_mod)                                                                \
	X(ROLE_STATUS, 30, role_status)                                                            \
	X(TABLE_STATUS, 31, table_status)                                                          \
	X(REQUESTFORWARD, 32, request_forward)                                                     \
	X(BUNDLE_CONTROL, 33, bundle_control)                                                      \
	X(BUNDLE_ADD_MESSAGE, 34, bundle_add)                                                      \
	X(CONTROLLER_STATUS, 35, controller)

enum of_type {
#define X(NAME, number, member) OF_##NAME = number,
	OF_TYPE_LIST(X)
#undef X
	        OF_TYPES,
	OF_UNKNOWN = 256, // a type that the version does not have: passed through in `unknown`
};

// Section 7.5.1. of_version.h says what to make of it.
struct of_hello {
	uint32_t bitmap;          // of versions; 0: none was sent
	struct of_bytes elements; // as received; written in place of the bitmap, if any
};

// Section 7.5.4; of_error.h has the names.
struct of_error {
	uint16_t type, code;
	uint32_t experimenter; // of type 0xffff; code is then the experimenter's own
	struct of_bytes data;  // at least 64 bytes of the request
};

struct of_echo {
	struct of_bytes data;
};

struct of_empty {
	uint8_t none;
};

#define OF_CAPABILITY_FLOW_STATS   (1u << 0)
#define OF_CAPABILITY_TABLE_STATS  (1u << 1)
#define OF_CAPABILITY_PORT_STATS   (1u << 2)
#define OF_CAPABILITY_GROUP_STATS  (1u << 3)
#define OF_CAPABILITY_IP_REASM     (1u << 5)
#define OF_CAPABILITY_QUEUE_STATS  (1u << 6)
#define OF_CAPABILITY_PORT_BLOCKED (1u << 8)
#define OF_CAPABILITY_BUNDLES      (1u << 9)
#define OF_CAPABILITY_MONITORING   (1u << 10)

// Section 7.3.1.
struct of_features {
	uint64_t datapath_id;
	uint32_t n_buffers;
	uint8_t n_tables, auxiliary_id;
	uint32_t capabilities;
	uint32_t actions, reserved; // 1.0 has the former, later ones the latter
	struct of_list ports;       // 1.0
};

struct of_config {
	uint16_t flags, miss_send_len;
};

// Section 7.4.1.
struct of_packet_in {
	uint32_t buffer_id;
	uint16_t total_len; // of the packet, of which data may hold less
	uint8_t reason, table_id;
	uint64_t cookie;
	uint32_t in_port; // OF_PORT_ANY: the match has none
	struct of_match match;
	struct of_bytes data;
};

// Section 7.4.2.
struct of_flow_removed {
	uint64_t cookie;
	uint16_t priority, idle_timeout_s, hard_timeout_s;
	uint8_t reason, table_id;
	struct of_match match;
	struct of_stats stats;
};

struct of_port_status {
	uint8_t reason;
	struct of_port port;
};

// Section 7.3.6.
struct of_packet_out {
	uint32_t buffer_id;
	uint32_t in_port;      // 1.5: if match is empty, written as one
	struct of_match match; // 1.5: pipeline fields
	struct of_list actions;
	struct of_bytes data;
};

enum of_flow_mod_command {
	OF_FLOW_ADD,
	OF_FLOW_MODIFY,
	OF_FLOW_MODIFY_STRICT,
	OF_FLOW_DELETE,
	OF_FLOW_DELETE_STRICT,
};

#define OF_FLOW_SEND_REMOVED  1u
#define OF_FLOW_CHECK_OVERLAP 2u
#define OF_FLOW_RESET_COUNTS  4u // not in 1.0
#define OF_FLOW_NO_PACKETS    8u
#define OF_FLOW_NO_BYTES      16u
#define OF_FLOW_EMERGENCY     0x8000u // 1.0

// Section 7.3.4.2.
struct of_flow_mod {
	uint64_t cookie, cookie_mask;
	uint8_t table_id, command;
	uint16_t idle_timeout_s, hard_timeout_s, priority;
	uint32_t buffer_id, out_port, out_group;
	uint16_t flags, importance;
	struct of_match match;
	struct of_list instructions;
};

enum of_group_type {
	OF_GROUP_TYPE_ALL,
	OF_GROUP_TYPE_SELECT,
	OF_GROUP_TYPE_INDIRECT,
	OF_GROUP_TYPE_FF,
};

// Section 7.3.4.3.
struct of_group_mod {
	uint16_t command;
	uint8_t type;
	uint32_t group_id;
	uint32_t command_bucket_id; // 1.5
	struct of_list buckets;
	struct of_list properties; // 1.5
};

struct of_port_mod {
	uint32_t port_no;
	uint8_t hw_addr[6];
	uint32_t config, mask, advertise;
	struct of_list properties;
};

struct of_table_mod {
	uint8_t table_id;
	uint32_t config, eviction;
	uint8_t vacancy_down, vacancy_up, vacancy;
	struct of_list properties;
};

// Types of multiparts, with the numbers of 1.5.
#define OF_MULTIPART_LIST(X)                                                                       \
	X(DESC, 0)                                                                                 \
	X(FLOW, 1)                                                                                 \
	X(AGGREGATE, 2)                                                                            \
	X(TABLE, 3)                                                                                \
	X(PORT_STATS, 4)                                                                           \
	X(QUEUE, 5)                                                                                \
	X(GROUP, 6)                                                                                \
	X(GROUP_DESC, 7)                                                                           \
	X(GROUP_FEATURES, 8)                                                                       \
	X(METER, 9)                                                                                \
	X(METER_CONFIG, 10)                                                                        \
	X(METER_FEATURES, 11)                                                                      \
	X(TABLE_FEATURES, 12)                                                                      \
	X(PORT_DESC, 13)                                                                           \
	X(TABLE_DESC, 14)                                                                          \
	X(QUEUE_DESC, 15)                                                                          \
	X(FLOW_MONITOR, 16)                                                                        \
	X(FLOW_STATS, 17)                                                                          \
	X(CONTROLLER_STATUS, 18)                                                                   \
	X(BUNDLE_FEATURES, 19)

enum of_multipart_type {
#define X(NAME, number) OF_MULTIPART_##NAME = number,
	OF_MULTIPART_LIST(X)
#undef X
	        OF_MULTIPART_TYPES,
	OF_MULTIPART_EXPERIMENTER = 0xffff,
};

#define OF_MULTIPART_MORE 1u

// One message of a request or reply, of which there may be several with the same xid; all but the
// last have OF_MULTIPART_MORE. An item is never split. The family of the body is that of
// of_msg_family; a body that is one struct is a list of one item.
struct of_multipart {
	uint16_t type, flags;
	struct of_list body;
};

// The family of a body; OF_FAMILY_OPAQUE for a type that the version does not have, and for a
// body that is empty by definition.
enum of_family of_msg_family(enum of_version version, uint16_t type, bool reply) PURE;

struct of_queue_config {
	uint32_t port;
	struct of_list queues; // of the reply
};

enum of_role_kind {
	OF_ROLE_NOCHANGE,
	OF_ROLE_EQUAL,
	OF_ROLE_MASTER,
	OF_ROLE_SLAVE,
};

struct of_role {
	uint32_t role;
	uint16_t short_id; // 1.5
	uint64_t generation_id;
};

// Masks of reasons for which a message is sent: [0] to a controller that is slave, [1] to others.
// Of properties in 1.4 and 1.5 (section 7.3.10).
struct of_async {
	uint32_t packet_in[2], port_status[2], flow_removed[2];
	uint32_t role_status[2], table_status[2], request_forward[2]; // 1.4
	uint32_t flow_stats[2], controller_status[2];                 // 1.5
	struct of_list properties;
};

struct of_meter_mod {
	uint16_t command, flags;
	uint32_t meter_id;
	struct of_list bands;
};

struct of_role_status {
	uint32_t role;
	uint8_t reason;
	uint64_t generation_id;
	struct of_list properties;
};

struct of_table_status {
	uint8_t reason;
	struct of_table_desc table;
};

// The request of another controller: a message, for of_decode.
struct of_request_forward {
	struct of_bytes request;
};

enum of_bundle_type {
	OF_BUNDLE_OPEN_REQUEST,
	OF_BUNDLE_OPEN_REPLY,
	OF_BUNDLE_CLOSE_REQUEST,
	OF_BUNDLE_CLOSE_REPLY,
	OF_BUNDLE_COMMIT_REQUEST,
	OF_BUNDLE_COMMIT_REPLY,
	OF_BUNDLE_DISCARD_REQUEST,
	OF_BUNDLE_DISCARD_REPLY,
};

#define OF_BUNDLE_ATOMIC  1u
#define OF_BUNDLE_ORDERED 2u

struct of_bundle_control {
	uint32_t bundle_id;
	uint16_t type, flags;
	struct of_list properties;
};

struct of_bundle_add {
	uint32_t bundle_id;
	uint16_t flags;
	struct of_bytes message; // for of_decode
	struct of_list properties;
};

struct of_unknown {
	uint8_t type; // as in the header
	struct of_bytes data;
};

struct of_msg {
	uint8_t version; // of the header: enum of_version, or any other in a hello or error
	enum of_type type;
	uint32_t xid;
	union {
		struct of_hello hello;
		struct of_error error;
		struct of_echo echo;
		struct of_experiment experiment;
		struct of_empty empty;
		struct of_features features;
		struct of_config config;
		struct of_packet_in packet_in;
		struct of_flow_removed flow_removed;
		struct of_port_status port_status;
		struct of_packet_out packet_out;
		struct of_flow_mod flow_mod;
		struct of_group_mod group_mod;
		struct of_port_mod port_mod;
		struct of_table_mod table_mod;
		struct of_multipart multipart;
		struct of_queue_config queue_config;
		struct of_role role;
		struct of_async async;
		struct of_meter_mod meter_mod;
		struct of_role_status role_status;
		struct of_table_status table_status;
		struct of_request_forward request_forward;
		struct of_bundle_control bundle_control;
		struct of_bundle_add bundle_add;
		struct of_controller controller;
		struct of_unknown unknown;
	};
};

// Where a message is refused.
struct of_error_at {
	enum of_fault fault;
	uint32_t at; // bytes from its beginning
};

// Decodes the message of len bytes, all of it: everything is checked, lists and what is in them
// included. msg refers to bytes, which have to stay. Unknown types of messages, actions and so on
// are no faults. where may be NULL.
MUST_CHECK enum of_fault of_decode(struct of_msg *msg, const void *bytes, size_t len,
                                   struct of_error_at *where);

// Appends the message to out, in the version that it names; on a fault, out is as it was.
MUST_CHECK enum of_fault of_encode(const struct of_msg *msg, struct fill *out);

// "FLOW_MOD"; NULL for OF_UNKNOWN.
const char *of_msg_type_name(enum of_type type) PURE;

#endif

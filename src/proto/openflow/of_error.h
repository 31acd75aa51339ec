// of_error: the names of errors (OpenFlow 1.5.1 section 7.5.4; 1.0's section 5.4.4).
#ifndef OPENFLOW_OF_ERROR_H
#define OPENFLOW_OF_ERROR_H

#include "proto/openflow/of_wire.h"

// Types with the numbers of 1.3 and later.
enum of_error_type {
	OF_ERROR_HELLO_FAILED,
	OF_ERROR_BAD_REQUEST,
	OF_ERROR_BAD_ACTION,
	OF_ERROR_BAD_INSTRUCTION,
	OF_ERROR_BAD_MATCH,
	OF_ERROR_FLOW_MOD_FAILED,
	OF_ERROR_GROUP_MOD_FAILED,
	OF_ERROR_PORT_MOD_FAILED,
	OF_ERROR_TABLE_MOD_FAILED,
	OF_ERROR_QUEUE_OP_FAILED,
	OF_ERROR_SWITCH_CONFIG_FAILED,
	OF_ERROR_ROLE_REQUEST_FAILED,
	OF_ERROR_METER_MOD_FAILED,
	OF_ERROR_TABLE_FEATURES_FAILED,
	OF_ERROR_BAD_PROPERTY,
	OF_ERROR_ASYNC_CONFIG_FAILED,
	OF_ERROR_FLOW_MONITOR_FAILED,
	OF_ERROR_BUNDLE_FAILED,
	OF_ERROR_TYPES,
};

// The name of a type of error of a version; NULL if it has none.
const char *of_error_type_name(uint8_t version, uint16_t type) PURE;

// The name of a code of that type into room of at least OF_ERROR_NAME_BYTES; false if it has none.
#define OF_ERROR_NAME_BYTES 32
bool of_error_code_name(uint8_t version, uint16_t type, uint16_t code, char *name);

#endif

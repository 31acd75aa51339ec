// of_error: see of_error.h.
#include "proto/openflow/of_error.h"

#include "proto/openflow/of_text.h"

// Codes from 0 on; "-" for one that is not used.
static const struct {
	const char *name, *codes;
} types[OF_ERROR_TYPES] = {
        {"HELLO_FAILED", "INCOMPATIBLE EPERM"},
        {"BAD_REQUEST",
         "BAD_VERSION BAD_TYPE BAD_MULTIPART BAD_EXPERIMENTER BAD_EXP_TYPE EPERM BAD_LEN "
         "BUFFER_EMPTY "
         "BUFFER_UNKNOWN BAD_TABLE_ID IS_SLAVE BAD_PORT BAD_PACKET MULTIPART_BUFFER_OVERFLOW "
         "MULTIPART_REQUEST_TIMEOUT MULTIPART_REPLY_TIMEOUT MULTIPART_BAD_SCHED "
         "PIPELINE_FIELDS_ONLY UNKNOWN"},
        {"BAD_ACTION",
         "BAD_TYPE BAD_LEN BAD_EXPERIMENTER BAD_EXP_TYPE BAD_OUT_PORT BAD_ARGUMENT EPERM TOO_MANY "
         "BAD_QUEUE BAD_OUT_GROUP MATCH_INCONSISTENT UNSUPPORTED_ORDER BAD_TAG BAD_SET_TYPE "
         "BAD_SET_LEN BAD_SET_ARGUMENT BAD_SET_MASK"},
        {"BAD_INSTRUCTION",
         "UNKNOWN_INST UNSUP_INST BAD_TABLE_ID UNSUP_METADATA UNSUP_METADATA_MASK BAD_EXPERIMENTER "
         "BAD_EXP_TYPE BAD_LEN EPERM DUP_INST"},
        {"BAD_MATCH", "BAD_TYPE BAD_LEN BAD_TAG BAD_DL_ADDR_MASK BAD_NW_ADDR_MASK BAD_WILDCARDS "
                      "BAD_FIELD BAD_VALUE "
                      "BAD_MASK BAD_PREREQ DUP_FIELD EPERM"},
        {"FLOW_MOD_FAILED", "UNKNOWN TABLE_FULL BAD_TABLE_ID OVERLAP EPERM BAD_TIMEOUT BAD_COMMAND "
                            "BAD_FLAGS CANT_SYNC "
                            "BAD_PRIORITY IS_SYNC"},
        {"GROUP_MOD_FAILED",
         "GROUP_EXISTS INVALID_GROUP WEIGHT_UNSUPPORTED OUT_OF_GROUPS OUT_OF_BUCKETS "
         "CHAINING_UNSUPPORTED WATCH_UNSUPPORTED LOOP UNKNOWN_GROUP CHAINED_GROUP BAD_TYPE "
         "BAD_COMMAND BAD_BUCKET BAD_WATCH EPERM UNKNOWN_BUCKET BUCKET_EXISTS"},
        {"PORT_MOD_FAILED", "BAD_PORT BAD_HW_ADDR BAD_CONFIG BAD_ADVERTISE EPERM"},
        {"TABLE_MOD_FAILED", "BAD_TABLE BAD_CONFIG EPERM"},
        {"QUEUE_OP_FAILED", "BAD_PORT BAD_QUEUE EPERM"},
        {"SWITCH_CONFIG_FAILED", "BAD_FLAGS BAD_LEN EPERM"},
        {"ROLE_REQUEST_FAILED", "STALE UNSUP BAD_ROLE ID_UNSUP ID_IN_USE"},
        {"METER_MOD_FAILED", "UNKNOWN METER_EXISTS INVALID_METER UNKNOWN_METER BAD_COMMAND "
                             "BAD_FLAGS BAD_RATE BAD_BURST "
                             "BAD_BAND BAD_BAND_VALUE OUT_OF_METERS OUT_OF_BANDS"},
        {"TABLE_FEATURES_FAILED", "BAD_TABLE BAD_METADATA - - - EPERM BAD_CAP BAD_MAX_ENT "
                                  "BAD_FEATURES BAD_COMMAND TOO_MANY"},
        {"BAD_PROPERTY",
         "BAD_TYPE BAD_LEN BAD_VALUE TOO_MANY DUP_TYPE BAD_EXPERIMENTER BAD_EXP_TYPE BAD_EXP_VALUE "
         "EPERM"},
        {"ASYNC_CONFIG_FAILED", "INVALID UNSUPPORTED EPERM"},
        {"FLOW_MONITOR_FAILED", "UNKNOWN MONITOR_EXISTS INVALID_MONITOR UNKNOWN_MONITOR "
                                "BAD_COMMAND BAD_FLAGS BAD_TABLE_ID "
                                "BAD_OUT"},
        {"BUNDLE_FAILED",
         "UNKNOWN EPERM BAD_ID BUNDLE_EXIST BUNDLE_CLOSED OUT_OF_BUNDLES BAD_TYPE BAD_FLAGS "
         "MSG_BAD_LEN "
         "MSG_BAD_XID MSG_UNSUP MSG_CONFLICT MSG_TOO_MANY MSG_FAILED TIMEOUT BUNDLE_IN_PROGRESS "
         "SCHED_NOT_SUPPORTED SCHED_FUTURE SCHED_PAST"},
};

// Of 1.0, by its numbers: the type of later versions, and codes where they differ.
static const struct {
	uint8_t type;
	const char *codes;
} types10[] = {
        {OF_ERROR_HELLO_FAILED, NULL},
        {OF_ERROR_BAD_REQUEST, NULL},
        {OF_ERROR_BAD_ACTION, NULL},
        {OF_ERROR_FLOW_MOD_FAILED,
         "ALL_TABLES_FULL OVERLAP EPERM BAD_EMERG_TIMEOUT BAD_COMMAND UNSUPPORTED"},
        {OF_ERROR_PORT_MOD_FAILED, NULL},
        {OF_ERROR_QUEUE_OP_FAILED, NULL},
};

const char *of_error_type_name(uint8_t version, uint16_t type)
{
	if (version == OF10)
		return type < ARRAY_LEN(types10) ? types[types10[type].type].name : NULL;
	return type < OF_ERROR_TYPES ? types[type].name : NULL;
}

static const char *codes_of(uint8_t version, uint16_t type)
{
	if (version != OF10)
		return type < OF_ERROR_TYPES ? types[type].codes : NULL;
	if (type >= ARRAY_LEN(types10))
		return NULL;
	return types10[type].codes ? types10[type].codes : types[types10[type].type].codes;
}

bool of_error_code_name(uint8_t version, uint16_t type, uint16_t code, char *name)
{
	const char *words = codes_of(version, type);
	size_t len;

	for (; words && code > 0; code--) {
		words = strchr(words, ' ');
		words = words ? words + 1 : NULL;
	}
	if (!words || *words == '-')
		return false;
	len = strchr(words, ' ') ? (size_t)(strchr(words, ' ') - words) : strlen(words);
	assert(len < OF_ERROR_NAME_BYTES);
	memcpy(name, words, len);
	name[len] = '\0';
	return true;
}

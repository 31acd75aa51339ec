// conf_json: the values of a section as the JSON that a configuration would have them in, for
// reports of what is in force.
#ifndef CORE_HOST_CONF_JSON_H
#define CORE_HOST_CONF_JSON_H

#include "core/host/conf.h"
#include "core/host/json.h"

// An object with the keys that differ from their defaults; a new reference, NULL without memory.
json_t *conf_json(const struct conf_section *section, const void *values) MUST_CHECK;

#endif

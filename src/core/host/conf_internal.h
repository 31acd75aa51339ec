// conf_internal: what the files of conf share. Internal; the interface is conf.h.
#ifndef CORE_HOST_CONF_INTERNAL_H
#define CORE_HOST_CONF_INTERNAL_H

#include "core/host/conf.h"
#include "core/host/conf_place.h"
#include "core/host/json.h"
#include "core/why.h"

#define CONF_NO_OPTION SIZE_MAX

// One reading of a configuration.
struct conf_read {
	struct conf *conf;
	char path[CONF_KEY_PATH_BYTES]; // of the current key
	size_t option;                  // the current option of --set; or CONF_NO_OPTION
	unsigned quiet;                 // above 0: defaults are stored, nothing is reported
};

// Reports an error at the current key: "PLACE: path: sentence", PLACE being the current
// option, the option that set the key, or FILE:LINE. False.
bool conf_fail(struct conf_read *read, const char *format, ...) PRINTF(2, 3);

// Adds a report, unless there are CONF_REPORTS_MAX.
void conf_report_add(struct conf *conf, bool warning, const char *place, const char *text);

// "--set workers=0": the name of the source's option.
const char *conf_option_place(struct conf *conf, size_t number);

// Reports that the section has no such key as the current one.
bool conf_fail_unknown(struct conf_read *read, const struct conf_section *section,
                       const char *name);

// Appends a name or, when it is NULL, an index to the current path; returns the
// length to cut it to afterwards.
size_t conf_path_add(struct conf_read *read, const char *name, size_t index);
void conf_path_cut(struct conf_read *read, size_t len);

const struct conf_key *conf_key_find(const struct conf_section *section, const char *name,
                                     size_t len) PURE;

// Checks a value of a simple type or a list of strings, and stores it; the default, or an
// empty value, when it is refused.
void conf_value_store(struct conf_read *read, const struct conf_key *key, json_t *value, void *at);

// The JSON value of a text after --set, or of a default. Never NULL:
// text that is not a value of the key's type becomes a string, which
// conf_value_store rejects.
json_t *conf_value_of_text(const struct conf_key *key, const char *text) MUST_CHECK;

// "a string", "a list": what a value is, for messages.
const char *conf_value_kind(const json_t *value) PURE;

// Puts all options of --set into the tree.
void conf_set_all(struct conf_read *read, json_t *tree);

// The part of a file's name up to and including the last "/".
size_t conf_folder_len(const char *file) PURE;

#endif

// conf_internal: what the files of conf share. Internal; the interface is conf.h.
#ifndef CORE_HOST_CONF_INTERNAL_H
#define CORE_HOST_CONF_INTERNAL_H

#include "core/host/conf.h"
#include "core/host/conf_place.h"
#include "core/host/json.h"
#include "core/why.h"

// One reading of a configuration, until conf_open returns.
struct conf_read {
	struct conf *conf;
	const struct conf_section *root;
	const struct conf_source *source;
	const char *text; // of the file
	size_t len;
	char path[CONF_KEY_PATH_BYTES]; // of the current key
	struct why *why;
};

// Writes "PLACE: path: sentence" into why, PLACE being the option that set the
// current key or FILE:LINE; returns -EINVAL.
int conf_fail(struct conf_read *read, const char *format, ...) PRINTF(2, 3);

// Begins the sentence in why with the name of the source's i-th option:
// "--set workers=0: ".
void conf_option_place(const struct conf_read *read, size_t number);

// Writes into why that the section has no such key as the current one.
int conf_fail_unknown(struct conf_read *read, const struct conf_section *section, const char *name);

// Appends a name or, when it is NULL, an index to the current path; returns the
// length to cut it to afterwards.
size_t conf_path_add(struct conf_read *read, const char *name, size_t index);
void conf_path_cut(struct conf_read *read, size_t len);

const struct conf_key *conf_key_find(const struct conf_section *section, const char *name,
                                     size_t len) PURE;

// Checks a value of a simple type or a list of strings, and stores it.
int conf_value_store(struct conf_read *read, const struct conf_key *key, json_t *value, void *at);

// The JSON value of a text after --set, or of a default. Never NULL:
// text that is not a value of the key's type becomes a string, which
// conf_value_store rejects.
json_t *conf_value_of_text(const struct conf_key *key, const char *text) MUST_CHECK;

// "a string", "a list": what a value is, for messages.
const char *conf_value_kind(const json_t *value) PURE;

// Puts all options of --set into the tree.
int conf_set_all(struct conf_read *read, json_t *tree);

#endif

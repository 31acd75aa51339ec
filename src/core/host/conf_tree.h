// conf_tree: the JSON tree of a configuration file and of the files that it includes, and
// where in them each key stands. Internal to conf. What kind of text a file holds is
// conf_text.h's, lines are conf_place.h's.
#ifndef CORE_HOST_CONF_TREE_H
#define CORE_HOST_CONF_TREE_H

#include "core/host/conf_internal.h"

// The key with which any section names files: a path or a list of paths, each relative to
// the file that it stands in; a folder means its *.json, and the last part may be a
// pattern. Each holds an object, which becomes part of the section: lists are joined,
// sections merged, and anything else that stands in both is an error.
#define CONF_INCLUDE "include"

// The tree of conf's source, from its file or, when text is not NULL, from the text; what
// is wrong is reported. A new reference; NULL when the source holds nothing that can be
// checked.
json_t *conf_tree_read(struct conf *conf, const char *text, size_t len) MUST_CHECK;

// FILE:LINE of the key with this path, or of the nearest value around it, in the file
// that it stands in.
const char *conf_tree_place(struct conf *conf, const char *path);

#endif

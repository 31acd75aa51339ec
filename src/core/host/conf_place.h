// conf_place: the line of a key in a JSON text. Jansson keeps no positions, so the text
// is scanned again when an error is reported. Internal to conf.
#ifndef CORE_HOST_CONF_PLACE_H
#define CORE_HOST_CONF_PLACE_H

#include "core/base.h"

#define CONF_KEY_PATH_BYTES 256

// The line, from 1, of the key or list item with this path ("ports[1].name"),
// or of the nearest value around it. The text is valid JSON.
unsigned conf_place_line(const char *text, size_t len, const char *path) PURE;

// The path of the key whose name ends at or after byte offset `at`; the text is valid
// up to there. Cut when it is longer than CONF_KEY_PATH_BYTES.
void conf_place_path(const char *text, size_t len, size_t at, char path[CONF_KEY_PATH_BYTES]);

#endif

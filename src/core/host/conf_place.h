// conf_place: the line of a key in a JSON text. Jansson keeps no positions, so the text
// is scanned again when an error is reported. Internal to conf.
#ifndef CORE_HOST_CONF_PLACE_H
#define CORE_HOST_CONF_PLACE_H

#include "core/base.h"

#define CONF_KEY_PATH_BYTES 256

// The line, from 1, of the key or list item with this path ("ports[1].name"),
// or of the nearest value around it, whose path is the first *matched bytes. The text is
// valid JSON.
unsigned conf_place_line(const char *text, size_t len, const char *path, size_t *matched);

// Calls fn for each key that stands in an object more than once, in order of the paths; the
// line is that of a further one. 0, or -ENOMEM.
typedef void conf_place_fn(void *ctx, const char *path, unsigned line);
int conf_place_duplicates(const char *text, size_t len, conf_place_fn *fn, void *ctx);

#endif

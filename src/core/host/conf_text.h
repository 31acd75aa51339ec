// conf_text: a configuration file as text: reads it, says what it is when it is no text,
// and blanks out comments. Internal to conf; what the text means is conf_tree.h's.
#ifndef CORE_HOST_CONF_TEXT_H
#define CORE_HOST_CONF_TEXT_H

#include "core/host/arena.h"
#include "core/why.h"

#define CONF_TEXT_MAX_BYTES (64u << 20)

// Reads the whole file, up to max bytes, into the arena; NULL with errno set. `regular`:
// only a regular file is taken, else EINVAL.
char *conf_text_read(struct arena *arena, const char *file, size_t max, bool regular, size_t *len);

// Overwrites comments, from two slashes to the line's end and from /* to */, and a byte
// order mark with blanks, so that lines stay where they are. 0; or the line, from 1, with a
// sentence in why about a file that is no text or about a comment without an end.
unsigned conf_text_clean(char *text, size_t len, struct why *why);

#endif

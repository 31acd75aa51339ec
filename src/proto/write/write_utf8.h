// write_utf8: whether bytes are UTF-8 (RFC 3629).
#ifndef WRITE_UTF8_H
#define WRITE_UTF8_H

#include "core/span.h"

#define WRITE_UTF8_REPLACEMENT                                                                     \
	"\xef\xbf\xbd" // U+FFFD, instead of a byte that belongs to no character

// The bytes of the character that the text begins with, 1 to 4; 0 if it begins with none: a byte
// out of place, a form that is longer than needed, a surrogate, beyond U+10FFFF, or cut short.
unsigned write_utf8_len(struct span text) PURE;

#endif

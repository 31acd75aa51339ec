// ws_utf8: whether a text that comes in pieces, cut anywhere, is UTF-8 (RFC 3629, RFC 6455 section
// 8.1). A byte that cannot continue the text is seen at once.
#ifndef WS_UTF8_H
#define WS_UTF8_H

#include "core/span.h"

// All zeros: between two characters.
struct ws_utf8 {
	uint8_t need;     // bytes of the character that are missing
	uint8_t min, max; // of the next one of them
};

// False: the text is not UTF-8, whatever follows.
bool ws_utf8_add(struct ws_utf8 *utf8, struct span piece) MUST_CHECK;

// Whether the text may end here.
static inline bool ws_utf8_is_whole(const struct ws_utf8 *utf8)
{
	return utf8->need == 0;
}

#endif

// cluster_text: numbers in what members of a cluster write into the store, and read there again.
#ifndef CLUSTER_CLUSTER_TEXT_H
#define CLUSTER_CLUSTER_TEXT_H

#include "core/span.h"

// 16 hexadecimal digits in lower case.
#define CLUSTER_TEXT_HEX_BYTES 16
void cluster_text_put_hex(struct fill *out, uint64_t number);
bool cluster_text_hex(struct span *text, uint64_t *number) MUST_CHECK;

void cluster_text_put(struct fill *out, const char *text);

// Takes the text if it comes next.
bool cluster_text_take(struct span *text, const char *wanted) MUST_CHECK;

// A word of printable ASCII without spaces, of 1 to size - 1 bytes, up to a space, a line's end or
// the end of the text, which is left.
bool cluster_text_word(struct span *text, char *word, size_t size) MUST_CHECK;

#endif

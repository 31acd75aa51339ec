// hex: bytes out of text as programs print them: plain digits, or lines with an offset before and
// characters behind, as those of ovs-ofctl, tcpdump -x, tshark -x and xxd.
#ifndef APPS_OFP_HEX_H
#define APPS_OFP_HEX_H

#include "core/span.h"
#include "core/why.h"

// Appends the bytes that the text holds to out, which has room for text_len / 2. 0, or -EINVAL
// with a sentence that names the line.
//
// "#" begins a comment. A line that begins with the number of bytes before it (0 begins a new dump)
// ends at two blanks behind its bytes, or at "|".
int hex_read(const char *text, size_t text_len, struct fill *out, struct why *why) MUST_CHECK;

#endif

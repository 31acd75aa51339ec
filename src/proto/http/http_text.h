// http_text: text and numbers into bytes.
#ifndef HTTP_TEXT_H
#define HTTP_TEXT_H

#include "core/span.h"

void http_text_put(struct fill *out, const char *text);

// In decimal digits.
void http_text_number(struct fill *out, uint64_t value);

// "name: value" and CR LF. Both were checked.
void http_text_field(struct fill *out, struct span name, struct span value);

#endif

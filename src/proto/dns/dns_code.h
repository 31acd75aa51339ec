// dns_code: how rcodes and classes are written and read. Types are dns_rdata's.
#ifndef DNS_CODE_H
#define DNS_CODE_H

#include "core/base.h"

#define DNS_CODE_TEXT_BYTES 16

// "NXDOMAIN", "BADVERS", "RCODE3000" into text; returns text. The rcode is the
// extended one (RFC 6891 section 6.1.3).
char *dns_rcode_text(uint16_t rcode, char text[DNS_CODE_TEXT_BYTES]);

// "IN" or "CLASS255" (RFC 3597 section 5) into text; returns text.
char *dns_class_text(uint16_t rr_class, char text[DNS_CODE_TEXT_BYTES]);

// "IN", "CH", "CLASS255"; any case. False when it is neither.
bool dns_class_parse(const char *text, size_t len, uint16_t *rr_class) MUST_CHECK;

#endif

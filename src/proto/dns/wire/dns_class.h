// dns_class: numbers and mnemonics of classes (RFC 1035 section 3.2.4, RFC 3597 section 5).
#ifndef DNS_CLASS_H
#define DNS_CLASS_H

#include "core/base.h"

enum dns_class {
	DNS_CLASS_IN = 1,
	DNS_CLASS_CH = 3,
	DNS_CLASS_NONE = 254,
	DNS_CLASS_ANY = 255,
};

#define DNS_CLASS_TEXT_BYTES 16

// Writes "IN" or "CLASS255" into text and returns text.
char *dns_class_text(uint16_t rr_class, char text[DNS_CLASS_TEXT_BYTES]);

// Reads "IN", "CH" or "CLASS255", in any case. False when it is none of them.
bool dns_class_parse(const char *text, size_t len, uint16_t *rr_class) MUST_CHECK;

#endif

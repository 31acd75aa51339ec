// dns_class: numbers and mnemonics of record classes (RFC 1035 section 3.2.4, RFC 3597
// section 5). Types are in dns_type.h.
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

// Writes the mnemonic of a class ("IN"), or "CLASS" and its number, to text; returns text.
char *dns_class_text(uint16_t rr_class, char text[DNS_CLASS_TEXT_BYTES]);

// Parses a class: a mnemonic ("IN", "CH") or "CLASS255", in any case. False when the text is
// neither.
bool dns_class_parse(const char *text, size_t len, uint16_t *rr_class) MUST_CHECK;

#endif

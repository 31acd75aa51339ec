// base64: bytes out of base64 and base64url (RFC 4648 sections 4 and 5), and into base64.
#ifndef CORE_BASE64_H
#define CORE_BASE64_H

#include "core/span.h"

enum base64_alphabet {
	BASE64,     // with + and /
	BASE64_URL, // with - and _
};

// The value of a digit, -1 if c is none.
int base64_digit(enum base64_alphabet alphabet, uint8_t c) PURE;

// Writes the bytes that the text, without padding, stands for. False when it has anything but
// digits, bits that are left over and not zero, so that bytes have one text only, or more bytes
// than there is room for; what came before that is written.
bool base64_decode(enum base64_alphabet alphabet, struct span text, struct fill *out);

// Writes the text of the bytes, with padding, in the alphabet BASE64.
void base64_encode(struct span bytes, struct fill *out);

#endif

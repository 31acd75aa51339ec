// dns_name: domain names in wire form (RFC 1035 section 3.1). A name is
// checked once, where it enters; afterwards it is a sequence of labels ending
// in the root label, at most 255 bytes, without compression.
#ifndef DNS_NAME_H
#define DNS_NAME_H

#include "core/span.h"

#define DNS_NAME_MAX_BYTES  255
#define DNS_LABEL_MAX_BYTES 63
#define DNS_LABELS_MAX      127
#define DNS_NAME_TEXT_BYTES 1025 // every byte as \DDD, dots, the final zero

struct dns_name {
	uint8_t len; // bytes, root label included; 1 for the root
	uint8_t wire[DNS_NAME_MAX_BYTES];
};

// Eight bytes of names to lower case. No length byte of a label (at most 63) is
// an ASCII letter (from 65), so names are folded without regard to their labels.
static inline uint64_t dns_lower_u64(uint64_t word)
{
	const uint64_t ones = 0x0101010101010101;
	// Adding to the low seven bits carries into bit 7 where they reach 'A', and
	// again where they pass 'Z'; bytes that had bit 7 are no letters.
	uint64_t low = word & (ones * 0x7f);
	uint64_t from_a = low + ones * (0x80 - 'A');
	uint64_t past_z = low + ones * (0x7f - 'Z');

	return word | (((from_a ^ past_z) & ~word & (ones * 0x80)) >> 2);
}

// Whether the bytes begin with a sound uncompressed name; its length, or 0.
static inline size_t dns_name_check(const uint8_t *bytes, size_t len)
{
	size_t end = size_min(len, DNS_NAME_MAX_BYTES);
	size_t at = 0;

	while (at < end && bytes[at] <= DNS_LABEL_MAX_BYTES) {
		if (bytes[at] == 0)
			return at + 1;
		at += 1 + bytes[at];
	}
	return 0;
}

// Length of a sound name.
size_t dns_name_len(const uint8_t *wire) PURE;

// Labels without the root label: 0 for ".".
unsigned dns_name_labels(const uint8_t *wire) PURE;

// Equality without regard to ASCII case (RFC 4343).
bool dns_name_eq(const uint8_t *a, const uint8_t *b) PURE;

// Canonical order (RFC 4034 section 6.1): <0, 0, >0.
int dns_name_cmp(const uint8_t *a, const uint8_t *b) PURE;

// Whether name is at or below apex.
bool dns_name_under(const uint8_t *name, const uint8_t *apex) PURE;

// Copies a sound name in lower case; returns its length. The two may be the same
// memory.
size_t dns_name_lower(uint8_t *to, const uint8_t *from);

// Presentation form to wire form (RFC 1035 section 5.1, \DDD and \X escapes),
// relative to origin (wire form; NULL: the name must be absolute). False, with
// a sentence in *why, when malformed.
bool dns_name_parse(struct dns_name *name, const char *text, size_t len, const uint8_t *origin,
                    const char **why) MUST_CHECK;

// Wire form to absolute presentation form with escapes; returns text.
char *dns_name_text(const uint8_t *wire, char text[DNS_NAME_TEXT_BYTES]);

#endif

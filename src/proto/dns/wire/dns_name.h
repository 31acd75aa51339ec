// dns_name: domain names in wire form (RFC 1035 section 3.1). A name is checked once, where
// it is received or read. The other functions expect a valid name: labels that end with the
// root label, up to 255 bytes, without compression.
#ifndef DNS_NAME_H
#define DNS_NAME_H

#include "core/span.h"

#define DNS_NAME_MAX_BYTES  255
#define DNS_LABEL_MAX_BYTES 63
#define DNS_LABELS_MAX      127
#define DNS_NAME_TEXT_BYTES 1025 // every byte as \DDD, the dots, and the final zero

struct dns_name {
	uint8_t len; // bytes, root label included; 1 for the root
	uint8_t wire[DNS_NAME_MAX_BYTES];
};

// Converts eight bytes of a name to lower case. The length byte of a label (up to 63) is
// never an ASCII letter (65 and above), so the position of labels does not matter.
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

// Returns the length of the valid uncompressed name that the bytes begin with, root label
// included; 0 when they do not begin with one.
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

// Length of a valid name in bytes, root label included.
size_t dns_name_len(const uint8_t *wire) PURE;

// Number of labels without the root label: 0 for ".".
unsigned dns_name_labels(const uint8_t *wire) PURE;

// Whether two names are equal, ignoring ASCII case (RFC 4343).
bool dns_name_eq(const uint8_t *a, const uint8_t *b) PURE;

// Compares in canonical order (RFC 4034 section 6.1): <0, 0, >0.
int dns_name_cmp(const uint8_t *a, const uint8_t *b) PURE;

// Whether name is apex or below it.
bool dns_name_under(const uint8_t *name, const uint8_t *apex) PURE;

// Copies a valid name in lower case; returns its length. `to` and `from` may be equal.
size_t dns_name_lower(uint8_t *to, const uint8_t *from);

// Parses presentation form with its escapes \DDD and \X (RFC 1035 section 5.1). A name
// without a final dot is relative to origin, which is in wire form; if origin is NULL, the
// name must be absolute. False, with a sentence in *why, when the text is malformed.
bool dns_name_parse(struct dns_name *name, const char *text, size_t len, const uint8_t *origin,
                    const char **why) MUST_CHECK;

// Writes the absolute presentation form of a name, with escapes, to text; returns text.
char *dns_name_text(const uint8_t *wire, char text[DNS_NAME_TEXT_BYTES]);

#endif

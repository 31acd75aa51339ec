// zone_text: see the header. Owners are gone through in canonical order (RFC 4034
// section 6.1), so that the next one is at hand for an NSEC record.
#include "zone_text.h"

#include "measure.h"

#include "core/digest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OWNER_BYTES 32

// Bytes of text that an owner takes at most, signed and with its denial; big ones apart.
#define TEXT_BYTES     1024
#define TEXT_BIG_BYTES 4096

// 64 bytes, which is what ECDSA's signatures and keys have, and the tag of such a key
// (RFC 4034 appendix B).
#define ECDSA_BYTES                                                                                \
	"b3JkaW5hcnkgYnl0ZXMgc3RhbmQgaGVyZSBpbiBwbGFj"                                             \
	"ZSBvZiBhIHJlYWwgc2lnbmF0dXJlIG9mIGEgem9uZQ=="
#define KEY_TAG 27397

// A sort of owners. `records` are lines without owner, %1$u being the number; `sets`
// are the types that are signed, `types` those of the bitmap.
struct sort {
	const char *owner;
	enum { ONE, EACH, SIDE, BIG } many;
	const char *records[4];
	const char *glue; // lines of their own
	const char *sets[4];
	const char *types;
};

#define APEX_TYPES "NS SOA RRSIG DNSKEY"

#define HUNDRED                                                                                    \
	"0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567" \
	"89012345678"
#define TXT "TXT " HUNDRED " " HUNDRED " " HUNDRED " " HUNDRED

static const struct sort sorts[] = {
        {"@", ONE,
         .records = {"SOA ns admin 1 7200 3600 1209600 300", "NS ns",
                     "DNSKEY 257 3 13 " ECDSA_BYTES},
         .sets = {"SOA", "NS", "DNSKEY"}, .types = APEX_TYPES},
        {"c%07u", SIDE, .records = {"CNAME h%1$07u"}, .sets = {"CNAME"}, .types = "CNAME RRSIG"},
        {"d%07u", SIDE,
         .records = {"NS ns1.d%1$07u", "NS ns2.d%1$07u",
                     "DS 1 13 2 000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F"},
         .glue = "ns1.d%1$07u A 192.0.2.3\nns2.d%1$07u A 192.0.2.4\n", .sets = {"DS"},
         .types = "NS DS RRSIG"},
        {"h%07u", EACH, .records = {"A 10.1.2.3"}, .sets = {"A"}, .types = "A RRSIG"},
        {"j%07u", SIDE, .records = {"CNAME c%1$07u"}, .sets = {"CNAME"}, .types = "CNAME RRSIG"},
        {"k%07u", SIDE, .records = {"CNAME j%1$07u"}, .sets = {"CNAME"}, .types = "CNAME RRSIG"},
        {"ns", ONE, .records = {"A 192.0.2.1"}, .sets = {"A"}, .types = "A RRSIG"},
        {"t%07u", BIG, .records = {TXT, TXT " a", TXT " b", TXT " c"}, .sets = {"TXT"},
         .types = "TXT RRSIG"},
        {"*.w", ONE, .records = {"A 192.0.2.2"}, .sets = {"A"}, .types = "A RRSIG"},
};

struct text {
	uint64_t names;
	enum zone_text_denial denial;
	char *p;
	const char *previous;    // NSEC: types of the owner whose record waits for the next name,
	char owner[OWNER_BYTES]; // and its name
	struct hashed *hashed;   // NSEC3
	uint64_t hashed_len;
};

struct hashed {
	uint8_t hash[DIGEST_SHA1_BYTES];
	const char *types;
};

static uint64_t count_of(const struct sort *sort, uint64_t names)
{
	switch (sort->many) {
	case ONE:
		return 1;
	case EACH:
		return names;
	case SIDE:
		return zone_text_side_names(names);
	case BIG:
		return ZONE_TEXT_BIG_NAMES;
	}
	return 0;
}

static uint64_t owners(uint64_t names)
{
	uint64_t sum = 1; // "w"

	for (size_t i = 0; i < ARRAY_LEN(sorts); i++)
		sum += count_of(&sorts[i], names);
	return sum;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void put_number(struct text *text, const char *format, unsigned number)
{
	text->p += sprintf(text->p, format, number);
}
#pragma GCC diagnostic pop

static void put(struct text *text, const char *bytes)
{
	size_t len = strlen(bytes);

	memcpy(text->p, bytes, len);
	text->p += len;
}

static void put_signature(struct text *text, const char *owner, const char *type)
{
	text->p += sprintf(text->p,
	                   "%s RRSIG %s 13 %d 3600 20360101000000 20260101000000 %d example. %s\n",
	                   owner, type, strcmp(owner, "@") == 0 ? 1 : 2, KEY_TAG, ECDSA_BYTES);
}

// What the previous owner's NSEC record was waiting for.
static void put_nsec(struct text *text, const char *next)
{
	if (text->previous) {
		text->p +=
		        sprintf(text->p, "%s NSEC %s %s NSEC\n", text->owner, next, text->previous);
		put_signature(text, text->owner, "NSEC");
	}
}

// The owner's name in wire form, hashed without salt and further rounds.
static void add_hashed(struct text *text, const char *owner, const char *types)
{
	struct hashed *hashed = &text->hashed[text->hashed_len++];
	uint8_t wire[OWNER_BYTES + 16];
	size_t len = 0;

	for (const char *label = owner; *label && *label != '@';) {
		size_t label_len = strcspn(label, ".");

		wire[len++] = (uint8_t)label_len;
		memcpy(wire + len, label, label_len);
		len += label_len;
		label += label_len + (label[label_len] == '.');
	}
	memcpy(wire + len, "\7example", 9);
	digest_sha1(hashed->hash, wire, len + 9, NULL, 0);
	hashed->types = types;
}

static void put_denial(struct text *text, const char *owner, const char *types)
{
	if (text->denial == ZONE_TEXT_NSEC) {
		put_nsec(text, owner);
		strcpy(text->owner, owner);
		text->previous = types;
	} else if (text->denial == ZONE_TEXT_NSEC3) {
		add_hashed(text, owner, strcmp(owner, "@") == 0 ? APEX_TYPES " NSEC3PARAM" : types);
	}
}

static void put_owner(struct text *text, const struct sort *sort, unsigned number)
{
	char owner[OWNER_BYTES], *begin = text->p;

	put_number(text, sort->owner, number);
	memcpy(owner, begin, (size_t)(text->p - begin));
	owner[text->p - begin] = 0;
	text->p = begin;
	for (size_t i = 0; i < ARRAY_LEN(sort->records) && sort->records[i]; i++) {
		put(text, owner);
		put(text, " ");
		put_number(text, sort->records[i], number);
		put(text, "\n");
	}
	if (sort->glue)
		put_number(text, sort->glue, number);
	if (text->denial == ZONE_TEXT_PLAIN)
		return;
	for (size_t i = 0; i < ARRAY_LEN(sort->sets) && sort->sets[i]; i++)
		put_signature(text, owner, sort->sets[i]);
	put_denial(text, owner, sort->types);
}

static int hashed_cmp(const void *a, const void *b)
{
	return memcmp(a, b, DIGEST_SHA1_BYTES);
}

// Base 32 with extended hex digits (RFC 4648 section 7).
static void hash_text(const struct hashed *hashed, char *to)
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuv";

	for (unsigned bit = 0; bit < 8 * DIGEST_SHA1_BYTES; bit += 5) {
		unsigned at = bit / 8, word = (unsigned)hashed->hash[at] << 8;

		word |= at + 1 < DIGEST_SHA1_BYTES ? hashed->hash[at + 1] : 0;
		*to++ = digits[word >> (11 - bit % 8) & 31];
	}
	*to = 0;
}

static void put_nsec3(struct text *text)
{
	char owner[33], next[33];

	put(text, "@ NSEC3PARAM 1 0 0 -\n");
	put_signature(text, "@", "NSEC3PARAM");
	add_hashed(text, "w", "");
	qsort(text->hashed, text->hashed_len, sizeof(*text->hashed), hashed_cmp);
	for (uint64_t i = 0; i < text->hashed_len; i++) {
		hash_text(&text->hashed[i], owner);
		hash_text(&text->hashed[(i + 1) % text->hashed_len], next);
		text->p += sprintf(text->p, "%s NSEC3 1 0 0 - %s %s\n", owner, next,
		                   text->hashed[i].types);
		put_signature(text, owner, "NSEC3");
	}
}

char *zone_text(uint64_t names, enum zone_text_denial denial, size_t *len)
{
	uint64_t each = denial == ZONE_TEXT_PLAIN ? TEXT_BYTES / 4 : TEXT_BYTES;
	char *begin = measure_alloc(owners(names) * each + ZONE_TEXT_BIG_NAMES * TEXT_BIG_BYTES);
	struct text text = {.names = names, .denial = denial, .p = begin};

	if (denial == ZONE_TEXT_NSEC3)
		text.hashed = measure_alloc(owners(names) * sizeof(*text.hashed));
	put(&text, "$TTL 3600\n");
	for (size_t i = 0; i < ARRAY_LEN(sorts); i++) {
		for (uint64_t k = 0; k < count_of(&sorts[i], names); k++)
			put_owner(&text, &sorts[i], (unsigned)k);
	}
	if (denial == ZONE_TEXT_NSEC)
		put_nsec(&text, "@");
	if (denial == ZONE_TEXT_NSEC3)
		put_nsec3(&text);
	free(text.hashed);
	*len = (size_t)(text.p - begin);
	return begin;
}

// dns_type: the table of mnemonics; a type without one is "TYPE" and its number.
#include "proto/dns/wire/dns_type.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

// In ascending order, like the list in the header.
static const struct dns_mnemonic {
	uint16_t type;
	uint8_t len;
	char text[DNS_TYPE_TEXT_BYTES - 3];
} mnemonics[] = {
#define X(name, number, mnemonic) {number, sizeof(mnemonic) - 1, mnemonic},
        DNS_TYPES(X)
#undef X
};

static const char *type_mnemonic(uint16_t type)
{
	size_t low = 0, high = ARRAY_LEN(mnemonics);

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (mnemonics[middle].type == type)
			return mnemonics[middle].text;
		if (mnemonics[middle].type < type)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

bool dns_type_is_known(uint16_t type)
{
	return type_mnemonic(type);
}

// Parses "TYPE" and a number without leading zeros.
static bool type_number_parse(const char *text, size_t len, uint16_t *type)
{
	unsigned value = 0;

	if (len < 5 || len > 9 || strncasecmp(text, "TYPE", 4) != 0)
		return false;
	for (size_t i = 4; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		value = value * 10 + (unsigned)(text[i] - '0');
	}
	*type = (uint16_t)value;
	return value <= UINT16_MAX && (text[4] != '0' || len == 5);
}

bool dns_type_parse(const char *text, size_t len, uint16_t *type)
{
	if (len == 0)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(mnemonics); i++) {
		const struct dns_mnemonic *at = &mnemonics[i];

		// Most types differ in the first letter, so compare that before calling
		// strncasecmp.
		if (((at->text[0] ^ text[0]) & ~0x20) == 0 && at->len == len &&
		    strncasecmp(at->text, text, len) == 0) {
			*type = at->type;
			return true;
		}
	}
	return type_number_parse(text, len, type);
}

char *dns_type_text(uint16_t type, char text[DNS_TYPE_TEXT_BYTES])
{
	const char *mnemonic = type_mnemonic(type);

	if (mnemonic)
		snprintf(text, DNS_TYPE_TEXT_BYTES, "%s", mnemonic);
	else
		snprintf(text, DNS_TYPE_TEXT_BYTES, "TYPE%u", type);
	return text;
}

// dns_class: the table of mnemonics; a class without one is "CLASS" and its number.
#include "proto/dns/wire/dns_class.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

// If a class has two names, dns_class_text writes the first.
static const struct dns_class_entry {
	uint16_t value;
	const char *name;
} classes[] = {
        {DNS_CLASS_IN, "IN"},     {2, "CS"},
        {DNS_CLASS_CH, "CH"},     {4, "HS"},
        {DNS_CLASS_NONE, "NONE"}, {DNS_CLASS_ANY, "ANY"},
};

static const char *class_name(uint16_t value)
{
	for (size_t i = 0; i < ARRAY_LEN(classes); i++)
		if (classes[i].value == value)
			return classes[i].name;
	return NULL;
}

static bool mnemonic_parse(const char *text, size_t len, uint16_t *value)
{
	for (size_t i = 0; i < ARRAY_LEN(classes); i++) {
		if (strlen(classes[i].name) != len || strncasecmp(classes[i].name, text, len) != 0)
			continue;
		*value = classes[i].value;
		return true;
	}
	return false;
}

char *dns_class_text(uint16_t rr_class, char text[DNS_CLASS_TEXT_BYTES])
{
	const char *name = class_name(rr_class);

	if (name)
		snprintf(text, DNS_CLASS_TEXT_BYTES, "%s", name);
	else
		snprintf(text, DNS_CLASS_TEXT_BYTES, "CLASS%u", rr_class);
	return text;
}

// Parses "CLASS" and a number without leading zeros.
bool dns_class_parse(const char *text, size_t len, uint16_t *rr_class)
{
	unsigned value = 0;

	if (mnemonic_parse(text, len, rr_class))
		return true;
	if (len < 6 || len > 10 || strncasecmp(text, "CLASS", 5) != 0)
		return false;
	for (size_t i = 5; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		value = value * 10 + (unsigned)(text[i] - '0');
	}
	*rr_class = (uint16_t)value;
	return value <= UINT16_MAX && (text[5] != '0' || len == 6);
}

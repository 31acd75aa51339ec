// dns_code: tables of names; what has none is its kind and a number.
#include "proto/dns/dns_code.h"

#include "proto/dns/dns_rdata.h"

#include <stdio.h>
#include <strings.h>

struct code {
	uint16_t value;
	const char *name;
};

// IANA's registry "DNS RCODEs".
static const struct code rcodes[] = {
        {0, "NOERROR"},  {1, "FORMERR"},    {2, "SERVFAIL"}, {3, "NXDOMAIN"},  {4, "NOTIMP"},
        {5, "REFUSED"},  {6, "YXDOMAIN"},   {7, "YXRRSET"},  {8, "NXRRSET"},   {9, "NOTAUTH"},
        {10, "NOTZONE"}, {11, "DSOTYPENI"}, {16, "BADVERS"}, {17, "BADKEY"},   {18, "BADTIME"},
        {19, "BADMODE"}, {20, "BADNAME"},   {21, "BADALG"},  {22, "BADTRUNC"}, {23, "BADCOOKIE"},
};

// The first name of a value is the one that is written.
static const struct code classes[] = {
        {DNS_CLASS_IN, "IN"},     {2, "CS"},
        {DNS_CLASS_CH, "CH"},     {4, "HS"},
        {DNS_CLASS_NONE, "NONE"}, {DNS_CLASS_ANY, "ANY"},
};

static const char *code_name(const struct code *codes, size_t len, uint16_t value)
{
	for (size_t i = 0; i < len; i++)
		if (codes[i].value == value)
			return codes[i].name;
	return NULL;
}

static bool code_parse(const struct code *codes, size_t codes_len, const char *text, size_t len,
                       uint16_t *value)
{
	for (size_t i = 0; i < codes_len; i++) {
		if (strlen(codes[i].name) != len || strncasecmp(codes[i].name, text, len) != 0)
			continue;
		*value = codes[i].value;
		return true;
	}
	return false;
}

char *dns_rcode_text(uint16_t rcode, char text[DNS_CODE_TEXT_BYTES])
{
	const char *name = code_name(rcodes, ARRAY_LEN(rcodes), rcode);

	if (name)
		snprintf(text, DNS_CODE_TEXT_BYTES, "%s", name);
	else
		snprintf(text, DNS_CODE_TEXT_BYTES, "RCODE%u", rcode);
	return text;
}

char *dns_class_text(uint16_t rr_class, char text[DNS_CODE_TEXT_BYTES])
{
	const char *name = code_name(classes, ARRAY_LEN(classes), rr_class);

	if (name)
		snprintf(text, DNS_CODE_TEXT_BYTES, "%s", name);
	else
		snprintf(text, DNS_CODE_TEXT_BYTES, "CLASS%u", rr_class);
	return text;
}

// "CLASS" and a number without leading zeros.
bool dns_class_parse(const char *text, size_t len, uint16_t *rr_class)
{
	unsigned value = 0;

	if (code_parse(classes, ARRAY_LEN(classes), text, len, rr_class))
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

// dns_rcode: the table of names; a code without one is "RCODE" and its number.
#include "proto/dns/wire/dns_rcode.h"

#include <stdio.h>

// IANA's registry "DNS RCODEs".
static const struct dns_rcode_entry {
	uint16_t value;
	const char *name;
} rcodes[] = {
        {0, "NOERROR"},  {1, "FORMERR"},    {2, "SERVFAIL"}, {3, "NXDOMAIN"},  {4, "NOTIMP"},
        {5, "REFUSED"},  {6, "YXDOMAIN"},   {7, "YXRRSET"},  {8, "NXRRSET"},   {9, "NOTAUTH"},
        {10, "NOTZONE"}, {11, "DSOTYPENI"}, {16, "BADVERS"}, {17, "BADKEY"},   {18, "BADTIME"},
        {19, "BADMODE"}, {20, "BADNAME"},   {21, "BADALG"},  {22, "BADTRUNC"}, {23, "BADCOOKIE"},
};

static const char *rcode_name(uint16_t value)
{
	for (size_t i = 0; i < ARRAY_LEN(rcodes); i++)
		if (rcodes[i].value == value)
			return rcodes[i].name;
	return NULL;
}

char *dns_rcode_text(uint16_t rcode, char text[DNS_RCODE_TEXT_BYTES])
{
	const char *name = rcode_name(rcode);

	if (name)
		snprintf(text, DNS_RCODE_TEXT_BYTES, "%s", name);
	else
		snprintf(text, DNS_RCODE_TEXT_BYTES, "RCODE%u", rcode);
	return text;
}

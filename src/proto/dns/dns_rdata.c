// dns_rdata: the table of types, and the walk over rdata's fields that checks
// them. How they are read from text is in rdata_parse, how written in
// rdata_text.
#include "proto/dns/dns_rdata.h"

#include <stdio.h>
#include <strings.h>

// In the order of the types.
static const struct dns_type_info types[] = {
        {DNS_TYPE_A, "A", {DNS_FIELD_IPV4}, -1},
        {DNS_TYPE_NS, "NS", {DNS_FIELD_NAME}, 0},
        {DNS_TYPE_CNAME, "CNAME", {DNS_FIELD_NAME}, -1},
        {DNS_TYPE_SOA,
         "SOA",
         {DNS_FIELD_NAME, DNS_FIELD_NAME, DNS_FIELD_U32, DNS_FIELD_TIME, DNS_FIELD_TIME,
          DNS_FIELD_TIME, DNS_FIELD_TIME},
         -1},
        {DNS_TYPE_PTR, "PTR", {DNS_FIELD_NAME}, -1},
        {DNS_TYPE_HINFO, "HINFO", {DNS_FIELD_STRING, DNS_FIELD_STRING}, -1},
        {DNS_TYPE_MX, "MX", {DNS_FIELD_U16, DNS_FIELD_NAME}, 2},
        {DNS_TYPE_TXT, "TXT", {DNS_FIELD_STRINGS}, -1},
        {DNS_TYPE_RP, "RP", {DNS_FIELD_NAME_RAW, DNS_FIELD_NAME_RAW}, -1},
        {DNS_TYPE_AAAA, "AAAA", {DNS_FIELD_IPV6}, -1},
        {DNS_TYPE_SRV, "SRV", {DNS_FIELD_U16, DNS_FIELD_U16, DNS_FIELD_U16, DNS_FIELD_NAME_RAW}, 6},
        {DNS_TYPE_NAPTR,
         "NAPTR",
         {DNS_FIELD_U16, DNS_FIELD_U16, DNS_FIELD_STRING, DNS_FIELD_STRING, DNS_FIELD_STRING,
          DNS_FIELD_NAME_RAW},
         -1},
        {DNS_TYPE_CAA, "CAA", {DNS_FIELD_U8, DNS_FIELD_TAG, DNS_FIELD_TEXT}, -1},
};

const struct dns_type_info *dns_type_find(uint16_t type)
{
	size_t low = 0, high = ARRAY_LEN(types);

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (types[middle].type < type)
			low = middle + 1;
		else
			high = middle;
	}
	return low < ARRAY_LEN(types) && types[low].type == type ? &types[low] : NULL;
}

bool dns_type_is_meta(uint16_t type)
{
	return type == 0 || type == DNS_TYPE_OPT || (type >= 128 && type <= 255);
}

// "TYPE" and a number without leading zeros.
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
	for (size_t i = 0; len && i < ARRAY_LEN(types); i++) {
		const char *mnemonic = types[i].mnemonic;

		if ((mnemonic[0] ^ text[0]) & ~0x20)
			continue;
		if (strncasecmp(mnemonic, text, len) == 0 && strlen(mnemonic) == len) {
			*type = types[i].type;
			return true;
		}
	}
	return type_number_parse(text, len, type);
}

char *dns_type_text(uint16_t type, char *text)
{
	const struct dns_type_info *info = dns_type_find(type);

	if (info)
		snprintf(text, 16, "%s", info->mnemonic);
	else
		snprintf(text, 16, "TYPE%u", type);
	return text;
}

// RFC 8659 section 4.1: letters and digits, at least one.
static bool tag_check(const struct span *field)
{
	for (const uint8_t *p = field->p + 1; p < field->end; p++)
		if ((uint8_t)((*p | 0x20) - 'a') >= 26 && (uint8_t)(*p - '0') >= 10)
			return false;
	return field->p + 1 < field->end;
}

static struct span string_take(struct span *rdata)
{
	return span_sub(rdata, span_left(rdata) ? 1u + rdata->p[0] : 1);
}

static struct span name_take(struct span *rdata)
{
	size_t len = dns_name_check(rdata->p, span_left(rdata));

	return span_sub(rdata, len ? len : SIZE_MAX);
}

static struct span strings_take(struct span *rdata)
{
	struct span all = span_sub(rdata, span_left(rdata)), rest = all;

	do {
		string_take(&rest);
	} while (!rest.bad && span_left(&rest));
	rdata->bad |= rest.bad;
	all.bad = rdata->bad;
	return all;
}

struct span dns_field_take(enum dns_field field, struct span *rdata)
{
	struct span bytes;

	if (rdata->bad)
		return (struct span){.bad = true};
	switch (field) {
	case DNS_FIELD_U8:
		return span_sub(rdata, 1);
	case DNS_FIELD_U16:
		return span_sub(rdata, 2);
	case DNS_FIELD_U32:
	case DNS_FIELD_TIME:
	case DNS_FIELD_IPV4:
		return span_sub(rdata, 4);
	case DNS_FIELD_IPV6:
		return span_sub(rdata, 16);
	case DNS_FIELD_NAME:
	case DNS_FIELD_NAME_RAW:
		return name_take(rdata);
	case DNS_FIELD_STRING:
		return string_take(rdata);
	case DNS_FIELD_STRINGS:
		return strings_take(rdata);
	case DNS_FIELD_TAG:
		bytes = string_take(rdata);
		rdata->bad |= !rdata->bad && !tag_check(&bytes);
		bytes.bad = rdata->bad;
		return bytes;
	case DNS_FIELD_TEXT:
		return span_sub(rdata, span_left(rdata));
	case DNS_FIELD_END:
		break;
	}
	rdata->bad = true;
	return (struct span){.bad = true};
}

bool dns_rdata_check(uint16_t type, const uint8_t *rdata, size_t len)
{
	const struct dns_type_info *info = dns_type_find(type);
	struct span s = span_of(rdata, len);

	if (len > UINT16_MAX)
		return false;
	if (!info)
		return true;
	for (const uint8_t *field = info->fields; *field != DNS_FIELD_END; field++)
		dns_field_take(*field, &s);
	return !s.bad && span_left(&s) == 0;
}

// rdata_number: the kinds of fields that are one number: plain, a time, or a type. Numbers with
// mnemonics are in rdata_mnemonic.c.
#include "proto/dns/rdata/rdata_internal.h"

#include <stdio.h>

void rdata_number_append(struct rdata_parser *p, size_t size, uint32_t value)
{
	if (size == 1)
		fill_u8(p->to, (uint8_t)value);
	else if (size == 2)
		fill_u16(p->to, (uint16_t)value);
	else
		fill_u32(p->to, value);
}

uint32_t rdata_number_of(struct span field)
{
	if (span_left(&field) == 1)
		return span_u8(&field);
	return span_left(&field) == 2 ? span_u16(&field) : span_u32(&field);
}

static bool number_parse(struct rdata_parser *p)
{
	uint32_t value;

	if (!rdata_parse_number(p, (uint32_t)(UINT32_MAX >> (32 - 8 * p->kind->size)), &value))
		return rdata_parse_refuse(p, NULL, NULL);
	rdata_number_append(p, p->kind->size, value);
	return rdata_parse_next(p);
}

void rdata_number_text(struct rdata_text *out, struct span field)
{
	rdata_text_number(out, rdata_number_of(field));
}

const struct rdata_kind rdata_kind_u8 = {
        .help = "a number from 0 to 255",
        .size = 1,
        .parse = number_parse,
        .text = rdata_number_text,
};

const struct rdata_kind rdata_kind_u16 = {
        .help = "a number from 0 to 65535",
        .size = 2,
        .parse = number_parse,
        .text = rdata_number_text,
};

const struct rdata_kind rdata_kind_u32 = {
        .help = "a number from 0 to 4294967295",
        .size = 4,
        .parse = number_parse,
        .text = rdata_number_text,
};

static bool time_parse(struct rdata_parser *p)
{
	uint32_t seconds;

	if (!token_time(&p->token, &seconds))
		return rdata_parse_refuse(p, NULL, NULL);
	fill_u32(p->to, seconds);
	return rdata_parse_next(p);
}

const struct rdata_kind rdata_kind_time = {
        .help = "a time such as 3600 or 1h30m",
        .size = 4,
        .parse = time_parse,
        .text = rdata_number_text,
};

// Days from 1970-01-01 to the first of March of the year. Years are counted from March, so that a
// leap day is the last day of its year.
static int days_to_march(int year)
{
	return 365 * year + year / 4 - year / 100 + year / 400 - 719468;
}

// Days from the first of March to the first of the month; March is month 0.
static int days_to_month(int month)
{
	return (153 * month + 2) / 5;
}

// The value of decimal digits.
static int digits_value(const char *text, unsigned len)
{
	int value = 0;

	for (unsigned i = 0; i < len; i++)
		value = value * 10 + (text[i] - '0');
	return value;
}

static bool all_digits(const char *text, unsigned len)
{
	for (unsigned i = 0; i < len; i++)
		if (text[i] < '0' || text[i] > '9')
			return false;
	return true;
}

// Converts YYYYMMDDHHMMSS, which are digits, to seconds (RFC 4034 section 3.2), modulo 2^32: times
// are compared in serial arithmetic, so those after 2106 are as good as others.
static bool stamp_value(const char *text, uint32_t *seconds)
{
	int year = digits_value(text, 4), month = digits_value(text + 4, 2);
	int day = digits_value(text + 6, 2), hour = digits_value(text + 8, 2);
	int minute = digits_value(text + 10, 2), second = digits_value(text + 12, 2);
	int march = (month + 9) % 12, march_year = year - (march >= 10);
	int month_end = march == 11 ? days_to_march(march_year + 1) - days_to_march(march_year)
	                            : days_to_month(march + 1);
	int64_t sum;

	if (year < 1970 || month < 1 || month > 12 || day < 1 ||
	    day > month_end - days_to_month(march) || hour > 23 || minute > 59 || second > 60)
		return false;
	sum = days_to_march(march_year) + days_to_month(march) + day - 1;
	sum = ((sum * 24 + hour) * 60 + minute) * 60 + second;
	*seconds = (uint32_t)sum;
	return true;
}

static bool stamp_parse(struct rdata_parser *p)
{
	uint32_t seconds;
	bool good;

	if (p->token.kind == LEX_WORD && p->token.len == 14)
		good = all_digits(p->token.text, 14) && stamp_value(p->token.text, &seconds);
	else
		good = rdata_parse_number(p, UINT32_MAX, &seconds);
	if (!good)
		return rdata_parse_refuse(p, NULL, NULL);
	fill_u32(p->to, seconds);
	return rdata_parse_next(p);
}

static void stamp_text(struct rdata_text *out, struct span field)
{
	uint32_t value = span_u32(&field);
	int days = (int)(value / 86400), second = (int)(value % 86400);
	int year = 1970 + days / 365, day, month;
	char text[64];

	while (days_to_march(year) > days)
		year--;
	day = days - days_to_march(year);
	month = (5 * day + 2) / 153;
	day -= days_to_month(month);
	snprintf(text, sizeof(text), "%04d%02d%02d%02d%02d%02d", year + (month >= 10),
	         (month + 2) % 12 + 1, day + 1, second / 3600, second / 60 % 60, second % 60);
	rdata_text_put(out, text, strlen(text));
}

const struct rdata_kind rdata_kind_stamp = {
        .help = "a time such as 20300131235959, from 1970 on",
        .size = 4,
        .parse = stamp_parse,
        .text = stamp_text,
};

bool rdata_number_parse_type(struct rdata_parser *p, uint32_t *number)
{
	uint16_t type;

	if (rdata_parse_number(p, UINT16_MAX, number))
		return true;
	if (p->token.kind != LEX_WORD || !dns_type_parse(p->token.text, p->token.len, &type))
		return false;
	*number = type;
	return true;
}

static bool type_parse(struct rdata_parser *p)
{
	uint32_t type;

	if (!rdata_number_parse_type(p, &type))
		return rdata_parse_refuse(p, NULL, NULL);
	fill_u16(p->to, (uint16_t)type);
	return rdata_parse_next(p);
}

static void type_text(struct rdata_text *out, struct span field)
{
	char text[16];

	dns_type_text(span_u16(&field), text);
	rdata_text_put(out, text, strlen(text));
}

const struct rdata_kind rdata_kind_type = {
        .help = "a type such as AAAA or TYPE65280",
        .size = 2,
        .parse = type_parse,
        .text = type_text,
};

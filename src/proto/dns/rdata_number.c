// rdata_number: fields that are one number, plain or under a name.
#include "proto/dns/rdata_kind.h"

#include <stdio.h>
#include <strings.h>

struct word {
	const char *word;
	uint16_t value;
};

static void number_append(struct rdata_parser *p, uint32_t value)
{
	if (p->kind->size == 1)
		fill_u8(p->to, (uint8_t)value);
	else if (p->kind->size == 2)
		fill_u16(p->to, (uint16_t)value);
	else
		fill_u32(p->to, value);
}

static uint32_t number_of(struct span field)
{
	if (span_left(&field) == 1)
		return span_u8(&field);
	return span_left(&field) == 2 ? span_u16(&field) : span_u32(&field);
}

static bool number_parse(struct rdata_parser *p)
{
	uint32_t value;

	if (!parser_number(p, (uint32_t)(UINT32_MAX >> (32 - 8 * p->kind->size)), &value))
		return parser_refuse(p, NULL, NULL);
	number_append(p, value);
	return parser_next(p);
}

static void number_text(struct text_out *out, struct span field)
{
	out_number(out, number_of(field));
}

const struct rdata_kind kind_u8 = {
        .help = "a number from 0 to 255",
        .size = 1,
        .parse = number_parse,
        .text = number_text,
};

const struct rdata_kind kind_u16 = {
        .help = "a number from 0 to 65535",
        .size = 2,
        .parse = number_parse,
        .text = number_text,
};

const struct rdata_kind kind_u32 = {
        .help = "a number from 0 to 4294967295",
        .size = 4,
        .parse = number_parse,
        .text = number_text,
};

static bool time_parse(struct rdata_parser *p)
{
	uint32_t seconds;

	if (!token_time(&p->token, &seconds))
		return parser_refuse(p, NULL, NULL);
	fill_u32(p->to, seconds);
	return parser_next(p);
}

const struct rdata_kind kind_time = {
        .help = "a time such as 3600 or 1h30m",
        .size = 4,
        .parse = time_parse,
        .text = number_text,
};

// Days from 1970-01-01 to the first of March of the year: years that begin in
// March have their leap day at the end.
static int days_to_march(int year)
{
	return 365 * year + year / 4 - year / 100 + year / 400 - 719468;
}

// Days from the first of March to the first of the month, which counts from
// March as 0.
static int days_to_month(int month)
{
	return (153 * month + 2) / 5;
}

// Two or four digits of a stamp.
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

// YYYYMMDDHHMMSS, all digits. RFC 4034 section 3.2.
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
	return sum <= UINT32_MAX;
}

static bool stamp_parse(struct rdata_parser *p)
{
	uint32_t seconds;
	bool good;

	if (p->token.kind == LEX_WORD && p->token.len == 14)
		good = all_digits(p->token.text, 14) && stamp_value(p->token.text, &seconds);
	else
		good = parser_number(p, UINT32_MAX, &seconds);
	if (!good)
		return parser_refuse(p, NULL, NULL);
	fill_u32(p->to, seconds);
	return parser_next(p);
}

static void stamp_text(struct text_out *out, struct span field)
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
	out_put(out, text, strlen(text));
}

const struct rdata_kind kind_stamp = {
        .help = "a time such as 20300131235959, from 1970 to 2106",
        .size = 4,
        .parse = stamp_parse,
        .text = stamp_text,
};

static bool type_parse(struct rdata_parser *p)
{
	uint16_t type;

	if (p->token.kind != LEX_WORD || !dns_type_parse(p->token.text, p->token.len, &type))
		return parser_refuse(p, NULL, NULL);
	fill_u16(p->to, type);
	return parser_next(p);
}

static void type_text(struct text_out *out, struct span field)
{
	char text[16];

	dns_type_text(span_u16(&field), text);
	out_put(out, text, strlen(text));
}

const struct rdata_kind kind_type = {
        .help = "a type such as AAAA or TYPE65280",
        .size = 2,
        .parse = type_parse,
        .text = type_text,
};

// Whether the text is one of the words, in any case.
static bool word_find(const struct word *words, size_t words_len, const char *text, size_t len,
                      uint32_t *value)
{
	for (size_t i = 0; i < words_len; i++) {
		if (strlen(words[i].word) == len && strncasecmp(words[i].word, text, len) == 0) {
			*value = words[i].value;
			return true;
		}
	}
	return false;
}

// A number of the kind's size or one of the words.
static bool word_parse(struct rdata_parser *p, const struct word *words, size_t words_len)
{
	uint32_t max = (uint32_t)(UINT32_MAX >> (32 - 8 * p->kind->size)), value;

	if (!parser_number(p, max, &value) &&
	    (p->token.kind != LEX_WORD ||
	     !word_find(words, words_len, p->token.text, p->token.len, &value)))
		return parser_refuse(p, NULL, NULL);
	number_append(p, value);
	return parser_next(p);
}

// IANA's "DNS Security Algorithm Numbers"; where there are two names, the first
// is IANA's.
static const struct word algorithms[] = {
        {"DELETE", 0},       {"RSAMD5", 1},           {"DH", 2},         {"DSA", 3},
        {"RSASHA1", 5},      {"DSA-NSEC3-SHA1", 6},   {"NSEC3DSA", 6},   {"RSASHA1-NSEC3-SHA1", 7},
        {"NSEC3RSASHA1", 7}, {"RSASHA256", 8},        {"RSASHA512", 10}, {"ECC-GOST", 12},
        {"ECCGOST", 12},     {"ECDSAP256SHA256", 13}, {"ECDSA256", 13},  {"ECDSAP384SHA384", 14},
        {"ECDSA384", 14},    {"ED25519", 15},         {"ED448", 16},     {"INDIRECT", 252},
        {"PRIVATEDNS", 253}, {"PRIVATEOID", 254},
};

static bool algorithm_parse(struct rdata_parser *p)
{
	return word_parse(p, algorithms, ARRAY_LEN(algorithms));
}

const struct rdata_kind kind_algorithm = {
        .help = "an algorithm such as 13 or ECDSAP256SHA256",
        .size = 1,
        .parse = algorithm_parse,
        .text = number_text,
};

// RFC 2535 section 3.1.3.
static bool key_protocol_parse(struct rdata_parser *p)
{
	static const struct word protocols[] = {
	        {"NONE", 0}, {"TLS", 1}, {"EMAIL", 2}, {"DNSSEC", 3}, {"IPSEC", 4}, {"ALL", 255},
	};

	return word_parse(p, protocols, ARRAY_LEN(protocols));
}

const struct rdata_kind kind_key_protocol = {
        .help = "a protocol such as 3",
        .size = 1,
        .parse = key_protocol_parse,
        .text = number_text,
};

// RFC 2535 section 3.1.2, RFC 4034 section 2.1.1, RFC 5011 section 7.
static const struct word flags[] = {
        {"NOKEY", 0xc000}, {"NOAUTH", 0x8000}, {"NOCONF", 0x4000}, {"EXTEND", 0x1000},
        {"NTYP3", 0x0300}, {"HOST", 0x0200},   {"ZONE", 0x0100},   {"USER", 0x0000},
        {"REVOKE", 0x80},  {"KSK", 0x0001},
};

// Words with bars between them.
static bool flags_value(const char *text, size_t len, uint32_t *value)
{
	const char *end = text + len;

	for (*value = 0;; text++) {
		const char *bar = memchr(text, '|', (size_t)(end - text));
		const char *stop = bar ? bar : end;
		uint32_t flag;

		if (!word_find(flags, ARRAY_LEN(flags), text, (size_t)(stop - text), &flag))
			return false;
		*value |= flag;
		text = stop;
		if (!bar)
			return true;
	}
}

static bool key_flags_parse(struct rdata_parser *p)
{
	uint32_t value;

	if (!parser_number(p, UINT16_MAX, &value) &&
	    (p->token.kind != LEX_WORD || !flags_value(p->token.text, p->token.len, &value)))
		return parser_refuse(p, NULL, NULL);
	fill_u16(p->to, (uint16_t)value);
	return parser_next(p);
}

const struct rdata_kind kind_key_flags = {
        .help = "flags such as 257 or ZONE|KSK",
        .size = 2,
        .parse = key_flags_parse,
        .text = number_text,
};

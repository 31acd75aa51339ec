// rdata_string: the kinds of fields that are domain names or character-strings.
#include "proto/dns/rdata/rdata_internal.h"

static struct span name_take(struct span *rdata)
{
	size_t len = dns_name_check(rdata->p, span_left(rdata));

	return len ? span_sub(rdata, len) : rdata_kind_refuse(rdata);
}

bool rdata_string_parse_name(struct rdata_parser *p)
{
	struct dns_name name;

	if (!token_name(&p->token, p->origin, &name, p->error))
		return false;
	fill_bytes(p->to, name.wire, name.len);
	return true;
}

static bool name_parse(struct rdata_parser *p)
{
	return rdata_string_parse_name(p) && rdata_parse_next(p);
}

static void name_text(struct rdata_text *out, struct span field)
{
	rdata_text_name(out, field.p);
}

static void name_fold(uint8_t *field)
{
	dns_name_lower(field, field);
}

const struct rdata_kind rdata_kind_name = {
        .help = "a domain name",
        .take = name_take,
        .parse = name_parse,
        .text = name_text,
        .fold = name_fold,
};

const struct rdata_kind rdata_kind_name_raw = {
        .help = "a domain name",
        .take = name_take,
        .parse = name_parse,
        .text = name_text,
};

static struct span names_take(struct span *rdata)
{
	struct span all = span_sub(rdata, span_left(rdata)), rest = all;

	while (!rest.bad && span_left(&rest))
		name_take(&rest);
	rdata->bad |= rest.bad;
	return all;
}

static bool names_parse(struct rdata_parser *p)
{
	while (!lex_token_ends(&p->token))
		if (!name_parse(p))
			return false;
	return true;
}

static void names_text(struct rdata_text *out, struct span names)
{
	while (span_left(&names)) {
		rdata_text_name(out, name_take(&names).p);
		if (span_left(&names))
			rdata_text_char(out, ' ');
	}
}

const struct rdata_kind rdata_kind_names = {
        .help = "a domain name",
        .take = names_take,
        .parse = names_parse,
        .text = names_text,
};

static struct span string_take(struct span *rdata)
{
	return span_sub(rdata, span_left(rdata) ? 1u + rdata->p[0] : 1);
}

static struct span strings_take(struct span *rdata)
{
	struct span all = span_sub(rdata, span_left(rdata)), rest = all;

	do {
		string_take(&rest);
	} while (!rest.bad && span_left(&rest));
	rdata->bad |= rest.bad;
	return all;
}

bool rdata_string_parse_bytes(struct rdata_parser *p)
{
	if (!rdata_parse_at_string(p))
		return rdata_parse_refuse(p, "a string", NULL);
	if (!token_string(&p->token, p->to))
		return rdata_parse_refuse(
		        p, "a string",
		        "a backslash is followed by one character or by three digits "
		        "up to 255");
	return true;
}

static bool string_append(struct rdata_parser *p)
{
	uint8_t *len = fill_take(p->to, 1);
	size_t start = fill_len(p->to);

	if (!rdata_string_parse_bytes(p))
		return false;
	if (fill_len(p->to) - start > UINT8_MAX)
		return rdata_parse_refuse(p, "a string of at most 255 bytes", NULL);
	if (len)
		*len = (uint8_t)(fill_len(p->to) - start);
	return true;
}

static bool string_parse(struct rdata_parser *p)
{
	return string_append(p) && rdata_parse_next(p);
}

static bool strings_parse(struct rdata_parser *p)
{
	do {
		if (!string_parse(p))
			return false;
	} while (rdata_parse_at_string(p));
	return true;
}

static void strings_text(struct rdata_text *out, struct span strings)
{
	while (span_left(&strings)) {
		uint8_t len = span_u8(&strings);

		rdata_text_quoted(out, span_take(&strings, len), len);
		if (span_left(&strings))
			rdata_text_char(out, ' ');
	}
}

const struct rdata_kind rdata_kind_string = {
        .help = "a string",
        .take = string_take,
        .parse = string_parse,
        .text = strings_text,
};

const struct rdata_kind rdata_kind_strings = {
        .help = "a string",
        .take = strings_take,
        .parse = strings_parse,
        .text = strings_text,
};

static struct span string_maybe_take(struct span *rdata)
{
	return span_left(rdata) ? string_take(rdata) : span_sub(rdata, 0);
}

static bool string_maybe_parse(struct rdata_parser *p)
{
	return !rdata_parse_at_string(p) || string_parse(p);
}

const struct rdata_kind rdata_kind_string_maybe = {
        .help = "a string",
        .take = string_maybe_take,
        .parse = string_maybe_parse,
        .text = strings_text,
};

// RFC 1183 section 3.1: an X.121 address, whose first four digits, the DNIC, are mandatory.
static bool digits_check(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i] < '0' || bytes[i] > '9')
			return false;
	return len >= 4;
}

static struct span digits_take(struct span *rdata)
{
	struct span digits = string_take(rdata);

	return digits.bad || digits_check(digits.p + 1, span_left(&digits) - 1)
	               ? digits
	               : rdata_kind_refuse(rdata);
}

static bool digits_parse(struct rdata_parser *p)
{
	if (!rdata_parse_at_string(p) ||
	    !digits_check((const uint8_t *)p->token.text, p->token.len))
		return rdata_parse_refuse(p, NULL, NULL);
	return string_parse(p);
}

const struct rdata_kind rdata_kind_digits = {
        .help = "at least four decimal digits",
        .take = digits_take,
        .parse = digits_parse,
        .text = strings_text,
};

// RFC 8659 section 4.1: letters and digits, at least one.
static bool tag_check(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((uint8_t)((bytes[i] | 0x20) - 'a') >= 26 && (uint8_t)(bytes[i] - '0') >= 10)
			return false;
	return len > 0;
}

static struct span tag_take(struct span *rdata)
{
	struct span tag = string_take(rdata);

	return tag.bad || tag_check(tag.p + 1, span_left(&tag) - 1) ? tag
	                                                            : rdata_kind_refuse(rdata);
}

static bool tag_parse(struct rdata_parser *p)
{
	if (p->token.kind != LEX_WORD || !tag_check((const uint8_t *)p->token.text, p->token.len))
		return rdata_parse_refuse(p, NULL, NULL);
	return string_parse(p);
}

static void tag_text(struct rdata_text *out, struct span tag)
{
	rdata_text_put(out, (const char *)tag.p + 1, span_left(&tag) - 1);
}

const struct rdata_kind rdata_kind_tag = {
        .help = "a tag of letters and digits such as issue",
        .take = tag_take,
        .parse = tag_parse,
        .text = tag_text,
};

static struct span text_take(struct span *rdata)
{
	return span_sub(rdata, span_left(rdata));
}

static bool text_parse(struct rdata_parser *p)
{
	return rdata_string_parse_bytes(p) && rdata_parse_next(p);
}

static void text_text(struct rdata_text *out, struct span field)
{
	rdata_text_quoted(out, field.p, span_left(&field));
}

const struct rdata_kind rdata_kind_text = {
        .help = "a string",
        .take = text_take,
        .parse = text_parse,
        .text = text_text,
};

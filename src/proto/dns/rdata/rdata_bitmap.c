// rdata_bitmap: the kinds of fields that are a set of types: up to 256 windows, each a bitmap of
// 256 types (RFC 4034 section 4.1.2); and the older single bitmap of NXT.
#include "proto/dns/rdata/rdata_internal.h"

#define BITMAP_MAX_BYTES 32

// Requires windows in ascending order, none of them empty or with trailing zero bytes.
static struct span bitmap_maybe_take(struct span *rdata)
{
	struct span field = span_sub(rdata, span_left(rdata)), rest = field;
	int last = -1;

	while (span_left(&rest)) {
		int window = span_u8(&rest);
		uint8_t len = span_u8(&rest);
		const uint8_t *bits = span_take(&rest, len);

		if (!bits || window <= last || len == 0 || len > BITMAP_MAX_BYTES || !bits[len - 1])
			return rdata_kind_refuse(rdata);
		last = window;
	}
	return field;
}

static struct span bitmap_take(struct span *rdata)
{
	return span_left(rdata) ? bitmap_maybe_take(rdata) : rdata_kind_refuse(rdata);
}

// Sets the bit of the type in the current token; *top is the highest window so far.
static bool type_add(struct rdata_parser *p, uint8_t *bits, unsigned *top)
{
	uint16_t type;

	if (p->token.kind != LEX_WORD || !dns_type_parse(p->token.text, p->token.len, &type))
		return rdata_parse_refuse(p, NULL, NULL);
	bits[type / 8] |= (uint8_t)(0x80 >> type % 8);
	*top = *top > type / 256u ? *top : type / 256u;
	return rdata_parse_next(p);
}

static bool bitmap_maybe_parse(struct rdata_parser *p)
{
	uint8_t bits[(UINT16_MAX + 1) / 8] = {0};
	unsigned top = 0;

	while (!lex_token_ends(&p->token))
		if (!type_add(p, bits, &top))
			return false;
	for (unsigned window = 0; window <= top; window++) {
		const uint8_t *start = bits + window * BITMAP_MAX_BYTES;
		uint8_t len = BITMAP_MAX_BYTES;

		while (len && !start[len - 1])
			len--;
		if (!len)
			continue;
		fill_u8(p->to, (uint8_t)window);
		fill_u8(p->to, len);
		fill_bytes(p->to, start, len);
	}
	return !p->to->bad || rdata_parse_refuse(p, "at most 65535 bytes of data", NULL);
}

static bool bitmap_parse(struct rdata_parser *p)
{
	if (lex_token_ends(&p->token))
		return rdata_parse_refuse(p, NULL, NULL);
	return bitmap_maybe_parse(p);
}

static void window_text(struct rdata_text *out, unsigned window, const uint8_t *bits, uint8_t len,
                        const char **blank)
{
	char text[16];

	for (unsigned i = 0; i < 8u * len; i++) {
		if (!(bits[i / 8] & 0x80 >> i % 8))
			continue;
		dns_type_text((uint16_t)(window << 8 | i), text);
		rdata_text_put(out, *blank, strlen(*blank));
		rdata_text_put(out, text, strlen(text));
		*blank = " ";
	}
}

static void bitmap_text(struct rdata_text *out, struct span field)
{
	const char *blank = "";

	while (span_left(&field)) {
		unsigned window = span_u8(&field);
		uint8_t len = span_u8(&field);

		window_text(out, window, span_take(&field, len), len, &blank);
	}
}

const struct rdata_kind rdata_kind_bitmap = {
        .help = "a type such as AAAA or TYPE65280",
        .take = bitmap_take,
        .parse = bitmap_parse,
        .text = bitmap_text,
};

const struct rdata_kind rdata_kind_bitmap_maybe = {
        .help = "a type such as AAAA or TYPE65280",
        .take = bitmap_maybe_take,
        .parse = bitmap_maybe_parse,
        .text = bitmap_text,
};

// RFC 2535 section 5.2: one bitmap of types up to 127. Its first bit is reserved: it would announce
// another format.
#define NXT_MAX_BYTES 16

static struct span nxt_take(struct span *rdata)
{
	struct span field = span_sub(rdata, span_left(rdata));
	size_t len = span_left(&field);

	return len == 0 || (len <= NXT_MAX_BYTES && !(field.p[0] & 0x80) && field.p[len - 1])
	               ? field
	               : rdata_kind_refuse(rdata);
}

static bool nxt_parse(struct rdata_parser *p)
{
	uint8_t bits[NXT_MAX_BYTES] = {0};
	size_t len = sizeof(bits);
	uint32_t type;

	while (!lex_token_ends(&p->token)) {
		if (!rdata_number_parse_type(p, &type) || type == 0 || type / 8 >= NXT_MAX_BYTES)
			return rdata_parse_refuse(p, NULL, NULL);
		bits[type / 8] |= (uint8_t)(0x80 >> type % 8);
		if (!rdata_parse_next(p))
			return false;
	}
	while (len && !bits[len - 1])
		len--;
	fill_bytes(p->to, bits, len);
	return !p->to->bad || rdata_parse_refuse(p, "at most 65535 bytes of data", NULL);
}

static void nxt_text(struct rdata_text *out, struct span field)
{
	const char *blank = "";
	char text[16];

	for (unsigned type = 0; type < 8 * span_left(&field); type++) {
		if (!(field.p[type / 8] & 0x80 >> type % 8))
			continue;
		rdata_text_put(out, blank, strlen(blank));
		blank = " ";
		dns_type_text((uint16_t)type, text);
		if (dns_type_is_known((uint16_t)type))
			rdata_text_put(out, text, strlen(text));
		else
			rdata_text_number(out, type);
	}
}

const struct rdata_kind rdata_kind_bitmap_nxt = {
        .help = "a type of at most 127, such as AAAA",
        .take = nxt_take,
        .parse = nxt_parse,
        .text = nxt_text,
};

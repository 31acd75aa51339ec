// rdata_code: see the header. One decoder and one encoder serve digits of any number of bits.
#include "proto/dns/rdata/rdata_code.h"

#include "core/base64.h"

int rdata_code_hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int base32hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'v' ? c - 'a' + 10 : -1;
}

static int base64_value(char c)
{
	return base64_digit(BASE64, (uint8_t)c);
}

const struct rdata_code rdata_code_hex = {
        .bits = 4,
        .value = rdata_code_hex_value,
        .digits = "0123456789ABCDEF",
        .help = "an even number of hexadecimal digits",
};

const struct rdata_code rdata_code_base32hex = {
        .bits = 5,
        .value = base32hex_value,
        .digits = "0123456789ABCDEFGHIJKLMNOPQRSTUV",
        .help = "base32hex digits without padding",
};

const struct rdata_code rdata_code_base64 = {
        .bits = 6,
        .padded = true,
        .value = base64_value,
        .digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
        .help = "base64 digits with their padding",
};

bool rdata_code_read(struct rdata_code_reader *r, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		int value = r->code->value(text[i]);

		if (r->code->padded && text[i] == '=') {
			r->pads++;
			continue;
		}
		if (value < 0 || r->pads)
			return false;
		r->bits = r->bits << r->code->bits | (uint32_t)value;
		r->left += r->code->bits;
		r->digits++;
		if (r->left >= 8) {
			r->left -= 8;
			fill_u8(r->to, (uint8_t)(r->bits >> r->left));
			r->bits &= (1u << r->left) - 1;
		}
	}
	return true;
}

bool rdata_code_end(const struct rdata_code_reader *r)
{
	if (r->left >= r->code->bits || r->bits)
		return false;
	return r->pads == (r->code->padded ? -r->digits % 4 : 0);
}

bool rdata_code_parse(struct rdata_parser *p, const struct rdata_code *code)
{
	struct rdata_code_reader reader = {.code = code, .to = p->to};

	return (p->token.kind == LEX_WORD &&
	        rdata_code_read(&reader, p->token.text, p->token.len) && rdata_code_end(&reader)) ||
	       rdata_parse_refuse(p, code->help, NULL);
}

bool rdata_code_parse_rest(struct rdata_parser *p, const struct rdata_code *code)
{
	struct rdata_code_reader reader = {.code = code, .to = p->to};
	struct lex_token last = p->token;

	while (!lex_token_ends(&p->token)) {
		last = p->token;
		if (p->token.kind != LEX_WORD ||
		    !rdata_code_read(&reader, p->token.text, p->token.len))
			return rdata_parse_refuse(p, code->help, NULL);
		if (!rdata_parse_next(p))
			return false;
	}
	return rdata_code_end(&reader) || token_refuse(p->error, &last, code->help, NULL);
}

void rdata_code_text(struct rdata_text *out, const struct rdata_code *code, const uint8_t *bytes,
                     size_t len)
{
	uint32_t bits = 0;
	unsigned left = 0, digits = 0;

	for (size_t i = 0; i < len; i++) {
		bits = bits << 8 | bytes[i];
		for (left += 8; left >= code->bits; digits++) {
			left -= code->bits;
			rdata_text_char(out, code->digits[bits >> left & ((1u << code->bits) - 1)]);
		}
	}
	if (left) {
		bits = bits << (code->bits - left);
		rdata_text_char(out, code->digits[bits & ((1u << code->bits) - 1)]);
		digits++;
	}
	for (; code->padded && digits % 4; digits++)
		rdata_text_char(out, '=');
}

// parse_option: the options behind a TCP packet, as the bytes that they are on the wire.
#include "parse_internal.h"

#include "core/span.h"

#define PARSE_OPTION_TEXT 80 // hexadecimal digits of the longest value

static bool parse_option_number(struct parse *parse, const char *what, uint64_t max,
                                uint64_t *number)
{
	*number = 0;
	return parse_uint(parse, what, max, number);
}

static bool parse_option_mss(struct parse *parse, struct script_packet *packet, struct fill *out)
{
	uint64_t mss;

	(void)packet;
	if (!parse_option_number(parse, "mss", UINT16_MAX, &mss))
		return false;
	fill_bytes(out, (const uint8_t[]){2, 4}, 2);
	fill_u16(out, (uint16_t)mss);
	return true;
}

static bool parse_option_wscale(struct parse *parse, struct script_packet *packet, struct fill *out)
{
	uint64_t shift;

	(void)packet;
	if (!parse_option_number(parse, "wscale", UINT8_MAX, &shift))
		return false;
	fill_bytes(out, (const uint8_t[]){3, 3, (uint8_t)shift}, 3);
	return true;
}

static bool parse_option_sack_ok(struct parse *parse, struct script_packet *packet,
                                 struct fill *out)
{
	(void)parse;
	(void)packet;
	fill_bytes(out, (const uint8_t[]){4, 2}, 2);
	return true;
}

static bool parse_option_sack(struct parse *parse, struct script_packet *packet, struct fill *out)
{
	uint8_t *head = fill_take(out, 2);
	uint8_t len = 2;

	(void)packet;
	do {
		uint64_t left, right;

		if (!parse_option_number(parse, "the left of a block", UINT32_MAX, &left) ||
		    !parse_expect(parse, ':') ||
		    !parse_option_number(parse, "the right of a block", UINT32_MAX, &right))
			return false;
		fill_u32(out, (uint32_t)left);
		fill_u32(out, (uint32_t)right);
		len = (uint8_t)(len + 8);
	} while (parse->token.kind == TOKEN_INTEGER && !out->bad);
	if (head)
		memcpy(head, (const uint8_t[]){5, len}, 2);
	return true;
}

// A number of a timestamp, or "..." in a packet that is expected.
static bool parse_option_ts_number(struct parse *parse, const char *name, uint64_t *number,
                                   bool *any)
{
	*number = 0;
	if (!parse_accept_word(parse, name))
		return parse_expected(parse, name);
	*any = parse->token.kind == TOKEN_ELLIPSIS;
	if (!*any)
		return parse_option_number(parse, name, UINT32_MAX, number);
	parse_next(parse);
	return true;
}

static bool parse_option_ts(struct parse *parse, struct script_packet *packet, struct fill *out)
{
	int line = parse->token.line;
	uint64_t value, echo;

	if (!parse_option_ts_number(parse, "val", &value, &packet->any_ts_val) ||
	    !parse_option_ts_number(parse, "ecr", &echo, &packet->any_ts_ecr))
		return false;
	packet->ts_ecr_absolute = parse_accept(parse, '!');
	if (!packet->out && (packet->any_ts_val || packet->any_ts_ecr))
		return parse_fail(parse, line, "TS with ... is for packets that are expected only");
	fill_bytes(out, (const uint8_t[]){8, 10}, 2);
	fill_u32(out, (uint32_t)value);
	fill_u32(out, (uint32_t)echo);
	return true;
}

// RFC 9768 section 3.2.3: counters of bytes by ECN field. Which option it is follows from their
// order.
static bool parse_option_ecn(struct parse *parse, struct script_packet *packet, struct fill *out)
{
	static const struct {
		const char *name[3];
		uint8_t kind;
	} orders[] = {{{"e0b", "ceb", "e1b"}, 172}, {{"e1b", "ceb", "e0b"}, 174}};
	unsigned order = parse_is_word(parse, "e1b") ? 1 : 0, n = 0;
	uint8_t *head = fill_take(out, 2);
	uint64_t count;

	(void)packet;
	for (; n < 3 && parse_accept_word(parse, orders[order].name[n]); n++) {
		if (!parse_option_number(parse, "a counter", 0xffffff, &count))
			return false;
		fill_u8(out, (uint8_t)(count >> 16));
		fill_u16(out, (uint16_t)count);
	}
	if (head)
		memcpy(head, (const uint8_t[]){orders[order].kind, (uint8_t)(2 + 3 * n)}, 2);
	return true;
}

// RFC 5482, as it is on the wire: 0x8000 and minutes, or seconds. Not of packetdrill's.
static bool parse_option_uto(struct parse *parse, struct script_packet *packet, struct fill *out)
{
	uint64_t value;

	(void)packet;
	if (!parse_option_number(parse, "uto", UINT16_MAX, &value))
		return false;
	fill_bytes(out, (const uint8_t[]){28, 4}, 2);
	fill_u16(out, (uint16_t)value);
	return true;
}

static bool parse_option_nop(struct parse *parse, struct script_packet *packet, struct fill *out)
{
	(void)parse;
	(void)packet;
	fill_u8(out, 1);
	return true;
}

static bool parse_option_eol(struct parse *parse, struct script_packet *packet, struct fill *out)
{
	(void)parse;
	(void)packet;
	fill_u8(out, 0);
	return true;
}

static int parse_option_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c);

	return at && c != '\0' ? (int)(at - digits) : -1;
}

// The bytes that a word of hexadecimal digits has, behind a head whose second byte becomes the
// option's length.
static bool parse_option_hex(struct parse *parse, struct fill *out, const uint8_t *head,
                             uint8_t head_len)
{
	const char *text = "";
	uint8_t *start = fill_take(out, head_len);
	size_t len;

	if (parse->token.kind == TOKEN_WORD ||
	    (parse->token.kind == TOKEN_INTEGER && !parse->token.hex))
		text = parse->token.text;
	len = strlen(text);
	if (len % 2 != 0)
		return parse_fail(parse, parse->token.line, "%.60s has an odd number of digits",
		                  text);
	if (len > PARSE_OPTION_TEXT)
		return parse_fail(parse, parse->token.line, "an option is at most 40 bytes long");
	for (size_t i = 0; i < len; i += 2) {
		int high = parse_option_digit(text[i]), low = parse_option_digit(text[i + 1]);

		if (high < 0 || low < 0)
			return parse_expected(parse, "hexadecimal digits");
		fill_u8(out, (uint8_t)(high << 4 | low));
	}
	if (len > 0)
		parse_next(parse);
	if (start) {
		memcpy(start, head, head_len);
		start[1] = (uint8_t)(head_len + len / 2);
	}
	return true;
}

static bool parse_option_fo(struct parse *parse, struct script_packet *packet, struct fill *out)
{
	(void)packet;
	return parse_option_hex(parse, out, (const uint8_t[]){34, 0}, 2);
}

static bool parse_option_foexp(struct parse *parse, struct script_packet *packet, struct fill *out)
{
	(void)packet;
	return parse_option_hex(parse, out, (const uint8_t[]){254, 0, 0xf9, 0x89}, 4);
}

static bool parse_option_md5(struct parse *parse, struct script_packet *packet, struct fill *out)
{
	(void)packet;
	if (parse_is_word(parse, "valid") || parse_is_word(parse, "invalid"))
		return parse_fail(parse, parse->token.line,
		                  "signatures of RFC 2385 (md5 %s) are not supported",
		                  parse->token.text);
	return parse_option_hex(parse, out, (const uint8_t[]){19, 0}, 2);
}

static const struct parse_option_row {
	const char *name;
	bool (*parse)(struct parse *parse, struct script_packet *packet, struct fill *out);
} parse_option_rows[] = {
        {"mss", parse_option_mss},     {"wscale", parse_option_wscale},
        {"nop", parse_option_nop},     {"eol", parse_option_eol},
        {"sack", parse_option_sack},   {"sackOK", parse_option_sack_ok},
        {"TS", parse_option_ts},       {"FO", parse_option_fo},
        {"FOEXP", parse_option_foexp}, {"md5", parse_option_md5},
        {"ECN", parse_option_ecn},     {"uto", parse_option_uto},
};

static bool parse_option(struct parse *parse, struct script_packet *packet, struct fill *out)
{
	for (unsigned i = 0; i < ARRAY_LEN(parse_option_rows); i++)
		if (parse_accept_word(parse, parse_option_rows[i].name))
			return parse_option_rows[i].parse(parse, packet, out);
	return parse_expected(parse, "an option of TCP (mss, wscale, nop, eol, sack, sackOK, TS, "
	                             "FO, FOEXP, md5, ECN, uto)");
}

bool parse_option_list(struct parse *parse, struct script_packet *packet)
{
	struct fill out = fill_of(packet->options, sizeof(packet->options));
	int line = parse->token.line;

	if (!parse_accept(parse, '<'))
		return !parse->failed;
	if (parse->token.kind == TOKEN_ELLIPSIS) {
		if (!packet->out)
			return parse_fail(parse, line,
			                  "<...> is for packets that are expected only");
		packet->any_options = true;
		parse_next(parse);
		return parse_expect(parse, '>');
	}
	do {
		if (!parse_option(parse, packet, &out))
			return false;
	} while (parse_accept(parse, ','));
	if (out.bad)
		return parse_fail(parse, line, "the options are longer than 40 bytes");
	packet->options_len = (uint8_t)fill_len(&out);
	if (packet->options_len % 4 != 0)
		return parse_fail(parse, line, "the options are %u bytes, not a multiple of four",
		                  packet->options_len);
	return parse_expect(parse, '>');
}

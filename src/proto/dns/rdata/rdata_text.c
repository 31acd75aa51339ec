// rdata_text: writes rdata in presentation format, with times in seconds, strings in quotes,
// absolute names and upper-case hexadecimal digits. Each kind of field has its own function for its
// text, in the other rdata_*.c.
#include "proto/dns/rdata/rdata_code.h"
#include "proto/dns/wire/dns_escape.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>

void out_put(struct text_out *out, const char *s, size_t n)
{
	if (out->len < out->size)
		memcpy(out->text + out->len, s, size_min(n, out->size - out->len));
	out->len += n;
}

void out_number(struct text_out *out, uint32_t value)
{
	char text[16];

	out_put(out, text, (size_t)snprintf(text, sizeof(text), "%" PRIu32, value));
}

void out_escaped(struct text_out *out, uint8_t byte)
{
	char text[4];

	if (byte < ' ' || byte >= 0x7f) {
		out_put(out, text, dns_escape_build(byte, text));
		return;
	}
	if (byte == '"' || byte == '\\')
		out_char(out, '\\');
	out_char(out, (char)byte);
}

void out_quoted(struct text_out *out, const uint8_t *bytes, size_t len)
{
	out_char(out, '"');
	for (size_t i = 0; i < len; i++)
		out_escaped(out, bytes[i]);
	out_char(out, '"');
}

void out_address(struct text_out *out, int family, const uint8_t *bytes)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(family, bytes, text, sizeof(text));
	out_put(out, text, strlen(text));
}

void out_name(struct text_out *out, const uint8_t *wire)
{
	char text[DNS_NAME_TEXT_BYTES];

	dns_name_text(wire, text);
	out_put(out, text, strlen(text));
}

// Writes the generic format (RFC 3597 section 5): "\# 2 0A0B".
static void out_generic(struct text_out *out, const uint8_t *rdata, size_t len)
{
	out_put(out, "\\# ", 3);
	out_number(out, (uint32_t)len);
	if (len)
		out_char(out, ' ');
	out_code(out, &code_hex, rdata, len);
}

// Writes fields separated by blanks; a field without text gets no blank.
static void out_fields(struct text_out *out, const uint8_t *field, struct span rdata)
{
	for (bool first = true; *field != DNS_FIELD_END; field++, first = false) {
		struct span bytes = dns_field_take(*field, &rdata);
		size_t before = out->len, start;

		if (!first)
			out_char(out, ' ');
		start = out->len;
		rdata_kind_find(*field)->text(out, bytes);
		if (out->len == start)
			out->len = before;
	}
}

size_t dns_rdata_text(uint16_t type, const uint8_t *rdata, size_t len, char *text, size_t size)
{
	const struct dns_rdata_type *info = dns_rdata_type(type);
	struct text_out out = {.text = text, .size = size};

	if (info && dns_rdata_check(type, rdata, len))
		out_fields(&out, info->fields, span_of(rdata, len));
	else
		out.refused = true;
	if (out.refused) {
		out.len = 0;
		out_generic(&out, rdata, len);
	}
	if (size)
		text[size_min(out.len, size - 1)] = 0;
	return out.len;
}

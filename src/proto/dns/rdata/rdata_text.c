// rdata_text: writes rdata in presentation format, with times in seconds, strings in quotes,
// absolute names and upper-case hexadecimal digits. Each kind of field has its own function for its
// text, in the other rdata_*.c.
#include "proto/dns/rdata/rdata_code.h"
#include "proto/dns/wire/dns_escape.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>

void rdata_text_put(struct rdata_text *out, const char *s, size_t n)
{
	if (out->len < out->size)
		memcpy(out->text + out->len, s, size_min(n, out->size - out->len));
	out->len += n;
}

void rdata_text_number(struct rdata_text *out, uint32_t value)
{
	char text[16];

	rdata_text_put(out, text, (size_t)snprintf(text, sizeof(text), "%" PRIu32, value));
}

void rdata_text_escaped(struct rdata_text *out, uint8_t byte)
{
	char text[4];

	if (byte < ' ' || byte >= 0x7f) {
		rdata_text_put(out, text, dns_escape_build(byte, text));
		return;
	}
	if (byte == '"' || byte == '\\')
		rdata_text_char(out, '\\');
	rdata_text_char(out, (char)byte);
}

void rdata_text_quoted(struct rdata_text *out, const uint8_t *bytes, size_t len)
{
	rdata_text_char(out, '"');
	for (size_t i = 0; i < len; i++)
		rdata_text_escaped(out, bytes[i]);
	rdata_text_char(out, '"');
}

void rdata_text_address(struct rdata_text *out, int family, const uint8_t *bytes)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(family, bytes, text, sizeof(text));
	rdata_text_put(out, text, strlen(text));
}

void rdata_text_name(struct rdata_text *out, const uint8_t *wire)
{
	char text[DNS_NAME_TEXT_BYTES];

	dns_name_text(wire, text);
	rdata_text_put(out, text, strlen(text));
}

// Writes the generic format (RFC 3597 section 5): "\# 2 0A0B".
static void generic_text(struct rdata_text *out, const uint8_t *rdata, size_t len)
{
	rdata_text_put(out, "\\# ", 3);
	rdata_text_number(out, (uint32_t)len);
	if (len)
		rdata_text_char(out, ' ');
	rdata_code_text(out, &rdata_code_hex, rdata, len);
}

// Writes fields separated by blanks; a field without text gets no blank.
static void fields_text(struct rdata_text *out, const uint8_t *field, struct span rdata)
{
	for (bool first = true; *field != DNS_FIELD_END; field++, first = false) {
		struct span bytes = dns_rdata_take(*field, &rdata);
		size_t before = out->len, start;

		if (!first)
			rdata_text_char(out, ' ');
		start = out->len;
		rdata_kind_find(*field)->text(out, bytes);
		if (out->len == start)
			out->len = before;
	}
}

size_t dns_rdata_text(uint16_t type, const uint8_t *rdata, size_t len, char *text, size_t size)
{
	const struct dns_rdata_type *info = dns_rdata_type(type);
	struct rdata_text out = {.text = text, .size = size};

	if (info && dns_rdata_check(type, rdata, len))
		fields_text(&out, info->fields, span_of(rdata, len));
	else
		out.refused = true;
	if (out.refused) {
		out.len = 0;
		generic_text(&out, rdata, len);
	}
	if (size)
		text[size_min(out.len, size - 1)] = 0;
	return out.len;
}

// rdata_text: rdata in presentation form. Times are written as seconds,
// strings always in quotes, names absolute.
#include "proto/dns/dns_escape.h"
#include "proto/dns/dns_rdata.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>

// Text that may be cut: len is what it would be.
struct text_out {
	char *text;
	size_t size, len;
};

static void out_put(struct text_out *out, const char *s, size_t n)
{
	if (out->len < out->size)
		memcpy(out->text + out->len, s, size_min(n, out->size - out->len));
	out->len += n;
}

static void out_number(struct text_out *out, uint32_t value)
{
	char text[16];

	out_put(out, text, (size_t)snprintf(text, sizeof(text), "%" PRIu32, value));
}

static void out_quoted(struct text_out *out, const uint8_t *bytes, size_t len)
{
	char text[4];

	out_put(out, "\"", 1);
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] < ' ' || bytes[i] >= 0x7f) {
			out_put(out, text, dns_escape_build(bytes[i], text));
			continue;
		}
		if (bytes[i] == '"' || bytes[i] == '\\')
			out_put(out, "\\", 1);
		out_put(out, (const char *)&bytes[i], 1);
	}
	out_put(out, "\"", 1);
}

static void out_strings(struct text_out *out, struct span strings)
{
	while (span_left(&strings)) {
		uint8_t len = span_u8(&strings);

		out_quoted(out, span_take(&strings, len), len);
		if (span_left(&strings))
			out_put(out, " ", 1);
	}
}

static void out_address(struct text_out *out, int family, const uint8_t *bytes)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(family, bytes, text, sizeof(text));
	out_put(out, text, strlen(text));
}

static void out_name(struct text_out *out, const uint8_t *wire)
{
	char text[DNS_NAME_TEXT_BYTES];

	dns_name_text(wire, text);
	out_put(out, text, strlen(text));
}

// One sound field.
static void out_field(struct text_out *out, enum dns_field field, struct span bytes)
{
	switch (field) {
	case DNS_FIELD_U8:
		out_number(out, span_u8(&bytes));
		break;
	case DNS_FIELD_U16:
		out_number(out, span_u16(&bytes));
		break;
	case DNS_FIELD_U32:
	case DNS_FIELD_TIME:
		out_number(out, span_u32(&bytes));
		break;
	case DNS_FIELD_IPV4:
		out_address(out, AF_INET, bytes.p);
		break;
	case DNS_FIELD_IPV6:
		out_address(out, AF_INET6, bytes.p);
		break;
	case DNS_FIELD_NAME:
	case DNS_FIELD_NAME_RAW:
		out_name(out, bytes.p);
		break;
	case DNS_FIELD_STRING:
	case DNS_FIELD_STRINGS:
		out_strings(out, bytes);
		break;
	case DNS_FIELD_TAG:
		out_put(out, (const char *)bytes.p + 1, span_left(&bytes) - 1);
		break;
	case DNS_FIELD_TEXT:
		out_quoted(out, bytes.p, span_left(&bytes));
		break;
	case DNS_FIELD_END:
		break;
	}
}

// RFC 3597 section 5: "\# 2 0a0b".
static void out_generic(struct text_out *out, const uint8_t *rdata, size_t len)
{
	static const char digits[] = "0123456789abcdef";

	out_put(out, "\\# ", 3);
	out_number(out, (uint32_t)len);
	if (len)
		out_put(out, " ", 1);
	for (size_t i = 0; i < len; i++) {
		out_put(out, &digits[rdata[i] >> 4], 1);
		out_put(out, &digits[rdata[i] & 15], 1);
	}
}

size_t dns_rdata_text(uint16_t type, const uint8_t *rdata, size_t len, char *text, size_t size)
{
	const struct dns_type_info *info = dns_type_find(type);
	struct text_out out = {text, size, 0};
	struct span s = span_of(rdata, len);

	if (!info || !dns_rdata_check(type, rdata, len)) {
		out_generic(&out, rdata, len);
	} else {
		for (const uint8_t *field = info->fields; *field != DNS_FIELD_END; field++) {
			if (field != info->fields)
				out_put(&out, " ", 1);
			out_field(&out, *field, dns_field_take(*field, &s));
		}
	}
	if (size)
		text[size_min(out.len, size - 1)] = 0;
	return out.len;
}

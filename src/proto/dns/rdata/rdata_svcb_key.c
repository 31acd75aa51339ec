// rdata_svcb_key: the keys of SVCB parameters that BIND 9.18 knows, and the formats of their values
// (RFC 9460 section 14.3.2, RFC 9461 section 5), and the later ones of IANA's registry: ohttp (RFC
// 9540), tls-supported-groups and docpath (RFC 9953). Values of other keys are opaque.
#include "proto/dns/rdata/rdata_svcb_key.h"
#include "proto/dns/rdata/rdata_code.h"

#include <arpa/inet.h>
#include <stdio.h>

// Takes the bytes up to the next comma, and skips the comma.
static struct span item_take(struct span *list)
{
	const uint8_t *comma = memchr(list->p, ',', span_left(list));
	struct span item = span_of(list->p, (size_t)((comma ? comma : list->end) - list->p));

	list->p = comma ? comma + 1 : list->end;
	return item;
}

// Parses items separated by commas. A comma at the end is followed by an empty item.
static bool list_parse(struct span list, struct fill *to,
                       bool (*item_parse)(struct span item, struct fill *to))
{
	bool comma;

	do {
		struct span item = item_take(&list);

		comma = item.end < list.p;
		if (!item_parse(item, to))
			return false;
	} while (comma);
	return true;
}

// RFC 9460 section 8: keys in ascending order, at least one, without "mandatory" itself.
static bool mandatory_check(struct span value)
{
	uint16_t last = SVCB_MANDATORY;

	if (span_left(&value) == 0)
		return false;
	while (span_left(&value)) {
		uint16_t key = span_u16(&value);

		if (value.bad || key <= last)
			return false;
		last = key;
	}
	return true;
}

static bool mandatory_item_parse(struct span item, struct fill *to)
{
	uint16_t key;

	if (!rdata_svcb_key_parse((const char *)item.p, span_left(&item), &key))
		return false;
	fill_u16(to, key);
	return !to->bad;
}

// In rising order, whatever order they are given in; false: one is there twice.
static bool mandatory_parse(struct span text, struct fill *to)
{
	uint64_t listed[(UINT16_MAX + 1) / 64] = {0};
	uint8_t *start = to->p;
	struct span keys;

	if (!list_parse(text, to, mandatory_item_parse))
		return false;
	keys = span_of(start, (size_t)(to->p - start));
	while (span_left(&keys)) {
		uint16_t key = span_u16(&keys);

		if (listed[key / 64] >> key % 64 & 1)
			return false;
		listed[key / 64] |= UINT64_C(1) << key % 64;
	}
	to->p = start;
	for (unsigned i = 0; i < ARRAY_LEN(listed); i++)
		for (uint64_t left = listed[i]; left; left &= left - 1)
			fill_u16(to, (uint16_t)(64 * i + (unsigned)__builtin_ctzll(left)));
	return true;
}

static void mandatory_text(struct rdata_text *out, struct span value)
{
	while (span_left(&value)) {
		rdata_svcb_key_text(out, span_u16(&value));
		if (span_left(&value))
			rdata_text_char(out, ',');
	}
}

// RFC 9460 section 7.1.1: one or more identifiers, none of them empty.
static bool alpn_check(struct span value)
{
	if (span_left(&value) == 0)
		return false;
	while (span_left(&value)) {
		uint8_t len = span_u8(&value);

		if (len == 0 || !span_take(&value, len))
			return false;
	}
	return true;
}

// A comma or backslash within an identifier is escaped by a backslash (RFC 9460 appendix A.1).
static bool alpn_parse(struct span text, struct fill *to)
{
	uint8_t *len = fill_take(to, 1);
	uint8_t *start = to->p;

	while (span_left(&text)) {
		uint8_t byte = span_u8(&text);

		if (byte == ',') {
			if (to->bad || to->p == start || to->p - start > UINT8_MAX)
				return false;
			*len = (uint8_t)(to->p - start);
			len = fill_take(to, 1);
			start = to->p;
			continue;
		}
		if (byte == '\\') {
			if (span_left(&text) == 0)
				return false;
			byte = span_u8(&text);
		}
		fill_u8(to, byte);
	}
	if (to->bad || to->p == start || to->p - start > UINT8_MAX)
		return false;
	*len = (uint8_t)(to->p - start);
	return true;
}

static void alpn_text(struct rdata_text *out, struct span value)
{
	rdata_text_char(out, '"');
	while (span_left(&value)) {
		for (uint8_t len = span_u8(&value); len; len--) {
			uint8_t byte = span_u8(&value);

			if (byte == ',' || byte == '\\')
				rdata_text_put(out, "\\\\", 2);
			rdata_text_escaped(out, byte);
		}
		if (span_left(&value))
			rdata_text_char(out, ',');
	}
	rdata_text_char(out, '"');
}

static bool nothing_check(struct span value)
{
	return span_left(&value) == 0;
}

static bool nothing_parse(struct span text, struct fill *to)
{
	return span_left(&text) == 0;
}

static bool port_check(struct span value)
{
	return span_left(&value) == 2;
}

static bool port_parse(struct span text, struct fill *to)
{
	struct lex_token token = {.text = (const char *)text.p, .len = span_left(&text)};
	uint32_t port;

	if (!token_number(&token, UINT16_MAX, &port))
		return false;
	fill_u16(to, (uint16_t)port);
	return true;
}

static void port_text(struct rdata_text *out, struct span value)
{
	rdata_text_number(out, span_u16(&value));
}

static bool addresses_check(struct span value, size_t bytes)
{
	return span_left(&value) && span_left(&value) % bytes == 0;
}

static bool address_parse(struct span item, struct fill *to, int family)
{
	char text[INET6_ADDRSTRLEN];
	uint8_t bytes[16];

	if (span_left(&item) >= sizeof(text))
		return false;
	memcpy(text, item.p, span_left(&item));
	text[span_left(&item)] = 0;
	if (inet_pton(family, text, bytes) != 1)
		return false;
	fill_bytes(to, bytes, family == AF_INET ? 4 : 16);
	return true;
}

static void addresses_text(struct rdata_text *out, struct span value, int family)
{
	while (span_left(&value)) {
		rdata_text_address(out, family, span_take(&value, family == AF_INET ? 4 : 16));
		if (span_left(&value))
			rdata_text_char(out, ',');
	}
}

static bool ipv4hint_check(struct span value)
{
	return addresses_check(value, 4);
}

static bool ipv4_item_parse(struct span item, struct fill *to)
{
	return address_parse(item, to, AF_INET);
}

static bool ipv4hint_parse(struct span text, struct fill *to)
{
	return list_parse(text, to, ipv4_item_parse);
}

static void ipv4hint_text(struct rdata_text *out, struct span value)
{
	addresses_text(out, value, AF_INET);
}

static bool ipv6hint_check(struct span value)
{
	return addresses_check(value, 16);
}

static bool ipv6_item_parse(struct span item, struct fill *to)
{
	return address_parse(item, to, AF_INET6);
}

static bool ipv6hint_parse(struct span text, struct fill *to)
{
	return list_parse(text, to, ipv6_item_parse);
}

static void ipv6hint_text(struct rdata_text *out, struct span value)
{
	addresses_text(out, value, AF_INET6);
}

static bool any_check(struct span value)
{
	return true;
}

static bool ech_parse(struct span text, struct fill *to)
{
	struct rdata_code_reader reader = {.code = &rdata_code_base64, .to = to};

	return rdata_code_read(&reader, (const char *)text.p, span_left(&text)) &&
	       rdata_code_end(&reader);
}

static void ech_text(struct rdata_text *out, struct span value)
{
	rdata_code_text(out, &rdata_code_base64, value.p, span_left(&value));
}

// Whether an expression of a URI template (RFC 6570 section 2.2) has the variable
// "dns": an operator, then variables with commas between them.
static bool expression_has_dns(struct span expression)
{
	static const char operators[] = {'+', '#', '.', '/', ';', '?', '&'};

	if (span_left(&expression) && memchr(operators, expression.p[0], sizeof(operators)))
		span_u8(&expression);
	while (span_left(&expression)) {
		struct span variable = item_take(&expression);

		if (span_left(&variable) == 3 && memcmp(variable.p, "dns", 3) == 0)
			return true;
	}
	return false;
}

// Takes the rest of a UTF-8 character of two or more bytes (RFC 3629 section 4). Does not detect
// surrogates, nor overlong forms that begin with E0 or F0, nor values above U+10FFFF.
static bool utf8_take(struct span *rest, uint8_t first)
{
	unsigned more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;

	if (first < 0xc2 || first > 0xf4)
		return false;
	while (more--)
		if ((span_u8(rest) & 0xc0) != 0x80)
			return false;
	return true;
}

// RFC 9461 section 5: a path that is a URI template with the variable "dns".
static bool dohpath_check(struct span value)
{
	bool has_dns = false;

	if (span_left(&value) == 0 || value.p[0] != '/')
		return false;
	while (span_left(&value)) {
		const uint8_t *close;
		uint8_t byte = span_u8(&value);

		if (byte <= ' ' || byte == 0x7f || byte == '"' || byte == '}' ||
		    (byte > 0x7f && !utf8_take(&value, byte)))
			return false;
		if (byte != '{')
			continue;
		close = memchr(value.p, '}', span_left(&value));
		if (!close)
			return false;
		has_dns |= expression_has_dns(span_of(value.p, (size_t)(close - value.p)));
		value.p = close + 1;
	}
	return has_dns;
}

static bool bytes_parse(struct span text, struct fill *to)
{
	fill_bytes(to, text.p, span_left(&text));
	return true;
}

static void bytes_text(struct rdata_text *out, struct span value)
{
	rdata_text_quoted(out, value.p, span_left(&value));
}

// A list of distinct groups of TLS (draft-ietf-tls-key-share-prediction section 3.1).
static bool groups_check(struct span value)
{
	uint64_t seen[65536 / 64] = {0}; // a value may hold 32,767 groups

	if (span_left(&value) == 0 || span_left(&value) % 2)
		return false;
	while (span_left(&value)) {
		uint16_t group = span_u16(&value);
		uint64_t bit = UINT64_C(1) << group % 64;

		if (seen[group / 64] & bit)
			return false;
		seen[group / 64] |= bit;
	}
	return true;
}

static bool groups_parse(struct span text, struct fill *to)
{
	return list_parse(text, to, port_parse);
}

static void groups_text(struct rdata_text *out, struct span value)
{
	while (span_left(&value)) {
		port_text(out, span_sub(&value, 2));
		if (span_left(&value))
			rdata_text_char(out, ',');
	}
}

// RFC 9953 section 8.2: segments of a path, in the form of "alpn"; none for the root.
static bool docpath_check(struct span value)
{
	return span_left(&value) == 0 || alpn_check(value);
}

static bool docpath_parse(struct span text, struct fill *to)
{
	return span_left(&text) == 0 || alpn_parse(text, to);
}

static const struct svcb_value values[SVCB_KEYS] = {
        [SVCB_MANDATORY] = {"mandatory", "distinct keys such as alpn,key65280", mandatory_check,
                            mandatory_parse, mandatory_text},
        [SVCB_ALPN] = {"alpn", "protocols such as h2,h3", alpn_check, alpn_parse, alpn_text},
        [SVCB_NO_DEFAULT_ALPN] = {"no-default-alpn", "no value", nothing_check, nothing_parse,
                                  bytes_text},
        [SVCB_PORT] = {"port", "a port such as 443", port_check, port_parse, port_text},
        [SVCB_IPV4HINT] = {"ipv4hint", "addresses such as 192.0.2.1,192.0.2.2", ipv4hint_check,
                           ipv4hint_parse, ipv4hint_text},
        [SVCB_ECH] = {"ech", "base64 digits with their padding", any_check, ech_parse, ech_text},
        [SVCB_IPV6HINT] = {"ipv6hint", "addresses such as 2001:db8::1,2001:db8::2", ipv6hint_check,
                           ipv6hint_parse, ipv6hint_text},
        [SVCB_DOHPATH] = {"dohpath", "a path such as /dns-query{?dns}", dohpath_check, bytes_parse,
                          bytes_text},
        [SVCB_OHTTP] = {"ohttp", "no value", nothing_check, nothing_parse, bytes_text},
        [SVCB_TLS_GROUPS] = {"tls-supported-groups", "distinct groups such as 29,23", groups_check,
                             groups_parse, groups_text},
        [SVCB_DOCPATH] = {"docpath", "segments of a path such as dns,query", docpath_check,
                          docpath_parse, alpn_text},
};

const struct svcb_value *rdata_svcb_key_find(uint16_t key)
{
	return key < SVCB_KEYS ? &values[key] : NULL;
}

// Parses "key" and a number without leading zeros.
static bool key_number_parse(const char *text, size_t len, uint16_t *key)
{
	struct lex_token token = {.text = text + 3, .len = len - 3};
	uint32_t number;

	if (len < 4 || memcmp(text, "key", 3) != 0 || (text[3] == '0' && len > 4) ||
	    !token_number(&token, UINT16_MAX, &number))
		return false;
	*key = (uint16_t)number;
	return true;
}

bool rdata_svcb_key_parse(const char *text, size_t len, uint16_t *key)
{
	for (unsigned i = 0; i < SVCB_KEYS; i++) {
		if (strlen(values[i].name) == len && memcmp(values[i].name, text, len) == 0) {
			*key = (uint16_t)i;
			return true;
		}
	}
	return key_number_parse(text, len, key);
}

void rdata_svcb_key_text(struct rdata_text *out, uint16_t key)
{
	char text[32];

	if (key < SVCB_KEYS)
		snprintf(text, sizeof(text), "%s", values[key].name);
	else
		snprintf(text, sizeof(text), "key%u", key);
	rdata_text_put(out, text, strlen(text));
}

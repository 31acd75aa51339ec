// rdata_gateway: the kinds of fields whose first bytes determine the format of the rest: the
// gateway of IPSECKEY, the relay of AMTRELAY, the fields of HIP, and the address of A6.
#include "proto/dns/rdata/rdata_code.h"

#include <arpa/inet.h>

// The types of IPSECKEY's gateway and AMTRELAY's relay (RFC 4025 section 2.3, RFC 8777
// section 4.2.3).
enum host { HOST_NONE, HOST_IPV4, HOST_IPV6, HOST_NAME, HOSTS };

static void host_take(struct span *rdata, unsigned type)
{
	if (type == HOST_IPV4)
		span_take(rdata, 4);
	else if (type == HOST_IPV6)
		span_take(rdata, 16);
	else if (type == HOST_NAME)
		dns_rdata_take(DNS_FIELD_NAME_RAW, rdata);
}

static bool host_parse(struct rdata_parser *p, unsigned type)
{
	if (type == HOST_IPV4)
		return rdata_parse_kind(p, &rdata_kind_ipv4);
	if (type == HOST_IPV6)
		return rdata_parse_kind(p, &rdata_kind_ipv6);
	if (type == HOST_NAME)
		return rdata_parse_kind(p, &rdata_kind_name_raw);
	if (!token_is(&p->token, "."))
		return rdata_parse_refuse(p, "a dot, for no host", NULL);
	return rdata_parse_next(p);
}

static void host_text(struct rdata_text *out, unsigned type, const uint8_t *host)
{
	if (type == HOST_IPV4)
		rdata_text_address(out, AF_INET, host);
	else if (type == HOST_IPV6)
		rdata_text_address(out, AF_INET6, host);
	else if (type == HOST_NAME)
		rdata_text_name(out, host);
	else
		rdata_text_char(out, '.');
}

// Takes gateway type, algorithm and gateway. The key is the next field.
static struct span gateway_take(struct span *rdata)
{
	struct span field = {.p = rdata->p};
	uint8_t type = span_u8(rdata);

	span_take(rdata, 1);
	if (type >= HOSTS)
		return rdata_kind_refuse(rdata);
	host_take(rdata, type);
	field.end = rdata->p;
	return field;
}

static bool gateway_parse(struct rdata_parser *p)
{
	uint32_t type;

	if (!rdata_parse_number(p, HOSTS - 1, &type))
		return rdata_parse_refuse(p, NULL, NULL);
	fill_u8(p->to, (uint8_t)type);
	return rdata_parse_next(p) && rdata_parse_kind(p, &rdata_kind_algorithm) &&
	       host_parse(p, type);
}

static void gateway_text(struct rdata_text *out, struct span field)
{
	uint8_t type = span_u8(&field);

	rdata_text_number(out, type);
	rdata_text_char(out, ' ');
	rdata_text_number(out, span_u8(&field));
	rdata_text_char(out, ' ');
	host_text(out, type, field.p);
}

const struct rdata_kind rdata_kind_gateway = {
        .help = "a gateway type from 0 to 3",
        .take = gateway_take,
        .parse = gateway_parse,
        .text = gateway_text,
};

// RFC 8777 section 4.2: the discovery bit, the relay's type, the relay. The relay is opaque if its
// type is unknown.
#define RELAY_DISCOVERY 0x80

static struct span relay_take(struct span *rdata)
{
	struct span field = {.p = rdata->p};
	uint8_t type = span_u8(rdata) & 0x7f;

	host_take(rdata, type);
	if (type >= HOSTS)
		span_take(rdata, span_left(rdata));
	field.end = rdata->p;
	return field;
}

static bool relay_parse(struct rdata_parser *p)
{
	uint32_t discovery, type;

	if (!rdata_parse_number(p, 1, &discovery))
		return rdata_parse_refuse(p, NULL, NULL);
	if (!rdata_parse_next(p))
		return false;
	if (!rdata_parse_number(p, HOSTS - 1, &type))
		return rdata_parse_refuse(p, "a relay type from 0 to 3", NULL);
	fill_u8(p->to, (uint8_t)(discovery << 7 | type));
	return rdata_parse_next(p) && host_parse(p, type);
}

static void relay_text(struct rdata_text *out, struct span field)
{
	uint8_t first = span_u8(&field), type = first & 0x7f;

	rdata_text_number(out, first >> 7);
	rdata_text_char(out, ' ');
	rdata_text_number(out, type);
	rdata_text_char(out, ' ');
	host_text(out, type, field.p);
	out->refused |= type >= HOSTS;
}

const struct rdata_kind rdata_kind_relay = {
        .help = "the discovery bit, 0 or 1",
        .take = relay_take,
        .parse = relay_parse,
        .text = relay_text,
};

// RFC 8005 section 5: length of the host identity tag, algorithm, length of the key, tag, key. In
// text, tag and key are one word each.
static struct span hip_take(struct span *rdata)
{
	struct span field = {.p = rdata->p};
	uint8_t tag_len = span_u8(rdata);
	uint16_t key_len;

	span_take(rdata, 1);
	key_len = span_u16(rdata);
	if (!tag_len || !key_len)
		return rdata_kind_refuse(rdata);
	span_take(rdata, tag_len);
	span_take(rdata, key_len);
	field.end = rdata->p;
	return field;
}

// Decodes a word into 1 to `max` bytes and sets *len to their number.
static bool hip_part_parse(struct rdata_parser *p, const struct rdata_code *code, size_t max,
                           size_t *len)
{
	size_t start = fill_len(p->to);

	if (!rdata_code_parse(p, code))
		return false;
	*len = fill_len(p->to) - start;
	if (*len == 0 || *len > max)
		return rdata_parse_refuse(p, code->help, "it is empty or too long");
	return rdata_parse_next(p);
}

static bool hip_parse(struct rdata_parser *p)
{
	uint8_t *lens = fill_take(p->to, 4);
	size_t tag_len, key_len;
	uint32_t algorithm;

	if (!rdata_parse_number(p, UINT8_MAX, &algorithm))
		return rdata_parse_refuse(p, NULL, NULL);
	if (!rdata_parse_next(p) || !hip_part_parse(p, &rdata_code_hex, UINT8_MAX, &tag_len) ||
	    !hip_part_parse(p, &rdata_code_base64, UINT16_MAX, &key_len))
		return false;
	lens[0] = (uint8_t)tag_len;
	lens[1] = (uint8_t)algorithm;
	lens[2] = (uint8_t)(key_len >> 8);
	lens[3] = (uint8_t)key_len;
	return true;
}

static void hip_text(struct rdata_text *out, struct span field)
{
	uint8_t tag_len = span_u8(&field);

	rdata_text_number(out, span_u8(&field));
	span_u16(&field);
	rdata_text_char(out, ' ');
	rdata_code_text(out, &rdata_code_hex, span_take(&field, tag_len), tag_len);
	rdata_text_char(out, ' ');
	rdata_code_text(out, &rdata_code_base64, field.p, span_left(&field));
}

const struct rdata_kind rdata_kind_hip = {
        .help = "a public key algorithm from 0 to 255",
        .take = hip_take,
        .parse = hip_parse,
        .text = hip_text,
};

// RFC 2874 section 3.1: the length of the prefix in bits; the address without the bytes that belong
// to the prefix, whose remaining bits are zero; and, unless the length is 0, the name that has the
// prefix.
#define A6_PREFIX_MAX 128

static size_t a6_suffix_len(unsigned prefix)
{
	return 16 - prefix / 8;
}

static uint8_t a6_mask(unsigned prefix)
{
	return (uint8_t)(0xff >> prefix % 8);
}

static struct span a6_take(struct span *rdata)
{
	struct span field = {.p = rdata->p};
	uint8_t prefix = span_u8(rdata);
	const uint8_t *suffix;

	if (prefix > A6_PREFIX_MAX)
		return rdata_kind_refuse(rdata);
	suffix = span_take(rdata, a6_suffix_len(prefix));
	if (suffix && prefix < A6_PREFIX_MAX && (suffix[0] & ~a6_mask(prefix)))
		return rdata_kind_refuse(rdata);
	if (prefix)
		dns_rdata_take(DNS_FIELD_NAME_RAW, rdata);
	field.end = rdata->p;
	return field;
}

static bool a6_suffix_parse(struct rdata_parser *p, unsigned prefix)
{
	uint8_t address[16];
	struct fill *to = p->to, whole = fill_of(address, sizeof(address));
	bool good;

	p->to = &whole;
	good = rdata_address_parse(p, AF_INET6);
	p->to = to;
	if (!good)
		return rdata_parse_refuse(p, rdata_kind_ipv6.help, NULL);
	address[prefix / 8] &= a6_mask(prefix);
	fill_bytes(to, address + prefix / 8, a6_suffix_len(prefix));
	return rdata_parse_next(p);
}

static bool a6_parse(struct rdata_parser *p)
{
	uint32_t prefix;

	if (!rdata_parse_number(p, A6_PREFIX_MAX, &prefix))
		return rdata_parse_refuse(p, NULL, NULL);
	fill_u8(p->to, (uint8_t)prefix);
	if (!rdata_parse_next(p) || (prefix < A6_PREFIX_MAX && !a6_suffix_parse(p, prefix)))
		return false;
	return prefix == 0 || rdata_parse_kind(p, &rdata_kind_name);
}

static void a6_text(struct rdata_text *out, struct span field)
{
	uint8_t prefix = span_u8(&field), address[16] = {0};
	size_t len = a6_suffix_len(prefix);

	memcpy(address + 16 - len, span_take(&field, len), len);
	rdata_text_number(out, prefix);
	rdata_text_char(out, ' ');
	if (prefix < A6_PREFIX_MAX)
		rdata_text_address(out, AF_INET6, address);
	if (prefix && prefix < A6_PREFIX_MAX)
		rdata_text_char(out, ' ');
	if (prefix)
		rdata_text_name(out, field.p);
}

static void a6_fold(uint8_t *field)
{
	uint8_t *name = field + 1 + a6_suffix_len(field[0]);

	if (field[0])
		dns_name_lower(name, name);
}

const struct rdata_kind rdata_kind_a6 = {
        .help = "a prefix length from 0 to 128",
        .take = a6_take,
        .parse = a6_parse,
        .text = a6_text,
        .fold = a6_fold,
};

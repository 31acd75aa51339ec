// rdata_field: the table of what fields can do, and the walks over rdata's
// fields that need nothing else: its check, its canonical form and order.
#include "proto/dns/rdata_kind.h"

static const struct rdata_kind *const kinds[DNS_FIELDS] = {
        [DNS_FIELD_U8] = &kind_u8,
        [DNS_FIELD_U16] = &kind_u16,
        [DNS_FIELD_U32] = &kind_u32,
        [DNS_FIELD_TIME] = &kind_time,
        [DNS_FIELD_STAMP] = &kind_stamp,
        [DNS_FIELD_TYPE] = &kind_type,
        [DNS_FIELD_ALGORITHM] = &kind_algorithm,
        [DNS_FIELD_KEY_FLAGS] = &kind_key_flags,
        [DNS_FIELD_KEY_PROTOCOL] = &kind_key_protocol,
        [DNS_FIELD_IPV4] = &kind_ipv4,
        [DNS_FIELD_IPV6] = &kind_ipv6,
        [DNS_FIELD_NAME] = &kind_name,
        [DNS_FIELD_NAME_LOWER] = &kind_name,
        [DNS_FIELD_NAME_RAW] = &kind_name_raw,
        [DNS_FIELD_STRING] = &kind_string,
        [DNS_FIELD_STRINGS] = &kind_strings,
        [DNS_FIELD_TAG] = &kind_tag,
        [DNS_FIELD_TEXT] = &kind_text,
        [DNS_FIELD_HEX] = &kind_hex,
        [DNS_FIELD_BASE64] = &kind_base64,
        [DNS_FIELD_BASE64_MAYBE] = &kind_base64_maybe,
        [DNS_FIELD_DIGEST_DS] = &kind_digest_ds,
        [DNS_FIELD_DIGEST_SSHFP] = &kind_digest_sshfp,
        [DNS_FIELD_DIGEST_ZONEMD] = &kind_digest_zonemd,
        [DNS_FIELD_SALT] = &kind_salt,
        [DNS_FIELD_NSEC3] = &kind_nsec3,
        [DNS_FIELD_BITMAP] = &kind_bitmap,
        [DNS_FIELD_BITMAP_MAYBE] = &kind_bitmap_maybe,
        [DNS_FIELD_BASE64_DASH] = &kind_base64_dash,
        [DNS_FIELD_CERT_TYPE] = &kind_cert_type,
        [DNS_FIELD_CERT_ALGORITHM] = &kind_cert_algorithm,
        [DNS_FIELD_SCHEME] = &kind_scheme,
        [DNS_FIELD_EUI48] = &kind_eui48,
        [DNS_FIELD_EUI64] = &kind_eui64,
        [DNS_FIELD_LOCATOR] = &kind_locator,
        [DNS_FIELD_NSAP] = &kind_nsap,
        [DNS_FIELD_ATMA] = &kind_atma,
        [DNS_FIELD_NAMES] = &kind_names,
        [DNS_FIELD_STRING_MAYBE] = &kind_string_maybe,
        [DNS_FIELD_DIGITS] = &kind_digits,
        [DNS_FIELD_BITMAP_NXT] = &kind_bitmap_nxt,
        [DNS_FIELD_GATEWAY] = &kind_gateway,
        [DNS_FIELD_RELAY] = &kind_relay,
        [DNS_FIELD_HIP] = &kind_hip,
        [DNS_FIELD_A6] = &kind_a6,
        [DNS_FIELD_WKS] = &kind_wks,
        [DNS_FIELD_LOC] = &kind_loc,
        [DNS_FIELD_APL] = &kind_apl,
        [DNS_FIELD_PRIORITY] = &kind_priority,
        [DNS_FIELD_PARAMS] = &kind_params,
        [DNS_FIELD_OPAQUE] = &kind_opaque,
};

const struct rdata_kind *rdata_kind_find(enum dns_field field)
{
	return kinds[field];
}

static struct span rest_take(struct span *rdata)
{
	return span_sub(rdata, span_left(rdata));
}

static bool opaque_parse(struct rdata_parser *p)
{
	return parser_refuse(p, NULL, NULL);
}

static void opaque_text(struct text_out *out, struct span field)
{
	out->refused = true;
}

const struct rdata_kind kind_opaque = {
        .help = "\\# with a length and hexadecimal digits",
        .take = rest_take,
        .parse = opaque_parse,
        .text = opaque_text,
};

struct span dns_field_take(enum dns_field field, struct span *rdata)
{
	const struct rdata_kind *kind = kinds[field];
	struct span bytes;

	if (rdata->bad || !kind)
		return span_refuse(rdata);
	if (kind->size)
		return span_sub(rdata, kind->size);
	bytes = kind->take(rdata);
	bytes.bad |= rdata->bad;
	return bytes;
}

bool dns_rdata_check(uint16_t type, const uint8_t *rdata, size_t len)
{
	const struct dns_type_info *info = dns_type_find(type);
	struct span s = span_of(rdata, len);

	if (len > UINT16_MAX)
		return false;
	if (!info)
		return true;
	for (const uint8_t *field = info->fields; *field != DNS_FIELD_END; field++)
		dns_field_take(*field, &s);
	return !s.bad && span_left(&s) == 0;
}

const uint8_t *dns_rdata_host(uint16_t type, const uint8_t *rdata, size_t len, const uint8_t *owner)
{
	const struct dns_type_info *info = dns_type_find(type);
	struct span s = span_of(rdata, len), host = s;

	if (!info || !info->host)
		return NULL;
	for (unsigned i = 0; i < info->host; i++)
		host = dns_field_take(info->fields[i], &s);
	assert(host.p); // the data is sound
	if (info->fields[0] == DNS_FIELD_PRIORITY && (rdata[0] || rdata[1]) && !host.p[0])
		return owner;
	return host.p;
}

size_t dns_rdata_canonical(uint16_t type, const uint8_t *rdata, size_t len, uint8_t *to)
{
	const struct dns_type_info *info = dns_type_find(type);
	struct span s = span_of(to, len);

	if (len)
		memmove(to, rdata, len);
	for (unsigned i = 0; info && info->fields[i] != DNS_FIELD_END; i++) {
		struct span field = dns_field_take(info->fields[i], &s);

		if (kinds[info->fields[i]]->fold && !field.bad)
			kinds[info->fields[i]]->fold(to + (field.p - to));
	}
	return len;
}

static int bytes_cmp(struct span a, struct span b)
{
	size_t a_len = span_left(&a), b_len = span_left(&b);
	size_t len = size_min(a_len, b_len);
	int diff = len ? memcmp(a.p, b.p, len) : 0;

	return diff ? diff : (a_len > b_len) - (a_len < b_len);
}

static int field_cmp(const struct rdata_kind *kind, struct span a, struct span b)
{
	uint8_t low_a[RDATA_FOLD_MAX_BYTES], low_b[RDATA_FOLD_MAX_BYTES];
	size_t a_len = span_left(&a), b_len = span_left(&b);

	if (!kind->fold)
		return bytes_cmp(a, b);
	assert(a.p && b.p); // a name is at least a byte
	memcpy(low_a, a.p, a_len);
	memcpy(low_b, b.p, b_len);
	kind->fold(low_a);
	kind->fold(low_b);
	return bytes_cmp(span_of(low_a, a_len), span_of(low_b, b_len));
}

// No sound field is the beginning of another unless it is the last one, so that
// comparing field by field is comparing the whole.
int dns_rdata_cmp(uint16_t type, const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
	const struct dns_type_info *info = dns_type_find(type);
	struct span x = span_of(a, a_len), y = span_of(b, b_len);
	int diff = 0;

	for (unsigned i = 0; info && !diff && info->fields[i] != DNS_FIELD_END; i++) {
		enum dns_field field = info->fields[i];
		struct span field_x = dns_field_take(field, &x);
		struct span field_y = dns_field_take(field, &y);

		diff = field_cmp(kinds[field], field_x, field_y);
	}
	return diff ? diff : bytes_cmp(x, y);
}

// rdata_kind: the table of all kinds of fields, and the kind of opaque data.
#include "proto/dns/rdata/rdata_kind.h"

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

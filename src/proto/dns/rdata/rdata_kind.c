// rdata_kind: the table of all kinds of fields, and the kind of opaque data.
#include "proto/dns/rdata/rdata_internal.h"

static const struct rdata_kind *const kinds[DNS_FIELDS] = {
        [DNS_FIELD_U8] = &rdata_kind_u8,
        [DNS_FIELD_U16] = &rdata_kind_u16,
        [DNS_FIELD_U32] = &rdata_kind_u32,
        [DNS_FIELD_TIME] = &rdata_kind_time,
        [DNS_FIELD_STAMP] = &rdata_kind_stamp,
        [DNS_FIELD_TYPE] = &rdata_kind_type,
        [DNS_FIELD_ALGORITHM] = &rdata_kind_algorithm,
        [DNS_FIELD_KEY_FLAGS] = &rdata_kind_key_flags,
        [DNS_FIELD_KEY_PROTOCOL] = &rdata_kind_key_protocol,
        [DNS_FIELD_IPV4] = &rdata_kind_ipv4,
        [DNS_FIELD_IPV6] = &rdata_kind_ipv6,
        [DNS_FIELD_NAME] = &rdata_kind_name,
        [DNS_FIELD_NAME_LOWER] = &rdata_kind_name,
        [DNS_FIELD_NAME_RAW] = &rdata_kind_name_raw,
        [DNS_FIELD_STRING] = &rdata_kind_string,
        [DNS_FIELD_STRINGS] = &rdata_kind_strings,
        [DNS_FIELD_TAG] = &rdata_kind_tag,
        [DNS_FIELD_TEXT] = &rdata_kind_text,
        [DNS_FIELD_HEX] = &rdata_kind_hex,
        [DNS_FIELD_BASE64] = &rdata_kind_base64,
        [DNS_FIELD_BASE64_MAYBE] = &rdata_kind_base64_maybe,
        [DNS_FIELD_DIGEST_DS] = &rdata_kind_digest_ds,
        [DNS_FIELD_DIGEST_SSHFP] = &rdata_kind_digest_sshfp,
        [DNS_FIELD_DIGEST_ZONEMD] = &rdata_kind_digest_zonemd,
        [DNS_FIELD_SALT] = &rdata_kind_salt,
        [DNS_FIELD_NSEC3] = &rdata_kind_nsec3,
        [DNS_FIELD_BITMAP] = &rdata_kind_bitmap,
        [DNS_FIELD_BITMAP_MAYBE] = &rdata_kind_bitmap_maybe,
        [DNS_FIELD_BASE64_DASH] = &rdata_kind_base64_dash,
        [DNS_FIELD_CERT_TYPE] = &rdata_kind_cert_type,
        [DNS_FIELD_CERT_ALGORITHM] = &rdata_kind_cert_algorithm,
        [DNS_FIELD_SCHEME] = &rdata_kind_scheme,
        [DNS_FIELD_EUI48] = &rdata_kind_eui48,
        [DNS_FIELD_EUI64] = &rdata_kind_eui64,
        [DNS_FIELD_LOCATOR] = &rdata_kind_locator,
        [DNS_FIELD_NSAP] = &rdata_kind_nsap,
        [DNS_FIELD_ATMA] = &rdata_kind_atma,
        [DNS_FIELD_NAMES] = &rdata_kind_names,
        [DNS_FIELD_STRING_MAYBE] = &rdata_kind_string_maybe,
        [DNS_FIELD_DIGITS] = &rdata_kind_digits,
        [DNS_FIELD_BITMAP_NXT] = &rdata_kind_bitmap_nxt,
        [DNS_FIELD_GATEWAY] = &rdata_kind_gateway,
        [DNS_FIELD_RELAY] = &rdata_kind_relay,
        [DNS_FIELD_HIP] = &rdata_kind_hip,
        [DNS_FIELD_A6] = &rdata_kind_a6,
        [DNS_FIELD_WKS] = &rdata_kind_wks,
        [DNS_FIELD_LOC] = &rdata_kind_loc,
        [DNS_FIELD_APL] = &rdata_kind_apl,
        [DNS_FIELD_PRIORITY] = &rdata_kind_priority,
        [DNS_FIELD_PARAMS] = &rdata_kind_params,
        [DNS_FIELD_OPAQUE] = &rdata_kind_opaque,
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
	return rdata_parse_refuse(p, NULL, NULL);
}

static void opaque_text(struct rdata_text *out, struct span field)
{
	out->refused = true;
}

const struct rdata_kind rdata_kind_opaque = {
        .help = "\\# with a length and hexadecimal digits",
        .take = rest_take,
        .parse = opaque_parse,
        .text = opaque_text,
};

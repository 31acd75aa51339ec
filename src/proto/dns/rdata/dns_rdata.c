// dns_rdata: the table of types, and the functions that walk over the fields of their data: check,
// canonical form and order. The operations of each kind of field are in rdata_kind.h.
#include "proto/dns/rdata/dns_rdata.h"

#include "proto/dns/rdata/rdata_kind.h"

#define F(field) DNS_FIELD_##field

static const struct dns_rdata_type types[] = {
        [DNS_TYPE_A] = {{F(IPV4)}},
        [DNS_TYPE_NS] = {{F(NAME)}, .host = 1},
        [DNS_TYPE_MD] = {{F(NAME)}, .host = 1},
        [DNS_TYPE_MF] = {{F(NAME)}, .host = 1},
        [DNS_TYPE_CNAME] = {{F(NAME)}},
        [DNS_TYPE_SOA] = {{F(NAME), F(NAME), F(U32), F(TIME), F(TIME), F(TIME), F(TIME)}},
        [DNS_TYPE_MB] = {{F(NAME)}, .host = 1},
        [DNS_TYPE_MG] = {{F(NAME)}},
        [DNS_TYPE_MR] = {{F(NAME)}},
        [DNS_TYPE_NULL] = {{F(OPAQUE)}},
        [DNS_TYPE_WKS] = {{F(IPV4), F(WKS)}},
        [DNS_TYPE_PTR] = {{F(NAME)}},
        [DNS_TYPE_HINFO] = {{F(STRING), F(STRING)}},
        [DNS_TYPE_MINFO] = {{F(NAME), F(NAME)}},
        [DNS_TYPE_MX] = {{F(U16), F(NAME)}, .host = 2},
        [DNS_TYPE_TXT] = {{F(STRINGS)}},
        [DNS_TYPE_RP] = {{F(NAME_LOWER), F(NAME_LOWER)}},
        [DNS_TYPE_AFSDB] = {{F(U16), F(NAME_LOWER)}, .host = 2},
        [DNS_TYPE_X25] = {{F(DIGITS)}},
        [DNS_TYPE_ISDN] = {{F(STRING), F(STRING_MAYBE)}},
        [DNS_TYPE_RT] = {{F(U16), F(NAME_LOWER)}, .host = 2},
        [DNS_TYPE_NSAP] = {{F(NSAP)}},
        [DNS_TYPE_NSAP_PTR] = {{F(NAME_RAW)}},
        [DNS_TYPE_SIG] = {{F(TYPE), F(ALGORITHM), F(U8), F(U32), F(STAMP), F(STAMP), F(U16),
                           F(NAME_LOWER), F(BASE64)}},
        [DNS_TYPE_KEY] = {{F(KEY_FLAGS), F(KEY_PROTOCOL), F(ALGORITHM), F(BASE64_MAYBE)}},
        [DNS_TYPE_PX] = {{F(U16), F(NAME_LOWER), F(NAME_LOWER)}},
        [DNS_TYPE_GPOS] = {{F(STRING), F(STRING), F(STRING)}},
        [DNS_TYPE_AAAA] = {{F(IPV6)}},
        [DNS_TYPE_LOC] = {{F(LOC)}},
        [DNS_TYPE_NXT] = {{F(NAME_LOWER), F(BITMAP_NXT)}},
        [DNS_TYPE_EID] = {{F(HEX)}},
        [DNS_TYPE_NIMLOC] = {{F(HEX)}},
        [DNS_TYPE_SRV] = {{F(U16), F(U16), F(U16), F(NAME_LOWER)}, .host = 4},
        [DNS_TYPE_ATMA] = {{F(ATMA)}},
        [DNS_TYPE_NAPTR] = {{F(U16), F(U16), F(STRING), F(STRING), F(STRING), F(NAME_LOWER)},
                            .host = 6},
        [DNS_TYPE_KX] = {{F(U16), F(NAME_LOWER)}, .host = 2},
        [DNS_TYPE_CERT] = {{F(CERT_TYPE), F(U16), F(CERT_ALGORITHM), F(BASE64)}},
        [DNS_TYPE_A6] = {{F(A6)}},
        [DNS_TYPE_DNAME] = {{F(NAME_LOWER)}},
        [DNS_TYPE_SINK] = {{F(U8), F(U8), F(U8), F(BASE64_MAYBE)}},
        [DNS_TYPE_OPT] = {{F(OPAQUE)}},
        [DNS_TYPE_APL] = {{F(APL)}},
        [DNS_TYPE_DS] = {{F(U16), F(ALGORITHM), F(DIGEST_DS)}},
        [DNS_TYPE_SSHFP] = {{F(U8), F(DIGEST_SSHFP)}},
        [DNS_TYPE_IPSECKEY] = {{F(U8), F(GATEWAY), F(BASE64_MAYBE)}},
        [DNS_TYPE_RRSIG] = {{F(TYPE), F(ALGORITHM), F(U8), F(U32), F(STAMP), F(STAMP), F(U16),
                             F(NAME_LOWER), F(BASE64)}},
        [DNS_TYPE_NSEC] = {{F(NAME_RAW), F(BITMAP)}},
        [DNS_TYPE_DNSKEY] = {{F(KEY_FLAGS), F(KEY_PROTOCOL), F(ALGORITHM), F(BASE64)}},
        [DNS_TYPE_DHCID] = {{F(BASE64)}},
        [DNS_TYPE_NSEC3] = {{F(NSEC3), F(BITMAP_MAYBE)}},
        [DNS_TYPE_NSEC3PARAM] = {{F(U8), F(U8), F(U16), F(SALT)}},
        [DNS_TYPE_TLSA] = {{F(U8), F(U8), F(U8), F(HEX)}},
        [DNS_TYPE_SMIMEA] = {{F(U8), F(U8), F(U8), F(HEX)}},
        [DNS_TYPE_HIP] = {{F(HIP), F(NAMES)}},
        [DNS_TYPE_NINFO] = {{F(STRINGS)}},
        [DNS_TYPE_RKEY] = {{F(KEY_FLAGS), F(KEY_PROTOCOL), F(ALGORITHM), F(BASE64)}},
        [DNS_TYPE_TALINK] = {{F(NAME_RAW), F(NAME_RAW)}},
        [DNS_TYPE_CDS] = {{F(U16), F(ALGORITHM), F(DIGEST_DS)}},
        [DNS_TYPE_CDNSKEY] = {{F(KEY_FLAGS), F(KEY_PROTOCOL), F(ALGORITHM), F(BASE64)}},
        [DNS_TYPE_OPENPGPKEY] = {{F(BASE64)}},
        [DNS_TYPE_CSYNC] = {{F(U32), F(U16), F(BITMAP_MAYBE)}},
        [DNS_TYPE_ZONEMD] = {{F(U32), F(U8), F(DIGEST_ZONEMD)}},
        [DNS_TYPE_SVCB] = {{F(PRIORITY), F(NAME_RAW), F(PARAMS)}, .host = 2},
        [DNS_TYPE_HTTPS] = {{F(PRIORITY), F(NAME_RAW), F(PARAMS)}, .host = 2},
        [DNS_TYPE_DSYNC] = {{F(TYPE), F(SCHEME), F(U16), F(NAME_RAW)}},
        [DNS_TYPE_HHIT] = {{F(BASE64)}},
        [DNS_TYPE_BRID] = {{F(BASE64)}},
        [DNS_TYPE_SPF] = {{F(STRINGS)}},
        [DNS_TYPE_UINFO] = {{F(OPAQUE)}},
        [DNS_TYPE_UID] = {{F(OPAQUE)}},
        [DNS_TYPE_GID] = {{F(OPAQUE)}},
        [DNS_TYPE_UNSPEC] = {{F(OPAQUE)}},
        [DNS_TYPE_NID] = {{F(U16), F(LOCATOR)}},
        [DNS_TYPE_L32] = {{F(U16), F(IPV4)}},
        [DNS_TYPE_L64] = {{F(U16), F(LOCATOR)}},
        [DNS_TYPE_LP] = {{F(U16), F(NAME_RAW)}},
        [DNS_TYPE_EUI48] = {{F(EUI48)}},
        [DNS_TYPE_EUI64] = {{F(EUI64)}},
        [DNS_TYPE_TKEY] = {{F(OPAQUE)}},
        [DNS_TYPE_TSIG] = {{F(OPAQUE)}},
        [DNS_TYPE_IXFR] = {{F(OPAQUE)}},
        [DNS_TYPE_AXFR] = {{F(OPAQUE)}},
        [DNS_TYPE_MAILB] = {{F(OPAQUE)}},
        [DNS_TYPE_MAILA] = {{F(OPAQUE)}},
        [DNS_TYPE_ANY] = {{F(OPAQUE)}},
        [DNS_TYPE_URI] = {{F(U16), F(U16), F(TEXT)}},
        [DNS_TYPE_CAA] = {{F(U8), F(TAG), F(TEXT)}},
        [DNS_TYPE_AVC] = {{F(STRINGS)}},
        [DNS_TYPE_DOA] = {{F(U32), F(U32), F(U8), F(STRING), F(BASE64_DASH)}},
        [DNS_TYPE_AMTRELAY] = {{F(U8), F(RELAY)}},
        [DNS_TYPE_RESINFO] = {{F(STRINGS)}},
        [DNS_TYPE_WALLET] = {{F(STRINGS)}},
};

// Types with numbers far above the others.
static const struct dns_rdata_type high_types[] = {
        [DNS_TYPE_TA - DNS_TYPE_TA] = {{F(U16), F(ALGORITHM), F(DIGEST_DS)}},
        [DNS_TYPE_DLV - DNS_TYPE_TA] = {{F(U16), F(ALGORITHM), F(DIGEST_DS)}},
};

const struct dns_rdata_type *dns_rdata_type(uint16_t type)
{
	if (type < ARRAY_LEN(types))
		return types[type].fields[0] ? &types[type] : NULL;
	if (type >= DNS_TYPE_TA && type - DNS_TYPE_TA < (int)ARRAY_LEN(high_types))
		return &high_types[type - DNS_TYPE_TA];
	return NULL;
}

struct span dns_rdata_take(enum dns_field field, struct span *rdata)
{
	const struct rdata_kind *kind = rdata_kind_find(field);
	struct span bytes;

	if (rdata->bad || !kind)
		return rdata_kind_refuse(rdata);
	if (kind->size)
		return span_sub(rdata, kind->size);
	bytes = kind->take(rdata);
	bytes.bad |= rdata->bad;
	return bytes;
}

bool dns_rdata_check(uint16_t type, const uint8_t *rdata, size_t len)
{
	const struct dns_rdata_type *info = dns_rdata_type(type);
	struct span s = span_of(rdata, len);

	if (len > UINT16_MAX)
		return false;
	if (!info)
		return true;
	for (const uint8_t *field = info->fields; *field != DNS_FIELD_END; field++)
		dns_rdata_take(*field, &s);
	return !s.bad && span_left(&s) == 0;
}

const uint8_t *dns_rdata_host(uint16_t type, const uint8_t *rdata, size_t len, const uint8_t *owner)
{
	const struct dns_rdata_type *info = dns_rdata_type(type);
	struct span s = span_of(rdata, len), host = s;

	if (!info || !info->host)
		return NULL;
	for (unsigned i = 0; i < info->host; i++)
		host = dns_rdata_take(info->fields[i], &s);
	assert(host.p); // the data is valid
	if (info->fields[0] == DNS_FIELD_PRIORITY && (rdata[0] || rdata[1]) && !host.p[0])
		return owner;
	return host.p;
}

size_t dns_rdata_canonical(uint16_t type, const uint8_t *rdata, size_t len, uint8_t *to)
{
	const struct dns_rdata_type *info = dns_rdata_type(type);
	struct span s = span_of(to, len);

	if (len)
		memmove(to, rdata, len);
	for (unsigned i = 0; info && info->fields[i] != DNS_FIELD_END; i++) {
		struct span field = dns_rdata_take(info->fields[i], &s);

		if (rdata_kind_find(info->fields[i])->fold && !field.bad)
			rdata_kind_find(info->fields[i])->fold(to + (field.p - to));
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
	assert(a.p && b.p); // such fields contain a name, which has at least one byte
	memcpy(low_a, a.p, a_len);
	memcpy(low_b, b.p, b_len);
	kind->fold(low_a);
	kind->fold(low_b);
	return bytes_cmp(span_of(low_a, a_len), span_of(low_b, b_len));
}

// No valid field is a prefix of another, except the last one; therefore comparing field by
// field is the same as comparing the whole.
int dns_rdata_cmp(uint16_t type, const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
	const struct dns_rdata_type *info = dns_rdata_type(type);
	struct span x = span_of(a, a_len), y = span_of(b, b_len);
	int diff = 0;

	for (unsigned i = 0; info && !diff && info->fields[i] != DNS_FIELD_END; i++) {
		enum dns_field field = info->fields[i];
		struct span field_x = dns_rdata_take(field, &x);
		struct span field_y = dns_rdata_take(field, &y);

		diff = field_cmp(rdata_kind_find(field), field_x, field_y);
	}
	return diff ? diff : bytes_cmp(x, y);
}

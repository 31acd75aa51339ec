// dns_rdata: the table of types and their mnemonics. What their fields are is in
// rdata_field.
#include "proto/dns/dns_rdata.h"

#include <stdio.h>
#include <strings.h>

#define F(field) DNS_FIELD_##field

static const struct dns_type_info types[] = {
        [DNS_TYPE_A] = {"A", {F(IPV4)}},
        [DNS_TYPE_NS] = {"NS", {F(NAME)}, .host = 1},
        [DNS_TYPE_MD] = {"MD", {F(NAME)}, .host = 1},
        [DNS_TYPE_MF] = {"MF", {F(NAME)}, .host = 1},
        [DNS_TYPE_CNAME] = {"CNAME", {F(NAME)}},
        [DNS_TYPE_SOA] = {"SOA", {F(NAME), F(NAME), F(U32), F(TIME), F(TIME), F(TIME), F(TIME)}},
        [DNS_TYPE_MB] = {"MB", {F(NAME)}, .host = 1},
        [DNS_TYPE_MG] = {"MG", {F(NAME)}},
        [DNS_TYPE_MR] = {"MR", {F(NAME)}},
        [DNS_TYPE_NULL] = {"NULL", {F(OPAQUE)}},
        [DNS_TYPE_WKS] = {"WKS", {F(IPV4), F(WKS)}},
        [DNS_TYPE_PTR] = {"PTR", {F(NAME)}},
        [DNS_TYPE_HINFO] = {"HINFO", {F(STRING), F(STRING)}},
        [DNS_TYPE_MINFO] = {"MINFO", {F(NAME), F(NAME)}},
        [DNS_TYPE_MX] = {"MX", {F(U16), F(NAME)}, .host = 2},
        [DNS_TYPE_TXT] = {"TXT", {F(STRINGS)}},
        [DNS_TYPE_RP] = {"RP", {F(NAME_LOWER), F(NAME_LOWER)}},
        [DNS_TYPE_AFSDB] = {"AFSDB", {F(U16), F(NAME_LOWER)}, .host = 2},
        [DNS_TYPE_X25] = {"X25", {F(DIGITS)}},
        [DNS_TYPE_ISDN] = {"ISDN", {F(STRING), F(STRING_MAYBE)}},
        [DNS_TYPE_RT] = {"RT", {F(U16), F(NAME_LOWER)}, .host = 2},
        [DNS_TYPE_NSAP] = {"NSAP", {F(NSAP)}},
        [DNS_TYPE_NSAP_PTR] = {"NSAP-PTR", {F(NAME_RAW)}},
        [DNS_TYPE_SIG] = {"SIG",
                          {F(TYPE), F(ALGORITHM), F(U8), F(U32), F(STAMP), F(STAMP), F(U16),
                           F(NAME_LOWER), F(BASE64)}},
        [DNS_TYPE_KEY] = {"KEY", {F(KEY_FLAGS), F(KEY_PROTOCOL), F(ALGORITHM), F(BASE64_MAYBE)}},
        [DNS_TYPE_PX] = {"PX", {F(U16), F(NAME_LOWER), F(NAME_LOWER)}},
        [DNS_TYPE_GPOS] = {"GPOS", {F(STRING), F(STRING), F(STRING)}},
        [DNS_TYPE_AAAA] = {"AAAA", {F(IPV6)}},
        [DNS_TYPE_LOC] = {"LOC", {F(LOC)}},
        [DNS_TYPE_NXT] = {"NXT", {F(NAME_LOWER), F(BITMAP_NXT)}},
        [DNS_TYPE_EID] = {"EID", {F(HEX)}},
        [DNS_TYPE_NIMLOC] = {"NIMLOC", {F(HEX)}},
        [DNS_TYPE_SRV] = {"SRV", {F(U16), F(U16), F(U16), F(NAME_LOWER)}, .host = 4},
        [DNS_TYPE_ATMA] = {"ATMA", {F(ATMA)}},
        [DNS_TYPE_NAPTR] = {"NAPTR",
                            {F(U16), F(U16), F(STRING), F(STRING), F(STRING), F(NAME_LOWER)},
                            .host = 6},
        [DNS_TYPE_KX] = {"KX", {F(U16), F(NAME_LOWER)}, .host = 2},
        [DNS_TYPE_CERT] = {"CERT", {F(CERT_TYPE), F(U16), F(CERT_ALGORITHM), F(BASE64)}},
        [DNS_TYPE_A6] = {"A6", {F(A6)}},
        [DNS_TYPE_DNAME] = {"DNAME", {F(NAME_LOWER)}},
        [DNS_TYPE_SINK] = {"SINK", {F(U8), F(U8), F(U8), F(BASE64_MAYBE)}},
        [DNS_TYPE_OPT] = {"OPT", {F(OPAQUE)}},
        [DNS_TYPE_APL] = {"APL", {F(APL)}},
        [DNS_TYPE_DS] = {"DS", {F(U16), F(ALGORITHM), F(DIGEST_DS)}},
        [DNS_TYPE_SSHFP] = {"SSHFP", {F(U8), F(DIGEST_SSHFP)}},
        [DNS_TYPE_IPSECKEY] = {"IPSECKEY", {F(U8), F(GATEWAY), F(BASE64)}},
        [DNS_TYPE_RRSIG] = {"RRSIG",
                            {F(TYPE), F(ALGORITHM), F(U8), F(U32), F(STAMP), F(STAMP), F(U16),
                             F(NAME_LOWER), F(BASE64)}},
        [DNS_TYPE_NSEC] = {"NSEC", {F(NAME_RAW), F(BITMAP)}},
        [DNS_TYPE_DNSKEY] = {"DNSKEY", {F(KEY_FLAGS), F(KEY_PROTOCOL), F(ALGORITHM), F(BASE64)}},
        [DNS_TYPE_DHCID] = {"DHCID", {F(BASE64)}},
        [DNS_TYPE_NSEC3] = {"NSEC3", {F(NSEC3), F(BITMAP_MAYBE)}},
        [DNS_TYPE_NSEC3PARAM] = {"NSEC3PARAM", {F(U8), F(U8), F(U16), F(SALT)}},
        [DNS_TYPE_TLSA] = {"TLSA", {F(U8), F(U8), F(U8), F(HEX)}},
        [DNS_TYPE_SMIMEA] = {"SMIMEA", {F(U8), F(U8), F(U8), F(HEX)}},
        [DNS_TYPE_HIP] = {"HIP", {F(HIP), F(NAMES)}},
        [DNS_TYPE_NINFO] = {"NINFO", {F(STRINGS)}},
        [DNS_TYPE_RKEY] = {"RKEY", {F(KEY_FLAGS), F(KEY_PROTOCOL), F(ALGORITHM), F(BASE64)}},
        [DNS_TYPE_TALINK] = {"TALINK", {F(NAME_RAW), F(NAME_RAW)}},
        [DNS_TYPE_CDS] = {"CDS", {F(U16), F(ALGORITHM), F(DIGEST_DS)}},
        [DNS_TYPE_CDNSKEY] = {"CDNSKEY", {F(KEY_FLAGS), F(KEY_PROTOCOL), F(ALGORITHM), F(BASE64)}},
        [DNS_TYPE_OPENPGPKEY] = {"OPENPGPKEY", {F(BASE64)}},
        [DNS_TYPE_CSYNC] = {"CSYNC", {F(U32), F(U16), F(BITMAP_MAYBE)}},
        [DNS_TYPE_ZONEMD] = {"ZONEMD", {F(U32), F(U8), F(DIGEST_ZONEMD)}},
        [DNS_TYPE_SVCB] = {"SVCB", {F(PRIORITY), F(NAME_RAW), F(PARAMS)}, .host = 2},
        [DNS_TYPE_HTTPS] = {"HTTPS", {F(PRIORITY), F(NAME_RAW), F(PARAMS)}, .host = 2},
        [DNS_TYPE_DSYNC] = {"DSYNC", {F(TYPE), F(SCHEME), F(U16), F(NAME_RAW)}},
        [DNS_TYPE_HHIT] = {"HHIT", {F(BASE64)}},
        [DNS_TYPE_BRID] = {"BRID", {F(BASE64)}},
        [DNS_TYPE_SPF] = {"SPF", {F(STRINGS)}},
        [DNS_TYPE_UINFO] = {"UINFO", {F(OPAQUE)}},
        [DNS_TYPE_UID] = {"UID", {F(OPAQUE)}},
        [DNS_TYPE_GID] = {"GID", {F(OPAQUE)}},
        [DNS_TYPE_UNSPEC] = {"UNSPEC", {F(OPAQUE)}},
        [DNS_TYPE_NID] = {"NID", {F(U16), F(LOCATOR)}},
        [DNS_TYPE_L32] = {"L32", {F(U16), F(IPV4)}},
        [DNS_TYPE_L64] = {"L64", {F(U16), F(LOCATOR)}},
        [DNS_TYPE_LP] = {"LP", {F(U16), F(NAME_RAW)}},
        [DNS_TYPE_EUI48] = {"EUI48", {F(EUI48)}},
        [DNS_TYPE_EUI64] = {"EUI64", {F(EUI64)}},
        [DNS_TYPE_TKEY] = {"TKEY", {F(OPAQUE)}},
        [DNS_TYPE_TSIG] = {"TSIG", {F(OPAQUE)}},
        [DNS_TYPE_IXFR] = {"IXFR", {F(OPAQUE)}},
        [DNS_TYPE_AXFR] = {"AXFR", {F(OPAQUE)}},
        [DNS_TYPE_MAILB] = {"MAILB", {F(OPAQUE)}},
        [DNS_TYPE_MAILA] = {"MAILA", {F(OPAQUE)}},
        [DNS_TYPE_ANY] = {"ANY", {F(OPAQUE)}},
        [DNS_TYPE_URI] = {"URI", {F(U16), F(U16), F(TEXT)}},
        [DNS_TYPE_CAA] = {"CAA", {F(U8), F(TAG), F(TEXT)}},
        [DNS_TYPE_AVC] = {"AVC", {F(STRINGS)}},
        [DNS_TYPE_DOA] = {"DOA", {F(U32), F(U32), F(U8), F(STRING), F(BASE64_DASH)}},
        [DNS_TYPE_AMTRELAY] = {"AMTRELAY", {F(U8), F(RELAY)}},
        [DNS_TYPE_RESINFO] = {"RESINFO", {F(STRINGS)}},
        [DNS_TYPE_WALLET] = {"WALLET", {F(STRINGS)}},
};

// Far above the others.
static const struct dns_type_info high_types[] = {
        [DNS_TYPE_TA - DNS_TYPE_TA] = {"TA", {F(U16), F(ALGORITHM), F(DIGEST_DS)}},
        [DNS_TYPE_DLV - DNS_TYPE_TA] = {"DLV", {F(U16), F(ALGORITHM), F(DIGEST_DS)}},
};

const struct dns_type_info *dns_type_find(uint16_t type)
{
	if (type < ARRAY_LEN(types))
		return types[type].mnemonic ? &types[type] : NULL;
	if (type >= DNS_TYPE_TA && type - DNS_TYPE_TA < (int)ARRAY_LEN(high_types))
		return &high_types[type - DNS_TYPE_TA];
	return NULL;
}

// "TYPE" and a number without leading zeros.
static bool type_number_parse(const char *text, size_t len, uint16_t *type)
{
	unsigned value = 0;

	if (len < 5 || len > 9 || strncasecmp(text, "TYPE", 4) != 0)
		return false;
	for (size_t i = 4; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		value = value * 10 + (unsigned)(text[i] - '0');
	}
	*type = (uint16_t)value;
	return value <= UINT16_MAX && (text[4] != '0' || len == 5);
}

static bool mnemonic_is(const struct dns_type_info *info, const char *text, size_t len)
{
	// Most are told apart by their first letter.
	return info->mnemonic && ((info->mnemonic[0] ^ text[0]) & ~0x20) == 0 &&
	       strncasecmp(info->mnemonic, text, len) == 0 && strlen(info->mnemonic) == len;
}

bool dns_type_parse(const char *text, size_t len, uint16_t *type)
{
	if (len == 0)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		if (mnemonic_is(&types[i], text, len)) {
			*type = (uint16_t)i;
			return true;
		}
	}
	for (size_t i = 0; i < ARRAY_LEN(high_types); i++) {
		if (mnemonic_is(&high_types[i], text, len)) {
			*type = (uint16_t)(DNS_TYPE_TA + i);
			return true;
		}
	}
	return type_number_parse(text, len, type);
}

char *dns_type_text(uint16_t type, char *text)
{
	const struct dns_type_info *info = dns_type_find(type);

	if (info)
		snprintf(text, 16, "%s", info->mnemonic);
	else
		snprintf(text, 16, "TYPE%u", type);
	return text;
}

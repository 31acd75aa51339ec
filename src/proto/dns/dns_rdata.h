// dns_rdata: the one table of resource record types: mnemonic, the fields of
// their data, and so how they are read, written, compressed and compared.
// Types that are not in the table are opaque bytes (RFC 3597).
#ifndef DNS_RDATA_H
#define DNS_RDATA_H

#include "proto/dns/dns_name.h"

enum dns_type {
	DNS_TYPE_A = 1,
	DNS_TYPE_NS = 2,
	DNS_TYPE_MD = 3,
	DNS_TYPE_MF = 4,
	DNS_TYPE_CNAME = 5,
	DNS_TYPE_SOA = 6,
	DNS_TYPE_MB = 7,
	DNS_TYPE_MG = 8,
	DNS_TYPE_MR = 9,
	DNS_TYPE_NULL = 10,
	DNS_TYPE_WKS = 11,
	DNS_TYPE_PTR = 12,
	DNS_TYPE_HINFO = 13,
	DNS_TYPE_MINFO = 14,
	DNS_TYPE_MX = 15,
	DNS_TYPE_TXT = 16,
	DNS_TYPE_RP = 17,
	DNS_TYPE_AFSDB = 18,
	DNS_TYPE_X25 = 19,
	DNS_TYPE_ISDN = 20,
	DNS_TYPE_RT = 21,
	DNS_TYPE_NSAP = 22,
	DNS_TYPE_NSAP_PTR = 23,
	DNS_TYPE_SIG = 24,
	DNS_TYPE_KEY = 25,
	DNS_TYPE_PX = 26,
	DNS_TYPE_GPOS = 27,
	DNS_TYPE_AAAA = 28,
	DNS_TYPE_LOC = 29,
	DNS_TYPE_NXT = 30,
	DNS_TYPE_EID = 31,
	DNS_TYPE_NIMLOC = 32,
	DNS_TYPE_SRV = 33,
	DNS_TYPE_ATMA = 34,
	DNS_TYPE_NAPTR = 35,
	DNS_TYPE_KX = 36,
	DNS_TYPE_CERT = 37,
	DNS_TYPE_A6 = 38,
	DNS_TYPE_DNAME = 39,
	DNS_TYPE_SINK = 40,
	DNS_TYPE_OPT = 41,
	DNS_TYPE_APL = 42,
	DNS_TYPE_DS = 43,
	DNS_TYPE_SSHFP = 44,
	DNS_TYPE_IPSECKEY = 45,
	DNS_TYPE_RRSIG = 46,
	DNS_TYPE_NSEC = 47,
	DNS_TYPE_DNSKEY = 48,
	DNS_TYPE_DHCID = 49,
	DNS_TYPE_NSEC3 = 50,
	DNS_TYPE_NSEC3PARAM = 51,
	DNS_TYPE_TLSA = 52,
	DNS_TYPE_SMIMEA = 53,
	DNS_TYPE_HIP = 55,
	DNS_TYPE_NINFO = 56,
	DNS_TYPE_RKEY = 57,
	DNS_TYPE_TALINK = 58,
	DNS_TYPE_CDS = 59,
	DNS_TYPE_CDNSKEY = 60,
	DNS_TYPE_OPENPGPKEY = 61,
	DNS_TYPE_CSYNC = 62,
	DNS_TYPE_ZONEMD = 63,
	DNS_TYPE_SVCB = 64,
	DNS_TYPE_HTTPS = 65,
	DNS_TYPE_SPF = 99,
	DNS_TYPE_NID = 104,
	DNS_TYPE_L32 = 105,
	DNS_TYPE_L64 = 106,
	DNS_TYPE_LP = 107,
	DNS_TYPE_EUI48 = 108,
	DNS_TYPE_EUI64 = 109,
	DNS_TYPE_TKEY = 249,
	DNS_TYPE_TSIG = 250,
	DNS_TYPE_IXFR = 251,
	DNS_TYPE_AXFR = 252,
	DNS_TYPE_MAILB = 253,
	DNS_TYPE_MAILA = 254,
	DNS_TYPE_ANY = 255,
	DNS_TYPE_URI = 256,
	DNS_TYPE_CAA = 257,
	DNS_TYPE_AVC = 258,
	DNS_TYPE_DOA = 259,
	DNS_TYPE_AMTRELAY = 260,
	DNS_TYPE_TA = 32768,
	DNS_TYPE_DLV = 32769,
};

enum dns_class {
	DNS_CLASS_IN = 1,
	DNS_CLASS_CH = 3,
	DNS_CLASS_NONE = 254,
	DNS_CLASS_ANY = 255,
};

// What a field of rdata is, in its order on the wire.
enum dns_field {
	DNS_FIELD_END,
	DNS_FIELD_U8,
	DNS_FIELD_U16,
	DNS_FIELD_U32,
	DNS_FIELD_TIME, // u32, written as seconds or with units ("1h30m")
	DNS_FIELD_IPV4,
	DNS_FIELD_IPV6,
	DNS_FIELD_NAME,     // may be compressed when sent: the types of RFC 1035 only
	DNS_FIELD_NAME_RAW, // never compressed (RFC 3597 section 4)
	DNS_FIELD_STRING,   // one character-string
	DNS_FIELD_STRINGS,  // one or more, to the end
	DNS_FIELD_TAG,      // CAA's tag: letters and digits with a length byte
	DNS_FIELD_TEXT,     // the remaining bytes, written as one string (CAA's value)
};

#define DNS_FIELDS_MAX 8

struct dns_type_info {
	uint16_t type;
	const char *mnemonic;
	uint8_t fields[DNS_FIELDS_MAX]; // enum dns_field, closed by DNS_FIELD_END
	// Offset of the name whose addresses go to the additional section (NS,
	// MX, SRV), or -1.
	int additional;
};

// NULL for types that are not in the table.
const struct dns_type_info *dns_type_find(uint16_t type) PURE;

// "A", "TYPE65280"; any case. False when it is neither.
bool dns_type_parse(const char *text, size_t len, uint16_t *type) MUST_CHECK;

// "A" or "TYPE65280" into text (at least 16 bytes); returns text.
char *dns_type_text(uint16_t type, char *text);

// Whether the type exists only in queries or in messages (RFC 6895 section
// 3.1): no zone holds its records.
bool dns_type_is_meta(uint16_t type) PURE;

// Takes one field off rdata and returns its bytes; rdata is bad when the field
// is not sound or DNS_FIELD_END.
struct span dns_field_take(enum dns_field field, struct span *rdata);

// Whether rdata is a sound uncompressed form of the type's fields, nothing
// left over. Unknown types are always sound.
bool dns_rdata_check(uint16_t type, const uint8_t *rdata, size_t len) MUST_CHECK;

// Presentation form into text: the type's fields, or RFC 3597's form where the
// type is unknown or its rdata is not sound. Cut at size with a final zero; the
// length it wanted is returned, as snprintf does.
size_t dns_rdata_text(uint16_t type, const uint8_t *rdata, size_t len, char *text, size_t size);

#endif

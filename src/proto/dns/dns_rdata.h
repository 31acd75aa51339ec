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
	DNS_TYPE_DSYNC = 66,
	DNS_TYPE_HHIT = 67,
	DNS_TYPE_BRID = 68,
	DNS_TYPE_SPF = 99,
	DNS_TYPE_UINFO = 100,
	DNS_TYPE_UID = 101,
	DNS_TYPE_GID = 102,
	DNS_TYPE_UNSPEC = 103,
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
	DNS_TYPE_RESINFO = 261,
	DNS_TYPE_WALLET = 262,
	DNS_TYPE_TA = 32768,
	DNS_TYPE_DLV = 32769,
};

enum dns_class {
	DNS_CLASS_IN = 1,
	DNS_CLASS_CH = 3,
	DNS_CLASS_NONE = 254,
	DNS_CLASS_ANY = 255,
};

// What a field of rdata is, in its order on the wire. Some say more than one
// number does: what follows them depends on it.
enum dns_field {
	DNS_FIELD_END,
	DNS_FIELD_U8,
	DNS_FIELD_U16,
	DNS_FIELD_U32,
	DNS_FIELD_TIME,         // u32, written as seconds or with units ("1h30m")
	DNS_FIELD_STAMP,        // u32, written as YYYYMMDDHHMMSS or as seconds since 1970
	DNS_FIELD_TYPE,         // u16, a type
	DNS_FIELD_ALGORITHM,    // u8, of DNSSEC: a number or a mnemonic
	DNS_FIELD_KEY_FLAGS,    // u16: a number or mnemonics
	DNS_FIELD_KEY_PROTOCOL, // u8: a number or a mnemonic
	DNS_FIELD_IPV4,
	DNS_FIELD_IPV6,
	DNS_FIELD_NAME,         // may be compressed when sent: the types of RFC 1035 only
	DNS_FIELD_NAME_LOWER,   // never compressed, its case does not count (RFC 4034 section 6.2)
	DNS_FIELD_NAME_RAW,     // never compressed (RFC 3597 section 4), its case counts
	DNS_FIELD_STRING,       // one character-string
	DNS_FIELD_STRINGS,      // one or more, to the end
	DNS_FIELD_TAG,          // CAA's tag: letters and digits with a length byte
	DNS_FIELD_TEXT,         // the remaining bytes, written as one string (CAA's value)
	DNS_FIELD_HEX,          // the remaining bytes, at least one
	DNS_FIELD_BASE64,       // the remaining bytes, at least one
	DNS_FIELD_BASE64_MAYBE, // the remaining bytes, or none
	DNS_FIELD_DIGEST_DS,    // a digest's type and the digest, of the length it demands
	DNS_FIELD_DIGEST_SSHFP,
	DNS_FIELD_DIGEST_ZONEMD,
	DNS_FIELD_SALT,         // hex with a length byte; "-" is none (NSEC3)
	DNS_FIELD_NSEC3,        // algorithm, flags, iterations, salt, next hash in base32hex
	DNS_FIELD_BITMAP,       // types, at least one (RFC 4034 section 4.1.2)
	DNS_FIELD_BITMAP_MAYBE, // types, or none
	DNS_FIELD_BASE64_DASH,  // the remaining bytes; "-" is none (DOA)
	DNS_FIELD_CERT_TYPE,    // u16: a number or a mnemonic
	DNS_FIELD_CERT_ALGORITHM,
	DNS_FIELD_SCHEME, // u8, of DSYNC
	DNS_FIELD_EUI48,
	DNS_FIELD_EUI64,
	DNS_FIELD_LOCATOR,      // 64 bits as half an IPv6 address (NID, L64)
	DNS_FIELD_NSAP,         // the remaining bytes, as 0x and digits
	DNS_FIELD_ATMA,         // the remaining bytes: a format and an address
	DNS_FIELD_NAMES,        // any number of names to the end, as NAME_RAW
	DNS_FIELD_STRING_MAYBE, // one character-string, or none
	DNS_FIELD_DIGITS,       // a character-string of at least four decimal digits (X25)
	DNS_FIELD_BITMAP_NXT,   // types up to 127 (RFC 2535 section 5.2)
	DNS_FIELD_GATEWAY,      // type, algorithm, and what the type says (IPSECKEY)
	DNS_FIELD_RELAY,        // discovery bit, type, and what the type says (AMTRELAY)
	DNS_FIELD_HIP,          // lengths, algorithm, identity tag, key
	DNS_FIELD_A6,           // prefix length, suffix, the prefix's name if there is one
	DNS_FIELD_WKS,          // protocol, ports
	DNS_FIELD_LOC,
	DNS_FIELD_APL,
	DNS_FIELD_PRIORITY, // u16, of SVCB: 0 has no parameters (AliasMode)
	DNS_FIELD_PARAMS,   // of SVCB (RFC 9460 section 2.2)
	DNS_FIELD_OPAQUE,   // the remaining bytes, which have RFC 3597's form only
	DNS_FIELDS
};

#define DNS_FIELDS_MAX 10

struct dns_type_info {
	const char *mnemonic;
	uint8_t fields[DNS_FIELDS_MAX]; // enum dns_field, closed by DNS_FIELD_END
	// Which field, from 1, names a host whose addresses go to the additional
	// section; 0: none. See dns_rdata_host.
	uint8_t host;
};

// NULL for types that are not in the table.
const struct dns_type_info *dns_type_find(uint16_t type) PURE;

// "A", "TYPE65280"; any case. False when it is neither.
bool dns_type_parse(const char *text, size_t len, uint16_t *type) MUST_CHECK;

// "A" or "TYPE65280" into text (at least 16 bytes); returns text.
char *dns_type_text(uint16_t type, char *text);

// Whether the type exists only in queries or in messages (RFC 6895 section
// 3.1): no zone holds its records.
static inline bool dns_type_is_meta(uint16_t type)
{
	return type == 0 || type == DNS_TYPE_OPT || (type >= 128 && type <= 255);
}

// A host's address.
static inline bool dns_type_is_address(uint16_t type)
{
	return type == DNS_TYPE_A || type == DNS_TYPE_AAAA;
}

// Takes one field off rdata and returns its bytes; rdata is bad when the field
// is not sound or DNS_FIELD_END.
struct span dns_field_take(enum dns_field field, struct span *rdata);

// Whether rdata is a sound uncompressed form of the type's fields, nothing
// left over. Unknown types are always sound.
bool dns_rdata_check(uint16_t type, const uint8_t *rdata, size_t len) MUST_CHECK;

// The name whose addresses go to the additional section: one in the sound rdata;
// the owner, for which "." stands in SVCB and HTTPS in ServiceMode (RFC 9460
// section 2.5.2); NULL where the type has none.
const uint8_t *dns_rdata_host(uint16_t type, const uint8_t *rdata, size_t len,
                              const uint8_t *owner) PURE;

// Copies sound rdata in canonical form: its names in lower case where RFC 4034
// section 6.2 as amended by RFC 6840 section 5.1 says so. Returns its length,
// which is len. The two may be the same memory.
size_t dns_rdata_canonical(uint16_t type, const uint8_t *rdata, size_t len, uint8_t *to);

// Canonical order of two sound rdata of a type (RFC 4034 section 6.3): <0, 0, >0.
int dns_rdata_cmp(uint16_t type, const uint8_t *a, size_t a_len, const uint8_t *b,
                  size_t b_len) PURE;

// Presentation form into text: the type's fields, or RFC 3597's form where the
// type is unknown or its rdata is not sound. Cut at size with a final zero; the
// length it wanted is returned, as snprintf does.
size_t dns_rdata_text(uint16_t type, const uint8_t *rdata, size_t len, char *text, size_t size);

#endif

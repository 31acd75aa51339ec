// dns_rdata: the table of the fields in the data (rdata) of each record type, by which data
// is parsed, printed, compressed and compared. The data of types not in the table is opaque
// (RFC 3597). Mnemonics are in dns_type.h.
#ifndef DNS_RDATA_H
#define DNS_RDATA_H

#include "proto/dns/wire/dns_class.h"
#include "proto/dns/wire/dns_name.h"
#include "proto/dns/wire/dns_type.h"

// The kinds of fields in rdata, in wire format. Some kinds comprise several values, because
// the format of the later ones depends on the first.
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
	DNS_FIELD_NAME_LOWER,   // never compressed; canonical in lower case (RFC 4034 section 6.2)
	DNS_FIELD_NAME_RAW,     // never compressed (RFC 3597 section 4); canonical as written
	DNS_FIELD_STRING,       // one character-string
	DNS_FIELD_STRINGS,      // one or more, to the end
	DNS_FIELD_TAG,          // CAA's tag: letters and digits with a length byte
	DNS_FIELD_TEXT,         // the remaining bytes, written as one string (CAA's value)
	DNS_FIELD_HEX,          // the remaining bytes, at least one
	DNS_FIELD_BASE64,       // the remaining bytes, at least one
	DNS_FIELD_BASE64_MAYBE, // the remaining bytes, or none
	DNS_FIELD_DIGEST_DS,    // a digest's type and the digest, of the length of its type
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
	DNS_FIELD_GATEWAY,      // type, algorithm, and a gateway of that type (IPSECKEY)
	DNS_FIELD_RELAY,        // discovery bit, type, and a relay of that type (AMTRELAY)
	DNS_FIELD_HIP,          // lengths, algorithm, identity tag, key
	DNS_FIELD_A6,           // prefix length, suffix, the prefix's name if there is one
	DNS_FIELD_WKS,          // protocol, ports
	DNS_FIELD_LOC,
	DNS_FIELD_APL,
	DNS_FIELD_PRIORITY, // u16, of SVCB: 0 has no parameters (AliasMode)
	DNS_FIELD_PARAMS,   // of SVCB (RFC 9460 section 2.2)
	DNS_FIELD_OPAQUE,   // the remaining bytes, written only in the format of RFC 3597
	DNS_FIELDS
};

#define DNS_FIELDS_MAX 10

struct dns_rdata_type {
	uint8_t fields[DNS_FIELDS_MAX]; // enum dns_field, closed by DNS_FIELD_END
	// The number, from 1, of the field with the name of a host whose addresses belong in
	// the additional section; 0: none. See dns_rdata_host.
	uint8_t host;
};

// The fields of a type; NULL for types that are not in the table.
const struct dns_rdata_type *dns_rdata_type(uint16_t type) PURE;

// Takes one field off rdata and returns its bytes. Sets rdata->bad when the field is
// malformed, or is DNS_FIELD_END.
struct span dns_rdata_take(enum dns_field field, struct span *rdata);

// Whether rdata consists of exactly the type's fields, each well-formed and uncompressed.
// Always true for types that are not in the table.
bool dns_rdata_check(uint16_t type, const uint8_t *rdata, size_t len) MUST_CHECK;

// The name whose addresses belong in the additional section: a name in rdata, which is valid
// (dns_rdata_check); or the owner, which "." means in SVCB and HTTPS in ServiceMode (RFC 9460
// section 2.5.2); or NULL when the type has none.
const uint8_t *dns_rdata_host(uint16_t type, const uint8_t *rdata, size_t len,
                              const uint8_t *owner) PURE;

// Copies valid rdata in canonical form: with names in lower case for the types of RFC 4034
// section 6.2 as amended by RFC 6840 section 5.1. Returns its length, which is len. `to` may equal
// `rdata`.
size_t dns_rdata_canonical(uint16_t type, const uint8_t *rdata, size_t len, uint8_t *to);

// Compares two valid rdata of a type in canonical order (RFC 4034 section 6.3): <0, 0, >0.
int dns_rdata_cmp(uint16_t type, const uint8_t *a, size_t a_len, const uint8_t *b,
                  size_t b_len) PURE;

// Writes rdata in presentation format: by the type's fields, or in the generic format of RFC
// 3597 when the type is unknown or its rdata malformed. As snprintf, truncates at size,
// terminates with a zero byte, and returns the length without truncation.
size_t dns_rdata_text(uint16_t type, const uint8_t *rdata, size_t len, char *text, size_t size);

#endif

// dns_type: numbers and mnemonics of record types (RFC 3597, RFC 6895). The format of each
// type's data is in dns_rdata.h; classes are in dns_class.h.
#ifndef DNS_TYPE_H
#define DNS_TYPE_H

#include "core/base.h"

// IANA's registry "Resource Record (RR) TYPEs": name, number, mnemonic.
#define DNS_TYPES(X)                                                                               \
	X(A, 1, "A")                                                                               \
	X(NS, 2, "NS")                                                                             \
	X(MD, 3, "MD")                                                                             \
	X(MF, 4, "MF")                                                                             \
	X(CNAME, 5, "CNAME")                                                                       \
	X(SOA, 6, "SOA")                                                                           \
	X(MB, 7, "MB")                                                                             \
	X(MG, 8, "MG")                                                                             \
	X(MR, 9, "MR")                                                                             \
	X(NULL, 10, "NULL")                                                                        \
	X(WKS, 11, "WKS")                                                                          \
	X(PTR, 12, "PTR")                                                                          \
	X(HINFO, 13, "HINFO")                                                                      \
	X(MINFO, 14, "MINFO")                                                                      \
	X(MX, 15, "MX")                                                                            \
	X(TXT, 16, "TXT")                                                                          \
	X(RP, 17, "RP")                                                                            \
	X(AFSDB, 18, "AFSDB")                                                                      \
	X(X25, 19, "X25")                                                                          \
	X(ISDN, 20, "ISDN")                                                                        \
	X(RT, 21, "RT")                                                                            \
	X(NSAP, 22, "NSAP")                                                                        \
	X(NSAP_PTR, 23, "NSAP-PTR")                                                                \
	X(SIG, 24, "SIG")                                                                          \
	X(KEY, 25, "KEY")                                                                          \
	X(PX, 26, "PX")                                                                            \
	X(GPOS, 27, "GPOS")                                                                        \
	X(AAAA, 28, "AAAA")                                                                        \
	X(LOC, 29, "LOC")                                                                          \
	X(NXT, 30, "NXT")                                                                          \
	X(EID, 31, "EID")                                                                          \
	X(NIMLOC, 32, "NIMLOC")                                                                    \
	X(SRV, 33, "SRV")                                                                          \
	X(ATMA, 34, "ATMA")                                                                        \
	X(NAPTR, 35, "NAPTR")                                                                      \
	X(KX, 36, "KX")                                                                            \
	X(CERT, 37, "CERT")                                                                        \
	X(A6, 38, "A6")                                                                            \
	X(DNAME, 39, "DNAME")                                                                      \
	X(SINK, 40, "SINK")                                                                        \
	X(OPT, 41, "OPT")                                                                          \
	X(APL, 42, "APL")                                                                          \
	X(DS, 43, "DS")                                                                            \
	X(SSHFP, 44, "SSHFP")                                                                      \
	X(IPSECKEY, 45, "IPSECKEY")                                                                \
	X(RRSIG, 46, "RRSIG")                                                                      \
	X(NSEC, 47, "NSEC")                                                                        \
	X(DNSKEY, 48, "DNSKEY")                                                                    \
	X(DHCID, 49, "DHCID")                                                                      \
	X(NSEC3, 50, "NSEC3")                                                                      \
	X(NSEC3PARAM, 51, "NSEC3PARAM")                                                            \
	X(TLSA, 52, "TLSA")                                                                        \
	X(SMIMEA, 53, "SMIMEA")                                                                    \
	X(HIP, 55, "HIP")                                                                          \
	X(NINFO, 56, "NINFO")                                                                      \
	X(RKEY, 57, "RKEY")                                                                        \
	X(TALINK, 58, "TALINK")                                                                    \
	X(CDS, 59, "CDS")                                                                          \
	X(CDNSKEY, 60, "CDNSKEY")                                                                  \
	X(OPENPGPKEY, 61, "OPENPGPKEY")                                                            \
	X(CSYNC, 62, "CSYNC")                                                                      \
	X(ZONEMD, 63, "ZONEMD")                                                                    \
	X(SVCB, 64, "SVCB")                                                                        \
	X(HTTPS, 65, "HTTPS")                                                                      \
	X(DSYNC, 66, "DSYNC")                                                                      \
	X(HHIT, 67, "HHIT")                                                                        \
	X(BRID, 68, "BRID")                                                                        \
	X(SPF, 99, "SPF")                                                                          \
	X(UINFO, 100, "UINFO")                                                                     \
	X(UID, 101, "UID")                                                                         \
	X(GID, 102, "GID")                                                                         \
	X(UNSPEC, 103, "UNSPEC")                                                                   \
	X(NID, 104, "NID")                                                                         \
	X(L32, 105, "L32")                                                                         \
	X(L64, 106, "L64")                                                                         \
	X(LP, 107, "LP")                                                                           \
	X(EUI48, 108, "EUI48")                                                                     \
	X(EUI64, 109, "EUI64")                                                                     \
	X(TKEY, 249, "TKEY")                                                                       \
	X(TSIG, 250, "TSIG")                                                                       \
	X(IXFR, 251, "IXFR")                                                                       \
	X(AXFR, 252, "AXFR")                                                                       \
	X(MAILB, 253, "MAILB")                                                                     \
	X(MAILA, 254, "MAILA")                                                                     \
	X(ANY, 255, "ANY")                                                                         \
	X(URI, 256, "URI")                                                                         \
	X(CAA, 257, "CAA")                                                                         \
	X(AVC, 258, "AVC")                                                                         \
	X(DOA, 259, "DOA")                                                                         \
	X(AMTRELAY, 260, "AMTRELAY")                                                               \
	X(RESINFO, 261, "RESINFO")                                                                 \
	X(WALLET, 262, "WALLET")                                                                   \
	X(TA, 32768, "TA")                                                                         \
	X(DLV, 32769, "DLV")

enum dns_type {
#define X(name, number, mnemonic) DNS_TYPE_##name = (number),
	DNS_TYPES(X)
#undef X
};

#define DNS_TYPE_TEXT_BYTES 16

// Whether the type has a mnemonic.
bool dns_type_is_known(uint16_t type) PURE;

// Parses a type: a mnemonic ("A") or "TYPE65280", in any case. False when the text is neither.
bool dns_type_parse(const char *text, size_t len, uint16_t *type) MUST_CHECK;

// Writes the mnemonic of a type ("A"), or "TYPE" and its number, to text, which has
// DNS_TYPE_TEXT_BYTES; returns text.
char *dns_type_text(uint16_t type, char text[DNS_TYPE_TEXT_BYTES]);

// Whether the type exists only in queries or in messages (RFC 6895 section
// 3.1): no zone holds its records.
static inline bool dns_type_is_meta(uint16_t type)
{
	return type == 0 || type == DNS_TYPE_OPT || (type >= 128 && type <= 255);
}

// Whether records of the type hold the address of a host.
static inline bool dns_type_is_address(uint16_t type)
{
	return type == DNS_TYPE_A || type == DNS_TYPE_AAAA;
}

// Whether the type has the form of SVCB (RFC 9460).
static inline bool dns_type_is_svcb(uint16_t type)
{
	return type == DNS_TYPE_SVCB || type == DNS_TYPE_HTTPS;
}

#endif

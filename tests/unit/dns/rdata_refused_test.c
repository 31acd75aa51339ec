// rdata_refused: malformed text for each type, with the place and the text of the report; and
// malformed wire forms.
#include "rdata_read.h"

#include <stdio.h>
#include <stdlib.h>

static const struct {
	const char *type, *text;
	unsigned column;
	const char *want;
} refused[] = {
        {"DS", "1 RSA 1 00", 3,
         "DS: expected an algorithm such as 13 or ECDSAP256SHA256, found \"RSA\""},
        {"DS", "1 256 1 00", 3,
         "DS: expected an algorithm such as 13 or ECDSAP256SHA256, found \"256\""},
        {"DS", "1 8 SHA-3 00", 5,
         "DS: expected a digest's type such as 2 or SHA-256, found \"SHA-3\""},
        {"DS", "1 8 1 00", 7, "DS: expected a digest of the length of its type, found \"00\""},
        {"DS", "1 8 9", 6,
         "DS: expected an even number of hexadecimal digits, found the end of the record"},
        {"DS", "1 8 9 00 0g", 10,
         "DS: expected an even number of hexadecimal digits, found \"0g\""},
        {"DS", "1 8 9 00 000", 10,
         "DS: expected an even number of hexadecimal digits, found \"000\""},
        {"DS", "1 8 9 \"00\"", 7,
         "DS: expected an even number of hexadecimal digits, found the string \"00\""},
        {"CDS", "\\# 23 0001080100000000000000000000000000000000000000", 4,
         "CDS: expected valid data of the type after \\#, found \"23\""},
        {"SSHFP", "1 1 00", 5, "SSHFP: expected a digest of the length of its type, found \"00\""},
        {"SSHFP", "1 x 00", 3, "SSHFP: expected a fingerprint's type such as 2, found \"x\""},
        {"ZONEMD", "1 1 241 0102030405060708090a0b", 9,
         "ZONEMD: expected a digest of the length of its type, found "
         "\"0102030405060708090a0b\""},
        {"ZONEMD", "1 1 SHA384 00", 5,
         "ZONEMD: expected a hash algorithm such as 1, found \"SHA384\""},
        {"TLSA", "3 1 1", 6,
         "TLSA: expected an even number of hexadecimal digits, found the end of the record"},
        {"DNSKEY", "257 3 8", 8,
         "DNSKEY: expected base64 digits with their padding, found the end of the record"},
        {"DNSKEY", "257 3 8 AQI", 9,
         "DNSKEY: expected base64 digits with their padding, found \"AQI\""},
        {"DNSKEY", "257 3 8 AQ==AQ==", 9,
         "DNSKEY: expected base64 digits with their padding, found \"AQ==AQ==\""},
        {"DNSKEY", "257 3 8 AR==", 9,
         "DNSKEY: expected base64 digits with their padding, found \"AR==\""},
        {"DNSKEY", "257 3 8 AQI=  =", 15,
         "DNSKEY: expected base64 digits with their padding, found \"=\""},
        {"DNSKEY", "257 3 8 A", 9,
         "DNSKEY: expected base64 digits with their padding, found \"A\""},
        {"DNSKEY", "257 3 8 AQ-D", 9,
         "DNSKEY: expected base64 digits with their padding, found \"AQ-D\""},
        {"DNSKEY", "ZONE|TREE 3 8 AQID", 1,
         "DNSKEY: expected flags such as 257 or ZONE|KSK, found \"ZONE|TREE\""},
        {"DNSKEY", "ZONE| 3 8 AQID", 1,
         "DNSKEY: expected flags such as 257 or ZONE|KSK, found \"ZONE|\""},
        {"DNSKEY", "1 DNS 8 AQID", 3, "DNSKEY: expected a protocol such as 3, found \"DNS\""},
        {"RRSIG", "B 8 2 3600 2 1 1 . AQID", 1,
         "RRSIG: expected a type such as AAAA or TYPE65280, found \"B\""},
        {"RRSIG", "A 8 2 1h 2 1 1 . AQID", 7,
         "RRSIG: expected a number from 0 to 4294967295, found \"1h\""},
        {"RRSIG", "A 8 2 3600 19691231235959 1 1 . AQID", 12,
         "RRSIG: expected a time such as 20300131235959, from 1970 on, found "
         "\"19691231235959\""},
        {"RRSIG", "A 8 2 3600 20230229000000 1 1 . AQID", 12,
         "RRSIG: expected a time such as 20300131235959, from 1970 on, found "
         "\"20230229000000\""},
        {"RRSIG", "A 8 2 3600 20231301000000 1 1 . AQID", 12,
         "RRSIG: expected a time such as 20300131235959, from 1970 on, found "
         "\"20231301000000\""},
        {"RRSIG", "A 8 2 3600 2023010100000x 1 1 . AQID", 12,
         "RRSIG: expected a time such as 20300131235959, from 1970 on, found "
         "\"2023010100000x\""},
        {"RRSIG", "A 8 2 3600 4294967296 1 1 . AQID", 12,
         "RRSIG: expected a time such as 20300131235959, from 1970 on, found "
         "\"4294967296\""},
        {"NSEC", "a.", 3,
         "NSEC: expected a type such as AAAA or TYPE65280, found the end of the record"},
        {"NSEC", "a. A TYPE65536", 6,
         "NSEC: expected a type such as AAAA or TYPE65280, found \"TYPE65536\""},
        {"NSEC", "a. \"A\"", 4,
         "NSEC: expected a type such as AAAA or TYPE65280, found the string \"A\""},
        {"NSEC3", "1 0 0 -- 20", 7,
         "NSEC3: expected an even number of hexadecimal digits, found \"--\""},
        {"NSEC3", "1 0 0 - 20", 9,
         "NSEC3: expected a hash of the length of its algorithm, found \"20\""},
        {"NSEC3", "2 0 0 - 2t", 9,
         "NSEC3: expected base32hex digits without padding, found \"2t\""},
        {"NSEC3", "2 0 0 - 20======", 9,
         "NSEC3: expected base32hex digits without padding, found \"20======\""},
        {"NSEC3", "2 0 0 -", 8,
         "NSEC3: expected base32hex digits without padding, found the end of the record"},
        {"NSEC3PARAM", "1 0 0", 6,
         "NSEC3PARAM: expected an even number of hexadecimal digits, found the end of the "
         "record"},
        {"X25", "123", 1, "X25: expected at least four decimal digits, found \"123\""},
        {"X25", "12a4", 1, "X25: expected at least four decimal digits, found \"12a4\""},
        {"ISDN", "a b c", 5, "ISDN: expected the end of the record, found \"c\""},
        {"NSAP", "47", 1, "NSAP: expected hexadecimal digits such as 0x47.0005, found \"47\""},
        {"NSAP", "0x", 1, "NSAP: expected hexadecimal digits such as 0x47.0005, found \"0x\""},
        {"NSAP", "0x4", 1, "NSAP: expected hexadecimal digits such as 0x47.0005, found \"0x4\""},
        {"NSAP", "0x4g", 1, "NSAP: expected hexadecimal digits such as 0x47.0005, found \"0x4g\""},
        {"ATMA", "+1..2", 1,
         "ATMA: expected an address such as +61200000000 or 47.0005, found \"+1..2\""},
        {"ATMA", "+.1", 1,
         "ATMA: expected an address such as +61200000000 or 47.0005, found \"+.1\""},
        {"ATMA", "+1.", 1,
         "ATMA: expected an address such as +61200000000 or 47.0005, found \"+1.\""},
        {"ATMA", "+", 1, "ATMA: expected an address such as +61200000000 or 47.0005, found \"+\""},
        {"ATMA", "+12a", 1,
         "ATMA: expected an address such as +61200000000 or 47.0005, found \"+12a\""},
        {"ATMA", "4", 1, "ATMA: expected an address such as +61200000000 or 47.0005, found \"4\""},
        {"ATMA", "47..00", 1,
         "ATMA: expected an address such as +61200000000 or 47.0005, found \"47..00\""},
        {"EUI48", "00-00-5e-00-53", 1,
         "EUI48: expected an address such as 00-00-5e-00-53-2a, found \"00-00-5e-00-53\""},
        {"EUI48", "00-00-5e-00-53-2", 1,
         "EUI48: expected an address such as 00-00-5e-00-53-2a, found \"00-00-5e-00-53-2\""},
        {"EUI48", "00:00:5e:00:53:2a", 1,
         "EUI48: expected an address such as 00-00-5e-00-53-2a, found \"00:00:5e:00:53:2a\""},
        {"EUI64", "00-00-5e-00-53-2a", 1,
         "EUI64: expected an address such as 00-00-5e-ef-10-00-00-2a, found \"00-00-5e-00-53-2a\""},
        {"NID", "10 1:2:3", 4,
         "NID: expected four groups of digits such as 2001:db8:1140:1000, found \"1:2:3\""},
        {"NID", "10 1:2:3:4:5", 4,
         "NID: expected four groups of digits such as 2001:db8:1140:1000, found \"1:2:3:4:5\""},
        {"NID", "10 00001:2:3:4", 4,
         "NID: expected four groups of digits such as 2001:db8:1140:1000, found \"00001:2:3:4\""},
        {"L64", "10 ::1:2", 4,
         "L64: expected four groups of digits such as 2001:db8:1140:1000, found \"::1:2\""},
        {"LOC", "91 N 0 E 0", 1, "LOC: expected a latitude such as 42 21 54.000 N, found \"91\""},
        {"LOC", "90 0 0.001 N 0 E 0", 6,
         "LOC: expected a latitude such as 42 21 54.000 N, found \"0.001\""},
        {"LOC", "42 60 N 0 E 0", 4,
         "LOC: expected a latitude such as 42 21 54.000 N, found \"60\""},
        {"LOC", "42 1.5 N 0 E 0", 4,
         "LOC: expected a latitude such as 42 21 54.000 N, found \"1.5\""},
        {"LOC", "42 21 60 N 0 E 0", 7,
         "LOC: expected a latitude such as 42 21 54.000 N, found \"60\""},
        {"LOC", "42 21 1.2345 N 0 E 0", 7,
         "LOC: expected a latitude such as 42 21 54.000 N, found \"1.2345\""},
        {"LOC", "42 21 54 0 N 0 E 0", 10,
         "LOC: expected a latitude such as 42 21 54.000 N, found \"0\""},
        {"LOC", "42 N 181 E 0", 6,
         "LOC: expected a longitude such as 71 6 18.000 W, found \"181\""},
        {"LOC", "42 N 71", 8,
         "LOC: expected a longitude such as 71 6 18.000 W, found the end of the record"},
        {"LOC", "42 N 71 W -100000.01", 11,
         "LOC: expected an altitude such as -24.50m, found \"-100000.01\""},
        {"LOC", "42 N 71 W 42849672.96m", 11,
         "LOC: expected an altitude such as -24.50m, found \"42849672.96m\""},
        {"LOC", "42 N 71 W 1.234", 11,
         "LOC: expected an altitude such as -24.50m, found \"1.234\""},
        {"LOC", "42 N 71 W m", 11, "LOC: expected an altitude such as -24.50m, found \"m\""},
        {"LOC", "42 N 71 W 99999999999999999999m", 11,
         "LOC: expected an altitude such as -24.50m, found \"99999999999999999999m\""},
        {"LOC", "42 N 71 W 0 90000001m", 13,
         "LOC: expected a size from 0 to 90000000m, found \"90000001m\""},
        {"LOC", "42 N 71 W 0 -1", 13, "LOC: expected a size from 0 to 90000000m, found \"-1\""},
        {"LOC", "42 N 71 W 0 1 2 3 4", 19, "LOC: expected the end of the record, found \"4\""},
        {"NXT", "a. TYPE128", 4,
         "NXT: expected a type of at most 127, such as AAAA, found \"TYPE128\""},
        {"NXT", "a. A TYPE0", 6,
         "NXT: expected a type of at most 127, such as AAAA, found \"TYPE0\""},
        {"CERT", "X509 0 0 AQID", 1,
         "CERT: expected a certificate's type such as 1 or PKIX, found \"X509\""},
        {"CERT", "1 0 0", 6,
         "CERT: expected base64 digits with their padding, found the end of the record"},
        {"A6", "129 a.", 1, "A6: expected a prefix length from 0 to 128, found \"129\""},
        {"A6", "0 ::1 a.", 7, "A6: expected the end of the record, found \"a.\""},
        {"A6", "64 192.0.2.1 a.", 4,
         "A6: expected an IPv6 address such as 2001:db8::1, found \"192.0.2.1\""},
        {"A6", "64 ::1", 7, "A6: expected a domain name, found the end of the record"},
        {"APL", "1:192.0.2.0/33", 1,
         "APL: expected a prefix such as 1:192.0.2.0/24 or !2:2001:db8::/32, found "
         "\"1:192.0.2.0/33\""},
        {"APL", "1:192.0.2.0", 1,
         "APL: expected a prefix such as 1:192.0.2.0/24 or !2:2001:db8::/32, found "
         "\"1:192.0.2.0\""},
        {"APL", "1:192.0.2/24", 1,
         "APL: expected a prefix such as 1:192.0.2.0/24 or !2:2001:db8::/32, found "
         "\"1:192.0.2/24\""},
        {"APL", "2:::/0 !2:::1/129", 8,
         "APL: expected a prefix such as 1:192.0.2.0/24 or !2:2001:db8::/32, found \"!2:::1/129\""},
        {"APL", "!!1:192.0.2.1/32", 1,
         "APL: expected a prefix such as 1:192.0.2.0/24 or !2:2001:db8::/32, found "
         "\"!!1:192.0.2.1/32\""},
        {"APL", "3:192.0.2.1/32", 1,
         "APL: expected a prefix such as 1:192.0.2.0/24 or !2:2001:db8::/32, found "
         "\"3:192.0.2.1/32\""},
        {"APL", "1:192.0.2.1/", 1,
         "APL: expected a prefix such as 1:192.0.2.0/24 or !2:2001:db8::/32, found "
         "\"1:192.0.2.1/\""},
        {"IPSECKEY", "10 4 2 . AQID", 4,
         "IPSECKEY: expected a gateway type from 0 to 3, found \"4\""},
        {"IPSECKEY", "10 0 2 a. AQID", 8, "IPSECKEY: expected a dot, for no host, found \"a.\""},
        {"IPSECKEY", "10 1 2 ::1 AQID", 8,
         "IPSECKEY: expected an IPv4 address such as 192.0.2.1, found \"::1\""},
        {"AMTRELAY", "1 2 1 192.0.2.1", 3,
         "AMTRELAY: expected the discovery bit, 0 or 1, found \"2\""},
        {"AMTRELAY", "1 1 4 .", 5, "AMTRELAY: expected a relay type from 0 to 3, found \"4\""},
        {"HIP", "2 A AQID", 3, "HIP: expected an even number of hexadecimal digits, found \"A\""},
        {"HIP", "2 AA", 5,
         "HIP: expected base64 digits with their padding, found the end of the record"},
        {"HIP", "2 AA ==", 6, "HIP: expected base64 digits with their padding, found \"==\""},
        {"HIP", "256 AA AQID", 1,
         "HIP: expected a public key algorithm from 0 to 255, found \"256\""},
        {"WKS", "192.0.2.1 sctp 1", 11,
         "WKS: expected a protocol such as 6 or tcp, found \"sctp\""},
        {"WKS", "192.0.2.1 6 65536", 13,
         "WKS: expected a port such as 25 or smtp, found \"65536\""},
        {"WKS", "192.0.2.1 6 xyzzy", 13,
         "WKS: expected a port such as 25 or smtp, found \"xyzzy\""},
        {"DSYNC", "CDS PUSH 1 .", 5,
         "DSYNC: expected a scheme such as 1 or NOTIFY, found \"PUSH\""},
        {"DOA", "0 1 2 \"\"", 9,
         "DOA: expected base64 digits with their padding, or - for none, found the end of the "
         "record"},
        {"SVCB", "65536 .", 1, "SVCB: expected a priority from 0 to 65535, found \"65536\""},
        {"SVCB", "0 foo. port=65536", 13, "SVCB: expected a port such as 443, found \"65536\""},
        {"SVCB", "1 . ohttp=1", 11, "SVCB: expected no value, found \"1\""},
        {"SVCB", "1 . tls-supported-groups", 25,
         "SVCB: expected distinct groups such as 29,23, found \"\""},
        {"SVCB", "1 . tls-supported-groups=29,29", 26,
         "SVCB: expected distinct groups such as 29,23, found \"29,29\""},
        {"SVCB", "\\# 8 0001000009000100", 4,
         "SVCB: expected valid data of the type after \\#, found \"8\""},
        {"SVCB", "1 . docpath=a,,b", 13,
         "SVCB: expected segments of a path such as dns,query, found \"a,,b\""},
        {"SVCB", "1 . foo=a", 5, "SVCB: expected a key such as alpn or key65280, found \"foo=a\""},
        {"SVCB", "1 . =a", 5, "SVCB: expected a key such as alpn or key65280, found \"=a\""},
        {"SVCB", "1 . ALPN=h2", 5,
         "SVCB: expected a key such as alpn or key65280, found \"ALPN=h2\""},
        {"SVCB", "1 . key65536=a", 5,
         "SVCB: expected a key such as alpn or key65280, found \"key65536=a\""},
        {"SVCB", "1 . key00001=a", 5,
         "SVCB: expected a key such as alpn or key65280, found \"key00001=a\""},
        {"SVCB", "1 . key=a", 5, "SVCB: expected a key such as alpn or key65280, found \"key=a\""},
        {"SVCB", "1 . \"alpn=h2\"", 5,
         "SVCB: expected a key such as alpn or key65280, found the string \"alpn=h2\""},
        {"SVCB", "1 . key99=a\"b\"", 12,
         "SVCB: expected a key such as alpn or key65280, found the string \"b\""},
        {"SVCB", "1 . key99= \"b\"", 12,
         "SVCB: expected a key such as alpn or key65280, found the string \"b\""},
        {"SVCB", "1 . key99=a\\25", 11,
         "SVCB: expected a value, found \"a\\25\": a backslash is followed by one character or by "
         "three digits up to 255"},
        {"SVCB", "1 . port=1 alpn=h2 port=2", 20,
         "SVCB: expected each key only once, found \"port=2\""},
        {"SVCB", "1 . alpn", 9, "SVCB: expected protocols such as h2,h3, found \"\""},
        {"SVCB", "1 . alpn=", 10, "SVCB: expected protocols such as h2,h3, found \"\""},
        {"SVCB", "1 . alpn=h2,", 10, "SVCB: expected protocols such as h2,h3, found \"h2,\""},
        {"SVCB", "1 . alpn=h2,,h3", 10, "SVCB: expected protocols such as h2,h3, found \"h2,,h3\""},
        {"SVCB", "1 . alpn=\"a\\\\\"", 10,
         "SVCB: expected protocols such as h2,h3, found the string \"a\\\\\""},
        {"SVCB", "1 . alpn= \"h2\"", 10, "SVCB: expected protocols such as h2,h3, found \"\""},
        {"SVCB", "1 . key1=h2", 10,
         "SVCB: expected protocols such as h2,h3, found \"h2\": a key written as a number has "
         "its value in wire form"},
        {"SVCB", "1 . no-default-alpn=x alpn=h2", 21, "SVCB: expected no value, found \"x\""},
        {"SVCB", "1 . no-default-alpn", 5,
         "SVCB: expected consistent parameters, found \"no-default-alpn\": no-default-alpn "
         "requires alpn"},
        {"SVCB", "1 . port=65536", 10, "SVCB: expected a port such as 443, found \"65536\""},
        {"SVCB", "1 . port=+1", 10, "SVCB: expected a port such as 443, found \"+1\""},
        {"SVCB", "1 . port", 9, "SVCB: expected a port such as 443, found \"\""},
        {"SVCB", "1 . ipv4hint=192.0.2.1,", 14,
         "SVCB: expected addresses such as 192.0.2.1,192.0.2.2, found \"192.0.2.1,\""},
        {"SVCB", "1 . ipv4hint=\"192.0.2.1, 192.0.2.2\"", 14,
         "SVCB: expected addresses such as 192.0.2.1,192.0.2.2, found the string \"192.0.2.1, "
         "192.0.2.2\""},
        {"SVCB", "1 . ipv4hint", 13,
         "SVCB: expected addresses such as 192.0.2.1,192.0.2.2, found \"\""},
        {"SVCB", "1 . ipv6hint=192.0.2.1", 14,
         "SVCB: expected addresses such as 2001:db8::1,2001:db8::2, found \"192.0.2.1\""},
        {"SVCB", "1 . ech=AQ", 9, "SVCB: expected base64 digits with their padding, found \"AQ\""},
        {"SVCB", "1 . mandatory=", 15,
         "SVCB: expected distinct keys such as alpn,key65280, found \"\""},
        {"SVCB", "1 . mandatory=alpn,alpn alpn=h2", 15,
         "SVCB: expected distinct keys such as alpn,key65280, found \"alpn,alpn\""},
        {"SVCB", "1 . mandatory=mandatory", 15,
         "SVCB: expected distinct keys such as alpn,key65280, found \"mandatory\""},
        {"SVCB", "1 . mandatory=foo", 15,
         "SVCB: expected distinct keys such as alpn,key65280, found \"foo\""},
        {"SVCB", "1 . mandatory=alpn,port alpn=h2", 5,
         "SVCB: expected consistent parameters, found \"mandatory=alpn,port\": mandatory lists a "
         "key that is not present"},
        {"SVCB", "1 . dohpath=dns{?dns}", 13,
         "SVCB: expected a path such as /dns-query{?dns}, found \"dns{?dns}\""},
        {"SVCB", "1 . dohpath=/dns", 13,
         "SVCB: expected a path such as /dns-query{?dns}, found \"/dns\""},
        {"SVCB", "1 . dohpath=/{?dnsx}", 13,
         "SVCB: expected a path such as /dns-query{?dns}, found \"/{?dnsx}\""},
        {"SVCB", "1 . dohpath=\"/{?dns} \"", 13,
         "SVCB: expected a path such as /dns-query{?dns}, found the string \"/{?dns} \""},
        {"SVCB", "1 . dohpath=/{?dns}{", 13,
         "SVCB: expected a path such as /dns-query{?dns}, found \"/{?dns}{\""},
        {"SVCB", "1 . dohpath=/\\255{?dns}", 13,
         "SVCB: expected a path such as /dns-query{?dns}, found \"/\\255{?dns}\""},
        {"SVCB", "1 . dohpath", 12, "SVCB: expected a path such as /dns-query{?dns}, found \"\""},
        {"NULL", "x", 1, "NULL: expected \\# with a length and hexadecimal digits, found \"x\""},
};

static void test_broken_text_is_refused_at_its_place(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		uint8_t room[1024];
		struct fill to = fill_of(room, sizeof(room));
		struct token_error error = {.text = "it was read"};

		if (read_text(read_type(refused[i].type), refused[i].text, &to, &error) ||
		    strcmp(error.text, refused[i].want) != 0 || error.column != refused[i].column)
			fail_msg("%s %s\n%u: %s\nwanted:\n%u: %s", refused[i].type, refused[i].text,
			         error.column, error.text, refused[i].column, refused[i].want);
		assert_int_equal(error.line, 1);
	}
}

// "1 . " and n parameters, from one key on in steps.
static char *many_params(unsigned first, int step, unsigned n)
{
	char *text = malloc(16 + n * (size_t)9), *to = text + sprintf(text, "1 .");

	assert_non_null(text);
	for (unsigned i = 0; i < n; i++)
		to += sprintf(to, " key%d", (int)first + step * (int)i);
	return text;
}

// The cost of a record is linear in its length: parameters may be as many as fit, but not in just
// any order.
static void test_parameters_out_of_order_are_bounded(void **state)
{
	static const struct {
		unsigned first, n;
		int step;
		bool good;
	} cases[] = {
	        {1000, 16000, 1, true},
	        {60000, 257, -1, true},
	        {60000, 258, -1, false},
	        {60000, 16000, -1, false},
	};
	static uint8_t room[UINT16_MAX];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char *text = many_params(cases[i].first, cases[i].step, cases[i].n);
		struct fill to = fill_of(room, sizeof(room));
		struct token_error error = {.text = "it was read"};

		if (read_text(DNS_TYPE_SVCB, text, &to, &error) != cases[i].good)
			fail_msg("%zu: %s", i, error.text);
		if (cases[i].good)
			assert_true(dns_rdata_check(DNS_TYPE_SVCB, room, fill_len(&to)));
		else
			assert_string_equal(error.text,
			                    "SVCB: expected keys in ascending order, found "
			                    "\"key59743\": more than 256 are not");
		free(text);
	}
}

// Malformed data is also refused in the generic format, and written in that format.
static void test_broken_wire_forms(void **state)
{
	static const struct {
		const char *type, *wire;
	} table[] = {
	        {"DS", "00010801"},
	        {"DS", "0001080100"},
	        {"SSHFP", "0100"},
	        {"ZONEMD", "00000001010200"},
	        {"TLSA", "000000"},
	        {"NSEC", "00"},
	        {"NSEC", "000000"},
	        {"NSEC", "00000100"},
	        {"NSEC", "00000240"},
	        {"NSEC", "0000024000"},
	        {"NSEC", "00000140000140"},
	        {"NSEC", "00010140000140"},
	        {"NSEC", "000021"
	                 "4040404040404040404040404040404040404040404040404040404040404040"
	                 "40"},
	        {"NSEC3", "01000000000110"},
	        {"NSEC3", "0200000000"},
	        {"NSEC3", "020000000000"},
	        {"NSEC3", "0200000002AA0110"},
	        {"NSEC3PARAM", "0100000001"},
	        {"DNSKEY", "01010308"},
	        {"RRSIG", "0001080200000E1070DBD8805E0BE1003039C00C010203"},
	        {"RRSIG", "0001080200000E1070DBD8805E0BE100303900"},
	        {"X25", "0331323300"},
	        {"X25", "0431323361"},
	        {"ISDN", "0161016101"},
	        {"NSAP", ""},
	        {"ATMA", "00"},
	        {"ATMA", "0161"},
	        {"LOC", "00"},
	        {"LOC", "00AA1600800000008000000000989680"},
	        {"LOC", "000A1600800000008000000000989680"},
	        {"LOC", "000016000000000F8000000000989680"},
	        {"LOC", "001616008000000001000000009896"},
	        {"NXT", "00C0"},
	        {"NXT", "0000"},
	        {"NXT", "004000"},
	        {"NXT", "000000000000000000000000000000000001"},
	        {"NXT", "00010101010101010101010101010101010101"},
	        {"A6", "81000161"},
	        {"A6", "7F03016100"},
	        {"A6", "00"},
	        {"A6", "80"},
	        {"APL", "000108020A00"},
	        {"APL", "000121020A0B"},
	        {"APL", "000120050A0B0C0D0E"},
	        {"APL", "0001"},
	        {"APL", "00012004"},
	        {"IPSECKEY", "0A0402010203"},
	        {"IPSECKEY", "0A0302C00C01"},
	        {"AMTRELAY", "0A0001"},
	        {"AMTRELAY", "0A0101"},
	        {"HIP", "0002000101"},
	        {"HIP", "0102000001"},
	        {"HIP", "01020002AA01"},
	        {"HIP", "01020001AA01C00C"},
	        {"WKS", "0102030406FF00"},
	        {"WKS", "01020304"},
	        {"CERT", "0001000105"},
	        {"DOA", "00000000000000010205"},
	        {"SVCB", "000000000100030268320000"},
	        {"SVCB", "00000003"},
	        {"SVCB", "00010000020000"},
	        {"SVCB", "00010000010000"},
	        {"SVCB", "0001000001000303683200"},
	        {"SVCB", "000100000100020000"},
	        {"SVCB", "0001000000000400010001000100030268320A"},
	        {"SVCB", "00010000000002000300"},
	        {"SVCB", "000100000000020000"},
	        {"SVCB", "00010000000004000300010003000200010001000302683200"},
	        {"SVCB", "00010000030001AA"},
	        {"SVCB", "000100000300020001000300020001"},
	        {"SVCB", "000100000400020001"},
	        {"SVCB", "0001000004000000"},
	        {"SVCB", "000100000600020001"},
	        {"SVCB", "000100000700022F61"},
	        {"SVCB", "0001000008000261"},
	        {"SVCB", "00010000"},
	};

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		uint8_t room[64];
		char text[256], generic[256];
		size_t len;

		snprintf(generic, sizeof(generic), "\\# %zu%s%s", strlen(table[i].wire) / 2,
		         table[i].wire[0] ? " " : "", table[i].wire);
		len = read_wire(65280, generic, room, sizeof(room));
		if (dns_rdata_check(read_type(table[i].type), room, len))
			fail_msg("%s %s", table[i].type, table[i].wire);
		dns_rdata_text(read_type(table[i].type), room, len, text, sizeof(text));
		assert_string_equal(text, generic);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        POOL_TEST(test_broken_text_is_refused_at_its_place),
	        POOL_TEST(test_parameters_out_of_order_are_bounded),
	        POOL_TEST(test_broken_wire_forms),
	};

	return cmocka_run_group_tests_name("rdata_refused", tests, NULL, NULL);
}

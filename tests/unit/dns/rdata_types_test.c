// rdata_types: for every type texts of its data, their wire form, and the text written for that.
// They agree with BIND's named-rrchecker.
#include "rdata_read.h"

#include <stdio.h>

static const struct {
	const char *type, *text, *wire; // in hex
	const char *back;               // NULL: the same text
} sound[] = {
        {"A", "192.0.2.1", "C0000201", NULL},
        {"NS", "ns", "026E73074578616D706C65036F726700", "ns.Example.org."},
        {"CNAME", ".", "00", NULL},
        {"SOA", "a b 1 3600 2h 1w2d 0",
         "0161074578616D706C65036F7267000162074578616D706C65036F7267000000000100000E1000001C20000BD"
         "D8000000000",
         "a.Example.org. b.Example.org. 1 3600 7200 777600 0"},
        {"PTR", "A\\.b.", "03412E6200", NULL},
        {"HINFO", "PDP UNIX", "0350445004554E4958", "\"PDP\" \"UNIX\""},
        {"MX", "10 mx", "000A026D78074578616D706C65036F726700", "10 mx.Example.org."},
        {"TXT", "\"a \\\"\\\\z\" \"\" \\001\\255 \"tab	\"", "056120225C7A000201FF0474616209",
         "\"a \\\"\\\\z\" \"\" \"\\001\\255\" \"tab\\009\""},
        {"RP", "m .", "016D074578616D706C65036F72670000", "m.Example.org. ."},
        {"AAAA", "2001:DB8:0::1", "20010DB8000000000000000000000001", "2001:db8::1"},
        {"AAAA", "::ffff:192.0.2.1", "00000000000000000000FFFFC0000201", NULL},
        {"AAAA", "::", "00000000000000000000000000000000", NULL},
        {"SRV", "0 5 5351 sip", "0000000514E703736970074578616D706C65036F726700",
         "0 5 5351 sip.Example.org."},
        {"NAPTR", "1 2 u E2U \"\" r.", "0001000201750345325500017200", "1 2 \"u\" \"E2U\" \"\" r."},
        {"CAA", "128 issue \"ca.example; x=1\"", "8005697373756563612E6578616D706C653B20783D31",
         NULL},
        {"CAA", "0 issue \"\"", "00056973737565", NULL},
        {"DNAME", "Foo", "03466F6F074578616D706C65036F726700", "Foo.Example.org."},
        {"DS", "1 8 9 0000", "000108090000", NULL},
        {"DS", "65535 255 1 0000000000000000000000000000000000000001",
         "FFFFFF010000000000000000000000000000000000000001", NULL},
        {"DS",
         "1 RSASHA256 SHA-256 0000000000000000000000000000000000000000000000000000000000000000",
         "000108020000000000000000000000000000000000000000000000000000000000000000",
         "1 8 2 0000000000000000000000000000000000000000000000000000000000000000"},
        {"DS",
         "1 13 ( sha-384 0a0B0c0d0e0f0001020304050\n6070809 0a0b0c0 d0e0f "
         "000102030405060708090a0b0c0d0e0f01020304050607080910 )",
         "00010D040A0B0C0D0E0F000102030405060708090A0B0C0D0E0F000102030405060708090A0B0C0D0E0F01020"
         "304050607080910",
         "1 13 4 "
         "0A0B0C0D0E0F000102030405060708090A0B0C0D0E0F000102030405060708090A0B0C0D0E0F0102030405060"
         "7080910"},
        {"DS", "1 ED25519 GOST 0000000000000000000000000000000000000000000000000000000000000000",
         "00010F030000000000000000000000000000000000000000000000000000000000000000",
         "1 15 3 0000000000000000000000000000000000000000000000000000000000000000"},
        {"CDS", "0 0 0 00", "0000000000", NULL},
        {"DLV", "1 8 1 0000000000000000000000000000000000000000",
         "000108010000000000000000000000000000000000000000", NULL},
        {"RRSIG", "A 8 2 3600 20300101000000 20200101000000 12345 Example. AQID",
         "0001080200000E1070DBD8805E0BE1003039074578616D706C6500010203", NULL},
        {"RRSIG", "TYPE65280 ECDSAP256SHA256 2 0 ( 20000229235960 0 ) 1 a. A Q I D BA==",
         "FF000D020000000038BC5D8000000000000101610001020304",
         "TYPE65280 13 2 0 20000301000000 19700101000000 1 a. AQIDBA=="},
        {"RRSIG", "ANY 15 255 4294967295 20380119031408 1 65535 . AQ==",
         "00FF0FFFFFFFFFFF8000000000000001FFFF0001",
         "ANY 15 255 4294967295 20380119031408 19700101000001 65535 . AQ=="},
        {"SIG", "A 8 2 3600 20300101000000 20200101000000 12345 Example. AQID",
         "0001080200000E1070DBD8805E0BE1003039074578616D706C6500010203", NULL},
        {"NSEC", "Foo A", "03466F6F074578616D706C65036F726700000140", "Foo.Example.org. A"},
        {"NSEC", ". NS SOA RRSIG NSEC DNSKEY ANY URI CAA TYPE1024 TYPE65535",
         "00002022000000000380000000000000000000000000000000000000000000000000010101C0040180FF20000"
         "0000000000000000000000000000000000000000000000000000000000001",
         NULL},
        {"NSEC", "* TYPE65280 A RRSIG A NSEC",
         "012A074578616D706C65036F7267000006400000000003FF0180",
         "*.Example.org. A RRSIG NSEC TYPE65280"},
        {"DNSKEY", "257 3 8 AQID", "01010308010203", NULL},
        {"DNSKEY", "ZONE|KSK DNSSEC RSASHA256 A QID BA==", "0101030801020304", "257 3 8 AQIDBA=="},
        {"DNSKEY", "0 3 253 AWEA", "000003FD016100", NULL},
        {"CDNSKEY", "0 3 0 AA==", "0000030000", NULL},
        {"KEY", "49152 3 8", "C0000308", NULL},
        {"KEY", "NOKEY ALL 0", "C000FF00", "49152 255 0"},
        {"KEY", "USER EMAIL DSA AQID", "00000203010203", "0 2 3 AQID"},
        {"NSEC3", "1 1 12 AABBCCDD 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR MX RRSIG",
         "0101000C04AABBCCDD14174EB2409FE28BCB4887A1836F957F0A8425E27B0006000100000002", NULL},
        {"NSEC3", "1 0 65535 - 2t7b4g4vsa5smi47k61mv5bv1a22bojr",
         "0100FFFF0014174EB2409FE28BCB4887A1836F957F0A8425E27B",
         "1 0 65535 - 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR"},
        {"NSEC3", "2 0 0 0a 20 TYPE257", "02000000010A0110010140", "2 0 0 0A 20 CAA"},
        {"NSEC3PARAM", "1 0 0 -", "0100000000", NULL},
        {"NSEC3PARAM", "1 255 10 aabb", "01FF000A02AABB", "1 255 10 AABB"},
        {"ZONEMD",
         "2018031900 1 1 "
         "62E6CF51B02E54B9B5F967D547CE43136792901F9F88E637493DAAF401C92C279DD10F0EDB1C56F8080211F84"
         "80EE306",
         "7848B91C010162E6CF51B02E54B9B5F967D547CE43136792901F9F88E637493DAAF401C92C279DD10F0EDB1C5"
         "6F8080211F8480EE306",
         NULL},
        {"ZONEMD",
         "1 1 2 "
         "00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
         "000000000000000000000000000000000000000",
         "00000001010200000000000000000000000000000000000000000000000000000000000000000000000000000"
         "000000000000000000000000000000000000000000000000000",
         NULL},
        {"ZONEMD", "4294967295 240 241 0102030405060708090a0b0c",
         "FFFFFFFFF0F10102030405060708090A0B0C", "4294967295 240 241 0102030405060708090A0B0C"},
        {"TLSA", "3 1 1 0A0B 0c 0 d0e", "0301010A0B0C0D0E", "3 1 1 0A0B0C0D0E"},
        {"SMIMEA", "255 255 255 0A", "FFFFFF0A", NULL},
        {"SSHFP", "2 1 123456789ABCDEF67890123456789ABCDEF67890",
         "0201123456789ABCDEF67890123456789ABCDEF67890", NULL},
        {"SSHFP", "4 2 123456789ABCDEF67890123456789ABCDEF67890123456789ABCDEF678901234",
         "0402123456789ABCDEF67890123456789ABCDEF67890123456789ABCDEF678901234", NULL},
        {"SSHFP", "255 3 00", "FF0300", NULL},
        {"NULL", "\\# 2 0A0B", "0A0B", NULL},
        {"NULL", "\\# 0", "", NULL},
        {"MD", "a", "0161074578616D706C65036F726700", "a.Example.org."},
        {"MF", "a", "0161074578616D706C65036F726700", "a.Example.org."},
        {"MB", "a", "0161074578616D706C65036F726700", "a.Example.org."},
        {"MG", "a", "0161074578616D706C65036F726700", "a.Example.org."},
        {"MR", "a", "0161074578616D706C65036F726700", "a.Example.org."},
        {"MINFO", "a b", "0161074578616D706C65036F7267000162074578616D706C65036F726700",
         "a.Example.org. b.Example.org."},
        {"AFSDB", "1 A", "00010141074578616D706C65036F726700", "1 A.Example.org."},
        {"RT", "65535 a", "FFFF0161074578616D706C65036F726700", "65535 a.Example.org."},
        {"NSAP-PTR", "a", "0161074578616D706C65036F726700", "a.Example.org."},
        {"PX", "10 a b.", "000A0161074578616D706C65036F726700016200", "10 a.Example.org. b."},
        {"GPOS", "-32.6882 116.8652 10.0", "082D33322E36383832083131362E383635320431302E30",
         "\"-32.6882\" \"116.8652\" \"10.0\""},
        {"EID", "0a 0B", "0A0B", "0A0B"},
        {"NIMLOC", "0A0B0C", "0A0B0C", NULL},
        {"KX", "1 a", "00010161074578616D706C65036F726700", "1 a.Example.org."},
        {"SINK", "1 2 3 AQID", "010203010203", NULL},
        {"SINK", "64 255 0", "40FF00", NULL},
        {"DHCID", "AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA=",
         "000201636FC0B8271C82825BB1AC5C41CF5351AA69B4FEBD94E8F17CDB95000DA48C40", NULL},
        {"NINFO", "a b", "01610162", "\"a\" \"b\""},
        {"RKEY", "0 3 5 AQID", "00000305010203", NULL},
        {"TALINK", "a b.", "0161074578616D706C65036F726700016200", "a.Example.org. b."},
        {"OPENPGPKEY", "AQ ID", "010203", "AQID"},
        {"CSYNC", "66 3 A NS AAAA", "000000420003000460000008", NULL},
        {"CSYNC", "4294967295 0", "FFFFFFFF0000", NULL},
        {"HHIT", "AQID", "010203", NULL},
        {"BRID", "AQID", "010203", NULL},
        {"SPF", "\"v=spf1 -all\" x", "0B763D73706631202D616C6C0178", "\"v=spf1 -all\" \"x\""},
        {"UINFO", "\\# 2 0A0B", "0A0B", NULL},
        {"UID", "\\# 0", "", NULL},
        {"GID", "\\# 1 00", "00", NULL},
        {"UNSPEC", "\\# 1 00", "00", NULL},
        {"L32", "10 10.1.2.0", "000A0A010200", NULL},
        {"LP", "10 A", "000A0141074578616D706C65036F726700", "10 A.Example.org."},
        {"URI", "10 1 \"ftp://ftp1.example.com/public\"",
         "000A00016674703A2F2F667470312E6578616D706C652E636F6D2F7075626C6963", NULL},
        {"URI", "0 65535 \"\"", "0000FFFF", NULL},
        {"AVC", "a \"b c\"", "016103622063", "\"a\" \"b c\""},
        {"RESINFO", "qnamemin exterr=15-17 infourl=https://x.example/?a",
         "08716E616D656D696E0C6578746572723D31352D31371C696E666F75726C3D68747470733A2F2F782E6578616"
         "D706C652F3F61",
         "\"qnamemin\" \"exterr=15-17\" \"infourl=https://x.example/?a\""},
        {"WALLET", "BTC abc", "0342544303616263", "\"BTC\" \"abc\""},
        {"WKS", "192.0.2.1 6", "C000020106", NULL},
        {"WKS", "192.0.2.1 TCP smtp http 0 6 25", "C0000201068200004000000000000080",
         "192.0.2.1 6 0 6 25 80"},
        {"WKS", "192.0.2.1 255 53", "C0000201FF00000000000004", NULL},
        {"X25", "\"311061700956\"", "0C333131303631373030393536", NULL},
        {"X25", "3110", "0433313130", "\"3110\""},
        {"ISDN", "\"150862028003217\" \"004\"", "0F31353038363230323830303332313703303034", NULL},
        {"ISDN", "150862028003217", "0F313530383632303238303033323137", "\"150862028003217\""},
        {"ISDN", "a \"\"", "016100", "\"a\" \"\""},
        {"NSAP", "0x47.0005.80.005a00.0000.0001.e133.ffffff000161.00",
         "47000580005A0000000001E133FFFFFF00016100", "0x47000580005a0000000001e133ffffff00016100"},
        {"NSAP", "0X4.7", "47", "0x47"},
        {"LOC", "42 21 54 N 71 06 18 W -24m 30m", "0033161389172DD070BE15F000988D20",
         "42 21 54.000 N 71 6 18.000 W -24.00m 30m 10000m 10m"},
        {"LOC", "42 N 71 W 0", "001216138903210070C3DA8000989680",
         "42 0 0.000 N 71 0 0.000 W 0.00m 1m 10000m 10m"},
        {"LOC", "42 21 54.123 N 71 06 .5 W -24.55m 30m 1000.55m 0.05m",
         "0033155089172E4B70BE5A4C00988CE9", "42 21 54.123 N 71 6 0.500 W -24.55m 30m 1000m 0.05m"},
        {"LOC", "90 S 180 E 42849672.95 90000000.00m 0 0.01", "009900106CB02700A69FB200FFFFFFFF",
         "90 0 0.000 S 180 0 0.000 E 42849672.95m 90000000m 0.00m 0.01m"},
        {"LOC", "89 59 59.999 S 179 59 59. W -100000.00m 95 1.5m 0.1",
         "009312116CB02701596051E800000000",
         "89 59 59.999 S 179 59 59.000 W -100000.00m 90m 1m 0.10m"},
        {"LOC", "0 N 0 W +5m 9m 10m 99m", "00921393800000008000000000989874",
         "0 0 0.000 N 0 0 0.000 E 5.00m 9m 10m 90m"},
        {"LOC", "\\# 16 01161600800000008000000000989680", "01161600800000008000000000989680",
         NULL},
        {"NXT", "a A NS 127", "0161074578616D706C65036F72670060000000000000000000000000000001",
         "a.Example.org. A NS 127"},
        {"NXT", ". NXT A", "0040000002", ". A NXT"},
        {"NXT", "a", "0161074578616D706C65036F726700", "a.Example.org."},
        {"ATMA", "+12.34", "0131323334", "+1234"},
        {"ATMA", "47.00.05", "00470005", "470005"},
        {"ATMA", "\\# 2 0201", "0201", NULL},
        {"CERT", "PKIX 1 RSASHA1 AQID", "0001000105010203", NULL},
        {"CERT", "65534 65535 254 AQ ID", "FFFEFFFFFE010203", "65534 65535 PRIVATEOID AQID"},
        {"CERT", "OID 0 77 AQID", "00FE00004D010203", NULL},
        {"CERT", "ipgp 0 nsec3dsa AQID", "0006000006010203", "IPGP 0 NSEC3DSA AQID"},
        {"A6", "0 2001:db8::1", "0020010DB8000000000000000000000001", NULL},
        {"A6", "64 2001:db8::1 Foo", "40000000000000000103466F6F074578616D706C65036F726700",
         "64 ::1 Foo.Example.org."},
        {"A6", "63 ::ffff:ffff:ffff:ffff:ffff .", "3F01FFFFFFFFFFFFFFFF00",
         "63 ::1:ffff:ffff:ffff:ffff ."},
        {"A6", "1 8000:: a.", "0100000000000000000000000000000000016100", "1 :: a."},
        {"APL", "1:192.168.32.0/21 !1:192.168.38.0/28 2:2001:db8::/32",
         "00011503C0A82000011C83C0A8260002200420010DB8", NULL},
        {"APL", "1:0.0.0.0/0 2:::/0 !2:::1/128",
         "00010000000200000002809000000000000000000000000000000001", NULL},
        {"APL", "1:192.168.32.1/21", "00011504C0A82001", NULL},
        {"APL", "\\# 6 000308020A0B", "000308020A0B", NULL},
        {"IPSECKEY", "10 1 2 192.0.2.38 AQNR U3mG", "0A0102C0000226010351537986",
         "10 1 2 192.0.2.38 AQNRU3mG"},
        {"IPSECKEY", "10 0 0 . AQNRU3mG", "0A0000010351537986", NULL},
        {"IPSECKEY", "10 3 255 Foo AQNRU3mG",
         "0A03FF03466F6F074578616D706C65036F726700010351537986",
         "10 3 255 Foo.Example.org. AQNRU3mG"},
        {"IPSECKEY", "255 2 1 2001:db8::1 AQNRU3mG",
         "FF020120010DB8000000000000000000000001010351537986", NULL},
        {"HIP", "2 200100107B1A74DF365639CC39F1D578 AwEAAbdxyhNuSutc5EMz rvs Rvs2.",
         "1002000F200100107B1A74DF365639CC39F1D57803010001B771CA136E4AEB5CE4433303727673074578616D7"
         "06C65036F726700045276733200",
         "2 200100107B1A74DF365639CC39F1D578 AwEAAbdxyhNuSutc5EMz rvs.Example.org. Rvs2."},
        {"HIP", "2 AA AQ==", "01020001AA01", NULL},
        {"DSYNC", "CDS NOTIFY 5359 foo", "003B0114EF03666F6F074578616D706C65036F726700",
         "CDS NOTIFY 5359 foo.Example.org."},
        {"DSYNC", "TYPE65280 255 0 foo.", "FF00FF000003666F6F00", NULL},
        {"DSYNC", "62 0 65535 .", "003E00FFFF00", "CSYNC 0 65535 ."},
        {"NID", "10 0014:4fff:ff20:EE64", "000A00144FFFFF20EE64", "10 14:4fff:ff20:ee64"},
        {"L64", "10 2001:0DB8:1140:1000", "000A20010DB811401000", "10 2001:db8:1140:1000"},
        {"L64", "65535 0:0:0:0", "FFFF0000000000000000", NULL},
        {"EUI48", "00-00-5E-00-53-2A", "00005E00532A", "00-00-5e-00-53-2a"},
        {"EUI64", "00-00-5e-ef-10-00-00-2a", "00005EEF1000002A", NULL},
        {"DOA", "0 1 2 \"\" aHR0", "00000000000000010200687474", NULL},
        {"DOA", "4294967295 4294967295 255 text/plain -",
         "FFFFFFFFFFFFFFFFFF0A746578742F706C61696E", "4294967295 4294967295 255 \"text/plain\" -"},
        {"AMTRELAY", "10 0 0 .", "0A00", NULL},
        {"AMTRELAY", "10 1 1 192.0.2.1", "0A81C0000201", NULL},
        {"AMTRELAY", "10 1 2 2001:db8::1", "0A8220010DB8000000000000000000000001", NULL},
        {"AMTRELAY", "255 0 3 Foo", "FF0303466F6F074578616D706C65036F726700",
         "255 0 3 Foo.Example.org."},
        {"AMTRELAY", "\\# 4 0A040102", "0A040102", NULL},
        {"TA",
         "1 RSASHA256 SHA-256 0000000000000000000000000000000000000000000000000000000000000000",
         "000108020000000000000000000000000000000000000000000000000000000000000000",
         "1 8 2 0000000000000000000000000000000000000000000000000000000000000000"},
        {"SVCB", "0 Foo", "000003466F6F074578616D706C65036F726700", "0 Foo.Example.org."},
        {"SVCB", "1 .", "000100", NULL},
        {"SVCB", "16 foo port=53", "001003666F6F074578616D706C65036F726700000300020035",
         "16 foo.Example.org. port=53"},
        {"SVCB",
         "1 . alpn=h2,h3 ipv4hint=192.0.2.1,192.0.2.2 ipv6hint=2001:db8::1,::1 "
         "mandatory=ipv4hint,alpn ech=AQID port=\"00443\" no-default-alpn",
         "000100000000040001000400010006026832026833000200000003000201BB00040008C0000201C0000202000"
         "500030102030006002020010DB800000000000000000000000100000000000000000000000000000001",
         "1 . mandatory=alpn,ipv4hint alpn=\"h2,h3\" no-default-alpn port=443 "
         "ipv4hint=192.0.2.1,192.0.2.2 ech=AQID ipv6hint=2001:db8::1,::1"},
        {"SVCB", "1 foo. key667=hello key668=\"hello\\210qoo\" key669 key670= key671=\"\"",
         "000103666F6F00029B000568656C6C6F029C000968656C6C6FD2716F6F029D0000029E0000029F0000",
         "1 foo. key667=\"hello\" key668=\"hello\\210qoo\" key669 key670 key671"},
        {"SVCB", "16 foo. alpn=\"f\\\\\\\\oo\\\\,bar,h2\"",
         "001003666F6F000001000C08665C6F6F2C626172026832", NULL},
        {"SVCB", "16 foo. alpn=f\\\\\\092oo\\092,bar,h2",
         "001003666F6F000001000C08665C6F6F2C626172026832",
         "16 foo. alpn=\"f\\\\\\\\oo\\\\,bar,h2\""},
        {"SVCB", "1 . alpn=\"h\\\"2\\\\\\\\,\\000\\255\"", "00010000010008046822325C0200FF", NULL},
        {"SVCB", "1 . alpn=\"h2\"port=\"5\"", "00010000010003026832000300020005",
         "1 . alpn=\"h2\" port=5"},
        {"SVCB",
         "1 . key1=\"\\002h2\" mandatory=key1,key65535 key65535=\"a;b(c)\\\"\\\\\" "
         "no-default-alpn=\"\"",
         "000100000000040001FFFF0001000302683200020000FFFF0008613B62286329225C",
         "1 . mandatory=alpn,key65535 alpn=\"h2\" no-default-alpn key65535=\"a;b(c)\\\"\\\\\""},
        {"SVCB", "1 . ech", "00010000050000", NULL},
        {"HTTPS", "1 . ech=", "00010000050000", "1 . ech"},
        {"HTTPS", "65535 foo.example. key65280=\"a,b c\" ech=\"AQ==\"",
         "FFFF03666F6F076578616D706C65000005000101FF000005612C622063",
         "65535 foo.example. ech=AQ== key65280=\"a,b c\""},
        {"SVCB", "1 . ( alpn=h2 ; protocols\n port=1 )", "00010000010003026832000300020001",
         "1 . alpn=\"h2\" port=1"},
        // Parameters in AliasMode say nothing and are kept, also where they disagree.
        {"HTTPS", "0 foo. alpn=h2", "000003666F6F0000010003026832", "0 foo. alpn=\"h2\""},
        {"SVCB", "0 foo. no-default-alpn mandatory=port", "000003666F6F0000000002000300020000",
         "0 foo. mandatory=port no-default-alpn"},
        {"IPSECKEY", "10 0 0 .", "0A0000", NULL},
        {"IPSECKEY", "10 1 0 192.0.2.38", "0A0100C0000226", NULL},
        {"RRSIG", "A 8 2 3600 21060207062816 20060207062815 1 . AQID",
         "0001080200000E100000000043E83DFF000100010203",
         "A 8 2 3600 19700101000000 20060207062815 1 . AQID"},
        // Where BIND 9.18 writes another text: two blanks, "key7" and later keys by number.
        {"SVCB", "1 . ohttp", "00010000080000", NULL},
        {"SVCB", "1 . tls-supported-groups=29,23", "00010000090004001D0017", NULL},
        {"SVCB", "1 . docpath=dns,a", "000100000A000603646E730161", "1 . docpath=\"dns,a\""},
        {"SVCB", "1 . docpath", "000100000A0000", NULL},
        {"A6", "128 foo.", "8003666F6F00", NULL},
        {"SVCB", "1 . dohpath=/dns{?dns}", "0001000007000A2F646E737B3F646E737D",
         "1 . dohpath=\"/dns{?dns}\""},
        {"HTTPS", "1 . dohpath=\"/\303\244{&a,dns}\"", "0001000007000B2FC3A47B26612C646E737D",
         "1 . dohpath=\"/\\195\\164{&a,dns}\""},
};

static const char *hex_of(const uint8_t *bytes, size_t len)
{
	static char text[20000];

	text[0] = 0;
	for (size_t i = 0; i < len; i++)
		snprintf(text + 2 * i, 3, "%02X", bytes[i]);
	return text;
}

static void test_sound_text_and_its_wire_form(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(sound); i++) {
		static uint8_t room[9000];
		static char back[20000], generic[20000];
		uint16_t type = read_type(sound[i].type);
		size_t len = read_wire(type, sound[i].text, room, sizeof(room));

		if (strcmp(hex_of(room, len), sound[i].wire) != 0)
			fail_msg("%s %s\n%s\nwanted:\n%s", sound[i].type, sound[i].text,
			         hex_of(room, len), sound[i].wire);
		dns_rdata_text(type, room, len, back, sizeof(back));
		assert_string_equal(back, sound[i].back ? sound[i].back : sound[i].text);
		// The written text parses to the same data, in both formats.
		assert_int_equal(read_wire(type, back, room, sizeof(room)), len);
		assert_string_equal(hex_of(room, len), sound[i].wire);
		snprintf(generic, sizeof(generic), "\\# %zu %s", len, sound[i].wire);
		assert_int_equal(read_wire(type, generic, room, sizeof(room)), len);
		assert_string_equal(hex_of(room, len), sound[i].wire);
	}
}

// Each type of the table that zones may hold has a row above.
static void test_every_type_has_its_row(void **state)
{
	for (unsigned type = 0; type <= UINT16_MAX; type++) {
		bool found = !dns_type_is_known((uint16_t)type) || dns_type_is_meta((uint16_t)type);
		char text[DNS_TYPE_TEXT_BYTES];

		dns_type_text((uint16_t)type, text);

		for (size_t i = 0; !found && i < ARRAY_LEN(sound); i++)
			found = strcmp(sound[i].type, text) == 0;
		if (!found)
			fail_msg("%s", text);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        POOL_TEST(test_sound_text_and_its_wire_form),
	        POOL_TEST(test_every_type_has_its_row),
	};

	return cmocka_run_group_tests_name("rdata_types", tests, NULL, NULL);
}

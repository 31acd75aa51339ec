// rdata_types: of every type what one may write, its wire form and the text that
// it comes back as; what is refused, where and with which words; canonical
// forms. The wire forms and texts are those of BIND's named-rrchecker.
#include "harness.h"

#include "proto/dns/rdata_parse.h"

#include <stdio.h>

static const uint8_t origin[] = "\7Example\3org";

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
};

static uint16_t type_of(const char *mnemonic)
{
	uint16_t type = 0;

	if (!dns_type_parse(mnemonic, strlen(mnemonic), &type))
		fail_msg("%s", mnemonic);
	return type;
}

static bool text_read(uint16_t type, const char *text, struct fill *to, struct token_error *error)
{
	struct lex lex;

	lex_init(&lex, text, strlen(text));
	return rdata_parse(&lex, type, origin, to, error);
}

// Text to wire form; fails the test when it is refused.
static size_t wire_of(uint16_t type, const char *text, uint8_t *room, size_t size)
{
	struct fill to = fill_of(room, size);
	struct token_error error;

	if (!text_read(type, text, &to, &error))
		fail_msg("%s: %s", text, error.text);
	assert_true(dns_rdata_check(type, room, fill_len(&to)));
	return fill_len(&to);
}

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
		uint16_t type = type_of(sound[i].type);
		size_t len = wire_of(type, sound[i].text, room, sizeof(room));

		if (strcmp(hex_of(room, len), sound[i].wire) != 0)
			fail_msg("%s %s\n%s\nwanted:\n%s", sound[i].type, sound[i].text,
			         hex_of(room, len), sound[i].wire);
		dns_rdata_text(type, room, len, back, sizeof(back));
		assert_string_equal(back, sound[i].back ? sound[i].back : sound[i].text);
		// What was written reads the same again, in either form.
		assert_int_equal(wire_of(type, back, room, sizeof(room)), len);
		assert_string_equal(hex_of(room, len), sound[i].wire);
		snprintf(generic, sizeof(generic), "\\# %zu %s", len, sound[i].wire);
		assert_int_equal(wire_of(type, generic, room, sizeof(room)), len);
		assert_string_equal(hex_of(room, len), sound[i].wire);
	}
}

// Each type of the table that is data has a row above.
static void test_every_type_has_its_row(void **state)
{
	for (unsigned type = 0; type <= UINT16_MAX; type++) {
		const struct dns_type_info *info = dns_type_find((uint16_t)type);
		bool found = !info || dns_type_is_meta((uint16_t)type);

		for (size_t i = 0; !found && i < ARRAY_LEN(sound); i++)
			found = strcmp(sound[i].type, info->mnemonic) == 0;
		if (!found)
			fail_msg("%s", info->mnemonic);
	}
}

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
        {"DS", "1 8 1 00", 7, "DS: expected a digest as long as its type demands, found \"00\""},
        {"DS", "1 8 9", 6,
         "DS: expected an even number of hexadecimal digits, found the end of the record"},
        {"DS", "1 8 9 00 0g", 10,
         "DS: expected an even number of hexadecimal digits, found \"0g\""},
        {"DS", "1 8 9 00 000", 10,
         "DS: expected an even number of hexadecimal digits, found \"000\""},
        {"DS", "1 8 9 \"00\"", 7,
         "DS: expected an even number of hexadecimal digits, found the string \"00\""},
        {"CDS", "\\# 23 0001080100000000000000000000000000000000000000", 4,
         "CDS: expected sound data of the type after \\#, found \"23\""},
        {"SSHFP", "1 1 00", 5,
         "SSHFP: expected a digest as long as its type demands, found \"00\""},
        {"SSHFP", "1 x 00", 3, "SSHFP: expected a fingerprint's type such as 2, found \"x\""},
        {"ZONEMD", "1 1 241 0102030405060708090a0b", 9,
         "ZONEMD: expected a digest as long as its type demands, found "
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
         "RRSIG: expected a time such as 20300131235959, from 1970 to 2106, found "
         "\"19691231235959\""},
        {"RRSIG", "A 8 2 3600 21060207062816 1 1 . AQID", 12,
         "RRSIG: expected a time such as 20300131235959, from 1970 to 2106, found "
         "\"21060207062816\""},
        {"RRSIG", "A 8 2 3600 20230229000000 1 1 . AQID", 12,
         "RRSIG: expected a time such as 20300131235959, from 1970 to 2106, found "
         "\"20230229000000\""},
        {"RRSIG", "A 8 2 3600 20231301000000 1 1 . AQID", 12,
         "RRSIG: expected a time such as 20300131235959, from 1970 to 2106, found "
         "\"20231301000000\""},
        {"RRSIG", "A 8 2 3600 2023010100000x 1 1 . AQID", 12,
         "RRSIG: expected a time such as 20300131235959, from 1970 to 2106, found "
         "\"2023010100000x\""},
        {"RRSIG", "A 8 2 3600 4294967296 1 1 . AQID", 12,
         "RRSIG: expected a time such as 20300131235959, from 1970 to 2106, found "
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
         "NSEC3: expected a hash as long as its algorithm demands, found \"20\""},
        {"NSEC3", "2 0 0 - 2t", 9,
         "NSEC3: expected base32hex digits without padding, found \"2t\""},
        {"NSEC3", "2 0 0 - 20======", 9,
         "NSEC3: expected base32hex digits without padding, found \"20======\""},
        {"NSEC3", "2 0 0 -", 8,
         "NSEC3: expected base32hex digits without padding, found the end of the record"},
        {"NSEC3PARAM", "1 0 0", 6,
         "NSEC3PARAM: expected an even number of hexadecimal digits, found the end of the "
         "record"},
        {"NULL", "x", 1, "NULL: expected \\# with a length and hexadecimal digits, found \"x\""},
};

static void test_broken_text_is_refused_at_its_place(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		uint8_t room[1024];
		struct fill to = fill_of(room, sizeof(room));
		struct token_error error = {.text = "it was read"};

		if (text_read(type_of(refused[i].type), refused[i].text, &to, &error) ||
		    strcmp(error.text, refused[i].want) != 0 || error.column != refused[i].column)
			fail_msg("%s %s\n%u: %s\nwanted:\n%u: %s", refused[i].type, refused[i].text,
			         error.column, error.text, refused[i].column, refused[i].want);
		assert_int_equal(error.line, 1);
	}
}

// Sound to nobody: refused in the generic form, too, and written as bytes.
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
	};

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		uint8_t room[64];
		char text[256], generic[256];
		size_t len;

		snprintf(generic, sizeof(generic), "\\# %zu %s", strlen(table[i].wire) / 2,
		         table[i].wire);
		len = wire_of(65280, generic, room, sizeof(room));
		if (dns_rdata_check(type_of(table[i].type), room, len))
			fail_msg("%s %s", table[i].type, table[i].wire);
		dns_rdata_text(type_of(table[i].type), room, len, text, sizeof(text));
		assert_string_equal(text, generic);
	}
}

// Names in lower case where RFC 4034 section 6.2 and RFC 6840 section 5.1 say so.
static void test_canonical_form(void **state)
{
	static const struct {
		const char *type, *text, *want;
	} table[] = {
	        {"A", "192.0.2.1", "192.0.2.1"},
	        {"NS", "A", "a.example.org."},
	        {"SOA", "A. B. 1 2 3 4 5", "a. b. 1 2 3 4 5"},
	        {"TXT", "ABC", "\"ABC\""},
	        {"RP", "A. B.", "a. b."},
	        {"SRV", "1 2 3 A.", "1 2 3 a."},
	        {"NAPTR", "1 2 U E2U !X!Y! A.", "1 2 \"U\" \"E2U\" \"!X!Y!\" a."},
	        {"DNAME", "A.", "a."},
	        {"RRSIG", "A 8 2 1 2 1 1 A. AQID",
	         "A 8 2 1 19700101000002 19700101000001 1 a. AQID"},
	        {"NSEC", "A. A", "A. A"},
	        {"TYPE65280", "\\# 3 014100", "\\# 3 014100"},
	};

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		uint16_t type = type_of(table[i].type);
		uint8_t room[256], low[256];
		size_t len = wire_of(type, table[i].text, room, sizeof(room));
		char text[256];

		assert_int_equal(dns_rdata_canonical(type, room, len, low), len);
		dns_rdata_text(type, low, len, text, sizeof(text));
		assert_string_equal(text, table[i].want);
		assert_int_equal(dns_rdata_cmp(type, room, len, low, len), 0);
		assert_int_equal(dns_rdata_canonical(type, room, len, room), len);
		assert_memory_equal(room, low, len);
	}
	assert_int_equal(dns_rdata_canonical(65280, NULL, 0, NULL), 0);
}

// In ascending order.
static void test_canonical_order(void **state)
{
	static const struct {
		const char *type, *less, *more;
	} table[] = {
	        {"A", "192.0.2.1", "192.0.2.2"},
	        {"NS", "B.", "aa."},
	        {"NS", "a.c.", "A.D."},
	        {"MX", "1 b.", "2 A."},
	        {"MX", "1 A.", "1 b."},
	        {"TXT", "b", "aa"},
	        {"TXT", "b", "b \"\""},
	        {"NSEC", "A. A", "a. A"},
	        {"TYPE65280", "\\# 2 0a0b", "\\# 3 0a0b00"},
	        {"TYPE65280", "\\# 0", "\\# 1 00"},
	        {"CDS", "0 0 0 00", "0 0 0 0000"},
	};

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		uint16_t type = type_of(table[i].type);
		uint8_t less[256], more[256];
		size_t less_len = wire_of(type, table[i].less, less, sizeof(less));
		size_t more_len = wire_of(type, table[i].more, more, sizeof(more));

		assert_true(dns_rdata_cmp(type, less, less_len, more, more_len) < 0);
		assert_true(dns_rdata_cmp(type, more, more_len, less, less_len) > 0);
		assert_int_equal(dns_rdata_cmp(type, less, less_len, less, less_len), 0);
	}
}

// RFC 1035 section 3.3 and those that follow its example.
static void test_hosts(void **state)
{
	static const struct {
		const char *type, *text, *host; // NULL: none
	} table[] = {
	        {"A", "192.0.2.1", NULL},     {"NS", "a.", "a."},
	        {"CNAME", "a.", NULL},        {"MX", "1 a.", "a."},
	        {"SRV", "1 2 3 a.", "a."},    {"NAPTR", "1 2 a b c d.", "d."},
	        {"TYPE65280", "\\# 0", NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		uint16_t type = type_of(table[i].type);
		uint8_t room[256];
		size_t len = wire_of(type, table[i].text, room, sizeof(room));
		const uint8_t *host = dns_rdata_host(type, room, len);
		char text[DNS_NAME_TEXT_BYTES];

		assert_int_equal(host != NULL, table[i].host != NULL);
		if (host)
			assert_string_equal(dns_name_text(host, text), table[i].host);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        POOL_TEST(test_sound_text_and_its_wire_form),
	        POOL_TEST(test_every_type_has_its_row),
	        POOL_TEST(test_broken_text_is_refused_at_its_place),
	        POOL_TEST(test_broken_wire_forms),
	        POOL_TEST(test_canonical_form),
	        POOL_TEST(test_canonical_order),
	        POOL_TEST(test_hosts),
	};

	return cmocka_run_group_tests_name("rdata_types", tests, NULL, NULL);
}

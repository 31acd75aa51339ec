// dns_message: valid messages are read completely; malformed ones, in particular those with
// pointers in circles, forward or into the header, end the reading.
#include "message.h"

#include "proto/dns/rdata/dns_message.h"

static struct dns_message reader;

// Bytes from hex, blanks and "|" between them for the eye, in a block of their
// exact size.
static uint8_t *bytes_of(const char *hex, size_t *len)
{
	uint8_t *bytes = malloc(strlen(hex) / 2 + 1), *exact;

	*len = 0;
	for (const char *p = hex; *p; p++) {
		unsigned byte;

		if (*p == ' ' || *p == '|')
			continue;
		assert_int_equal(sscanf(p, "%2x", &byte), 1);
		bytes[(*len)++] = (uint8_t)byte;
		p++;
	}
	exact = malloc(*len ? *len : 1);
	memcpy(exact, bytes, *len);
	free(bytes);
	return exact;
}

// The whole reading as text: a line for each question and record, and at its end
// "whole" or "not whole".
static const char *read_text(const char *hex)
{
	static const char *const sections[] = {"answer", "authority", "additional"};
	static char text[8192];
	char name[DNS_NAME_TEXT_BYTES], type[16], rdata[4096];
	struct dns_message_record record;
	struct dns_question question;
	size_t size, len = 0;
	uint8_t *bytes = bytes_of(hex, &size);

	dns_message_init(&reader, bytes, size);
	while (dns_message_question(&reader, &question))
		len += (size_t)snprintf(text + len, sizeof(text) - len, "? %s %u %u\n",
		                        dns_name_text(question.name.wire, name), question.qtype,
		                        question.qclass);
	while (dns_message_record(&reader, &record)) {
		assert_int_equal(record.owner.len, dns_name_len(record.owner.wire));
		dns_rdata_text(record.type, record.rdata, record.rdata_len, rdata, sizeof(rdata));
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s %s %u %u %s %s\n",
		                        sections[record.section],
		                        dns_name_text(record.owner.wire, name), record.ttl,
		                        record.rr_class, dns_type_text(record.type, type), rdata);
	}
	snprintf(text + len, sizeof(text) - len, "%s",
	         dns_message_whole(&reader) ? "whole" : "not whole");
	assert_false(dns_message_record(&reader, &record));
	assert_false(dns_message_question(&reader, &question));
	free(bytes);
	return text;
}

#define HDR(qd, an, ns, ar) "1234 8400 " qd an ns ar " "
#define Q_A_ORG             "0161 036f7267 00 0001 0001 | "
#define ONE_ANSWER          HDR("0001", "0001", "0000", "0000") Q_A_ORG
#define Q                   "? a.org. 1 1\n"

// The question's name is at 12, "org" at 14, the first answer at 23.
static const struct {
	const char *hex, *text;
} messages[] = {
        {HDR("0000", "0000", "0000", "0000"), "whole"},
        {HDR("0001", "0000", "0000", "0000") Q_A_ORG, Q "whole"},
        {HDR("0002", "0000", "0000", "0000") Q_A_ORG "c00c 00ff 00ff", Q "? a.org. 255 255\nwhole"},
        {ONE_ANSWER "c00c 0001 0001 0000003c 0004 c0000201",
         Q "answer a.org. 60 1 A 192.0.2.1\nwhole"},
        // A label and then a pointer; a pointer to a pointer.
        {HDR("0001", "0001", "0000", "0001") Q_A_ORG
         "c00c 000f 0001 0000003c 0006 000a 0162 c00e | c025 0001 0001 00000000 0004 01020304",
         Q "answer a.org. 60 1 MX 10 b.org.\nadditional b.org. 0 1 A 1.2.3.4\nwhole"},
        {HDR("0001", "0002", "0000", "0000") Q_A_ORG
         "c00c 0002 0001 00000001 0002 c00c | c023 0002 0001 00000001 0002 c023",
         Q "answer a.org. 1 1 NS a.org.\nanswer a.org. 1 1 NS a.org.\nwhole"},
        // Both names of an SOA, and the numbers after them.
        {HDR("0001", "0000", "0001", "0000") Q_A_ORG
         "c00e 0006 0001 00000e10 0018 c00c c00e 00000001 00000002 00000003 00000004 00000005",
         Q "authority org. 3600 1 SOA a.org. org. 1 2 3 4 5\nwhole"},
        // Compressed names are also read in types in which senders may not compress them.
        {ONE_ANSWER "c00c 0021 0001 00000001 0008 0001 0002 0035 c00e",
         Q "answer a.org. 1 1 SRV 1 2 53 org.\nwhole"},
        // The data of types without names is not checked.
        {ONE_ANSWER "c00c ff00 0001 00000001 0002 c0ff",
         Q "answer a.org. 1 1 TYPE65280 \\# 2 C0FF\nwhole"},
        {ONE_ANSWER "c00c 0001 0001 00000001 0003 010203",
         Q "answer a.org. 1 1 A \\# 3 010203\nwhole"},
        // As in the prerequisites of an update.
        {ONE_ANSWER "c00c 000f 00ff 00000000 0000", Q "answer a.org. 0 255 MX \\# 0\nwhole"},
        // Bytes after the fields of the type are returned unchanged.
        {ONE_ANSWER "c00c 0002 0001 00000001 0003 c00e ff",
         Q "answer a.org. 1 1 NS \\# 6 036F726700FF\nwhole"},
        // OPT.
        {HDR("0001", "0000", "0000", "0001") Q_A_ORG "00 0029 04d0 00008000 0004 0003 0000",
         Q "additional . 32768 1232 OPT \\# 4 00030000\nwhole"},
        // Truncated messages.
        {"", "not whole"},
        {"1234 8400 0000 0000 0000 00", "not whole"},
        {HDR("0000", "0000", "0000", "0000") "00", "not whole"},
        {HDR("0001", "0000", "0000", "0000"), "not whole"},
        {HDR("0001", "0000", "0000", "0000") "0161 036f7267 00 0001 00", "not whole"},
        {HDR("0001", "0000", "0000", "0000") "0461 6f72", "not whole"},
        {ONE_ANSWER, Q "not whole"},
        {ONE_ANSWER "c00c 0001 0001 0000003c 0004 c00002", Q "not whole"},
        {ONE_ANSWER "c00c 0001 0001 0000003c 00", Q "not whole"},
        {ONE_ANSWER "c0", Q "not whole"},
        {ONE_ANSWER "c00c 000f 0001 00000001 0001 00", Q "not whole"},
        {ONE_ANSWER "c00c 0002 0001 00000001 0001 c0 0c", Q "not whole"},
        // Pointers: to itself, forward, in a circle, into the header, beyond the end.
        {ONE_ANSWER "c017 0001 0001 0000003c 0004 c0000201", Q "not whole"},
        {ONE_ANSWER "c021 0001 0001 0000003c 0004 036f7200", Q "not whole"},
        {ONE_ANSWER "0161 c017 0001 0001 0000003c 0004 c0000201", Q "not whole"},
        {ONE_ANSWER "c00b 0001 0001 0000003c 0004 c0000201", Q "not whole"},
        {ONE_ANSWER "c000 0001 0001 0000003c 0004 c0000201", Q "not whole"},
        {ONE_ANSWER "ffff 0001 0001 0000003c 0004 c0000201", Q "not whole"},
        {HDR("0001", "0000", "0000", "0000") "c00c 0001 0001", "not whole"},
        {HDR("0002", "0000", "0000", "0000") "01 c0 0c 0001 0001 c00d 0001 0001", "not whole"},
        // Labels of the kinds 01 and 10, which do not exist.
        {ONE_ANSWER "4000 0001 0001 0000003c 0004 c0000201", Q "not whole"},
        {ONE_ANSWER "8000 0001 0001 0000003c 0004 c0000201", Q "not whole"},
};

static void test_messages(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(messages); i++) {
		const char *text = read_text(messages[i].hex);

		if (strcmp(text, messages[i].text) != 0)
			fail_msg("%s\nis read as\n%s\nnot as\n%s", messages[i].hex, text,
			         messages[i].text);
	}
}

// A message with a record whose owner is a number of labels of 63 bytes and a pointer to a name of
// `tail` bytes.
static bool long_name_read(unsigned labels, unsigned tail, struct dns_message_record *record)
{
	uint8_t msg[1024];
	struct fill f = fill_of(msg, sizeof(msg));
	struct dns_question question;

	fill_bytes(&f, "\x12\x34\x84\0\0\1\0\1\0\0\0\0", 12);
	fill_u8(&f, (uint8_t)(tail - 2));
	for (unsigned i = 0; i < tail - 2; i++)
		fill_u8(&f, 'x');
	fill_u8(&f, 0);
	fill_u32(&f, 0x00010001);
	for (unsigned i = 0; i < labels; i++) {
		fill_u8(&f, 63);
		for (unsigned j = 0; j < 63; j++)
			fill_u8(&f, 'y');
	}
	fill_u16(&f, 0xc00c);
	fill_u16(&f, 0xff00);
	fill_u16(&f, 1);
	fill_u32(&f, 0);
	fill_u16(&f, 0);
	assert_false(f.bad);
	dns_message_init(&reader, msg, fill_len(&f));
	assert_true(dns_message_question(&reader, &question));
	assert_int_equal(question.name.len, tail);
	return dns_message_record(&reader, record);
}

static void test_a_name_is_not_longer_than_255_bytes(void **state)
{
	struct dns_message_record record;

	assert_true(long_name_read(3, 63, &record));
	assert_int_equal(record.owner.len, 255);
	assert_true(dns_message_whole(&reader));
	assert_false(long_name_read(3, 64, &record));
	assert_false(dns_message_whole(&reader));
	assert_false(long_name_read(4, 3, &record));
}

// Each pointer to the one before: as many as fit, read once for each record.
static void test_a_chain_of_pointers_ends(void **state)
{
	enum { CHAIN = 8000 };
	static uint8_t msg[2 * CHAIN + 64];
	struct fill f = fill_of(msg, sizeof(msg));
	struct dns_message_record record;
	struct dns_question question;

	fill_bytes(&f, "\x12\x34\x84\0\0\0\0\2\0\0\0\0", 12);
	fill_bytes(&f, "\1a\0\xff\0\0\1\0\0\0\0", 11);
	fill_u16(&f, 2 * CHAIN);
	for (unsigned i = 0; i < CHAIN; i++)
		fill_u16(&f, (uint16_t)(0xc000 | (i ? 25 + 2 * (i - 1) : 12)));
	fill_u16(&f, 0xc000 | (25 + 2 * (CHAIN - 1)));
	fill_bytes(&f, "\xff\0\0\1\0\0\0\0\0\0", 10);
	dns_message_init(&reader, msg, fill_len(&f));
	assert_false(dns_message_question(&reader, &question));
	assert_true(dns_message_record(&reader, &record));
	assert_true(dns_message_record(&reader, &record));
	assert_memory_equal(record.owner.wire, "\1a", 3);
	assert_true(dns_message_whole(&reader));
}

// Records are not read before questions; the flags are available from the start.
static void test_records_wait_for_the_questions(void **state)
{
	struct dns_message_record record;
	struct dns_question question;
	size_t len;
	uint8_t *bytes = bytes_of(ONE_ANSWER "c00c 0001 0001 0000003c 0004 c0000201", &len);

	dns_message_init(&reader, bytes, len);
	assert_int_equal(reader.flags, DNS_FLAG_QR | DNS_FLAG_AA);
	assert_false(dns_message_record(&reader, &record));
	assert_true(dns_message_question(&reader, &question));
	assert_false(dns_message_whole(&reader));
	assert_true(dns_message_record(&reader, &record));
	assert_true(dns_message_whole(&reader));
	free(bytes);
}

static void test_options(void **state)
{
	static const uint8_t options[] = {0, 3, 0, 0, 0, 10, 0, 2, 0xab, 0xcd};
	uint16_t code;

	for (size_t len = 0; len <= sizeof(options); len++) {
		struct span rest = span_of(options, len), value;
		unsigned n = 0;

		while (dns_message_option(&rest, &code, &value)) {
			assert_int_equal(code, n ? 10 : 3);
			assert_int_equal(span_left(&value), n ? 2 : 0);
			n++;
		}
		assert_int_equal(n, len < 4 ? 0 : len < 10 ? 1 : 2);
		assert_int_equal(rest.bad, len != 0 && len != 4 && len != 10);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_messages),
	        cmocka_unit_test(test_a_name_is_not_longer_than_255_bytes),
	        cmocka_unit_test(test_a_chain_of_pointers_ends),
	        cmocka_unit_test(test_records_wait_for_the_questions),
	        cmocka_unit_test(test_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// Frames, and what comes of them: a row for each clause of RFC 6455. A number of three parts, such
// as 7.9.1, is that of the case in the Autobahn test suite; others are sections of the RFC. Each
// row is given whole, cut in two at every byte, and byte by byte; nothing of that may make a
// difference.
#include "ws_lab.h"

struct row {
	const char *clause, *frames, *result;
};

// The frames of a client, written without masks so that they are legible; the lab masks them.
static const struct row rows[] = {
        // Base framing.
        {"RFC 5.2: a text", "81 05 'Hello'", "text 5=Hello|"},
        {"RFC 5.2: binary", "82 02 0102", "binary 2=\1\2|"},
        {"1.1.1: an empty text", "81 00", "text 0=|"},
        {"1.2.1: empty binary", "82 00", "binary 0=|"},
        {"1.1.4: a length of 16 bits", "81 7e 007e x7e", "text 126=x*126|"},
        {"1.1.7: a length of 64 bits", "81 7f 0000000000010000 x10000", "text 65536=x*65536|"},
        {"RFC 5.2: a length of 16 bits that 7 could have", "81 7e 007d", "length 1002"},
        {"RFC 5.2: a length of 64 bits that 16 could have", "81 7f 000000000000ffff",
         "length 1002"},
        {"RFC 5.2: the highest bit of 64", "81 7f 8000000000000000", "length 1002"},
        {"3.1: RSV3", "91 00", "reserved 1002"},
        {"3.2: RSV2 behind a message", "81 01 'a' a1 01 'b'", "text 1=a|reserved 1002"},
        {"3.3: RSV1", "c1 01 'a'", "reserved 1002"},
        {"3.6: of a control frame", "f9 00", "reserved 1002"},
        {"4.1.1: opcode 3", "83 00", "opcode 1002"},
        {"4.1.2: opcode 4 with payload", "84 01 00", "opcode 1002"},
        {"4.1.3: opcode 5", "85 00", "opcode 1002"},
        {"4.1.4: opcode 6", "86 00", "opcode 1002"},
        {"4.1.5: opcode 7", "87 00", "opcode 1002"},
        {"4.2.1: opcode 11", "8b 00", "opcode 1002"},
        {"4.2.5: opcode 15", "8f 00", "opcode 1002"},

        // Control frames.
        {"2.1: ping", "89 00", "[8a 00]"},
        {"2.2: its payload comes back", "89 03 'abc'", "[8a 03 616263]"},
        {"2.3: in binary", "89 02 00ff", "[8a 02 00ff]"},
        {"2.4: of 125 bytes", "89 7d x7d", "[8a 7d x*125]"},
        {"2.5: of 126 bytes", "89 7e 007e", "control 1002"},
        {"2.7: a pong that answers no ping", "8a 00 81 01 'a'", "text 1=a|"},
        {"2.8: with payload", "8a 02 'xy' 89 00", "[8a 00]"},
        {"RFC 5.5.3: the last of several pings is answered", "89 01 'a' 89 01 'b'", "[8a 01 62]"},
        {"5.1: a ping in fragments", "09 00", "control 1002"},
        {"5.2: a pong in fragments", "0a 00", "control 1002"},
        {"RFC 5.5: a close in fragments", "08 00", "control 1002"},
        {"7.3.6: a close of 126 bytes", "88 7e 007e", "control 1002"},

        // Fragments.
        {"5.3: two", "01 02 'He' 80 03 'llo'", "text 5=Hello|"},
        {"5.6: a ping between", "01 02 'He' 89 01 'p' 80 03 'llo'", "text 5=Hello|[8a 01 70]"},
        {"5.9: a continuation of nothing", "80 01 'a'", "continuation 1002"},
        {"5.10: that is not the last", "00 01 'a'", "continuation 1002"},
        {"5.12: behind a message", "81 01 'a' 80 01 'b'", "text 1=a|continuation 1002"},
        {"5.18: a text within a text", "01 01 'a' 81 01 'b'", "interleaved 1002"},
        {"RFC 5.4: binary within a text", "01 01 'a' 82 01 'b'", "interleaved 1002"},
        {"5.15: a message behind one in fragments", "01 01 'a' 80 01 'b' 82 01 'c'",
         "text 2=ab|binary 1=c|"},
        {"6.1.2: three empty fragments", "01 00 00 00 80 00", "text 0=|"},
        {"6.1.3: of which one is not", "01 00 00 01 'a' 80 00", "text 1=a|"},

        // UTF-8.
        {"6.2.1: a character of three bytes", "81 03 e282ac", "text 3=\xe2\x82\xac|"},
        {"6.2.3: cut between frames", "01 01 e2 00 01 82 80 01 ac", "text 3=\xe2\x82\xac|"},
        {"6.3.1: a surrogate", "81 03 eda080", "utf8 1007"},
        {"6.4.1: seen before the message ends", "01 04 f4908080", "utf8 1007"},
        {"6.4.3: seen before the frame ends", "81 05 f490", "utf8 1007"},
        {"6.6.2: cut at the end", "81 02 e282", "utf8 1007"},
        {"RFC 8.1: cut at the end of fragments", "01 02 e282 80 00", "utf8 1007"},
        {"6.8.1: the first byte of a form of five", "81 05 f888808080", "utf8 1007"},
        {"6.10.1: a form longer than needed", "81 02 c080", "utf8 1007"},
        {"6.10.2: of three bytes", "81 03 e09fbf", "utf8 1007"},
        {"6.10.3: of four bytes", "81 04 f08fbfbf", "utf8 1007"},
        {"6.12.1: a continuation alone", "81 01 80", "utf8 1007"},
        {"6.13.1: a first byte behind a first byte", "81 02 c2c2", "utf8 1007"},
        {"6.22.1: U+FFFE is valid", "81 03 efbfbe", "text 3=\xef\xbf\xbe|"},
        {"6.9.4: the last of all", "81 04 f48fbfbf", "text 4=\xf4\x8f\xbf\xbf|"},
        {"RFC 5.6: binary is not checked", "82 02 c080", "binary 2=\xc0\x80|"},

        // Close.
        {"7.1.1: behind a message", "81 01 'a' 88 02 03e8", "text 1=a|closed 1000 [88 02 03e8]"},
        {"7.3.1: without a code", "88 00", "closed 1005 [88 00]"},
        {"7.3.2: half a code", "88 01 03", "close 1002"},
        {"7.3.4: with a reason", "88 04 03e8 'ok'", "closed 1000 [88 02 03e8]"},
        {"7.3.5: of 123 bytes", "88 7d 03e8 x7b", "closed 1000 [88 02 03e8]"},
        {"7.5.1: that is not UTF-8", "88 04 03e8 c080", "utf8 1007"},
        {"RFC 5.5.1: that is cut", "88 03 03e8 c2", "utf8 1007"},
        {"7.7.4: 1007", "88 02 03ef", "closed 1007 [88 02 03ef]"},
        {"7.7.13: the highest code", "88 02 1387", "closed 4999 [88 02 1387]"},
        {"7.9.1: code 0", "88 02 0000", "close 1002"},
        {"7.9.2: 999", "88 02 03e7", "close 1002"},
        {"7.9.3: 1004", "88 02 03ec", "close 1002"},
        {"7.9.4: 1005", "88 02 03ed", "close 1002"},
        {"7.9.5: 1006", "88 02 03ee", "close 1002"},
        {"RFC 7.4.1: 1015", "88 02 03f7", "close 1002"},
        {"7.9.6: 1016", "88 02 03f8", "close 1002"},
        {"7.9.9: 2999", "88 02 0bb7", "close 1002"},
        {"7.13.1: 5000", "88 02 1388", "close 1002"},
        {"7.1.3: nothing is read behind it", "88 02 03e8 81 01 'a' 89 00",
         "closed 1000 [88 02 03e8]"},
        {"7.1.5: within a message", "01 01 'a' 89 00 88 00", "closed 1005 [88 00]"},
};

static struct ws_lab lab;

static void check(const struct row *row, size_t cut)
{
	ws_lab_note_due(&lab);
	if (strcmp(lab.log, row->result) != 0)
		print_error("%s: cut at %zu\n", row->clause, cut);
	assert_string_equal(lab.log, row->result);
}

// In two parts, the first one of `cut` bytes. What is due is written at the end.
static void give_cut(const struct row *row, size_t cut, bool client)
{
	size_t len;

	ws_lab_open(&lab, client);
	len = ws_lab_frames(&lab, row->frames);
	ws_lab_give(&lab, lab.bytes, cut);
	ws_lab_give(&lab, lab.bytes + cut, len - cut);
	check(row, cut);
}

static void give_bytes(const struct row *row)
{
	size_t len;

	ws_lab_open(&lab, false);
	len = ws_lab_frames(&lab, row->frames);
	for (size_t i = 0; i < len; i++)
		ws_lab_give(&lab, lab.bytes + i, 1);
	check(row, 1);
}

static void test_rows(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
		size_t len;

		ws_lab_open(&lab, false);
		len = ws_lab_frames(&lab, rows[i].frames);
		for (size_t cut = 0; cut <= size_min(len, 300); cut++)
			give_cut(&rows[i], cut, false);
		give_cut(&rows[i], 0, true);
		give_bytes(&rows[i]);
	}
}

// A server's frames have no mask, a client's have one (RFC 6455 section 5.1).
static void test_masks(void **state)
{
	uint8_t bare[] = {0x81, 0x01, 'a'}, masked[] = {0x81, 0x81, 1, 2, 3, 4, 'a' ^ 1};

	(void)state;
	ws_lab_open(&lab, false);
	ws_lab_give(&lab, bare, sizeof(bare));
	assert_string_equal(lab.log, "mask 1002");
	ws_lab_open(&lab, true);
	ws_lab_give(&lab, masked, sizeof(masked));
	assert_string_equal(lab.log, "mask 1002");
	ws_lab_open(&lab, false);
	ws_lab_give(&lab, masked, sizeof(masked));
	assert_string_equal(lab.log, "text 1=a|");
}

static void test_long(void **state)
{
	static const struct row limits[] = {
	        {"a frame of message_bytes", "81 04 'abcd'", "text 4=abcd|"},
	        {"one more", "81 05 'abcde'", "long 1009"},
	        {"fragments of message_bytes", "01 02 'ab' 80 02 'cd'", "text 4=abcd|"},
	        {"one more", "01 02 'ab' 80 03 'cde'", "long 1009"},
	        {"control frames do not count", "01 04 'abcd' 89 05 'abcde' 80 00",
	         "text 4=abcd|[8a 05 6162636465]"},
	        {"the largest length", "82 7f 7fffffffffffffff", "long 1009"},
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(limits); i++) {
		size_t len;

		ws_lab_open(&lab, false);
		lab.limits.message_bytes = 4;
		len = ws_lab_frames(&lab, limits[i].frames);
		ws_lab_give(&lab, lab.bytes, len);
		check(&limits[i], 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_rows),
	        cmocka_unit_test(test_masks),
	        cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// zonefile: the syntax of RFC 1035 section 5 and RFC 2308 section 4, and the reports about
// malformed lines.
#include "harness.h"

#include "proto/dns/load/zonefile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const uint8_t origin[] = "\7example\3org";

// The result of reading: one line for each record and report, in order.
static struct {
	char text[16384];
	size_t len;
	long records, reports;
} seen;

static void seen_add(const char *text)
{
	seen.len +=
	        (size_t)snprintf(seen.text + seen.len, sizeof(seen.text) - seen.len, "%s\n", text);
	assert_true(seen.len < sizeof(seen.text));
}

static void on_record(void *ctx, const struct zone_record *record)
{
	char owner[DNS_NAME_TEXT_BYTES], type[16], rdata[2048], line[4096];

	seen.records++;
	assert_true(dns_rdata_check(record->type, record->rdata, record->rdata_len));
	assert_int_equal(record->rr_class, DNS_CLASS_IN);
	dns_rdata_text(record->type, record->rdata, record->rdata_len, rdata, sizeof(rdata));
	snprintf(line, sizeof(line), "%s %u %s %s", dns_name_text(record->owner, owner),
	         record->ttl, dns_type_text(record->type, type), rdata);
	if (ctx)
		seen_add(line);
}

static void on_report(void *ctx, const struct zone_report *report)
{
	char line[512];
	const char *slash = strrchr(report->file, '/');

	seen.reports++;
	snprintf(line, sizeof(line), "%s:%u:%u: %s%s", slash ? slash + 1 : report->file,
	         report->line, report->column, report->warning ? "warning: " : "", report->text);
	if (ctx)
		seen_add(line);
}

static long zone_read(const char *text, size_t len)
{
	memset(&seen, 0, sizeof(seen));
	return zonefile_read_text("z", text, len, origin, on_record, on_report, &seen);
}

static const struct {
	const char *title, *text, *want;
} sound[] = {
        {"nothing", "", ""},
        {"only comments and blank lines", "\n ; a comment\n\t\n;", ""},
        {"owner relative, absolute, and @",
         "$TTL 60\na A 192.0.2.1\nb.net. A 192.0.2.2\n@ A 192.0.2.3\n",
         "a.example.org. 60 A 192.0.2.1\nb.net. 60 A 192.0.2.2\nexample.org. 60 A 192.0.2.3\n"},
        {"a blank owner is the last one", "a 1 A 192.0.2.1\n A 192.0.2.2\n\tTXT x\n",
         "a.example.org. 1 A 192.0.2.1\na.example.org. 1 A 192.0.2.2\na.example.org. 1 TXT "
         "\"x\"\n"},
        {"the last owner outlives a new origin", "a 1 A 192.0.2.1\n$ORIGIN net.\n A 192.0.2.2\n",
         "a.example.org. 1 A 192.0.2.1\na.example.org. 1 A 192.0.2.2\n"},
        {"an escaped @ is a label", "\\@ 1 NS \\@\n", "\\@.example.org. 1 NS \\@.example.org.\n"},
        {"@ in data is the origin", "a 1 MX 10 @\n", "a.example.org. 1 MX 10 example.org.\n"},
        {"origin relative to the origin before", "$ORIGIN sub\na 1 NS b\n",
         "a.sub.example.org. 1 NS b.sub.example.org.\n"},
        {"origin of the root", "$origin .\na 1 NS b\n", "a. 1 NS b.\n"},
        {"TTL and class in either order, in any case",
         "a 60 IN A 192.0.2.1\na in 61 a 192.0.2.2\na IN A 192.0.2.3\na CLASS1 62 TYPE1 "
         "192.0.2.4\n",
         "a.example.org. 60 A 192.0.2.1\na.example.org. 61 A 192.0.2.2\n"
         "a.example.org. 61 A 192.0.2.3\na.example.org. 62 A 192.0.2.4\n"},
        {"a missing TTL is the last one given",
         "a 5 A 192.0.2.1\nb A 192.0.2.2\nc 7 A 192.0.2.3\nd A 192.0.2.4\n",
         "a.example.org. 5 A 192.0.2.1\nb.example.org. 5 A 192.0.2.2\n"
         "c.example.org. 7 A 192.0.2.3\nd.example.org. 7 A 192.0.2.4\n"},
        {"$TTL goes before the last one given, and may change",
         "$TTL 9\na 5 A 192.0.2.1\nb A 192.0.2.2\n$TTL 1h\nc A 192.0.2.3\n",
         "a.example.org. 5 A 192.0.2.1\nb.example.org. 9 A 192.0.2.2\nc.example.org. 3600 A "
         "192.0.2.3\n"},
        {"without any TTL the SOA's minimum, with a warning", "@ SOA a b 1 2 3 4 500\n@ NS a\n",
         "z:1:1: warning: no TTL is given: the SOA's minimum is used for this and later records\n"
         "example.org. 500 SOA a.example.org. b.example.org. 1 2 3 4 500\n"
         "example.org. 500 NS a.example.org.\n"},
        {"units of time", "a 1w2d3h4m5s SOA . . 1 1H30M 1d 2W 90S\n",
         "a.example.org. 788645 SOA . . 1 5400 86400 1209600 90\n"},
        {"the highest TTL", "a 2147483647 A 192.0.2.1\n",
         "a.example.org. 2147483647 A 192.0.2.1\n"},
        {"parentheses go over lines and comments",
         "@ 1 IN SOA ns host ( 1 ; serial (\n\t2\n3 4\n\n 5 ) ; end )\na 2 A ( 192.0.2.1\n)\n",
         "example.org. 1 SOA ns.example.org. host.example.org. 1 2 3 4 5\na.example.org. 2 A "
         "192.0.2.1\n"},
        {"parentheses need no blanks and may nest", "a 1 MX(10(b))\n(a 2 A\n192.0.2.1)",
         "a.example.org. 1 MX 10 b.example.org.\na.example.org. 2 A 192.0.2.1\n"},
        {"strings with and without quotes",
         "a 1 TXT one \"two  three\" \"\" \"a;b(c)\" \"quote\\\"\" back\\\\slash\n",
         "a.example.org. 1 TXT \"one\" \"two  three\" \"\" \"a;b(c)\" \"quote\\\"\" "
         "\"back\\\\slash\"\n"},
        {"strings side by side", "a 1 TXT \"one\"\"two\"three\"four\"\n",
         "a.example.org. 1 TXT \"one\" \"two\" \"three\" \"four\"\n"},
        {"escapes in strings", "a 1 TXT \\065\\ b \"\\000\\255\\;\" c\\;d\n",
         "a.example.org. 1 TXT \"A b\" \"\\000\\255;\" \"c;d\"\n"},
        {"a tab in a string is a byte", "a 1 TXT \"x\ty\"\n", "a.example.org. 1 TXT \"x\\009y\"\n"},
        {"escapes in names", "a\\.b\\065\\;.c 1 NS \\(\n",
         "a\\.bA\\;.c.example.org. 1 NS \\(.example.org.\n"},
        {"lines that end in CR LF", "$TTL 5\r\na A 192.0.2.1\r\n A ( 192.0.2.2\r\n)\r\n\r\n",
         "a.example.org. 5 A 192.0.2.1\na.example.org. 5 A 192.0.2.2\n"},
        {"a byte order mark",
         "\xef\xbb\xbf"
         "a 1 A 192.0.2.1",
         "a.example.org. 1 A 192.0.2.1\n"},
        {"no newline at the end", "a 1 A 192.0.2.1", "a.example.org. 1 A 192.0.2.1\n"},
        {"a comment at the end", "a 1 A 192.0.2.1;x", "a.example.org. 1 A 192.0.2.1\n"},
        {"owners that look like something else",
         "IN 1 A 192.0.2.1\n60 2 A 192.0.2.2\nA 3 A 192.0.2.3\n\\$TTL 4 A 192.0.2.4\n",
         "IN.example.org. 1 A 192.0.2.1\n60.example.org. 2 A 192.0.2.2\n"
         "A.example.org. 3 A 192.0.2.3\n\\$TTL.example.org. 4 A 192.0.2.4\n"},
        {"wildcards, underscores and case", "*.W 1 A 192.0.2.1\n_x._Tcp 1 A 192.0.2.2\n",
         "*.W.example.org. 1 A 192.0.2.1\n_x._Tcp.example.org. 1 A 192.0.2.2\n"},
        {"types that are not known, by RFC 3597",
         "a 1 TYPE65280 \\# 3 0a 0B0c\na 1 CLASS1 TYPE1234 \\# 0\n",
         "a.example.org. 1 TYPE65280 \\# 3 0A0B0C\na.example.org. 1 TYPE1234 \\# 0\n"},
        {"types that are known, by RFC 3597",
         "a 1 A \\# 4 C0000201\na 1 TYPE15 \\# ( 3\n 0001 00 )\n",
         "a.example.org. 1 A 192.0.2.1\na.example.org. 1 MX 1 .\n"},
};

static void test_sound_text(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(sound); i++) {
		long errors = zone_read(sound[i].text, strlen(sound[i].text));

		if (errors || strcmp(seen.text, sound[i].want) != 0)
			fail_msg("%s:\n%s\nwanted:\n%s", sound[i].title, seen.text, sound[i].want);
	}
}

static const struct {
	const char *text, *want;
} broken[] = {
        // Directives.
        {"$DATE 1", "z:1:1: expected one of $ORIGIN, $TTL, $INCLUDE and $GENERATE, found "
                    "\"$DATE\""},
        {"$TTL", "z:1:5: expected a TTL such as 3600 or 1h30m, found the end of the record"},
        {"$TTL 1x", "z:1:6: expected a TTL such as 3600 or 1h30m, found \"1x\""},
        {"$TTL 1h30", "z:1:6: expected a TTL such as 3600 or 1h30m, found \"1h30\""},
        {"$TTL 2147483648",
         "z:1:6: expected a TTL of at most 2147483647 seconds, found \"2147483648\""},
        {"$TTL 1 2", "z:1:8: expected the end of the line, found \"2\""},
        {"$ORIGIN", "z:1:8: expected a domain name, found the end of the record"},
        {"$ORIGIN a..b",
         "z:1:9: expected a domain name, found \"a..b\": a label of the name is empty"},
        {"$ORIGIN \"a\"", "z:1:9: expected a domain name, found the string \"a\""},
        {"$ORIGIN a b", "z:1:11: expected the end of the line, found \"b\""},
        {"$INCLUDE", "z:1:9: expected the path of a file, found the end of the record"},
        {"$INCLUDE x", "z:1:10: expected no $INCLUDE in this text, found \"x\""},
        // Owner, TTL, class, type.
        {" 1 A 192.0.2.1", "z:1:2: expected the owner of the first record, found \"1\": the line "
                           "begins with a blank"},
        {".. 1 A 192.0.2.1",
         "z:1:1: expected a domain name, found \"..\": a label of the name is empty"},
        {"\"a\" 1 A 192.0.2.1", "z:1:1: expected a domain name, found the string \"a\""},
        {"a", "z:1:2: expected a TTL, a class or a type, found the end of the record"},
        {"a 1 B 192.0.2.1",
         "z:1:5: expected a TTL, a class or a type, found \"B\": write a type without "
         "a known mnemonic as TYPE65280"},
        {"a 1 2 A 192.0.2.1", "z:1:5: expected a type, found \"2\": the TTL is given twice"},
        {"a IN 1 IN A 192.0.2.1", "z:1:8: expected a type, found \"IN\": the class is given twice"},
        {"a 1 CH A 192.0.2.1", "z:1:5: expected class IN, found \"CH\": no other is served"},
        {"a CLASS3 A 192.0.2.1", "z:1:3: expected class IN, found \"CLASS3\": no other is served"},
        {"a 1h2 A 192.0.2.1", "z:1:3: expected a TTL such as 3600 or 1h30m, found \"1h2\""},
        {"a 5000w A 192.0.2.1",
         "z:1:3: expected a TTL of at most 2147483647 seconds, found \"5000w\""},
        {"a 99999w A 192.0.2.1", "z:1:3: expected a TTL such as 3600 or 1h30m, found \"99999w\""},
        {"a 1 TYPE255 \\# 0",
         "z:1:5: expected a type of data, found \"TYPE255\": this one exists in messages only"},
        {"a A 192.0.2.1", "z:1:1: no TTL is given: write one here or a $TTL line above"},
        // Characters.
        {"a 1 TXT \"x", "z:1:9: the quoted string is not closed on its line"},
        {"a 1 TXT \"x\ny\"", "z:1:9: the quoted string is not closed on its line\n"
                             "z:2:2: the quoted string is not closed on its line"},
        {"a 1 TXT x\\", "z:1:9: a backslash ends the line"},
        {"a 1 TXT ( x", "z:1:9: the parenthesis is not closed before the end of the file"},
        {"a 1 TXT x )", "z:1:11: this parenthesis was not opened"},
        {"a 1 TXT \001", "z:1:9: a control character: zone files are text, such bytes are "
                         "written as \\DDD"},
        {"\177",
         "z:1:1: a control character: zone files are text, such bytes are written as \\DDD"},
        // Data.
        {"a 1 A",
         "z:1:6: A: expected an IPv4 address such as 192.0.2.1, found the end of the record"},
        {"a 1 A\n",
         "z:1:6: A: expected an IPv4 address such as 192.0.2.1, found the end of the record"},
        {"a 1 A 192.0.2.256",
         "z:1:7: A: expected an IPv4 address such as 192.0.2.1, found \"192.0.2.256\""},
        {"a 1 A \"192.0.2.1\"",
         "z:1:7: A: expected an IPv4 address such as 192.0.2.1, found the string \"192.0.2.1\""},
        {"a 1 A 192.0.2.1 x", "z:1:17: A: expected the end of the record, found \"x\""},
        {"a 1 AAAA 2001:db8:::1",
         "z:1:10: AAAA: expected an IPv6 address such as 2001:db8::1, found \"2001:db8:::1\""},
        {"a 1 AAAA 0123456789012345678901234567890123456789012345678901234567890123456789",
         "z:1:10: AAAA: expected an IPv6 address such as 2001:db8::1, found "
         "\"0123456789012345678901234567890123456789\"..."},
        {"a 1 MX 65536 b", "z:1:8: MX: expected a number from 0 to 65535, found \"65536\""},
        {"a 1 MX -1 b", "z:1:8: MX: expected a number from 0 to 65535, found \"-1\""},
        {"a 1 MX 10", "z:1:10: MX: expected a domain name, found the end of the record"},
        {"a 1 SOA a b 4294967296 1 1 1 1",
         "z:1:13: SOA: expected a number from 0 to 4294967295, found \"4294967296\""},
        {"a 1 SOA a b 1 x 1 1 1",
         "z:1:15: SOA: expected a time such as 3600 or 1h30m, found \"x\""},
        {"a 1 NS b\\300",
         "z:1:8: NS: expected a domain name, found \"b\\300\": a backslash in a name "
         "is followed by one character or by three digits up to 255"},
        {"a 1 TXT", "z:1:8: TXT: expected a string, found the end of the record"},
        {"a 1 TXT x\\25y",
         "z:1:9: TXT: expected a string, found \"x\\25y\": a backslash is followed by "
         "one character or by three digits up to 255"},
        {"a 1 TXT \\# x", "z:1:12: TXT: expected the number of bytes after \\#, found \"x\""},
        {"a 1 HINFO x", "z:1:12: HINFO: expected a string, found the end of the record"},
        {"a 1 CAA 256 issue x", "z:1:9: CAA: expected a number from 0 to 255, found \"256\""},
        {"a 1 CAA 0 is-sue x",
         "z:1:11: CAA: expected a tag of letters and digits such as issue, found \"is-sue\""},
        {"a 1 CAA 0 issue", "z:1:16: CAA: expected a string, found the end of the record"},
        {"a 1 TYPE65280 x",
         "z:1:15: TYPE65280: expected \\# with a length and hexadecimal digits, found \"x\""},
        {"a 1 TYPE65280 \\#",
         "z:1:17: TYPE65280: expected the number of bytes after \\#, found the end of the record"},
        {"a 1 TYPE65280 \\# 2 0a", "z:1:18: TYPE65280: expected the number of bytes after \\#, "
                                   "found \"2\": another number of "
                                   "bytes follows"},
        {"a 1 TYPE65280 \\# 1 0a0",
         "z:1:20: TYPE65280: expected an even number of hexadecimal digits, found \"0a0\""},
        {"a 1 TYPE65280 \\# 1 0g",
         "z:1:20: TYPE65280: expected an even number of hexadecimal digits, found \"0g\""},
        {"a 1 A \\# 3 0a0b0c", "z:1:10: A: expected valid data of the type after \\#, found \"3\""},
};

static void test_broken_text_is_reported_at_its_place(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(broken); i++) {
		char want[512];
		long errors = zone_read(broken[i].text, strlen(broken[i].text));

		snprintf(want, sizeof(want), "%s\n", broken[i].want);
		if (strcmp(seen.text, want) != 0)
			fail_msg("%s\n%swanted:\n%s", broken[i].text, seen.text, want);
		assert_int_equal(errors, seen.reports);
		assert_int_equal(seen.records, 0);
	}
}

// After an error only its own record is missing.
static void test_reading_goes_on_behind_an_error(void **state)
{
	static const char text[] = "$TTL 60\n"
	                           "a MX ten b\n"
	                           "  A 192.0.2.1\n"
	                           "b..c A 192.0.2.2\n"
	                           "  A 192.0.2.3\n" // its owner is not known
	                           "  A 192.0.2.300\n"
	                           "d SOA x ( y z\n1 2 ; more\n 3 )\n"
	                           "e A\n"
	                           "f TXT \"open\n"
	                           "g A 192.0.2.4\n";

	assert_int_equal(zone_read(text, strlen(text)), 6);
	assert_string_equal(
	        seen.text,
	        "z:2:6: MX: expected a number from 0 to 65535, found \"ten\"\n"
	        "a.example.org. 60 A 192.0.2.1\n"
	        "z:4:1: expected a domain name, found \"b..c\": a label of the name is empty\n"
	        "z:6:5: A: expected an IPv4 address such as 192.0.2.1, found \"192.0.2.300\"\n"
	        "z:7:13: SOA: expected a number from 0 to 4294967295, found \"z\"\n"
	        "z:10:4: A: expected an IPv4 address such as 192.0.2.1, found the end of the "
	        "record\n"
	        "z:11:7: the quoted string is not closed on its line\n"
	        "g.example.org. 60 A 192.0.2.4\n");
}

static void test_a_flood_of_errors_ends_the_reading(void **state)
{
	static char text[2 * (ZONEFILE_ERRORS_MAX + 500)];

	for (size_t i = 0; i < sizeof(text); i += 2)
		memcpy(text + i, "a\n", 2);
	memset(&seen, 0, sizeof(seen));
	assert_int_equal(
	        zonefile_read_text("z", text, sizeof(text), origin, on_record, on_report, NULL),
	        ZONEFILE_ERRORS_MAX);
	assert_int_equal(seen.reports, ZONEFILE_ERRORS_MAX + 1);
}

static void test_strings_and_data_have_their_limits(void **state)
{
	static char text[300 * 1024];
	size_t len = 0;

	len += (size_t)sprintf(text, "a 1 TXT %0255d\n", 0);
	assert_int_equal(zone_read(text, len), 0);
	assert_int_equal(seen.records, 1);
	len = (size_t)sprintf(text, "a 1 TXT %0256d\n", 0);
	assert_int_equal(zone_read(text, len), 1);
	assert_non_null(strstr(seen.text, "z:1:9: TXT: expected a string of at most 255 bytes"));
	// 255 strings of 256 bytes and one of 255 are 65535 bytes; no more fits.
	len = (size_t)sprintf(text, "a 1 TXT");
	for (int i = 0; i < 255; i++)
		len += (size_t)sprintf(text + len, " %0255d", i);
	len += (size_t)sprintf(text + len, " %0254d", 0);
	memset(&seen, 0, sizeof(seen));
	assert_int_equal(zonefile_read_text("z", text, len, origin, on_record, on_report, NULL), 0);
	assert_int_equal(seen.records, 1);
	len += (size_t)sprintf(text + len, " \"\"");
	assert_int_equal(zone_read(text, len), 1);
	assert_non_null(strstr(seen.text, "TXT: expected at most 65535 bytes of data"));
}

// A folder of its own for files that include each other.
static char folder[] = "/tmp/zonefile_test.XXXXXX";

static int folder_open(void **state)
{
	strcpy(folder + strlen(folder) - 6, "XXXXXX");
	assert_non_null(mkdtemp(folder));
	return harness_setup(state);
}

static const char *path_of(const char *file)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, file);
	return path;
}

static void file_write(const char *file, const char *text)
{
	FILE *f = fopen(path_of(file), "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static int folder_close(void **state)
{
	static const char *const files[] = {"main", "sub/deep", "sub/more", "self", "fifo"};

	for (size_t i = 0; i < ARRAY_LEN(files); i++)
		unlink(path_of(files[i]));
	for (int i = 0; i < 20; i++) {
		char file[8];

		snprintf(file, sizeof(file), "%d", i);
		unlink(path_of(file));
	}
	rmdir(path_of("sub"));
	rmdir(folder);
	return harness_teardown(state);
}

static long file_read(const char *file)
{
	memset(&seen, 0, sizeof(seen));
	return zonefile_read(path_of(file), origin, on_record, on_report, NULL, &seen);
}

// The owner goes in and is the includer's again behind it, whatever the included file states; the
// origin likewise; a TTL stays.
static void test_include_and_owners(void **state)
{
	mkdir(path_of("sub"), 0700);
	file_write("main", "$TTL 5\n@ A 192.0.2.1\n$INCLUDE sub/deep\n A 192.0.2.2\n"
	                   "b A 192.0.2.3\n$INCLUDE sub/more o\n A 192.0.2.4\n");
	file_write("sub/deep", " NS a\n$INCLUDE more\n NS b\n");
	file_write("sub/more", "\n; a comment\n\tNS c\nd NS e\n$TTL 7\n");
	assert_int_equal(file_read("main"), 0);
	assert_string_equal(seen.text, "example.org. 5 A 192.0.2.1\n"
	                               "example.org. 5 NS a.example.org.\n"
	                               "example.org. 5 NS c.example.org.\n"
	                               "d.example.org. 5 NS e.example.org.\n"
	                               "example.org. 7 NS b.example.org.\n"
	                               "example.org. 7 A 192.0.2.2\n"
	                               "b.example.org. 7 A 192.0.2.3\n"
	                               "b.example.org. 7 NS c.o.example.org.\n"
	                               "d.o.example.org. 7 NS e.o.example.org.\n"
	                               "b.example.org. 7 A 192.0.2.4\n");
	// Where none was stated there is none.
	file_write("main", "$TTL 5\n$INCLUDE sub/deep\n");
	assert_int_equal(file_read("main"), 3);
	assert_non_null(strstr(seen.text, "deep:1:2: expected the owner of the first record"));
}

// A file that is no text is called what it is.
static void test_files_that_are_no_text(void **state)
{
	static const struct {
		const char *bytes, *why;
		size_t len;
	} cases[] = {
	        {"\xff\xfe@\0 \0", "it is UTF-16 text", 6},
	        {"\xfe\xff\0@", "it is UTF-16 text", 4},
	        {"@\0 \0S\0", "it is UTF-16 text", 6},
	        {"\0@\0 \0S", "it is UTF-16 text", 6},
	        {"\x1f\x8b\x08", "it is compressed by gzip; decompress it", 3},
	        {"\0\0\0\2\0\0\0\1", "it is in the raw format of BIND", 8},
	        {"wadizone\3", "it is an image of wadi-dns compile; give it as image", 9},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		FILE *out = fopen(path_of("main"), "w");

		assert_non_null(out);
		fwrite(cases[i].bytes, 1, cases[i].len, out);
		fclose(out);
		assert_true(file_read("main") < 0);
		assert_non_null(strstr(seen.text, cases[i].why));
	}
	file_write("main", "a 1 A\302\240192.0.2.1\n");
	assert_int_equal(file_read("main"), 1);
	assert_non_null(strstr(seen.text, "\\194\\160"));
}

// What a zone file may take, each with one more than that.
static void test_limits(void **state)
{
	static const struct {
		const char *text, *key; // NULL: within the limits
	} cases[] = {
	        {"$TTL 1\na A 192.0.2.1\nb A 192.0.2.1\n A 192.0.2.2\n", NULL},
	        {"$TTL 1\na A 192.0.2.1\na A 192.0.2.2\na A 192.0.2.3\na A 192.0.2.4\n",
	         "main:5:1: more records than dns.zone_limits.records allows"},
	        {"$TTL 1\n$GENERATE 1-2 a$ A 192.0.2.1\n", NULL},
	        {"$TTL 1\n$GENERATE 1-2 a$ A 192.0.2.1\n$GENERATE 1-1 b$ A 192.0.2.1\n",
	         "main:3:11: more records of $GENERATE than dns.zone_limits.generated allows"},
	        {"$INCLUDE sub/deep\n$INCLUDE sub/deep\n", NULL},
	        {"$INCLUDE sub/deep\n$INCLUDE sub/deep\n$INCLUDE sub/deep\n",
	         "main:3:10: more $INCLUDE than dns.zone_limits.includes allows"},
	        {"$INCLUDE sub/more\n", "main:1:10: more bytes of text than dns.zone_limits.bytes"},
	        {"$INCLUDE ../passwd\n$INCLUDE /etc/passwd\n",
	         "main:2:10: expected a file in the folder of the zone file, found "
	         "\"/etc/passwd\": "
	         "dns.zone_limits.include_outside allows others"},
	        {"$INCLUDE link\n", "main:1:10: expected a file in the folder of the zone file"},
	};
	static const struct zone_limits limits = {3, 150, 2, 2, false};
	static char more[200];
	struct zonefile_sink sink = {on_record, on_report, NULL, &seen, NULL, &limits};

	mkdir(path_of("sub"), 0700);
	memset(more, ';', sizeof(more) - 1);
	file_write("sub/deep", "; nothing\n");
	file_write("sub/more", more);
	assert_int_equal(symlink("/etc/passwd", path_of("link")), 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct zonefile *r;
		long err;

		memset(&seen, 0, sizeof(seen));
		file_write("main", cases[i].text);
		r = zonefile_open(path_of("main"), origin, &sink, &err);
		assert_non_null(r);
		while (zonefile_next(r, &sink))
			;
		assert_int_equal(zonefile_close(r) != 0, cases[i].key != NULL);
		if (cases[i].key && !strstr(seen.text, cases[i].key))
			fail_msg("%s: got %s", cases[i].key, seen.text);
		assert_null(strstr(cases[i].key ? "" : seen.text, "zone_limits"));
	}
	unlink(path_of("link"));
	file_write("main", more);
	assert_null(zonefile_open(path_of("main"), origin, &sink, &(long){0}));
}

static void test_include(void **state)
{
	char include[512];

	mkdir(path_of("sub"), 0700);
	snprintf(include, sizeof(include), "x A 192.0.2.4\n$TTL 7\n$ORIGIN net.\n$INCLUDE %s\n",
	         path_of("sub/more"));
	file_write("main", "$TTL 5\na A 192.0.2.1\n"
	                   "$INCLUDE sub/deep\n A 192.0.2.2\n$INCLUDE \"sub/more\" o\n"
	                   "b A 192.0.2.3 x\n");
	file_write("sub/deep", include);
	file_write("sub/more", "y A 192.0.2.5\n B");
	assert_int_equal(file_read("main"), 3);
	assert_string_equal(
	        seen.text, "a.example.org. 5 A 192.0.2.1\n"
	                   "x.example.org. 5 A 192.0.2.4\n"
	                   "y.net. 7 A 192.0.2.5\n"
	                   "more:2:2: expected a TTL, a class or a type, found \"B\": write a type "
	                   "without a known mnemonic as TYPE65280\n"
	                   "a.example.org. 7 A 192.0.2.2\n"
	                   "y.o.example.org. 7 A 192.0.2.5\n"
	                   "more:2:2: expected a TTL, a class or a type, found \"B\": write a type "
	                   "without a known mnemonic as TYPE65280\n"
	                   "main:6:15: A: expected the end of the record, found \"x\"\n");
}

static void test_includes_that_cannot_be(void **state)
{
	file_write("main", "$TTL 5\n$INCLUDE nowhere\n$INCLUDE . x\n$INCLUDE \"\"\n"
	                   "$INCLUDE self a b\n$INCLUDE a\\000b\n$INCLUDE self\na A 192.0.2.1\n"
	                   "$INCLUDE fifo\n");
	file_write("self", "a A 192.0.2.2\n$INCLUDE self\n$INCLUDE ./main\n A 192.0.2.3\n");
	assert_int_equal(mkfifo(path_of("fifo"), 0600), 0);
	assert_int_equal(file_read("main"), 8);
	assert_string_equal(
	        seen.text,
	        "main:2:10: expected a file that can be read, found \"nowhere\": No such file or "
	        "directory\n"
	        "main:3:10: expected a file that can be read, found \".\": it is not a regular "
	        "file\n"
	        "main:4:10: expected the path of a file, found the string \"\"\n"
	        "main:5:17: expected the end of the line, found \"b\"\n"
	        "main:6:10: expected the path of a file, found \"a\\000b\"\n"
	        "a.example.org. 5 A 192.0.2.2\n"
	        "self:2:10: expected a file that is not being read, found \"self\": it includes "
	        "itself\n"
	        "self:3:10: expected a file that is not being read, found \"./main\": it includes "
	        "itself\n"
	        "a.example.org. 5 A 192.0.2.3\n"
	        "a.example.org. 5 A 192.0.2.1\n"
	        "main:9:10: expected a file that can be read, found \"fifo\": it is not a regular "
	        "file\n");
}

static void test_includes_have_a_depth(void **state)
{
	for (int i = 0; i < 20; i++) {
		char file[8], text[64];

		snprintf(file, sizeof(file), "%d", i);
		snprintf(text, sizeof(text), "a%d 1 A 192.0.2.1\n$INCLUDE %d\n", i, i + 1);
		file_write(file, text);
	}
	assert_int_equal(file_read("0"), 1);
	assert_int_equal(seen.records, ZONEFILE_DEPTH_MAX);
	assert_non_null(strstr(seen.text, "15:2:10: expected $INCLUDE at most 16 files deep, found "
	                                  "\"16\"\n"));
}

static void test_a_file_that_cannot_be_read(void **state)
{
	assert_int_equal(file_read("nowhere"), -ENOENT);
	assert_string_equal(seen.text, "nowhere:0:0: the zone file cannot be read: No such file or "
	                               "directory\n");
	mkdir(path_of("sub"), 0700);
	assert_int_equal(file_read("sub"), -EISDIR);
	assert_string_equal(seen.text,
	                    "sub:0:0: the zone file cannot be read: it is not a regular file\n");
	file_write("main", "");
	assert_int_equal(file_read("main"), 0);
	assert_string_equal(seen.text, "");
}

#define FILE_TEST(fn) cmocka_unit_test_setup_teardown(fn, folder_open, folder_close)

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        POOL_TEST(test_sound_text),
	        POOL_TEST(test_broken_text_is_reported_at_its_place),
	        POOL_TEST(test_reading_goes_on_behind_an_error),
	        POOL_TEST(test_a_flood_of_errors_ends_the_reading),
	        POOL_TEST(test_strings_and_data_have_their_limits),
	        FILE_TEST(test_files_that_are_no_text),
	        FILE_TEST(test_limits),
	        FILE_TEST(test_include),
	        FILE_TEST(test_include_and_owners),
	        FILE_TEST(test_includes_that_cannot_be),
	        FILE_TEST(test_includes_have_a_depth),
	        FILE_TEST(test_a_file_that_cannot_be_read),
	};

	return cmocka_run_group_tests_name("zonefile", tests, NULL, NULL);
}

// zonefile_generate: the records of $GENERATE, which are those of named-checkzone 9.18, and the
// reports about malformed lines.
#include "harness.h"

#include "proto/dns/load/zonefile.h"

#include <stdio.h>

static const uint8_t origin[] = "\7example\3org";

// The records and reports, a line each.
static struct {
	char text[16384];
	size_t len;
	long records;
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
	dns_rdata_text(record->type, record->rdata, record->rdata_len, rdata, sizeof(rdata));
	snprintf(line, sizeof(line), "%u: %s %u %s %s", record->line,
	         dns_name_text(record->owner, owner), record->ttl,
	         dns_type_text(record->type, type), rdata);
	if (ctx)
		seen_add(line);
}

static void on_report(void *ctx, const struct zone_report *report)
{
	char line[512];

	snprintf(line, sizeof(line), "%u:%u: %s", report->line, report->column, report->text);
	seen_add(line);
}

static long zone_read(const char *text, void *ctx)
{
	memset(&seen, 0, sizeof(seen));
	return zonefile_read_text("z", text, strlen(text), origin, on_record, on_report, ctx);
}

static const struct {
	const char *text, *want;
} sound[] = {
        {"1-3 a$ 60 A 192.0.2.$", "1: a1.example.org. 60 A 192.0.2.1\n"
                                  "1: a2.example.org. 60 A 192.0.2.2\n"
                                  "1: a3.example.org. 60 A 192.0.2.3\n"},
        {"1-10/4 a$ 5 IN A 192.0.2.$", "1: a1.example.org. 5 A 192.0.2.1\n"
                                       "1: a5.example.org. 5 A 192.0.2.5\n"
                                       "1: a9.example.org. 5 A 192.0.2.9\n"},
        {"01-02/3 a$ IN 1h A 192.0.2.$ ; as one does", "1: a1.example.org. 3600 A 192.0.2.1\n"},
        {"0-0 @ 5 TYPE1 192.0.2.$", "1: example.org. 5 A 192.0.2.0\n"},
        {"2147483647-2147483647 $.net. 5 NS ns$", "1: 2147483647.net. 5 NS "
                                                  "ns2147483647.example.org.\n"},
        {"7-7 ( $ 5\n CNAME $.0-9 )", "1: 7.example.org. 5 CNAME 7.0-9.example.org.\n"},
        // The data is one word or quoted.
        {"1-1 a$ 5 MX \"10 m$\"", "1: a1.example.org. 5 MX 10 m1.example.org.\n"},
        {"1-1 a$ 5 TXT \"\\\"foo $ bar\\\"\"", "1: a1.example.org. 5 TXT \"foo 1 bar\"\n"},
        {"1-1 a$ 5 TXT \"foo $ bar\"", "1: a1.example.org. 5 TXT \"foo\" \"1\" \"bar\"\n"},
        {"1-1 a$ 5 A \"192.0.2.$ ; c\"", "1: a1.example.org. 5 A 192.0.2.1\n"},
        {"10-10 a$ 5 TYPE65280 \"\\# 1 $\"", "1: a10.example.org. 5 TYPE65280 \\# 1 10\n"},
        // Escaped dollars.
        {"1-1 a$$x 5 NS a\\$x", "1: a\\$x.example.org. 5 NS a\\$x.example.org.\n"},
        {"1-1 a 5 TXT \\$$$$", "1: a.example.org. 5 TXT \"$$1\"\n"},
        {"1-1 a 5 TXT \"\\\\$ \\\\\\\\ $\"",
         "1: a.example.org. 5 TXT \"\\\\1\" \"\\\\\\\\\" \"1\"\n"},
        {"1-1 a\\${0} 5 TXT $\\{0}", "1: a\\${0}.example.org. 5 TXT \"1{0}\"\n"},
        // Offset, width, base.
        {"9-9 ${1} 5 TXT ${+10}-${-10}", "1: 10.example.org. 5 TXT \"19--1\"\n"},
        {"1-1 ${0,3} 5 TXT ${-2,3,d}", "1: 001.example.org. 5 TXT \"-01\"\n"},
        {"10-10 ${0,0,x} 5 TXT ${0,2,X}${0,4,o}", "1: a.example.org. 5 TXT \"0A0012\"\n"},
        {"1-1 a 5 TXT ${-2,0,x}.${-2,12,X}.${-2,0,o}",
         "1: a.example.org. 5 TXT \"ffffffff.0000FFFFFFFF.37777777777\"\n"},
        {"254-257/3 ${0,0,n} 5 A 192.0.2.1", "1: e.f.example.org. 5 A 192.0.2.1\n"
                                             "1: 1.0.1.example.org. 5 A 192.0.2.1\n"},
        {"254-257/3 ${0,3,N} 5 A 192.0.2.1", "1: E.F.example.org. 5 A 192.0.2.1\n"
                                             "1: 1.0.1.example.org. 5 A 192.0.2.1\n"},
        // The dot after the last nibble makes the name absolute.
        {"254-257/3 ${0,4,n} 5 A 192.0.2.1", "1: e.f. 5 A 192.0.2.1\n"
                                             "1: 1.0.1.example.org. 5 A 192.0.2.1\n"},
        {"1-1 a 5 TXT ${-2,0,n}", "1: a.example.org. 5 TXT \"f.f.f.f.f.f.f.f\"\n"},
        {"1-1 a 5 TXT ${0,1,d}}", "1: a.example.org. 5 TXT \"1}\"\n"},
        {"1-1 a 5 TXT ${0,127,d}",
         "1: a.example.org. 5 TXT \"00000000000000000000000000000000000000000000000000000000000000"
         "00000000000000000000000000000000000000000000000000000000000000001\"\n"},
};

static void test_sound_lines(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(sound); i++) {
		char text[256];

		snprintf(text, sizeof(text), "$GENERATE %s\n", sound[i].text);
		if (zone_read(text, &seen) || strcmp(seen.text, sound[i].want) != 0)
			fail_msg("%s\n%swanted:\n%s", text, seen.text, sound[i].want);
	}
}

// It uses the TTL that another record would, its own TTL is used for later records, and it does not
// set the owner for lines that begin with a blank.
static void test_among_other_records(void **state)
{
	assert_int_equal(zone_read("$TTL 9\nx 7 A 192.0.2.1\n$generate 1-2 a$ A 192.0.2.$\n"
	                           " A 192.0.2.9\n$ORIGIN net.\n$GENERATE 3-3 a$ 8 NS b$\n",
	                           &seen),
	                 0);
	assert_string_equal(seen.text, "2: x.example.org. 7 A 192.0.2.1\n"
	                               "3: a1.example.org. 9 A 192.0.2.1\n"
	                               "3: a2.example.org. 9 A 192.0.2.2\n"
	                               "4: x.example.org. 9 A 192.0.2.9\n"
	                               "6: a3.net. 8 NS b3.net.\n");
	assert_int_equal(zone_read("$GENERATE 1-2 a$ 4 A 192.0.2.$\nb A 192.0.2.3\n", &seen), 0);
	assert_string_equal(seen.text, "1: a1.example.org. 4 A 192.0.2.1\n"
	                               "1: a2.example.org. 4 A 192.0.2.2\n"
	                               "2: b.example.org. 4 A 192.0.2.3\n");
}

#define RANGE "expected a range such as 1-254 or 0-255/5, found "
#define UP_TO ": numbers go up to 2147483647\n"
#define FORM                                                                                       \
	": $ may be followed by {offset}, {offset,width} or {offset,width,base}, with a "          \
	"width of at most 127 and one of the bases d o x X n N\n"

static const struct {
	const char *text, *want;
} broken[] = {
        {"", "1:11: expected a range such as 1-254 or 0-255/5, found the end of the record\n"},
        {"1 a$ A 192.0.2.$", "1:11: " RANGE "\"1\"" UP_TO},
        {"2-1 a$ A 192.0.2.$", "1:11: " RANGE "\"2-1\"" UP_TO},
        {"1- a$ A 192.0.2.$", "1:11: " RANGE "\"1-\"" UP_TO},
        {"-1-2 a$ A 192.0.2.$", "1:11: " RANGE "\"-1-2\"" UP_TO},
        {"1-2x a$ A 192.0.2.$", "1:11: " RANGE "\"1-2x\"" UP_TO},
        {"1-2/ a$ A 192.0.2.$", "1:11: " RANGE "\"1-2/\"" UP_TO},
        {"1-2/0 a$ A 192.0.2.$", "1:11: " RANGE "\"1-2/0\"" UP_TO},
        {"0-2147483648 a$ A 192.0.2.$", "1:11: " RANGE "\"0-2147483648\"" UP_TO},
        {"\"1-2\" a$ A 192.0.2.$", "1:11: " RANGE "the string \"1-2\"" UP_TO},
        {"0-1048576 a$ A 192.0.2.1",
         "1:11: expected a range of at most 1048576 numbers, found \"0-1048576\"\n"},
        {"1-2", "1:14: expected a template of an owner such as host-$, found the end of the "
                "record\n"},
        {"1-2 \"a$\" 5 A 192.0.2.1",
         "1:15: expected a template of an owner such as host-$, found the string \"a$\"\n"},
        {"1-2 a$ 5 B 192.0.2.1",
         "1:20: expected a TTL, a class or a type, found \"B\": write a type without a "
         "known mnemonic as TYPE65280\n"},
        {"1-2 a$ CH A 192.0.2.1", "1:18: expected class IN, found \"CH\": no other is served\n"},
        {"1-2 a$ 5 ANY 192.0.2.1",
         "1:20: expected a type of data, found \"ANY\": this one exists in messages only\n"},
        {"1-2 a$ 5 A", "1:21: expected a template of data such as 192.0.2.$, found the end of "
                       "the record\n"},
        {"1-2 a$ 5 MX 10 m$", "1:26: expected the end of the line, found \"m$\"\n"},
        {"1-2 a$ A 192.0.2.1", "1:11: no TTL is given: write one here or a $TTL line above\n"},
        // The expanded templates.
        {"1-2 a..$ 5 A 192.0.2.1", "1:15: expected a domain name, found \"a..1\": a label of the "
                                   "name is empty (where $ is 1)\n"},
        {"254-256 a$ 5 A 192.0.2.$",
         "1: a254.example.org. 5 A 192.0.2.254\n1: a255.example.org. 5 A 192.0.2.255\n"
         "1:26: A: expected an IPv4 address such as 192.0.2.1, found \"192.0.2.256\" (where $ is "
         "256)\n"},
        {"1-2 a$ 5 A \"192.0.2.$ x\"",
         "1:22: A: expected the end of the record, found \"x\" (where $ is 1)\n"},
        {"1-2 a$ 5 TXT \"(a\"", "1:24: the parenthesis is not closed before the end of the file "
                                "(where $ is 1)\n"},
        {"1-2 a${x} 5 A 192.0.2.1", "1:15: expected a template, found \"a${x}\"" FORM},
        {"1-2 a${} 5 A 192.0.2.1", "1:15: expected a template, found \"a${}\"" FORM},
        {"1-2 a${0 5 A 192.0.2.1", "1:15: expected a template, found \"a${0\"" FORM},
        {"1-2 a${0,} 5 A 192.0.2.1", "1:15: expected a template, found \"a${0,}\"" FORM},
        {"1-2 a${0,-3} 5 A 192.0.2.1", "1:15: expected a template, found \"a${0,-3}\"" FORM},
        {"1-2 a${0,128} 5 A 192.0.2.1", "1:15: expected a template, found \"a${0,128}\"" FORM},
        {"1-2 a${0,3,} 5 A 192.0.2.1", "1:15: expected a template, found \"a${0,3,}\"" FORM},
        {"1-2 a${0,3,y} 5 A 192.0.2.1", "1:15: expected a template, found \"a${0,3,y}\"" FORM},
        {"1-2 a${0,3,dx} 5 A 192.0.2.1", "1:15: expected a template, found \"a${0,3,dx}\"" FORM},
        {"1-2 a${2147483648} 5 A 192.0.2.1",
         "1:15: expected a template, found \"a${2147483648}\"" FORM},
        {"1-2 a 5 TXT ${2147483647}", "1:23: expected a template, found \"${2147483647}\": the "
                                      "number with its offset exceeds 32 bits\n"},
};

static void test_broken_lines(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(broken); i++) {
		char text[256];

		snprintf(text, sizeof(text), "$GENERATE %s", broken[i].text);
		if (zone_read(text, &seen) != 1 || strcmp(seen.text, broken[i].want) != 0)
			fail_msg("%s\n%swanted:\n%s", text, seen.text, broken[i].want);
	}
}

static void test_the_largest_range(void **state)
{
	assert_int_equal(zone_read("$GENERATE 0-2147483647/2048 a$ 5 A 192.0.2.1\n", NULL), 0);
	assert_int_equal(seen.records, ZONEFILE_GENERATE_MAX);
}

static void test_a_template_has_its_limit(void **state)
{
	static char text[80000];
	size_t len = (size_t)sprintf(text, "$GENERATE 1-1 a 5 TXT \"");

	while (len < 70000)
		len += (size_t)sprintf(text + len, "${0,100,d} ");
	sprintf(text + len, "\"");
	assert_int_equal(zone_read(text, &seen), 1);
	assert_non_null(strstr(seen.text, "1:23: expected a template, found the string "));
	assert_non_null(strstr(seen.text, "...: its text is too long\n"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        POOL_TEST(test_sound_lines),
	        POOL_TEST(test_among_other_records),
	        POOL_TEST(test_broken_lines),
	        POOL_TEST(test_the_largest_range),
	        POOL_TEST(test_a_template_has_its_limit),
	};

	return cmocka_run_group_tests_name("zonefile_generate", tests, NULL, NULL);
}

// manual: --help and the man page of a small program.
#include "harness.h"

#include "core/host/manual.h"

#include <stdlib.h>

static const char *const synopsis[] = {
        "-c FILE", "--help",
        "serve [-c FILE] [--set KEY=VALUE]... [--background] [--replace] [--strange]", NULL};
static const struct cmdline_option options[] = {
        {"config", 'c', CMDLINE_TEXT, 0, "FILE", .help = "Reads it."},
        {"help", 'h', CMDLINE_FLAG, 0, .help = "Tells."},
        {0},
};
static const struct cmdline_option more[] = {
        {"strict", 0, CMDLINE_FLAG, 0, .help = "Is strict."},
        {0},
};
static const struct manual_item files[] = {{"/etc/x", "Is read."}, {0}};
static const struct manual_item examples[] = {
        {"wadi-x serve -c /etc/wadi/one-with-a-long-name.json --set one=2 --replace --strange",
         "Shows how."},
        {0}};
static const struct manual_item signals[] = {{"SIGTERM", "Ends it."}, {0}};
static const struct manual_item control[] = {{"halt WHEN", "Stops it."}, {0}};
static const struct manual manual = {
        .name = "wadi-x",
        .summary = "a thing",
        .synopsis = synopsis,
        .text = "Does it.\n.And more-or-less well.",
        .options = (const struct manual_options[]){{"Options", options},
                                                   {"Options of check", more},
                                                   {0}},
        .control = control,
        .examples = examples,
        .files = files,
        .signals = signals,
        .see_also = "wadi-ctl(8)",
};

static char *printed(void (*print)(const struct manual *, FILE *))
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	print(&manual, out);
	fclose(out);
	return text;
}

static void test_help(void **state)
{
	char *text = printed(manual_help);

	assert_string_equal(
	        text,
	        "wadi-x: a thing\n"
	        "\n"
	        "Usage:\n"
	        "  wadi-x -c FILE\n"
	        "  wadi-x --help\n"
	        "  wadi-x serve [-c FILE] [--set KEY=VALUE]... [--background] [--replace]\n"
	        "          [--strange]\n"
	        "\n"
	        "Does it.\n"
	        ".And more-or-less well.\n"
	        "\n"
	        "Options:\n"
	        "  -c, --config FILE\n"
	        "      Reads it.\n"
	        "  -h, --help\n"
	        "      Tells.\n"
	        "\n"
	        "Options of check:\n"
	        "  --strict\n"
	        "      Is strict.\n"
	        "\n"
	        "While it runs, by wadi-ctl SOCKET:\n"
	        "  halt WHEN\n"
	        "      Stops it.\n"
	        "\n"
	        "Examples:\n"
	        "  wadi-x serve -c /etc/wadi/one-with-a-long-name.json --set one=2 --replace \\\n"
	        "          --strange\n"
	        "      Shows how.\n"
	        "\n"
	        "Files:\n"
	        "  /etc/x\n"
	        "      Is read.\n"
	        "\n"
	        "Exit status: 0 done, 1 failed, 2 wrong usage.\n");
	free(text);
}

// No line of text may be taken for a request of roff, and a minus stays one.
static void test_man_page(void **state)
{
	static const char *const parts[] = {
	        ".TH WADI-X 8 \"\" \"wadi " WADI_VERSION "\"\n",
	        ".SH NAME\nwadi\\-x \\- a thing\n",
	        "\\fBwadi\\-x\\fR \\-c FILE\n",
	        "Does it.\n.PP\n\\&.And more\\-or\\-less well.\n",
	        ".SH OPTIONS\n.TP\n\\fB\\-c, \\-\\-config FILE\\fR\nReads it.\n",
	        ".SS Options of check\n.TP\n\\fB\\-\\-strict\\fR\nIs strict.\n",
	        ".SH CONTROL\n.TP\n\\fBhalt WHEN\\fR\nStops it.\n",
	        ".SH FILES\n.TP\n\\fB/etc/x\\fR\nIs read.\n",
	        ".SH SIGNALS\n.TP\n\\fBSIGTERM\\fR\nEnds it.\n",
	        ".SH EXIT STATUS\n",
	        ".SH SEE ALSO\nwadi\\-ctl(8)\n",
	};
	char *text = printed(manual_man), *at = text;

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		at = strstr(at, parts[i]);
		if (!at)
			fail_msg("not there: %s", parts[i]);
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_help),
	        cmocka_unit_test(test_man_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

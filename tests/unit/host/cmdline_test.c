// cmdline: the GNU forms, options between arguments, and what is refused, each with its
// sentence.
#include "harness.h"

#include "core/host/cmdline.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct values {
	bool strict, list;
	const char *config;
	struct cmdline_list sets;
	struct cmdline_number size;
};

#define AT(member) offsetof(struct values, member)

static const struct cmdline_option first[] = {
        {"config", 'c', CMDLINE_TEXT, AT(config), "FILE", .help = "A file."},
        {"set", 0, CMDLINE_LIST, AT(sets), "KEY=VALUE", .help = "A key."},
        {0},
};
static const struct cmdline_option second[] = {
        {"strict", 's', CMDLINE_FLAG, AT(strict), .help = "Is strict."},
        {"list", 0, CMDLINE_FLAG, AT(list), .help = "Lists."},
        {"size", 0, CMDLINE_NUMBER, AT(size), "N", 5, 10, "A size."},
        {0},
};

static struct values values;
static struct why why;

// "a b" as a command line; the arguments that are left, joined by "|".
static const char *parse(const char *text)
{
	static char words[512], left[256];
	const struct cmdline_part parts[] = {{first, &values}, {second, &values}};
	char *argv[32] = {(char *)(uintptr_t) "x"}, **args, *save;
	size_t at = 0;
	int argc = 1, len;

	values = (struct values){.strict = false};
	snprintf(words, sizeof(words), "%s", text);
	for (char *word = strtok_r(words, " ", &save); word; word = strtok_r(NULL, " ", &save))
		argv[argc++] = word;
	len = cmdline_parse(parts, 2, argc, argv, &args, &why);
	if (len < 0)
		return why.text;
	left[0] = '\0';
	for (int i = 0; i < len; i++)
		at += (size_t)snprintf(left + at, sizeof(left) - at, "%s|", args[i]);
	return left;
}

static void test_each_form_gives_the_same(void **state)
{
	static const char *const forms[] = {
	        "a -c f b --set k=v -s --size 7",       "-cf --set=k=v --strict --size=7 a b",
	        "--config f a --size=7 --set k=v b -s", "--conf=f -s --set k=v --siz 7 -- a b",
	        "-scf a b --set k=v --size 9 --size 7",
	};

	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		assert_string_equal(parse(forms[i]), "a|b|");
		assert_string_equal(values.config, "f");
		assert_int_equal(values.sets.len, 1);
		assert_string_equal(values.sets.items[0], "k=v");
		assert_true(values.strict && !values.list);
		assert_true(values.size.given && values.size.value == 7);
	}
	assert_string_equal(parse("--set a=1 -c x --set b=2 -c y"), "");
	assert_int_equal(values.sets.len, 2);
	assert_string_equal(values.sets.items[1], "b=2");
	assert_string_equal(values.config, "y");
	assert_string_equal(parse("a -- -c --set"), "a|-c|--set|");
	assert_null(values.config);
	assert_false(values.size.given);
}

static void test_what_is_refused(void **state)
{
	static const struct {
		const char *line, *sentence;
	} cases[] = {
	        {"--stritc", "there is no option --stritc; did you mean --strict?"},
	        {"a --lost=5 b", "there is no option --lost; did you mean --list?"},
	        {"--frobnicate", "there is no option --frobnicate"},
	        {"-x", "there is no option -x"},
	        {"-sx", "there is no option -x"},
	        {"--list=yes", "--list takes no value"},
	        {"-c", "a value is missing after -c"},
	        {"a --set", "a value is missing after --set"},
	        {"--size 4", "--size takes a number from 5 to 10, not 4"},
	        {"--size 11", "--size takes a number from 5 to 10, not 11"},
	        {"--size 7x", "--size takes a number from 5 to 10, not 7x"},
	        {"--size -7", "--size takes a number from 5 to 10, not -7"},
	        {"--size 99999999999999999999999",
	         "--size takes a number from 5 to 10, not 99999999999999999999999"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(parse(cases[i].line), cases[i].sentence);
}

static void test_a_list_has_an_end(void **state)
{
	const struct cmdline_part part = {first, &values};
	char *argv[2 * CMDLINE_LIST_MAX + 4] = {(char *)(uintptr_t) "x"}, **args;
	int argc = 1;

	values = (struct values){.strict = false};
	for (int i = 0; i <= CMDLINE_LIST_MAX; i++) {
		argv[argc++] = (char *)(uintptr_t) "--set";
		argv[argc++] = (char *)(uintptr_t) "k=v";
	}
	assert_int_equal(cmdline_parse(&part, 1, argc, argv, &args, &why), -EINVAL);
	assert_string_equal(why.text, "--set is given more than 256 times");
	assert_int_equal(values.sets.len, CMDLINE_LIST_MAX);
}

static void test_terms(void **state)
{
	char text[64];

	cmdline_term(&first[0], text, sizeof(text));
	assert_string_equal(text, "-c, --config FILE");
	cmdline_term(&second[1], text, sizeof(text));
	assert_string_equal(text, "--list");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_each_form_gives_the_same),
	        cmocka_unit_test(test_what_is_refused),
	        cmocka_unit_test(test_a_list_has_an_end),
	        cmocka_unit_test(test_terms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

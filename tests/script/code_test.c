// code: what assertions of scripts are worth, and what of Python is refused.
#include "harness.h"

#include "code.h"

#include <stdio.h>

static struct code_vars vars;
static struct why why;
static int line;

static bool lookup(void *ctx, const char *name, long double *value)
{
	assert_ptr_equal(ctx, &vars);
	if (strcmp(name, "tcpi_snd_cwnd") == 0)
		*value = 10;
	else if (strcmp(name, "tcpi_rto") == 0)
		*value = 201000;
	else
		return false;
	return true;
}

static enum code_result run(const char *text)
{
	line = 5;
	vars.len = 0;
	why = (struct why){""};
	return code_run(text, &line, &vars, lookup, &vars, &why);
}

static void test_true(void **state)
{
	static const char *const cases[] = {
	        "",
	        "\n\n  # nothing\n",
	        "assert tcpi_snd_cwnd == 10",
	        "assert tcpi_snd_cwnd == 10, tcpi_snd_cwnd",
	        "assert tcpi_snd_cwnd == 10, 'cwnd=%d' % (tcpi_snd_cwnd)",
	        "assert(tcpi_snd_cwnd == 10)",
	        "assert 1 + 2 * 3 == 7 and 10 - 2 - 3 == 5",
	        "assert 7 // 2 == 3 and 7 % 4 == 3 and -7 // 2 == -4 and -7 % 4 == 1",
	        "assert 1 / 2 == 0.5",
	        "assert (1 | 2 | 4) == 7 and 6 & 3 == 2 and 6 ^ 3 == 5 and ~0 == -1",
	        "assert 1 << 3 == 8 and 17 >> 2 == 4",
	        "assert 0x10 == 16",
	        "assert 1 < 2 <= 2 < 3 != 4 >= 4 > 1",
	        "assert not 1 == 2 and not not True",
	        "assert False or True",
	        "assert abs(-3) == 3 and min(3, 1, 2) == 1 and max(1, 2) == 2 and int(2.7) == 2",
	        "assert 200000 <= tcpi_rto <= 202000",
	        "a = tcpi_snd_cwnd * 2\nassert a == 20; b = a\nassert b == a",
	        "assert (tcpi_snd_cwnd ==\n  10)\nassert 1",
	        "assert 1 \\\n  == 1",
	        "print(tcpi_rto)\nprint tcpi_rto, '\\n'\nassert 1",
	        "assert 18446744073709551615 > 18446744073709551614",
	};

	for (unsigned i = 0; i < ARRAY_LEN(cases); i++)
		if (run(cases[i]) != CODE_PASSED)
			fail_msg("%s: %s", cases[i], why.text);
}

static void test_false(void **state)
{
	static const struct {
		const char *text, *reason;
		int line;
	} cases[] = {
	        {"assert 0", "the assertion is false: 0 ()", 5},
	        {"assert tcpi_snd_cwnd == 11",
	         "the assertion is false: tcpi_snd_cwnd == 11 (tcpi_snd_cwnd = 10)", 5},
	        {"\nassert 1\nassert 1 > 2", "the assertion is false: 1 > 2 ()", 7},
	        {"assert (1 ==\n 1)\nassert 3 < 2 < 4", "the assertion is false: 3 < 2 < 4 ()", 7},
	        {"a = 1; assert a == 2", "the assertion is false: a == 2 (a = 1)", 5},
	};

	for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(run(cases[i].text), CODE_FAILED);
		assert_string_equal(why.text, cases[i].reason);
		assert_int_equal(line, cases[i].line);
	}
}

static void test_refused(void **state)
{
	static const struct {
		const char *text, *reason;
		int line;
	} cases[] = {
	        {"assert foo", "the value of foo is not known", 5},
	        {"import os", "only assert, print and assignments are known: import os", 5},
	        {"\nif 1:", "only assert, print and assignments are known: if 1:", 6},
	        {"assert 1 1", "not understood: 1", 5},
	        {"assert", "expected a value at: ", 5},
	        {"assert (1", "expected ) at: ", 5},
	        {"assert 1 / 0", "division by zero", 5},
	        {"assert 2 ** 3", "not understood: ** 3", 5},
	        {"assert foo(1)", "the function foo is not known", 5},
	        {"assert abs(1, 2)", "abs has one argument", 5},
	        {"assert 1 << 64", "a shift must be 0 to 63", 5},
	        {"assert 1x", "no number: 1x", 5},
	        {"1 == 1", "only assert, print and assignments are known: 1 == 1", 5},
	};
	char deep[200] = "assert ";

	for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(run(cases[i].text), CODE_REFUSED);
		assert_string_equal(why.text, cases[i].reason);
		assert_int_equal(line, cases[i].line);
	}
	memset(deep + 7, '(', sizeof(deep) - 8);
	assert_int_equal(run(deep), CODE_REFUSED);
	assert_string_equal(why.text, "the expression is nested too deep");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_true),
	        cmocka_unit_test(test_false),
	        cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

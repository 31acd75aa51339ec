// why_test: the sentence of a step that failed.
#include "core/why.h"

#include "harness.h"

#include <errno.h>

static void test_fail_sets_the_sentence_and_returns_the_error(void **state)
{
	struct why why;

	assert_int_equal(why_fail(&why, -EINVAL, "%s: %d is odd", "key", 3), -EINVAL);
	assert_string_equal(why.text, "key: 3 is odd");
}

static void test_memory_has_one_wording(void **state)
{
	struct why why;

	assert_int_equal(why_no_memory(&why, "%u workers", 4), -ENOMEM);
	assert_string_equal(why.text, "not enough memory for 4 workers");
}

static void test_a_sentence_may_quote_itself(void **state)
{
	struct why why;

	why_set(&why, "no such file");
	why_set(&why, "a.json: %s; see b", why.text);
	assert_string_equal(why.text, "a.json: no such file; see b");
}

static void test_a_long_sentence_is_cut(void **state)
{
	char text[2 * WHY_BYTES];
	struct why why;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	why_set(&why, "%s", text);
	assert_int_equal(strlen(why.text), WHY_BYTES - 1);
	why_no_memory(&why, "%s", text);
	assert_int_equal(strlen(why.text), WHY_BYTES - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_fail_sets_the_sentence_and_returns_the_error),
	        cmocka_unit_test(test_memory_has_one_wording),
	        cmocka_unit_test(test_a_sentence_may_quote_itself),
	        cmocka_unit_test(test_a_long_sentence_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// drop: the list's names are well formed, unique and begin with their stage's.
#include "harness.h"

static void test_names_begin_with_the_stage(void **state)
{
	for (int i = 1; i < DROP_COUNT; i++) {
		const char *stage = drop_stage_name(drop_stage((enum drop)i));
		size_t len = strlen(stage);

		assert_memory_equal(drop_name((enum drop)i), stage, len);
		assert_int_equal(drop_name((enum drop)i)[len], '.');
		assert_true(strlen(drop_name((enum drop)i)) > len + 1);
	}
}

static void test_names_are_unique(void **state)
{
	for (int i = 0; i < DROP_COUNT; i++)
		for (int k = i + 1; k < DROP_COUNT; k++)
			assert_string_not_equal(drop_name((enum drop)i), drop_name((enum drop)k));
}

static void test_all_have_help(void **state)
{
	for (int i = 0; i < DROP_COUNT; i++)
		assert_true(strlen(drop_help((enum drop)i)) > 8);
	for (int i = 0; i < STAGE_COUNT; i++)
		assert_true(strlen(drop_stage_help((enum stage)i)) > 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_names_begin_with_the_stage),
	        cmocka_unit_test(test_names_are_unique),
	        cmocka_unit_test(test_all_have_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

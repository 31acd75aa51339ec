// manage_text: trees of replies as JSON that jansson reads to the same tree, of any length; as an
// event of one line; and what is too deep is no text at all.
#include "harness.h"

#include "apps/manage/manage_text.h"

#include <stdlib.h>

static json_t *tree(void)
{
	json_t *rows = json_array(), *value;

	for (int i = 0; i < 500; i++)
		json_array_append_new(rows,
		                      json_pack("{s:s, s:i, s:b, s:n}", "name", "line\nend <\"\\>",
		                                "count", i - 250, "up", i % 2, "none"));
	value = json_pack("{s:o, s:f, s:[], s:{}, s:s}", "rows", rows, "ratio", 0.25, "list",
	                  "object", "text", "\xc3\xa4\x01");
	assert_non_null(value);
	return value;
}

static void assert_same(const char *text, const json_t *value)
{
	json_t *read = json_loads(text, 0, NULL);

	assert_non_null(read);
	assert_true(json_equal(read, value));
	json_decref(read);
}

static void test_json(void **state)
{
	json_t *value = tree();
	char *text = manage_text_json(value);

	assert_non_null(text);
	assert_same(text, value);
	free(text);
	json_decref(value);
}

static void test_event(void **state)
{
	json_t *value = tree();
	char *text = manage_text_event(value);
	size_t len = strlen(text);

	assert_memory_equal(text, "data: ", 6);
	assert_string_equal(text + len - 2, "\n\n");
	assert_ptr_equal(strchr(text, '\n'), text + len - 2);
	text[len - 2] = '\0';
	assert_same(text + 6, value);
	free(text);
	json_decref(value);
}

static void test_too_deep(void **state)
{
	json_t *value = json_array();

	for (int i = 0; i < 70; i++)
		value = json_pack("[o]", value);
	assert_null(manage_text_json(value));
	json_decref(value);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_json),
	        cmocka_unit_test(test_event),
	        cmocka_unit_test(test_too_deep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

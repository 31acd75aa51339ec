// target: addresses with and without ports, and what is none.
#include "harness.h"

#include "apps/bench/target.h"

static void test_targets(void **state)
{
	static const struct {
		const char *text, *wanted; // NULL: malformed
	} rows[] = {
	        {"192.0.2.1", "192.0.2.1:53"},
	        {"192.0.2.1:5300", "192.0.2.1:5300"},
	        {"2001:db8::1", "[2001:db8::1]:53"},
	        {"[2001:db8::1]", "[2001:db8::1]:53"},
	        {"[2001:db8::1]:65535", "[2001:db8::1]:65535"},
	        {"::1", "[::1]:53"},
	        {"", NULL},
	        {":53", NULL},
	        {"192.0.2.1:", NULL},
	        {"192.0.2.1:0", NULL},
	        {"192.0.2.1:65536", NULL},
	        {"192.0.2.1:+5", NULL},
	        {"192.0.2.1:53x", NULL},
	        {"192.0.2.1 ", NULL},
	        {"[192.0.2.1]:53", NULL},
	        {"[2001:db8::1", NULL},
	        {"[2001:db8::1]53", NULL},
	        {"[]", NULL},
	        {"example.org", NULL},
	        {"0000000000000000000000000000000000000000000000000000000000000000", NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct target target;
		char text[TARGET_TEXT_BYTES];
		bool sound = target_parse(rows[i].text, 53, &target);

		assert_int_equal(sound, rows[i].wanted != NULL);
		if (sound)
			assert_string_equal(target_text(&target, text), rows[i].wanted);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_targets)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

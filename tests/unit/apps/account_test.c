// account: names and numbers of users and groups, and what is neither.
#include "harness.h"

#include "apps/boot/account.h"

#include <stdio.h>

static void test_names_and_numbers(void **state)
{
	static const struct {
		const char *text;
		bool found;
		unsigned id;
	} cases[] = {
	        {"root", true, 0},        {"0", true, 0},   {"4711", true, 4711},
	        {"4294967295", false, 0}, {"-1", false, 0}, {"no-such-account", false, 0},
	        {"", false, 0},           {"7x", false, 0}, {"99999999999999999999999", false, 0},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uid_t uid = 1;
		gid_t gid = 1;

		assert_int_equal(account_find_user(cases[i].text, &uid), cases[i].found);
		assert_int_equal(account_find_group(cases[i].text, &gid), cases[i].found);
		assert_true(!cases[i].found || (uid == cases[i].id && gid == cases[i].id));
	}
}

static void test_the_name_of_a_number(void **state)
{
	FILE *users = account_users();
	char name[16];

	assert_non_null(users);
	for (int i = 0; i < 2; i++) { // from the beginning, each time
		account_user_name(users, 0, name, sizeof(name));
		assert_string_equal(name, "root");
		account_user_name(users, 4294000000u, name, sizeof(name));
		assert_string_equal(name, "?");
	}
	fclose(users);
	account_user_name(NULL, 0, name, sizeof(name));
	assert_string_equal(name, "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_names_and_numbers),
	        cmocka_unit_test(test_the_name_of_a_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

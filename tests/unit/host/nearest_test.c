// nearest: what is suggested for mistyped words, and when nothing is.
#include "harness.h"

#include "core/host/nearest.h"

static void test_nearest(void **state)
{
	static const char *const names[] = {"status",   "stats",       "drops",
	                                    "zone-add", "zone-remove", "log"};
	static const struct {
		const char *word, *name;
	} cases[] = {
	        {"stat", "stats"},
	        {"statsu", "stats"},
	        {"statu", "status"},
	        {"drop", "drops"},
	        {"zone-ad", "zone-add"},
	        {"zones-remove", "zone-remove"},
	        {"zone-add", "zone-add"},
	        {"lgo", NULL},
	        {"lo", "log"},
	        {"foo", NULL},
	        {"reload", NULL},
	        {"", NULL},
	        {"zone-add-zone-add-zone-add-zone-add-zone-add-zone-add-zone-add-zone-add", NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct nearest nearest = nearest_to(cases[i].word);

		for (size_t k = 0; k < ARRAY_LEN(names); k++)
			nearest_try(&nearest, names[k]);
		if (!cases[i].name)
			assert_null(nearest.name);
		else
			assert_string_equal(nearest.name, cases[i].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_nearest)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

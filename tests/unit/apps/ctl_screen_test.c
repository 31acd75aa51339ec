// ctl_screen: texts and bars put into a rectangle and printed, with what does not fit cut; and
// when wadi-ctl uses colour.
#include "harness.h"

#include "apps/ctl/colour.h"
#include "apps/ctl/screen.h"

#include <stdlib.h>

static const char *printed(const struct screen *screen, unsigned row, bool colour)
{
	static char text[4096];
	FILE *out = fmemopen(text, sizeof(text), "w");

	text[0] = '\0';
	screen_print_row(screen, row, colour, out);
	fclose(out);
	return text;
}

static void texts_are_cut_at_their_width_and_at_the_edge(void **state)
{
	struct screen screen;

	assert_int_equal(screen_init(&screen, 3, 10), 0);
	assert_int_equal(screen_put(&screen, 0, 0, 3, SCREEN_PLAIN, "abcdef"), 3);
	assert_int_equal(screen_put(&screen, 0, 8, 9, SCREEN_PLAIN, "xyz"), 10);
	assert_string_equal(printed(&screen, 0, false), "abc     xy");
	screen_put_right(&screen, 1, 2, 5, SCREEN_PLAIN, "ab");
	assert_string_equal(printed(&screen, 1, false), "     ab");
	screen_put_right(&screen, 1, 0, 3, SCREEN_PLAIN, "12345");
	assert_string_equal(printed(&screen, 1, false), "123  ab");
	assert_int_equal(screen_used(&screen), 2);
	assert_int_equal(screen_put(&screen, 3, 0, 3, SCREEN_PLAIN, "a"), 0);
	assert_int_equal(screen_put(&screen, 0, 10, 3, SCREEN_PLAIN, "a"), 10);
	screen_put_bars(&screen, 9, 0, 3, (const uint32_t[]){1}, 1);
	assert_int_equal(screen_used(&screen), 2);
	screen_fini(&screen);
}

static void sizes_are_kept_within_bounds(void **state)
{
	struct screen screen;

	assert_int_equal(screen_init(&screen, 0, 0), 0);
	assert_int_equal(screen.rows * screen.columns, 1);
	screen_fini(&screen);
	assert_int_equal(screen_init(&screen, 60000, 60000), 0);
	assert_int_equal(screen.rows, SCREEN_ROWS_MAX);
	assert_int_equal(screen.columns, SCREEN_COLUMNS_MAX);
	screen_fini(&screen);
}

static void what_a_terminal_would_obey_is_not_printed(void **state)
{
	struct screen screen;

	assert_int_equal(screen_init(&screen, 1, 20), 0);
	screen_put(&screen, 0, 0, 20, SCREEN_PLAIN, "\033[2J\r\n\x7f|\xc3\xa4|\xff\x9b");
	assert_string_equal(printed(&screen, 0, false), "?[2J???|?|?");
	screen_fini(&screen);
}

static void bars_stand_at_the_right_edge(void **state)
{
	static const uint32_t values[] = {1000, 0, 1, 7};
	struct screen screen;

	assert_int_equal(screen_init(&screen, 1, 8), 0);
	screen_put_bars(&screen, 0, 2, 5, values, 4);
	assert_string_equal(printed(&screen, 0, false), "   █▁▁▁");
	screen_put_bars(&screen, 0, 4, 3, values, 4);
	assert_string_equal(printed(&screen, 0, false), "   █▁▂█");
	screen.ascii = true;
	screen_put_bars(&screen, 0, 4, 3, values, 4);
	assert_string_equal(printed(&screen, 0, false), "   █_.#");
	screen_fini(&screen);
}

static void styles_begin_once_and_end(void **state)
{
	struct screen screen;

	assert_int_equal(screen_init(&screen, 2, 6), 0);
	screen_put(&screen, 0, 0, 6, SCREEN_GOOD, "up");
	screen_put(&screen, 0, 3, 6, SCREEN_PLAIN, "x");
	assert_string_equal(printed(&screen, 0, true), "\033[0;32mup\033[m x");
	assert_string_equal(printed(&screen, 0, false), "up x");
	screen_put(&screen, 0, 5, 6, SCREEN_BAD, "y");
	assert_string_equal(printed(&screen, 0, true), "\033[0;32mup\033[m x \033[0;1;31my\033[m");
	screen_fill_row(&screen, 1, SCREEN_TITLE);
	assert_string_equal(printed(&screen, 1, true), "\033[0;7m      \033[m");
	assert_string_equal(printed(&screen, 1, false), "");
	screen_fini(&screen);
}

static void colour_is_where_it_is_wanted(void **state)
{
	static const struct {
		const char *term, *no_color, *option;
		bool terminal, colour;
	} cases[] = {
	        {"xterm", NULL, NULL, true, true},     {"xterm", NULL, NULL, false, false},
	        {"xterm", "1", NULL, true, false},     {"xterm", "", NULL, true, true},
	        {"dumb", NULL, NULL, true, false},     {NULL, NULL, NULL, true, false},
	        {"xterm", "1", "always", false, true}, {"xterm", NULL, "never", true, false},
	        {"xterm", NULL, "auto", true, true},   {"xterm", "1", "auto", true, false},
	};
	enum colour_when when;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		unsetenv("TERM");
		unsetenv("NO_COLOR");
		if (cases[i].term)
			setenv("TERM", cases[i].term, 1);
		if (cases[i].no_color)
			setenv("NO_COLOR", cases[i].no_color, 1);
		assert_true(colour_parse(cases[i].option, &when));
		assert_int_equal(colour_is_used(when, cases[i].terminal), cases[i].colour);
	}
	assert_false(colour_parse("red", &when));
	assert_false(colour_parse("", &when));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(texts_are_cut_at_their_width_and_at_the_edge),
	        cmocka_unit_test(sizes_are_kept_within_bounds),
	        cmocka_unit_test(what_a_terminal_would_obey_is_not_printed),
	        cmocka_unit_test(bars_stand_at_the_right_edge),
	        cmocka_unit_test(styles_begin_once_and_end),
	        cmocka_unit_test(colour_is_where_it_is_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// guest: what of it can be told apart without being process 1; the rest is
// tests/net/guest.sh's and tests/xen's.
#include "harness.h"

#include "apps/boot/guest.h"

#include <stdio.h>

static struct guest guest;

static void parse(const char *cmdline)
{
	guest = (struct guest){0};
	snprintf(guest.cmdline, sizeof(guest.cmdline), "%s", cmdline);
	guest_parse_cmdline(&guest);
}

static void words_of_the_kernels_command_line_that_are_ours(void **state)
{
	static const struct {
		const char *cmdline;
		size_t len;
		const char *sets[3];
	} cases[] = {
	        {"", 0, {NULL}},
	        {"\n", 0, {NULL}},
	        {"console=hvc0 quiet\n", 0, {NULL}},
	        {"wadi.set=workers=2\n", 1, {"workers=2"}},
	        {"quiet  wadi.set=ports[0].mtu=9000 x wadi.set=a=b=c\n",
	         2,
	         {"ports[0].mtu=9000", "a=b=c"}},
	        {"wadi.set=", 1, {""}},
	        {"xwadi.set=a=1 wadi.sets=a=1 wadi.set", 0, {NULL}},
	        {"a\nwadi.set=b=1 wadi.set=b=2 wadi.set=b=3", 3, {"b=1", "b=2", "b=3"}},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		parse(cases[i].cmdline);
		assert_int_equal(guest.sets_len, cases[i].len);
		for (size_t k = 0; k < cases[i].len; k++) {
			assert_string_equal(guest.sets[k], cases[i].sets[k]);
			assert_memory_equal(guest.places[k], "wadi.set=", 9);
			assert_string_equal(guest.places[k] + 9, cases[i].sets[k]);
		}
	}
}

static void more_words_than_there_is_room_for(void **state)
{
	char cmdline[1024] = "";

	for (int i = 0; i < GUEST_SETS_MAX + 2; i++)
		strcat(cmdline, "wadi.set=a=1 ");
	parse(cmdline);
	assert_int_equal(guest.sets_len, GUEST_SETS_MAX);
}

static void nobody_but_process_1_is_init(void **state)
{
	assert_false(guest_is_init("/init"));
	assert_false(guest_is_init("wadi-dns"));
}

static void only_the_links_names_end_a_guest(void **state)
{
	static const char *const others[] = {
	        "wadi-dns",         "/init",     "",          "/",
	        "/sbin/poweroff/x", "xpoweroff", "poweroffx", "/usr/bin/reboot2"};

	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		assert_int_equal(guest_run_link(others[i]), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(words_of_the_kernels_command_line_that_are_ours),
	        cmocka_unit_test(more_words_than_there_is_room_for),
	        cmocka_unit_test(nobody_but_process_1_is_init),
	        cmocka_unit_test(only_the_links_names_end_a_guest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// race: tables of addresses and their order, and of what happens and what is begun when.
#include "harness.h"

#include "proto/tcpip/tcp/race.h"

#include <stdio.h>

static struct addr ip(const char *text, size_t len)
{
	char one[ADDR_TEXT_BYTES] = "";
	struct addr addr;

	assert_true(len < sizeof(one));
	memcpy(one, text, len);
	if (!addr_parse(one, &addr))
		fail_msg("bad address %s", one);
	return addr;
}

// "2001:db8:1::1<2001:db8:1::2 198.51.100.121<198.51.100.117": destinations and our addresses
// towards them.
static unsigned parse(const char *text, struct race_addr addrs[RACE_ADDRS])
{
	unsigned n = 0;

	while (*text) {
		size_t dst = strcspn(text, "<"), src = strcspn(text + dst + 1, " ");

		assert_true(n < RACE_ADDRS);
		addrs[n].dst = ip(text, dst);
		addrs[n++].src = ip(text + dst + 1, src);
		text += dst + 1 + src;
		text += *text == ' ';
	}
	return n;
}

static const char *destinations(const struct race_addr *addrs, unsigned n)
{
	static char text[RACE_ADDRS * (ADDR_TEXT_BYTES + 1)];
	char one[ADDR_TEXT_BYTES];
	size_t len = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < n; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", i ? " " : "",
		                        addr_text(addrs[i].dst, one));
	return text;
}

static void test_the_order_of_addresses(void **state)
{
	static const struct {
		const char *rule, *given, *wanted;
	} cases[] = {
	        // RFC 6724 section 10.2, but for those of rules that there are not.
	        {"matching scope", "2001:db8:1::1<2001:db8:1::2 198.51.100.121<198.51.100.117",
	         "2001:db8:1::1 198.51.100.121"},
	        {"matching scope", "2001:db8:1::1<fe80::1 198.51.100.121<198.51.100.117",
	         "198.51.100.121 2001:db8:1::1"},
	        {"matching scope", "198.51.100.121<169.254.13.78 2001:db8:1::1<2001:db8:1::2",
	         "2001:db8:1::1 198.51.100.121"},
	        {"higher precedence", "10.1.2.3<10.1.2.4 2001:db8:1::1<2001:db8:1::2",
	         "2001:db8:1::1 10.1.2.3"},
	        {"smaller scope", "2001:db8:1::1<2001:db8:1::2 fe80::1<fe80::2",
	         "fe80::1 2001:db8:1::1"},
	        {"longest match", "2001:db8:3ffe::1<2001:db8:1::2 2001:db8:1::1<2001:db8:1::2",
	         "2001:db8:1::1 2001:db8:3ffe::1"},
	        {"matching label",
	         "2002:c633:6401::1<2002:c633:6401::2 2001:db8:1::1<2002:c633:6401::2",
	         "2002:c633:6401::1 2001:db8:1::1"},
	        {"higher precedence",
	         "2002:c633:6401::1<2002:c633:6401::2 2001:db8:1::1<2001:db8:1::2",
	         "2001:db8:1::1 2002:c633:6401::1"},
	        {"label of unique local", "fd00::1<2001:db8::2 192.0.2.1<192.0.2.9",
	         "192.0.2.1 fd00::1"},
	        {"loopback", "192.0.2.1<192.0.2.9 ::1<::1", "::1 192.0.2.1"},
	        {"site-local last", "fec0::1<fec0::2 2001:db8:1::1<2001:db8:1::2",
	         "2001:db8:1::1 fec0::1"},
	        // As they were given, also where IPv4 addresses differ in how much they match.
	        {"balanced", "192.0.2.9<192.0.2.1 192.0.2.2<192.0.2.1 192.0.2.200<192.0.2.1",
	         "192.0.2.9 192.0.2.2 192.0.2.200"},
	        // RFC 8305 section 4: families take turns, the better one first.
	        {"turns",
	         "192.0.2.1<192.0.2.9 192.0.2.2<192.0.2.9 2001:db8::1<2001:db8::9 "
	         "2001:db8::2<2001:db8::9",
	         "2001:db8::1 192.0.2.1 2001:db8::2 192.0.2.2"},
	        {"turns, then the rest",
	         "2001:db8::1<2001:db8::9 2001:db8::2<2001:db8::9 2001:db8::3<2001:db8::9 "
	         "192.0.2.1<192.0.2.9",
	         "2001:db8::1 192.0.2.1 2001:db8::2 2001:db8::3"},
	        {"turns, IPv4 first",
	         "fd00::1<2001:db8::9 fd00::2<2001:db8::9 192.0.2.1<192.0.2.9 "
	         "192.0.2.2<192.0.2.9",
	         "192.0.2.1 fd00::1 192.0.2.2 fd00::2"},
	        {"one", "192.0.2.1<192.0.2.9", "192.0.2.1"},
	        {"none", "", ""},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct race_addr addrs[RACE_ADDRS];
		unsigned n = parse(cases[i].given, addrs);

		race_order(addrs, n);
		if (strcmp(destinations(addrs, n), cases[i].wanted) != 0)
			fail_msg("%s: %s becomes %s and not %s", cases[i].rule, cases[i].given,
			         destinations(addrs, n), cases[i].wanted);
	}
}

// What happens: at so many milliseconds race_next is asked (and answers), or an attempt fails.
static void test_when_attempts_begin(void **state)
{
	static const struct {
		const char *name;
		unsigned len;
		struct {
			unsigned ms;
			int begins; // -1: none
			unsigned failed;
		} step[12];
	} cases[] = {
	        {"250 ms between two",
	         3,
	         {{0, 0, 0},
	          {0, -1, 0},
	          {249, -1, 0},
	          {250, 1, 0},
	          {251, -1, 0},
	          {499, -1, 0},
	          {500, 2, 0},
	          {800, -1, 0}}},
	        {"one that fails is not waited for",
	         3,
	         {{0, 0, 0}, {100, 1, 1}, {100, -1, 0}, {200, 2, 1}, {300, -1, 1}}},
	        {"but 10 ms are",
	         4,
	         {{0, 0, 0},
	          {3, -1, 1},
	          {9, -1, 0},
	          {10, 1, 0},
	          {11, -1, 1},
	          {19, -1, 0},
	          {20, 2, 0},
	          {269, -1, 0},
	          {270, 3, 0}}},
	        {"an earlier one that fails counts as well",
	         3,
	         {{0, 0, 0}, {250, 1, 0}, {300, 2, 1}}},
	        {"late calls do not make up for it",
	         3,
	         {{0, 0, 0}, {900, 1, 0}, {900, -1, 0}, {1150, 2, 0}}},
	        {"one address", 1, {{0, 0, 0}, {250, -1, 0}, {1000, -1, 0}}},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		mono_t start = {777};
		struct race race;

		race_init(&race, cases[i].len, start);
		for (size_t k = 0; k < ARRAY_LEN(cases[i].step); k++) {
			mono_t now = mono_add(start, cases[i].step[k].ms * MS_US);
			int begins;

			if (k && cases[i].step[k].ms == 0 && cases[i].step[k].begins == 0)
				break;
			for (unsigned f = 0; f < cases[i].step[k].failed; f++)
				race_failed(&race);
			begins = race_next(&race, now);
			if (begins != cases[i].step[k].begins)
				fail_msg("%s: at %u ms %d begins and not %d", cases[i].name,
				         cases[i].step[k].ms, begins, cases[i].step[k].begins);
			assert_true(race.next == race.len ? race_due(&race).us == MONO_NEVER.us
			                                  : race_due(&race).us > now.us);
		}
	}
}

static void test_it_is_lost_when_all_have_failed(void **state)
{
	mono_t now = {0};
	struct race race;

	race_init(&race, 2, now);
	assert_int_equal(race_next(&race, now), 0);
	race_failed(&race);
	assert_false(race_is_lost(&race));
	now = race_due(&race);
	assert_int_equal(race_next(&race, now), 1);
	assert_false(race_is_lost(&race));
	race_failed(&race);
	assert_true(race_is_lost(&race));
	assert_int_equal(race_next(&race, mono_add(now, SEC_US)), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_the_order_of_addresses),
	        cmocka_unit_test(test_when_attempts_begin),
	        cmocka_unit_test(test_it_is_lost_when_all_have_failed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// addr: text to address and back, prefixes, and what kind an address is.
#include "harness.h"

#include "core/addr.h"

static void test_text_round_trips_in_canonical_form(void **state)
{
	static const struct {
		const char *text, *canonical;
	} cases[] = {
	        {"0.0.0.0", "0.0.0.0"},
	        {"192.0.2.255", "192.0.2.255"},
	        {"::", "::"},
	        {"::1", "::1"},
	        {"1::", "1::"},
	        {"2001:DB8::1", "2001:db8::1"},
	        {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
	        {"2001:0db8:0:0:0:0:2:1", "2001:db8::2:1"},
	        {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
	        {"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"},
	        {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
	        {"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},
	        {"::ffff:192.0.2.1", "192.0.2.1"},
	        {"64:ff9b::192.0.2.33", "64:ff9b::c000:221"},
	        {"1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"},
	        {"fe80::ffff:ffff:ffff:ffff", "fe80::ffff:ffff:ffff:ffff"},
	};
	char text[ADDR_TEXT_BYTES];
	struct addr addr;

	for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
		assert_true(addr_parse(cases[i].text, &addr));
		assert_string_equal(addr_text(addr, text), cases[i].canonical);
	}
}

static void test_malformed_text_is_refused(void **state)
{
	static const char *const cases[] = {
	        "",
	        "1",
	        "1.2.3",
	        "1.2.3.4.5",
	        "1.2.3.256",
	        "01.2.3.4",
	        "1.2.3.4 ",
	        " 1.2.3.4",
	        "1..2.3",
	        ":",
	        ":::",
	        "1:",
	        "1::2::3",
	        "1:2:3:4:5:6:7:8:9",
	        "1:2:3:4:5:6:7",
	        "12345::",
	        "g::",
	        "::1.2.3",
	        "::1.2.3.4:5",
	        "1:2:3:4:5:6:7:1.2.3.4",
	        "1.2.3.4::",
	        "1:2:3:4:5:6:7:8::",
	        "::1:2:3:4:5:6:7:8",
	        "fe80::1%eth0",
	        "::1/64",
	        ":1:2:3:4:5:6:7:8",
	        "1:2:3:4::5:6:7:8",
	        "1:2:",
	        "::1:",
	};
	struct addr addr;

	for (unsigned i = 0; i < ARRAY_LEN(cases); i++)
		if (addr_parse(cases[i], &addr))
			fail_msg("\"%s\" was accepted", cases[i]);
}

static void test_prefixes_hold_what_their_bits_say(void **state)
{
	static const struct {
		const char *prefix, *addr;
		bool has;
	} cases[] = {
	        {"10.53.0.2/24", "10.53.0.255", true},
	        {"10.53.0.2/24", "10.53.1.0", false},
	        {"10.53.0.2/32", "10.53.0.2", true},
	        {"10.53.0.2/32", "10.53.0.3", false},
	        {"0.0.0.0/0", "255.255.255.255", true},
	        {"0.0.0.0/0", "::1", false},
	        {"::/0", "2001:db8::", true},
	        {"::/0", "10.0.0.1", false},
	        {"fd53::2/64", "fd53::ffff:ffff:ffff:ffff", true},
	        {"fd53::2/64", "fd53:0:0:1::2", false},
	        {"fd53::2/65", "fd53::8000:0:0:2", false},
	        {"fd53::2/127", "fd53::3", true},
	        {"fd53::2/128", "fd53::3", false},
	        {"fe80::/10", "febf::1", true},
	        {"fe80::/10", "fec0::1", false},
	};
	struct prefix prefix;
	struct addr addr;

	for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
		assert_true(addr_prefix_parse(cases[i].prefix, &prefix));
		assert_true(addr_parse(cases[i].addr, &addr));
		if (addr_prefix_has(prefix, addr) != cases[i].has)
			fail_msg("%s and %s", cases[i].prefix, cases[i].addr);
	}
}

static void test_malformed_prefixes_are_refused(void **state)
{
	static const char *const cases[] = {"10.0.0.1", "10.0.0.1/",  "10.0.0.1/33", "10.0.0.1/024",
	                                    "::1/129",  "::1/64 ",    "/24",         "10.0.0/24",
	                                    "::1/-1",   "10.0.0.1/a", "::1/1000"};
	struct prefix prefix;

	for (unsigned i = 0; i < ARRAY_LEN(cases); i++)
		if (addr_prefix_parse(cases[i], &prefix))
			fail_msg("\"%s\" was accepted", cases[i]);
}

static void test_kinds(void **state)
{
	static const struct {
		const char *text;
		bool ipv4, any, multicast, link_local;
	} cases[] = {
	        {"0.0.0.0", true, true, false, false},
	        {"::", false, true, false, false},
	        {"224.0.0.1", true, false, true, false},
	        {"239.255.255.255", true, false, true, false},
	        {"240.0.0.1", true, false, false, false},
	        {"169.254.1.1", true, false, false, true},
	        {"ff02::1", false, false, true, false},
	        {"fe80::1", false, false, false, true},
	        {"febf::1", false, false, false, true},
	        {"fec0::1", false, false, false, false},
	        {"::fffe:1.2.3.4", false, false, false, false},
	        {"2001:db8::1", false, false, false, false},
	};
	struct addr addr;

	for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
		assert_true(addr_parse(cases[i].text, &addr));
		assert_int_equal(addr_is_ipv4(addr), cases[i].ipv4);
		assert_int_equal(addr_is_any(addr), cases[i].any);
		assert_int_equal(addr_is_multicast(addr), cases[i].multicast);
		assert_int_equal(addr_is_link_local(addr), cases[i].link_local);
	}
}

static void test_masks_of_ipv4(void **state)
{
	assert_int_equal(be32_get(addr_prefix_mask4(0)), 0);
	assert_int_equal(be32_get(addr_prefix_mask4(1)), 0x80000000);
	assert_int_equal(be32_get(addr_prefix_mask4(24)), 0xffffff00);
	assert_int_equal(be32_get(addr_prefix_mask4(32)), 0xffffffff);
}

static void test_prefixes_of_addresses(void **state)
{
	static const struct {
		const char *addr;
		uint8_t ipv4_len, ipv6_len;
		const char *prefix;
	} cases[] = {
	        {"192.0.2.129", 24, 56, "192.0.2.0"},
	        {"192.0.2.129", 25, 0, "192.0.2.128"},
	        {"192.0.2.129", 32, 0, "192.0.2.129"},
	        {"192.0.2.129", 0, 128, "0.0.0.0"},
	        {"2001:db8:1:2ff::1", 24, 56, "2001:db8:1:200::"},
	        {"2001:db8:1:2ff::1", 0, 64, "2001:db8:1:2ff::"},
	        {"2001:db8:1:2ff:8000::1", 0, 65, "2001:db8:1:2ff:8000::"},
	        {"2001:db8:1:2ff::1", 0, 128, "2001:db8:1:2ff::1"},
	        {"2001:db8:1:2ff::1", 32, 0, "::"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct addr addr, prefix;

		assert_true(addr_parse(cases[i].addr, &addr));
		assert_true(addr_parse(cases[i].prefix, &prefix));
		if (!addr_eq(addr_prefix_of(addr, cases[i].ipv4_len, cases[i].ipv6_len), prefix))
			fail_msg("%s in %s", cases[i].addr, cases[i].prefix);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_text_round_trips_in_canonical_form),
	        cmocka_unit_test(test_malformed_text_is_refused),
	        cmocka_unit_test(test_prefixes_hold_what_their_bits_say),
	        cmocka_unit_test(test_malformed_prefixes_are_refused),
	        cmocka_unit_test(test_prefixes_of_addresses),
	        cmocka_unit_test(test_kinds),
	        cmocka_unit_test(test_masks_of_ipv4),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// hostile6: IPv6, ICMPv6 and neighbour discovery that must not get through, each
// with the name under which it is dropped. The rest is in hostile_test.c.
#include "hostile.h"

#define SRC6(text) put_ip(f->b + f->l3 + 8, ip(text))
#define DST6(text) put_ip(f->b + f->l3 + 24, ip(text))

#define EXTEND(type, n, ...) frame_extend(f, type, n, (const uint8_t[6]){__VA_ARGS__})
#define PADN                 1, 4, 0, 0, 0, 0

SPOIL(v6_cut, false, f->len = f->l3 + 39)
SPOIL(v6_version, false, f->b[f->l3] = 0x40)
SPOIL(v6_len_high, false, put16(f->b + f->l3 + 4, (unsigned)(f->len - f->l3) - 39))
SPOIL(v6_from_group, true, SRC6("ff02::1"))
SPOIL(v6_from_loopback, true, SRC6("::1"))
SPOIL(v6_from_mapped, true,
      memcpy(f->b + f->l3 + 8, "\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\0\0\x09", 16))
SPOIL(v6_from_us, true, SRC6("fd00::2"))
SPOIL(v6_from_nobody, true, SRC6("::"))
SPOIL(v6_to_other, true, DST6("fd00::3"))
SPOIL(v6_to_other_group, true, (DST6("ff02::1:ff00:77"), frame_to_group(f)))
SPOIL(v6_by_group, false, memcpy(f->b, "\x33\x33\0\0\0\1", 6))
SPOIL(v6_ext_cut, true, (EXTEND(60, 1, PADN), f->b[f->l3 + 41] = 9))
SPOIL(v6_ext_many, true, EXTEND(60, 9, PADN))
SPOIL(v6_option_cut, true, EXTEND(60, 1, 1, 5, 0, 0, 0, 0))
SPOIL(v6_option_no_len, true, EXTEND(60, 1, 1, 3, 0, 0, 0, 1))
SPOIL(v6_option_discard, true, EXTEND(60, 1, 0x41, 4, 0, 0, 0, 0))
SPOIL(v6_option_report, true, EXTEND(60, 1, 0x81, 4, 0, 0, 0, 0))
SPOIL(v6_option_unicast, true, EXTEND(0, 1, 0xc1, 4, 0, 0, 0, 0))
SPOIL(v6_routing, true, EXTEND(43, 1, 0, 1, 0, 0, 0, 0))
SPOIL(v6_first_fragment, true, EXTEND(44, 1, 0, 1, 0, 0, 0, 1))
SPOIL(v6_last_fragment, true, EXTEND(44, 1, 0, 8, 0, 0, 0, 1))
SPOIL(v6_late_hop_by_hop, true, (EXTEND(0, 1, PADN), EXTEND(60, 1, PADN)))
SPOIL(v6_no_next, false, f->b[f->l3 + 6] = 59)

static bool v6_fragment_header_cut(struct frame *f)
{
	f->b[f->l3 + 6] = 44;
	f->len = f->l3 + 47;
	put16(f->b + f->l3 + 4, 7);
	return false;
}

static void test_ipv6(void **state)
{
	static const struct hostile cases[] = {
	        {"cut", v6_cut, DROP_IPV6_SHORT},
	        {"version 4", v6_version, DROP_IPV6_VERSION},
	        {"payload beyond the frame", v6_len_high, DROP_IPV6_PAYLOAD_LEN},
	        {"from a group", v6_from_group, DROP_IPV6_MARTIAN},
	        {"from loopback", v6_from_loopback, DROP_IPV6_MARTIAN},
	        {"from an IPv4 address", v6_from_mapped, DROP_IPV6_MARTIAN},
	        {"from ourselves", v6_from_us, DROP_IPV6_OWN},
	        {"from nobody", v6_from_nobody, DROP_IPV6_UNSPECIFIED},
	        {"for another host", v6_to_other, DROP_IPV6_NOT_OURS},
	        {"for another group", v6_to_other_group, DROP_IPV6_NOT_OURS},
	        {"for us, sent to many", v6_by_group, DROP_IPV6_LINK_GROUP},
	        {"extension beyond the packet", v6_ext_cut, DROP_IPV6_EXT_SHORT},
	        {"nine extensions", v6_ext_many, DROP_IPV6_EXT_LIMIT},
	        {"option beyond its header", v6_option_cut, DROP_IPV6_OPTION},
	        {"option without length", v6_option_no_len, DROP_IPV6_OPTION},
	        {"option to discard", v6_option_discard, DROP_IPV6_OPTION},
	        {"option to report", v6_option_report, DROP_IPV6_OPTION, 1},
	        {"option to report if unicast", v6_option_unicast, DROP_IPV6_OPTION, 1},
	        {"routing header", v6_routing, DROP_IPV6_ROUTING, 1},
	        {"fragment header cut", v6_fragment_header_cut, DROP_IPV6_EXT_SHORT},
	        {"first fragment", v6_first_fragment, DROP_IPV6_FRAGMENT},
	        {"last fragment", v6_last_fragment, DROP_IPV6_FRAGMENT},
	        {"hop-by-hop not first", v6_late_hop_by_hop, DROP_IPV6_PROTOCOL, 1},
	        {"no next header", v6_no_next, DROP_IPV6_NO_NEXT},
	};
	struct frame sound = frame_udp(V6, 4000, 7, "0123456789");

	ASSERT_REFUSED(cases, &sound, 17);
}

SPOIL(v6_padding, true, EXTEND(60, 1, PADN))
SPOIL(v6_option_skip, true, EXTEND(0, 1, 0x3e, 4, 0, 0, 0, 0))
SPOIL(v6_routing_done, true, EXTEND(43, 1, 0, 0, 0, 0, 0, 0))
SPOIL(v6_atomic_fragment, true, EXTEND(44, 1, 0, 0, 0, 0, 0, 1))
SPOIL(v6_eight, true, EXTEND(60, 8, PADN))

// What looks like the above and is sound: answered, without the extensions.
static void test_harmless_extensions(void **state)
{
	static spoil_fn *const cases[] = {v6_padding, v6_option_skip, v6_routing_done,
	                                  v6_atomic_fragment, v6_eight};

	lab_meet();
	for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
		struct frame f = frame_udp(V6, 4000, 7, "ext");

		cases[i](&f);
		frame_fix(&f, 17);
		lab_in(&f);
		f = lab_take();
		assert_memory_equal(f.b + f.l4 + 8, "EXT", 3);
	}
}

// RFC 4443 section 2.4 (e): no error about an error, to a group's packet or to
// nobody.
static void test_errors_that_must_not_be_sent(void **state)
{
	struct frame about_error = frame_icmp(V6, 1, 4, "1234567890123456", 16);
	struct frame to_group = frame_ip(ip("fd00::9"), ip("ff02::1"), 99, "12345678", 8);
	struct frame group_option = frame_ping("fd00::9", "ff02::1"), f;

	lab_meet();
	frame_extend(&about_error, 60, 1, (const uint8_t[6]){0x81, 4});
	frame_fix(&about_error, 58);
	lab_refuses(&about_error, DROP_IPV6_OPTION);
	frame_to_group(&to_group);
	lab_refuses(&to_group, DROP_IPV6_PROTOCOL);
	frame_extend(&group_option, 60, 1, (const uint8_t[6]){0xc1, 4});
	frame_fix(&group_option, 58);
	frame_to_group(&group_option);
	lab_refuses(&group_option, DROP_IPV6_OPTION);
	assert_int_equal(lab_waiting(), 0);
	group_option.b[group_option.l3 + 42] = 0x81;
	lab_refuses(&group_option, DROP_IPV6_OPTION);
	f = lab_take();
	assert_int_equal(get16(f.b + f.l4), 0x0402);
	assert_int_equal(get16(f.b + f.l4 + 6), 42);
}

static bool icmp6_cut(struct frame *f)
{
	put16(f->b + f->l3 + 4, 7);
	f->len = f->l4 + 7;
	return false;
}

SPOIL(icmp6_cksum, false, f->b[f->l4 + 3] ^= 1)
SPOIL(icmp6_error_type, true, f->b[f->l4] = 1)
SPOIL(icmp6_last_error, true, f->b[f->l4] = 127)
SPOIL(icmp6_router, true, f->b[f->l4] = 134)
SPOIL(icmp6_redirect, true, f->b[f->l4] = 137)
SPOIL(icmp6_reply, true, f->b[f->l4] = 129)
SPOIL(icmp6_unknown, true, f->b[f->l4] = 200)
SPOIL(icmp6_echo_code, true, f->b[f->l4 + 1] = 1)
SPOIL(icmp6_from_nobody, true, SRC6("::"))

static void test_icmp6(void **state)
{
	static const struct hostile cases[] = {
	        {"cut", icmp6_cut, DROP_ICMP6_SHORT},
	        {"checksum", icmp6_cksum, DROP_ICMP6_CKSUM},
	        {"unreachable", icmp6_error_type, DROP_ICMP6_QUOTE},
	        {"last of the errors", icmp6_last_error, DROP_ICMP6_QUOTE},
	        {"router advertisement", icmp6_router, DROP_ICMP6_ROUTER},
	        {"redirect", icmp6_redirect, DROP_ICMP6_REDIRECT},
	        {"echo reply", icmp6_reply, DROP_ICMP6_TYPE},
	        {"unknown type", icmp6_unknown, DROP_ICMP6_TYPE},
	        {"echo with a code", icmp6_echo_code, DROP_ICMP6_TYPE},
	        {"echo from nobody", icmp6_from_nobody, DROP_IPV6_UNSPECIFIED},
	};
	struct frame sound = frame_ping(V6);

	ASSERT_REFUSED(cases, &sound, 58);
}

SPOIL(ndp_hop_limit, true, f->b[f->l3 + 7] = 254)
SPOIL(ndp_code, true, f->b[f->l4 + 1] = 1)
SPOIL(ndp_cut, true, f->len = f->l4 + 23)
SPOIL(ndp_to_group, true, f->b[f->l4 + 8] = 0xff)
SPOIL(ndp_option_zero, true, f->b[f->l4 + 25] = 0)
SPOIL(ndp_option_long, true, f->b[f->l4 + 25] = 2)
SPOIL(ndp_option_cut, true, f->len = f->l4 + 25)
SPOIL(ndp_mac_of_group, true, f->b[f->l4 + 26] |= 1)
SPOIL(ndp_for_other, true, f->b[f->l4 + 23] = 3)
SPOIL(ndp_fragment, true, EXTEND(44, 1, 0, 0, 0, 0, 0, 1))
SPOIL(ndp_nobody_to_us, true, (SRC6("::"), f->len = f->l4 + 24))
SPOIL(ndp_nobody_with_mac, true, (SRC6("::"), DST6("ff02::1:ff00:2"), frame_to_group(f)))
SPOIL(ndp_mac_too_long, true, (frame_add(f, "\0\0\0\0\0\0\0\0", 8), f->b[f->l4 + 25] = 2))

static void test_solicitations(void **state)
{
	static const struct hostile cases[] = {
	        {"hop limit", ndp_hop_limit, DROP_ICMP6_NDP_HOP_LIMIT},
	        {"code", ndp_code, DROP_ICMP6_NDP_CODE},
	        {"cut", ndp_cut, DROP_ICMP6_NDP_SHORT},
	        {"target is a group", ndp_to_group, DROP_ICMP6_NDP_TARGET},
	        {"option of length 0", ndp_option_zero, DROP_ICMP6_NDP_OPTION},
	        {"option beyond the message", ndp_option_long, DROP_ICMP6_NDP_OPTION},
	        {"option cut", ndp_option_cut, DROP_ICMP6_NDP_OPTION},
	        {"address of another kind of link", ndp_mac_too_long, DROP_ICMP6_NDP_OPTION},
	        {"hardware address of a group", ndp_mac_of_group, DROP_ICMP6_NDP_MAC},
	        {"target is another host", ndp_for_other, DROP_ICMP6_NDP_NOT_OURS},
	        {"behind a fragment header", ndp_fragment, DROP_ICMP6_NDP_FRAGMENT},
	        {"from nobody to us", ndp_nobody_to_us, DROP_ICMP6_NDP_DST},
	        {"from nobody with a hardware address", ndp_nobody_with_mac, DROP_ICMP6_NDP_OPTION},
	};
	struct frame sound = frame_ndp(V6, 135, 0, "fd00::2", HOST);

	ASSERT_REFUSED(cases, &sound, 58);
}

SPOIL(ndp_solicited_group, true, (DST6("ff02::1"), frame_to_group(f)))
SPOIL(ndp_from_nobody, true, SRC6("::"))

static void test_advertisements(void **state)
{
	static const struct hostile cases[] = {
	        {"hop limit", ndp_hop_limit, DROP_ICMP6_NDP_HOP_LIMIT},
	        {"cut", ndp_cut, DROP_ICMP6_NDP_SHORT},
	        {"solicited by a group", ndp_solicited_group, DROP_ICMP6_NDP_DST},
	        {"from nobody", ndp_from_nobody, DROP_IPV6_UNSPECIFIED},
	};
	struct frame sound = frame_ndp(V6, 136, 4, "fd00::9", HOST);

	ASSERT_REFUSED(cases, &sound, 58);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        LAB_TEST(test_ipv6),
	        LAB_TEST(test_harmless_extensions),
	        LAB_TEST(test_errors_that_must_not_be_sent),
	        LAB_TEST(test_icmp6),
	        LAB_TEST(test_solicitations),
	        LAB_TEST(test_advertisements),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// hostile: frames that must not get through, each with the name under which it
// is dropped. None of them gets an answer, unless the table says so.
#include "lab.h"

#define V4 "10.0.0.9", "10.0.0.2"
#define V6 "fd00::9", "fd00::2"

// Changes a sound frame; tells whether lengths and checksums are made right
// again afterwards.
typedef bool spoil_fn(struct frame *f);

struct hostile {
	const char *what;
	spoil_fn *spoil;
	enum drop reason;
	unsigned answers;
};

static void assert_refused(const struct hostile *cases, size_t n, const struct frame *sound,
                           unsigned protocol)
{
	lab_meet();
	for (size_t i = 0; i < n; i++) {
		struct frame f = *sound;

		if (cases[i].spoil(&f))
			frame_fix(&f, protocol);
		lab_refuses(&f, cases[i].reason);
		if (lab_waiting() != cases[i].answers)
			fail_msg("%s: %u answers", cases[i].what, lab_waiting());
		while (lab_waiting())
			lab_take();
		lab_clear();
	}
}

#define ASSERT_REFUSED(cases, sound, protocol)                                                     \
	assert_refused(cases, ARRAY_LEN(cases), sound, protocol)

// A spoiler of one statement on the frame f, then true or false.
#define SPOIL(name, fix, ...)                                                                      \
	static bool name(struct frame *f)                                                          \
	{                                                                                          \
		__VA_ARGS__;                                                                       \
		return fix;                                                                        \
	}

SPOIL(cut_in_ethernet, false, f->len = 13)
SPOIL(cut_in_tag, false, (frame_tag(f, 0), f->len = 17))
SPOIL(to_other_host, false, f->b[5] = OTHER)
SPOIL(to_ipv4_group, false, memcpy(f->b, "\x01\x00\x5e\x00\x00\x01", 6))
SPOIL(from_group, false, f->b[6] |= 1)
SPOIL(in_vlan, false, frame_tag(f, 5))
SPOIL(of_length, false, put16(f->b + 12, 46))
SPOIL(of_unknown_type, false, put16(f->b + 12, 0x88cc))
SPOIL(tagged_twice, false, (frame_tag(f, 0), frame_tag(f, 0)))

static void test_frames(void **state)
{
	static const struct hostile cases[] = {
	        {"cut in its header", cut_in_ethernet, DROP_ETH_SHORT},
	        {"cut in its tag", cut_in_tag, DROP_ETH_SHORT},
	        {"for another host", to_other_host, DROP_ETH_NOT_OURS},
	        {"for a group we do not hear", to_ipv4_group, DROP_ETH_NOT_OURS},
	        {"from a group", from_group, DROP_ETH_SOURCE},
	        {"of another VLAN", in_vlan, DROP_ETH_VLAN},
	        {"with a length for a type", of_length, DROP_ETH_LLC},
	        {"of an unknown type", of_unknown_type, DROP_ETH_TYPE},
	        {"with two tags", tagged_twice, DROP_ETH_TYPE},
	};
	struct frame sound = frame_udp(V4, 4000, 7, "x");

	ASSERT_REFUSED(cases, &sound, 17);
}

static void test_families_that_the_port_lacks(void **state)
{
	struct frame v4 = frame_udp(V4, 4000, 7, "x"), v6 = frame_udp(V6, 4000, 7, "x");
	struct frame arp = frame_arp(HOST, 1, V4), group = frame_ping("fd00::9", "ff02::1");

	lab_close();
	lab_init();
	lab.conf.port[0].ipv4_len = lab.conf.port[0].ipv6_len = 0;
	lab_open();
	frame_to_group(&group);
	lab_refuses(&v4, DROP_ETH_TYPE);
	lab_refuses(&v6, DROP_ETH_TYPE);
	lab_refuses(&arp, DROP_ETH_TYPE);
	lab_refuses(&group, DROP_ETH_NOT_OURS);
}

SPOIL(arp_cut, false, f->len = 41)
SPOIL(arp_htype, false, f->b[f->l3 + 1] = 6)
SPOIL(arp_ptype, false, f->b[f->l3 + 2] = 0x86)
SPOIL(arp_hlen, false, f->b[f->l3 + 4] = 8)
SPOIL(arp_plen, false, f->b[f->l3 + 5] = 16)
SPOIL(arp_oper, false, f->b[f->l3 + 7] = 3)
SPOIL(arp_from_group, false, f->b[f->l3 + 8] |= 1)
SPOIL(arp_from_zero, false, memset(f->b + f->l3 + 8, 0, 6))
SPOIL(arp_from_loopback, false, f->b[f->l3 + 14] = 127)
SPOIL(arp_from_multicast, false, f->b[f->l3 + 14] = 224)
SPOIL(arp_from_us, false, put_mac(f->b + f->l3 + 8, US))
SPOIL(arp_for_other, false, f->b[f->l3 + 27] = 77)

static void test_arp(void **state)
{
	static const struct hostile cases[] = {
	        {"cut", arp_cut, DROP_ARP_SHORT},
	        {"not Ethernet", arp_htype, DROP_ARP_FORMAT},
	        {"not IPv4", arp_ptype, DROP_ARP_FORMAT},
	        {"long hardware address", arp_hlen, DROP_ARP_FORMAT},
	        {"long network address", arp_plen, DROP_ARP_FORMAT},
	        {"neither request nor reply", arp_oper, DROP_ARP_OPER},
	        {"from a hardware group", arp_from_group, DROP_ARP_SENDER},
	        {"from no hardware", arp_from_zero, DROP_ARP_SENDER},
	        {"from loopback", arp_from_loopback, DROP_ARP_SENDER},
	        {"from a group", arp_from_multicast, DROP_ARP_SENDER},
	        {"from ourselves", arp_from_us, DROP_ARP_OWN},
	        {"for another host", arp_for_other, DROP_ARP_NOT_OURS},
	};
	struct frame sound = frame_arp(HOST, 1, V4);

	ASSERT_REFUSED(cases, &sound, 0);
}

#define SRC4(text) put_ip(f->b + f->l3 + 12, ip(text))
#define DST4(text) put_ip(f->b + f->l3 + 16, ip(text))
#define OPTION4(...)                                                                               \
	(frame_insert(f, f->l4, (const uint8_t[4]){__VA_ARGS__}, 4), f->b[f->l3] = 0x46)

SPOIL(v4_cut, false, f->len = f->l3 + 19)
SPOIL(v4_version, false, f->b[f->l3] = 0x65)
SPOIL(v4_ihl_low, false, f->b[f->l3] = 0x44)
SPOIL(v4_ihl_high, false, f->b[f->l3] = 0x4f)
SPOIL(v4_total_low, false, put16(f->b + f->l3 + 2, 19))
SPOIL(v4_total_high, false, put16(f->b + f->l3 + 2, (unsigned)(f->len - f->l3) + 1))
SPOIL(v4_cksum, false, f->b[f->l3 + 10] ^= 0x10)
SPOIL(v4_option_cut, true, OPTION4(1, 1, 1, 7))
SPOIL(v4_option_long, true, OPTION4(7, 5, 0, 0))
SPOIL(v4_option_short, true, OPTION4(7, 1, 0, 0))
SPOIL(v4_loose_route, true, OPTION4(131, 3, 4, 0))
SPOIL(v4_strict_route, true, OPTION4(1, 137, 3, 4))
SPOIL(v4_first_fragment, true, f->b[f->l3 + 6] = 0x20)
SPOIL(v4_last_fragment, true, f->b[f->l3 + 7] = 1)
SPOIL(v4_from_nobody, true, SRC4("0.0.0.0"))
SPOIL(v4_from_loopback, true, SRC4("127.0.0.1"))
SPOIL(v4_from_group, true, SRC4("224.0.0.1"))
SPOIL(v4_from_reserved, true, SRC4("240.0.0.1"))
SPOIL(v4_from_broadcast, true, SRC4("255.255.255.255"))
SPOIL(v4_from_net_broadcast, true, SRC4("10.0.0.255"))
SPOIL(v4_from_us, true, SRC4("10.0.0.2"))
SPOIL(v4_to_other, true, DST4("10.0.0.3"))
SPOIL(v4_to_loopback, true, DST4("127.0.0.1"))
SPOIL(v4_to_broadcast, true, DST4("255.255.255.255"))
SPOIL(v4_to_net_broadcast, true, DST4("10.0.0.255"))
SPOIL(v4_to_group, true, DST4("224.0.0.251"))
SPOIL(v4_by_broadcast, false, frame_to_group(f))

static void test_ipv4(void **state)
{
	static const struct hostile cases[] = {
	        {"cut", v4_cut, DROP_IPV4_SHORT},
	        {"version 6", v4_version, DROP_IPV4_VERSION},
	        {"header of 16 bytes", v4_ihl_low, DROP_IPV4_HEADER_LEN},
	        {"header beyond the packet", v4_ihl_high, DROP_IPV4_TOTAL_LEN},
	        {"total below the header", v4_total_low, DROP_IPV4_TOTAL_LEN},
	        {"total beyond the frame", v4_total_high, DROP_IPV4_TOTAL_LEN},
	        {"checksum", v4_cksum, DROP_IPV4_CKSUM},
	        {"option without length", v4_option_cut, DROP_IPV4_OPTION},
	        {"option beyond the header", v4_option_long, DROP_IPV4_OPTION},
	        {"option of one byte", v4_option_short, DROP_IPV4_OPTION},
	        {"loose source route", v4_loose_route, DROP_IPV4_SOURCE_ROUTE},
	        {"strict source route", v4_strict_route, DROP_IPV4_SOURCE_ROUTE},
	        {"first fragment", v4_first_fragment, DROP_IPV4_FRAGMENT},
	        {"last fragment", v4_last_fragment, DROP_IPV4_FRAGMENT},
	        {"from nobody", v4_from_nobody, DROP_IPV4_MARTIAN},
	        {"from loopback", v4_from_loopback, DROP_IPV4_MARTIAN},
	        {"from a group", v4_from_group, DROP_IPV4_MARTIAN},
	        {"from class E", v4_from_reserved, DROP_IPV4_MARTIAN},
	        {"from broadcast", v4_from_broadcast, DROP_IPV4_MARTIAN},
	        {"from the net's broadcast", v4_from_net_broadcast, DROP_IPV4_MARTIAN},
	        {"from ourselves", v4_from_us, DROP_IPV4_OWN},
	        {"for another host", v4_to_other, DROP_IPV4_NOT_OURS},
	        {"for loopback", v4_to_loopback, DROP_IPV4_NOT_OURS},
	        {"for all", v4_to_broadcast, DROP_IPV4_GROUP},
	        {"for the net's broadcast", v4_to_net_broadcast, DROP_IPV4_GROUP},
	        {"for a group", v4_to_group, DROP_IPV4_GROUP},
	        {"for us, sent to all", v4_by_broadcast, DROP_IPV4_LINK_GROUP},
	};
	struct frame sound = frame_udp(V4, 4000, 7, "x");

	ASSERT_REFUSED(cases, &sound, 17);
}

SPOIL(udp_len_low, false, put16(f->b + f->l4 + 4, 7))
SPOIL(udp_len_high, false, put16(f->b + f->l4 + 4, (unsigned)(f->len - f->l4) + 1))
SPOIL(udp_len_zero, false, put16(f->b + f->l4 + 4, 0))
SPOIL(udp_from_port_0, true, put16(f->b + f->l4, 0))
SPOIL(udp_to_port_0, true, put16(f->b + f->l4 + 2, 0))
SPOIL(udp_cksum, false, f->b[f->l4 + 6] ^= 1)
SPOIL(udp_data, false, f->b[f->l4 + 8] ^= 1)
SPOIL(udp_no_cksum, false, put16(f->b + f->l4 + 6, 0))

// frame_fix would complete a field that is cut off.
static bool udp_header_cut(struct frame *f)
{
	f->len = f->l4 + 7;
	if (frame_version(f) == 4) {
		put16(f->b + f->l3 + 2, 27);
		put16(f->b + f->l3 + 10, 0);
		put16(f->b + f->l3 + 10, ~slow_sum(0, f->b + f->l3, 20) & 0xffff);
	} else {
		put16(f->b + f->l3 + 4, 7);
	}
	return false;
}

static void test_udp(void **state)
{
	static const struct hostile cases[] = {
	        {"cut", udp_header_cut, DROP_UDP_SHORT},
	        {"length below the header", udp_len_low, DROP_UDP_LENGTH},
	        {"length beyond the packet", udp_len_high, DROP_UDP_LENGTH},
	        {"length zero", udp_len_zero, DROP_UDP_LENGTH},
	        {"from port 0", udp_from_port_0, DROP_UDP_SOURCE_PORT},
	        {"to port 0", udp_to_port_0, DROP_UDP_NO_LISTENER, 1},
	        {"checksum", udp_cksum, DROP_UDP_CKSUM},
	        {"data", udp_data, DROP_UDP_CKSUM},
	};
	static const struct hostile only6[] = {
	        {"no checksum", udp_no_cksum, DROP_UDP_NO_CKSUM},
	};
	struct frame v4 = frame_udp(V4, 4000, 7, "x"), v6 = frame_udp(V6, 4000, 7, "x");

	ASSERT_REFUSED(cases, &v4, 17);
	ASSERT_REFUSED(cases, &v6, 17);
	ASSERT_REFUSED(only6, &v6, 17);
}

static void test_udp_to_a_group(void **state)
{
	struct frame f = frame_udp("fd00::9", "ff02::1", 4000, 7, "x");

	frame_to_group(&f);
	lab_refuses(&f, DROP_UDP_GROUP);
}

SPOIL(icmp_cut, false,
      (put16(f->b + f->l3 + 2, 27), put16(f->b + f->l3 + 10, 0),
       put16(f->b + f->l3 + 10, ~slow_sum(0, f->b + f->l3, 20) & 0xffff)))
SPOIL(icmp_cksum, false, f->b[f->l4 + 2] ^= 1)
SPOIL(icmp_unreachable, true, f->b[f->l4] = 3)
SPOIL(icmp_quench, true, f->b[f->l4] = 4)
SPOIL(icmp_exceeded, true, f->b[f->l4] = 11)
SPOIL(icmp_parameter, true, f->b[f->l4] = 12)
SPOIL(icmp_redirect, true, f->b[f->l4] = 5)
SPOIL(icmp_reply, true, f->b[f->l4] = 0)
SPOIL(icmp_unknown, true, f->b[f->l4] = 200)
SPOIL(icmp_echo_code, true, f->b[f->l4 + 1] = 1)

static void test_icmp(void **state)
{
	static const struct hostile cases[] = {
	        {"cut", icmp_cut, DROP_ICMP4_SHORT},
	        {"checksum", icmp_cksum, DROP_ICMP4_CKSUM},
	        {"unreachable", icmp_unreachable, DROP_ICMP4_ERROR},
	        {"source quench", icmp_quench, DROP_ICMP4_ERROR},
	        {"time exceeded", icmp_exceeded, DROP_ICMP4_ERROR},
	        {"parameter problem", icmp_parameter, DROP_ICMP4_ERROR},
	        {"redirect", icmp_redirect, DROP_ICMP4_REDIRECT},
	        {"echo reply", icmp_reply, DROP_ICMP4_TYPE},
	        {"unknown type", icmp_unknown, DROP_ICMP4_TYPE},
	        {"echo with a code", icmp_echo_code, DROP_ICMP4_TYPE},
	};
	struct frame sound = frame_ping(V4);

	ASSERT_REFUSED(cases, &sound, 1);
}

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
	        {"unreachable", icmp6_error_type, DROP_ICMP6_ERROR},
	        {"last of the errors", icmp6_last_error, DROP_ICMP6_ERROR},
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
	        {"hardware address of a group", ndp_mac_of_group, DROP_ICMP6_NDP_OPTION},
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
SPOIL(ndp_ours, true, f->b[f->l4 + 23] = 2)

static void test_advertisements(void **state)
{
	static const struct hostile cases[] = {
	        {"hop limit", ndp_hop_limit, DROP_ICMP6_NDP_HOP_LIMIT},
	        {"cut", ndp_cut, DROP_ICMP6_NDP_SHORT},
	        {"solicited by a group", ndp_solicited_group, DROP_ICMP6_NDP_DST},
	        {"from nobody", ndp_from_nobody, DROP_IPV6_UNSPECIFIED},
	        {"of our address", ndp_ours, DROP_ICMP6_NDP_CONFLICT},
	};
	struct frame sound = frame_ndp(V6, 136, 4, "fd00::9", HOST);

	ASSERT_REFUSED(cases, &sound, 58);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        LAB_TEST(test_frames),
	        LAB_TEST(test_families_that_the_port_lacks),
	        LAB_TEST(test_arp),
	        LAB_TEST(test_ipv4),
	        LAB_TEST(test_udp),
	        LAB_TEST(test_udp_to_a_group),
	        LAB_TEST(test_icmp),
	        LAB_TEST(test_ipv6),
	        LAB_TEST(test_harmless_extensions),
	        LAB_TEST(test_errors_that_must_not_be_sent),
	        LAB_TEST(test_icmp6),
	        LAB_TEST(test_solicitations),
	        LAB_TEST(test_advertisements),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

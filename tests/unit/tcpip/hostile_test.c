// hostile: frames, ARP, IPv4, ICMP and UDP that must not get through, each with
// the name under which it is dropped. IPv6 is in hostile6_test.c.
#include "hostile.h"

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
	lab.conf.iface[0].ipv4_len = lab.conf.iface[0].ipv6_len = 0;
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
	        {"header beyond the packet", v4_ihl_high, DROP_IPV4_SHORT},
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
	        {"unreachable", icmp_unreachable, DROP_ICMP4_QUOTE},
	        {"source quench", icmp_quench, DROP_ICMP4_TYPE},
	        {"time exceeded", icmp_exceeded, DROP_ICMP4_QUOTE},
	        {"parameter problem", icmp_parameter, DROP_ICMP4_QUOTE},
	        {"redirect", icmp_redirect, DROP_ICMP4_REDIRECT},
	        {"echo reply", icmp_reply, DROP_ICMP4_TYPE},
	        {"unknown type", icmp_unknown, DROP_ICMP4_TYPE},
	        {"echo with a code", icmp_echo_code, DROP_ICMP4_TYPE},
	};
	struct frame sound = frame_ping(V4);

	ASSERT_REFUSED(cases, &sound, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        LAB_TEST(test_frames), LAB_TEST(test_families_that_the_port_lacks),
	        LAB_TEST(test_arp),    LAB_TEST(test_ipv4),
	        LAB_TEST(test_udp),    LAB_TEST(test_udp_to_a_group),
	        LAB_TEST(test_icmp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

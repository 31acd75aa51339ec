// error: ICMP and ICMPv6 errors on their way to the listener whose datagram they are
// about, and those that are forged, cut off or about nobody's packet. What else is wrong
// with ICMP is in hostile_test.c and hostile6_test.c.
#include "lab.h"

#include "core/rand.h"

#define PORT 5000

static struct {
	unsigned calls;
	struct ip_error error;
	uint16_t src_port, dst_port;
} told;

static void note_error(void *ctx, const struct ip_error *error, uint16_t src_port,
                       uint16_t dst_port, mono_t now)
{
	assert_ptr_equal(ctx, &told);
	assert_in_range(error->quoted_len, 8, 1500);
	told.calls++;
	told.error = *error;
	told.src_port = src_port;
	told.dst_port = dst_port;
}

static void listen_at(const char *addr, uint16_t port)
{
	struct udp_listener_conf conf = {
	        .port = port, .fn = lab_echo, .error_fn = note_error, .ctx = &told};

	memset(&told, 0, sizeof(told));
	if (addr)
		conf.addr = ip(addr);
	assert_int_equal(udp_listen(lab.udp, &conf, NULL), 0);
}

// An error from a router about a datagram of ours of len bytes, headers included, from
// PORT to port 53 of a far host, of which it quotes all headers.
static struct frame error_about(bool ipv6, unsigned type, unsigned code, unsigned mtu, unsigned len)
{
	const char *us = ipv6 ? "fd00::2" : "10.0.0.2";
	struct frame sent = frame_udp(us, ipv6 ? "2001:db8::9" : "192.0.2.9", PORT, 53, "");
	size_t quoted = sent.len - sent.l3;
	uint8_t body[4 + 64] = {0};

	put16(sent.b + sent.l3 + (ipv6 ? 4 : 2), ipv6 ? len - 40 : len);
	put16(body, mtu >> 16);
	put16(body + 2, mtu);
	memcpy(body + 4, sent.b + sent.l3, quoted);
	return frame_icmp(ipv6 ? "2001:db8::1" : "192.0.2.1", us, type, code, body, 4 + quoted);
}

static const struct {
	const char *what;
	bool ipv6;
	unsigned type, code, mtu;
	enum ip_error_kind kind;
} errors[] = {
        {"host unreachable", false, 3, 1, 0, IP_ERROR_UNREACHABLE},
        {"protocol unreachable", false, 3, 2, 0, IP_ERROR_UNREACHABLE},
        {"port unreachable", false, 3, 3, 0, IP_ERROR_PORT},
        {"too big", false, 3, 4, 1400, IP_ERROR_TOO_BIG},
        {"too big, of a router before RFC 1191", false, 3, 4, 0, IP_ERROR_TOO_BIG},
        {"too big, shortest MTU", false, 3, 4, 68, IP_ERROR_TOO_BIG},
        {"filtered", false, 3, 13, 0, IP_ERROR_UNREACHABLE},
        {"time exceeded", false, 11, 0, 0, IP_ERROR_EXPIRED},
        {"parameter problem", false, 12, 0, 0, IP_ERROR_PARAMETER},
        {"no route", true, 1, 0, 0, IP_ERROR_UNREACHABLE},
        {"port unreachable", true, 1, 4, 0, IP_ERROR_PORT},
        {"too big", true, 2, 0, 1400, IP_ERROR_TOO_BIG},
        {"too big, shortest MTU", true, 2, 0, 1280, IP_ERROR_TOO_BIG},
        {"time exceeded", true, 3, 0, 0, IP_ERROR_EXPIRED},
        {"parameter problem", true, 4, 1, 0, IP_ERROR_PARAMETER},
        {"an error of tomorrow", true, 100, 0, 0, IP_ERROR_OTHER},
};

static void test_errors_reach_the_listener(void **state)
{
	listen_at(NULL, PORT);
	for (unsigned i = 0; i < ARRAY_LEN(errors); i++) {
		bool ipv6 = errors[i].ipv6;
		struct frame f =
		        error_about(ipv6, errors[i].type, errors[i].code, errors[i].mtu, 1500);

		lab_in(&f);
		if (told.calls != i + 1)
			fail_msg("%s: not told", errors[i].what);
		assert_int_equal(told.error.kind, errors[i].kind);
		assert_int_equal(told.error.type, errors[i].type);
		assert_int_equal(told.error.code, errors[i].code);
		assert_int_equal(told.error.mtu, errors[i].mtu);
		assert_true(addr_eq(told.error.from, ip(ipv6 ? "2001:db8::1" : "192.0.2.1")));
		assert_true(addr_eq(told.error.flow.src, ip(ipv6 ? "fd00::2" : "10.0.0.2")));
		assert_true(addr_eq(told.error.flow.dst, ip(ipv6 ? "2001:db8::9" : "192.0.2.9")));
		assert_int_equal(told.error.flow.protocol, 17);
		assert_int_equal(told.src_port, PORT);
		assert_int_equal(told.dst_port, 53);
	}
	assert_int_equal(lab_waiting(), 0);
	for (unsigned i = 1; i < DROP_COUNT; i++)
		assert_int_equal(harness_drops(i), 0);
}

static void test_an_error_is_for_the_address_that_sent(void **state)
{
	struct frame f = error_about(false, 3, 3, 0, 28);

	listen_at("fd00::2", PORT);
	lab_refuses(&f, DROP_ICMP4_ERROR);
	listen_at("10.0.0.2", PORT);
	lab_in(&f);
	assert_int_equal(told.calls, 1);
}

static void test_nobody_waits(void **state)
{
	struct frame v4 = error_about(false, 3, 3, 0, 28), v6 = error_about(true, 1, 4, 0, 48);
	struct udp_listener_conf deaf = {.port = PORT, .fn = lab_echo, .ctx = &lab};

	lab_refuses(&v4, DROP_ICMP4_ERROR);
	lab_refuses(&v6, DROP_ICMP6_ERROR);
	assert_int_equal(udp_listen(lab.udp, &deaf, NULL), 0);
	lab_refuses(&v4, DROP_ICMP4_ERROR);
	lab_refuses(&v6, DROP_ICMP6_ERROR);
	v4.b[v4.l4 + 8 + 9] = 6; // about a TCP segment
	v6.b[v6.l4 + 8 + 6] = 6;
	frame_fix(&v4, 1);
	frame_fix(&v6, 58);
	lab_refuses(&v4, DROP_ICMP4_ERROR);
	lab_refuses(&v6, DROP_ICMP6_ERROR);
}

struct forgery {
	const char *what;
	size_t at; // in the packet that is quoted
	uint8_t value;
	size_t cut; // bytes off the end
	enum drop reason;
};

static void assert_forged(bool ipv6, const struct forgery *cases, size_t n)
{
	listen_at(NULL, PORT);
	for (size_t i = 0; i < n; i++) {
		struct frame f = error_about(ipv6, ipv6 ? 1 : 3, 1, 0, 100);
		uint64_t before = harness_drops(cases[i].reason);

		if (cases[i].at)
			f.b[f.l4 + 8 + cases[i].at - 1] = cases[i].value;
		f.len -= cases[i].cut;
		frame_fix(&f, ipv6 ? 58 : 1);
		lab_in(&f);
		if (told.calls || harness_drops(cases[i].reason) != before + 1)
			fail_msg("%s: not dropped as %s", cases[i].what,
			         drop_name(cases[i].reason));
	}
	assert_int_equal(lab_waiting(), 0);
}

// Offsets count from 1.
static void test_forged_quotes(void **state)
{
	static const struct forgery v4[] = {
	        {"nothing quoted", 0, 0, 28, DROP_ICMP4_QUOTE},
	        {"header cut off", 0, 0, 9, DROP_ICMP4_QUOTE},
	        {"ports cut off", 0, 0, 1, DROP_ICMP4_QUOTE},
	        {"of version 6", 1, 0x65, 0, DROP_ICMP4_QUOTE},
	        {"header of 16 bytes", 1, 0x44, 0, DROP_ICMP4_QUOTE},
	        {"header with options that are not there", 1, 0x46, 0, DROP_ICMP4_QUOTE},
	        {"a later fragment", 8, 1, 0, DROP_ICMP4_QUOTE},
	        {"not from us", 16, 77, 0, DROP_ICMP4_QUOTE},
	        {"from a port without a listener", 21, 0x33, 0, DROP_ICMP4_ERROR},
	};

	assert_forged(false, v4, ARRAY_LEN(v4));
}

static void test_forged_quotes6(void **state)
{
	static const struct forgery v6[] = {
	        {"nothing quoted", 0, 0, 48, DROP_ICMP6_QUOTE},
	        {"header cut off", 0, 0, 9, DROP_ICMP6_QUOTE},
	        {"ports cut off", 0, 0, 1, DROP_ICMP6_QUOTE},
	        {"of version 4", 1, 0x45, 0, DROP_ICMP6_QUOTE},
	        {"not from us", 24, 77, 0, DROP_ICMP6_QUOTE},
	        {"an extension header", 7, 60, 0, DROP_ICMP6_ERROR},
	        {"from a port without a listener", 41, 0x33, 0, DROP_ICMP6_ERROR},
	};

	assert_forged(true, v6, ARRAY_LEN(v6));
}

static void test_impossible_mtus(void **state)
{
	static const struct {
		bool ipv6;
		unsigned mtu, len;
	} cases[] = {
	        {false, 67, 1500},   {false, 1, 1500},     {false, 1500, 1500},
	        {false, 1400, 1400}, {false, 65535, 1500}, {true, 0, 1500},
	        {true, 1279, 1500},  {true, 1500, 1500},   {true, 1300, 1300},
	        {true, 65535, 1500}, {true, 65536, 65575}, {true, 65540, 65575},
	};

	listen_at(NULL, PORT);
	for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
		bool ipv6 = cases[i].ipv6;
		struct frame f =
		        error_about(ipv6, ipv6 ? 2 : 3, ipv6 ? 0 : 4, cases[i].mtu, cases[i].len);

		lab_refuses(&f, ipv6 ? DROP_ICMP6_MTU : DROP_ICMP4_MTU);
	}
	assert_int_equal(told.calls, 0);
}

// Whatever is quoted, and however it is cut into pages, nothing is sent or kept.
static void test_a_storm_of_errors_costs_nothing(void **state)
{
	struct rand rnd;

	listen_at(NULL, PORT);
	rand_init(&rnd, 3);
	for (unsigned i = 0; i < 20000; i++) {
		bool ipv6 = i % 2;
		struct frame f = error_about(ipv6, ipv6 ? 1 + (unsigned)rand_below(&rnd, 4) : 3,
		                             (unsigned)rand_below(&rnd, 5), 1400, 1500);
		size_t at = f.l4 + 4;

		for (uint64_t n = rand_below(&rnd, 3); n; n--)
			f.b[at + rand_below(&rnd, f.len - at)] ^= (uint8_t)rand_u64(&rnd);
		f.len -= rand_below(&rnd, 3) ? 0 : rand_below(&rnd, f.len - at);
		frame_fix(&f, ipv6 ? 58 : 1);
		if (rand_below(&rnd, 4))
			lab_in(&f);
		else
			lab_in_cut(&f, 1 + rand_below(&rnd, f.len - 1));
		assert_int_equal(lab_waiting(), 0);
	}
	assert_in_range(told.calls, 1000, 20000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        LAB_TEST(test_errors_reach_the_listener),
	        LAB_TEST(test_an_error_is_for_the_address_that_sent),
	        LAB_TEST(test_nobody_waits),
	        LAB_TEST(test_forged_quotes),
	        LAB_TEST(test_forged_quotes6),
	        LAB_TEST(test_impossible_mtus),
	        LAB_TEST(test_a_storm_of_errors_costs_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

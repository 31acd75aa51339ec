// mld: queries of routers and switches, and our reports of groups.
#include "lab.h"

#include "proto/tcpip/mld_wire.h"

// A query with a router alert; `ms` is the code of the time that it grants.
static struct frame query(const char *src, const char *group, unsigned ms)
{
	uint8_t body[24] = {(uint8_t)(ms >> 8), (uint8_t)ms};
	struct frame f;

	put_ip(body + 4, ip(group));
	f = frame_icmp(src, "ff02::1", 130, 0, body, sizeof(body));
	f.b[f.l3 + 7] = 1;
	frame_to_group(&f);
	frame_extend(&f, 0, 1, (const uint8_t[6]){5, 2, 0, 0, 1, 0});
	frame_fix(&f, 58);
	return f;
}

// A report of the groups of fe80::ff:fe00:1 and fd00::2, each with the type.
static void assert_report(const struct frame *f, uint8_t type)
{
	static const uint8_t alert[8] = {58, 0, 5, 2, 0, 0, 1, 0};
	uint8_t want[48] = {143, [7] = 2, [8] = type, [28] = type};

	assert_memory_equal(f->b, "\x33\x33\0\0\0\x16", 6);
	assert_int_equal(f->b[f->l3 + 7], 1);
	assert_memory_equal(f->b + f->l4 - 8, alert, 8);
	put_ip(want + 12, ip("ff02::1:ff00:1"));
	put_ip(want + 32, ip("ff02::1:ff00:2"));
	memcpy(want + 2, f->b + f->l4 + 2, 2); // the checksum is judged by lab_take
	assert_int_equal(f->len - f->l4, sizeof(want));
	assert_memory_equal(f->b + f->l4, want, sizeof(want));
}

static void test_groups_are_reported_at_start(void **state)
{
	struct frame f;

	lab_close();
	lab_init();
	lab.conf.announce = true;
	lab.conf.iface[0].ipv4_len = 0;
	lab_open();
	f = lab_take();
	assert_report(&f, MLD_TO_EXCLUDE);
	lab_clear();
	lab_advance(2 * SEC_US + MS_US);
	f = lab_take();
	assert_report(&f, MLD_TO_EXCLUDE);
}

static void test_a_query_is_answered_once_in_the_time_it_grants(void **state)
{
	struct frame f = query("fe80::1", "::", 1000),
	             again = query("fe80::1", "ff02::1:ff00:2", 9);

	lab_in(&f);
	lab_in(&again);
	assert_int_equal(lab_waiting(), 0);
	lab_advance(SEC_US + MS_US);
	f = lab_take();
	assert_report(&f, MLD_IS_EXCLUDE);
	assert_int_equal(lab_waiting(), 0);
}

// RFC 3810 section 6.2: a switch that asks about one group waits for a second, whatever time was
// granted before.
static void test_a_query_that_grants_less_time_hastens_the_report(void **state)
{
	struct frame f;

	for (unsigned i = 0; i < 10; i++) {
		f = query("fe80::1", "::", 10000);
		lab_in(&f);
		f = query("fe80::9", "ff02::1:ff00:2", 100);
		lab_in(&f);
		lab_advance(101 * MS_US);
		f = lab_take();
		assert_report(&f, MLD_IS_EXCLUDE);
		lab_advance(10 * SEC_US);
		assert_int_equal(lab_waiting(), 0);
		lab_clear();
	}
}

static void test_addresses_of_one_group_are_reported_once(void **state)
{
	struct frame f = query("fe80::1", "::", 0);

	lab_close();
	lab_init();
	lab.conf.iface[0].ipv6[1] = net("fd01::2/64");
	lab.conf.iface[0].ipv6_len = 2;
	lab_open();
	lab_in(&f);
	lab_advance(MS_US);
	f = lab_take();
	assert_report(&f, MLD_IS_EXCLUDE);
}

static void test_queries_from_elsewhere_are_refused(void **state)
{
	struct frame routed = query("fe80::1", "::", 0), global = query("fd00::9", "::", 0);
	struct frame other = query("fe80::1", "ff02::1:ff00:77", 0);
	struct frame quiet = frame_icmp("fe80::1", "ff02::1", 130, 0, routed.b + routed.l4 + 4, 20);
	struct frame cut = query("fe80::1", "::", 0);

	routed.b[routed.l3 + 7] = 2;
	quiet.b[quiet.l3 + 7] = 1;
	frame_to_group(&quiet);
	cut.len = cut.l4 + 23;
	frame_fix(&cut, 58);
	lab_refuses(&routed, DROP_ICMP6_MLD);
	lab_refuses(&global, DROP_ICMP6_MLD);
	lab_refuses(&other, DROP_ICMP6_MLD);
	lab_refuses(&quiet, DROP_ICMP6_MLD);
	lab_refuses(&cut, DROP_ICMP6_SHORT);
}

// RFC 3810 section 5.1.3.
static void test_long_times_are_floating(void **state)
{
	static const struct {
		uint16_t code;
		uint32_t ms;
	} cases[] = {
	        {0, 0}, {0x7fff, 32767}, {0x8000, 32768}, {0x8001, 32776}, {0xffff, 8387584},
	};

	for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
		struct mld_query q = {.max_response = be16(cases[i].code)};

		assert_int_equal(mld_max_response_ms(&q), cases[i].ms);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        LAB_TEST(test_groups_are_reported_at_start),
	        LAB_TEST(test_a_query_is_answered_once_in_the_time_it_grants),
	        LAB_TEST(test_a_query_that_grants_less_time_hastens_the_report),
	        LAB_TEST(test_addresses_of_one_group_are_reported_once),
	        LAB_TEST(test_queries_from_elsewhere_are_refused),
	        cmocka_unit_test(test_long_times_are_floating),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// linux_iface: what the kernel says of the one interface that is everywhere, and of
// one that is nowhere.
#include "harness.h"

#include "backends/dpdk/linux_iface.h"

#include <errno.h>
#include <net/if.h>
#include <unistd.h>

static void test_loopback_is_described(void **state)
{
	struct linux_iface iface;

	assert_int_equal(linux_iface_query("lo", &iface), 0);
	assert_int_equal(iface.index, if_nametoindex("lo"));
	assert_true(iface.mtu >= 1500);
	assert_int_equal(iface.queues, 1);
	assert_int_equal(iface.xdp_prog, 0);
}

static void test_what_is_not_there_is_not_found(void **state)
{
	struct linux_iface iface;

	assert_int_equal(linux_iface_query("nosuch0", &iface), -ENODEV);
}

static void test_groups_need_an_interface(void **state)
{
	if (geteuid() != 0)
		skip();
	assert_int_equal(linux_iface_groups_open(INT32_MAX), -ENODEV);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_loopback_is_described),
	        cmocka_unit_test(test_what_is_not_there_is_not_found),
	        cmocka_unit_test(test_groups_need_an_interface),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

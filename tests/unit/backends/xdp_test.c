// xdp: what devices are refused, in one sentence that says what to do, and what Linux
// reports of the one interface that is everywhere. tests/net serves on real ones.
#include "harness.h"

#include "backends/xdp/check.h"
#include "backends/xdp/xdp.h"

#include <errno.h>
#include <net/if.h>
#include <unistd.h>

static struct why why;

// Reads the device and, with `open`, opens it for `queues` queues.
static int parse(const char *device, bool open, unsigned queues, uint16_t mtu)
{
	struct netif *netif;
	struct backend_conf conf;
	int err;

	why.text[0] = '\0';
	err = backend_conf_parse(&conf, &xdp_backend, device, &why);
	if (err || !open)
		return err;
	conf.queues = queues;
	conf.mtu = mtu;
	return xdp_backend.open("xdp_test", &conf, 1, &netif, &why);
}

static void test_each_mistake_is_named(void **state)
{
	static const struct {
		const char *device, *says;
	} cases[] = {
	        {"af_xdp:", "lacks its argument: af_xdp:IFACE"},
	        {"af_xdp:a/b", "names \"a/b\", which cannot be an interface"},
	        {"af_xdp:sixteen-letters-", "sixteen-letters-"},
	        {"af_xdp:..", "cannot be an interface"},
	        {"af_xdp:eth0,start=1024", "is not a number from 0 to 1023"},
	        {"af_xdp:eth0,copy=2", "is not 0 or 1"},
	        {"af_xdp:eth0,share=yes", "is not 0|1|auto"},
	        {"af_xdp:eth0,frames=63", "is not a number from 64 to 65536"},
	        {"af_xdp:eth0,bypass=1", "its options are: start, frames, busy, copy, share"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(parse(cases[i].device, false, 1, 0), -EINVAL);
		if (!strstr(why.text, cases[i].says))
			fail_msg("%s: \"%s\" lacks \"%s\"", cases[i].device, why.text,
			         cases[i].says);
	}
	assert_int_equal(
	        parse("af_xdp:eth0,start=4,frames=512,busy=64,copy=1,share=auto", false, 1, 0), 0);
	assert_int_equal(parse("tap:wadi0", false, 1, 0), -ENOENT);
}

static void test_refusals_say_what_to_do(void **state)
{
	static const struct {
		const char *device;
		unsigned queues;
		uint16_t mtu;
		int err;
		const char *says;
	} cases[] = {
	        {"af_xdp:nosuch0", 1, 0, -ENODEV, "no such interface; see: ip link"},
	        {"af_xdp:lo", 0, 0, -E2BIG, "0 queues requested"},
	        {"af_xdp:lo", 65, 0, -E2BIG, "set workers"},
	        {"af_xdp:lo", 2, 0, -ERANGE, "queues 0 to 1 are wanted, but the interface has 1"},
	        {"af_xdp:lo,start=3", 1, 0, -ERANGE, "queues 3 to 3 are wanted"},
	        {"af_xdp:lo", 1, 9000, -EMSGSIZE, "serves 3374 at most: set the port's mtu"},
	};

	if (geteuid() != 0)
		skip();
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int err = parse(cases[i].device, true, cases[i].queues, cases[i].mtu);

		if (err != cases[i].err || !strstr(why.text, cases[i].says))
			fail_msg("%s: %d, \"%s\" lacks \"%s\"", cases[i].device, err, why.text,
			         cases[i].says);
	}
}

static void test_loopback_is_described(void **state)
{
	const struct addr local = addr_from_ipv4(be32(0x7f000001));
	struct xdp_iface iface;
	struct addr found;
	char used[96];

	assert_int_equal(xdp_iface_query("lo", &iface), 0);
	assert_int_equal(iface.info.index, if_nametoindex("lo"));
	assert_true(iface.info.mtu >= 1500);
	assert_int_equal(iface.queues, 1);
	assert_int_equal(iface.xdp_prog, 0);
	assert_int_equal(xdp_iface_query("nosuch0", &iface), -ENODEV);
	assert_false(xdp_iface_used("nosuch0", used, sizeof(used)));
	assert_int_equal(xdp_iface_used("lo", used, sizeof(used)),
	                 ifinfo_find_addr("lo", &local, &found));
}

static void test_groups_need_an_interface(void **state)
{
	if (geteuid() != 0)
		skip();
	assert_int_equal(xdp_iface_groups_open(INT32_MAX), -ENODEV);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_each_mistake_is_named),
	        cmocka_unit_test(test_refusals_say_what_to_do),
	        cmocka_unit_test(test_loopback_is_described),
	        cmocka_unit_test(test_groups_need_an_interface),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

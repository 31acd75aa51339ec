// backend: device strings, told apart and refused.
#include "harness.h"

#include "apps/boot/backend.h"

#include <errno.h>

static void test_device_strings(void **state)
{
	static const struct {
		const char *text;
		enum backend_kind backend;
		const char *device, *words;
		bool impaired;
	} good[] = {
	        {"tap:wadi0", BACKEND_DPDK, "tap:wadi0", "wadi0", false},
	        {"memif:/run/m.sock,role=client", BACKEND_DPDK, "memif:/run/m.sock,role=client",
	         "/run/m.sock,role=client", false},
	        {"pci:0000:01:00.0", BACKEND_DPDK, "pci:0000:01:00.0", "0000:01:00.0", false},
	        {"mem:a", BACKEND_MEM, "mem:a", "a", false},
	        {"impair(loss=1%,seed=1):mem:a", BACKEND_MEM, "mem:a", "a", true},
	        {"impair(delay=5ms):tap:t", BACKEND_DPDK, "tap:t", "t", true},
	};
	struct backend_device device;
	struct why why;

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		assert_int_equal(backend_parse(good[i].text, &device, &why), 0);
		assert_int_equal(device.backend, good[i].backend);
		assert_string_equal(device.text, good[i].device);
		assert_string_equal(device.words, good[i].words);
		assert_int_equal(device.impaired, good[i].impaired);
	}
}

static void test_what_is_no_device_is_refused(void **state)
{
#define NO_KIND                                                                                    \
	"has no known kind; these are tap, af_xdp, af_packet, memif, pcap, pci, mem, xen and "     \
	"impair(...)"
	static const struct {
		const char *text, *why; // NULL: impair's own sentence
	} bad[] = {
	        {"", "is not KIND:ARGUMENT, such as tap:wadi0"},
	        {"tap", "is not KIND:ARGUMENT, such as tap:wadi0"},
	        {"tap:", "is not KIND:ARGUMENT, such as tap:wadi0"},
	        {":wadi0", NO_KIND},
	        {"ta:wadi0", NO_KIND},
	        {"tapp:wadi0", NO_KIND},
	        {"impair(loss=1%):", NULL},
	        {"impair(loss=1%):impair(loss=1%):mem:a", NO_KIND},
	        {"impair(loss=101%):mem:a", NULL},
	        {"impair(", NULL},
	};
	struct backend_device device;
	struct why why;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		why.text[0] = '\0';
		assert_int_equal(backend_parse(bad[i].text, &device, &why), -EINVAL);
		if (bad[i].why)
			assert_string_equal(why.text, bad[i].why);
		assert_true(strlen(why.text) > 10);
	}
}

static void test_which_devices_need_dpdk(void **state)
{
	const struct backend_conf confs[] = {{"mem:a", 0, 0}, {"impair(loss=1%):tap:t", 0, 0}};

	assert_false(backend_any_dpdk(confs, 1));
	assert_true(backend_any_dpdk(confs, 2));
}

// Both ends of one wire, one of them behind an impairment, numbered as they
// were asked for; a third end is refused and nothing stays open.
static void test_in_process_devices_open_together(void **state)
{
	const struct backend_conf confs[] = {
	        {"mem:w", 32, 0}, {"impair(loss=1%):mem:w", 32, 1400}, {"mem:w", 32, 0}};
	struct netif *netifs[3];
	struct why why;

	for (int again = 0; again < 2; again++) {
		assert_int_equal(backend_open_all("test", confs, 2, 1, netifs, &why), 0);
		assert_int_equal(netifs[0]->iface, 0);
		assert_int_equal(netifs[1]->iface, 1);
		assert_int_equal(netifs[1]->mtu, 1400);
		backend_close_all(netifs, 2);
		assert_int_equal(backend_open_all("test", confs, 3, 1, netifs, &why), -EBUSY);
		assert_non_null(strstr(why.text, "mem:w cannot be opened"));
		assert_null(netifs[0]);
	}
}

static void test_what_a_device_cannot_do(void **state)
{
	const struct backend_conf conf = {"mem:w", 0, 2900};
	struct netif *netif;
	struct why why;

	assert_int_equal(backend_open_all("test", &conf, 1, 1, &netif, &why), -EINVAL);
	assert_string_equal(why.text, "mem:w has at most 16 queues and an MTU of at most 2000");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_device_strings),
	        cmocka_unit_test(test_what_is_no_device_is_refused),
	        cmocka_unit_test(test_which_devices_need_dpdk),
	        cmocka_unit_test(test_in_process_devices_open_together),
	        cmocka_unit_test(test_what_a_device_cannot_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
